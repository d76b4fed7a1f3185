//! A batch of replies on its way to JS: the words of the `inbox`, short strings joined to one text, and longer ones, or
//! several joined, as arguments of the call.

use std::ops::Range;

use super::input::Area;
use super::windows::Windows;
use crate::boundary::ops::{DONE, FAILURE, STRING_ARGUMENT, TEXT};
use crate::boundary::tape_bits::SIMPLE;
use crate::boundary::tape_shifts::ARGUMENT;
use crate::boundary::{PushKind, flags, inbox, tickets};
use crate::event::{Failure, RequestPhase};
use crate::proto::tape::{ARRAY, ASCII, MAP, SET, View};

/// Strings shorter than this become substrings of the batch's text: V8 copies those.
const SHORT: usize = 13;
/// Strings longer than this are cheaper to slice in JS.
const LONG: usize = 2048;
/// Arguments of one call. Windows leave room for a string of each item, which are 256 at most.
const MOST_ARGUMENTS: usize = 768;

/// A batch that took more words is not kept for the next one.
const KEPT_WORDS: usize = 64 * 1024;

/// Where the text of an argument is.
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
    /// What becomes a string each.
    pub arguments: Vec<Argument>,
    /// What some of them are made of.
    pub windows: Windows,
    count: i32,
    /// The offsets refer to the shared area, which string arguments are made from.
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

    /// False when its memory is more than the batches to come will need.
    pub fn is_worth_keeping(&self) -> bool {
        self.words.capacity() <= KEPT_WORDS
            && self.text.capacity() <= 4 * KEPT_WORDS
            && self.windows.capacity() <= 4 * KEPT_WORDS
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// True when JS need not see it: no items, and no block that ends with it.
    pub fn is_empty(&self) -> bool {
        self.count == 0 && !matches!(self.words[..], [_, area, 1, ..] if area != 0)
    }

    /// Says what the offsets refer to, and whether the area's block ends with this batch: the engine has dropped it then.
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

    /// Adds a reply. `words` is its tape, `view` the same value.
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

    /// Adds something that the server pushed.
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

    /// Settles a request of the engine's own kinds with `undefined`.
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
