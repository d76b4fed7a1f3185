//! The JS thread's end of a pump connection, whose bytes the I/O thread moves (TLS, and runtimes without libuv).
//!
//! Both ends share two byte buffers under one lock. The JS side takes incoming bytes by swapping the buffer, so it
//! holds the lock once per read and never while it copies. A full buffer stops the I/O thread from reading, and so
//! slows down the peer.

use std::fmt;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use rustls::ClientConnection;

use super::Transport;
use super::back_office::BackOffice;
use super::pump_task::PumpTask;
use super::stream::Stream;
use crate::error::EngineError;

/// The I/O thread stops reading at this many unread bytes. The JS side may hold as many again.
pub(super) const INBOUND_LIMIT: usize = 256 * 1024;
/// `write` accepts bytes until this many are unsent.
const OUTBOUND_LIMIT: usize = 1024 * 1024;
/// A writer that waits for room is notified when no more than this many bytes are unsent.
const OUTBOUND_RESUME: usize = OUTBOUND_LIMIT / 2;
/// A drained buffer larger than this is freed if less than a quarter of it was needed.
const KEPT_CAPACITY: usize = 64 * 1024;

const READABLE: u8 = 1;
const WRITABLE: u8 = 2;

/// The readiness of a pump connection, as read when the report queue is drained.
pub(super) struct PumpReady {
    pub(super) readable: bool,
    pub(super) writable: bool,
}

/// Why no more bytes can be read or written.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// The peer closed its side.
    Eof,
    /// An error of the system, by its errno.
    Os(i32),
    /// An error without an errno, or a TLS error.
    Engine(EngineError),
}

impl End {
    /// Converts an I/O error, which cannot be cloned, to a form that every later read can return.
    pub(super) fn of(syscall: &'static str, error: &io::Error) -> Self {
        error.raw_os_error().map_or_else(|| Self::Engine(super::errno::io_error(syscall, error)), Self::Os)
    }

    fn to_result(&self) -> io::Result<usize> {
        match self {
            Self::Eof => Ok(0),
            Self::Os(errno) => Err(io::Error::from_raw_os_error(*errno)),
            Self::Engine(error) => Err(io::Error::other(error.clone())),
        }
    }
}

/// The state that both threads change while they hold the lock.
#[derive(Default)]
pub(super) struct Buffers {
    /// Received bytes that the JS side has not taken yet.
    inbound: Vec<u8>,
    /// Set when no more bytes follow `inbound`.
    end: Option<End>,
    /// The JS side has paused reports of readable data.
    paused: bool,
    /// The sleeping task waits for room in `inbound`.
    wants_room: bool,
    /// The sleeping task waits for bytes in `outbound`.
    wants_batch: bool,
    /// Written bytes that the task has not taken yet.
    outbound: Vec<u8>,
    /// The number of bytes in `outbound`, plus those that the task has taken but not sent.
    unsent: usize,
    /// The JS side waits for room in `outbound`.
    watching: bool,
    /// Set when nothing can be written any more.
    broken: Option<End>,
    /// The JS side has dropped the connection, or its environment has ended.
    closed: bool,
    /// The waker of the task while it sleeps.
    sleeper: Option<Waker>,
}

/// The state that both ends of a pump connection share.
pub(super) struct PumpShared {
    serial: u64,
    token: u64,
    office: Arc<BackOffice>,
    /// Readiness that was reported and not yet read.
    ready: AtomicU8,
    buffers: Mutex<Buffers>,
}

impl PumpShared {
    fn lock(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token of the dial.
    pub(super) fn token(&self) -> u64 {
        self.token
    }

    /// Reads and clears the readiness for a report. Nothing is ready once the transport has been dropped.
    pub(super) fn take_ready(&self) -> PumpReady {
        let bits = self.ready.swap(0, Ordering::AcqRel);
        let buffers = self.lock();
        PumpReady {
            readable: bits & READABLE != 0 && !buffers.closed && !buffers.paused,
            writable: bits & WRITABLE != 0 && !buffers.closed,
        }
    }

    /// Reports readiness; further readiness until the report is drained adds to the same report. Must not be called
    /// while the lock is held.
    fn announce(self: &Arc<Self>, bits: u8) {
        if bits != 0 && self.ready.fetch_or(bits, Ordering::AcqRel) == 0 {
            self.office.ready(Arc::clone(self));
        }
    }

    /// Ends the connection: the task sends what was written and closes the socket.
    pub(super) fn close(&self) {
        let sleeper = {
            let mut buffers = self.lock();
            buffers.closed = true;
            buffers.inbound = Vec::new();
            buffers.sleeper.take()
        };
        if let Some(task) = sleeper {
            task.wake();
        }
    }

    /// Called when the task has ended.
    pub(super) fn release(&self) {
        self.office.release(self.serial);
    }

    /// Whether the JS side has dropped the connection.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Whether there is room for the task to read more.
    pub(super) fn has_room(&self) -> bool {
        self.lock().inbound.len() < INBOUND_LIMIT
    }

    /// Passes received bytes, or the end of the stream, to the JS side.
    pub(super) fn deliver(self: &Arc<Self>, bytes: &[u8], end: Option<End>) {
        let announce = {
            let mut buffers = self.lock();
            if buffers.closed {
                return;
            }
            // If bytes are already waiting, a report for them is queued, or the next `read` will queue one for what it
            // leaves.
            let news = (buffers.inbound.is_empty() && !bytes.is_empty()) || end.is_some();
            buffers.inbound.extend_from_slice(bytes);
            if end.is_some() {
                buffers.end = end;
            }
            news && !buffers.paused
        };
        if announce {
            self.announce(READABLE);
        }
    }

    /// Swaps the bytes written since the last call into `batch`, which must be empty.
    pub(super) fn collect(&self, batch: &mut Vec<u8>) {
        let mut buffers = self.lock();
        if !buffers.outbound.is_empty() {
            if batch.capacity() > KEPT_CAPACITY && buffers.outbound.len() < batch.capacity() / 4 {
                *batch = Vec::new();
            }
            std::mem::swap(&mut buffers.outbound, batch);
        }
    }

    /// Records that `count` written bytes have been sent.
    pub(super) fn sent(self: &Arc<Self>, count: usize) {
        let announce = {
            let mut buffers = self.lock();
            buffers.unsent = buffers.unsent.saturating_sub(count);
            let resume = buffers.watching && buffers.unsent <= OUTBOUND_RESUME;
            if resume {
                buffers.watching = false;
            }
            resume
        };
        if announce {
            self.announce(WRITABLE);
        }
    }

    /// Records that nothing can be sent any more.
    pub(super) fn break_off(self: &Arc<Self>, why: End) {
        let mut buffers = self.lock();
        buffers.broken = Some(why);
        buffers.outbound = Vec::new();
        buffers.unsent = 0;
        let watching = std::mem::take(&mut buffers.watching);
        drop(buffers);
        if watching {
            self.announce(WRITABLE);
        }
    }

    /// Registers the task as sleeping, unless there is work that it has not seen. Returns true if the task may sleep.
    ///
    /// `wants_room`: the task waits for the JS side to take received bytes. `wants_batch`: it waits for bytes to send.
    pub(super) fn sleep(&self, cx: &Context<'_>, wants_room: bool, wants_batch: bool) -> bool {
        let mut buffers = self.lock();
        let room = wants_room && buffers.inbound.len() < INBOUND_LIMIT;
        let batch = wants_batch && !buffers.outbound.is_empty();
        if buffers.closed || room || batch {
            return false;
        }
        buffers.wants_room = wants_room;
        buffers.wants_batch = wants_batch;
        match &mut buffers.sleeper {
            Some(sleeper) => sleeper.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        true
    }
}

/// A connection whose bytes the I/O thread moves. Dropping it sends what was written (for two seconds at most), sends
/// the TLS `close_notify` alert, and closes the socket.
pub struct PumpTransport {
    shared: Arc<PumpShared>,
    /// Bytes taken from the shared buffer; those before `at` have been read.
    taken: Vec<u8>,
    at: usize,
}

impl PumpTransport {
    /// Creates both ends of a connection over `stream`. Start the task only after the dial has been reported, so that
    /// reports of readiness follow that report. `serial` and `token` are those of the dial.
    pub(super) fn new(
        office: &Arc<BackOffice>,
        serial: u64,
        token: u64,
        stream: Stream,
        tls: Option<ClientConnection>,
    ) -> (Self, PumpTask) {
        let shared = Arc::new(PumpShared {
            serial,
            token,
            office: Arc::clone(office),
            ready: AtomicU8::new(0),
            buffers: Mutex::default(),
        });
        if !office.adopt(serial, &shared) {
            shared.close();
        }
        let task = PumpTask::new(Arc::clone(&shared), stream, tls);
        (Self { shared, taken: Vec::new(), at: 0 }, task)
    }

    fn copy_taken(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &self.taken[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        count
    }

    /// Swaps the used-up buffer for the one with received bytes. Returns the task's waker if the task waits for room.
    fn refill(&mut self, buffers: &mut Buffers) -> Option<Waker> {
        let waiting = buffers.inbound.len();
        if self.taken.capacity() > KEPT_CAPACITY && waiting < self.taken.capacity() / 4 {
            self.taken = Vec::new();
        }
        self.taken.clear();
        self.at = 0;
        std::mem::swap(&mut self.taken, &mut buffers.inbound);
        if buffers.wants_room { buffers.sleeper.take() } else { None }
    }
}

impl Transport for PumpTransport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut copied = self.copy_taken(buffer);
        let shared = Arc::clone(&self.shared);
        let mut sleeper = None;
        let mut buffers = shared.lock();
        if self.at == self.taken.len() && !buffers.inbound.is_empty() {
            sleeper = self.refill(&mut buffers);
        }
        let end = if buffers.inbound.is_empty() { buffers.end.clone() } else { None };
        let more_later = !buffers.inbound.is_empty() || end.is_some();
        let paused = buffers.paused;
        drop(buffers);
        if let Some(task) = sleeper {
            task.wake();
        }
        copied += self.copy_taken(&mut buffer[copied..]);
        if copied == 0 && !buffer.is_empty() {
            return end.map_or_else(|| Err(io::ErrorKind::WouldBlock.into()), |end| end.to_result());
        }
        if !paused && (more_later || self.at < self.taken.len()) {
            self.shared.announce(READABLE);
        }
        Ok(copied)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut buffers = self.shared.lock();
        if let Some(end) = &buffers.broken {
            return match end {
                End::Eof => Err(io::ErrorKind::BrokenPipe.into()),
                end => end.to_result(),
            };
        }
        if buffers.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = OUTBOUND_LIMIT - buffers.unsent.min(OUTBOUND_LIMIT);
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut count = 0;
        for piece in pieces {
            let taken = piece.len().min(room - count);
            buffers.outbound.extend_from_slice(&piece[..taken]);
            count += taken;
        }
        buffers.unsent += count;
        let sleeper = if buffers.wants_batch { buffers.sleeper.take() } else { None };
        drop(buffers);
        if let Some(task) = sleeper {
            task.wake();
        }
        Ok(count)
    }

    fn watch_writable(&mut self, on: bool) {
        let mut buffers = self.shared.lock();
        let now = on && (buffers.unsent <= OUTBOUND_RESUME || buffers.broken.is_some());
        buffers.watching = on && !now;
        drop(buffers);
        if now {
            self.shared.announce(WRITABLE);
        }
    }

    fn pause_reading(&mut self, on: bool) {
        let mut buffers = self.shared.lock();
        buffers.paused = on;
        let waiting = !buffers.inbound.is_empty() || buffers.end.is_some() || self.at < self.taken.len();
        drop(buffers);
        if !on && waiting {
            self.shared.announce(READABLE);
        }
    }
}

impl Drop for PumpTransport {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl fmt::Debug for PumpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PumpTransport").field("token", &self.shared.token).finish_non_exhaustive()
    }
}
