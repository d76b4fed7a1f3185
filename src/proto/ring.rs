//! Requests in order, with their bytes in one buffer: what waits to be written, and what was written and may have to be
//! sent again.

use std::collections::VecDeque;

/// An empty ring keeps this much memory for the next burst.
pub const KEPT_CAPACITY: usize = 64 * 1024;

/// A queue of entries; the bytes of all of them lie one behind the other. How many belong to an entry is the entry's
/// knowledge.
#[derive(Debug)]
pub struct Ring<T> {
    /// Oldest first.
    pub entries: VecDeque<T>,
    /// Their bytes.
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

    /// Forgets so many bytes at the front: those of entries that were taken.
    pub fn discard(&mut self, bytes: usize) {
        self.bytes.drain(..bytes);
    }

    /// Gives the memory of a burst back, once nothing is left.
    pub fn trim(&mut self) {
        if self.entries.is_empty() && self.bytes.capacity() > KEPT_CAPACITY {
            *self = Self::default();
        }
    }
}
