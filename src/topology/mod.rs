//! The nodes of a cluster, their hash slots, and what to do with a redirected command. Uses no sockets and no clock:
//! replies in, decisions out.
#![forbid(unsafe_code)]

pub mod fuzz;
mod layout;
mod nodes;
mod random;
mod redirect;
mod refresh;
mod slots;
#[cfg(test)]
mod tests;
mod votes;

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

pub use layout::{Layout, SeenNode, Shard};
pub use nodes::{MOST_NODES, Node, NodeId, NodeTable, Role};
pub use random::Random;
pub use redirect::{Address, Redirect};
pub use refresh::{Order, Refresh, View};
pub use slots::{SLOTS, SlotMap};

/// What a new layout has changed among the nodes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New nodes.
    pub added: Vec<NodeId>,
    /// Known nodes that listen elsewhere from now on.
    pub readdressed: Vec<NodeId>,
    /// Nodes that are no longer part of the cluster. Their numbers may be given to others from now on.
    pub removed: Vec<NodeId>,
    /// Nodes that owned slots and own none any more; they may be among the removed ones.
    pub dispossessed: Vec<NodeId>,
    /// Slots that another node owned before.
    pub moved: Vec<u16>,
}

/// The nodes of one cluster, and the owner of each slot.
#[derive(Debug, Default)]
pub struct Topology {
    nodes: NodeTable,
    slots: SlotMap,
    /// Nodes that layouts name as primaries or that own slots.
    primaries: Vec<NodeId>,
    /// Nodes that own slots, or did since the last layout.
    owners: Vec<NodeId>,
}

impl Topology {
    /// The nodes.
    pub fn nodes(&self) -> &NodeTable {
        &self.nodes
    }

    /// A node by its number.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// Nodes that layouts name as primaries, or that own slots.
    pub fn primaries(&self) -> &[NodeId] {
        &self.primaries
    }

    /// Nodes that own slots, or did since the last layout.
    pub fn owners(&self) -> &[NodeId] {
        &self.owners
    }

    /// The owner of a slot.
    #[inline]
    pub fn owner(&self, slot: u16) -> Option<NodeId> {
        self.slots.owner(slot)
    }

    /// Whether a node is a primary: a layout says so, or it owns slots.
    pub fn is_primary(&self, id: NodeId) -> bool {
        self.nodes.get(id).is_some_and(|node| node.is_primary)
    }

    /// The node that listens there; adds it if it is new. The flag tells whether it was added. `None` if there are too
    /// many nodes, or the address has no host.
    pub fn node_at(&mut self, address: &Address) -> Option<(NodeId, bool)> {
        if let Some(id) = self.nodes.at(address) {
            return Some((id, false));
        }
        if address.host.is_empty() {
            return None;
        }
        self.nodes.add(address.clone(), String::new()).map(|id| (id, true))
    }

    /// A redirection has named the owner of a slot. Returns whether it is another one than before.
    pub fn slot_moved(&mut self, slot: u16, owner: NodeId) -> bool {
        let Some(node) = self.nodes.get_mut(owner) else { return false };
        if self.slots.owner(slot) == Some(owner) {
            return false;
        }
        if !std::mem::replace(&mut node.is_primary, true) {
            self.primaries.push(owner);
        }
        if !std::mem::replace(&mut node.is_owner, true) {
            self.owners.push(owner);
        }
        self.slots.assign(slot..=slot, owner);
        true
    }

    /// Takes over a layout, whose hosts must not be empty. `kept` are owners of slots that count more than the layout.
    pub fn apply(&mut self, layout: &Layout, kept: &HashMap<u16, NodeId>) -> Changes {
        let owned_before = self.slots.owners();
        let mut applying = Applying::new(layout);
        let mut slots = SlotMap::default();
        let mut primaries = Vec::new();
        let mut roles: HashMap<NodeId, Role> = HashMap::new();
        let mut heads = Vec::with_capacity(layout.shards.len());
        for shard in &layout.shards {
            let placed = applying.place(&mut self.nodes, &shard.primary);
            heads.push(placed);
            let Some(primary) = placed else { continue };
            if roles.insert(primary, Role::Primary).is_none() {
                primaries.push(primary);
            }
            for range in &shard.slots {
                slots.assign(range.clone(), primary);
            }
        }
        let mut replicas: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for (shard, head) in layout.shards.iter().zip(heads) {
            let Some(primary) = head else { continue };
            for seen in &shard.replicas {
                let Some(replica) = applying.place(&mut self.nodes, seen) else { continue };
                // Who is named twice is what it is named first.
                if roles.contains_key(&replica) {
                    continue;
                }
                roles.insert(replica, Role::Replica(primary));
                replicas.entry(primary).or_default().push(replica);
            }
        }
        for (slot, owner) in kept {
            if self.nodes.get(*owner).is_some() {
                slots.assign(*slot..=*slot, *owner);
            }
        }
        let owned_now = slots.owners();
        let moved = slots.moved_since(&self.slots);
        self.slots = slots;
        primaries.extend(owned_now.iter().filter(|owner| roles.get(owner) != Some(&Role::Primary)));
        self.primaries = primaries;
        self.owners = owned_now.iter().copied().collect();
        let Applying { mut added, readdressed, .. } = applying;
        let known: Vec<NodeId> = self.nodes.iter().map(|(id, _)| id).collect();
        let mut removed = Vec::new();
        for id in known {
            let role = roles.get(&id).copied();
            if role.is_none() && !owned_now.contains(&id) {
                removed.push(id);
                continue;
            }
            if let Some(node) = self.nodes.get_mut(id) {
                node.role = role.unwrap_or(Role::Unlisted);
                node.replicas = replicas.remove(&id).unwrap_or_default();
                node.is_owner = owned_now.contains(&id);
                node.is_primary = node.is_owner || node.role == Role::Primary;
            }
        }
        removed.iter().for_each(|id| self.nodes.remove(*id));
        added.retain(|id| self.nodes.get(*id).is_some());
        let dispossessed = owned_before.difference(&owned_now).copied().collect();
        Changes { added, readdressed, removed, dispossessed, moved }
    }

    /// The layout as text: `primary,replica,…:start-end,start-end;…` in numbers of nodes. All nodes are in it.
    pub fn describe(&self) -> String {
        let mut ranges: HashMap<NodeId, String> = HashMap::new();
        let mut start = 0;
        for slot in 0..SLOTS as u16 {
            let owner = self.slots.owner(slot);
            if usize::from(slot) + 1 < SLOTS && self.slots.owner(slot + 1) == owner {
                continue;
            }
            if let Some(owner) = owner {
                let text = ranges.entry(owner).or_default();
                let comma = if text.is_empty() { "" } else { "," };
                let _ = write!(text, "{comma}{start}-{slot}");
            }
            start = slot + 1;
        }
        let mut text = String::new();
        let heads =
            self.nodes.iter().filter(|(id, node)| !matches!(node.role, Role::Replica(_)) || self.is_primary(*id));
        for (id, node) in heads {
            if !text.is_empty() {
                text.push(';');
            }
            let _ = write!(text, "{}", id.0);
            for replica in node.replicas.iter().filter(|replica| !self.is_primary(**replica)) {
                let _ = write!(text, ",{}", replica.0);
            }
            let _ = write!(text, ":{}", ranges.get(&id).map_or("", String::as_str));
        }
        text
    }
}

/// A layout on its way into the table.
struct Applying<'a> {
    /// The ids that the layout names.
    ids: HashSet<&'a str>,
    placed: HashSet<NodeId>,
    added: Vec<NodeId>,
    readdressed: Vec<NodeId>,
}

impl<'a> Applying<'a> {
    fn new(layout: &'a Layout) -> Self {
        let seen = layout.shards.iter().flat_map(|shard| std::iter::once(&shard.primary).chain(&shard.replicas));
        let ids = seen.map(|node| node.id.as_str()).filter(|id| !id.is_empty()).collect();
        Self { ids, placed: HashSet::new(), added: Vec::new(), readdressed: Vec::new() }
    }

    /// Finds a node of the layout in the table, or adds it. `None`: the table is full.
    fn place(&mut self, nodes: &mut NodeTable, seen: &SeenNode) -> Option<NodeId> {
        let at_address = || {
            nodes.at(&seen.address).filter(|id| {
                // It is another node that has moved away, if the layout names that one, too.
                nodes.get(*id).is_some_and(|node| node.id == seen.id || !self.ids.contains(node.id.as_str()))
            })
        };
        let found = nodes.find(seen).or_else(at_address);
        let Some(id) = found else {
            let id = nodes.add(seen.address.clone(), seen.id.clone())?;
            self.added.push(id);
            self.placed.insert(id);
            return Some(id);
        };
        if !self.placed.insert(id) {
            // Named before: what was said first counts.
            return Some(id);
        }
        if !seen.id.is_empty() {
            nodes.set_id(id, &seen.id);
        }
        let is_elsewhere = nodes.get(id).is_some_and(|node| node.address != seen.address);
        if is_elsewhere {
            nodes.set_address(id, &seen.address);
            self.readdressed.push(id);
        }
        Some(id)
    }
}
