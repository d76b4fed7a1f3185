//! The properties that the fuzz targets and the property tests check, defined once for both.

use std::mem::{Discriminant, discriminant};

use super::{Limits, Parser, Problem, ProtocolError, Status};
use crate::proto::tape::*;

/// Writes a value as RESP3, with a single encoding for each value: null is `_`.
pub fn encode(view: View<'_>, out: &mut Vec<u8>) {
    let kind = view.kind();
    match kind {
        NULL => out.extend(b"_\r\n"),
        BOOLEAN => out.extend(if view.boolean() == Some(true) { b"#t\r\n" } else { b"#f\r\n" }),
        NUMBER => {
            let number = view.integer().map_or_else(|| "beyond 64 bits".into(), |number| number.to_string());
            out.extend(format!(":{number}\r\n").bytes());
        }
        BLOB_STRING | VERBATIM_STRING | BLOB_ERROR => {
            out.push(kind);
            out.extend(format!("{}\r\n", view.text().len()).bytes());
            out.extend([view.text(), b"\r\n"].concat());
        }
        ARRAY | SET | MAP | PUSH => {
            let count = if kind == MAP { view.len() / 2 } else { view.len() };
            out.push(kind);
            out.extend(format!("{count}\r\n").bytes());
            view.items().for_each(|item| encode(item, out));
        }
        _ => {
            out.push(kind);
            out.extend([view.text(), b"\r\n"].concat());
        }
    }
}

/// Everything that can be observed of one parse, independent of how the input was cut.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The replies: type byte, [`encode`]d value, and the flags of its op word.
    pub replies: Vec<(u8, Vec<u8>, i32)>,
    /// The sum of the extents of the replies.
    pub consumed: usize,
    /// The error: its kind and the position in its reply.
    pub fault: Option<(Discriminant<Problem>, usize)>,
}

impl Outcome {
    fn new() -> Self {
        Self { replies: Vec::new(), consumed: 0, fault: None }
    }

    fn take(&mut self, tape: &mut Tape, input: &[u8], mut start: usize) {
        for reply in tape.replies() {
            let view = tape.view(reply, input);
            assert_eq!((reply.kind, reply.bytes.start as usize), (view.kind(), start));
            assert_eq!(extent(tape.words(reply)), tape.words(reply).len());
            start = reply.bytes.end as usize;
            self.consumed += reply.bytes.len();
            let mut encoded = Vec::new();
            encode(view, &mut encoded);
            self.replies.push((view.kind(), encoded, tape.words(reply)[0] & !0xff));
        }
        tape.clear();
    }

    fn fail(mut self, error: &ProtocolError) -> Self {
        assert!(!error.to_string().is_empty());
        self.fault = Some((discriminant(&error.problem), error.at));
        self
    }
}

/// Parses `input` in one call.
pub fn parse_whole(input: &[u8], limits: &Limits) -> Outcome {
    let (mut parser, mut tape) = (Parser::new(limits.clone()), Tape::new());
    let (result, mut outcome) = (parser.parse(input, &mut tape, usize::MAX), Outcome::new());
    outcome.take(&mut tape, input, 0);
    assert_eq!(outcome.consumed, parser.reply_start());
    match result {
        Ok(_) => outcome,
        Err(error) => outcome.fail(&error),
    }
}

/// Parses `input` in pieces whose lengths `cut` returns (0 counts as 1). It takes a few replies at a time, and
/// sometimes drops the bytes that were parsed.
pub fn parse_pieces(input: &[u8], limits: &Limits, mut cut: impl FnMut() -> usize) -> Outcome {
    let (mut parser, mut tape, mut outcome) = (Parser::new(limits.clone()), Tape::new(), Outcome::new());
    let (mut buffer, mut rest) = (Vec::new(), input);
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(cut().clamp(1, rest.len()));
        rest = later;
        buffer.extend_from_slice(piece);
        loop {
            let start = parser.reply_start();
            let result = parser.parse(&buffer, &mut tape, 1 + cut() % 3);
            outcome.take(&mut tape, &buffer, start);
            match result {
                Ok(Status::Full) => {}
                Ok(Status::NeedMore) => break,
                Err(error) => return outcome.fail(&error),
            }
        }
        assert!(parser.needed() > buffer.len());
        let dropped = match cut() % 3 {
            0 => 0,
            1 => parser.reply_start() / 2,
            _ => parser.reply_start(),
        };
        buffer.drain(..dropped);
        parser.shift(dropped);
    }
    outcome
}

/// Fuzz target `parser`: any input gives the same result in one piece and in many. The last two bytes of `data` choose
/// the cuts and the limits.
pub fn parser(data: &[u8]) {
    let [input @ .., seed, tight] = data else { return };
    let limits = match tight % 2 {
        0 => Limits::default(),
        _ => Limits { max_depth: 3, max_bulk_length: 20, max_elements: 8, max_line: 20 },
    };
    let mut state = u32::from(*seed) + 1;
    let cut = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % 17
    };
    assert_eq!(parse_pieces(input, &limits, cut), parse_whole(input, &limits));
}

/// Fuzz target `tape`: values read from a tape, encoded and parsed again, are equal.
pub fn tape(data: &[u8]) {
    let first = parse_whole(data, &Limits::default());
    let encoded: Vec<u8> = first.replies.iter().flat_map(|reply| reply.1.clone()).collect();
    let beyond = |reply: &(u8, Vec<u8>, i32)| reply.1.windows(7).any(|window| window == b":beyond");
    if first.replies.iter().any(beyond) {
        return;
    }
    let second = parse_whole(&encoded, &Limits::default());
    assert_eq!((second.fault, second.consumed), (None, encoded.len()));
    let values = |outcome: &Outcome| outcome.replies.iter().map(|reply| (reply.0, reply.1.clone())).collect::<Vec<_>>();
    assert_eq!(values(&first), values(&second));
}
