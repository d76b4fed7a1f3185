//! Requests of a cache that are on their way to the server: loads, whose replies will be kept, and writes, which make
//! entries old without waiting to be told.

use std::collections::HashMap;

use super::hash::{BuildHashed, Command, Hashes, KeyHashes};
use super::index::Index;

/// A read that is on its way because the cache had no reply.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) hash: u64,
    pub(super) database: u32,
    pub(super) command: Box<[u8]>,
    pub(super) keys: KeyHashes,
    /// Time to live of the entry to be, in ms; 0 without end.
    pub(super) ttl: u64,
    /// Cleared when a key was invalidated meanwhile: the reply is for those who wait, and not kept.
    pub(super) is_valid: bool,
}

/// Loads by the ticket of their request.
#[derive(Debug, Default)]
pub(super) struct Loads {
    by_ticket: HashMap<u32, Load>,
    /// Those that equal reads may join, by the hash of the command.
    joinable: HashMap<u64, u32, BuildHashed>,
    index: Index,
}

impl Loads {
    /// The load that a read can join.
    pub(super) fn find(&self, hash: u64, command: &Command<'_>) -> Option<u32> {
        let ticket = *self.joinable.get(&hash)?;
        let load = self.by_ticket.get(&ticket)?;
        (load.database == command.database && *load.command == *command.bytes).then_some(ticket)
    }

    pub(super) fn add(&mut self, ticket: u32, load: Load) {
        // One that was never sent: its ticket is that of another read now.
        self.take(ticket);
        self.index.add(load.keys.as_slice(), u64::from(ticket));
        self.joinable.insert(load.hash, ticket);
        self.by_ticket.insert(ticket, load);
    }

    /// Takes a load that has come to its end.
    pub(super) fn take(&mut self, ticket: u32) -> Option<Load> {
        let load = self.by_ticket.remove(&ticket)?;
        self.index.remove(load.keys.as_slice(), u64::from(ticket));
        self.forbid_joining(load.hash, ticket);
        Some(load)
    }

    /// A key has changed: what reads it is not kept, and not joined by reads that are made from now on.
    pub(super) fn invalidate(&mut self, key: u64) {
        for ticket in self.index.of(key) {
            self.spoil(ticket as u32);
        }
    }

    /// Everything may have changed.
    pub(super) fn invalidate_all(&mut self) {
        for load in self.by_ticket.values_mut() {
            load.is_valid = false;
        }
        self.joinable.clear();
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

/// What a write may change.
#[derive(Debug)]
pub(super) enum Touched {
    Keys(KeyHashes),
    Everything,
}

impl Touched {
    /// A command without keys changes everything.
    pub(super) fn by(command: &Command<'_>, hashes: &Hashes) -> Self {
        if command.keys.count == 0 { Self::Everything } else { Self::Keys(hashes.keys(command)) }
    }
}

/// Writes by the ticket of their request. One that fails stays until its ticket writes again: tickets are few.
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

/// Tickets are small numbers, of which the table would use the upper bits.
fn spread(ticket: u32) -> u64 {
    u64::from(ticket).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
