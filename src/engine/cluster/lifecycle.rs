//! The life of a cluster: opening, closing, destroying, releasing.

use super::super::link::Stage;
use super::super::timers::Millis;
use super::super::{Engine, Output};
use super::{Cluster, ClusterConfig, ClusterStage, FIRST_CLUSTER, place};
use crate::event::{Failure, LinkEvent, RequestPhase};

impl Engine {
    /// Adds a cluster without nodes and returns its id. Opens no connection: see [`Engine::discover`].
    pub fn open_cluster(&mut self, config: ClusterConfig) -> u32 {
        let free = self.clusters.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.clusters.push(None);
            self.clusters.len() - 1
        });
        let id = FIRST_CLUSTER + index as u32;
        self.clusters[index] = Some(Box::new(Cluster::new(id, config)));
        id
    }

    /// Ends the cluster after its accepted commands are answered (JS refuses new ones).
    pub fn close_cluster(&mut self, id: u32, now: Millis) {
        let Some(cluster) = self.cluster(id).filter(|cluster| cluster.is_open()) else { return };
        cluster.stage = ClusterStage::Closing;
        self.alive_changed = true;
        self.advance_cluster(id, now);
    }

    /// Rejects all outstanding requests and ends the cluster.
    pub fn destroy_cluster(&mut self, id: u32) {
        let Some(cluster) = self.cluster(id).filter(|cluster| cluster.stage != ClusterStage::Ended) else { return };
        cluster.stage = ClusterStage::Ending;
        self.fail_held(id, Failure::Destroyed);
        let parked = self.cluster(id).map(|cluster| std::mem::take(&mut cluster.parked)).unwrap_or_default();
        for parked in parked {
            self.fail_of_cluster(id, None, &parked.request(), Failure::Destroyed, RequestPhase::Queued);
        }
        let returned = std::mem::take(&mut self.returned);
        let (own, others) = returned.into_iter().partition(|returned| returned.cluster == id);
        self.returned = others;
        for returned in own {
            self.fail_of_cluster(id, None, &returned.request(), Failure::Destroyed, RequestPhase::Queued);
        }
        let links = self.cluster(id).map(|cluster| cluster.links()).unwrap_or_default();
        links.into_iter().for_each(|link| self.destroy(link));
        self.end_closed_cluster(id);
    }

    /// Removes a cluster with its undelivered events, as its id may be reused.
    pub(in super::super) fn release_cluster(&mut self, id: u32) {
        self.destroy_cluster(id);
        self.outbox.retain(|output| !matches!(output, Output::Event { link, .. } if *link == id));
        if let Some(place) = id.checked_sub(FIRST_CLUSTER).and_then(|index| self.clusters.get_mut(index as usize)) {
            *place = None;
            self.alive_changed = true;
        }
    }

    /// Sets whether a cluster keeps the process alive while its links are open.
    pub(in super::super) fn set_cluster_referenced(&mut self, id: u32, referenced: bool) {
        let Some(cluster) = self.cluster(id) else { return };
        cluster.referenced = referenced;
        let links = cluster.links();
        self.alive_changed = true;
        links.into_iter().for_each(|link| self.set_referenced(link, referenced));
    }

    /// Whether `close()` waits for the commands of a cluster.
    pub(in super::super) fn is_cluster_closing(&mut self, id: u32) -> bool {
        place(&mut self.clusters, id).is_some_and(|cluster| cluster.is_closing())
    }

    /// Ends the links of a closing cluster once nothing is outstanding, and the cluster with its last link.
    pub(super) fn end_closed_cluster(&mut self, id: u32) {
        let Some(cluster) = self.cluster(id).filter(|cluster| cluster.is_closing()) else { return };
        let links = cluster.links();
        links.iter().for_each(|link| self.drop_inquiries(*link));
        let Some(cluster) = self.cluster(id) else { return };
        if cluster.stage == ClusterStage::Closing {
            if !cluster.held.is_empty()
                || !cluster.parked.is_empty()
                || self.returned.iter().any(|returned| returned.cluster == id)
            {
                return;
            }
            if links
                .iter()
                .any(|link| self.link(*link).is_some_and(|link| !is_idle(&link.stage, link.backlog.is_empty())))
            {
                return;
            }
            if let Some(cluster) = self.cluster(id) {
                cluster.stage = ClusterStage::Ending;
            }
            links.iter().for_each(|link| self.close(*link));
        }
        let Some(cluster) = self.cluster(id) else { return };
        if cluster.links().is_empty() && cluster.stage == ClusterStage::Ending {
            cluster.stage = ClusterStage::Ended;
            self.alive_changed = true;
            self.emit(id, LinkEvent::Ended);
        }
    }
}

/// Whether a link has nothing to complete.
fn is_idle(stage: &Stage, is_queue_empty: bool) -> bool {
    let is_drained = match stage {
        Stage::Ready(connection) | Stage::Handing { old: connection, .. } => connection.is_drained(),
        _ => true,
    };
    is_drained && is_queue_empty
}
