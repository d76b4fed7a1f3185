//! Examples for the parser; `tests/parser.rs` has the properties.

use super::super::tape::*;
use super::*;

fn parse(input: &[u8]) -> Result<Vec<Vec<i32>>, ProtocolError> {
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    parser.parse(input, &mut tape, usize::MAX)?;
    Ok(tape.replies().iter().map(|reply| tape.words(reply).to_vec()).collect())
}

fn one(input: &str) -> Vec<i32> {
    let replies = parse(input.as_bytes()).unwrap();
    assert_eq!(replies.len(), 1, "{input:?}");
    replies.into_iter().next().unwrap()
}

fn message(input: &[u8]) -> String {
    parse(input).unwrap_err().to_string()
}

fn op(kind: u8, flags: i32) -> i32 {
    i32::from(kind) | flags
}

#[test]
fn strings() {
    assert_eq!(one("+OK\r\n"), [op(SIMPLE_STRING, ASCII), 1, 2]);
    assert_eq!(one("+\r\n"), [op(SIMPLE_STRING, ASCII), 1, 0]);
    assert_eq!(one("-ERR no\r\n"), [op(SIMPLE_ERROR, ASCII), 1, 6]);
    assert_eq!(one("$0\r\n\r\n"), [op(BLOB_STRING, ASCII), 4, 0]);
    assert_eq!(one("$5\r\na\r\nbc\r\n"), [op(BLOB_STRING, ASCII), 4, 5]);
    assert_eq!(one("$2\r\né\r\n"), [op(BLOB_STRING, 0), 4, 2]);
    assert_eq!(one("=5\r\ntxt:é\r\n".replace('5', "6").as_str()), [op(VERBATIM_STRING, 0), 4, 6]);
    assert_eq!(one("!3\r\nERR\r\n"), [op(BLOB_ERROR, ASCII), 4, 3]);
    let long = "x".repeat(100);
    assert_eq!(one(&format!("+{long}\r\n")), [op(SIMPLE_STRING, ASCII), 1, 100]);
    assert_eq!(one("+line\nfeed\r\n"), [op(SIMPLE_STRING, ASCII), 1, 9]);
}

#[test]
fn nulls_and_booleans() {
    for null in ["_\r\n", "$-1\r\n", "*-1\r\n"] {
        assert_eq!(one(null), [op(NULL, 0)]);
    }
    assert_eq!(one("#t\r\n"), [op(BOOLEAN, 0), 1]);
    assert_eq!(one("#f\r\n"), [op(BOOLEAN, 0), 0]);
}

#[test]
fn numbers() {
    for value in [0, 7, -7, 10, 1_000_000_000, i32::MAX, i32::MIN] {
        assert_eq!(one(&format!(":{value}\r\n")), [op(NUMBER, 0), value]);
    }
    for text in ["+5", "-0", "007", "-07", "2147483648", "-2147483649", "9223372036854775807", "99999999999999999999"] {
        assert_eq!(one(&format!(":{text}\r\n")), [op(NUMBER, WIDE), 1, text.len() as i32]);
    }
    assert_eq!(one("(-123456789012345678901234567890\r\n"), [op(BIG_NUMBER, ASCII), 1, 31]);
    for text in ["1.5", "-0", "10", "1e300", "1E-7", ".5", "inf", "-inf", "nan", "-nan", "NaN", "+inf"] {
        assert_eq!(one(&format!(",{text}\r\n")), [op(DOUBLE, ASCII), 1, text.len() as i32]);
    }
}

#[test]
fn aggregates() {
    assert_eq!(one("*0\r\n"), [op(ARRAY, 0), 0]);
    assert_eq!(one("*2\r\n:1\r\n*1\r\n_\r\n"), [op(ARRAY, 0), 2, op(NUMBER, 0), 1, op(ARRAY, 0), 1, op(NULL, 0)]);
    assert_eq!(one("%1\r\n+a\r\n~0\r\n"), [op(MAP, 0), 1, op(SIMPLE_STRING, ASCII), 5, 1, op(SET, 0), 0]);
    assert_eq!(one(">1\r\n#t\r\n"), [op(PUSH, 0), 1, op(BOOLEAN, 0), 1]);
}

#[test]
fn strings_of_every_short_length_in_aggregates() {
    for length in 0..=110usize {
        // `place` is the position of the one non-ASCII byte; the last value stands for none.
        for place in 0..=length {
            let text: Vec<u8> = (0..length).map(|i| if i == place { 0x80 } else { b'a' }).collect();
            let string = [format!("${length}\r\n").as_bytes(), &text, b"\r\n"].concat();
            // Different strings around it, so that a mix-up with a neighbour's bytes or length is noticed.
            let others = [&b"$1\r\n\xff\r\n"[..], "$2\r\né\r\n".as_bytes(), b"$0\r\n\r\n"];
            let elements = [others[0], &string, &string, others[1], &string, others[2], &string, b"$-1\r\n", &string];
            let input = [b"*9\r\n", &elements.concat()[..]].concat();
            let mut expected = vec![op(ARRAY, 0), 9];
            let mut at = 4;
            for element in elements {
                let alone = parse(element).unwrap().remove(0);
                expected.extend(&alone);
                if alone.len() == 3 {
                    *expected.iter_mut().nth_back(1).unwrap() += at;
                }
                at += element.len() as i32;
            }
            assert_eq!(parse(&input).unwrap(), [expected], "{length} bytes, {place}");
        }
    }
}

#[test]
fn strings_in_aggregates_keep_to_the_limit() {
    let mut parser = Parser::new(Limits { max_bulk_length: 5, ..Limits::default() });
    let input = b"*3\r\n$5\r\nabcde\r\n$6\r\nabcdef\r\n$1\r\na\r\n";
    let error = parser.parse(input, &mut Tape::new(), 9).unwrap_err();
    assert_eq!(error.to_string(), "RESP reply of 6 bytes exceeds the limit of 5 bytes (byte 15 of the reply)");
}

#[test]
fn attributes_are_dropped_wherever_they_stand() {
    assert_eq!(one("|1\r\n+ttl\r\n:3600\r\n:7\r\n"), [op(NUMBER, 0), 7]);
    assert_eq!(one("|0\r\n|1\r\n+a\r\n*1\r\n+b\r\n:7\r\n"), [op(NUMBER, 0), 7]);
    // An attribute inside an array, inside an attribute, and before a value inside an attribute.
    let input = "*2\r\n:1\r\n|1\r\n|1\r\n+x\r\n+y\r\n+key\r\n*1\r\n|0\r\n:9\r\n:2\r\n";
    assert_eq!(one(input), [op(ARRAY, 0), 2, op(NUMBER, 0), 1, op(NUMBER, 0), 2]);
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    parser.parse(b"|1\r\n+ttl\r\n:3600\r\n:7\r\n", &mut tape, 1).unwrap();
    assert_eq!(tape.replies()[0], Reply { kind: NUMBER, words: 0..2, bytes: 0..21 });
}

#[test]
fn errors_say_what_and_where() {
    assert_eq!(message(b"@"), "Unknown RESP type 64 \"@\"");
    assert_eq!(message(b"+OK\r\n\xff"), "Unknown RESP type 255 \"\u{ff}\"");
    assert_eq!(message(b"*?\r\n"), "Streamed RESP type \"*?\" is not supported (byte 0 of the reply)");
    let text = "Invalid RESP reply of type \"$\": expected CRLF, found \"x\\r\\n+\" (byte 7 of the reply)";
    assert_eq!(message(b":1\r\n$3\r\nabcx\r\n+"), text);
    let text = "Invalid RESP reply of type \":\": expected digits and CRLF, found \"a\\r\\n\" (byte 6 of the reply)";
    assert_eq!(message(b"*1\r\n:1a\r\n"), text);
    let text = "RESP reply of 2147483648 bytes exceeds the limit of 2147483647 bytes (byte 0 of the reply)";
    assert_eq!(message(b"$2147483648\r\n"), text);
    let text = "RESP reply of 134217730 elements exceeds the limit of 134217728 elements (byte 0 of the reply)";
    assert_eq!(message(b"%67108865\r\n"), text);
    let deep = message(&b"*1\r\n".repeat(257));
    assert_eq!(deep, "RESP reply is nested more than 256 levels deep (byte 1024 of the reply)");
    assert!(parse(&[&b"*1\r\n".repeat(256)[..], b":1\r\n"].concat()).is_ok());
    assert!(message(&b"|1\r\n".repeat(257)).contains("nested"));
}

#[test]
fn refuses_malformed_values() {
    let inputs = [
        "$-2\r\n",
        "$+1\r\n",
        "$\r\n",
        "$1x\r\n",
        "$-\r\n",
        "$1\rx",
        "*-0\r\n",
        "%-1\r\n",
        "=3\r\n",
        "=-1\r\n",
        "$?\r\n",
        "!?\r\n",
        "~?\r\n",
        ":\r\n",
        ":-\r\n",
        ":1.5\r\n",
        ": 1\r\n",
        ":1 \r\n",
        ",\r\n",
        ",abc\r\n",
        ",inf1\r\n",
        ",--\r\n",
        "(\r\n",
        "(1.0\r\n",
        "#x\r\n",
        "#tt\r\n",
        "_x\r\n",
        "+a\rb\r\n",
        "=4\r\nabcd\r\n",
        ";1\r\n",
        ".\r\n",
        "$99999999999999999999\r\n",
        "$18446744073709551617\r\n",
        "*99999999999999999999999\r\n",
        "|9999999999\r\n",
    ];
    for input in inputs {
        assert!(parse(input.as_bytes()).is_err(), "{input:?}");
    }
}

#[test]
fn keeps_replies_before_an_error_and_stays_failed() {
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    let input = b"+OK\r\n*2\r\n:1\r\n@";
    let error = parser.parse(input, &mut tape, 9).unwrap_err();
    assert_eq!((tape.replies().len(), tape.words.len(), parser.reply_start()), (1, 3, 5));
    assert_eq!(parser.parse(b"+OK\r\n", &mut tape, 9), Err(error));
    parser.reset();
    assert_eq!(parser.parse(b"+OK\r\n", &mut tape, 9), Ok(Status::NeedMore));
    assert_eq!(tape.replies().len(), 2);
}

#[test]
fn takes_replies_a_few_at_a_time() {
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    let input = b":1\r\n:2\r\n:3\r\n";
    assert_eq!(parser.parse(input, &mut tape, 2), Ok(Status::Full));
    assert_eq!((tape.replies().len(), parser.reply_start()), (2, 8));
    assert_eq!(parser.parse(input, &mut tape, 0), Ok(Status::Full));
    assert_eq!(parser.parse(input, &mut tape, 2), Ok(Status::NeedMore));
    assert_eq!((tape.replies().len(), parser.needed()), (3, 13));
}

#[test]
fn says_how_much_it_needs() {
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    let mut input = b":1\r\n*2\r\n:5\r\n$1000000\r\nabc".to_vec();
    assert_eq!(parser.parse(&input, &mut tape, 9), Ok(Status::NeedMore));
    assert_eq!((parser.reply_start(), parser.needed()), (4, 22 + 1_000_000 + 2));
    tape.clear();
    input.drain(..4);
    parser.shift(4);
    assert_eq!((parser.reply_start(), parser.needed()), (0, 18 + 1_000_000 + 2));
    input.resize(18 + 1_000_000, b'x');
    input.extend(b"\r\n");
    assert_eq!(input.len(), parser.needed());
    assert_eq!(parser.parse(&input, &mut tape, 9), Ok(Status::NeedMore));
    let words = [op(ARRAY, 0), 2, op(NUMBER, 0), 5, op(BLOB_STRING, ASCII), 18, 1_000_000];
    assert_eq!(tape.words(&tape.replies()[0]), words);
}

#[test]
fn refuses_a_reply_that_the_tape_cannot_address() {
    let text = "RESP reply of 2147483656 bytes exceeds the limit of 2147483647 bytes (byte 8 of the reply)";
    assert_eq!(message(b":1\r\n*2\r\n:2\r\n$2147483633\r\n"), text);
    assert!(parse(b":1\r\n*2\r\n:2\r\n$2147483620\r\n").is_ok());
}

#[test]
#[should_panic(expected = "shift by 5 bytes into the reply at 4")]
fn refuses_to_drop_what_it_needs() {
    let mut parser = Parser::new(Limits::default());
    parser.parse(b":1\r\n*1\r\n", &mut Tape::new(), 9).unwrap();
    parser.shift(5);
}

#[test]
fn announcements_take_no_memory() {
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    parser.parse(&b"*134217728\r\n".repeat(200), &mut tape, 9).unwrap();
    assert!(parser.partial.capacity() <= KEPT_WORDS && tape.words.capacity() <= KEPT_WORDS);
}
