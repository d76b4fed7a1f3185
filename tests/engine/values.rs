//! Replies: how the server writes them, and what JS must get.

use oxredis::proto::tape::{ARRAY, BLOB_STRING, NULL, NUMBER, SIMPLE_ERROR, SIMPLE_STRING, View};

/// A reply as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Number(i64),
    Line(Vec<u8>),
    Blob(Vec<u8>),
    Error(Vec<u8>),
    List(Vec<Value>),
    /// `undefined`: the engine has settled one of its own requests.
    Done,
}

impl Value {
    /// Writes the value in RESP.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut line = |kind: char, text: &[u8]| {
            out.push(kind as u8);
            out.extend_from_slice(text);
            out.extend_from_slice(b"\r\n");
        };
        match self {
            Self::Null => line('_', b""),
            Self::Number(number) => line(':', number.to_string().as_bytes()),
            Self::Line(text) => line('+', text),
            Self::Error(text) => line('-', text),
            Self::Blob(bytes) => {
                line('$', bytes.len().to_string().as_bytes());
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Self::List(items) => {
                line('*', items.len().to_string().as_bytes());
                items.iter().for_each(|item| item.write(out));
            }
            Self::Done => unreachable!("nothing that a server sends"),
        }
    }

    /// Reads the value of a view.
    pub fn read(view: View<'_>) -> Self {
        match view.kind() {
            NULL => Self::Null,
            NUMBER => Self::Number(view.integer().expect("a number of 64 bits")),
            SIMPLE_STRING => Self::Line(view.text().to_vec()),
            SIMPLE_ERROR => Self::Error(view.text().to_vec()),
            BLOB_STRING => Self::Blob(view.text().to_vec()),
            ARRAY => Self::List(view.items().map(Self::read).collect()),
            kind => panic!("a reply of type {:?}", char::from(kind)),
        }
    }

    /// Whether a string passed to JS as text equals this value; the text does not say which kind of string it was.
    pub fn is_like(&self, text: &[u8]) -> bool {
        matches!(self, Self::Line(own) | Self::Blob(own) if own == text)
    }
}

/// Returns bytes that are different for each request, so that they show where they belong.
pub fn pattern(seed: u32, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut bytes = format!("{seed}:").into_bytes();
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes.push(b'a' + (state % 26) as u8);
    }
    bytes.truncate(size.max(1));
    bytes
}

/// The kind of reply that a test command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Null,
    Number,
    Line(usize),
    Error(usize),
    Blob(usize),
    /// An array of this many bulk strings of this size, with an array of them at the end.
    List(usize, usize),
}

impl Shape {
    /// Returns the reply to the request with this serial.
    pub fn reply(self, serial: u32) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Number => Value::Number(i64::from(serial)),
            Self::Line(size) => Value::Line(pattern(serial, size)),
            Self::Error(size) => Value::Error([b"ERR ".to_vec(), pattern(serial, size)].concat()),
            Self::Blob(size) => Value::Blob(pattern(serial, size)),
            Self::List(count, size) => {
                let blob = |index| Value::Blob(pattern(serial ^ (index as u32) << 20, size));
                let mut items: Vec<_> = (0..count).map(blob).collect();
                items.push(Value::List(vec![Value::Number(i64::from(serial)), Value::Null]));
                Value::List(items)
            }
        }
    }

    /// Returns the words of the command that asks for this reply.
    pub fn words(self) -> String {
        match self {
            Self::Null => "null 0 0".into(),
            Self::Number => "number 0 0".into(),
            Self::Line(size) => format!("line {size} 0"),
            Self::Error(size) => format!("error {size} 0"),
            Self::Blob(size) => format!("blob {size} 0"),
            Self::List(count, size) => format!("list {count} {size}"),
        }
    }

    /// Parses the words of a command; the inverse of `words`.
    pub fn of(words: &[&str]) -> Self {
        let number = |index: usize| words[index].parse::<usize>().expect("a number");
        match words[0] {
            "null" => Self::Null,
            "number" => Self::Number,
            "line" => Self::Line(number(1)),
            "error" => Self::Error(number(1)),
            "blob" => Self::Blob(number(1)),
            "list" => Self::List(number(1), number(2)),
            other => panic!("no shape: {other}"),
        }
    }
}
