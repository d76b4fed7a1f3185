//! Bytes to write to the socket: the engine's own copies, and large arguments that stay in the caller's memory.

use std::io::IoSlice;

use crate::proto::segments::{Segment, Segments};

/// Maximum number of pieces of one vectored write.
const MOST_PIECES: usize = 16;

/// The memory of a large argument was detached or resized after the command was submitted.
#[derive(Debug, PartialEq, Eq)]
pub struct Gone;

/// Pieces of memory for one vectored write, up to a number of bytes.
pub struct Pieces<'a> {
    slices: [IoSlice<'a>; MOST_PIECES],
    count: usize,
    room: usize,
}

impl<'a> Pieces<'a> {
    /// No pieces, with room for `most` bytes.
    pub fn new(most: usize) -> Self {
        Self { slices: [IoSlice::new(&[]); MOST_PIECES], count: 0, room: most }
    }

    /// Adds as many of the bytes as fit. Returns false if no more pieces can follow.
    pub fn push(&mut self, bytes: &'a [u8]) -> bool {
        let taken = bytes.len().min(self.room);
        if taken > 0 && self.count < MOST_PIECES {
            self.slices[self.count] = IoSlice::new(&bytes[..taken]);
            self.count += 1;
            self.room -= taken;
        }
        taken == bytes.len() && !self.is_full()
    }

    /// Whether no more pieces can be added.
    pub fn is_full(&self) -> bool {
        self.room == 0 || self.count == MOST_PIECES
    }

    /// The pieces.
    pub fn as_slices(&self) -> &[IoSlice<'a>] {
        &self.slices[..self.count]
    }
}

/// The unwritten rest of a partly written command or handshake.
#[derive(Default)]
pub struct Unsent {
    own: Vec<u8>,
    /// Number of bytes of `own` that are written.
    written: usize,
    /// Large arguments that are not fully written, in reverse order. Their `at` counts from the start of `own`.
    segments: Vec<Segment>,
    /// Number of bytes of the next large argument that are written.
    of_next: usize,
}

impl Unsent {
    /// Whether everything is written.
    pub fn is_empty(&self) -> bool {
        self.written == self.own.len() && self.segments.is_empty()
    }

    /// The buffer of own bytes, to append to.
    pub fn own(&mut self) -> &mut Vec<u8> {
        &mut self.own
    }

    /// Stores the rest of a command whose first `used` bytes are written.
    pub fn take_over(&mut self, own: impl Iterator<Item = u8>, mut segments: Segments, used: usize) {
        debug_assert!(self.is_empty(), "only one command at a time is half written");
        self.clear();
        if segments.0.is_empty() {
            return self.own.extend(own.skip(used));
        }
        self.own.extend(own);
        segments.0.reverse();
        self.segments = segments.0;
        self.advance(used);
    }

    /// The next pieces to write, up to `most` bytes.
    ///
    /// # Errors
    /// [`Gone`] if the next piece is a large argument whose memory is no longer available.
    pub fn pieces(&self, most: usize) -> Result<Pieces<'_>, Gone> {
        let mut pieces = Pieces::new(most);
        let mut from = self.written;
        let mut skip = self.of_next;
        for segment in self.segments.iter().rev() {
            if !pieces.push(&self.own[from..segment.at]) {
                return Ok(pieces);
            }
            let Some(bytes) = segment.argument.bytes() else {
                return if pieces.count == 0 { Err(Gone) } else { Ok(pieces) };
            };
            if !pieces.push(&bytes[skip..]) {
                return Ok(pieces);
            }
            (from, skip) = (segment.at, 0);
        }
        pieces.push(&self.own[from..]);
        Ok(pieces)
    }

    /// Notes that `written` more bytes are written. Releases large arguments that are fully written.
    pub fn advance(&mut self, written: usize) {
        let mut left = written;
        while let Some(segment) = self.segments.last() {
            let before = segment.at - self.written;
            if left < before {
                break;
            }
            left -= before;
            self.written = segment.at;
            let rest = segment.argument.length() - self.of_next;
            if left < rest {
                self.of_next += left;
                return;
            }
            left -= rest;
            self.of_next = 0;
            self.segments.pop();
        }
        self.written += left;
        if self.is_empty() {
            self.clear();
        }
    }

    /// Discards the unwritten bytes.
    pub fn clear(&mut self) {
        self.segments = Vec::new();
        (self.written, self.of_next) = (0, 0);
        self.own.clear();
    }

    /// Frees the buffer if everything is written and its capacity exceeds `kept` bytes.
    pub fn shrink(&mut self, kept: usize) {
        if self.is_empty() && self.own.capacity() > kept {
            self.own = Vec::new();
        }
    }
}
