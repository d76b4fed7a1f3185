//! A fast path for runs of short strings, the most common elements of aggregates. It appends the same words as
//! [`token::read`](super::token::read), with fewer checks per string.

use super::Limits;
use crate::proto::tape::{ASCII, BLOB_STRING};

/// The highest bit of each byte, which is not set in ASCII.
const HIGH_BITS: u128 = 0x8080_8080_8080_8080_8080_8080_8080_8080;

/// Reads up to `most` complete strings of less than 100 bytes from `at` on, and appends their words. Returns their
/// number and the position behind them, where anything may follow.
pub(super) fn read(input: &[u8], at: usize, most: u32, limits: &Limits, words: &mut Vec<i32>) -> (u32, usize) {
    let mut position = at;
    // A head that matches no input, for the first comparison.
    let mut like = Head { bits: 1, mask: 0, size: 0, length: 0 };
    for count in 0..most {
        let Some(first) = input.get(position..).and_then(|rest| rest.first_chunk()) else { return (count, position) };
        let word = u64::from_le_bytes(*first);
        // Most strings have the same length as the one before. Comparing the whole head instead of parsing the length
        // lets the processor start on the next string before this length is known.
        if word & like.mask != like.bits {
            match Head::of(word) {
                Some(head) if head.length as u64 <= limits.max_bulk_length => like = head,
                _ => return (count, position),
            }
        }
        let next = position + like.size + like.length + 2;
        let Some(whole) = input.get(position..next).filter(|whole| whole.ends_with(b"\r\n")) else {
            return (count, position);
        };
        let ascii = if is_ascii(whole) { ASCII } else { 0 };
        words.extend_from_slice(&[i32::from(BLOB_STRING) | ascii, (position + like.size) as i32, like.length as i32]);
        position = next;
    }
    (most, position)
}

/// The head of a string, from the type byte to the line end, as the low bytes of a word.
struct Head {
    bits: u64,
    mask: u64,
    /// Length of the head in bytes.
    size: usize,
    /// Length of the text in bytes.
    length: usize,
}

impl Head {
    /// Returns the head at the start of these bytes, if its length has one or two digits.
    #[inline]
    fn of(word: u64) -> Option<Self> {
        const TWO: u64 = u64::from_le_bytes(*b"$\0\0\r\n\0\0\0");
        const ONE: u64 = u64::from_le_bytes(*b"$\0\r\n\0\0\0\0");
        let digit = |at: u32| ((word >> (8 * at)) & 0xff).wrapping_sub(u64::from(b'0'));
        let (first, second) = (digit(1), digit(2));
        let head = |mask, size, length: u64| Some(Self { bits: word & mask, mask, size, length: length as usize });
        if word & 0xff_ff00_00ff == TWO && first < 10 && second < 10 {
            head(0xff_ffff_ffff, 5, first * 10 + second)
        } else if word & 0xffff_00ff == ONE && first < 10 {
            head(0xffff_ffff, 4, first)
        } else {
            None
        }
    }
}

/// Whether all bytes are ASCII. `[u8]::is_ascii` checks so few bytes one by one, which is slower.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    if let (16..=32, Some(first), Some(last)) = (bytes.len(), bytes.first_chunk(), bytes.last_chunk()) {
        return (u128::from_le_bytes(*first) | u128::from_le_bytes(*last)) & HIGH_BITS == 0;
    }
    let Some(last) = bytes.last_chunk() else { return bytes.is_ascii() };
    let (words, _) = bytes.as_chunks();
    words.iter().fold(u64::from_le_bytes(*last), |bits, word| bits | u64::from_le_bytes(*word)) & HIGH_BITS as u64 == 0
}
