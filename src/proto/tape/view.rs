//! Read access to one value of a tape.

use super::{
    BIG_NUMBER, BLOB_ERROR, BLOB_STRING, DOUBLE, NULL, NUMBER, SIMPLE_ERROR, SIMPLE_STRING, VERBATIM_STRING, elements,
    extent, kind_of, width,
};

/// One value of a tape, with the input that contains its text.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Begins with the words of the value; more words may follow.
    words: &'a [i32],
    bytes: &'a [u8],
}

impl<'a> View<'a> {
    /// Creates a view of the value at the start of `words`, whose text offsets are positions in `bytes`.
    pub fn new(words: &'a [i32], bytes: &'a [u8]) -> Self {
        Self { words, bytes }
    }

    /// The input that text offsets refer to.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The type byte; [`NULL`] for every encoding of null.
    pub fn kind(&self) -> u8 {
        kind_of(self.words[0])
    }

    /// Whether this is an error reply, simple or blob.
    pub fn is_error(&self) -> bool {
        matches!(self.kind(), SIMPLE_ERROR | BLOB_ERROR)
    }

    /// Whether this is a null, in any encoding.
    pub fn is_null(&self) -> bool {
        self.kind() == NULL
    }

    /// The text of a string, error, double or big number; empty for all other kinds. A verbatim string includes its
    /// format (`txt:`).
    pub fn text(&self) -> &'a [u8] {
        match self.kind() {
            SIMPLE_STRING | BLOB_STRING | VERBATIM_STRING | SIMPLE_ERROR | BLOB_ERROR | DOUBLE | BIG_NUMBER => {
                self.payload()
            }
            _ => &[],
        }
    }

    /// The value of a number (`:`), if it fits in 64 bits.
    pub fn integer(&self) -> Option<i64> {
        if self.kind() != NUMBER {
            return None;
        }
        if width(self.words[0]) == 2 {
            return Some(i64::from(self.words[1]));
        }
        std::str::from_utf8(self.payload()).ok()?.parse().ok()
    }

    /// The value of a boolean (`#`).
    pub fn boolean(&self) -> Option<bool> {
        (self.kind() == super::BOOLEAN).then(|| self.words[1] != 0)
    }

    /// The number of elements: a key-value pair of a map counts as two; 0 for anything but an aggregate.
    pub fn len(&self) -> usize {
        elements(self.words)
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in order; those of a map alternate between key and value.
    pub fn items(&self) -> Items<'a> {
        Items { words: &self.words[width(self.words[0])..], bytes: self.bytes, left: self.len() }
    }

    fn payload(&self) -> &'a [u8] {
        let start = self.words[1] as usize;
        let text = self.bytes.get(start..start + self.words[2] as usize);
        debug_assert!(text.is_some(), "the view was given other bytes than the parser");
        text.unwrap_or_default()
    }
}

/// The elements of an aggregate, made by [`View::items`].
#[derive(Clone)]
pub struct Items<'a> {
    words: &'a [i32],
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (words, rest) = self.words.split_at(extent(self.words));
        self.words = rest;
        Some(View::new(words, self.bytes))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Items<'_> {}

#[cfg(test)]
mod tests {
    use super::super::{ARRAY, ASCII, BOOLEAN, MAP, WIDE};
    use super::*;

    const BYTES: &[u8] = b"foobar99999999999";

    /// `[foo, {bar: 7}, 99999999999, null, true]`
    fn words() -> Vec<i32> {
        let (array, map, blob) = (i32::from(ARRAY), i32::from(MAP), i32::from(BLOB_STRING) | ASCII);
        let (number, null, boolean) = (i32::from(NUMBER), i32::from(NULL), i32::from(BOOLEAN));
        let mut words = vec![array, 5, blob, 0, 3, map, 1, blob, 3, 3, number, 7];
        words.extend([number | WIDE, 6, 11, null, boolean, 1]);
        words
    }

    #[test]
    fn reads_values_and_elements() {
        let words = words();
        let view = View::new(&words, BYTES);
        assert_eq!((view.kind(), view.len(), view.text()), (ARRAY, 5, &b""[..]));
        let items: Vec<_> = view.items().collect();
        assert_eq!(items[0].text(), b"foo");
        assert_eq!(items[1].len(), 2);
        let pair: Vec<_> = items[1].items().collect();
        assert_eq!((pair[0].text(), pair[1].integer()), (&b"bar"[..], Some(7)));
        assert_eq!((items[2].integer(), items[2].text()), (Some(99_999_999_999), &b""[..]));
        assert!(items[3].is_null() && !items[3].is_error());
        assert_eq!(items[4].boolean(), Some(true));
        assert_eq!(items.len(), 5);
    }

    #[test]
    fn measures_and_rebases() {
        let mut words = words();
        assert_eq!(extent(&words), words.len());
        assert_eq!(extent(&words[5..]), 7);
        super::super::rebase(&mut words, 100);
        assert_eq!((words[3], words[8], words[13]), (100, 103, 106));
    }
}
