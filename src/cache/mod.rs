//! Client-side caching (redis.io, "Client-side caching reference"): replies of reads, kept until the server says that
//! one of their keys has changed. Sans-io: commands, replies, invalidations and time in, replies out.
//!
//! An entry is the command and the raw bytes of its reply in one piece of memory. It is found by a hash of the command,
//! and, when the server invalidates a key, by a hash of that key.

mod entries;
mod hash;
mod index;
mod requests;
mod store;
#[cfg(test)]
mod tests;

pub use entries::Entry;
pub use hash::{Command, Keys};
pub use store::{Cache, Found, LoadRequest};

/// Which entry goes when there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvictPolicy {
    /// The one that was not read for the longest time.
    Lru,
    /// The one that was stored first.
    Fifo,
}

/// Settings of a cache.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// Time that a reply is kept, in ms; 0 without end.
    pub ttl: u64,
    /// Most entries; 0 any number.
    pub max_entries: usize,
    /// Most memory, in bytes; 0 any.
    pub max_bytes: usize,
    /// Which entry goes.
    pub evict_policy: EvictPolicy,
    /// With broadcasting: the server tells of these keys only, so that only their replies are kept. Empty means all.
    pub prefixes: Vec<Vec<u8>>,
}

/// Sizes and counters of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Replies that are kept.
    pub entries: usize,
    /// Memory that they take, estimated from above.
    pub bytes: usize,
    /// Reads that are on their way.
    pub loads: usize,
    /// Entries that were dropped so far because of a bound, their time, or a lost connection.
    pub evictions: u64,
}

/// One piece of news for the listeners of a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The reply of this command in this database was stored.
    Cached(Box<[u8]>, u32),
    /// The reply of this command in this database was dropped since its time had come.
    Expired(Box<[u8]>, u32),
    /// The server invalidated this key, or everything.
    Invalidated(Option<Box<[u8]>>),
}

/// The caches of one environment, by number.
#[derive(Default)]
pub struct Caches {
    caches: Vec<Option<Box<Cache>>>,
}

impl Caches {
    /// Makes a cache. It lives until `remove`.
    pub fn add(&mut self, config: CacheConfig) -> u32 {
        let cache = Some(Box::new(Cache::new(config)));
        match self.caches.iter_mut().position(|cache| cache.is_none()) {
            Some(free) => {
                self.caches[free] = cache;
                free as u32
            }
            None => {
                self.caches.push(cache);
                self.caches.len() as u32 - 1
            }
        }
    }

    /// A cache by its number.
    pub fn get(&mut self, id: u32) -> Option<&mut Cache> {
        self.caches.get_mut(id as usize)?.as_deref_mut()
    }

    /// Drops a cache with all its entries.
    pub fn remove(&mut self, id: u32) {
        if let Some(cache) = self.caches.get_mut(id as usize) {
            *cache = None;
        }
    }

    /// Bytes that all caches take.
    pub fn bytes(&self) -> usize {
        self.caches.iter().flatten().map(|cache| cache.bytes()).sum()
    }

    /// Drops all caches.
    pub fn clear(&mut self) {
        self.caches.clear();
    }
}
