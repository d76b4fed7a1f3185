//! The nodes of a cluster: who they are, where they listen and what they do.

use std::collections::HashMap;

use super::layout::SeenNode;
use super::redirect::Address;

/// The most nodes of a table; a cluster has no more slots than this.
pub const MOST_NODES: usize = super::slots::SLOTS;

/// A node, by its number in the table. Numbers of removed nodes are given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u16);

impl NodeId {
    /// Its number as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It may own slots.
    Primary,
    /// It follows this primary.
    Replica(NodeId),
    /// No layout names it: a redirection or the user did.
    Unlisted,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it listens, as the cluster announces it. The host is not empty.
    pub address: Address,
    /// The name that the cluster has for it; empty if it is unknown.
    pub id: String,
    /// What it does.
    pub role: Role,
    /// The replicas of a primary.
    pub replicas: Vec<NodeId>,
    /// Whether a layout names it as a primary, or it owns slots.
    pub(super) is_primary: bool,
    /// Whether it owns slots, or did since the last layout.
    pub(super) is_owner: bool,
}

/// All nodes, with their numbers.
#[derive(Debug, Default)]
pub struct NodeTable {
    nodes: Vec<Option<Node>>,
    free: Vec<u16>,
    by_address: HashMap<Address, NodeId>,
    by_id: HashMap<String, NodeId>,
}

impl NodeTable {
    /// A node by its number.
    pub fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.index())?.as_mut()
    }

    /// All nodes, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0u16..).zip(&self.nodes).filter_map(|(number, node)| Some((NodeId(number), node.as_ref()?)))
    }

    /// The node that listens there.
    pub fn at(&self, address: &Address) -> Option<NodeId> {
        self.by_address.get(address).copied()
    }

    /// The node that a server describes: by its id, if the cluster tells one, else by its address.
    pub fn find(&self, seen: &SeenNode) -> Option<NodeId> {
        let by_id = if seen.id.is_empty() { None } else { self.by_id.get(&seen.id).copied() };
        by_id.or_else(|| {
            self.at(&seen.address).filter(|id| {
                seen.id.is_empty() || self.get(*id).is_some_and(|node| node.id.is_empty() || node.id == seen.id)
            })
        })
    }

    /// Adds a node, whose address must be new. `None` if the table is full.
    pub(super) fn add(&mut self, address: Address, id: String) -> Option<NodeId> {
        let number = match self.free.pop() {
            Some(number) => number,
            None if self.nodes.len() >= MOST_NODES => return None,
            None => {
                self.nodes.push(None);
                self.nodes.len() as u16 - 1
            }
        };
        let node = NodeId(number);
        self.by_address.insert(address.clone(), node);
        if !id.is_empty() {
            self.by_id.insert(id.clone(), node);
        }
        self.nodes[node.index()] =
            Some(Node { address, id, role: Role::Unlisted, replicas: Vec::new(), is_primary: false, is_owner: false });
        Some(node)
    }

    /// Gives a node another address. A node that was known there before has none from now on.
    pub(super) fn set_address(&mut self, id: NodeId, address: &Address) {
        let Some(node) = self.nodes.get_mut(id.index()).and_then(Option::as_mut) else { return };
        let old = std::mem::replace(&mut node.address, address.clone());
        if self.by_address.get(&old) == Some(&id) {
            self.by_address.remove(&old);
        }
        self.by_address.insert(address.clone(), id);
    }

    pub(super) fn set_id(&mut self, id: NodeId, name: &str) {
        let Some(node) = self.nodes.get_mut(id.index()).and_then(Option::as_mut) else { return };
        if node.id == name {
            return;
        }
        let old = std::mem::replace(&mut node.id, name.to_owned());
        if self.by_id.get(&old) == Some(&id) {
            self.by_id.remove(&old);
        }
        self.by_id.insert(name.to_owned(), id);
    }

    pub(super) fn remove(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.index()).and_then(Option::take) else { return };
        if self.by_address.get(&node.address) == Some(&id) {
            self.by_address.remove(&node.address);
        }
        if self.by_id.get(&node.id) == Some(&id) {
            self.by_id.remove(&node.id);
        }
        self.free.push(id.0);
    }
}
