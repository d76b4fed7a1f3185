//! Client-side caching (redis.io, "Client-side caching reference"): keeps replies of reads until the server
//! reports that one of their keys has changed. It does no I/O: its inputs are commands, replies, invalidations and the
//! time, its outputs replies.
//!
//! An entry holds the command and the raw bytes of its reply in one allocation. It is found by a hash of the command
//! and, when the server invalidates a key, by a hash of that key.

mod entries;
mod hash;
mod index;
mod requests;
mod store;
#[cfg(test)]
mod tests;

pub use entries::CacheEntry;
pub use hash::{KeyedCommand, Keys};
pub use store::{Cache, Found, LoadRequest};

/// Which entry is evicted when a limit is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvictPolicy {
    /// The least recently read one.
    Lru,
    /// The one stored first.
    Fifo,
}

/// Settings of a cache.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// How long a reply is kept, in ms; 0 for no limit.
    pub ttl: u64,
    /// Most entries; 0 for no limit.
    pub max_entries: usize,
    /// Most memory, in bytes; 0 for no limit.
    pub max_bytes: usize,
    /// Which entry is evicted.
    pub evict_policy: EvictPolicy,
    /// In broadcast mode: prefixes of the keys that the server reports. Only these are cached. Empty means all keys.
    pub prefixes: Vec<Vec<u8>>,
}

/// Sizes and counters of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Number of stored replies.
    pub entries: usize,
    /// Their memory in bytes, an upper estimate.
    pub bytes: usize,
    /// Number of reads in flight.
    pub loads: usize,
    /// Number of entries dropped so far because of a limit, expiry, a flush or a lost connection.
    pub evictions: u64,
}

/// An event for the listeners of a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The reply of this command in this database was stored.
    Cached(Box<[u8]>, u32),
    /// The reply of this command in this database expired and was dropped.
    Expired(Box<[u8]>, u32),
    /// The server invalidated this key, or all keys (`None`).
    Invalidated(Option<Box<[u8]>>),
}

/// The caches of one environment, by number.
#[derive(Default)]
pub struct Caches {
    caches: Vec<Option<Box<Cache>>>,
}

impl Caches {
    /// Creates a cache and returns its number. It lives until `remove`.
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

    /// Returns a cache by its number.
    pub fn get(&mut self, id: u32) -> Option<&mut Cache> {
        self.caches.get_mut(id as usize)?.as_deref_mut()
    }

    /// Drops a cache with all its entries.
    pub fn remove(&mut self, id: u32) {
        if let Some(cache) = self.caches.get_mut(id as usize) {
            *cache = None;
        }
    }

    /// Memory of all caches in bytes, an upper estimate.
    pub fn bytes(&self) -> usize {
        self.caches.iter().flatten().map(|cache| cache.bytes()).sum()
    }

    /// Drops all caches.
    pub fn clear(&mut self) {
        self.caches.clear();
    }
}
