//! Micro-benchmarks of the parser: `cargo bench --no-default-features --bench parser`.
//!
//! Each case fills one read of 64 KB with copies of a reply and parses it repeatedly. A case with a chunk size passes
//! the bytes in pieces, as on a slow network. It prints medians of 15 samples; each sample checks that all replies were
//! parsed.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use oxredis::proto::parser::{Limits, Parser};
use oxredis::proto::tape::Tape;

const READ: usize = 64 * 1024;
const SAMPLES: usize = 15;
const SAMPLE_TIME: Duration = Duration::from_millis(30);

struct Case {
    name: &'static str,
    reply: String,
    /// Bytes per call of the parser; `None` passes the whole read in one call.
    chunk: Option<usize>,
}

fn bulk(length: usize) -> String {
    format!("${length}\r\n{}\r\n", "x".repeat(length))
}

fn list(head: &str, items: usize, item: impl Fn(usize) -> String) -> String {
    (0..items).fold(format!("{head}\r\n"), |mut text, i| {
        let _ = write!(text, "{}", item(i));
        text
    })
}

fn cases() -> Vec<Case> {
    let case = |name, reply, chunk| Case { name, reply, chunk };
    let map = || list("%50", 100, |_| bulk(10));
    vec![
        case("+OK", "+OK\r\n".into(), None),
        case("integer", ":123456\r\n".into(), None),
        case("16-byte string", bulk(16), None),
        case("16-byte string, in chunks of 1,448 bytes", bulk(16), Some(1448)),
        case("16-byte string, in chunks of 7 bytes", bulk(16), Some(7)),
        case("1 KB string", bulk(1024), None),
        case("map of 50 fields", map(), None),
        case("map of 50 fields, in chunks of 1,448 bytes", map(), Some(1448)),
        case("array of 1,000 strings", list("*1000", 1000, |_| bulk(16)), None),
        case("array of 1,000 integers", list("*1000", 1000, |i| format!(":{i}\r\n")), None),
        case("push message", list(">3", 3, |_| bulk(16)), None),
    ]
}

/// Parses the read once, clearing the tape between calls as the engine does. Returns the number of replies.
fn pass(parser: &mut Parser, tape: &mut Tape, input: &[u8], chunk: usize) -> usize {
    let mut replies = 0;
    let mut end = 0;
    while end < input.len() {
        end = (end + chunk).min(input.len());
        parser.parse(black_box(&input[..end]), tape, usize::MAX).expect("the input is RESP");
        replies += black_box(tape.replies()).len();
        tape.clear();
    }
    parser.shift(parser.reply_start());
    replies
}

/// Measures one case. Returns the time per reply and the bytes per second.
fn measure(case: &Case) -> (f64, f64) {
    let count = (READ / case.reply.len()).max(1);
    let input = case.reply.repeat(count).into_bytes();
    let chunk = case.chunk.unwrap_or(input.len());
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            let mut replies = 0;
            let mut passes = 0;
            while start.elapsed() < SAMPLE_TIME {
                replies += pass(&mut parser, &mut tape, &input, chunk);
                passes += 1;
            }
            let elapsed = start.elapsed();
            assert_eq!(replies, passes * count, "{}", case.name);
            elapsed.as_nanos() as f64 / replies as f64
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    let each = samples[SAMPLES / 2];
    (each, case.reply.len() as f64 / each * 1000.0)
}

fn main() {
    println!("{:<44} {:>12} {:>10}", "reply", "ns per reply", "MB/s");
    for case in cases() {
        let (each, rate) = measure(&case);
        println!("{:<44} {each:>12.1} {rate:>10.0}", case.name);
    }
}
