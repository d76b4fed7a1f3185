//! Scripted sockets: each read and write does exactly what the test demands.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, IoSlice};
use std::rc::Rc;

use oxredis::config::DialConfig;
use oxredis::engine::Network;
use oxredis::engine::attempt::Dial;
use oxredis::transport::Transport;

/// The state of one connection, shared by both ends and the test.
#[derive(Default)]
pub struct Wire {
    /// The bytes that the engine can read.
    pub inbound: VecDeque<u8>,
    /// The result of reads once `inbound` is empty: `Ok(())` is the end of the stream.
    pub end: Option<Result<(), ErrorKind>>,
    /// The sizes of the next reads; if empty, reads fill the whole buffer.
    pub reads: VecDeque<usize>,
    /// All bytes that the engine has written.
    pub written: Vec<u8>,
    /// How many more bytes a write accepts.
    pub room: usize,
    /// The result of writes, if they are to fail.
    pub write_error: Option<ErrorKind>,
    /// Whether the engine waits for a report that it can write.
    pub watching: bool,
    /// Whether reports of readable data are paused.
    pub paused: bool,
    /// Whether the engine has dropped the connection.
    pub dropped: bool,
    /// The number of reads.
    pub read_calls: usize,
    /// The number of writes.
    pub write_calls: usize,
}

impl Wire {
    /// Whether there is something for the engine to read.
    pub fn is_readable(&self) -> bool {
        !self.dropped && !self.paused && (!self.inbound.is_empty() || self.end.is_some())
    }

    /// Whether the engine waits for room, and there is some.
    pub fn is_writable(&self) -> bool {
        !self.dropped && self.watching && (self.room > 0 || self.write_error.is_some())
    }
}

pub type SharedWire = Rc<RefCell<Wire>>;

struct Socket(SharedWire);

impl Transport for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!buffer.is_empty(), "a read without room would look like the end of the stream");
        let mut wire = self.0.borrow_mut();
        wire.read_calls += 1;
        if wire.inbound.is_empty() {
            return match wire.end {
                None => Err(ErrorKind::WouldBlock.into()),
                Some(Ok(())) => Ok(0),
                Some(Err(kind)) => Err(kind.into()),
            };
        }
        let size = wire.reads.pop_front().unwrap_or(usize::MAX).max(1);
        let size = size.min(buffer.len()).min(wire.inbound.len());
        let (first, second) = wire.inbound.as_slices();
        let split = size.min(first.len());
        buffer[..split].copy_from_slice(&first[..split]);
        buffer[split..size].copy_from_slice(&second[..size - split]);
        wire.inbound.drain(..size);
        Ok(size)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!bytes.is_empty(), "a write of nothing");
        let mut wire = self.0.borrow_mut();
        wire.write_calls += 1;
        if let Some(kind) = wire.write_error {
            return Err(kind.into());
        }
        if wire.room == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let size = wire.room.min(bytes.len());
        wire.room = wire.room.saturating_sub(size);
        wire.written.extend_from_slice(&bytes[..size]);
        Ok(size)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        assert!(pieces.iter().all(|piece| !piece.is_empty()), "a write of nothing");
        let joined: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
        self.write(&joined)
    }

    fn watch_writable(&mut self, on: bool) {
        self.0.borrow_mut().watching = on;
    }

    fn pause_reading(&mut self, on: bool) {
        self.0.borrow_mut().paused = on;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.0.borrow_mut().dropped = true;
    }
}

/// Creates a connection for `on_dialled`. Returns both ends.
pub fn socket(room: usize) -> (Box<dyn Transport>, SharedWire) {
    let wire = Rc::new(RefCell::new(Wire { room, ..Wire::default() }));
    (Box::new(Socket(Rc::clone(&wire))), wire)
}

/// The dials in progress, by serial.
pub type Dials = Rc<RefCell<BTreeMap<u64, DialConfig>>>;

/// Records dials; the test supplies their outcome.
#[derive(Default)]
pub struct FakeNetwork {
    pub dials: Dials,
}

/// Removes the dial when the engine drops it.
struct Dialling(Dials, u64);

impl Drop for Dialling {
    fn drop(&mut self) {
        self.0.borrow_mut().remove(&self.1);
    }
}

impl Network for FakeNetwork {
    fn dial(&mut self, token: u64, config: DialConfig, _pump: bool) -> Dial {
        assert!(self.dials.borrow_mut().insert(token, config).is_none(), "dialled twice");
        Box::new(Dialling(Rc::clone(&self.dials), token))
    }
}
