//! Tests the memory of caches: limits and counts. Behaviour is tested in `tests/cache.rs`.

use super::{Cache, CacheConfig, EvictPolicy, Found, KeyedCommand, Keys, LoadRequest};
use crate::proto::parser::{Limits, Parser};
use crate::proto::tape::Tape;

fn encode(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

fn cache(max_entries: usize, max_bytes: usize) -> Cache {
    Cache::new(CacheConfig { ttl: 0, max_entries, max_bytes, evict_policy: EvictPolicy::Lru, prefixes: Vec::new() })
}

fn with_ticket(ticket: u32) -> Option<LoadRequest> {
    Some(LoadRequest { ticket, ttl: None })
}

/// Loads the reply of a command whose arguments are all keys.
fn load(cache: &mut Cache, words: &[&str], reply: &str) {
    let bytes = encode(words);
    let keys = Keys { at: bytes.len() - encode(&words[1..]).len() + 4, count: words.len() - 1 };
    let command = KeyedCommand { bytes: &bytes, database: 0, keys };
    assert_eq!(command.keys().collect::<Vec<_>>(), words[1..].iter().map(|word| word.as_bytes()).collect::<Vec<_>>());
    assert_eq!(cache.find(&command, 0, with_ticket(1), &|| 0), Found::Miss);
    let mut tape = Tape::new();
    Parser::new(Limits::default()).parse(reply.as_bytes(), &mut tape, 1).unwrap();
    let reply_on_tape = &tape.replies()[0];
    cache.loaded(1, reply_on_tape, tape.words(reply_on_tape), reply.as_bytes(), 0, 0);
}

#[test]
fn the_index_goes_with_the_entries() {
    let mut cache = cache(100, 0);
    for i in 0..10_000 {
        load(&mut cache, &["MGET", &format!("a{i}"), "shared", &format!("b{i}")], "*0\r\n");
    }
    assert_eq!((cache.counts().entries, cache.indexed_keys()), (100, 201));
    cache.invalidate(b"a9999");
    assert_eq!((cache.counts().entries, cache.indexed_keys()), (99, 199));
    cache.invalidate(b"shared");
    assert_eq!((cache.counts().entries, cache.indexed_keys(), cache.bytes()), (0, 0, 0));
}

#[test]
fn bytes_are_bounded_and_counted() {
    let mut cache = cache(0, 100_000);
    let value = "v".repeat(500);
    for i in 0..1000 {
        load(&mut cache, &["GET", &format!("key:{i}")], &format!("$500\r\n{value}\r\n"));
        assert!(cache.bytes() <= 100_000);
    }
    let counts = cache.counts();
    assert!(counts.entries > 100 && counts.entries < 200, "{counts:?}");
    assert_eq!(counts.evictions, 1000 - counts.entries as u64);
    // An entry larger than the limit is not stored, and evicts no other entry.
    load(&mut cache, &["GET", "big"], &format!("$200000\r\n{}\r\n", "v".repeat(200_000)));
    assert_eq!(cache.counts().entries, counts.entries);
}

#[test]
fn a_key_that_is_named_twice_is_one_key() {
    let mut cache = cache(0, 0);
    load(&mut cache, &["MGET", "a", "a"], "*0\r\n");
    assert_eq!(cache.indexed_keys(), 1);
    cache.invalidate(b"a");
    assert_eq!((cache.counts().entries, cache.indexed_keys()), (0, 0));
}

#[test]
fn a_write_drops_when_it_is_sent_and_when_it_is_answered() {
    let mut cache = cache(0, 0);
    let set = encode(&["MSET", "a", "1", "b", "2"]);
    let write = |count| KeyedCommand { bytes: &set, database: 0, keys: Keys { at: 0, count } };
    load(&mut cache, &["GET", "a"], "+1\r\n");
    load(&mut cache, &["GET", "b"], "+1\r\n");
    load(&mut cache, &["GET", "c"], "+1\r\n");
    // All words of the command are taken for keys.
    cache.write(&write(usize::MAX), Some(7));
    assert_eq!(cache.counts().entries, 1);
    load(&mut cache, &["GET", "b"], "+1\r\n");
    cache.written(7);
    assert_eq!(cache.counts().entries, 1);
    load(&mut cache, &["GET", "b"], "+1\r\n");
    // The write was removed by the first `written`; a write without a ticket is never recorded.
    cache.written(7);
    assert_eq!(cache.counts().entries, 2);
    cache.write(&write(0), None);
    assert_eq!((cache.counts().entries, cache.counts().evictions), (0, 2));
}

#[test]
fn a_write_spoils_the_loads_that_it_overtakes() {
    let mut cache = cache(0, 0);
    let get = encode(&["GET", "k"]);
    let command = KeyedCommand { bytes: &get, database: 0, keys: Keys { at: get.len() - 7, count: 1 } };
    assert_eq!(cache.find(&command, 0, with_ticket(3), &|| 0), Found::Miss);
    assert_eq!(cache.find(&command, 0, with_ticket(4), &|| 0), Found::Loading(3));
    cache.write(&command, None);
    assert_eq!(cache.find(&command, 0, None, &|| 0), Found::Miss);
    assert_eq!(cache.counts().loads, 1);
}

#[test]
fn a_look_up_alone_loads_nothing() {
    let mut cache = cache(0, 0);
    let get = encode(&["GET", "k"]);
    let command = KeyedCommand { bytes: &get, database: 0, keys: Keys { at: get.len() - 7, count: 1 } };
    for _ in 0..2 {
        assert_eq!(cache.find(&command, 0, None, &|| 0), Found::Miss);
    }
    assert_eq!(cache.counts().loads, 0);
}

#[test]
fn a_ticket_stands_for_the_load_that_had_it_last() {
    let mut cache = cache(0, 0);
    let [first, second] = [encode(&["GET", "a"]), encode(&["GET", "b"])];
    let read = |bytes| KeyedCommand { bytes, database: 0, keys: Keys { at: first.len() - 7, count: 1 } };
    // The first read was never sent, and not abandoned either.
    assert_eq!(cache.find(&read(&first), 0, with_ticket(5), &|| 0), Found::Miss);
    assert_eq!(cache.find(&read(&second), 0, with_ticket(5), &|| 0), Found::Miss);
    assert_eq!(cache.find(&read(&first), 0, None, &|| 0), Found::Miss);
    cache.invalidate(b"a");
    assert_eq!(cache.find(&read(&second), 0, None, &|| 0), Found::Loading(5));
    assert_eq!(cache.counts().loads, 1);
    cache.abandon(5);
    assert_eq!(cache.counts().loads, 0);
}

#[test]
fn tapes_are_kept_when_they_are_used_and_there_is_room() {
    let reply = "*2\r\n$1\r\na\r\n:5\r\n";
    let bytes = encode(&["MGET", "a"]);
    let command = KeyedCommand { bytes: &bytes, database: 0, keys: Keys { at: 14, count: 1 } };
    let read = |cache: &mut Cache| match cache.find(&command, 0, None, &|| 0) {
        Found::Reply { bytes, words } => (bytes.to_vec(), words.to_vec()),
        other => panic!("{other:?}"),
    };
    let mut roomy = cache(0, 0);
    load(&mut roomy, &["MGET", "a"], reply);
    let bytes_before = roomy.bytes();
    let first = read(&mut roomy);
    assert_eq!(first.1.len(), 2 + 3 + 2);
    assert_eq!(roomy.bytes(), bytes_before + 7 * 4 + 16);
    assert_eq!(read(&mut roomy), first);
    let mut full = cache(0, bytes_before);
    load(&mut full, &["MGET", "a"], reply);
    assert_eq!((read(&mut full), full.bytes()), (first, bytes_before));
    roomy.invalidate(b"a");
    assert_eq!(roomy.bytes(), 0);
}

#[test]
fn replies_of_moved_slots_go() {
    let mut cache = cache(0, 0);
    for key in ["a", "b", "{a}c"] {
        load(&mut cache, &["GET", key], "$1\r\nx\r\n");
    }
    let slot = crate::proto::hash_slot::hash_slot(b"a");
    cache.slots_moved(&|moved| moved == slot);
    assert_eq!((cache.counts().entries, cache.counts().evictions), (1, 2));
    // The reply of a read that is on its way when its slot moves is not stored.
    let bytes = encode(&["GET", "a"]);
    let command = KeyedCommand { bytes: &bytes, database: 0, keys: Keys { at: 13, count: 1 } };
    assert_eq!(cache.find(&command, 0, with_ticket(7), &|| 0), Found::Miss);
    cache.slots_moved(&|moved| moved == slot);
    let mut tape = Tape::new();
    Parser::new(Limits::default()).parse(b"$1\r\nx\r\n", &mut tape, 1).unwrap();
    let reply = &tape.replies()[0];
    cache.loaded(7, reply, tape.words(reply), b"$1\r\nx\r\n", 0, 0);
    assert_eq!(cache.counts().entries, 1);
}
