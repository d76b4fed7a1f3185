//! What decides between nodes that serve the same reads: how long their answers take, and their availability zones.

use std::time::Instant;

use super::super::Engine;
use super::super::timers::Millis;
use super::{Answered, ClusterStage, Purpose};
use crate::boundary::{ReadFrom, read_from};
use crate::proto::command::Inquiry;

/// How often nodes are asked how long an answer takes, in ms.
const INTERVAL: Millis = 5000;
/// How much one measurement counts.
const WEIGHT: f64 = 0.25;

impl Engine {
    /// Asks all ready nodes for an answer, if that is due and matters. Returns when it is due next.
    pub(super) fn measure_latency(&mut self, id: u32, now: Millis) -> Option<Millis> {
        let is_open = |stage| matches!(stage, ClusterStage::Open | ClusterStage::Closing);
        let cluster = self.cluster(id).filter(|cluster| cluster.measures_latency && is_open(cluster.stage))?;
        if cluster.ping_at > now {
            return Some(cluster.ping_at);
        }
        let next = now + cluster.random.jittered(INTERVAL);
        cluster.ping_at = next;
        for link in cluster.links() {
            if self.link(link).is_some_and(|link| link.is_ready()) {
                self.inquire(link, Inquiry::Ping, Some(Purpose::Latency { cluster: id, link, sent: Instant::now() }));
            }
        }
        Some(next)
    }

    pub(super) fn on_pong(&mut self, id: u32, link: u32, answer: &Answered, sent: Instant) {
        if matches!(answer, Answered::Lost) {
            return;
        }
        let took = sent.elapsed().as_secs_f64() * 1000.0;
        let Some(cluster) = self.cluster(id) else { return };
        if let Some(node) = cluster.nodes.iter_mut().find(|node| node.link == Some(link)) {
            node.latency = Some(node.latency.map_or(took, |before| before + (took - before) * WEIGHT));
        }
    }

    /// The link of a node is ready: its zone and its latency are found out where they matter.
    pub(in super::super) fn on_node_ready(&mut self, id: u32, link_id: u32) {
        let zone = self.link(link_id).and_then(|link| link.connection()?.session.zone().map(str::to_owned));
        let Some(cluster) = self.cluster(id) else { return };
        cluster.ping_at = 0;
        if cluster.config.zone.is_some() {
            match zone {
                Some(zone) => self.on_zone(id, link_id, Answered::Zone(Some(zone))),
                None => {
                    self.inquire(link_id, Inquiry::Info, Some(Purpose::Zone { cluster: id, link: link_id }));
                }
            }
        }
        self.call_cluster(id);
    }

    pub(super) fn on_zone(&mut self, id: u32, link: u32, answer: Answered) {
        let Answered::Zone(zone) = answer else { return };
        let Some(cluster) = self.cluster(id) else { return };
        if let Some(node) = cluster.nodes.iter_mut().find(|node| node.link == Some(link)) {
            node.zone = zone;
        }
    }
}

/// Where a command wants to be read; `None`: where its cluster says.
pub(super) fn wanted_by(bits: u32) -> Option<ReadFrom> {
    match bits >> read_from::SHIFT & read_from::MASK {
        1 => Some(ReadFrom::Primary),
        2 => Some(ReadFrom::AnyNode),
        3 => Some(ReadFrom::PreferReplica),
        4 => Some(ReadFrom::AzAffinity),
        5 => Some(ReadFrom::LowestLatency),
        _ => None,
    }
}
