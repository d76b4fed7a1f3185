//! The RESP2 and RESP3 parser: bytes in, a [`Tape`] of complete replies out.
//!
//! It can stop and go on at every byte, never reads a finished value twice, takes no memory for what was only
//! announced, and needs no stack for nesting.

mod fault;
pub mod fuzz;
mod number;
#[cfg(test)]
mod tests;
mod texts;
mod token;

use std::mem;

use fault::Stop;
pub use fault::{Problem, ProtocolError};
use token::Token;

use super::tape::{BLOB_STRING, Tape, rebase};

/// No reply may be longer: the tape has 31 bits for an offset.
const MAX_INPUT: usize = i32::MAX as usize;

/// An unfinished reply keeps its memory for the next one up to this many words.
const KEPT_WORDS: usize = 1024;

/// What the parser refuses. See [`Limits::default`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Levels of aggregates within aggregates, attributes included.
    pub max_depth: u32,
    /// Bytes of one string with a length in front.
    pub max_bulk_length: u64,
    /// Elements of one aggregate; a pair of a map counts twice.
    pub max_elements: u32,
    /// Bytes of one line: simple strings and errors, big numbers.
    pub max_line: usize,
}

impl Default for Limits {
    /// - 256 levels: documents of Redis JSON have up to 128, and a decoder may still recurse;
    /// - 2^31-1 bytes of a string, which is what the tape can address (a server's own default is 2^29);
    /// - 2^27 elements, near the longest array that V8 keeps in one piece;
    /// - 2^29 bytes of a line, what a server allows a string.
    fn default() -> Self {
        Self { max_depth: 256, max_bulk_length: MAX_INPUT as u64, max_elements: 1 << 27, max_line: 1 << 29 }
    }
}

/// Why [`Parser::parse`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The input ends, within a reply or after one.
    NeedMore,
    /// As many replies as asked for were appended; there may be more.
    Full,
}

/// An aggregate that lacks elements.
#[derive(Debug, Clone)]
struct Frame {
    /// Elements to come, at least 1.
    left: u32,
    /// For an attribute: the number of words of the reply before it, where dropping it leads back to.
    dropped_to: Option<u32>,
}

/// Reads replies from a growing buffer. All positions are in the buffer as the caller has it now.
#[derive(Debug)]
pub struct Parser {
    limits: Limits,
    /// The first byte that no finished value or aggregate head covers.
    at: usize,
    reply_start: usize,
    /// The end of the line at `at` was searched up to here.
    scanned: usize,
    needed: usize,
    open: Vec<Frame>,
    /// The words so far of an unfinished reply, between two calls.
    partial: Vec<i32>,
    fault: Option<ProtocolError>,
}

impl Parser {
    /// A parser at the start of an empty input. Limits beyond what a tape can address are lowered to that.
    pub fn new(mut limits: Limits) -> Self {
        limits.max_bulk_length = limits.max_bulk_length.min(MAX_INPUT as u64);
        limits.max_elements = limits.max_elements.min(i32::MAX as u32);
        Self {
            limits,
            at: 0,
            reply_start: 0,
            scanned: 0,
            needed: 0,
            open: Vec::new(),
            partial: Vec::new(),
            fault: None,
        }
    }

    /// Parses `input` from where the last call stopped and appends complete replies to `tape`, at most `max_replies`.
    ///
    /// `input` is everything from [`reply_start`](Self::reply_start) of the last call on, preceded by as many bytes as
    /// were not [shifted](Self::shift) away. Only its first 2^31-1 bytes are looked at: shift before it grows to that.
    ///
    /// # Errors
    /// The input is no RESP or exceeds a limit. Replies before the error are on the tape. Further calls give the same
    /// error until [`reset`](Self::reset).
    pub fn parse(&mut self, input: &[u8], tape: &mut Tape, max_replies: usize) -> Result<Status, ProtocolError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let input = &input[..input.len().min(MAX_INPUT)];
        let full = tape.replies.len().saturating_add(max_replies);
        if !self.partial.is_empty() && max_replies > 0 {
            let mut words = mem::take(&mut self.partial);
            let outcome = self.reply(input, &mut words, 0);
            self.partial = words;
            match outcome {
                Ok(()) => self.finish_partial(tape),
                Err(stop) => return self.stop(stop),
            }
        }
        while tape.replies.len() < full {
            let base = tape.words.len();
            if let Err(stop) = self.reply(input, &mut tape.words, base) {
                self.partial.extend(tape.words.drain(base..));
                return self.stop(stop);
            }
            tape.finish(base, self.reply_start..self.at);
            self.reply_start = self.at;
        }
        Ok(Status::Full)
    }

    /// The first byte of the unfinished reply: everything before is on the tape and may be dropped from the input.
    pub fn reply_start(&self) -> usize {
        self.reply_start
    }

    /// Whether the incomplete reply is an aggregate that was begun: its size is not known then, and `needed` covers only
    /// its next element.
    pub fn is_nested(&self) -> bool {
        !self.open.is_empty()
    }

    /// The least length of the input, from byte 0 on, that can make a difference. Within a string with its length in
    /// front it is the end of this string. A hostile server can announce as much as the limits allow.
    pub fn needed(&self) -> usize {
        self.needed.max(self.at + 1)
    }

    /// The caller dropped the first `n` bytes of the input.
    ///
    /// # Panics
    /// `n` is more than [`reply_start`](Self::reply_start): the unfinished reply needs the bytes from there on.
    pub fn shift(&mut self, n: usize) {
        assert!(n <= self.reply_start, "shift by {n} bytes into the reply at {}", self.reply_start);
        self.at -= n;
        self.reply_start -= n;
        self.scanned = self.scanned.saturating_sub(n);
        self.needed = self.needed.saturating_sub(n);
        if n > 0 {
            // `n` is a position in the input, which is at most 2^31-1.
            rebase(&mut self.partial, -(n as i32));
        }
    }

    /// Forgets the input, the unfinished reply and the error: the next input begins with a new reply.
    pub fn reset(&mut self) {
        *self = Self::new(self.limits.clone());
    }

    /// Reads on until the reply is complete, whose words begin at `base`.
    fn reply(&mut self, input: &[u8], words: &mut Vec<i32>, base: usize) -> Result<(), Stop> {
        loop {
            match token::read(input, self.at, &mut self.scanned, &self.limits, words)? {
                Token::Value { next } => self.at = next,
                Token::Open { next, count } => {
                    if count > 0 {
                        self.descend(Frame { left: count, dropped_to: None })?;
                        self.at = next;
                        if input.get(next) == Some(&BLOB_STRING) {
                            self.texts(input, words);
                        }
                        continue;
                    }
                    self.at = next;
                }
                Token::Attribute { next, count } => {
                    if count > 0 {
                        let dropped_to = Some((words.len() - base) as u32);
                        self.descend(Frame { left: count, dropped_to })?;
                    }
                    self.at = next;
                    continue;
                }
            }
            if self.ascend(words, base) {
                return Ok(());
            }
            if input.get(self.at) == Some(&BLOB_STRING) {
                self.texts(input, words);
            }
        }
    }

    /// Reads the short strings that come next in the innermost aggregate, all but its last element.
    #[inline(never)]
    fn texts(&mut self, input: &[u8], words: &mut Vec<i32>) {
        let Some(frame) = self.open.last_mut() else { return };
        let (count, next) = texts::read(input, self.at, frame.left - 1, &self.limits, words);
        frame.left -= count;
        self.at = next;
    }

    fn descend(&mut self, frame: Frame) -> Result<(), Stop> {
        if self.open.len() >= self.limits.max_depth as usize {
            return Err(Stop::Fault(self.at, Box::new(Problem::TooDeep(self.limits.max_depth))));
        }
        self.open.push(frame);
        Ok(())
    }

    /// Counts a finished value, and the aggregates that it finishes; says whether the reply is complete.
    #[inline]
    fn ascend(&mut self, words: &mut Vec<i32>, base: usize) -> bool {
        while let Some(frame) = self.open.last_mut() {
            frame.left -= 1;
            if frame.left > 0 {
                return false;
            }
            let dropped_to = frame.dropped_to;
            self.open.pop();
            if let Some(kept) = dropped_to {
                // An attribute is no value: what it belongs to follows.
                words.truncate(base + kept as usize);
                return false;
            }
        }
        true
    }

    /// Moves the reply that took several calls to the tape.
    fn finish_partial(&mut self, tape: &mut Tape) {
        let base = tape.words.len();
        if base == 0 && self.partial.len() > tape.words.capacity() {
            mem::swap(&mut tape.words, &mut self.partial);
        } else {
            tape.words.append(&mut self.partial);
        }
        self.partial.clear();
        self.partial.shrink_to(KEPT_WORDS);
        tape.finish(base, self.reply_start..self.at);
        self.reply_start = self.at;
    }

    #[cold]
    fn stop(&mut self, stop: Stop) -> Result<Status, ProtocolError> {
        let (at, problem) = match stop {
            Stop::Incomplete(needed) => {
                self.needed = needed;
                let size = needed - self.reply_start;
                if size <= MAX_INPUT {
                    return Ok(Status::NeedMore);
                }
                (self.at, Problem::TooLarge { unit: "bytes", size: size as u64, limit: MAX_INPUT as u64 })
            }
            Stop::Fault(at, problem) => (at, *problem),
        };
        let fault = ProtocolError { problem, at: at - self.reply_start };
        self.fault = Some(fault.clone());
        self.open = Vec::new();
        self.partial = Vec::new();
        Err(fault)
    }
}
