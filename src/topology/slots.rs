//! The owners of hash slots.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::NodeId;

/// The number of hash slots of a cluster (redis.io, "Redis cluster specification").
pub const SLOTS: usize = 16384;

const NOBODY: u16 = u16::MAX;

/// The owner of each slot.
#[derive(Debug, Clone)]
pub struct SlotMap {
    owners: Box<[u16]>,
}

impl Default for SlotMap {
    fn default() -> Self {
        Self { owners: vec![NOBODY; SLOTS].into() }
    }
}

impl SlotMap {
    /// Assigns slots to a node. Numbers above the last slot are ignored.
    pub fn assign(&mut self, slots: RangeInclusive<u16>, node: NodeId) {
        let end = usize::from(*slots.end()).min(SLOTS - 1);
        let start = usize::from(*slots.start());
        if let Some(owners) = self.owners.get_mut(start..=end) {
            owners.fill(node.0);
        }
    }

    /// The owner of a slot; `None` if it has none.
    pub fn owner(&self, slot: u16) -> Option<NodeId> {
        self.owners.get(usize::from(slot)).copied().filter(|owner| *owner != NOBODY).map(NodeId)
    }

    /// The slots that had another owner before.
    pub fn moved_since(&self, before: &Self) -> Vec<u16> {
        let pairs = (0..).zip(self.owners.iter().zip(&before.owners));
        pairs.filter(|(_, (now, before))| now != before && **before != NOBODY).map(|(slot, _)| slot).collect()
    }

    /// The nodes that own slots.
    pub fn owners(&self) -> HashSet<NodeId> {
        // Ranges are long: neighbours mostly have the same owner.
        let mut owners = HashSet::new();
        let mut last = NOBODY;
        for owner in &self.owners {
            if *owner != last && *owner != NOBODY {
                owners.insert(NodeId(*owner));
            }
            last = *owner;
        }
        owners
    }
}
