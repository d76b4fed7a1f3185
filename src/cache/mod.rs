//! Client-side caching (redis.io, "Client-side caching reference"): replies of reads, kept until the server says that
//! one of their keys has changed. Sans-io: commands, replies, invalidations and time in, replies out.
//!
//! An entry is the command and the raw bytes of its reply in one piece of memory. It is found by a hash of the command,
//! and, when the server invalidates a key, by a hash of that key.

mod entries;
mod hash;
mod index;
mod loads;
mod news;
mod store;
#[cfg(test)]
mod tests;
mod writes;

pub use entries::{Entry, Hit};
pub use hash::{Command, Keys};
pub use news::News;
pub use store::{Cache, CacheConfig, Counts, EvictPolicy, Found};

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
