//! What empties the cache of a link (only a reset, a loss, or the user's own CLIENT TRACKING), and what does not.

use bytes::Bytes;
use oxredis::cache::{CacheConfig, Counts, EvictPolicy, Found, KeyedCommand, Keys, LoadRequest};
use oxredis::engine::link::LinkConfig;
use oxredis::proto::command::{Request, SubscriptionKind};

use crate::driver::World;
use crate::server::encode;
use crate::setup::{Options, config};
use crate::values::Shape;

/// A link with a cache.
struct Stage {
    world: World,
    link: usize,
    cache: u32,
    /// The encoded commands that were read.
    read: Vec<Vec<u8>>,
}

fn command(bytes: &[u8]) -> KeyedCommand<'_> {
    KeyedCommand { bytes, database: 0, keys: Keys { at: 4, count: 1 } }
}

impl Stage {
    fn new() -> Self {
        let mut world = World::new();
        let cache = world.engine.caches.add(CacheConfig {
            ttl: 0,
            max_entries: 0,
            max_bytes: 0,
            evict_policy: EvictPolicy::Lru,
            prefixes: Vec::new(),
        });
        let link = world.ready(LinkConfig { cache: Some(cache), ..config() });
        Self { world, link, cache, read: Vec::new() }
    }

    /// Sends a read whose reply the cache stores.
    fn read(&mut self) {
        let serials = self.world.queue(self.link, &[Shape::Number], Options { cache: true, ..Options::default() });
        let bytes = encode(serials[0], Shape::Number, false);
        let ticket = self.world.js.ticket_of(serials[0]).expect("a ticket");
        let load = Some(LoadRequest { ticket, ttl: None });
        assert_eq!(self.world.engine.find_cached(self.cache, &command(&bytes), 0, load, &|| 1), Found::Miss);
        self.world.take_batch();
        self.world.exchange(self.link);
        self.read.push(bytes);
    }

    fn filled() -> Self {
        let mut stage = Self::new();
        (0..100).for_each(|_| stage.read());
        assert_eq!(stage.served(), 100);
        stage
    }

    /// Returns how many of the reads the cache answers.
    fn served(&mut self) -> usize {
        let Self { world, cache, read, .. } = self;
        let served = |bytes: &&Vec<u8>| {
            let found = world.engine.find_cached(*cache, &command(bytes), 0, None, &|| 1);
            matches!(found, Found::Reply { .. } | Found::Text(_))
        };
        read.iter().filter(served).count()
    }

    fn counts(&mut self) -> Counts {
        self.world.engine.caches.get(self.cache).expect("a cache").counts()
    }

    fn request(&mut self, make: impl FnOnce(u32) -> Request) {
        self.world.request(self.link, make).expect("it is open");
        self.world.exchange(self.link);
    }

    fn is_tracked(&mut self) -> bool {
        let id = self.world.links[self.link].id;
        self.world.engine.link(id).and_then(|link| link.connection()).is_some_and(|connection| connection.is_tracked)
    }

    fn untrack(&mut self) {
        let id = self.world.links[self.link].id;
        self.world.engine.untrack(id);
    }
}

fn names() -> Vec<Bytes> {
    vec![Bytes::from_static(b"a"), Bytes::from_static(b"b")]
}

/// One of each of the engine's own requests except RESET.
fn harmless() -> Vec<Box<dyn FnOnce(u32) -> Request>> {
    let mut all: Vec<Box<dyn FnOnce(u32) -> Request>> = Vec::new();
    for kind in SubscriptionKind::ALL {
        all.push(Box::new(move |ticket| Request::subscribe(ticket, kind, names())));
        all.push(Box::new(move |ticket| Request::unsubscribe(ticket, kind, Some(names()))));
        all.push(Box::new(move |ticket| Request::unsubscribe(ticket, kind, None)));
    }
    all.push(Box::new(|ticket| Request::Monitor { ticket }));
    all
}

#[test]
fn acknowledgements_leave_the_cache_alone() {
    let mut stage = Stage::filled();
    for make in harmless() {
        stage.request(make);
        let Counts { entries, evictions, .. } = stage.counts();
        assert_eq!((stage.served(), entries, evictions), (100, 100, 0));
        assert!(stage.is_tracked());
    }
}

#[test]
fn no_acknowledgement_has_an_untracked_connection_trusted_again() {
    let mut stage = Stage::filled();
    stage.untrack();
    for make in harmless() {
        stage.request(make);
        stage.read();
        assert_eq!(stage.served(), 0);
    }
}

#[test]
fn a_reset_empties_the_cache_and_tracks_again() {
    for untracked in [false, true] {
        let mut stage = Stage::filled();
        if untracked {
            stage.untrack();
        }
        stage.request(|ticket| Request::Reset { ticket });
        assert_eq!((stage.served(), stage.counts().entries, stage.is_tracked()), (0, 0, true));
        stage.read();
        assert_eq!(stage.served(), 1);
    }
}

#[test]
fn a_loss_empties_the_cache() {
    let mut stage = Stage::filled();
    stage.world.wire(stage.link).borrow_mut().end = Some(Ok(()));
    stage.world.report(stage.link, true, false);
    assert_eq!((stage.served(), stage.counts().entries, stage.is_tracked()), (0, 0, false));
    stage.world.retry(stage.link, 0);
    stage.world.connect(stage.link);
    stage.read();
    assert_eq!((stage.served(), stage.is_tracked()), (1, true));
}
