//! Which server of several has what: nodes, hash slots, and what becomes of a command that a server sends elsewhere.
//! Without sockets and clocks: replies in, decisions out.
#![forbid(unsafe_code)]

mod redirect;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use redirect::{Address, Redirect};
pub use slots::{SLOTS, SlotMap};

use crate::proto::command::NO_SLOT;

/// A node, by its place in the table. Places are never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u16);

/// What is to be done with a command that a server did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes to this node, with ASKING ahead if the slot is only on its way there.
    Send {
        /// The node.
        node: NodeId,
        /// ASKING goes ahead.
        asking: bool,
    },
    /// The server's reply is what the caller gets: it names a node that is not known, or the command was sent elsewhere
    /// too often.
    Answer,
}

/// The nodes of one logical client, and who has which slot.
#[derive(Debug)]
pub struct Topology {
    addresses: Vec<Address>,
    by_address: HashMap<Address, NodeId>,
    slots: SlotMap,
    /// How often a command may be sent elsewhere.
    most_redirects: u8,
    /// How often those that were sent elsewhere have been, by ticket.
    redirected: HashMap<u32, u8>,
}

impl Topology {
    /// No nodes. `most_redirects`: how often a command may be sent elsewhere before its caller gets the redirection.
    pub fn new(most_redirects: u8) -> Self {
        Self {
            addresses: Vec::new(),
            by_address: HashMap::new(),
            slots: SlotMap::default(),
            most_redirects,
            redirected: HashMap::new(),
        }
    }

    /// Adds a node, or finds it.
    pub fn node(&mut self, address: Address) -> NodeId {
        let next = NodeId(self.addresses.len() as u16);
        let id = *self.by_address.entry(address.clone()).or_insert(next);
        if id == next {
            self.addresses.push(address);
        }
        id
    }

    /// The slots of the nodes, to be changed.
    pub fn slots_mut(&mut self) -> &mut SlotMap {
        &mut self.slots
    }

    /// The node that a command goes to: the owner of its slot. A command without a slot may go to any: the first one.
    /// `None`: no node has the slot.
    pub fn route(&self, slot: u16) -> Option<NodeId> {
        if slot == NO_SLOT {
            return (!self.addresses.is_empty()).then_some(NodeId(0));
        }
        self.slots.owner(slot)
    }

    /// Judges a redirection of the command with this ticket.
    pub fn judge(&mut self, ticket: u32, redirect: &Redirect) -> Verdict {
        let (slot, address, asking) = match redirect {
            Redirect::Moved { slot, address } => (*slot, address, false),
            Redirect::Ask { slot, address } => (*slot, address, true),
        };
        let Some(node) = self.by_address.get(address).copied() else {
            self.redirected.remove(&ticket);
            return Verdict::Answer;
        };
        if !asking {
            // The server knows better, whatever becomes of this command.
            self.slots.assign(slot..=slot, node);
        }
        let count = self.redirected.entry(ticket).or_insert(0);
        if *count >= self.most_redirects {
            self.redirected.remove(&ticket);
            return Verdict::Answer;
        }
        *count += 1;
        Verdict::Send { node, asking }
    }

    /// The command with this ticket has come to its end.
    #[inline]
    pub fn ended(&mut self, ticket: u32) {
        if !self.redirected.is_empty() {
            self.redirected.remove(&ticket);
        }
    }
}
