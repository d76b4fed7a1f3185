//! Between links and caches: replies that are kept, invalidations, connections that are gone.

use super::Engine;
use crate::cache::{Cache, Command, Found, Hit};
use crate::event::LinkEvent;
use crate::proto::tape::{ARRAY, Reply, Tape, View};

/// What JS is told of a read.
#[derive(Debug, PartialEq, Eq)]
pub enum Cached<'a> {
    /// The reply is one string of ASCII.
    Text(&'a [u8]),
    /// The reply as it was received, and its tape.
    Reply {
        /// The bytes.
        bytes: &'a [u8],
        /// The words; offsets refer to `bytes`.
        words: &'a [i32],
    },
    /// An equal read is on its way: the request in this ticket.
    Loading(u32),
    /// Nothing is known.
    Miss,
    /// The read is not for the cache.
    Foreign,
}

impl Engine {
    /// Looks for the reply of a read. A string of ASCII of less than `text` bytes is given as `Cached::Text`.
    pub fn find_cached(&mut self, cache: u32, command: &Command<'_>, text: usize, now: &dyn Fn() -> u64) -> Cached<'_> {
        let Some(cache) = self.caches.get(cache) else { return Cached::Foreign };
        match cache.find(command, text, now) {
            Found::Hit(Hit::Text(text)) => Cached::Text(text),
            Found::Hit(Hit::Reply { bytes, words }) => Cached::Reply { bytes, words },
            Found::Loading(ticket) => Cached::Loading(ticket),
            Found::Miss => Cached::Miss,
            Found::Foreign => Cached::Foreign,
        }
    }

    /// The server no longer tells the link of changes: what was read over it can't be trusted.
    pub fn untrack(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let Some(connection) = link.connection_mut() else { return };
        connection.is_tracked = false;
        let serial = connection.serial;
        if let Some(cache) = link.config.cache.and_then(|cache| self.caches.get(cache)) {
            cache.disconnected(serial);
        }
    }

    /// Has JS ask for the news of a link's cache.
    pub(super) fn tell_cache_news(&mut self, id: u32) {
        let cache = self.link(id).and_then(|link| link.config.cache);
        if cache.and_then(|cache| self.caches.get(cache)).is_some_and(|cache| cache.has_news()) {
            self.emit(id, LinkEvent::CacheNews);
        }
    }
}

/// Gives the reply of a load to its cache. `connection`: the serial of the one that the server tells when the keys change;
/// none when it tells nobody.
pub(super) fn loaded(
    cache: &mut Cache,
    ticket: u32,
    reply: &Reply,
    tape: &Tape,
    input: &[u8],
    connection: Option<u32>,
    now: u64,
) {
    match connection {
        Some(serial) => cache.loaded(ticket, reply, tape.words(reply), input, serial, now),
        None => cache.abandon(ticket),
    }
}

/// Whether an invalidation, complete or not, comes next in the input.
pub(super) fn is_invalidation(input: &[u8]) -> bool {
    const BEGINNING: &[u8] = b">2\r\n$10\r\ninvalidate\r\n";
    let length = input.len().min(BEGINNING.len());
    length > 0 && input[..length] == BEGINNING[..length]
}

/// Applies an invalidation: a word, then the keys, or null for all of them (redis.io, "Client-side caching reference").
pub(super) fn invalidate(cache: &mut Cache, push: View<'_>) {
    match push.items().nth(1) {
        Some(keys) if keys.kind() == ARRAY => keys.items().for_each(|key| cache.invalidate(key.text())),
        _ => cache.invalidate_all(),
    }
}
