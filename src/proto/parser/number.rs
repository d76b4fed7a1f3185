//! Numbers in lines: lengths, integers, doubles.

use super::fault::{Problem, Stop};

const LENGTH: &str = "a length and CRLF";

/// Reads a length of one or two digits and its CRLF, behind the type byte at `at`. Returns the length and the position
/// behind it; `None` leaves all other cases to [`length`].
#[inline]
pub(super) fn short_length(input: &[u8], at: usize) -> Option<(usize, usize)> {
    let digit = |byte: u8| usize::from(byte - b'0');
    match *input.get(at..at + 5)? {
        [_, tens @ b'0'..=b'9', ones @ b'0'..=b'9', b'\r', b'\n'] => Some((digit(tens) * 10 + digit(ones), at + 5)),
        [_, ones @ b'0'..=b'9', b'\r', b'\n', _] => Some((digit(ones), at + 4)),
        _ => None,
    }
}

/// Reads the length of a string or aggregate, behind the type byte at `at`. Returns it and the position behind its
/// CRLF. Only decimal digits are valid; `-1` is returned as `None` if `nullable`.
#[inline]
pub(super) fn length(input: &[u8], at: usize, nullable: bool) -> Result<(Option<u64>, usize), Stop> {
    let mut length = 0u64;
    let mut position = at + 1;
    loop {
        match input.get(position) {
            Some(byte @ b'0'..=b'9') => {
                // 19 digits always fit in 64 bits, and any longer number exceeds every limit.
                if position - at > 19 {
                    return Err(Stop::unexpected(input, at + 1, input[at], LENGTH));
                }
                length = length * 10 + u64::from(byte - b'0');
                position += 1;
            }
            Some(b'\r') if position > at + 1 => break,
            Some(b'-') if nullable && position == at + 1 => return null_length(input, at),
            Some(b'?') if position == at + 1 => {
                return Err(Stop::Fault(at, Box::new(Problem::Streamed(input[at]))));
            }
            Some(_) => return Err(Stop::unexpected(input, position, input[at], LENGTH)),
            None => return Err(Stop::Incomplete(input.len() + 1)),
        }
    }
    Ok((Some(length), line_feed(input, position, input[at])?))
}

/// Reads `-1` behind the type byte at `at`.
fn null_length(input: &[u8], at: usize) -> Result<(Option<u64>, usize), Stop> {
    for (position, wanted) in (at + 1..).zip(*b"-1\r\n") {
        match input.get(position) {
            Some(byte) if *byte == wanted => {}
            Some(_) => return Err(Stop::unexpected(input, at + 1, input[at], LENGTH)),
            None => return Err(Stop::Incomplete(input.len() + 1)),
        }
    }
    Ok((None, at + 5))
}

/// Checks the line feed behind the carriage return at `position`, and returns the position behind it.
#[inline]
pub(super) fn line_feed(input: &[u8], position: usize, kind: u8) -> Result<usize, Stop> {
    match input.get(position + 1) {
        Some(b'\n') => Ok(position + 2),
        Some(_) => Err(Stop::unexpected(input, position, kind, "CRLF")),
        None => Err(Stop::Incomplete(input.len() + 1)),
    }
}

/// Reads the number whose text begins at `from`, and returns it with the position behind its CRLF. `None` if it is
/// incomplete, not canonical or longer than 32 bits: the caller then reads it as text.
#[inline]
pub(super) fn short(input: &[u8], from: usize) -> Option<(i32, usize)> {
    let negative = *input.get(from)? == b'-';
    let digits = from + usize::from(negative);
    let mut value = 0i64;
    let mut position = digits;
    loop {
        match *input.get(position)? {
            byte @ b'0'..=b'9' if position - digits < 10 => value = value * 10 + i64::from(byte - b'0'),
            b'\r' => break,
            _ => return None,
        }
        position += 1;
    }
    let count = position - digits;
    if count == 0 || (input[digits] == b'0' && (count > 1 || negative)) || *input.get(position + 1)? != b'\n' {
        return None;
    }
    let value = if negative { -value } else { value };
    Some((i32::try_from(value).ok()?, position + 2))
}

/// Whether `byte` may occur in a double.
pub(super) fn in_double(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.') || b"EINFTYA".contains(&byte.to_ascii_uppercase())
}

/// Whether `text` looks like a double: digits with sign, point and exponent in any arrangement, infinity, or NaN.
pub(super) fn is_double(text: &[u8]) -> bool {
    let word = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
    let digits = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    is(b"inf") || is(b"infinity") || is(b"nan") || (text.iter().all(digits) && text.iter().any(u8::is_ascii_digit))
}
