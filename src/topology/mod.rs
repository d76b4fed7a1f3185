//! The nodes of a cluster, their hash slots, and what to do with a redirected command. Uses no sockets and no clock:
//! replies in, decisions out.
#![forbid(unsafe_code)]

mod layout;
mod redirect;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use layout::{Layout, SeenNode, Shard};
pub use redirect::{Address, Redirect};
pub use slots::{SLOTS, SlotMap};

use crate::proto::command::NO_SLOT;

/// A node, by its index in the table. Indexes are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u16);

/// What to do with a command that a server did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Send it to this node, preceded by ASKING if the slot is still being moved there.
    Send {
        /// The node.
        node: NodeId,
        /// Whether ASKING must be sent first.
        asking: bool,
    },
    /// Pass the server's reply to the caller: it names an unknown node, or the command was redirected too often.
    Answer,
}

/// The nodes of one logical client, and the owner of each slot.
#[derive(Debug)]
pub struct Topology {
    addresses: Vec<Address>,
    by_address: HashMap<Address, NodeId>,
    slots: SlotMap,
    /// The highest number of redirections per command.
    most_redirects: u8,
    /// How often each redirected command was redirected, by ticket.
    redirected: HashMap<u32, u8>,
}

impl Topology {
    /// Creates an empty topology. A command that was redirected `most_redirects` times gets the next redirection as its
    /// reply.
    pub fn new(most_redirects: u8) -> Self {
        Self {
            addresses: Vec::new(),
            by_address: HashMap::new(),
            slots: SlotMap::default(),
            most_redirects,
            redirected: HashMap::new(),
        }
    }

    /// Returns the node with this address; adds it if it is new.
    pub fn node(&mut self, address: Address) -> NodeId {
        let next = NodeId(self.addresses.len() as u16);
        let id = *self.by_address.entry(address.clone()).or_insert(next);
        if id == next {
            self.addresses.push(address);
        }
        id
    }

    /// The owners of the slots, for changing them.
    pub fn slots_mut(&mut self) -> &mut SlotMap {
        &mut self.slots
    }

    /// Returns the node for a command: the owner of its slot, or the first node if the command has no slot. `None` if
    /// no node owns the slot.
    pub fn route(&self, slot: u16) -> Option<NodeId> {
        if slot == NO_SLOT {
            return (!self.addresses.is_empty()).then_some(NodeId(0));
        }
        self.slots.owner(slot)
    }

    /// Decides what to do with a redirected command.
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
            // The server's information is newer than ours, so it is used even if this command is not sent again.
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

    /// Forgets the redirections of a command that has been settled.
    #[inline]
    pub fn ended(&mut self, ticket: u32) {
        if !self.redirected.is_empty() {
            self.redirected.remove(&ticket);
        }
    }
}
