//! The engine of one Node environment, and the delivery of its outbox to JS.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use napi::bindgen_prelude::*;

use super::event_detail::describe;
use super::faults::{self, Lowered, Provoked, contained, place};
use super::hot::{JsSide, Mode};
use super::hot_arguments::{HeldArgument, Spares};
use super::hot_cache::{LONG, ReplyMemory};
use super::hot_wake::WakeFunction;
use super::network::{BackOfficeNetwork, UvSide, attach};
use crate::boundary::NativeEvent;
use crate::cache::{Cache, LoadRequest};
use crate::engine::connection::ConnectionKey;
use crate::engine::link::LinkConfig;
use crate::engine::{Engine, Output, ReadStep};
use crate::transport::{BackOffice, Report};

/// How long one link may occupy the event loop before other links are served.
const BUDGET: Duration = Duration::from_micros(500);

/// Changes of the caches' size are reported to V8 from this many bytes on.
const ACCOUNTED: usize = 64 * 1024;

/// Longest delay of a JS timer, in ms. For a longer one, the timer is set again when this time has passed.
const MOST_DELAY: u64 = 0x7fff_ffff;

/// How the I/O thread wakes this environment, and what keeps the process alive.
enum Wake {
    Uv(UvSide),
    Function(WakeFunction),
}

/// See the module's comment.
pub struct Environment {
    js: JsSide,
    engine: RefCell<Engine>,
    office: Arc<BackOffice>,
    wake: RefCell<Option<Wake>>,
    started: Instant,
    delivering: Cell<bool>,
    attend_asked: Cell<bool>,
    timer_at: Cell<Option<u64>>,
    keeps_alive: Cell<bool>,
    reply_memory: RefCell<Option<ReplyMemory>>,
    spares: Rc<Spares>,
    provoked: Provoked,
    /// Bytes of caches that were reported to V8.
    external: Cell<usize>,
}

impl Environment {
    /// Creates the environment of the current thread. Without `use_libuv` it uses the pump transport and a thread-safe
    /// function.
    pub fn new(env: &Env, js: JsSide, use_libuv: bool) -> Result<Rc<Self>> {
        let mut result = Ok(());
        let environment = Rc::new_cyclic(|weak: &Weak<Self>| {
            let uv = if use_libuv { UvSide::new(env, weak) } else { None };
            let handles = uv.as_ref().map(UvSide::handles);
            let (wake, office) = match uv {
                Some(uv) => {
                    let sender = uv.sender();
                    (Some(Wake::Uv(uv)), BackOffice::new(move || sender.send()))
                }
                None => match WakeFunction::new(env, weak) {
                    Ok(function) => {
                        let sender = function.sender();
                        (Some(Wake::Function(function)), BackOffice::new(move || sender.send()))
                    }
                    Err(error) => {
                        result = Err(error);
                        (None, BackOffice::new(|| ()))
                    }
                },
            };
            let network = BackOfficeNetwork::new(Arc::clone(&office), handles);
            Self {
                js,
                engine: RefCell::new(Engine::new(Box::new(network))),
                office,
                wake: RefCell::new(wake),
                started: Instant::now(),
                delivering: Cell::new(false),
                attend_asked: Cell::new(false),
                timer_at: Cell::new(None),
                keeps_alive: Cell::new(false),
                reply_memory: RefCell::new(None),
                spares: Spares::new(env),
                provoked: Provoked::default(),
                external: Cell::new(0),
            }
        });
        result.map(|()| environment)
    }

    /// Whether sockets are polled by the environment's own loop.
    pub fn uses_libuv(&self) -> bool {
        matches!(&*self.wake.borrow(), Some(Wake::Uv(_)))
    }

    /// Milliseconds since the environment was created.
    pub fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Runs a call of JS on the engine, then delivers its results.
    pub fn with_engine<R>(&self, call: impl FnOnce(&mut Engine, u64) -> R) -> R {
        let now = self.now();
        let result = catch_unwind(AssertUnwindSafe(|| {
            self.provoked.pass(place::CALL);
            call(&mut self.engine.borrow_mut(), now)
        }));
        let Ok(result) = result else {
            self.give_up(None, Mode::Direct);
            // napi-rs turns this panic into an error for the JS caller.
            resume_unwind(Box::new(faults::TEXT));
        };
        self.deliver(Mode::Direct);
        result
    }

    /// After a panic: gives up the connection in which it happened, or all of them if that is unknown, because their
    /// state may be corrupt.
    fn give_up(&self, link: Option<u32>, mode: Mode) {
        contained(|| {
            self.engine.borrow_mut().on_fault(link);
            self.look_ahead(mode);
        });
    }

    /// Makes the next pass of a place panic, for tests.
    pub fn provoke_fault(&self, place: u32) {
        self.provoked.ask(place);
    }

    /// Runs a call of JS on a cache, if the cache exists.
    pub fn with_cache<R>(&self, cache: u32, call: impl FnOnce(&mut Cache) -> R) -> Option<R> {
        let result = self.engine.borrow_mut().caches.get(cache).map(call);
        self.account();
        result
    }

    /// Replaces the memory through which cached replies are passed to JS.
    pub fn set_reply_memory(&self, memory: ReplyMemory) {
        *self.reply_memory.borrow_mut() = Some(memory);
    }

    /// Answers the question that JS has written into the control memory.
    pub fn find_cached(&self) -> napi::sys::napi_value {
        let mut answer = std::ptr::null_mut();
        if !contained(|| answer = self.look_up()) {
            self.js.answer_foreign();
        }
        answer
    }

    fn look_up(&self) -> napi::sys::napi_value {
        self.provoked.pass(place::LOOK_UP);
        let question = self.js.question();
        let text = if question.as_text { LONG } else { 0 };
        let mut engine = self.engine.borrow_mut();
        let load = question.ticket.map(|ticket| LoadRequest { ticket, ttl: question.ttl });
        let found = engine.find_cached(question.cache, &question.command, text, load, &|| self.now());
        self.js.answer(&mut self.reply_memory.borrow_mut(), found)
    }

    /// JS is about to send a write, which the control memory describes in the layout of a question.
    pub fn note_write(&self) {
        let question = self.js.question();
        let noted = contained(|| {
            if let Some(cache) = self.engine.borrow_mut().caches.get(question.cache) {
                cache.write(&question.command, question.ticket);
            }
        });
        if !noted {
            // After a panic it is unknown what the write changes, so the whole cache is dropped.
            contained(|| self.engine.borrow_mut().caches.remove(question.cache));
        }
    }

    /// Opens a link. Its events are delivered from the next call on, when JS knows the id.
    pub fn open(&self, config: LinkConfig) -> u32 {
        let now = self.now();
        self.engine.borrow_mut().open(config, now)
    }

    /// Takes the batch of JS. Connection losses detected here are handled later, outside of the caller's stack.
    pub fn flush(&self) {
        self.take_batch();
        self.look_ahead(Mode::Direct);
    }

    /// Forgets a link. Its commands in the batch fail now, because the next link may get its id.
    pub fn release(&self, id: u32) {
        self.take_batch();
        self.with_engine(|engine, _| engine.release(id));
    }

    /// A connection of the uv transport is ready.
    pub fn on_socket_ready(&self, token: u64, readable: bool, writable: bool, mode: Mode) {
        let key = ConnectionKey::of_token(token);
        self.serve(Some(key.link), mode, || {
            if writable {
                self.engine.borrow_mut().on_writable(key);
            }
            if readable {
                self.drive(key, mode);
            } else {
                self.deliver(mode);
            }
        });
    }

    /// Runs work that no JS caller waits for. A panic in it ends the connection, or all when `link` is `None`.
    fn serve(&self, link: Option<u32>, mode: Mode, work: impl FnOnce()) {
        if !contained(work) {
            self.give_up(link, mode);
        }
    }

    /// Handles the reports of the back office.
    pub fn on_wake(&self) {
        let mode = match &*self.wake.borrow() {
            Some(Wake::Uv(_)) => Mode::Callback,
            _ => Mode::Direct,
        };
        let mut reports = Vec::new();
        self.office.drain(&mut reports);
        for report in reports {
            self.serve(None, mode, || self.on_report(report, mode));
        }
    }

    fn on_report(&self, report: Report, mode: Mode) {
        self.provoked.pass(place::REPORT);
        match report {
            Report::Dialled { token, result } => {
                let key = ConnectionKey::of_token(token);
                let transport = result.and_then(|dialled| {
                    let certificate = dialled.peer_certificate.clone();
                    let peer = dialled.remote.parse().ok();
                    let wake = self.wake.borrow();
                    let uv = if let Some(Wake::Uv(uv)) = &*wake { Some(uv) } else { None };
                    attach(dialled.socket, token, uv).map(|transport| (certificate, (transport, peer)))
                });
                {
                    let mut engine = self.engine.borrow_mut();
                    match transport {
                        Ok((certificate, transport)) => engine.on_dialled(key, certificate, transport, self.now()),
                        Err(error) => engine.on_attempt_failed(key, error),
                    }
                }
                self.deliver(mode);
            }
            Report::Readable { token } => self.on_socket_ready(token, true, false, mode),
            Report::Writable { token } => self.on_socket_ready(token, false, true, mode),
        }
    }

    /// Busy-polls in a turn of the loop: reads until data arrives or the poll time is over.
    pub fn on_loop_idle(&self) {
        self.serve(None, Mode::Callback, || self.spin());
    }

    fn spin(&self) {
        loop {
            let target = self.engine.borrow_mut().busy_poll.target(Instant::now());
            let Some(target) = target else { break };
            if self.drive(target.0, Mode::Callback) {
                self.engine.borrow_mut().busy_poll.paid(target);
                break;
            }
        }
        self.set_idle();
    }

    /// Starts or stops the busy-poll.
    fn set_idle(&self) {
        if let Some(Wake::Uv(uv)) = &*self.wake.borrow() {
            uv.set_idle(self.engine.borrow().busy_poll.is_active());
        }
    }

    /// The JS timer fired.
    pub fn tick(&self) {
        self.timer_at.set(None);
        let now = self.now();
        self.serve(None, Mode::Direct, || {
            self.provoked.pass(place::TIMER);
            self.engine.borrow_mut().tick(now);
            self.deliver(Mode::Direct);
        });
    }

    /// Handles work that had to wait until the caller's stack was unwound.
    pub fn attend(&self) {
        self.attend_asked.set(false);
        let links = self.engine.borrow_mut().take_attention();
        for id in links {
            self.serve(Some(id), Mode::Direct, || {
                let keys = self.engine.borrow_mut().settle_broken(id);
                keys.into_iter().for_each(|key| _ = self.drive(key, Mode::Direct));
                self.deliver(Mode::Direct);
            });
        }
    }

    /// Reads the received data of a connection and passes it to JS in batches. Returns false when there was none.
    fn drive(&self, key: ConnectionKey, mode: Mode) -> bool {
        if self.delivering.get() {
            // JS runs the event loop within a callback. Reading now would overwrite the area with the replies that are
            // being delivered.
            self.engine.borrow_mut().postpone(key.link);
            return false;
        }
        let started = Instant::now();
        let mut found = false;
        self.provoked.pass(place::READ);
        while !self.js.is_dead() {
            let now = self.now();
            let mut step = self.js.with_area(|area| self.engine.borrow_mut().step(key, area, now));
            if step == ReadStep::Deliver {
                found = true;
                self.deliver(mode);
                if started.elapsed() < BUDGET {
                    continue;
                }
                step = self.js.with_area(|area| self.engine.borrow_mut().pause(key, area));
            }
            match step {
                ReadStep::NeedsBlock { size } => self.give_block(key, size, mode),
                ReadStep::Deliver => {}
                ReadStep::Idle => break,
            }
        }
        self.deliver(mode);
        found
    }

    fn give_block(&self, key: ConnectionKey, size: usize, mode: Mode) {
        match self.js.allocate(key.serial as i32, size, mode) {
            Some(block) => self.js.with_area(|area| self.engine.borrow_mut().adopt_block(key, area, block)),
            None => self.engine.borrow_mut().out_of_memory(key, size),
        }
    }

    /// Delivers the outbox to JS. A nested call leaves that to the outer one.
    fn deliver(&self, mode: Mode) {
        if self.delivering.replace(true) {
            return;
        }
        let delivering = Lowered(&self.delivering);
        while !self.js.is_dead() {
            let output = self.engine.borrow_mut().next_output();
            match output {
                Some(Output::Batch(batch)) => {
                    if !batch.is_empty() {
                        self.js.dispatch(&batch, mode);
                    }
                    self.engine.borrow_mut().recycle(batch);
                }
                Some(Output::Event { link, event }) => {
                    let (kind, a, b, detail) = describe(&event);
                    self.js.event(link, (kind, a, b, &detail), true, mode);
                }
                None => break,
            }
            // Commands that JS issued meanwhile are sent before the next delivery: client and server work in parallel.
            self.take_batch();
        }
        drop(delivering);
        self.account();
        self.look_ahead(mode);
    }

    /// Reports the memory of the caches to V8 when it has changed by at least `ACCOUNTED` bytes.
    fn account(&self) {
        let bytes = self.engine.borrow().caches.bytes();
        let told = self.external.get();
        if bytes.abs_diff(told) >= ACCOUNTED || (bytes == 0 && told > 0) {
            self.external.set(bytes);
            self.js.adjust_external(bytes as i64 - told as i64);
        }
    }

    /// Takes a large argument of a command that JS will add to the batch; see `Engine::lend`.
    pub fn lend(&self, index: u32, at: usize, argument: HeldArgument, first: bool) {
        self.engine.borrow_mut().lend(index, at, Box::new(argument), first);
    }

    /// Buffers for encoding large texts, for reuse.
    pub fn spares(&self) -> Rc<Spares> {
        Rc::clone(&self.spares)
    }

    fn take_batch(&self) {
        self.js.take_batch(|meta, bytes| {
            let now = self.now();
            let taken = contained(|| {
                self.provoked.pass(place::BATCH);
                self.engine.borrow_mut().submit(meta, bytes, now);
            });
            if !taken {
                contained(|| self.engine.borrow_mut().on_lost_batch(meta));
            }
        });
    }

    /// Requests the next calls from JS: a timer, and `attend` for links that need it. Keeps the process alive or not.
    fn look_ahead(&self, mode: Mode) {
        let (next, attention, alive, spinning) = {
            let mut engine = self.engine.borrow_mut();
            (engine.next_tick(), engine.needs_attention(), engine.keeps_alive(), engine.busy_poll.is_active())
        };
        // This comes before the calls into JS, which may change it.
        if alive != self.keeps_alive.replace(alive) {
            match &*self.wake.borrow() {
                Some(Wake::Uv(uv)) => uv.set_referenced(alive),
                Some(Wake::Function(function)) => function.set_referenced(alive),
                None => {}
            }
        }
        if spinning {
            self.set_idle();
        }
        if let Some(at) = next.filter(|at| self.timer_at.get().is_none_or(|set| *at < set)) {
            self.timer_at.set(Some(at));
            let delay = at.saturating_sub(self.now()).min(MOST_DELAY);
            self.js.event(0, (NativeEvent::Timer, delay as f64, 0.0, ""), false, mode);
        }
        if attention && !self.attend_asked.replace(true) {
            self.js.event(0, (NativeEvent::Attend, 0.0, 0.0, ""), false, mode);
        }
    }

    /// Shuts down with the environment; calls `done` when libuv has closed the last handle.
    pub fn shut_down(&self, done: impl FnOnce() + 'static) {
        self.js.die();
        self.office.shutdown();
        self.engine.borrow_mut().clear();
        self.reply_memory.borrow_mut().take();
        self.spares.clear();
        match self.wake.borrow_mut().take() {
            Some(Wake::Uv(uv)) => uv.close(done),
            // The runtime releases the thread-safe function together with the environment.
            Some(Wake::Function(_)) | None => done(),
        }
    }
}
