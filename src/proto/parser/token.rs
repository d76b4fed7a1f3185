//! Reads one value without its elements, and appends its words.

use memchr::memchr;

use super::Limits;
use super::fault::{Problem, Stop};
use super::number::{in_double, is_double, length, line_feed, short, short_length};
use crate::proto::tape::*;

/// Up to this length, searching a line byte by byte is faster than calling `memchr`.
const SHORT_LINE: usize = 16;

/// The result of [`read`]; `next` is the position behind it.
pub(super) enum Token {
    /// A complete value.
    Value { next: usize },
    /// The head of an aggregate; `count` values follow as its elements.
    Open { next: usize, count: u32 },
    /// The head of an attribute; `count` values follow. It has no words on the tape.
    Attribute { next: usize, count: u32 },
}

/// Reads the value at `at` and appends its words.
///
/// `scanned` stores how far an incomplete line was searched for its end, so that no byte is searched twice.
#[inline]
pub(super) fn read(
    input: &[u8],
    at: usize,
    scanned: &mut usize,
    limits: &Limits,
    words: &mut Vec<i32>,
) -> Result<Token, Stop> {
    let Some(&kind) = input.get(at) else { return Err(Stop::Incomplete(at + 1)) };
    let next = match kind {
        BLOB_STRING => match short_blob(input, at, limits) {
            Some((from, end)) => text(input, at, from, end, words),
            None => return blob(input, at, limits, words),
        },
        SIMPLE_STRING | SIMPLE_ERROR => {
            let end = line(input, at, at + 1, scanned, limits, "CRLF", carriage_return)?;
            text(input, at, at + 1, end, words)
        }
        NUMBER => match short(input, at + 1) {
            Some((value, next)) => {
                words.extend_from_slice(&[i32::from(NUMBER), value]);
                next
            }
            None => digits(input, at, scanned, limits, words)?,
        },
        ARRAY | SET | MAP | PUSH | ATTRIBUTE => return aggregate(input, at, limits, words),
        _ => rare(input, at, scanned, limits, words)?,
    };
    Ok(Token::Value { next })
}

/// Reads the kinds for which speed does not matter.
#[inline(never)]
fn rare(input: &[u8], at: usize, scanned: &mut usize, limits: &Limits, words: &mut Vec<i32>) -> Result<usize, Stop> {
    let from = at + 1;
    match input[at] {
        NULL => {
            let end = line(input, at, from, scanned, limits, "CRLF", any_byte)?;
            words.push(i32::from(NULL));
            Ok(end + 2)
        }
        BOOLEAN => boolean(input, at, scanned, limits, words),
        DOUBLE => {
            let end = line(input, at, from, scanned, limits, "a double and CRLF", |line| {
                line.iter().position(|byte| !in_double(*byte))
            })?;
            if !is_double(&input[from..end]) {
                return Err(Stop::unexpected(input, from, DOUBLE, "a double and CRLF"));
            }
            Ok(text(input, at, from, end, words))
        }
        BIG_NUMBER => digits(input, at, scanned, limits, words),
        VERBATIM_STRING | BLOB_ERROR => match blob(input, at, limits, words)? {
            Token::Value { next } | Token::Open { next, .. } | Token::Attribute { next, .. } => Ok(next),
        },
        kind => Err(Stop::Fault(at, Box::new(Problem::UnknownType(kind)))),
    }
}

/// Finds the text of a complete string of less than 100 bytes. `None` leaves the string to [`blob`].
#[inline]
fn short_blob(input: &[u8], at: usize, limits: &Limits) -> Option<(usize, usize)> {
    let (length, from) = short_length(input, at)?;
    let end = from + length;
    (input.get(end..end + 2)? == b"\r\n" && length as u64 <= limits.max_bulk_length).then_some((from, end))
}

/// Reads a length-prefixed string. No state is kept for an incomplete one: reading its short head again is cheap.
#[inline(never)]
fn blob(input: &[u8], at: usize, limits: &Limits, words: &mut Vec<i32>) -> Result<Token, Stop> {
    let kind = input[at];
    let (length, from) = length(input, at, kind == BLOB_STRING)?;
    let Some(length) = length else {
        words.push(i32::from(NULL));
        return Ok(Token::Value { next: from });
    };
    if length > limits.max_bulk_length {
        return Err(Stop::too_large(at, "bytes", length, limits.max_bulk_length));
    }
    if kind == VERBATIM_STRING && length < 4 {
        return Err(Stop::unexpected(input, at + 1, kind, "a length of 4 or more"));
    }
    let end = from + length as usize;
    if input.len() < end + 2 {
        // A wrong line end is reported at its first byte, since a second one may never arrive.
        return match input.get(end) {
            Some(byte) if *byte != b'\r' => Err(Stop::unexpected(input, end, kind, "CRLF")),
            _ => Err(Stop::Incomplete(end + 2)),
        };
    }
    if input[end..end + 2] != *b"\r\n" {
        return Err(Stop::unexpected(input, end, kind, "CRLF"));
    }
    if kind == VERBATIM_STRING && input[from + 3] != b':' {
        return Err(Stop::unexpected(input, from, kind, "three letters and a colon"));
    }
    Ok(Token::Value { next: text(input, at, from, end, words) })
}

/// Reads the head of an aggregate or attribute.
#[inline]
fn aggregate(input: &[u8], at: usize, limits: &Limits, words: &mut Vec<i32>) -> Result<Token, Stop> {
    let kind = input[at];
    let (length, next) = length(input, at, kind == ARRAY)?;
    let Some(length) = length else {
        words.push(i32::from(NULL));
        return Ok(Token::Value { next });
    };
    let count = if matches!(kind, MAP | ATTRIBUTE) { length.saturating_mul(2) } else { length };
    if count > u64::from(limits.max_elements) {
        return Err(Stop::too_large(at, "elements", count, u64::from(limits.max_elements)));
    }
    let count = count as u32;
    if kind == ATTRIBUTE {
        return Ok(Token::Attribute { next, count });
    }
    words.extend_from_slice(&[i32::from(kind), length as i32]);
    Ok(Token::Open { next, count })
}

/// Reads `#t` or `#f`.
fn boolean(input: &[u8], at: usize, scanned: &mut usize, limits: &Limits, words: &mut Vec<i32>) -> Result<usize, Stop> {
    let value = match input.get(at + 1) {
        Some(b't') => 1,
        Some(b'f') => 0,
        Some(_) => return Err(Stop::unexpected(input, at + 1, BOOLEAN, "t or f")),
        None => return Err(Stop::Incomplete(at + 4)),
    };
    let end = line(input, at, at + 2, scanned, limits, "CRLF", any_byte)?;
    words.extend_from_slice(&[i32::from(BOOLEAN), value]);
    Ok(end + 2)
}

/// Reads an integer of any size and keeps it as text: a big number, or a number that is not a canonical 32-bit integer.
fn digits(input: &[u8], at: usize, scanned: &mut usize, limits: &Limits, words: &mut Vec<i32>) -> Result<usize, Stop> {
    const EXPECTED: &str = "digits and CRLF";
    let first = at + 1 + usize::from(matches!(input.get(at + 1), Some(b'+' | b'-')));
    let end =
        line(input, at, first, scanned, limits, EXPECTED, |line| line.iter().position(|byte| !byte.is_ascii_digit()))?;
    if end == first {
        return Err(Stop::unexpected(input, at + 1, input[at], EXPECTED));
    }
    if input[at] == BIG_NUMBER {
        return Ok(text(input, at, at + 1, end, words));
    }
    words.extend_from_slice(&[i32::from(NUMBER) | WIDE, (at + 1) as i32, (end - at - 1) as i32]);
    Ok(end + 2)
}

/// Appends the words of the value at `at` whose text is `from..end`, and returns the position behind its CRLF.
#[inline]
fn text(input: &[u8], at: usize, from: usize, end: usize, words: &mut Vec<i32>) -> usize {
    let ascii = if input[from..end].is_ascii() { ASCII } else { 0 };
    // Both casts are safe, because the parser reads at most 2^31-1 bytes of input.
    words.extend_from_slice(&[i32::from(input[at]) | ascii, from as i32, (end - from) as i32]);
    end + 2
}

/// Finds the end of the line that begins at `from`, in the value at `at`. `find` returns the first byte that cannot be
/// part of the line; this must be the CRLF.
#[inline]
fn line(
    input: &[u8],
    at: usize,
    from: usize,
    scanned: &mut usize,
    limits: &Limits,
    expected: &'static str,
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<usize, Stop> {
    // `scanned` may belong to an earlier line; then it is less than `from`.
    let start = from.max(*scanned);
    let found = find(input.get(start..).unwrap_or_default());
    let end = found.map_or(input.len(), |offset| start + offset);
    if end > from && end - from > limits.max_line {
        return Err(Stop::too_large(at, "bytes", (end - from) as u64, limits.max_line as u64));
    }
    if found.is_none() {
        *scanned = end;
        return Err(Stop::Incomplete(end + 2));
    }
    if input[end] != b'\r' {
        return Err(Stop::unexpected(input, end, input[at], expected));
    }
    match line_feed(input, end, input[at]) {
        Ok(_) => Ok(end),
        Err(stop) => {
            *scanned = end;
            Err(stop)
        }
    }
}

#[inline]
fn carriage_return(line: &[u8]) -> Option<usize> {
    let head = &line[..line.len().min(SHORT_LINE)];
    match head.iter().position(|byte| *byte == b'\r') {
        Some(offset) => Some(offset),
        None => memchr(b'\r', &line[head.len()..]).map(|offset| head.len() + offset),
    }
}

/// Finds the end of a line that must be empty.
fn any_byte(line: &[u8]) -> Option<usize> {
    (!line.is_empty()).then_some(0)
}
