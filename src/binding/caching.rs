//! The types through which JS manages caches, which it identifies by number. Look-ups are in `hot_cache`.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::boundary::news;
use crate::cache::{CacheConfig, EvictPolicy, KeyedCommand, Keys, News};

/// Settings of a cache; see `NativeCacheOptions` in `lib/wire/addon.ts`. Times are milliseconds.
#[napi(object)]
pub struct NativeCacheOptions {
    pub ttl: f64,
    pub max_entries: f64,
    pub max_bytes: f64,
    pub fifo: bool,
    pub prefixes: Vec<Buffer>,
}

impl NativeCacheOptions {
    /// Converts the settings.
    pub fn into_config(self) -> CacheConfig {
        CacheConfig {
            ttl: self.ttl as u64,
            max_entries: self.max_entries as usize,
            max_bytes: self.max_bytes as usize,
            evict_policy: if self.fifo { EvictPolicy::Fifo } else { EvictPolicy::Lru },
            prefixes: self.prefixes.iter().map(|prefix| prefix.to_vec()).collect(),
        }
    }
}

/// Sizes and counters of a cache.
#[napi(object)]
pub struct NativeCacheCounts {
    pub entries: f64,
    pub bytes: f64,
    pub loads: f64,
    pub evictions: f64,
}

/// One event of a cache. `kind` is its number; `bytes` is the command for a reply, the key for an invalidation.
#[napi(object)]
pub struct NativeCacheNews {
    pub kind: u32,
    pub bytes: Option<Buffer>,
    pub database: u32,
}

impl From<News> for NativeCacheNews {
    fn from(what: News) -> Self {
        let (kind, bytes, database) = match what {
            News::Cached(command, database) => (news::CACHED, Some(command), database),
            News::Expired(command, database) => (news::EXPIRED, Some(command), database),
            News::Invalidated(Some(key)) => (news::INVALIDATED, Some(key), 0),
            News::Invalidated(None) => (news::INVALIDATED_ALL, None, 0),
        };
        Self { kind, bytes: bytes.map(|bytes| Buffer::from(bytes.into_vec())), database }
    }
}

/// A command that only identifies an entry and is not sent; its keys are not needed.
pub fn command(bytes: &[u8], database: u32) -> KeyedCommand<'_> {
    KeyedCommand { bytes, database, keys: Keys { at: 0, count: 0 } }
}
