//! The links of nodes: opening them, telling JS of them, and what becomes of those whose node has left.

use super::super::Engine;
use super::super::link::Stage;
use super::super::timers::Millis;
use super::{Cluster, ClusterStage, place};
use crate::config::Endpoint;
use crate::event::LinkEvent;
use crate::proto::command::Inquiry;
use crate::topology::{Address, Changes, NodeId};

/// What a cluster knows of the link of a node.
#[derive(Debug, Default)]
pub(super) struct NodeLink {
    /// The link. A node without one gets one when it is needed.
    pub(super) link: Option<u32>,
    /// Whether the server was told that this connection reads from a replica.
    pub(super) is_readonly: bool,
    /// Since when the node owns no slots any more, if it did before.
    pub(super) lost_slots_at: Option<Millis>,
    /// Until when reads go elsewhere, because the node has refused one.
    pub(super) avoided_until: Millis,
    /// How long an answer takes, in ms.
    pub(super) latency: Option<f64>,
    /// The availability zone, if the node has told it.
    pub(super) zone: Option<String>,
}

impl Cluster {
    fn node_mut(&mut self, node: NodeId) -> &mut NodeLink {
        if self.nodes.len() <= node.index() {
            self.nodes.resize_with(node.index() + 1, NodeLink::default);
        }
        &mut self.nodes[node.index()]
    }

    /// Whether the link of a node is connected without being asked for.
    fn is_wanted(&self, node: NodeId) -> bool {
        !self.config.lazy && (self.reads_replicas || self.topology.is_primary(node))
    }
}

impl Engine {
    /// The link of a node with this announced address, which is added if it is unknown. `None`: there is no such
    /// cluster, it has ended, or it has too many nodes.
    pub fn node_at(&mut self, cluster: u32, address: &Address) -> Option<u32> {
        let found = self.cluster(cluster).filter(|cluster| cluster.is_open())?;
        let (node, _) = found.topology.node_at(address)?;
        self.link_of_node(cluster, node)
    }

    /// Connects the link of a node, if nobody has tried yet.
    pub fn open_node(&mut self, id: u32, now: Millis) {
        if self.link(id).is_some_and(|link| matches!(link.stage, Stage::Unopened)) {
            self.attempt(id, now);
        }
    }

    /// The link of a node, which gets one if it has none. `None` if the node is unknown or the cluster is closing.
    pub(super) fn link_of_node(&mut self, id: u32, node: NodeId) -> Option<u32> {
        let cluster = place(&mut self.clusters, id)?;
        if let Some(link) = cluster.link_of(node) {
            return Some(link);
        }
        if matches!(cluster.stage, ClusterStage::Ending | ClusterStage::Ended) {
            return None;
        }
        let known = cluster.topology.node(node)?.clone();
        let mut config = cluster.config.node.clone();
        config.dial.endpoint = Endpoint::Tcp { host: known.address.host.clone(), port: known.address.port };
        // Also if the cluster itself does not read from replicas: functions of users may choose one.
        let is_readonly = !cluster.topology.is_primary(node);
        config.session.readonly = is_readonly;
        let referenced = cluster.referenced;
        let link = self.add_link(config, Stage::Unopened);
        if let Some(added) = self.link(link) {
            added.cluster = Some(id);
            added.referenced = referenced;
        }
        let cluster = self.cluster(id)?;
        *cluster.node_mut(node) = NodeLink { link: Some(link), is_readonly, ..NodeLink::default() };
        let event = LinkEvent::NodeAdded {
            link,
            node: node.0,
            host: known.address.host,
            port: known.address.port,
            node_id: known.id,
        };
        self.emit(id, event);
        Some(link)
    }

    /// Carries out what a new layout has changed among the nodes. JS hears of new nodes before it hears of removed
    /// ones.
    pub(super) fn change_nodes(&mut self, id: u32, changes: &Changes, now: Millis) {
        let mut left = Vec::new();
        let Some(cluster) = self.cluster(id) else { return };
        for node in changes.readdressed.iter().chain(&changes.removed) {
            left.extend(cluster.node_mut(*node).link.take());
            *cluster.node_mut(*node) = NodeLink::default();
        }
        cluster.leaving.extend(left.into_iter().map(|link| (link, now)));
        for node in changes.added.iter().chain(&changes.readdressed) {
            self.link_of_node(id, *node);
        }
        for node in &changes.removed {
            self.emit(id, LinkEvent::NodeRemoved { node: node.0 });
        }
        self.connect_wanted(id, now);
        self.tell_roles(id);
    }

    /// Connects the links that are to be connected without being asked for.
    pub(super) fn connect_wanted(&mut self, id: u32, now: Millis) {
        let Some(cluster) = self.cluster(id).filter(|cluster| cluster.is_open()) else { return };
        let known: Vec<NodeId> = cluster.topology.nodes().iter().map(|(node, _)| node).collect();
        let wanted: Vec<NodeId> = known.into_iter().filter(|node| cluster.is_wanted(*node)).collect();
        for node in wanted {
            if let Some(link) = self.link_of_node(id, node) {
                self.open_node(link, now);
            }
        }
    }

    /// Tells servers whether they are read as replicas, where that has changed.
    pub(super) fn tell_roles(&mut self, id: u32) {
        let Some(cluster) = self.cluster(id) else { return };
        let mut changed = Vec::new();
        for (number, node) in (0u16..).zip(&cluster.nodes) {
            let is_replica = !cluster.topology.is_primary(NodeId(number));
            if node.link.is_some() && node.is_readonly != is_replica {
                changed.push(NodeId(number));
            }
        }
        for node in changed {
            self.tell_role(id, node);
        }
    }

    /// Tells a server that it is read as a replica, or no longer.
    fn tell_role(&mut self, id: u32, node: NodeId) {
        let Some(known) = self.cluster(id).map(|cluster| cluster.node_mut(node)) else { return };
        known.is_readonly = !known.is_readonly;
        let (is_readonly, link_id) = (known.is_readonly, known.link);
        let Some(link) = link_id.and_then(|link| self.link(link)) else { return };
        link.wishes.set_readonly(is_readonly);
        // Others get it with their handshake. That of an attempt may be under way without it.
        if matches!(link.stage, Stage::Attempt(_) | Stage::Ready(_) | Stage::Handing { .. }) {
            let id = link.id;
            self.inquire(id, if is_readonly { Inquiry::ReadOnly } else { Inquiry::ReadWrite }, None);
        }
    }

    /// Ends the links of nodes that have left. What was queued for them has been moved.
    pub(super) fn dismiss_left(&mut self, id: u32) {
        let leaving = self.cluster(id).map(|cluster| cluster.leaving.clone()).unwrap_or_default();
        for (link, _) in leaving {
            self.drop_inquiries(link);
            self.close(link);
        }
    }

    /// A link has ended, or its cluster lets it go: the node has no link from now on.
    pub(in super::super) fn detach(&mut self, link_id: u32) {
        let Some(id) = self.link(link_id).and_then(|link| link.cluster.take()) else { return };
        let Some(cluster) = self.cluster(id) else { return };
        cluster.leaving.retain(|(leaving, _)| *leaving != link_id);
        if let Some(node) = cluster.node_of(link_id) {
            *cluster.node_mut(node) = NodeLink::default();
        }
        self.call_cluster(id);
    }
}
