//! The stored replies, in the order in which they have to go, within their bounds.

use std::ops::Range;

use lru::LruCache;

use super::hash::{BuildHashed, Command, KeyHashes};
use super::index::Index;
use super::requests::Load;
use crate::proto::parser::{Limits, Parser};
use crate::proto::tape::{ASCII, BLOB_STRING, Reply, SIMPLE_STRING, Tape, kind_of};

/// Memory that an entry takes besides its command and reply: its node, its places in the two tables, and what the
/// allocator adds. Rounded up, so that the bound is kept by the process, too.
const ENTRY_BYTES: usize = 336;
/// One part of this many is lost between pieces of different sizes that come and go.
const GAPS: usize = 16;
/// Memory for each key beyond the first.
const KEY_BYTES: usize = 96;

/// One stored reply.
#[derive(Debug)]
pub struct Entry {
    /// The command, then the reply as it was received.
    data: Box<[u8]>,
    command_length: u32,
    /// Where in the reply its text is, if it is one string of ASCII.
    text: Option<(u32, u32)>,
    database: u32,
    /// The link whose connection the server tells of changes.
    link: u32,
    keys: KeyHashes,
    /// In ms of the engine's clock; 0 never.
    expires_at: u64,
    /// The tape of the reply, once it was asked for: replies that are read once take no memory for it.
    tape: Option<Box<[i32]>>,
}

impl Entry {
    /// An entry out of a load and its reply. `words` is the reply's tape, `input` what its offsets refer to.
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
            expires_at: if load.ttl == 0 { 0 } else { now + load.ttl },
            tape: None,
        }
    }

    /// The command.
    pub fn command(&self) -> &[u8] {
        &self.data[..self.command_length as usize]
    }

    /// The database that it was read from.
    pub fn database(&self) -> u32 {
        self.database
    }

    fn reply(&self) -> &[u8] {
        &self.data[self.command_length as usize..]
    }

    /// The text, if the reply is one string of ASCII of less than `bound` bytes: 0 is for readers who want no text, which
    /// goes for an empty one, too.
    fn text(&self, bound: usize) -> Option<&[u8]> {
        let (start, length) = self.text?;
        let text = start as usize..(start + length) as usize;
        (text.len() < bound).then(|| &self.reply()[text])
    }

    pub(super) fn is_for(&self, command: &Command<'_>) -> bool {
        self.database == command.database && self.command() == command.bytes
    }

    /// Whether its time is over. `now` is asked for only if it has one.
    pub(super) fn is_over(&self, now: &dyn Fn() -> u64) -> bool {
        self.expires_at != 0 && now() >= self.expires_at
    }

    /// Memory that it takes, estimated from above.
    pub(super) fn cost(&self) -> usize {
        let more_keys = self.keys.as_slice().len().saturating_sub(1);
        let tape = self.tape.as_ref().map_or(0, |words| tape_cost(words));
        self.data.len() + self.data.len() / GAPS + ENTRY_BYTES + more_keys * KEY_BYTES + tape
    }
}

/// Memory that a kept tape takes, with what the allocator adds.
fn tape_cost(words: &[i32]) -> usize {
    size_of_val(words) + 16
}

/// All entries of a cache, by the hash of their command.
#[derive(Debug)]
pub(super) struct Entries {
    by_hash: LruCache<u64, Entry, BuildHashed>,
    index: Index,
    bytes: usize,
    /// For replies whose tape is not kept.
    scratch: Tape,
    /// The text that was found last.
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

    /// Memory that the entries take, estimated from above.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// An entry.
    pub(super) fn get(&self, hash: u64) -> Option<&Entry> {
        self.by_hash.peek(&hash)
    }

    /// Whether the reply of a command is a text of less than `bound` bytes whose time is not over, which `found` gives then:
    /// the path of nearly all hits, with one look into the table. `touch` makes the entry the last one to go.
    pub(super) fn find_text(
        &mut self,
        hash: u64,
        command: &Command<'_>,
        touch: bool,
        bound: usize,
        now: &dyn Fn() -> u64,
    ) -> bool {
        let entry = if touch { self.by_hash.get(&hash) } else { self.by_hash.peek(&hash) };
        let text =
            entry.filter(|entry| entry.is_for(command) && !entry.is_over(now)).and_then(|entry| entry.text(bound));
        let Some(text) = text else { return false };
        // Copied: a reference into the table would keep the caller from looking further where there is none.
        self.found.clear();
        self.found.extend_from_slice(text);
        true
    }

    /// The text of the last `find_text`.
    pub(super) fn found(&self) -> &[u8] {
        &self.found
    }

    /// The reply of an entry, as the server sent it, and its tape, which is kept if there is room in `max_bytes`. `touch`
    /// makes the entry the last one to go.
    pub(super) fn reply(&mut self, hash: u64, touch: bool, max_bytes: usize) -> Option<(&[u8], &[i32])> {
        let found = if touch { self.by_hash.get_mut(&hash) } else { self.by_hash.peek_mut(&hash) };
        let entry = found?;
        if entry.tape.is_none() {
            self.scratch.clear();
            // It was parsed when it came, so that it can be parsed again.
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

    /// Adds an entry as the last one to go, in place of one for the same command.
    pub(super) fn insert(&mut self, hash: u64, entry: Entry) {
        self.remove(hash);
        self.bytes += entry.cost();
        self.index.add(entry.keys.as_slice(), hash);
        self.by_hash.put(hash, entry);
    }

    pub(super) fn remove(&mut self, hash: u64) -> Option<Entry> {
        let entry = self.by_hash.pop(&hash)?;
        self.forget(hash, &entry);
        Some(entry)
    }

    /// Removes the first one to go.
    pub(super) fn remove_oldest(&mut self) -> Option<Entry> {
        let (hash, entry) = self.by_hash.pop_lru()?;
        self.forget(hash, &entry);
        Some(entry)
    }

    /// Removes what depends on a key.
    pub(super) fn invalidate(&mut self, key: u64) {
        for hash in self.index.of(key) {
            self.remove(hash);
        }
    }

    /// Removes what the connection of a link vouched for; returns how many that were.
    pub(super) fn remove_of(&mut self, link: u32) -> usize {
        let doomed: Vec<u64> =
            self.by_hash.iter().filter(|(_, entry)| entry.link == link).map(|(hash, _)| *hash).collect();
        if doomed.len() == self.len() {
            self.clear();
        } else {
            for hash in &doomed {
                self.remove(*hash);
            }
        }
        doomed.len()
    }

    /// Removes everything and gives the memory back.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    fn forget(&mut self, hash: u64, entry: &Entry) {
        self.bytes -= entry.cost();
        self.index.remove(entry.keys.as_slice(), hash);
    }

    /// Number of keys in the index.
    #[cfg(test)]
    pub(super) fn indexed_keys(&self) -> usize {
        self.index.len()
    }
}
