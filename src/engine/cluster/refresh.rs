//! Carries out what [`crate::topology::Refresh`] decides: asks nodes for the layout and takes it over.

use std::collections::{HashMap, HashSet};

use super::super::Engine;
use super::super::link::{Link, Stage};
use super::super::timers::Millis;
use super::{ClusterStage, Purpose, place};
use crate::boundary::flags;
use crate::error::{EngineError, ErrorKind};
use crate::event::LinkEvent;
use crate::proto::command::Inquiry;
use crate::topology::{Layout, NodeId, Order, View};

/// How long a node may be silent with commands in flight before it is taken for hung, in ms.
const SILENCE: Millis = 500;
/// How often nodes with commands in flight are looked at, in ms.
const WATCH: Millis = 100;

/// How a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    /// It answers, or has nothing to answer.
    Ready,
    /// It is ready, with commands in flight.
    Busy,
    /// Nobody has tried to connect it.
    Unopened,
    /// It is not connected.
    Away,
    /// It is connected and does not answer.
    Silent,
}

fn health(link: Option<&Link>, now: Millis) -> Health {
    let Some(link) = link else { return Health::Unopened };
    match &link.stage {
        Stage::Unopened => Health::Unopened,
        Stage::Ready(connection) | Stage::Handing { old: connection, .. } => {
            if connection.session.in_flight() == 0 {
                return Health::Ready;
            }
            // Replies come in order, so a blocking command keeps all behind it waiting.
            let waits = connection.session.oldest_flags().is_some_and(|bits| bits & flags::BLOCKING != 0);
            if waits || now.saturating_sub(connection.active_at) < SILENCE { Health::Busy } else { Health::Silent }
        }
        Stage::Closed | Stage::Waiting | Stage::Undecided | Stage::Attempt(_) => Health::Away,
    }
}

impl Engine {
    /// Demands that the layout is read again.
    pub fn refresh_cluster(&mut self, id: u32, now: Millis) {
        if let Some(cluster) = self.cluster(id) {
            cluster.refresh.want(now);
            self.advance_cluster(id, now);
        }
    }

    /// Commands were sent to nodes of a cluster: they are watched from now on.
    #[inline]
    pub(super) fn watch_cluster(&mut self, id: u32, now: Millis) {
        self.call_cluster_at(id, now + WATCH);
    }

    /// Reads the layout if that is due. Returns when the nodes must be looked at again, if that is before anything else
    /// happens.
    pub(super) fn advance_refresh(&mut self, id: u32, now: Millis) -> Option<Millis> {
        // Each pass carries out orders that may make further ones possible.
        loop {
            let cluster = place(&mut self.clusters, id)?;
            if matches!(cluster.stage, ClusterStage::Ending | ClusterStage::Ended) {
                return None;
            }
            // After a stall of the loop, answers may have come that were not read yet.
            let was_stalled = now.saturating_sub(std::mem::replace(&mut cluster.looked_at, now)) > 3 * WATCH;
            let (mut ready, mut unopened, mut unhealthy) = (Vec::new(), Vec::new(), HashSet::new());
            let mut is_watched = false;
            for (node, _) in cluster.topology.nodes().iter() {
                let link = cluster.link_of(node).and_then(|link| self.links.get(link as usize)?.as_deref());
                match health(link, now) {
                    Health::Ready => ready.push(node),
                    Health::Busy => {
                        ready.push(node);
                        is_watched = true;
                    }
                    Health::Unopened => unopened.push(node),
                    Health::Away => _ = unhealthy.insert(node),
                    Health::Silent if was_stalled => {
                        ready.push(node);
                        is_watched = true;
                    }
                    Health::Silent => {
                        ready.push(node);
                        _ = unhealthy.insert(node);
                    }
                }
            }
            let is_outage = cluster.topology.owners().iter().any(|node| unhealthy.contains(node));
            cluster.refresh.note_health(is_outage, now);
            let view = View { topology: &cluster.topology, ready: &ready, unopened: &unopened, unhealthy: &unhealthy };
            let orders = cluster.refresh.advance(&view, now);
            let is_watched = is_watched || !unhealthy.is_empty() || !cluster.leaving.is_empty();
            let applies = orders.iter().any(|order| matches!(order, Order::Apply(..)));
            for order in orders {
                self.carry_out(id, order, now);
            }
            if !was_stalled {
                self.give_up_hung(id, now);
                self.hold_silent(id, now);
            }
            if !applies {
                return is_watched.then_some(now + WATCH);
            }
        }
    }

    fn carry_out(&mut self, id: u32, order: Order, now: Millis) {
        match order {
            Order::Ask(node) => match self.cluster(id).and_then(|cluster| cluster.link_of(node)) {
                Some(link) => {
                    self.inquire(link, Inquiry::Slots, Some(Purpose::Refresh { cluster: id, node, link }));
                }
                None => {
                    if let Some(cluster) = self.cluster(id) {
                        cluster.refresh.answered(node, None);
                    }
                }
            },
            Order::Connect(node) => {
                if let Some(link) = self.link_of_node(id, node) {
                    self.open_node(link, now);
                }
            }
            Order::Apply(layout, kept) => self.apply_layout(id, &layout, &kept, now),
            Order::Unreachable => self.emit(id, LinkEvent::Unreachable),
        }
    }

    fn apply_layout(&mut self, id: u32, layout: &Layout, kept: &HashMap<u16, NodeId>, now: Millis) {
        let Some(cluster) = self.cluster(id) else { return };
        let changes = cluster.topology.apply(layout, kept);
        for (nodes, lost) in [(&changes.dispossessed[..], true), (cluster.topology.owners(), false)] {
            for node in nodes {
                if let Some(link) = cluster.nodes.get_mut(node.index()) {
                    link.lost_slots_at = lost.then(|| link.lost_slots_at.unwrap_or(now));
                }
            }
        }
        let cache = cluster.config.node.cache;
        let described = cluster.topology.describe();
        let is_news = cluster.told.as_ref() != Some(&described);
        self.forget_cached(cache, &changes.moved);
        self.change_nodes(id, &changes, now);
        if let Some(cluster) = self.cluster(id).filter(|_| !changes.removed.is_empty()) {
            cluster.refresh.lacks_known_nodes(now);
        }
        if is_news {
            self.emit(id, LinkEvent::Topology { detail: described.clone() });
            if let Some(cluster) = self.cluster(id) {
                cluster.told = Some(described);
            }
        }
        // Of a node that no layout has named, JS was told nothing: its removal is no news, but what waits for it must leave.
        if is_news || !changes.readdressed.is_empty() || !changes.removed.is_empty() {
            self.reroute(id, now);
            if let Some(cluster) = self.cluster(id) {
                // The reason for which they wait may be gone.
                cluster.parked.iter_mut().for_each(|parked| parked.due = now);
            }
        }
        self.dismiss_left(id);
    }

    /// What a cache has of these slots was read from servers that no longer own them.
    pub(super) fn forget_cached(&mut self, cache: Option<u32>, slots: &[u16]) {
        let Some(cache) = cache.filter(|_| !slots.is_empty()).and_then(|cache| self.caches.get(cache)) else { return };
        let moved: HashSet<u16> = slots.iter().copied().collect();
        cache.slots_moved(&|slot| moved.contains(&slot));
    }

    /// Holds back what is queued for nodes that are silent, so that no more commands than need be depend on whether they
    /// come back; lets go of it when they do.
    fn hold_silent(&mut self, id: u32, now: Millis) {
        let Some(links) = self.cluster(id).map(|cluster| cluster.links()) else { return };
        for link_id in links {
            let Some(link) = self.link(link_id).filter(|link| matches!(link.stage, Stage::Ready(_))) else { continue };
            let is_silent = health(Some(link), now) == Health::Silent;
            if link.backlog.is_held() == is_silent {
                continue;
            }
            link.backlog.hold(is_silent);
            if !is_silent {
                self.write_and_wake(link_id, now);
            }
        }
    }

    /// Gives up the connections of nodes that have lost their slots and do not answer: what they still acknowledge
    /// would be lost, since another node owns the slots.
    fn give_up_hung(&mut self, id: u32, now: Millis) {
        let Some(cluster) = place(&mut self.clusters, id) else { return };
        let lost: Vec<(u32, Millis)> = cluster
            .nodes
            .iter()
            .filter_map(|node| Some((node.link?, node.lost_slots_at?)))
            .chain(cluster.leaving.iter().copied())
            .collect();
        for (link_id, lost_at) in lost {
            // A primary that hands over its slots is silent until the replica has taken over, and answers then.
            let is_hung = |link: &&mut Link| health(Some(link), now) == Health::Silent && now >= lost_at + SILENCE;
            let Some(link) = self.link(link_id).filter(is_hung) else {
                continue;
            };
            let Some(connection) = link.connection() else { continue };
            let key = super::super::connection::ConnectionKey { link: link_id, serial: connection.serial };
            let text = "The node does not answer, and another one owns its slots";
            self.lost(key, EngineError::new(ErrorKind::Io, text).with_code("OXREDIS_NODE_REPLACED"));
        }
    }
}
