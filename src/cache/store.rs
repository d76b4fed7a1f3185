//! One cache: finds, loads, stores, invalidates and evicts replies.

use super::entries::{CacheEntry, Entries};
use super::hash::{Hashes, KeyedCommand};
use super::requests::{Load, Loads, Touched, Writes};
use super::{CacheConfig, Counts, EvictPolicy, News};
use crate::proto::hash_slot::hash_slot;
use crate::proto::tape::{BLOB_ERROR, Reply, SIMPLE_ERROR};

/// The result of a look-up.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// The reply is a single ASCII string, shorter than requested: its text.
    Text(&'a [u8]),
    /// Any other reply.
    Reply {
        /// As the server sent it.
        bytes: &'a [u8],
        /// Its tape, whose offsets refer to `bytes`.
        words: &'a [i32],
    },
    /// An equal read is in flight: the request with this ticket.
    Loading(u32),
    /// There is no reply.
    Miss,
    /// Not cacheable: the server sends no invalidations for these keys.
    Foreign,
}

/// How a read will be sent after a miss.
#[derive(Debug, Clone, Copy)]
pub struct LoadRequest {
    /// The ticket of its request.
    pub ticket: u32,
    /// How long the reply is kept, in ms; `None` for the setting of the cache.
    pub ttl: Option<u64>,
}

/// See the module's comment.
#[derive(Debug)]
pub struct Cache {
    config: CacheConfig,
    hashes: Hashes,
    entries: Entries,
    loads: Loads,
    writes: Writes,
    evictions: u64,
    news: Vec<News>,
    /// Whether news is collected.
    is_heard: bool,
}

impl Cache {
    /// Creates an empty cache.
    pub fn new(config: CacheConfig) -> Self {
        Self {
            config,
            hashes: Hashes::random(),
            entries: Entries::new(),
            loads: Loads::default(),
            writes: Writes::default(),
            evictions: 0,
            news: Vec::new(),
            is_heard: false,
        }
    }

    /// Looks up the reply of a read, as a text if it is one of less than `text` bytes. After a miss, the caller sends
    /// the read as `load` describes, if given, and equal reads may wait for its reply. `now` returns ms, and is called
    /// only for entries with a time to live.
    pub fn find(
        &mut self,
        command: &KeyedCommand<'_>,
        text: usize,
        load: Option<LoadRequest>,
        now: &dyn Fn() -> u64,
    ) -> Found<'_> {
        if !self.covers(command) {
            return Found::Foreign;
        }
        let hash = self.hashes.command(command);
        let touch = self.config.evict_policy == EvictPolicy::Lru;
        if self.entries.find_text(hash, command, touch, text, now) {
            return Found::Text(self.entries.found());
        }
        match self.entries.get(hash).filter(|entry| entry.is_for(command)).map(|entry| entry.is_over(now)) {
            Some(false) => {
                let reply = self.entries.reply(hash, touch, self.config.max_bytes);
                return reply.map_or(Found::Miss, |(bytes, words)| Found::Reply { bytes, words });
            }
            Some(true) => self.expire(hash),
            None => {}
        }
        if let Some(ticket) = self.loads.find(hash, command) {
            return Found::Loading(ticket);
        }
        if let Some(LoadRequest { ticket, ttl }) = load {
            self.load(hash, command, ticket, ttl);
        }
        Found::Miss
    }

    fn load(&mut self, hash: u64, command: &KeyedCommand<'_>, ticket: u32, ttl: Option<u64>) {
        let load = Load {
            hash,
            database: command.database,
            command: command.bytes.into(),
            keys: self.hashes.keys(command),
            slot: command.keys().next().map_or(0, hash_slot),
            ttl: ttl.unwrap_or(self.config.ttl),
            is_valid: true,
        };
        self.loads.add(ticket, load);
    }

    /// The reply of a load has arrived over the connection of this link. It is stored unless it is an error, a key was
    /// invalidated meanwhile, or it is too large.
    pub fn loaded(&mut self, ticket: u32, reply: &Reply, words: &[i32], input: &[u8], link: u32, now: u64) {
        let Some(load) = self.loads.take(ticket) else { return };
        if !load.is_valid || matches!(reply.kind, SIMPLE_ERROR | BLOB_ERROR) {
            return;
        }
        let hash = load.hash;
        let entry = CacheEntry::new(&load, reply, words, input, link, now);
        if self.config.max_bytes > 0 && entry.cost() > self.config.max_bytes {
            self.entries.remove(hash);
            return;
        }
        self.entries.insert(hash, entry);
        self.evict();
        if self.is_heard && self.entries.get(hash).is_some() {
            self.news.push(News::Cached(load.command, load.database));
        }
    }

    /// A load failed or was cancelled.
    pub fn abandon(&mut self, ticket: u32) {
        self.loads.take(ticket);
    }

    /// A key has changed.
    pub fn invalidate(&mut self, key: &[u8]) {
        let hash = self.hashes.key(key);
        self.entries.invalidate(hash);
        self.loads.invalidate(hash);
        if self.is_heard {
            self.news.push(News::Invalidated(Some(key.into())));
        }
    }

    /// A client of this cache sends a write: drops the replies that depend on the command's keys, or all replies if it
    /// has none. With a `ticket`, `written` drops them again.
    pub fn write(&mut self, command: &KeyedCommand<'_>, ticket: Option<u32>) {
        let touched = Touched::by(command, &self.hashes);
        self.touch(&touched);
        if let Some(ticket) = ticket {
            self.writes.add(ticket, touched);
        }
    }

    /// A write was answered. Drops its replies again, since other connections may have read old values meanwhile.
    pub fn written(&mut self, ticket: u32) {
        if let Some(touched) = self.writes.take(ticket) {
            self.touch(&touched);
        }
    }

    fn touch(&mut self, touched: &Touched) {
        match touched {
            Touched::Everything => self.clear(true),
            Touched::Keys(keys) => {
                for key in keys.as_slice() {
                    self.entries.invalidate(*key);
                    self.loads.invalidate(*key);
                }
            }
        }
    }

    /// All keys have changed (the server was flushed).
    pub fn invalidate_all(&mut self) {
        self.clear(true);
        if self.is_heard {
            self.news.push(News::Invalidated(None));
        }
    }

    /// Drops all entries, which count as evictions with `counted`. Replies of loads in flight will not be stored.
    pub fn clear(&mut self, counted: bool) {
        if counted {
            self.evictions += self.entries.len() as u64;
        }
        self.entries.clear();
        self.loads.invalidate_all();
    }

    /// The connection of a link is lost: the server sends no more invalidations for the entries that it loaded.
    pub fn disconnected(&mut self, link: u32) {
        self.evictions += self.entries.remove_of(link) as u64;
    }

    /// Hash slots belong to other servers now: those that replies were read from may no longer report changes of these
    /// keys.
    pub fn slots_moved(&mut self, is_moved: &dyn Fn(u16) -> bool) {
        self.evictions += self.entries.remove_slots(is_moved) as u64;
        self.loads.slots_moved(is_moved);
    }

    /// Drops the reply of one command.
    pub fn remove(&mut self, command: &KeyedCommand<'_>) {
        let hash = self.hashes.command(command);
        if self.entries.get(hash).is_some_and(|entry| entry.is_for(command)) {
            self.entries.remove(hash);
        }
    }

    /// Whether there is a reply of a command, expired or not.
    pub fn has(&mut self, command: &KeyedCommand<'_>) -> bool {
        let hash = self.hashes.command(command);
        self.entries.get(hash).is_some_and(|entry| entry.is_for(command))
    }

    /// Drops the entry that is next to be evicted.
    pub fn remove_oldest(&mut self) {
        self.entries.remove_oldest();
    }

    /// Sizes and counters.
    pub fn counts(&self) -> Counts {
        Counts {
            entries: self.entries.len(),
            bytes: self.entries.bytes(),
            loads: self.loads.len(),
            evictions: self.evictions,
        }
    }

    /// Memory of the entries in bytes, an upper estimate.
    pub fn bytes(&self) -> usize {
        self.entries.bytes()
    }

    /// Starts or stops collecting news.
    pub fn set_heard(&mut self, is_heard: bool) {
        self.is_heard = is_heard;
        if !is_heard {
            self.news = Vec::new();
        }
    }

    /// Whether there is news.
    pub fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Returns the news since the last call.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Whether the server sends invalidations for all keys of a command.
    fn covers(&self, command: &KeyedCommand<'_>) -> bool {
        let prefixes = &self.config.prefixes;
        prefixes.is_empty() || command.keys().all(|key| prefixes.iter().any(|prefix| key.starts_with(prefix)))
    }

    fn expire(&mut self, hash: u64) {
        let Some(entry) = self.entries.remove(hash) else { return };
        self.evictions += 1;
        if self.is_heard {
            self.news.push(News::Expired(entry.command().into(), entry.database()));
        }
    }

    /// Evicts entries until the limits are kept.
    fn evict(&mut self) {
        let CacheConfig { max_entries, max_bytes, .. } = self.config;
        while (max_entries > 0 && self.entries.len() > max_entries)
            || (max_bytes > 0 && self.entries.bytes() > max_bytes)
        {
            if self.entries.remove_oldest().is_none() {
                break;
            }
            self.evictions += 1;
        }
    }

    /// Number of keys in the index.
    #[cfg(test)]
    pub(super) fn indexed_keys(&self) -> usize {
        self.entries.indexed_keys()
    }
}
