//! The RESP2 and RESP3 parser: reads bytes and appends complete replies to a [`Tape`].
//!
//! It can stop and resume at every byte, never reads a finished value twice, allocates nothing for sizes that a server
//! has only announced, and does not recurse.

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

/// The longest input: an offset on the tape has 31 bits.
const MAX_INPUT: usize = i32::MAX as usize;

/// Capacity in words that is kept between unfinished replies.
const KEPT_WORDS: usize = 1024;

/// Limits of the parser; see [`Limits::default`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Nesting levels of aggregates, attributes included.
    pub max_depth: u32,
    /// Bytes of one length-prefixed string.
    pub max_bulk_length: u64,
    /// Elements of one aggregate; a key-value pair of a map counts as two.
    pub max_elements: u32,
    /// Bytes of one line: simple strings and errors, big numbers.
    pub max_line: usize,
}

impl Default for Limits {
    /// - 256 levels: Redis JSON documents have up to 128, and JS decoders may recurse;
    /// - 2^31-1 bytes of a string, the most that the tape can address (a server's default is 2^29);
    /// - 2^27 elements, close to the longest array that V8 stores in one piece;
    /// - 2^29 bytes of a line, the same as a server's limit for strings.
    fn default() -> Self {
        Self { max_depth: 256, max_bulk_length: MAX_INPUT as u64, max_elements: 1 << 27, max_line: 1 << 29 }
    }
}

/// Why [`Parser::parse`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The input ended, within a reply or after one.
    NeedMore,
    /// The requested number of replies was appended; the input may contain more.
    Full,
}

/// An aggregate whose elements are not complete.
#[derive(Debug, Clone)]
struct Frame {
    /// The number of missing elements, at least 1.
    left: u32,
    /// For an attribute: the number of words of the reply before it. The words are truncated to it when the attribute
    /// is dropped.
    dropped_to: Option<u32>,
}

/// Reads replies from a growing buffer. All positions refer to the buffer as the caller has it now.
#[derive(Debug)]
pub struct Parser {
    limits: Limits,
    /// The first byte that is not part of a finished value or aggregate head.
    at: usize,
    reply_start: usize,
    /// The position up to which the line at `at` was searched for its end.
    scanned: usize,
    needed: usize,
    open: Vec<Frame>,
    /// The words of an unfinished reply, kept between two calls.
    partial: Vec<i32>,
    fault: Option<ProtocolError>,
}

impl Parser {
    /// Creates a parser at the start of an empty input. Limits beyond what a tape can address are lowered to that.
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
    /// were not [shifted](Self::shift) away. Only its first 2^31-1 bytes are read: call `shift` before it grows beyond
    /// that.
    ///
    /// # Errors
    /// The input is not RESP, or exceeds a limit. Replies before the error are on the tape. Further calls return the
    /// same error until [`reset`](Self::reset).
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

    /// The first byte of the unfinished reply. Everything before it is on the tape and may be dropped from the input.
    pub fn reply_start(&self) -> usize {
        self.reply_start
    }

    /// Whether the unfinished reply is an aggregate: its total size is not known, and `needed` covers only its next
    /// element.
    pub fn is_nested(&self) -> bool {
        !self.open.is_empty()
    }

    /// The minimum input length, from byte 0 on, with which the parser can make progress. Within a length-prefixed
    /// string it is the end of this string. A malicious server can make this as large as the limits allow.
    pub fn needed(&self) -> usize {
        self.needed.max(self.at + 1)
    }

    /// Tells the parser that the caller dropped the first `n` bytes of the input.
    ///
    /// # Panics
    /// If `n` is more than [`reply_start`](Self::reply_start): the unfinished reply needs the bytes from there on.
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

    /// Drops the unfinished reply and the error; the next input starts with a new reply.
    pub fn reset(&mut self) {
        *self = Self::new(self.limits.clone());
    }

    /// Reads until the reply whose words begin at `base` is complete.
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

    /// Reads the short strings that follow in the innermost aggregate, except its last element.
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

    /// Counts a finished value and the aggregates that it completes. Returns whether the reply is complete.
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
                // An attribute is not a value of its own: the value that it describes follows.
                words.truncate(base + kept as usize);
                return false;
            }
        }
        true
    }

    /// Moves a reply that took several calls to the tape.
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
