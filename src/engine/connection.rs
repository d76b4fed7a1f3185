//! One socket of a link, from the attempt to make it to its end: transport, protocol state, what is half read and half
//! written. It is dropped with all of that.

use std::io;

use super::backlog::{Backlog, Front, WRITE_SIZE};
use super::cluster;
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

/// Bytes that a link writes before others get their turn: the kernel copies them in some 0.3 ms.
const TURN_SIZE: usize = 1024 * 1024;

/// Names a connection of a link, from the attempt to make it on. Serials are never used twice in an engine: what is
/// reported for a connection that is gone finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionKey {
    /// The link.
    pub link: u32,
    /// The connection's serial.
    pub serial: u32,
}

impl ConnectionKey {
    /// The key as one number, which names the connection to transports and the back office.
    pub fn token(self) -> u64 {
        u64::from(self.link) << 32 | u64::from(self.serial)
    }

    /// The key that a token was made of.
    pub fn of_token(token: u64) -> Self {
        Self { link: (token >> 32) as u32, serial: token as u32 }
    }
}

/// The state of one socket.
pub struct Connection {
    /// Names the attempt and the connection that came of it; answers and reports for another one are stale.
    pub serial: u32,
    /// The socket; none before the dial is over.
    pub transport: Option<Box<dyn Transport>>,
    /// The protocol state.
    pub session: Session,
    /// The unwritten rest of the request that was begun, or handshake bytes.
    pub out: Unsent,
    /// The connection cannot go on, as a request lost a large argument: the one that was written last, half-way, or the
    /// next one (queued) of a chain that was begun.
    pub cut: Option<RequestPhase>,
    /// A write failed; the loss is handled outside the caller's stack.
    pub broken: Option<EngineError>,
    /// Something was written that had to wait.
    pub has_moved: bool,
    /// Whether writability is being watched.
    pub watching: bool,
    /// Received bytes.
    pub input: Input,
    /// Where parsing is.
    pub parser: Parser,
    /// The last read filled its buffer: there may be more.
    pub last_read_full: bool,
    /// Something was received.
    pub is_heard: bool,
    /// Last traffic, for `socket_timeout`.
    pub active_at: Millis,
    /// The server tells this connection when keys change that were read over it.
    pub is_tracked: bool,
}

impl Connection {
    /// The connection that an attempt may come to have.
    pub fn new(serial: u32, wishes: &Wishes, now: Millis) -> Self {
        Self {
            serial,
            transport: None,
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
            is_tracked: false,
        }
    }

    /// The number of the block that JS has lent it.
    pub fn block(&self) -> Option<i32> {
        self.input.has_block().then_some(self.serial as i32)
    }

    /// Nothing is unwritten or in flight.
    pub fn is_drained(&self) -> bool {
        self.out.is_empty() && self.session.in_flight() == 0
    }

    /// Whether a request may be written now, past everything that was begun.
    pub fn takes_requests(&self) -> bool {
        self.out.is_empty() && self.session.is_ready()
    }

    /// What was received before the handshake was sent is looked at from now on. Whether there is something.
    pub fn resume_reading(&mut self) -> bool {
        let waits = self.input.progress == Progress::Parse;
        if waits && let Some(transport) = self.transport.as_mut() {
            transport.pause_reading(false);
        }
        waits
    }

    /// Receives once. The number of bytes; 0 when the peer has closed.
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

    /// Writes what was begun, then, if `backlog` is given, what waits there, as long as the socket takes it and the turn
    /// lasts. A socket that can take more later will tell.
    ///
    /// `gone`: requests that lost a large argument before they were begun, to be told.
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

    /// Writes the rest of what was begun. False when that goes on later.
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

    /// Writes what waits. False when that goes on later.
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

    /// Writes what the socket takes at once; the number of bytes.
    pub fn try_write(&mut self, bytes: &[u8]) -> usize {
        let Some(transport) = self.transport.as_mut() else { return 0 };
        let result = transport.write(bytes);
        self.judge_write(result)
    }

    /// A command, or a chain, cannot be finished: the server would take what follows for the rest of it.
    fn cut(&mut self, phase: RequestPhase) {
        self.cut = Some(phase);
        let text = "The connection was given up: the memory of an argument was taken away while it was being sent";
        self.broken = Some(EngineError::new(ErrorKind::ArgumentGone, text).with_code("OXREDIS_ARGUMENT_GONE"));
    }

    /// The number of bytes written. A closed peer is left to the reader, which sees what it sent before it closed.
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
