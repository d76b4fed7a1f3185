//! Properties of the parser, for anything that a server sends and any way in which the network cuts it.

use oxredis::proto::parser::fuzz::{encode, parse_pieces, parse_whole};
use oxredis::proto::parser::{Limits, Parser, Status};
use oxredis::proto::tape::{Tape, View};
use proptest::collection::vec;
use proptest::prelude::*;

/// A value that a server sends.
#[derive(Debug, Clone)]
enum Value {
    Null,
    Boolean(bool),
    Number(i64),
    Double(f64),
    BigNumber(String),
    Simple(String),
    Error(String),
    Blob(Vec<u8>),
    BlobError(Vec<u8>),
    Verbatim(String),
    List(u8, Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// A value with an attribute before it.
    Attributed(Vec<(Value, Value)>, Box<Value>),
}

fn blob(kind: char, bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(format!("{kind}{}\r\n", bytes.len()).bytes());
    out.extend_from_slice(bytes);
    out.extend(b"\r\n");
}

fn pairs(head: String, pairs: &[(Value, Value)], resp3: bool, out: &mut Vec<u8>) {
    out.extend(head.bytes());
    for (key, value) in pairs {
        key.send(resp3, out);
        value.send(resp3, out);
    }
}

impl Value {
    /// Writes the value as a server does, in RESP3 or in RESP2.
    fn send(&self, resp3: bool, out: &mut Vec<u8>) {
        match self {
            Value::Null if resp3 => out.extend(b"_\r\n"),
            Value::Null => out.extend(if out.len().is_multiple_of(2) { b"$-1\r\n" } else { b"*-1\r\n" }),
            Value::Boolean(value) if resp3 => out.extend(if *value { b"#t\r\n" } else { b"#f\r\n" }),
            Value::Boolean(value) => out.extend(format!(":{}\r\n", u8::from(*value)).bytes()),
            Value::Number(value) => out.extend(format!(":{value}\r\n").bytes()),
            Value::Double(value) if resp3 => out.extend(format!(",{value:?}\r\n").to_lowercase().bytes()),
            Value::Double(value) => blob('$', value.to_string().as_bytes(), out),
            Value::BigNumber(digits) if resp3 => out.extend(format!("({digits}\r\n").bytes()),
            Value::BigNumber(digits) => blob('$', digits.as_bytes(), out),
            Value::Simple(text) => out.extend(format!("+{text}\r\n").bytes()),
            Value::Error(text) => out.extend(format!("-{text}\r\n").bytes()),
            Value::Blob(bytes) => blob('$', bytes, out),
            Value::BlobError(bytes) if resp3 => blob('!', bytes, out),
            Value::BlobError(bytes) => out.extend(format!("-{}\r\n", bytes.len()).bytes()),
            Value::Verbatim(text) if resp3 => blob('=', format!("txt:{text}").as_bytes(), out),
            Value::Verbatim(text) => blob('$', text.as_bytes(), out),
            Value::List(kind, items) => {
                let kind = if resp3 { char::from(*kind) } else { '*' };
                out.extend(format!("{kind}{}\r\n", items.len()).bytes());
                items.iter().for_each(|item| item.send(resp3, out));
            }
            Value::Map(map) if resp3 => pairs(format!("%{}\r\n", map.len()), map, resp3, out),
            Value::Map(map) => pairs(format!("*{}\r\n", map.len() * 2), map, resp3, out),
            Value::Attributed(attributes, value) => {
                if resp3 {
                    pairs(format!("|{}\r\n", attributes.len()), attributes, resp3, out);
                }
                value.send(resp3, out);
            }
        }
    }

    /// Compares a parsed value with the one that a RESP3 server sent.
    fn check(&self, view: View<'_>) {
        let text = |kind: u8, text: &[u8]| assert_eq!((view.kind(), view.text()), (kind, text));
        match self {
            Value::Null => assert!(view.is_null()),
            Value::Boolean(value) => assert_eq!(view.boolean(), Some(*value)),
            Value::Number(value) => assert_eq!(view.integer(), Some(*value)),
            Value::Double(value) => {
                let read: f64 = std::str::from_utf8(view.text()).unwrap().parse().unwrap();
                assert!(read.to_bits() == value.to_bits() || (read.is_nan() && value.is_nan()));
            }
            Value::BigNumber(digits) => text(b'(', digits.as_bytes()),
            Value::Simple(line) => text(b'+', line.as_bytes()),
            Value::Error(line) => text(b'-', line.as_bytes()),
            Value::Blob(bytes) => text(b'$', bytes),
            Value::BlobError(bytes) => text(b'!', bytes),
            Value::Verbatim(body) => text(b'=', format!("txt:{body}").as_bytes()),
            Value::List(kind, items) => {
                assert_eq!((view.kind(), view.len()), (*kind, items.len()));
                items.iter().zip(view.items()).for_each(|(item, view)| item.check(view));
            }
            Value::Map(map) => {
                assert_eq!((view.kind(), view.len()), (b'%', map.len() * 2));
                let flat = map.iter().flat_map(|(key, value)| [key, value]);
                flat.zip(view.items()).for_each(|(item, view)| item.check(view));
            }
            Value::Attributed(_, value) => value.check(view),
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    let line = "[^\r\n]{0,24}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Number),
        any::<i32>().prop_map(|value| Value::Number(value.into())),
        (-20i64..20).prop_map(Value::Number),
        any::<f64>().prop_map(Value::Double),
        "-?[1-9][0-9]{0,40}".prop_map(Value::BigNumber),
        line.prop_map(Value::Simple),
        line.prop_map(Value::Error),
        vec(any::<u8>(), 0..40).prop_map(Value::Blob),
        "[a-z\r\n]{0,20}".prop_map(|text| Value::Blob(text.into())),
        vec(any::<u8>(), 0..40).prop_map(Value::BlobError),
        line.prop_map(Value::Verbatim),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let map = vec((inner.clone(), inner.clone()), 0..4);
        prop_oneof![
            (prop_oneof![Just(b'*'), Just(b'~'), Just(b'>')], vec(inner.clone(), 0..6))
                .prop_map(|(kind, items)| Value::List(kind, items)),
            map.clone().prop_map(Value::Map),
            (map, inner).prop_map(|(map, value)| Value::Attributed(map, Box::new(value))),
        ]
    })
}

fn send(values: &[Value], resp3: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.iter().for_each(|value| value.send(resp3, &mut bytes));
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reads_what_was_sent(values in vec(value(), 1..5)) {
        let bytes = send(&values, true);
        let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
        prop_assert_eq!(parser.parse(&bytes, &mut tape, usize::MAX), Ok(Status::NeedMore));
        prop_assert_eq!((tape.replies().len(), parser.reply_start()), (values.len(), bytes.len()));
        for (value, reply) in values.iter().zip(tape.replies()) {
            value.check(tape.view(reply, &bytes));
        }
    }

    #[test]
    fn every_split_reads_the_same(values in vec(value(), 1..4), resp3: bool) {
        let bytes = send(&values, resp3);
        let whole = parse_whole(&bytes, &Limits::default());
        prop_assert_eq!((whole.replies.len(), whole.consumed, whole.fault), (values.len(), bytes.len(), None));
        for split in 1..bytes.len() {
            let mut pieces = [split, 2, 2].into_iter();
            prop_assert_eq!(&parse_pieces(&bytes, &Limits::default(), || pieces.next().unwrap_or(usize::MAX)), &whole);
        }
    }

    #[test]
    fn any_pieces_read_the_same(values in vec(value(), 1..12), resp3: bool, cuts in vec(0usize..30, 1..40)) {
        let bytes = send(&values, resp3);
        let mut cuts = cuts.into_iter().cycle();
        let pieces = parse_pieces(&bytes, &Limits::default(), || cuts.next().unwrap());
        prop_assert_eq!(pieces, parse_whole(&bytes, &Limits::default()));
    }

    #[test]
    fn what_is_read_can_be_sent_again(value in value()) {
        let bytes = send(&[value], true);
        let first = parse_whole(&bytes, &Limits::default());
        let second = parse_whole(&first.replies[0].1, &Limits::default());
        prop_assert_eq!(&first.replies, &second.replies);
    }

    #[test]
    fn garbage_is_refused_alike_in_any_pieces(
        values in vec(value(), 0..4), place: prop::sample::Index, garbage in vec(any::<u8>(), 1..6), cut in 1usize..9,
    ) {
        let mut bytes = send(&values, true);
        let place = place.index(bytes.len() + 1);
        bytes.splice(place..place, garbage);
        let whole = parse_whole(&bytes, &Limits::default());
        prop_assert_eq!(parse_pieces(&bytes, &Limits::default(), || cut), whole);
    }

    #[test]
    fn resp_like_noise_never_panics(noise in "[-+:$*_#,(=!~%>|0-9tfinae?\r\n ]{0,200}", cut in 1usize..20) {
        let limits = Limits { max_depth: 4, max_bulk_length: 50, max_elements: 20, max_line: 30 };
        let whole = parse_whole(noise.as_bytes(), &limits);
        prop_assert_eq!(parse_pieces(noise.as_bytes(), &limits, || cut), whole);
    }
}

/// Passes a reply in pieces, and overwrites what the parser has already been given, except the head and the last `kept`
/// bytes. A parser that reads old bytes again, with work that is quadratic in the number of pieces, finds another end,
/// an error or other values.
fn parse_looking_once(input: &[u8], piece: usize, head: usize, kept: usize) -> (Parser, Tape) {
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    let (mut given, mut spoiled) = (Vec::with_capacity(input.len()), head);
    for bytes in input.chunks(piece) {
        given.extend_from_slice(bytes);
        parser.parse(&given, &mut tape, usize::MAX).unwrap();
        // Overwritten with line ends, so that a repeated search for the end of a line succeeds too early.
        while spoiled + kept < given.len() {
            given[spoiled] = if spoiled.is_multiple_of(2) { b'\r' } else { b'\n' };
            spoiled += 1;
        }
    }
    (parser, tape)
}

#[test]
fn many_pieces_take_linear_time() {
    // `kept` covers a header, which may have to be read again after a cut, or the first half of a line end.
    for (head, element, tail, kept) in
        [("*{}\r\n", "$3\r\nabc\r\n", "", 16), ("+", "abcdefgh", "\r\n", 1), ("(", "12345678", "\r\n", 1)]
    {
        for count in [10, 4000] {
            let head = head.replace("{}", &count.to_string());
            let input = [&head, &element.repeat(count), tail].concat();
            for piece in [1, 7, 1000] {
                let (parser, tape) = parse_looking_once(input.as_bytes(), piece, head.len(), kept);
                assert_eq!(
                    (tape.replies().len(), parser.reply_start()),
                    (1, input.len()),
                    "{head:?} in pieces of {piece}"
                );
                let (whole, expected) = parse_looking_once(input.as_bytes(), input.len(), head.len(), kept);
                assert_eq!(whole.reply_start(), input.len());
                let (view, expected) = (
                    tape.view(&tape.replies()[0], input.as_bytes()),
                    expected.view(&expected.replies()[0], input.as_bytes()),
                );
                let (mut read, mut wanted) = (Vec::new(), Vec::new());
                encode(view, &mut read);
                encode(expected, &mut wanted);
                assert!(read == wanted, "{head:?} in pieces of {piece} is another reply");
            }
        }
    }
}

#[test]
fn encodes_a_view() {
    let (mut parser, mut tape, mut out) = (Parser::new(Limits::default()), Tape::new(), Vec::new());
    let input = b"%1\r\n$1\r\na\r\n*2\r\n:007\r\n$-1\r\n";
    parser.parse(input, &mut tape, 1).unwrap();
    encode(tape.view(&tape.replies()[0], input), &mut out);
    assert_eq!(out, b"%1\r\n$1\r\na\r\n*2\r\n:7\r\n_\r\n");
}
