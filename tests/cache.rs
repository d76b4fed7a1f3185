//! Compares a cache with a simple model of it: after any sequence of operations, the cache returns the same reply as
//! the model, or none if the model has none.

use std::collections::HashSet;

use oxredis::cache::{Cache, CacheConfig, EvictPolicy, Found, KeyedCommand, Keys, LoadRequest, News};
use oxredis::proto::parser::{Limits, Parser};
use oxredis::proto::tape::Tape;
use proptest::prelude::*;

const KEYS: [&str; 5] = ["a", "b", "c", "app:d", "app:e"];

/// A read of some keys in a database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Read {
    keys: Vec<usize>,
    database: u32,
}

impl Read {
    fn encode(&self) -> (Vec<u8>, Keys) {
        let mut bytes = format!("*{}\r\n$4\r\nMGET\r\n", self.keys.len() + 1).into_bytes();
        let at = bytes.len();
        for key in &self.keys {
            bytes.extend(format!("${}\r\n{}\r\n", KEYS[*key].len(), KEYS[*key]).into_bytes());
        }
        (bytes, Keys { at, count: self.keys.len() })
    }
}

#[derive(Debug, Clone)]
enum Step {
    Read(Read),
    /// The oldest load is answered, over the connection of this link, with an error if `fails`.
    Answer {
        link: u32,
        fails: bool,
    },
    AbandonNewest,
    Invalidate(usize),
    Flush,
    Clear,
    Disconnect(u32),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let read = (prop::collection::vec(0..KEYS.len(), 1..3), 0..2_u32)
        .prop_map(|(keys, database)| Step::Read(Read { keys, database }));
    let step = prop_oneof![
        8 => read,
        6 => (0..3_u32, prop::bool::weighted(0.1)).prop_map(|(link, fails)| Step::Answer { link, fails }),
        1 => Just(Step::AbandonNewest),
        3 => (0..KEYS.len()).prop_map(Step::Invalidate),
        1 => Just(Step::Flush),
        1 => Just(Step::Clear),
        1 => (0..3_u32).prop_map(Step::Disconnect),
        2 => (1..8_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..120)
}

/// The model: plain maps, and a list for the order.
struct Model {
    config: CacheConfig,
    now: u64,
    /// Oldest first.
    entries: Vec<Stored>,
    loads: Vec<Loading>,
    tickets: u32,
    evictions: u64,
}

struct Stored {
    read: Read,
    reply: Vec<u8>,
    link: u32,
    expires_at: Option<u64>,
}

struct Loading {
    read: Read,
    ticket: u32,
    valid: bool,
}

impl Model {
    fn covers(&self, read: &Read) -> bool {
        let prefixes = &self.config.prefixes;
        prefixes.is_empty()
            || read.keys.iter().all(|key| prefixes.iter().any(|prefix| KEYS[*key].as_bytes().starts_with(prefix)))
    }

    fn drop_if(&mut self, is_doomed: impl Fn(&Stored) -> bool, counts: bool) {
        let before = self.entries.len();
        self.entries.retain(|entry| !is_doomed(entry));
        if counts {
            self.evictions += (before - self.entries.len()) as u64;
        }
    }
}

fn with_ticket(ticket: u32) -> Option<LoadRequest> {
    Some(LoadRequest { ticket, ttl: None })
}

/// Reads from both and compares the results; a miss becomes a load in both.
fn read(cache: &mut Cache, model: &mut Model, read: &Read) {
    let (bytes, keys) = read.encode();
    let command = KeyedCommand { bytes: &bytes, database: read.database, keys };
    let now = model.now;
    let found = cache.find(&command, usize::MAX, with_ticket(model.tickets), &|| now);
    if !model.covers(read) {
        assert_eq!(found, Found::Foreign);
        return;
    }
    model.drop_if(|entry| entry.read == *read && entry.expires_at.is_some_and(|at| at <= now), true);
    if let Some(index) = model.entries.iter().position(|entry| entry.read == *read) {
        let reply = &model.entries[index].reply;
        match found {
            Found::Text(text) => {
                assert_eq!([format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat(), *reply)
            }
            Found::Reply { bytes, words } => {
                assert_eq!(bytes, reply);
                assert_eq!((reply[0], words[0]), (b'*', i32::from(b'*')));
            }
            other => panic!("{other:?} instead of a reply"),
        }
        if model.config.evict_policy == EvictPolicy::Lru {
            let entry = model.entries.remove(index);
            model.entries.push(entry);
        }
        return;
    }
    match model.loads.iter().rev().find(|load| load.valid && load.read == *read) {
        Some(load) => assert_eq!(found, Found::Loading(load.ticket)),
        None => {
            assert_eq!(found, Found::Miss);
            model.loads.push(Loading { read: read.clone(), ticket: model.tickets, valid: true });
            model.tickets += 1;
        }
    }
}

fn answer(cache: &mut Cache, model: &mut Model, link: u32, fails: bool) {
    if model.loads.is_empty() {
        return;
    }
    let load = model.loads.remove(0);
    let text = format!("reply {} over {link}", load.ticket);
    let reply = match load.ticket % 3 {
        _ if fails => format!("-ERR {text}\r\n"),
        0 => format!("*1\r\n${}\r\n{text}\r\n", text.len()),
        _ => format!("${}\r\n{text}\r\n", text.len()),
    };
    // Some bytes precede the reply, as in a socket's input.
    let input = format!("+OK\r\n{reply}").into_bytes();
    let mut tape = Tape::new();
    Parser::new(Limits::default()).parse(&input, &mut tape, 2).unwrap();
    let on_tape = &tape.replies()[1];
    cache.loaded(load.ticket, on_tape, tape.words(on_tape), &input, link, model.now);
    if fails || !load.valid {
        return;
    }
    model.drop_if(|entry| entry.read == load.read, false);
    let expires_at = (model.config.ttl > 0).then(|| model.now + model.config.ttl);
    model.entries.push(Stored { read: load.read, reply: reply.into_bytes(), link, expires_at });
    if model.config.max_entries > 0 && model.entries.len() > model.config.max_entries {
        model.entries.remove(0);
        model.evictions += 1;
    }
}

fn run(cache: &mut Cache, model: &mut Model, step: &Step) {
    match step {
        Step::Read(wanted) => read(cache, model, wanted),
        Step::Answer { link, fails } => answer(cache, model, *link, *fails),
        Step::AbandonNewest => {
            if let Some(load) = model.loads.pop() {
                cache.abandon(load.ticket);
            }
        }
        Step::Invalidate(key) => {
            cache.invalidate(KEYS[*key].as_bytes());
            model.drop_if(|entry| entry.read.keys.contains(key), false);
            for load in model.loads.iter_mut().filter(|load| load.read.keys.contains(key)) {
                load.valid = false;
            }
        }
        Step::Flush | Step::Clear => {
            match step {
                Step::Flush => cache.invalidate_all(),
                _ => cache.clear(false),
            }
            model.drop_if(|_| true, matches!(step, Step::Flush));
            model.loads.iter_mut().for_each(|load| load.valid = false);
        }
        Step::Disconnect(link) => {
            cache.disconnected(*link);
            model.drop_if(|entry| entry.link == *link, true);
        }
        Step::Wait(time) => model.now += time,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn does_what_the_model_does(
        steps in steps(),
        ttl in prop_oneof![Just(0_u64), 3..12_u64],
        max_entries in prop_oneof![Just(0_usize), 1..5_usize],
        lru in any::<bool>(),
        has_prefix in prop::bool::weighted(0.2),
    ) {
        let config = CacheConfig {
            ttl,
            max_entries,
            max_bytes: 0,
            evict_policy: if lru { EvictPolicy::Lru } else { EvictPolicy::Fifo },
            prefixes: if has_prefix { vec![b"app:".to_vec()] } else { Vec::new() },
        };
        let mut cache = Cache::new(config.clone());
        let mut model = Model { config, now: 0, entries: Vec::new(), loads: Vec::new(), tickets: 0, evictions: 0 };
        for step in &steps {
            run(&mut cache, &mut model, step);
            let counts = cache.counts();
            prop_assert_eq!(
                (counts.entries, counts.loads, counts.evictions),
                (model.entries.len(), model.loads.len(), model.evictions)
            );
            prop_assert_eq!(counts.bytes == 0, counts.entries == 0);
        }
        for entry in &model.entries {
            let (bytes, keys) = entry.read.encode();
            let is_there = cache.has(&KeyedCommand { bytes: &bytes, database: entry.read.database, keys });
            prop_assert!(is_there);
        }
        cache.invalidate_all();
        prop_assert_eq!(cache.bytes(), 0);
    }

    /// The memory of all entries stays within its limit, and the newest entries are kept.
    #[test]
    fn keeps_within_its_bytes(sizes in prop::collection::vec(0..3000_usize, 1..60), max_bytes in 500..20_000_usize) {
        let config =
            CacheConfig { ttl: 0, max_entries: 0, max_bytes, evict_policy: EvictPolicy::Lru, prefixes: Vec::new() };
        let mut cache = Cache::new(config);
        let mut alive = HashSet::new();
        for (ticket, size) in sizes.iter().enumerate() {
            let name = format!("key:{ticket:04}");
            let bytes = format!("*2\r\n$3\r\nGET\r\n$8\r\n{name}\r\n").into_bytes();
            let command = KeyedCommand { bytes: &bytes, database: 0, keys: Keys { at: 13, count: 1 } };
            prop_assert_eq!(cache.find(&command, 0, with_ticket(ticket as u32), &|| 0), Found::Miss);
            let before = cache.counts();
            let reply = format!("${size}\r\n{}\r\n", "x".repeat(*size)).into_bytes();
            let mut tape = Tape::new();
            Parser::new(Limits::default()).parse(&reply, &mut tape, 1).unwrap();
            let on_tape = &tape.replies()[0];
            cache.loaded(ticket as u32, on_tape, tape.words(on_tape), &reply, 1, 0);
            prop_assert!(cache.bytes() <= max_bytes);
            if cache.has(&command) {
                alive.insert(name);
            } else {
                // A reply is not stored only if it alone exceeds the limit, and then no other entry is dropped.
                prop_assert!(size + size / 16 + 400 + bytes.len() > max_bytes);
                prop_assert_eq!(cache.counts().entries, before.entries);
            }
        }
        prop_assert!(cache.counts().entries <= alive.len());
    }
}

#[test]
fn listeners_hear_what_happens() {
    let config =
        CacheConfig { ttl: 5, max_entries: 0, max_bytes: 0, evict_policy: EvictPolicy::Lru, prefixes: Vec::new() };
    let mut cache = Cache::new(config.clone());
    let mut model = Model { config, now: 0, entries: Vec::new(), loads: Vec::new(), tickets: 0, evictions: 0 };
    let wanted = Read { keys: vec![0], database: 0 };
    let command: Box<[u8]> = wanted.encode().0.into();
    cache.invalidate(b"unheard");
    assert!(!cache.has_news());
    cache.set_heard(true);
    run(&mut cache, &mut model, &Step::Read(wanted.clone()));
    run(&mut cache, &mut model, &Step::Answer { link: 0, fails: false });
    run(&mut cache, &mut model, &Step::Wait(5));
    run(&mut cache, &mut model, &Step::Read(wanted));
    run(&mut cache, &mut model, &Step::Invalidate(1));
    run(&mut cache, &mut model, &Step::Flush);
    let expected = [
        News::Cached(command.clone(), 0),
        News::Expired(command, 0),
        News::Invalidated(Some(Box::from(*b"b"))),
        News::Invalidated(None),
    ];
    assert_eq!(cache.take_news(), expected);
    assert!(!cache.has_news());
}

#[test]
fn the_time_of_a_load_goes_before_that_of_the_cache() {
    let config =
        CacheConfig { ttl: 5, max_entries: 0, max_bytes: 0, evict_policy: EvictPolicy::Lru, prefixes: Vec::new() };
    let mut cache = Cache::new(config);
    let bytes = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    let command = KeyedCommand { bytes, database: 0, keys: Keys { at: 13, count: 1 } };
    let load = LoadRequest { ticket: 7, ttl: Some(100) };
    assert_eq!(cache.find(&command, 0, Some(load), &|| 0), Found::Miss);
    let mut tape = Tape::new();
    Parser::new(Limits::default()).parse(b"_\r\n", &mut tape, 1).unwrap();
    let on_tape = &tape.replies()[0];
    cache.loaded(7, on_tape, tape.words(on_tape), b"_\r\n", 0, 50);
    assert!(matches!(cache.find(&command, 0, None, &|| 149), Found::Reply { bytes: b"_\r\n", .. }));
    assert_eq!(cache.find(&command, 0, None, &|| 150), Found::Miss);
}
