//! Commands whose connection was lost, or whose node no longer owns their slot, go to another node: those that are
//! queued, and reads that were in flight.

use super::super::Engine;
use super::super::backlog::Waiting;
use super::super::lifecycle::Lost;
use super::super::link::Link;
use super::super::timers::Millis;
use super::retries::{ASKING, Destination, Returned};
use super::{Cluster, ClusterStage, place};
use crate::boundary::{TraceReason, flags};
use crate::error::EngineError;
use crate::event::{Failure, LinkEvent, RequestPhase};
use crate::proto::command::{NO_SLOT, Request};
use crate::proto::kept::KeptCommand;
use crate::topology::NodeId;

impl Engine {
    /// A connection of a node was lost: takes out the reads that were in flight, to send them again, and demands that
    /// the layout is read.
    pub(in super::super) fn replay_reads(&mut self, id: u32, link_id: u32, lost: &mut Lost) {
        self.drop_inquiries(link_id);
        let Some(cluster) = place(&mut self.clusters, id) else { return };
        let mut kept = std::mem::take(&mut lost.kept);
        // They are aligned at the end: a RESET in progress and what was put back have no entry.
        let missing = lost.in_flight.len().saturating_sub(kept.len());
        kept.splice(0..0, std::iter::repeat_with(|| None).take(missing));
        let mut failed = Vec::with_capacity(lost.in_flight.len());
        for (request, command) in std::mem::take(&mut lost.in_flight).into_iter().zip(kept) {
            match cluster.replayed(&request, command) {
                Some(returned) => self.returned.push(returned),
                None => failed.push(request),
            }
        }
        lost.in_flight = failed;
        cluster.lost_connection = true;
        self.call_cluster(id);
    }

    /// What was to be asked over a connection is not asked over the next one. Does nothing while there is one.
    pub(super) fn drop_inquiries(&mut self, link_id: u32) {
        let is_away = |link: &&mut Link| !link.is_ready() && !link.backlog.is_empty();
        let Some(link) = self.link(link_id).filter(is_away) else { return };
        let is_inquiry = |unit: &[Waiting]| matches!(unit, [Waiting { request: Request::Inquiry { .. }, .. }]);
        for Waiting { request, .. } in link.backlog.take_out(is_inquiry).into_iter().flatten() {
            self.fail(&request, Failure::ConnectionLost, RequestPhase::Queued);
        }
    }

    /// A connection was lost, or an attempt failed, while the cluster is closing: what is queued goes to other nodes or
    /// fails, and the link ends.
    pub(in super::super) fn lose_while_closing(&mut self, id: u32, link_id: u32, error: Option<EngineError>) {
        self.give_back(id, link_id);
        self.emit(link_id, LinkEvent::LostWhileClosing { error });
        self.end(link_id, Failure::ConnectionLost);
    }

    /// Takes what is queued on a link of a closing cluster for other nodes that are ready.
    fn give_back(&mut self, id: u32, link_id: u32) {
        let (links, clusters) = (&mut self.links, &mut self.clusters);
        let Some(cluster) = place(clusters, id) else { return };
        let Some(mut link) = links.get_mut(link_id as usize).and_then(Option::take) else { return };
        let units = link.backlog.take_out(|unit| {
            let (slot, bits) = kind_of(unit);
            bits & (flags::ROUTED | flags::MOVABLE) != 0
                && cluster.route(links, slot, bits, 0).and_then(|node| cluster.link_of(node)).is_some_and(|to| {
                    to != link_id
                        && links.get(to as usize).is_some_and(|to| to.as_deref().is_some_and(|to| to.is_ready()))
                })
        });
        links[link_id as usize] = Some(link);
        self.requeue(id, units, 0);
        self.call_cluster(id);
    }

    /// Moves what is queued for nodes that no longer serve it, in order.
    pub(super) fn reroute(&mut self, id: u32, now: Millis) {
        let Some(cluster) = self.cluster(id).filter(|cluster| cluster.stage != ClusterStage::Ended) else { return };
        for link_id in cluster.links() {
            let (links, clusters) = (&mut self.links, &mut self.clusters);
            let Some(cluster) = place(clusters, id) else { return };
            let node = cluster.node_of(link_id);
            let Some(link) = links
                .get_mut(link_id as usize)
                .filter(|link| link.as_ref().is_some_and(|link| !link.backlog.is_empty()))
            else {
                continue;
            };
            let Some(mut link) = link.take() else { continue };
            // While it is examined, the link looks as if it were not ready: that matters only to replicas and to
            // commands without keys, which any node takes.
            let units = link.backlog.take_out(|unit| cluster.is_misplaced(links, node, unit));
            links[link_id as usize] = Some(link);
            self.requeue(id, units, now);
        }
    }

    /// Queues commands and chains that were taken out of another queue.
    fn requeue(&mut self, id: u32, units: Vec<Vec<Waiting>>, now: Millis) {
        let mut touched = Vec::new();
        for unit in units {
            let (slot, bits) = kind_of(&unit);
            let target = self.link_for(id, slot, bits, now);
            for waiting in unit {
                let Some(link) = target.and_then(|link| self.link(link)).filter(|link| link.is_open()) else {
                    let phase = RequestPhase::Queued;
                    self.fail_of_cluster(id, target, &waiting.request, Failure::ConnectionLost, phase);
                    continue;
                };
                let Waiting { request, bytes, segments, flags, expires_at } = without_asking(waiting);
                link.backlog.push(request, &bytes, segments, flags, expires_at);
                if !touched.contains(&link.id) {
                    touched.push(link.id);
                }
            }
        }
        touched.into_iter().for_each(|link| self.write_and_wake(link, now));
    }
}

impl Cluster {
    /// The read that was in flight, if it can be sent again.
    fn replayed(&mut self, request: &Request, command: Option<KeptCommand>) -> Option<Returned> {
        let Request::Command { ticket, flags: bits, .. } = *request else { return None };
        let command = command.filter(|_| bits & flags::READ != 0)?;
        let tried = self.tried.entry(ticket).or_default();
        if tried.redirections >= self.config.most_redirections {
            return None;
        }
        tried.attempts += 1;
        tried.redirections += 1;
        tried.reason = Some(TraceReason::ConnectionLost);
        let bits = bits & !flags::ASKING;
        Some(Returned { cluster: self.id, ticket, flags: bits, command, to: Destination::Owner })
    }

    /// Whether a command or chain that is queued for a node belongs elsewhere. `None`: the node has left.
    fn is_misplaced(&self, links: &super::routing::Links, node: Option<NodeId>, unit: &[Waiting]) -> bool {
        let (slot, bits) = kind_of(unit);
        if bits & (flags::ROUTED | flags::MOVABLE) == 0 {
            return false;
        }
        node.is_none_or(|node| !self.may_stay(links, node, slot, bits))
    }
}

/// The slot of a chain or command, and the flags of its first command.
fn kind_of(unit: &[Waiting]) -> (u16, u32) {
    let slots = unit.iter().map(|waiting| match waiting.request {
        Request::Command { slot, .. } => slot,
        _ => NO_SLOT,
    });
    let slot = slots.clone().find(|slot| *slot != NO_SLOT).unwrap_or(NO_SLOT);
    (slot, unit.first().map_or(0, |waiting| waiting.request.flags()))
}

/// The command without the ASKING ahead of it: it begins again with the owner of its slot.
fn without_asking(mut waiting: Waiting) -> Waiting {
    if waiting.flags & flags::ASKING == 0 {
        return waiting;
    }
    waiting.flags &= !flags::ASKING;
    if let Request::Command { flags, .. } = &mut waiting.request {
        *flags &= !flags::ASKING;
    }
    waiting.bytes.drain(..ASKING.len().min(waiting.bytes.len()));
    waiting.segments = waiting.segments.map(|segments| Box::new(segments.moved_back(ASKING.len())));
    waiting
}
