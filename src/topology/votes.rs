//! Nodes may disagree on the layout: one that was cut off tells an old one. Whether a view has to be confirmed, and
//! what the majority of several views says.

use std::collections::{HashMap, HashSet};

use super::refresh::View;
use super::{Layout, NodeId, SLOTS, SeenNode, Shard, Topology};

const NOBODY: u16 = u16::MAX;

/// The shard that owns each slot in a layout.
pub(super) struct Owners(Box<[u16]>);

impl Owners {
    /// Reads a layout. Of shards that claim the same slot, the last one has it.
    pub(super) fn of(layout: &Layout) -> Self {
        let mut owners: Box<[u16]> = vec![NOBODY; SLOTS].into();
        for (index, shard) in layout.shards.iter().enumerate().take(usize::from(NOBODY)) {
            for range in &shard.slots {
                owners[usize::from(*range.start())..=usize::from(*range.end())].fill(index as u16);
            }
        }
        Self(owners)
    }

    /// The index of the shard that owns a slot.
    pub(super) fn owner(&self, slot: u16) -> Option<usize> {
        self.0.get(usize::from(slot)).filter(|owner| **owner != NOBODY).map(|owner| usize::from(*owner))
    }
}

/// Whether a view gives slots to other owners than those that are known, though the known ones are in order and no
/// redirection has `named` the new ones.
pub(super) fn is_contested(layout: &Layout, view: &View<'_>, named: &HashSet<NodeId>) -> bool {
    let owners = Owners::of(layout);
    let primaries: Vec<Option<NodeId>> =
        layout.shards.iter().map(|shard| view.topology.nodes().find(&shard.primary)).collect();
    (0..SLOTS as u16).any(|slot| {
        let Some(known) = view.topology.owner(slot) else { return false };
        let told = owners.owner(slot).and_then(|shard| primaries[shard]);
        told != Some(known) && !told.is_some_and(|told| named.contains(&told)) && !view.unhealthy.contains(&known)
    })
}

/// The layout that most views agree on, slot by slot. Where no owner has more than half of the votes, the known owner
/// keeps the slot if any view names it, else the first view decides.
pub(super) fn majority(views: &[Layout], topology: &Topology) -> Layout {
    let mut keys: HashMap<Key<'_>, u16> = HashMap::new();
    let mut shards: Vec<&Shard> = Vec::new();
    let mut known: HashMap<NodeId, u16> = HashMap::new();
    let mut votes: Vec<Box<[u16]>> = Vec::new();
    for view in views {
        let owners = Owners::of(view);
        let numbers: Vec<u16> = view
            .shards
            .iter()
            .map(|shard| {
                *keys.entry(Key::of(&shard.primary)).or_insert_with(|| {
                    shards.push(shard);
                    let number = shards.len() as u16 - 1;
                    if let Some(node) = topology.nodes().find(&shard.primary) {
                        known.insert(node, number);
                    }
                    number
                })
            })
            .collect();
        votes.push((0..SLOTS as u16).map(|slot| owners.owner(slot).map_or(NOBODY, |shard| numbers[shard])).collect());
    }
    let mut slots: Vec<Vec<std::ops::RangeInclusive<u16>>> = vec![Vec::new(); shards.len()];
    for slot in 0..SLOTS as u16 {
        let told = votes.iter().map(|owners| owners[usize::from(slot)]);
        let has_most = |owner: &u16| told.clone().filter(|told| told == owner).count() * 2 > votes.len();
        let keeper = topology.owner(slot).and_then(|owner| known.get(&owner).copied());
        let owner = told
            .clone()
            .find(has_most)
            .or_else(|| keeper.filter(|keeper| told.clone().any(|told| told == *keeper)))
            .or_else(|| told.clone().next());
        let Some(ranges) = owner.and_then(|owner| slots.get_mut(usize::from(owner))) else { continue };
        match ranges.last_mut() {
            Some(range) if *range.end() + 1 == slot => *range = *range.start()..=slot,
            _ => ranges.push(slot..=slot),
        }
    }
    // Primaries without slots count if the first view has them.
    let first = views.first().map_or(0, |view| view.shards.len());
    let with_slots =
        shards.iter().zip(slots).enumerate().filter(|(index, (_, slots))| *index < first || !slots.is_empty());
    Layout {
        shards: with_slots
            .map(|(_, (shard, slots))| Shard {
                slots,
                primary: shard.primary.clone(),
                replicas: shard.replicas.clone(),
            })
            .collect(),
    }
}

/// What tells a node from others in several views.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Id(&'a str),
    Address(&'a str, u16),
}

impl<'a> Key<'a> {
    fn of(seen: &'a SeenNode) -> Self {
        match seen.id.as_str() {
            "" => Self::Address(&seen.address.host, seen.address.port),
            id => Self::Id(id),
        }
    }
}
