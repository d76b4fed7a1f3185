//! What parsing costs: `cargo bench --no-default-features --bench parser`.
//!
//! Each benchmark parses a buffer of many equal replies, as a pipelined client reads them, into a tape that is used
//! again. The column `items` is replies per second; the time is that of the whole buffer (replies × time per reply).

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use oxredis::proto::parser::{Limits, Parser};
use oxredis::proto::tape::Tape;

fn main() {
    divan::main();
}

/// The whole input in one piece.
const ALL: usize = usize::MAX / 2;

/// Parses `count` times `reply` in input of `piece` bytes at a time.
fn parse(bencher: Bencher<'_, '_>, reply: &str, count: usize, piece: usize) {
    let input = reply.repeat(count);
    let (mut parser, mut tape) = (Parser::new(Limits::default()), Tape::new());
    bencher.counter(ItemsCount::new(count)).counter(BytesCount::new(input.len())).bench_local(|| {
        parser.reset();
        let (mut end, mut replies) = (0, 0);
        while end < input.len() {
            end = input.len().min(end + piece);
            tape.clear();
            parser.parse(black_box(&input.as_bytes()[..end]), &mut tape, usize::MAX).unwrap();
            replies += black_box(&tape).replies().len();
        }
        assert_eq!(replies, count);
    });
}

fn blob(length: usize) -> String {
    format!("${length}\r\n{}\r\n", "v".repeat(length))
}

#[divan::bench]
fn set_ok(bencher: Bencher<'_, '_>) {
    parse(bencher, "+OK\r\n", 1000, ALL);
}

#[divan::bench]
fn incr(bencher: Bencher<'_, '_>) {
    parse(bencher, ":12345\r\n", 1000, ALL);
}

#[divan::bench]
fn get_missing(bencher: Bencher<'_, '_>) {
    parse(bencher, "$-1\r\n", 1000, ALL);
}

#[divan::bench(args = [16, 64, 1024, 65536])]
fn get(bencher: Bencher<'_, '_>, length: usize) {
    parse(bencher, &blob(length), 1000, ALL);
}

#[divan::bench]
fn get_1mb_in_64k_pieces(bencher: Bencher<'_, '_>) {
    parse(bencher, &blob(1 << 20), 1, 1 << 16);
}

#[divan::bench(args = [2, 3])]
fn hgetall_50(bencher: Bencher<'_, '_>, resp: u32) {
    let head = if resp == 2 { "*100\r\n" } else { "%50\r\n" };
    let fields: String = (0..50).map(|n| format!("$8\r\nfield:{n:02}\r\n{}", blob(16))).collect();
    parse(bencher, &(head.to_owned() + &fields), 100, ALL);
}

#[divan::bench]
fn lrange_1000(bencher: Bencher<'_, '_>) {
    let reply = String::from("*1000\r\n") + &blob(16).repeat(1000);
    parse(bencher, &reply, 10, ALL);
}

#[divan::bench]
fn lrange_100k_in_64k_pieces(bencher: Bencher<'_, '_>) {
    let reply = String::from("*100000\r\n") + &blob(16).repeat(100_000);
    parse(bencher, &reply, 1, 1 << 16);
}

#[divan::bench]
fn zrange_with_scores_100(bencher: Bencher<'_, '_>) {
    let pairs: String = (0..100).map(|n| format!("*2\r\n$8\r\nmember{n:02}\r\n,{n}.25\r\n")).collect();
    parse(bencher, &(String::from("*100\r\n") + &pairs), 100, ALL);
}
