//! Windows: short strings of aggregates, copied without what was between them, so that JS cuts its strings from a few
//! small ones. In V8 a string that is cut from another one keeps it alive, and a call for each would cost more.

use super::batch::Argument;
use crate::boundary::tape_bits::PART;
use crate::boundary::tape_shifts::{ARGUMENT, PART_START};
use crate::proto::tape::{ARRAY, ASCII, BLOB_STRING, MAP, SET, extent, kind_of, width};

/// Bytes of a window. With 48 bytes of headers this is what one string that is kept keeps alive.
const WINDOW: usize = 184;
/// Longer strings are no part of a window.
const LONGEST: i32 = 80;
/// V8 copies shorter ones, so that they may be cut from a large piece of the input: JS does so.
const SHORT: i32 = 13;
/// No window is opened behind so many arguments of the call: what it passes is copied a few times.
const MOST_ARGUMENTS: usize = 512;
/// Bytes that are copied at once.
const CHUNK: usize = 32;
/// Bytes that a window may be written to.
const ROOM: usize = WINDOW + CHUNK;

const ASCII_BLOB: i32 = BLOB_STRING as i32 | ASCII;

/// The windows of a batch.
#[derive(Debug, Default)]
pub struct Windows {
    /// Their texts, and room in the last one.
    bytes: Vec<u8>,
    used: usize,
    /// Where the last window starts, and its number among the arguments.
    start: usize,
    number: usize,
    is_open: bool,
}

impl Windows {
    /// Forgets all windows.
    pub fn clear(&mut self) {
        *self = Self { bytes: std::mem::take(&mut self.bytes), ..Self::default() };
    }

    /// Bytes that it holds memory for.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The texts, which [`Argument::Window`] refers to.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// Says how far the last window reaches. Before the arguments are made, and before another one is opened.
    pub fn close(&mut self, arguments: &mut [Argument]) {
        if self.is_open {
            arguments[self.number] = Argument::Window(self.start as u32..self.used as u32);
            self.is_open = false;
        }
    }

    /// Takes the strings of a reply, and marks them in its words. The keys of a map are left alone: JS compares their
    /// bytes. A window may go on with the next reply.
    pub fn take(&mut self, words: &mut [i32], input: &[u8], arguments: &mut Vec<Argument>) {
        match kind_of(words[0]) {
            ARRAY | SET => self.take_all(&mut words[2..], input, arguments),
            MAP => self.take_values(&mut words[2..], input, arguments),
            _ => {}
        }
    }

    fn take_values(&mut self, words: &mut [i32], input: &[u8], arguments: &mut Vec<Argument>) {
        let mut at = 0;
        while at < words.len() {
            match words[at..] {
                [key, _, _, ASCII_BLOB, _, length, ..] if is_blob(key) && is_cut(length) => {
                    if !self.has_room(length as usize, arguments) {
                        return;
                    }
                    at += 6 * self.fill::<6>(&mut words[at..], input);
                }
                _ => {
                    let value = at + extent(&words[at..]);
                    at = value + extent(&words[value..]);
                    self.take_all(&mut words[value..at], input, arguments);
                }
            }
        }
    }

    /// Short strings are taken, too, behind one that is not short: between others, JS would have to cut each from a
    /// piece of its own.
    fn take_all(&mut self, words: &mut [i32], input: &[u8], arguments: &mut Vec<Argument>) {
        let mut is_mixed = false;
        let mut at = 0;
        while at < words.len() {
            match words[at..] {
                [ASCII_BLOB, _, length, ..] if is_cut(length) || (is_mixed && length < SHORT) => {
                    if !self.has_room(length as usize, arguments) {
                        return;
                    }
                    is_mixed = true;
                    at += 3 * self.fill::<3>(&mut words[at..], input);
                }
                _ => at += width(words[at]),
            }
        }
    }

    /// Whether the last window has room for this many bytes; opens another one if there may be one.
    fn has_room(&mut self, length: usize, arguments: &mut Vec<Argument>) -> bool {
        if self.is_open && self.used - self.start + length <= WINDOW {
            return true;
        }
        self.close(arguments);
        if arguments.len() >= MOST_ARGUMENTS {
            return false;
        }
        (self.start, self.number, self.is_open) = (self.used, arguments.len(), true);
        arguments.push(Argument::Window(0..0));
        let needed = self.start + ROOM;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.next_power_of_two(), 0);
        }
        true
    }

    /// Takes strings into the last window as long as they fit and no other value comes. Each is the last of `WIDTH`
    /// words: 3, or 6 with its key. Gives their number.
    #[inline]
    fn fill<const WIDTH: usize>(&mut self, words: &mut [i32], input: &[u8]) -> usize {
        let window = self.bytes[self.start..].first_chunk_mut::<ROOM>().expect("room for a window");
        let mark = PART | (self.number << ARGUMENT) as i32;
        let mut filled = self.used - self.start;
        let mut count = 0;
        for chunk in words.as_chunks_mut::<WIDTH>().0 {
            let (from, length) = (chunk[WIDTH - 2] as usize, chunk[WIDTH - 1] as usize);
            let is_taken = chunk[WIDTH - 3] == ASCII_BLOB && (WIDTH == 3 || is_blob(chunk[0]));
            if !is_taken || length > LONGEST as usize || filled + length > WINDOW {
                break;
            }
            match input[from..].first_chunk::<CHUNK>() {
                // More than is needed, but without a call. The next text goes over the rest.
                Some(text) if length <= CHUNK => window[filled..filled + CHUNK].copy_from_slice(text),
                _ => window[filled..filled + length].copy_from_slice(&input[from..from + length]),
            }
            chunk[WIDTH - 3] |= mark | (filled << PART_START) as i32;
            filled += length;
            count += 1;
        }
        self.used = self.start + filled;
        count
    }
}

/// Whether the op word is that of a blob.
#[inline]
fn is_blob(op: i32) -> bool {
    op & !ASCII == i32::from(BLOB_STRING)
}

/// Whether V8 would not copy a string of this length, and it is for windows.
#[inline]
fn is_cut(length: i32) -> bool {
    (SHORT..=LONGEST).contains(&length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::flags;
    use crate::boundary::inbox::HEADER;
    use crate::engine::batch::Batch;
    use crate::engine::input::Area;
    use crate::proto::parser::{Limits, Parser};
    use crate::proto::tape::Tape;

    fn blob(length: usize) -> String {
        let text: String = ('a'..='z').cycle().skip(length).take(length).collect();
        format!("${length}\r\n{text}\r\n")
    }

    fn list(head: &str, lengths: &[usize]) -> String {
        lengths.iter().fold(format!("{head}\r\n"), |text, length| text + &blob(*length))
    }

    /// A batch of these replies, and the words that they have without windows.
    fn batch(input: &str, request_flags: u32) -> (Batch, Vec<i32>) {
        let (mut parser, mut tape, mut batch) = (Parser::new(Limits::default()), Tape::new(), Batch::default());
        parser.parse(input.as_bytes(), &mut tape, usize::MAX).unwrap();
        assert_eq!(parser.reply_start(), input.len());
        let mut plain = Vec::new();
        batch.clear();
        batch.set_area(Area::Shared, false);
        for reply in tape.replies() {
            let (view, words) = (tape.view(reply, input.as_bytes()), tape.words(reply));
            batch.reply(7, request_flags, view, words);
            plain.extend([&[7], words].concat());
        }
        batch.seal();
        (batch, plain)
    }

    /// The lengths of the parts; that they are what they say, and all else is as it was.
    fn parts(batch: &Batch, plain: &[i32], input: &str) -> Vec<usize> {
        let words = &batch.words[HEADER..];
        assert_eq!(words.len(), plain.len());
        let changed = (0..words.len()).filter(|at| words[*at] != plain[*at]);
        changed
            .map(|at| {
                let (word, start, length) = (words[at], words[at + 1] as usize, words[at + 2] as usize);
                assert_eq!((plain[at], word & 0xfff), (ASCII_BLOB, ASCII_BLOB | PART));
                let Argument::Window(range) = &batch.arguments[(word >> ARGUMENT) as usize] else {
                    panic!("no window")
                };
                let window = &batch.windows.bytes()[range.start as usize..range.end as usize];
                let part = &window[(word >> PART_START & 0xff) as usize..][..length];
                assert_eq!(part, &input.as_bytes()[start..start + length]);
                length
            })
            .collect()
    }

    fn parts_of(input: &str) -> Vec<usize> {
        let (batch, plain) = batch(input, 0);
        parts(&batch, &plain, input)
    }

    #[test]
    fn strings_that_would_be_cut_are_taken() {
        assert_eq!(parts_of(&list("*6", &[0, 12, 13, 80, 81, 2000])), [13, 80]);
        assert_eq!(parts_of(&list("~4", &[5, 20, 5, 0])), [20, 5, 0], "short ones behind them, too");
        assert_eq!(parts_of("*3\r\n$15\r\n0123456789abcé\r\n:5\r\n_\r\n"), [0usize; 0]);
        assert_eq!(parts_of(&format!("*2\r\n{}{}", list("*1", &[15]), list("%1", &[16, 17]))), [15, 16, 17]);
        for other in ["*0\r\n", "~0\r\n", "%0\r\n", "_\r\n", "*-1\r\n", &blob(20), ":1\r\n"] {
            let (batch, _) = batch(other, 0);
            assert!(batch.windows.bytes().is_empty(), "{other}");
        }
    }

    #[test]
    fn keys_of_maps_are_left_alone() {
        assert_eq!(parts_of(&list("%3", &[20, 21, 5, 22, 23, 5])), [21, 22, 5]);
        let key = "*1\r\n$20\r\n01234567890123456789\r\n";
        assert_eq!(
            parts_of(&format!("%3\r\n{key}{}+field\r\n{}:1\r\n:2\r\n", blob(30), list("*2", &[31, 3]))),
            [30, 31, 3]
        );
    }

    #[test]
    fn no_window_is_larger_than_it_may_be() {
        let lengths: Vec<usize> = (0..2000).map(|i| 13 + i * 7 % 68).collect();
        for input in [list("*2000", &lengths), list("%1000", &lengths)] {
            let (batch, plain) = batch(&input, 0);
            assert!(!parts(&batch, &plain, &input).is_empty());
            let mut end = 0;
            for argument in &batch.arguments {
                let Argument::Window(range) = argument else { panic!("no window") };
                assert!(range.start == end && range.end > end && range.len() <= WINDOW, "{argument:?}");
                end = range.end;
            }
            assert_eq!(end as usize, batch.windows.bytes().len());
        }
    }

    #[test]
    fn windows_are_few_and_the_rest_is_left_as_it_is() {
        let input = list("*20000", &[16; 20_000]) + &blob(20);
        let (mut batch, plain) = batch(&input, 0);
        assert_eq!(batch.arguments.len(), MOST_ARGUMENTS + 1, "and one for the string behind it");
        assert_eq!(batch.arguments.last(), Some(&Argument::Area((input.len() - 22) as u32..(input.len() - 2) as u32)));
        // Behind the slot and the words of the list.
        let items = plain.len() - 4;
        batch.words.truncate(HEADER + items);
        assert_eq!(parts(&batch, &plain[..items], &input).len(), MOST_ARGUMENTS * (WINDOW / 16));
    }

    #[test]
    fn a_window_goes_on_with_the_next_reply() {
        let input = list("*1", &[20]) + &blob(30) + &list("*1", &[25]);
        let (batch, _) = batch(&input, 0);
        let [Argument::Window(window), Argument::Area(string)] = &batch.arguments[..] else {
            panic!("other arguments")
        };
        assert_eq!((window.len(), string.len()), (45, 30));
    }

    #[test]
    fn bytes_are_left_alone() {
        let input = list("*3", &[20; 3]);
        let (batch, plain) = batch(&input, flags::BYTES);
        assert_eq!((&batch.words[HEADER..], batch.arguments.len()), (&plain[..], 0));
    }
}
