//! A batch of replies for JS: the words of the `inbox`, short strings joined into one text, and longer strings (or
//! windows of several) as arguments of the call.

use std::ops::Range;

use super::input::Area;
use super::windows::Windows;
use crate::boundary::ops::{DONE, FAILURE, STRING_ARGUMENT, TEXT};
use crate::boundary::tape_bits::SIMPLE;
use crate::boundary::tape_shifts::ARGUMENT;
use crate::boundary::{PushKind, flags, inbox, tickets};
use crate::event::{Failure, RequestPhase};
use crate::proto::tape::{ARRAY, ASCII, MAP, SET, View};

/// Strings shorter than this (in bytes) become substrings of the batch's text. V8 copies a substring this short, so it
/// does not keep the text alive.
const SHORT: usize = 13;
/// Strings longer than this (in bytes) are cheaper to decode in JS.
const LONG: usize = 2048;
/// Maximum number of arguments of one call. Windows stop at 512, which leaves one for each of the at most 256 items.
const MOST_ARGUMENTS: usize = 768;

/// A batch with a larger capacity (in words) is freed instead of reused.
const KEPT_WORDS: usize = 64 * 1024;

/// Where the bytes of a string argument are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// In the shared area.
    Area(Range<u32>),
    /// In the windows of the batch.
    Window(Range<u32>),
}

/// Replies for one `dispatch` call.
#[derive(Debug, Default)]
pub struct Batch {
    /// Header and items.
    pub words: Vec<i32>,
    /// Short ASCII strings, joined.
    pub text: Vec<u8>,
    /// Byte ranges that become one JS string each.
    pub arguments: Vec<Argument>,
    /// The bytes of the `Argument::Window` arguments.
    pub windows: Windows,
    count: i32,
    /// The offsets refer to the shared area. Only then can strings become arguments.
    shared: bool,
}

impl Batch {
    /// Empties the batch for new items.
    pub fn clear(&mut self) {
        self.words.clear();
        self.words.resize(inbox::HEADER, 0);
        self.text.clear();
        self.arguments.clear();
        self.windows.clear();
        self.count = 0;
        self.shared = false;
    }

    /// Whether its memory is small enough to keep for the next batch.
    pub fn is_worth_keeping(&self) -> bool {
        self.words.capacity() <= KEPT_WORDS
            && self.text.capacity() <= 4 * KEPT_WORDS
            && self.windows.capacity() <= 4 * KEPT_WORDS
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether JS need not see it: it has no items and does not end the use of a block.
    pub fn is_empty(&self) -> bool {
        self.count == 0 && !matches!(self.words[..], [_, area, 1, ..] if area != 0)
    }

    /// Sets the area that the offsets refer to. `last`: the engine has dropped the area's block, so no later batch
    /// refers to it.
    pub fn set_area(&mut self, area: Area, last: bool) {
        self.words[inbox::BLOCK] = area.number();
        self.words[inbox::LAST] = i32::from(last);
        self.shared = area == Area::Shared;
    }

    /// Writes the number of items into the header, and ends the last window.
    pub fn seal(&mut self) {
        self.words[inbox::COUNT] = self.count;
        self.windows.close(&mut self.arguments);
    }

    /// Adds a reply, given as its tape (`words`) and as a view of the same value.
    pub fn reply(&mut self, ticket: u32, request_flags: u32, view: View<'_>, words: &[i32]) {
        self.count += 1;
        self.words.push(ticket as i32);
        let kind = view.kind();
        let simple = if kind == b'+' { SIMPLE } else { 0 };
        if (kind == b'$' || kind == b'+') && request_flags & flags::BYTES == 0 && words[0] & ASCII != 0 {
            let text = view.text();
            if text.len() < SHORT {
                self.words.extend([TEXT | simple, self.text.len() as i32, text.len() as i32]);
                self.text.extend_from_slice(text);
                return;
            }
            if self.shared && text.len() <= LONG && self.arguments.len() < MOST_ARGUMENTS {
                self.words.push(STRING_ARGUMENT | simple | (self.arguments.len() << ARGUMENT) as i32);
                let (start, length) = (words[1] as u32, words[2] as u32);
                self.arguments.push(Argument::Area(start..start + length));
                return;
            }
        }
        let from = self.words.len();
        self.words.extend_from_slice(words);
        if matches!(kind, ARRAY | SET | MAP) && request_flags & flags::BYTES == 0 {
            self.windows.take(&mut self.words[from..], view.bytes(), &mut self.arguments);
        }
    }

    /// Adds a push message of the server.
    pub fn push(&mut self, link: u32, kind: PushKind, words: &[i32]) {
        self.count += 1;
        self.words.extend([tickets::PUSH, link as i32, kind as i32]);
        self.words.extend_from_slice(words);
    }

    /// Adds a line of MONITOR.
    pub fn monitor_line(&mut self, link: u32, words: &[i32]) {
        self.count += 1;
        self.words.extend([tickets::MONITOR_LINE, link as i32]);
        self.words.extend_from_slice(words);
    }

    /// Adds what became of a command of a cluster, ahead of its error.
    pub fn trace(&mut self, words: [i32; 7]) {
        self.count += 1;
        self.words.push(tickets::TRACE);
        self.words.extend(words);
    }

    /// Resolves a request that the engine itself made (subscription, RESET) with `undefined`.
    pub fn done(&mut self, ticket: u32) {
        self.count += 1;
        self.words.extend([ticket as i32, DONE]);
    }

    /// Settles a request with an error of the engine.
    pub fn failure(&mut self, ticket: u32, failure: Failure, phase: RequestPhase) {
        self.count += 1;
        self.words.extend([ticket as i32, FAILURE, failure as i32 | (phase as i32) << 8]);
    }
}
