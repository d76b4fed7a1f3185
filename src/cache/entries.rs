//! The stored replies, in the order of eviction.

use std::ops::Range;

use lru::LruCache;

use super::hash::{BuildHashed, KeyHashes, KeyedCommand};
use super::index::Index;
use super::requests::Load;
use crate::proto::parser::{Limits, Parser};
use crate::proto::tape::{ASCII, BLOB_STRING, Reply, SIMPLE_STRING, Tape, kind_of};

/// Memory of an entry besides its command and reply, in bytes: its node, its places in the two tables, and allocator
/// overhead. Rounded up, so that the memory of the process stays within `max_bytes`, too.
const ENTRY_BYTES: usize = 344;
/// Allowance for allocator fragmentation: 1/16 of the data.
const GAPS: usize = 16;
/// Memory of each key after the first, in bytes.
const KEY_BYTES: usize = 96;

/// One stored reply.
#[derive(Debug)]
pub struct CacheEntry {
    /// The command, then the reply as it was received.
    data: Box<[u8]>,
    command_length: u32,
    /// Offset and length of the text within the reply, if the reply is a single ASCII string.
    text: Option<(u32, u32)>,
    database: u32,
    /// The link that loaded the entry: its connection gets the server's invalidations.
    link: u32,
    keys: KeyHashes,
    /// The hash slot of the first key.
    slot: u16,
    /// When the entry expires, in ms of the engine's clock; 0 for never.
    expires_at: u64,
    /// The tape of the reply, stored at its first use. Replies that are never read take no memory for it.
    tape: Option<Box<[i32]>>,
}

impl CacheEntry {
    /// Creates an entry from a load and its reply. `words` is the reply's tape, whose offsets refer to `input`.
    pub(super) fn new(load: &Load, reply: &Reply, words: &[i32], input: &[u8], link: u32, now: u64) -> Self {
        let bytes: Range<usize> = reply.bytes.start as usize..reply.bytes.end as usize;
        let is_text = matches!(kind_of(words[0]), BLOB_STRING | SIMPLE_STRING) && words[0] & ASCII != 0;
        Self {
            text: is_text.then(|| (words[1] as u32 - reply.bytes.start, words[2] as u32)),
            data: [&load.command, &input[bytes]].concat().into_boxed_slice(),
            command_length: load.command.len() as u32,
            database: load.database,
            link,
            keys: load.keys.clone(),
            slot: load.slot,
            expires_at: if load.ttl == 0 { 0 } else { now + load.ttl },
            tape: None,
        }
    }

    /// The encoded command.
    pub fn command(&self) -> &[u8] {
        &self.data[..self.command_length as usize]
    }

    /// The database that the command read.
    pub fn database(&self) -> u32 {
        self.database
    }

    fn reply(&self) -> &[u8] {
        &self.data[self.command_length as usize..]
    }

    /// The text, if the reply is a single ASCII string of less than `bound` bytes. With a bound of 0 the result is
    /// always `None`.
    fn text(&self, bound: usize) -> Option<&[u8]> {
        let (start, length) = self.text?;
        let text = start as usize..(start + length) as usize;
        (text.len() < bound).then(|| &self.reply()[text])
    }

    pub(super) fn is_for(&self, command: &KeyedCommand<'_>) -> bool {
        self.database == command.database && self.command() == command.bytes
    }

    /// Whether the entry has expired. `now` is called only if the entry has an expiry time.
    pub(super) fn is_over(&self, now: &dyn Fn() -> u64) -> bool {
        self.expires_at != 0 && now() >= self.expires_at
    }

    /// Memory of the entry in bytes, an upper estimate.
    pub(super) fn cost(&self) -> usize {
        let more_keys = self.keys.as_slice().len().saturating_sub(1);
        let tape = self.tape.as_ref().map_or(0, |words| tape_cost(words));
        self.data.len() + self.data.len() / GAPS + ENTRY_BYTES + more_keys * KEY_BYTES + tape
    }
}

/// Memory of a stored tape in bytes, with allocator overhead.
fn tape_cost(words: &[i32]) -> usize {
    size_of_val(words) + 16
}

/// All entries of a cache, by the hash of the command.
#[derive(Debug)]
pub(super) struct Entries {
    by_hash: LruCache<u64, CacheEntry, BuildHashed>,
    index: Index,
    bytes: usize,
    /// Holds the tape of a reply whose tape is not stored.
    scratch: Tape,
    /// The text that `find_text` found last.
    found: Vec<u8>,
}

impl Entries {
    pub(super) fn new() -> Self {
        Self {
            by_hash: LruCache::unbounded_with_hasher(BuildHashed::default()),
            index: Index::default(),
            bytes: 0,
            scratch: Tape::new(),
            found: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// Memory of all entries in bytes, an upper estimate.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns an entry without changing the order of eviction.
    pub(super) fn get(&self, hash: u64) -> Option<&CacheEntry> {
        self.by_hash.peek(&hash)
    }

    /// Whether the reply of a command is an unexpired text of less than `bound` bytes, which `found` then returns. This
    /// is the path of nearly all hits, with a single table look-up. `touch` makes the entry the last to be evicted.
    pub(super) fn find_text(
        &mut self,
        hash: u64,
        command: &KeyedCommand<'_>,
        touch: bool,
        bound: usize,
        now: &dyn Fn() -> u64,
    ) -> bool {
        let entry = if touch { self.by_hash.get(&hash) } else { self.by_hash.peek(&hash) };
        let text =
            entry.filter(|entry| entry.is_for(command) && !entry.is_over(now)).and_then(|entry| entry.text(bound));
        let Some(text) = text else { return false };
        // Copied, because returning a reference into the table would keep it borrowed for the caller's further search.
        self.found.clear();
        self.found.extend_from_slice(text);
        true
    }

    /// The text of the last `find_text`.
    pub(super) fn found(&self) -> &[u8] {
        &self.found
    }

    /// The reply of an entry as the server sent it, and its tape, which is stored if `max_bytes` allows it. `touch`
    /// makes the entry the last to be evicted.
    pub(super) fn reply(&mut self, hash: u64, touch: bool, max_bytes: usize) -> Option<(&[u8], &[i32])> {
        let found = if touch { self.by_hash.get_mut(&hash) } else { self.by_hash.peek_mut(&hash) };
        let entry = found?;
        if entry.tape.is_none() {
            self.scratch.clear();
            // This cannot fail: the reply was parsed successfully when it arrived.
            let _ = Parser::new(Limits::default()).parse(entry.reply(), &mut self.scratch, 1);
            let words = self.scratch.replies().first().map_or(&[][..], |reply| self.scratch.words(reply));
            let cost = tape_cost(words);
            if max_bytes == 0 || self.bytes + cost <= max_bytes {
                entry.tape = Some(words.into());
                self.bytes += cost;
            }
        }
        let entry = &*entry;
        let words = match &entry.tape {
            Some(words) => words,
            None => self.scratch.replies().first().map_or(&[][..], |reply| self.scratch.words(reply)),
        };
        Some((entry.reply(), words))
    }

    /// Adds an entry as the last to be evicted. It replaces one with the same command.
    pub(super) fn insert(&mut self, hash: u64, entry: CacheEntry) {
        self.remove(hash);
        self.bytes += entry.cost();
        self.index.add(entry.keys.as_slice(), hash);
        self.by_hash.put(hash, entry);
    }

    pub(super) fn remove(&mut self, hash: u64) -> Option<CacheEntry> {
        let entry = self.by_hash.pop(&hash)?;
        self.forget(hash, &entry);
        Some(entry)
    }

    /// Removes the entry that is next to be evicted.
    pub(super) fn remove_oldest(&mut self) -> Option<CacheEntry> {
        let (hash, entry) = self.by_hash.pop_lru()?;
        self.forget(hash, &entry);
        Some(entry)
    }

    /// Removes the entries that depend on a key.
    pub(super) fn invalidate(&mut self, key: u64) {
        for hash in self.index.of(key) {
            self.remove(hash);
        }
    }

    /// Removes the entries that a link loaded; returns their number.
    pub(super) fn remove_of(&mut self, link: u32) -> usize {
        self.remove_where(|entry| entry.link == link)
    }

    /// Removes the entries whose keys are of these slots; returns their number.
    pub(super) fn remove_slots(&mut self, is_moved: &dyn Fn(u16) -> bool) -> usize {
        self.remove_where(|entry| is_moved(entry.slot))
    }

    fn remove_where(&mut self, is_doomed: impl Fn(&CacheEntry) -> bool) -> usize {
        let doomed: Vec<u64> =
            self.by_hash.iter().filter(|(_, entry)| is_doomed(entry)).map(|(hash, _)| *hash).collect();
        if doomed.len() == self.len() {
            self.clear();
        } else {
            for hash in &doomed {
                self.remove(*hash);
            }
        }
        doomed.len()
    }

    /// Removes all entries and frees the memory.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    fn forget(&mut self, hash: u64, entry: &CacheEntry) {
        self.bytes -= entry.cost();
        self.index.remove(entry.keys.as_slice(), hash);
    }

    /// Number of keys in the index.
    #[cfg(test)]
    pub(super) fn indexed_keys(&self) -> usize {
        self.index.len()
    }
}
