//! Connects links with client-side caches: stores replies, applies invalidations, reports lost connections.

use super::Engine;
use crate::boundary::flags;
use crate::cache::{Cache, Found, KeyedCommand, LoadRequest};
use crate::event::LinkEvent;
use crate::proto::tape::{ARRAY, Reply, Tape, View};

impl Engine {
    /// Looks up a read command in one of the caches; see [`Cache::find`].
    pub fn find_cached(
        &mut self,
        cache: u32,
        command: &KeyedCommand<'_>,
        text: usize,
        load: Option<LoadRequest>,
        now: &dyn Fn() -> u64,
    ) -> Found<'_> {
        self.caches.get(cache).map_or(Found::Foreign, |cache| cache.find(command, text, load, now))
    }

    /// Notes that the server no longer sends invalidations to this link: replies cached over it are no longer trusted.
    pub fn untrack(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let Some(connection) = link.connection_mut() else { return };
        connection.is_tracked = false;
        let serial = connection.serial;
        if let Some(cache) = link.config.cache.and_then(|cache| self.caches.get(cache)) {
            cache.disconnected(serial);
        }
    }

    /// Notifies JS if the cache of a link has news for it to fetch.
    pub(super) fn tell_cache_news(&mut self, id: u32) {
        let cache = self.link(id).and_then(|link| link.config.cache);
        if cache.and_then(|cache| self.caches.get(cache)).is_some_and(|cache| cache.has_news()) {
            self.emit(id, LinkEvent::CacheNews);
        }
    }
}

/// Tells a cache of the reply to a write that it knows of, or stores the reply of a load. `connection`: the serial of the connection that gets the invalidations of
/// its keys; `None` if no connection does.
pub(super) fn answered(
    cache: &mut Cache,
    (ticket, flags): (u32, u32),
    reply: &Reply,
    tape: &Tape,
    input: &[u8],
    connection: Option<u32>,
    now: u64,
) {
    if flags & flags::WRITE != 0 {
        return cache.written(ticket);
    }
    if flags & flags::CACHE == 0 {
        return;
    }
    match connection {
        Some(serial) => cache.loaded(ticket, reply, tape.words(reply), input, serial, now),
        None => cache.abandon(ticket),
    }
}

/// Whether the input begins with an `invalidate` push, complete or not.
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
