//! The sockets of an environment: libuv or the back office's I/O thread connects them, libuv polls their descriptors.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use napi::bindgen_prelude::Env;

use super::environment::Environment;
use super::faults::contained;
use super::hot;
use super::hot_loop::wrap_loop;
use crate::config::DialConfig;
use crate::engine::Network;
use crate::engine::attempt::Dial;
use crate::error::EngineError;
use crate::transport::errno::io_error;
use crate::transport::uv::{OnReady, UvAsync, UvIdle, UvLoop, UvPoll, UvSender};
use crate::transport::uv_dial;
use crate::transport::{BackOffice, DialledSocket, Transport, Want};

/// Connects sockets for the engine.
pub struct BackOfficeNetwork {
    office: Arc<BackOffice>,
    handles: Option<Rc<UvLoop>>,
}

impl BackOfficeNetwork {
    /// Without the loop's `handles`, all connections use the pump transport.
    pub fn new(office: Arc<BackOffice>, handles: Option<Rc<UvLoop>>) -> Self {
        Self { office, handles }
    }
}

impl Network for BackOfficeNetwork {
    fn dial(&mut self, token: u64, config: DialConfig, pump: bool) -> Dial {
        let handles = self.handles.as_ref().filter(|_| !pump);
        let want = if handles.is_some() { Want::Descriptor } else { Want::Pump };
        match handles.and_then(|handles| uv_dial::dial(&self.office, handles, token, &config)) {
            Some(dial) => Box::new(dial),
            None => Box::new(self.office.dial(token, config, want)),
        }
    }
}

thread_local! {
    static HAS_CPUS: bool = std::thread::available_parallelism().is_ok_and(|count| count.get() > 1);
}

/// The libuv handles of an environment.
pub struct UvSide {
    handles: Rc<UvLoop>,
    wake: UvAsync,
    idle: UvIdle,
    idling: Cell<bool>,
    on_ready: OnReady,
}

impl UvSide {
    /// The event loop of the environment, or `None` where it cannot be used.
    pub fn new(env: &Env, environment: &Weak<Environment>) -> Option<Self> {
        let handles = wrap_loop(hot::uv_loop(env)?)?;
        let weak = environment.clone();
        let wake = UvAsync::new(&handles, move || {
            if let Some(environment) = weak.upgrade() {
                contained(|| environment.on_wake());
            }
        })
        .ok()?;
        wake.set_referenced(false);
        let weak = environment.clone();
        let idle = UvIdle::new(&handles, move || {
            if let Some(environment) = weak.upgrade() {
                contained(|| environment.on_loop_idle());
            }
        })
        .ok()?;
        let weak = environment.clone();
        let on_ready: OnReady = Rc::new(move |token, ready| {
            if let Some(environment) = weak.upgrade() {
                contained(|| environment.on_socket_ready(token, ready.readable, ready.writable, hot::Mode::Callback));
            }
        });
        Some(Self { handles, wake, idle, idling: Cell::new(false), on_ready })
    }

    /// The loop, for creating further handles.
    pub fn handles(&self) -> Rc<UvLoop> {
        Rc::clone(&self.handles)
    }

    /// Returns a sender that wakes the environment from any thread.
    pub fn sender(&self) -> UvSender {
        self.wake.sender()
    }

    /// Sets whether the wake-up handle keeps the process alive.
    pub fn set_referenced(&self, on: bool) {
        self.wake.set_referenced(on);
    }

    /// Sets whether `Environment::on_loop_idle` is called on every turn of the loop. With one CPU it cannot be turned on.
    pub fn set_idle(&self, on: bool) {
        if on == self.idling.get() || (on && !HAS_CPUS.with(|has| *has)) {
            return;
        }
        self.idling.set(on);
        if on {
            self.idle.start();
        } else {
            self.idle.stop();
        }
    }

    /// Closes the wake-up handle; calls `done` when no handle is left.
    pub fn close(self, done: impl FnOnce() + 'static) {
        let handles = Rc::clone(&self.handles);
        drop(self);
        handles.when_closed(done);
    }
}

/// Creates the transport of a connected socket.
pub fn attach(socket: DialledSocket, token: u64, uv: Option<&UvSide>) -> Result<Box<dyn Transport>, EngineError> {
    match socket {
        DialledSocket::Pump(pump) => Ok(Box::new(pump)),
        DialledSocket::Descriptor(descriptor) => {
            let unusable = || io_error("connect", &std::io::Error::from(std::io::ErrorKind::Unsupported));
            let uv = uv.ok_or_else(unusable)?;
            let poll = UvPoll::new(&uv.handles, descriptor, token, Rc::clone(&uv.on_ready));
            poll.map(|poll| Box::new(poll) as Box<dyn Transport>).map_err(|error| io_error("connect", &error))
        }
    }
}
