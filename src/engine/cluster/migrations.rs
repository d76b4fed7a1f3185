//! SMIGRATED: slots have moved to another node, which need not wait for a redirection.

use super::super::Engine;
use super::super::timers::Millis;
use crate::event::{LinkEvent, Notice, SlotsMoved};
use crate::proto::notices;
use crate::topology::{Address, SLOTS};

/// How long a notice is remembered, so that the copies that other nodes send have no effect, in ms.
const MEMORY: Millis = 600_000;
/// How many notices are remembered, the latest ones.
const MOST_SEEN: usize = 64;
/// How many moves of one notice are carried out; the layout tells the others.
const MOST_MOVES: usize = 1024;

/// A notice that a cluster has handled.
pub(super) struct Migration {
    until: Millis,
    sequence: Option<i64>,
    /// What it says, if it has no number.
    moves: Vec<SlotsMoved>,
}

impl Engine {
    /// Remembers a notice. Returns false if another node has sent it before.
    pub(in super::super) fn is_new_migration(&mut self, id: u32, notice: &Notice, now: Millis) -> bool {
        let Some(cluster) = self.cluster(id) else { return false };
        cluster.migrations.retain(|migration| migration.until > now);
        let moves = if notice.sequence.is_some() { Vec::new() } else { notice.moves.clone() };
        let is_it = |migration: &Migration| migration.sequence == notice.sequence && migration.moves == moves;
        if cluster.migrations.iter().any(is_it) {
            return false;
        }
        if cluster.migrations.len() == MOST_SEEN {
            cluster.migrations.pop_front();
        }
        cluster.migrations.push_back(Migration { until: now + MEMORY, sequence: notice.sequence, moves });
        true
    }

    /// Takes over which nodes own the slots now, moves what is queued for the nodes that had them, and reads the layout.
    pub(in super::super) fn on_slots_migrated(&mut self, id: u32, notice: &Notice, now: Millis) {
        let mut slots = Vec::new();
        for moved in notice.moves.iter().take(MOST_MOVES) {
            let Some((host, port)) = notices::host_and_port(&moved.target) else { continue };
            let Some(cluster) = self.cluster(id).filter(|cluster| cluster.is_open()) else { return };
            let Some((node, _)) = cluster.topology.node_at(&Address { host, port }) else { continue };
            // Ranges may overlap as often as a text has room for them.
            let mut wanted = vec![false; SLOTS];
            for (start, end) in notices::slots(&moved.slots).unwrap_or_default() {
                if wanted[usize::from(start)] && start == end {
                    continue;
                }
                wanted[usize::from(start)..=usize::from(end)].fill(true);
            }
            for slot in (0..SLOTS as u16).filter(|slot| wanted[usize::from(*slot)]) {
                let is_new = cluster.topology.slot_moved(slot, node);
                cluster.refresh.moved(slot, node, is_new, now);
                slots.extend(Some(slot).filter(|_| is_new));
            }
            if let Some(link) = self.link_of_node(id, node) {
                self.open_node(link, now);
            }
        }
        let Some(cluster) = self.cluster(id) else { return };
        cluster.refresh.want(now);
        if !slots.is_empty() {
            let detail = cluster.topology.describe();
            cluster.told = Some(detail.clone());
            let cache = cluster.config.node.cache;
            self.forget_cached(cache, &slots);
            self.emit(id, LinkEvent::Topology { detail });
            self.tell_roles(id);
            self.reroute(id, now);
        }
        self.call_cluster(id);
    }
}
