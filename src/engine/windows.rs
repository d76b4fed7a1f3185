//! Windows: short strings of aggregate replies, copied next to each other, from which JS slices its strings. In V8 a
//! slice keeps its parent string alive, so parents must be small; creating each string by a call would cost more.

use super::batch::Argument;
use crate::boundary::tape_bits::PART;
use crate::boundary::tape_shifts::{ARGUMENT, PART_START};
use crate::proto::tape::{ARRAY, ASCII, BLOB_STRING, MAP, SET, extent, kind_of, width};

/// Size of a window in bytes. A slice that JS keeps holds this much memory, plus 48 bytes of headers.
const WINDOW: usize = 184;
/// Maximum length in bytes of a string in a window.
const LONGEST: i32 = 80;
/// Minimum length in bytes of a string that needs a window. V8 copies shorter slices, so JS may slice those from a
/// large piece of the input.
const SHORT: i32 = 13;
/// No window is opened after this number of arguments, since the call copies its arguments a few times.
const MOST_ARGUMENTS: usize = 512;
/// Number of bytes copied at once.
const CHUNK: usize = 32;
/// Bytes to reserve for a window: the last copy may write beyond its end.
const ROOM: usize = WINDOW + CHUNK;

const ASCII_BLOB: i32 = BLOB_STRING as i32 | ASCII;

/// The windows of a batch.
#[derive(Debug, Default)]
pub struct Windows {
    /// The text of all windows, with reserved room in the last one.
    bytes: Vec<u8>,
    used: usize,
    /// The start of the last window in `bytes`, and the index of its argument.
    start: usize,
    number: usize,
    is_open: bool,
}

impl Windows {
    /// Forgets all windows.
    pub fn clear(&mut self) {
        *self = Self { bytes: std::mem::take(&mut self.bytes), ..Self::default() };
    }

    /// Its capacity in bytes.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The text that [`Argument::Window`] ranges refer to.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// Sets the range of the last window's argument. Called before another window is opened and before the arguments
    /// are used.
    pub fn close(&mut self, arguments: &mut [Argument]) {
        if self.is_open {
            arguments[self.number] = Argument::Window(self.start as u32..self.used as u32);
            self.is_open = false;
        }
    }

    /// Copies the short strings of a reply into windows and marks them in its words. Skips keys of maps, which JS
    /// compares as bytes. The last window stays open for the next reply.
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

    /// Copies the strings of a list. After the first string that needs a window, strings shorter than `SHORT` are
    /// copied too: JS would otherwise need a separate piece of the input for each.
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

    /// Whether the last window has room for this many bytes. Opens another one if needed and allowed.
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

    /// Copies strings into the last window until one does not fit or another kind of value follows. Each string takes
    /// `WIDTH` words: 3, or 6 with its key. Returns the number of strings.
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
                // A fixed size compiles to no call. The next text overwrites the surplus bytes.
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

/// Whether the op word is that of a blob string.
#[inline]
fn is_blob(op: i32) -> bool {
    op & !ASCII == i32::from(BLOB_STRING)
}

/// Whether a string of this length needs a window: V8 would not copy its slice, and it is not too long.
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

    /// A batch of these replies, and the words that they would have without windows.
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

    /// The lengths of the strings in windows. Checks that they have the right text and that all other words are
    /// unchanged.
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
        // After the slot and the words of the list.
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
