//! A minimal DER reader: tags, lengths and contents.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// One DER value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// The value as encoded: tag, length and content.
    pub(super) whole: &'a [u8],
}

/// Reads DER values one after another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// Reads the next value. `None` at the end of the input, or if the bytes are not DER.
    pub(super) fn next(&mut self) -> Option<Value<'a>> {
        let (&[tag, first], _) = self.0.split_first_chunk::<2>()?;
        // Tags of more than one byte and indefinite lengths do not occur in the structures that are read here.
        let (head, length) = match first {
            0..=0x7f => (2, usize::from(first)),
            0x81..=0x84 => {
                let digits = usize::from(first & 0x7f);
                let bytes = self.0.get(2..2 + digits)?;
                (2 + digits, bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
            }
            _ => return None,
        };
        let whole = self.0.get(..head.checked_add(length)?)?;
        self.0 = &self.0[whole.len()..];
        Some(Value { tag, content: &whole[head..], whole })
    }

    /// Reads the next value if it has this tag; otherwise leaves it unread and returns `None`.
    pub(super) fn take(&mut self, tag: u8) -> Option<Value<'a>> {
        let mut ahead = *self;
        let value = ahead.next().filter(|value| value.tag == tag)?;
        *self = ahead;
        Some(value)
    }

    /// Reads the next value if it has this tag, and returns a reader of its content.
    pub(super) fn inside(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.take(tag).map(|value| Reader(value.content))
    }
}

/// Decodes a small non-negative INTEGER; `None` if it is negative or does not fit.
pub(super) fn number(content: &[u8]) -> Option<u32> {
    match content {
        [first, ..] if *first < 0x80 && content.len() <= 4 => {
            Some(content.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        }
        _ => None,
    }
}

/// Decodes a UTCTime or GeneralizedTime to seconds since 1970.
pub(super) fn time(value: Value<'_>) -> Option<u64> {
    let digits = value.content.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |at: usize| Some(u64::from(*digits.get(at)? - b'0') * 10 + u64::from(*digits.get(at + 1)? - b'0'));
    let (year, rest) = match (value.tag, digits.len()) {
        // A UTCTime has years of two digits, which mean 1950 to 2049 (RFC 5280, 4.1.2.5.1).
        (0x17, 12) => (if two(0)? < 50 { 2000 + two(0)? } else { 1900 + two(0)? }, 2),
        (0x18, 14) => (two(0)? * 100 + two(2)?, 4),
        _ => return None,
    };
    let (month, day) = (two(rest)?, two(rest + 2)?);
    let seconds = (two(rest + 4)? * 60 + two(rest + 6)?) * 60 + two(rest + 8)?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if year < 1970 {
        return Some(0);
    }
    Some(days(year, month, day) * 86_400 + seconds)
}

/// Returns the number of days from 1970-01-01 to a Gregorian date. Years are counted from March, so that the leap day
/// comes last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_each_other_and_broken_ones_end_it() {
        let bytes = [0x02, 1, 5, 0x30, 0x81, 2, 0x05, 0];
        let mut reader = Reader(&bytes);
        assert_eq!(reader.take(SEQUENCE), None);
        assert_eq!(reader.take(INTEGER).and_then(|value| number(value.content)), Some(5));
        assert_eq!(reader.inside(SEQUENCE).and_then(|mut inner| inner.next()).map(|value| value.tag), Some(5));
        assert_eq!(reader.next(), None);
        for broken in
            [&[0x30, 3, 0][..], &[0x30, 0x80], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x85, 0], &[0x30]]
        {
            assert_eq!(Reader(broken).next(), None, "{broken:?}");
        }
    }

    #[test]
    fn times_are_seconds_since_1970() {
        let at = |tag: u8, text: &str| time(Value { tag, content: text.as_bytes(), whole: b"" });
        assert_eq!(at(0x17, "700101000000Z"), Some(0));
        assert_eq!(at(0x17, "240229123456Z"), Some(1_709_210_096));
        assert_eq!(at(0x18, "20500101000000Z"), Some(2_524_608_000));
        assert_eq!(at(0x17, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(at(0x18, "19690101000000Z"), Some(0));
        for broken in ["24022912345Z", "240229123456", "24022912345xZ", "241329123456Z"] {
            assert_eq!(at(0x17, broken), None);
        }
    }
}
