//! Cluster clients: handles like links, with one link per node. [`crate::topology`] decides where a command goes and
//! when the layout is read; the modules here do it with links.

mod answers;
mod held;
mod lifecycle;
mod measures;
mod migrations;
mod nodes;
mod refresh;
mod replays;
mod retries;
mod routing;
mod staging;
mod whereabouts;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};

pub(super) use self::answers::{Answered, Purpose};
pub(super) use self::retries::{Judged, Noticed, Returned, sent};
pub use self::staging::Staged;

use self::held::Held;
use self::migrations::Migration;
use self::nodes::NodeLink;
use self::retries::{Parked, Tried};
use super::Engine;
use super::link::LinkConfig;
use super::timers::{Millis, Timer, TimerKind};
use crate::boundary::{ReadFrom, flags};
use crate::topology::{NodeId, Random, Refresh, Topology};

/// Ids from this one on name clusters; smaller ids name links.
const FIRST_CLUSTER: u32 = 1 << 30;

/// Whether an id names a cluster.
pub(super) fn is_cluster(id: u32) -> bool {
    id >= FIRST_CLUSTER
}

/// Settings of a cluster.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// Settings of the links of nodes. Host and port are those of the node.
    pub node: LinkConfig,
    /// How often one command is sent elsewhere; its caller gets the next redirection as an error.
    pub most_redirections: u32,
    /// Which nodes serve reads.
    pub read_from: ReadFrom,
    /// The availability zone of this client, for [`ReadFrom::AzAffinity`].
    pub zone: Option<String>,
    /// Whether a node is connected only when it is needed.
    pub lazy: bool,
    /// Time between two readings of the layout without another reason, in ms; 0: none.
    pub refresh_interval: Millis,
}

/// How far a cluster is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClusterStage {
    Open,
    /// `close()` was called: what was accepted is completed, then the links end.
    Closing,
    /// Everything is completed: the links are ending.
    Ending,
    Ended,
}

/// A cluster client: its topology and the links of its nodes.
pub(super) struct Cluster {
    id: u32,
    config: ClusterConfig,
    stage: ClusterStage,
    topology: Topology,
    refresh: Refresh,
    random: Random,
    /// The link of each node, by the node's number.
    nodes: Vec<NodeLink>,
    /// Links of nodes that left the cluster or moved, until they end.
    leaving: Vec<(u32, Millis)>,
    /// What became of the commands that were sent more than once, by ticket.
    tried: HashMap<u32, Tried>,
    /// Commands that wait to be sent again.
    parked: VecDeque<Parked>,
    /// When the nodes were looked at last.
    looked_at: Millis,
    /// Whether a connection was lost since the last look.
    lost_connection: bool,
    /// The last layout that JS was told.
    told: Option<String>,
    /// Whether reads may go to replicas, so that their links are opened and told READONLY.
    reads_replicas: bool,
    /// Whether the time that answers take decides where reads go; and when it is measured next.
    measures_latency: bool,
    ping_at: Millis,
    /// Whether the cluster keeps the process alive.
    referenced: bool,
    /// When the timers are due that were set, in any order.
    timers: Vec<Millis>,
    /// Links that got commands of the current batch.
    touched: Vec<u32>,
    /// The beginning of a chain whose rest is in the next batch.
    held: Held,
    /// The latest notices of slots that have moved.
    migrations: VecDeque<Migration>,
}

impl Cluster {
    fn new(id: u32, mut config: ClusterConfig) -> Self {
        config.node.session.keeps_commands = true;
        let seed = RandomState::new().build_hasher().finish();
        Self {
            id,
            stage: ClusterStage::Open,
            topology: Topology::default(),
            refresh: Refresh::new(config.refresh_interval, Random::new(seed)),
            random: Random::new(seed.rotate_left(32)),
            nodes: Vec::new(),
            leaving: Vec::new(),
            tried: HashMap::new(),
            parked: VecDeque::new(),
            looked_at: 0,
            lost_connection: false,
            told: None,
            reads_replicas: config.read_from != ReadFrom::Primary,
            measures_latency: config.read_from == ReadFrom::LowestLatency,
            ping_at: 0,
            referenced: true,
            timers: Vec::new(),
            touched: Vec::new(),
            held: Held::default(),
            migrations: VecDeque::new(),
            config,
        }
    }

    /// Whether commands are accepted.
    fn is_open(&self) -> bool {
        self.stage == ClusterStage::Open
    }

    fn is_closing(&self) -> bool {
        matches!(self.stage, ClusterStage::Closing | ClusterStage::Ending)
    }

    /// Whether the process must stay alive: the cluster has been connected and has not ended.
    pub(super) fn keeps_alive(&self) -> bool {
        let is_connected = self.stage == ClusterStage::Open && self.topology.nodes().iter().next().is_some();
        self.referenced && (is_connected || self.is_closing())
    }

    /// The link of a node, if it has one.
    #[inline]
    fn link_of(&self, node: NodeId) -> Option<u32> {
        self.nodes.get(node.index())?.link
    }

    /// The node that a link belongs to, unless it has left.
    fn node_of(&self, link: u32) -> Option<NodeId> {
        let number = self.nodes.iter().position(|node| node.link == Some(link))?;
        Some(NodeId(number as u16))
    }

    /// Whether a command waits here to be sent again, and can be cancelled.
    fn has_parked(&self, ticket: u32) -> bool {
        self.parked.iter().any(|parked| parked.ticket == ticket && parked.flags & flags::CANCELLABLE != 0)
    }

    /// All links: those of nodes, and those that leave.
    fn links(&self) -> Vec<u32> {
        self.nodes.iter().filter_map(|node| node.link).chain(self.leaving.iter().map(|(link, _)| *link)).collect()
    }
}

/// Whether there is a cluster with this id.
pub(super) fn is_known(clusters: &[Option<Box<Cluster>>], id: u32) -> bool {
    id.checked_sub(FIRST_CLUSTER).and_then(|index| clusters.get(index as usize)).is_some_and(Option::is_some)
}

/// A cluster by its id.
pub(super) fn place(clusters: &mut [Option<Box<Cluster>>], id: u32) -> Option<&mut Cluster> {
    clusters.get_mut(id.checked_sub(FIRST_CLUSTER)? as usize)?.as_deref_mut()
}

impl Engine {
    pub(super) fn cluster(&mut self, id: u32) -> Option<&mut Cluster> {
        place(&mut self.clusters, id)
    }

    /// Calls [`Engine::advance_cluster`] at `at`, or earlier.
    fn call_cluster_at(&mut self, id: u32, at: Millis) {
        let Some(cluster) = place(&mut self.clusters, id) else { return };
        if cluster.timers.iter().all(|set| *set > at) {
            cluster.timers.push(at);
            self.timers.set(at, Timer { link: id, serial: 0, kind: TimerKind::Cluster });
        }
    }

    /// Handles what has happened to a cluster, outside of the caller's stack.
    pub(super) fn call_cluster(&mut self, id: u32) {
        self.call_cluster_at(id, 0);
    }

    /// Handles a timer of a cluster.
    pub(super) fn on_cluster_timer(&mut self, id: u32, now: Millis) {
        let Some(cluster) = self.cluster(id) else { return };
        cluster.timers.retain(|at| *at > now);
        if std::mem::take(&mut cluster.lost_connection) {
            cluster.refresh.want(now);
            // Reads and commands without keys need not wait for the node.
            self.reroute(id, now);
        }
        self.settle_clusters(now);
        self.advance_cluster(id, now);
    }

    /// Goes on with everything that waits for a time: the layout, parked commands, the end of the cluster.
    fn advance_cluster(&mut self, id: u32, now: Millis) {
        let watched = self.advance_refresh(id, now);
        let pinged = self.measure_latency(id, now);
        self.release_parked(id, now);
        self.end_closed_cluster(id);
        let Some(cluster) = self.cluster(id) else { return };
        if cluster.stage == ClusterStage::Ended {
            return;
        }
        let parked = cluster.parked.iter().map(Parked::next_at).min();
        if let Some(at) = [cluster.refresh.next_at(), parked, watched, pinged].into_iter().flatten().min() {
            self.call_cluster_at(id, at.max(now + 1));
        }
    }

    /// Whether a request of JS with this ticket is queued or in flight on a link, or anywhere in a cluster.
    pub(super) fn has_request(&mut self, id: u32, ticket: u32) -> bool {
        let Some(cluster) = self.cluster(id) else { return self.link(id).is_some_and(|link| link.has(ticket)) };
        if cluster.held.has(ticket) || cluster.parked.iter().any(|parked| parked.ticket == ticket) {
            return true;
        }
        let links = cluster.links();
        links.into_iter().any(|link| self.link(link).is_some_and(|link| link.has(ticket)))
    }
}
