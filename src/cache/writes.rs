//! Writes through the clients of a cache that are on their way: what they change is dropped without waiting to be told.

use std::collections::HashMap;

use super::hash::{BuildHashed, Command, Hashes, KeyHashes};

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
