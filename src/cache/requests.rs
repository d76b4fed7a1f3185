//! Requests in flight that concern a cache: loads, whose replies will be stored, and writes, which invalidate entries
//! before the server reports it.

use std::collections::HashMap;

use super::hash::{BuildHashed, Hashes, KeyHashes, KeyedCommand};
use super::index::Index;

/// A read in flight, because the cache had no reply.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) hash: u64,
    pub(super) database: u32,
    pub(super) command: Box<[u8]>,
    pub(super) keys: KeyHashes,
    /// The hash slot of the first key.
    pub(super) slot: u16,
    /// Time to live of the future entry, in ms; 0 for no limit.
    pub(super) ttl: u64,
    /// Cleared when a key was invalidated meanwhile: the reply then goes to the waiting reads, but is not stored.
    pub(super) is_valid: bool,
}

/// Loads by the ticket of their request.
#[derive(Debug, Default)]
pub(super) struct Loads {
    by_ticket: HashMap<u32, Load>,
    /// The loads that equal reads may join, by the hash of the command.
    joinable: HashMap<u64, u32, BuildHashed>,
    index: Index,
}

impl Loads {
    /// The ticket of the load that a read can join.
    pub(super) fn find(&self, hash: u64, command: &KeyedCommand<'_>) -> Option<u32> {
        let ticket = *self.joinable.get(&hash)?;
        let load = self.by_ticket.get(&ticket)?;
        (load.database == command.database && *load.command == *command.bytes).then_some(ticket)
    }

    pub(super) fn add(&mut self, ticket: u32, load: Load) {
        // Removes a load with this ticket that was never sent: the ticket now belongs to another read.
        self.take(ticket);
        self.index.add(load.keys.as_slice(), u64::from(ticket));
        self.joinable.insert(load.hash, ticket);
        self.by_ticket.insert(ticket, load);
    }

    /// Removes a load that has ended.
    pub(super) fn take(&mut self, ticket: u32) -> Option<Load> {
        let load = self.by_ticket.remove(&ticket)?;
        self.index.remove(load.keys.as_slice(), u64::from(ticket));
        self.forbid_joining(load.hash, ticket);
        Some(load)
    }

    /// A key has changed: the replies of its loads are not stored, and later reads do not join them.
    pub(super) fn invalidate(&mut self, key: u64) {
        for ticket in self.index.of(key) {
            self.spoil(ticket as u32);
        }
    }

    /// All keys may have changed.
    pub(super) fn invalidate_all(&mut self) {
        for load in self.by_ticket.values_mut() {
            load.is_valid = false;
        }
        self.joinable.clear();
    }

    /// The keys of these slots are read from other servers now.
    pub(super) fn slots_moved(&mut self, is_moved: &dyn Fn(u16) -> bool) {
        let moved = self.by_ticket.iter().filter(|(_, load)| is_moved(load.slot)).map(|(ticket, _)| *ticket);
        for ticket in moved.collect::<Vec<u32>>() {
            self.spoil(ticket);
        }
    }

    fn spoil(&mut self, ticket: u32) {
        let Some(load) = self.by_ticket.get_mut(&ticket) else { return };
        load.is_valid = false;
        let hash = load.hash;
        self.forbid_joining(hash, ticket);
    }

    fn forbid_joining(&mut self, hash: u64, ticket: u32) {
        if self.joinable.get(&hash) == Some(&ticket) {
            self.joinable.remove(&hash);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_ticket.len()
    }
}

/// The keys that a write may change.
#[derive(Debug)]
pub(super) enum Touched {
    Keys(KeyHashes),
    Everything,
}

impl Touched {
    /// A write without keys may change all keys.
    pub(super) fn by(command: &KeyedCommand<'_>, hashes: &Hashes) -> Self {
        if command.keys.count == 0 { Self::Everything } else { Self::Keys(hashes.keys(command)) }
    }
}

/// Writes by the ticket of their request. A failed write stays until its ticket is used by another write, which is
/// harmless, since there are few tickets.
#[derive(Debug, Default)]
pub(super) struct Writes {
    by_ticket: HashMap<u64, Touched, BuildHashed>,
}

impl Writes {
    pub(super) fn add(&mut self, ticket: u32, touched: Touched) {
        self.by_ticket.insert(spread(ticket), touched);
    }

    pub(super) fn take(&mut self, ticket: u32) -> Option<Touched> {
        self.by_ticket.remove(&spread(ticket))
    }
}

/// Spreads tickets over all bits: the table uses the upper bits of its keys, which are 0 in small numbers.
fn spread(ticket: u32) -> u64 {
    u64::from(ticket).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
