//! Bytes on their way to the socket: those of the engine's own, and arguments that stay in the caller's memory.

use std::io::IoSlice;

use crate::proto::segments::{Segment, Segments};

/// So many pieces are offered to the socket at once.
const MOST_PIECES: usize = 16;

/// The memory of an argument is not what it was when the command was handed over.
#[derive(Debug, PartialEq, Eq)]
pub struct Gone;

/// Pieces of memory that are offered to the socket together, up to a number of bytes.
pub struct Pieces<'a> {
    slices: [IoSlice<'a>; MOST_PIECES],
    count: usize,
    room: usize,
}

impl<'a> Pieces<'a> {
    /// No pieces, and room for so many bytes.
    pub fn new(most: usize) -> Self {
        Self { slices: [IoSlice::new(&[]); MOST_PIECES], count: 0, room: most }
    }

    /// Adds what there is room for. False when nothing more can follow.
    pub fn push(&mut self, bytes: &'a [u8]) -> bool {
        let taken = bytes.len().min(self.room);
        if taken > 0 && self.count < MOST_PIECES {
            self.slices[self.count] = IoSlice::new(&bytes[..taken]);
            self.count += 1;
            self.room -= taken;
        }
        taken == bytes.len() && !self.is_full()
    }

    /// Nothing more can follow.
    pub fn is_full(&self) -> bool {
        self.room == 0 || self.count == MOST_PIECES
    }

    /// The pieces.
    pub fn as_slices(&self) -> &[IoSlice<'a>] {
        &self.slices[..self.count]
    }
}

/// What was begun and is not written to its end: the rest of a command, or a handshake.
#[derive(Default)]
pub struct Unsent {
    own: Vec<u8>,
    /// How much of `own` is written.
    written: usize,
    /// Large arguments to come, from the last to the first; `at` counts from the start of `own`.
    segments: Vec<Segment>,
    /// How much of the next one is written.
    of_next: usize,
}

impl Unsent {
    /// Nothing is left.
    pub fn is_empty(&self) -> bool {
        self.written == self.own.len() && self.segments.is_empty()
    }

    /// Where bytes can be added at the end.
    pub fn own(&mut self) -> &mut Vec<u8> {
        &mut self.own
    }

    /// Takes over a command whose first `used` bytes are written.
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

    /// The next pieces to write.
    ///
    /// # Errors
    /// [`Gone`] when the next one is an argument that is not there any more.
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

    /// Notes that so many bytes more are written. An argument that is written is let go of.
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

    /// Forgets what is left.
    pub fn clear(&mut self) {
        self.segments = Vec::new();
        (self.written, self.of_next) = (0, 0);
        self.own.clear();
    }

    /// Gives memory back beyond so many bytes.
    pub fn shrink(&mut self, kept: usize) {
        if self.is_empty() && self.own.capacity() > kept {
            self.own = Vec::new();
        }
    }
}
