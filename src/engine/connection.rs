//! One connection of a link, from the attempt to open it to its end: the transport, the protocol state, and the partly
//! read and partly written bytes. All of it is dropped with the connection.

use std::io;
use std::net::SocketAddr;

use super::backlog::{Backlog, Front, WRITE_SIZE};
use super::cluster;
use super::doubles::Doubles;
use super::input::{Input, Progress};
use super::pieces::{Pieces, Unsent};
use super::timers::Millis;
use crate::error::{EngineError, ErrorKind};
use crate::event::RequestPhase;
use crate::proto::command::Request;
use crate::proto::parser::{Limits, Parser};
use crate::proto::session::Session;
use crate::proto::wishes::Wishes;
use crate::transport::{Transport, errno};

/// Maximum number of bytes that a link writes before other links get their turn. The kernel copies them in about 0.3
/// ms.
const TURN_SIZE: usize = 1024 * 1024;

/// Identifies a connection of a link, from the attempt to open it on. An engine never reuses a serial, so a late report
/// about a lost connection cannot reach a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionKey {
    /// The link.
    pub link: u32,
    /// The connection's serial.
    pub serial: u32,
}

impl ConnectionKey {
    /// The key as one number, by which transports and the back office know the connection.
    pub fn token(self) -> u64 {
        u64::from(self.link) << 32 | u64::from(self.serial)
    }

    /// The key of a token made by `token`.
    pub fn of_token(token: u64) -> Self {
        Self { link: (token >> 32) as u32, serial: token as u32 }
    }
}

/// The state of one socket.
pub struct Connection {
    /// Identifies the connection and the attempt that opened it. Answers and reports with another serial are stale.
    pub serial: u32,
    /// The socket; `None` until the dial succeeds.
    pub transport: Option<Box<dyn Transport>>,
    /// The address that it is connected to, if it has one.
    pub peer: Option<SocketAddr>,
    /// The protocol state.
    pub session: Session,
    /// The unwritten rest of a partly written request or of the handshake.
    pub out: Unsent,
    /// Set when the connection is unusable because a request lost a large argument: the last written request, of which
    /// only a part was sent (`Written`), or the next request of a partly written chain (`Queued`).
    pub cut: Option<RequestPhase>,
    /// The error of a failed write. It is handled later, outside the caller's stack.
    pub broken: Option<EngineError>,
    /// Some bytes of a delayed write were sent since `socketTimeout` was last checked.
    pub has_moved: bool,
    /// Whether the transport was asked to report when it is writable.
    pub watching: bool,
    /// The received bytes that are not yet dispatched.
    pub input: Input,
    /// The state of the parser.
    pub parser: Parser,
    /// The last read filled its buffer, so more bytes may be available at once.
    pub last_read_full: bool,
    /// Whether any byte was ever received.
    pub is_heard: bool,
    /// Time of the last traffic, for `socket_timeout`.
    pub active_at: Millis,
    /// When the earliest timer of `socket_timeout` is due that was set.
    pub idle_timer: Option<Millis>,
    /// The messages that it delivers, or does not deliver, while a connection takes over.
    pub doubles: Option<Box<Doubles>>,
    /// Whether the server sends this connection invalidations of the keys that were read over it.
    pub is_tracked: bool,
}

impl Connection {
    /// A connection without a socket, for a new attempt.
    pub fn new(serial: u32, wishes: &Wishes, now: Millis) -> Self {
        Self {
            serial,
            transport: None,
            peer: None,
            session: Session::new(wishes),
            out: Unsent::default(),
            cut: None,
            broken: None,
            has_moved: false,
            watching: false,
            input: Input::default(),
            parser: Parser::new(Limits::default()),
            last_read_full: false,
            is_heard: false,
            active_at: now,
            idle_timer: None,
            doubles: None,
            is_tracked: false,
        }
    }

    /// The number of the block that JS has lent to it, if any.
    pub fn block(&self) -> Option<i32> {
        self.input.has_block().then_some(self.serial as i32)
    }

    /// Whether nothing is unwritten or in flight.
    pub fn is_drained(&self) -> bool {
        self.out.is_empty() && self.session.in_flight() == 0
    }

    /// Whether a request may be written now: the handshake is over and no request is partly written.
    pub fn takes_requests(&self) -> bool {
        self.out.is_empty() && self.session.is_ready()
    }

    /// Resumes reading, which was paused until the handshake was sent. Returns whether bytes were received before that.
    pub fn resume_reading(&mut self) -> bool {
        let waits = self.input.progress == Progress::Parse;
        if waits && let Some(transport) = self.transport.as_mut() {
            transport.pause_reading(false);
        }
        waits
    }

    /// Reads from the socket once. Returns the number of bytes; 0: the peer has closed the connection.
    pub fn receive(&mut self, shared: &mut [u8], now: Millis) -> io::Result<usize> {
        let Some(transport) = self.transport.as_mut() else { return Err(io::ErrorKind::WouldBlock.into()) };
        self.input.load(shared);
        let free = self.input.free(shared);
        let size = free.len();
        let received = transport.read(free)?;
        if received > 0 {
            self.input.received(received);
            self.active_at = now;
            self.is_heard = true;
            self.input.progress = Progress::Parse;
            self.last_read_full = received == size;
        }
        Ok(received)
    }

    /// Moves unparsed bytes out of the shared area.
    pub fn set_aside(&mut self, shared: &[u8]) {
        let start = self.parser.reply_start();
        if self.input.set_aside(shared, start) {
            self.parser.shift(start);
        }
    }

    /// Writes the rest of the partly written request, then the requests of `backlog` if it is given, until the socket
    /// is full or the turn is over. If bytes are left, the transport reports when it is writable.
    ///
    /// `gone` receives the requests that lost a large argument before any of their bytes were written.
    pub fn write(&mut self, backlog: Option<&mut Backlog>, gone: &mut Vec<Request>) {
        if self.transport.is_none() || self.watching {
            return;
        }
        let mut left = TURN_SIZE;
        let mut goes_on_later = !self.write_begun(&mut left);
        if !goes_on_later && let Some(backlog) = backlog {
            goes_on_later = !self.write_waiting(backlog, gone, &mut left);
        }
        if goes_on_later && let Some(transport) = self.transport.as_mut() {
            self.watching = true;
            transport.watch_writable(true);
        }
    }

    /// Writes the rest of the partly written request. Returns false if some of it is left.
    fn write_begun(&mut self, left: &mut usize) -> bool {
        while !self.out.is_empty() {
            let Some(transport) = self.transport.as_mut().filter(|_| *left > 0) else { return false };
            let result = match self.out.pieces(TURN_SIZE) {
                Ok(pieces) => transport.write_vectored(pieces.as_slices()),
                Err(_) => {
                    self.cut(RequestPhase::Written);
                    return false;
                }
            };
            let written = self.judge_write(result);
            self.out.advance(written);
            if written == 0 {
                return false;
            }
            self.has_moved = true;
            *left = left.saturating_sub(written);
        }
        self.out.shrink(WRITE_SIZE);
        true
    }

    /// Writes queued requests. Returns false if writing must continue later.
    fn write_waiting(&mut self, backlog: &mut Backlog, gone: &mut Vec<Request>, left: &mut usize) -> bool {
        while self.session.is_ready() && !backlog.is_empty() {
            let Some(transport) = self.transport.as_mut() else { break };
            if *left == 0 {
                return false;
            }
            let result = if backlog.is_segmented() {
                let mut pieces = Pieces::new(TURN_SIZE);
                match backlog.front_pieces(&mut pieces) {
                    Front::Pieces if pieces.as_slices().is_empty() => break,
                    Front::Pieces => transport.write_vectored(pieces.as_slices()),
                    Front::Gone => {
                        backlog.drop_front(|request| gone.push(request));
                        continue;
                    }
                    Front::GoneInChain => {
                        self.cut(RequestPhase::Queued);
                        return false;
                    }
                }
            } else {
                let bytes = backlog.front_bytes(WRITE_SIZE);
                if bytes.is_empty() {
                    break;
                }
                transport.write(bytes)
            };
            let written = self.judge_write(result);
            if written == 0 {
                return false;
            }
            *left = left.saturating_sub(written);
            let session = &mut self.session;
            backlog.take(written, &mut self.out, |taken| {
                cluster::sent(session, taken.request, taken.bytes, taken.segments)
            });
            if !self.write_begun(left) {
                return false;
            }
        }
        true
    }

    /// Writes as much as the socket accepts at once. Returns the number of bytes.
    pub fn try_write(&mut self, bytes: &[u8]) -> usize {
        let Some(transport) = self.transport.as_mut() else { return 0 };
        let result = transport.write(bytes);
        self.judge_write(result)
    }

    /// Gives the connection up because a command or a chain cannot be completed: the server would read whatever follows
    /// as its rest.
    fn cut(&mut self, phase: RequestPhase) {
        self.cut = Some(phase);
        let text = "The connection was given up: the memory of an argument was taken away while it was being sent";
        self.broken = Some(EngineError::new(ErrorKind::ArgumentGone, text).with_code("OXREDIS_ARGUMENT_GONE"));
    }

    /// Returns the number of bytes written; 0 and `broken` on an error. That the peer has closed is left to the next
    /// read, which first gets the bytes that the peer sent before.
    fn judge_write(&mut self, result: io::Result<usize>) -> usize {
        match result {
            Ok(written) => written,
            Err(error) => {
                let silent = [
                    io::ErrorKind::WouldBlock,
                    io::ErrorKind::BrokenPipe,
                    io::ErrorKind::ConnectionReset,
                    io::ErrorKind::Interrupted,
                ];
                if !silent.contains(&error.kind()) {
                    let mut broken = errno::io_error("write", &error);
                    broken.kind = ErrorKind::Io;
                    self.broken = Some(broken);
                }
                0
            }
        }
    }
}
