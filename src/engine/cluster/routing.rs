//! Which link a command of a cluster goes to, and the queueing of a batch.

use super::super::Engine;
use super::super::link::{Link, Stage};
use super::super::outgoing::{Meta, lent_of};
use super::super::timers::Millis;
use super::held::is_whole;
use super::measures::wanted_by;
use super::{Cluster, ClusterStage, place};
use crate::boundary::{ReadFrom, flags, meta};
use crate::event::{Failure, RequestPhase};
use crate::proto::command::{NO_SLOT, Request};
use crate::proto::segments::Segments;
use crate::topology::{NodeId, Role};

/// The links of an engine, by their ids.
pub(super) type Links = [Option<Box<Link>>];

fn is_ready(links: &Links, link: Option<u32>) -> bool {
    link.and_then(|link| links.get(link as usize)?.as_deref()).is_some_and(Link::is_ready)
}

impl Cluster {
    /// The node for a command or chain with this slot and these flags. `None`: there are no nodes.
    #[inline]
    pub(super) fn route(&mut self, links: &Links, slot: u16, bits: u32, now: Millis) -> Option<NodeId> {
        let Some(owner) = self.topology.owner(slot) else { return self.any_primary(links) };
        if bits & flags::READ == 0 {
            return Some(owner);
        }
        match self.read_from(bits) {
            ReadFrom::Primary => Some(owner),
            policy => Some(self.reader(links, owner, policy, now)),
        }
    }

    /// Which nodes serve a command.
    fn read_from(&self, bits: u32) -> ReadFrom {
        wanted_by(bits).unwrap_or(self.config.read_from)
    }

    /// Any primary that is ready, else any primary: for commands without keys, and for slots that nobody owns. The node
    /// says where they belong.
    fn any_primary(&mut self, links: &Links) -> Option<NodeId> {
        let primaries = self.topology.primaries();
        let start = self.random.below(primaries.len());
        let in_turn = primaries[start..].iter().chain(&primaries[..start]).copied();
        let ready = in_turn.clone().find(|node| is_ready(links, self.link_of(*node)));
        ready.or_else(|| in_turn.clone().next()).or_else(|| self.topology.nodes().iter().next().map(|(node, _)| node))
    }

    /// The node that serves a read: of those that are ready, the one that the policy prefers, else the owner. A read
    /// that may go to replicas makes the cluster open their links.
    fn reader(&mut self, links: &Links, owner: NodeId, policy: ReadFrom, now: Millis) -> NodeId {
        self.reads_replicas = true;
        self.measures_latency |= policy == ReadFrom::LowestLatency;
        let Some(node) = self.topology.node(owner) else { return owner };
        let serves = |node: &NodeId| {
            let known = self.nodes.get(node.index());
            known.is_some_and(|known| known.avoided_until <= now && (*node == owner || known.is_readonly))
                && is_ready(links, self.link_of(*node))
        };
        let zone = self.config.zone.as_deref();
        let is_near = |node: &NodeId| {
            zone.is_some() && self.nodes.get(node.index()).and_then(|known| known.zone.as_deref()) == zone
        };
        let replicas = || node.replicas.iter().copied().filter(|replica| serves(replica));
        let all = || std::iter::once(owner).filter(|owner| serves(owner)).chain(replicas());
        let mut random = self.random.clone();
        let chosen = match policy {
            ReadFrom::Primary => None,
            ReadFrom::AnyNode => in_turn(all, &mut random),
            ReadFrom::PreferReplica => in_turn(replicas, &mut random),
            ReadFrom::AzAffinity => in_turn(|| replicas().filter(|node| is_near(node)), &mut random)
                .or_else(|| Some(owner).filter(|owner| serves(owner) && is_near(owner)))
                .or_else(|| in_turn(all, &mut random)),
            ReadFrom::LowestLatency => {
                let latency =
                    |node: &NodeId| self.nodes.get(node.index()).and_then(|known| known.latency).unwrap_or(f64::MAX);
                all().min_by(|one, other| latency(one).total_cmp(&latency(other)))
            }
        };
        self.random = random;
        chosen.unwrap_or(owner)
    }

    /// Whether a command that is queued for a node may stay there.
    pub(super) fn may_stay(&self, links: &Links, node: NodeId, slot: u16, bits: u32) -> bool {
        let link = self.link_of(node);
        let Some(owner) = self.topology.owner(slot) else {
            return self.topology.is_primary(node) && (slot != NO_SLOT || is_ready(links, link));
        };
        if owner == node {
            return true;
        }
        let is_replica = self.topology.node(node).is_some_and(|node| node.role == Role::Replica(owner));
        bits & flags::READ != 0 && is_replica && self.read_from(bits) != ReadFrom::Primary && is_ready(links, link)
    }
}

/// One of some nodes, each as often as the others.
fn in_turn<I: Iterator<Item = NodeId>>(nodes: impl Fn() -> I, random: &mut crate::topology::Random) -> Option<NodeId> {
    let count = nodes().count();
    nodes().nth(random.below(count))
}

impl Engine {
    /// The link for a command that is sent again. `None`: no node can take it.
    pub(super) fn link_for(&mut self, id: u32, slot: u16, bits: u32, now: Millis) -> Option<u32> {
        let cluster = place(&mut self.clusters, id)?;
        let node = cluster.route(&self.links, slot, bits, now)?;
        if cluster.stage == ClusterStage::Open { self.link_of_node(id, node) } else { cluster.link_of(node) }
    }

    /// Queues commands on the links of their nodes and writes as much as the sockets accept. `first` is the index of
    /// the first of them in the batch.
    pub(in super::super) fn submit_to_cluster(
        &mut self,
        id: u32,
        first: usize,
        meta: &[i32],
        bytes: &[u8],
        now: Millis,
    ) {
        let Some(cluster) = place(&mut self.clusters, id).filter(|cluster| cluster.is_open()) else {
            return self.refuse_all(id, meta);
        };
        let reads_replicas = cluster.reads_replicas;
        let mut touched = std::mem::take(&mut cluster.touched);
        let (mut at, mut in_chain) = (0, false);
        let mut target = None;
        let mut rest = meta;
        let mut is_held = false;
        if cluster.holds_beginning_of(meta) {
            is_held = !is_whole(meta);
            in_chain = true;
            if !is_held {
                target = self.queue_held(id, slot_of_chain(meta), &mut touched, now);
            }
        }
        while let Some(words) = rest.get(..meta::WORDS) {
            let command = Meta(words);
            let index = first + (meta.len() - rest.len()) / meta::WORDS;
            if is_held || (!in_chain && command.is_in_chain() && !is_whole(rest)) {
                self.hold(id, index, rest, &bytes[at..]);
                break;
            }
            let end = at + command.length();
            let is_alone = !in_chain && !command.is_in_chain();
            if !in_chain {
                target = self.target(id, slot_of_chain(rest), command.flags(), now);
            }
            in_chain = command.is_in_chain();
            rest = &rest[meta::WORDS..];
            let segments = lent_of(&mut self.lent, index, command.flags());
            let is_movable = is_alone && command.flags() & flags::CHAINED == 0;
            let request = routed(command.request_of(&bytes[at..end]), is_movable);
            self.stage_for(id, target, request, &bytes[at..end], segments, &mut touched, now);
            at = end;
        }
        for link in touched.drain(..) {
            self.write_staged(link, now);
        }
        let Some(cluster) = self.cluster(id) else { return };
        cluster.touched = touched;
        if cluster.reads_replicas != reads_replicas {
            self.connect_wanted(id, now);
            self.tell_roles(id);
        }
        self.watch_cluster(id, now);
    }

    /// Stages a command for a link; fails it if there is none. `touched` gets the link.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "they are what a batch tells of a command")]
    pub(super) fn stage_for(
        &mut self,
        id: u32,
        target: Option<u32>,
        request: Request,
        own: &[u8],
        segments: Option<Box<Segments>>,
        touched: &mut Vec<u32>,
        now: Millis,
    ) {
        let Some(link) = target.and_then(|link| self.links.get_mut(link as usize)?.as_deref_mut()) else {
            return self.fail_of_cluster(id, None, &request, Failure::ConnectionLost, RequestPhase::Queued);
        };
        if link.begin_staging() {
            touched.push(link.id);
        }
        link.stage_command(request, own, segments, now);
    }

    /// The open link for a command; opens one if its node has none.
    #[inline]
    pub(super) fn target(&mut self, id: u32, slot: u16, bits: u32, now: Millis) -> Option<u32> {
        let cluster = place(&mut self.clusters, id)?;
        let node = cluster.route(&self.links, slot, bits, now)?;
        match cluster.link_of(node) {
            Some(link) => Some(link),
            None => self.link_of_node(id, node),
        }
    }

    /// Writes the queue of a link, which begins to connect if it was not needed before.
    pub(in super::super) fn write_and_wake(&mut self, id: u32, now: Millis) {
        if self.link(id).is_some_and(|link| matches!(link.stage, Stage::Unopened)) {
            self.attempt(id, now);
        }
        self.write_to(id, now);
    }

    /// Rejects commands for a cluster that has ended.
    fn refuse_all(&mut self, id: u32, meta: &[i32]) {
        self.fail_held(id, Failure::Closed);
        for command in meta.chunks_exact(meta::WORDS).map(Meta) {
            self.fail_of_cluster(id, None, &routed(command.request(), false), Failure::Closed, RequestPhase::Queued);
        }
        self.attention.push(id);
    }
}

/// A request as it goes to a node of a cluster.
#[inline]
pub(super) fn routed(request: Request, is_movable: bool) -> Request {
    match request {
        Request::Command { ticket, flags, slot, timeout } => {
            let flags = flags | flags::ROUTED | if is_movable { flags::MOVABLE } else { 0 };
            Request::Command { ticket, flags, slot, timeout }
        }
        other => other,
    }
}

/// The slot of the chain that the commands begin with, or of their first command if it is none: that of the first
/// command that has one (MULTI has none).
#[inline]
fn slot_of_chain(commands: &[i32]) -> u16 {
    for command in commands.chunks_exact(meta::WORDS).map(Meta) {
        if command.slot() != NO_SLOT || !command.is_in_chain() {
            return command.slot();
        }
    }
    NO_SLOT
}
