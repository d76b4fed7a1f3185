//! Connects on Node's own loop: a socket with one known address needs no other thread.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use socket2::{Domain, SockAddr, SockRef, Socket, Type};

use super::back_office::{BackOffice, DialHandle};
use super::connect::{TcpOptions, prepare};
use super::dial::{Dialled, DialledSocket};
use super::errno::address_error;
use super::uv::{OnReady, UvLoop, UvPoll};
use crate::config::{DialConfig, Endpoint};
use crate::error::EngineError;

/// A connection in progress. Dropping it cancels it, and no report follows.
#[must_use = "dropping it cancels the dial"]
pub struct UvDial {
    handle: DialHandle,
    /// Empty once the outcome is known.
    polled: Polled,
}

type Polled = Rc<RefCell<Option<UvPoll>>>;

/// Starts to connect, if `config` needs no name resolution, no TLS and no choice among addresses; otherwise returns
/// `None`. The outcome is queued as a report of `office` with `token`; an open socket is reported as a descriptor.
pub fn dial(office: &Arc<BackOffice>, handles: &Rc<UvLoop>, token: u64, config: &DialConfig) -> Option<UvDial> {
    let target = Target::of(config)?;
    let dial = UvDial { handle: office.register(), polled: Polled::default() };
    let report = Report { office: Arc::clone(office), serial: dial.handle.serial(), token, target };
    match report.target.start(&TcpOptions::from(config)) {
        Ok((socket, true)) => report.send(report.target.opened(socket.into())),
        Ok((socket, false)) => dial.wait(handles, socket.into(), report),
        Err(error) => report.send(Err(error)),
    }
    Some(dial)
}

impl UvDial {
    /// Waits until the kernel has connected the socket or failed, then reports.
    fn wait(&self, handles: &Rc<UvLoop>, socket: OwnedFd, report: Report) {
        let polled: Weak<_> = Rc::downgrade(&self.polled);
        let report = Rc::new(report);
        let told = Rc::clone(&report);
        let on_ready: OnReady = Rc::new(move |_, _| {
            let poll = polled.upgrade().and_then(|polled| polled.borrow_mut().take());
            if let Some(poll) = poll {
                told.send(told.target.opened(poll.into_descriptor()));
            }
        });
        match UvPoll::connecting(handles, socket, report.token, on_ready) {
            Ok(poll) => *self.polled.borrow_mut() = Some(poll),
            Err(error) => report.send(Err(report.target.failure(&error))),
        }
    }
}

/// Where the outcome of the dial is reported.
struct Report {
    office: Arc<BackOffice>,
    serial: u64,
    token: u64,
    target: Target,
}

impl Report {
    fn send(&self, result: Result<Dialled, EngineError>) {
        self.office.dialled(self.serial, self.token, result);
    }
}

/// The address of the peer, and its name in errors.
struct Target {
    address: SockAddr,
    name: String,
    port: Option<u16>,
}

impl Target {
    fn of(config: &DialConfig) -> Option<Self> {
        if config.tls.is_some() {
            return None;
        }
        match &config.endpoint {
            Endpoint::Unix { path } => {
                Some(Self { address: SockAddr::unix(path).ok()?, name: path.display().to_string(), port: None })
            }
            Endpoint::Tcp { host, port } => {
                let ip = match config.addresses[..] {
                    [] => host.parse::<IpAddr>().ok()?,
                    [only] => only,
                    _ => return None,
                };
                let address = SocketAddr::new(ip, *port).into();
                Some(Self { address, name: ip.to_string(), port: Some(*port) })
            }
        }
    }

    /// Creates the socket and starts to connect. Returns whether it is already connected.
    fn start(&self, options: &TcpOptions) -> Result<(Socket, bool), EngineError> {
        let socket = match self.address.as_socket() {
            Some(address) => prepare(address, options)?,
            None => unix_socket().map_err(|error| self.failure(&error))?,
        };
        match socket.connect(&self.address) {
            Ok(()) => Ok((socket, true)),
            Err(error) if is_under_way(&error) => Ok((socket, false)),
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// Returns the connected socket, or the error of the attempt.
    fn opened(&self, socket: OwnedFd) -> Result<Dialled, EngineError> {
        if let Some(error) = SockRef::from(&socket).take_error().unwrap_or_else(Some) {
            return Err(self.failure(&error));
        }
        let remote = self.address.as_socket().map_or_else(|| self.name.clone(), |address| address.to_string());
        Ok(Dialled { socket: DialledSocket::Descriptor(socket), peer_certificate: None, remote })
    }

    fn failure(&self, error: &io::Error) -> EngineError {
        address_error("connect", error, &self.name, self.port)
    }
}

fn unix_socket() -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Whether the attempt continues in the background; also if a signal interrupted `connect`.
fn is_under_way(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR))
}
