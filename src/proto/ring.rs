//! A queue of requests whose bytes are stored in one buffer. Used for requests that wait to be written, and for written
//! ones that may have to be sent again.

use std::collections::VecDeque;

/// Capacity in bytes that an empty ring keeps for the next burst.
pub const KEPT_CAPACITY: usize = 64 * 1024;

/// A queue of entries, with the bytes of all entries one behind the other. Each entry has to know how many of the bytes
/// are its own.
#[derive(Debug)]
pub struct Ring<T> {
    /// Oldest first.
    pub entries: VecDeque<T>,
    /// The bytes of all entries.
    pub bytes: VecDeque<u8>,
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), bytes: VecDeque::new() }
    }
}

impl<T> Ring<T> {
    /// Adds an entry at the back.
    pub fn push(&mut self, entry: T, bytes: &[u8]) {
        self.bytes.extend(bytes);
        self.entries.push_back(entry);
    }

    /// Drops this many bytes at the front, which belonged to entries that were removed.
    pub fn discard(&mut self, bytes: usize) {
        self.bytes.drain(..bytes);
    }

    /// Frees the memory of a burst, once the ring is empty.
    pub fn trim(&mut self) {
        if self.entries.is_empty() && self.bytes.capacity() > KEPT_CAPACITY {
            *self = Self::default();
        }
    }
}
