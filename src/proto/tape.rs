//! The tape: parsed replies as 32-bit words, the form in which JS reads them (`docs/architecture.md`, "The tape").

mod view;

use std::ops::Range;

pub use view::{Items, View};

use crate::boundary::tape_bits::TYPE_MASK;
pub use crate::boundary::tape_bits::{ASCII, WIDE};
pub use crate::boundary::tape_types::{
    ARRAY, BIG_NUMBER, BLOB_ERROR, BLOB_STRING, BOOLEAN, DOUBLE, MAP, NULL, NUMBER, PUSH, SET, SIMPLE_ERROR,
    SIMPLE_STRING, VERBATIM_STRING,
};

/// `|`; never occurs on a finished tape.
pub const ATTRIBUTE: u8 = b'|';

/// Capacity in words that a cleared tape keeps at most: 1 MiB.
const KEPT_WORDS: usize = 1 << 18;

/// One complete top-level reply of a [`Tape`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The type byte; [`NULL`] for every encoding of null.
    pub kind: u8,
    /// The position of its words; see [`Tape::words`].
    pub words: Range<u32>,
    /// Its position in the input, including the attributes before it.
    pub bytes: Range<u32>,
}

/// Complete top-level replies, in order of arrival.
///
/// Text offsets in the words are absolute positions in the parser's input at the time of the call that appended them. A
/// later [`shift`](crate::proto::parser::Parser::shift) does not adjust them: read the replies and
/// [`clear`](Tape::clear) the tape first.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tape {
    pub(super) words: Vec<i32>,
    pub(super) replies: Vec<Reply>,
}

impl Tape {
    /// Creates an empty tape, without allocating.
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes all replies. Keeps the memory, unless an unusually large reply made it grow.
    pub fn clear(&mut self) {
        self.words.clear();
        self.words.shrink_to(KEPT_WORDS);
        self.replies.clear();
    }

    /// The replies, in order.
    pub fn replies(&self) -> &[Reply] {
        &self.replies
    }

    /// The words of one of [`replies`](Tape::replies).
    pub fn words(&self, reply: &Reply) -> &[i32] {
        &self.words[reply.words.start as usize..reply.words.end as usize]
    }

    /// Returns read access to one of [`replies`](Tape::replies); `bytes` is the input that the parser was given.
    pub fn view<'a>(&'a self, reply: &Reply, bytes: &'a [u8]) -> View<'a> {
        View::new(self.words(reply), bytes)
    }

    /// Completes a reply whose words begin at `start`.
    pub(super) fn finish(&mut self, start: usize, bytes: Range<usize>) {
        let words = index(start)..index(self.words.len());
        let kind = kind_of(self.words[start]);
        self.replies.push(Reply { kind, words, bytes: index(bytes.start)..index(bytes.end) });
    }
}

/// The type byte of an op word.
pub fn kind_of(op: i32) -> u8 {
    (op & TYPE_MASK) as u8
}

/// The number of words of the value with this op word, without its elements.
pub fn width(op: i32) -> usize {
    match kind_of(op) {
        NULL => 1,
        BOOLEAN | ARRAY | SET | MAP | PUSH | ATTRIBUTE => 2,
        NUMBER if op & WIDE == 0 => 2,
        _ => 3,
    }
}

/// The number of values that follow the value at the start of `words` as its elements.
pub fn elements(words: &[i32]) -> usize {
    match kind_of(words[0]) {
        ARRAY | SET | PUSH => words[1] as usize,
        MAP | ATTRIBUTE => words[1] as usize * 2,
        _ => 0,
    }
}

/// The number of words of the value at the start of `words`, with all its elements.
pub fn extent(words: &[i32]) -> usize {
    let mut at = 0;
    let mut missing = 1;
    while missing > 0 {
        missing += elements(&words[at..]);
        missing -= 1;
        at += width(words[at]);
    }
    at
}

/// Moves every text offset in `words` by `delta` bytes, after the input was moved within its block. `words` are whole
/// values, of which the last aggregates may be unfinished.
pub fn rebase(words: &mut [i32], delta: i32) {
    let mut at = 0;
    while at < words.len() {
        let width = width(words[at]);
        if width == 3 {
            words[at + 1] += delta;
        }
        at += width;
    }
}

/// Tape positions fit in 32 bits because the parser reads at most 2^31-1 bytes of input and each word costs a byte.
fn index(position: usize) -> u32 {
    u32::try_from(position).expect("a tape of more than 2^32 words")
}
