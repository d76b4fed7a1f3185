//! Inquiries: what the engine asks servers for itself, and what their answers lead to.

use std::time::Instant;

use super::super::Engine;
use super::super::timers::Millis;
use super::{ClusterStage, place};
use crate::boundary::flags;
use crate::config::Endpoint;
use crate::error::{EngineError, ErrorKind};
use crate::event::LinkEvent;
use crate::proto::command::{Inquiry, Request};
use crate::proto::server_error::ServerErrorKind;
use crate::proto::tape::View;
use crate::topology::{Layout, NodeId};

/// Why something was asked.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Purpose {
    /// JS wants to know whether this server can tell the layout.
    Discovery { cluster: u32, link: u32 },
    /// The layout is read again.
    Refresh { cluster: u32, node: NodeId, link: u32 },
    /// How long an answer takes.
    Latency { cluster: u32, link: u32, sent: Instant },
    /// In which availability zone the node is.
    Zone { cluster: u32, link: u32 },
}

impl Purpose {
    fn cluster(&self) -> u32 {
        let (Self::Discovery { cluster, .. }
        | Self::Refresh { cluster, .. }
        | Self::Latency { cluster, .. }
        | Self::Zone { cluster, .. }) = *self;
        cluster
    }
}

/// The answer to an inquiry.
#[derive(Debug)]
pub(in super::super) enum Answered {
    /// A layout; `None` if the reply is none.
    Layout(Option<Layout>),
    /// The server's error.
    Refused(EngineError),
    /// The availability zone; `None` if it is unknown.
    Zone(Option<String>),
    /// Another reply, which nobody reads.
    Other,
    /// There will be no answer.
    Lost,
}

impl Answered {
    /// Reads the reply to an inquiry.
    pub(in super::super) fn read(what: Inquiry, reply: View<'_>, is_tls: bool) -> Self {
        if reply.is_error() {
            let text = String::from_utf8_lossy(reply.text());
            return Self::Refused(EngineError::new(ErrorKind::Server, text));
        }
        match what {
            Inquiry::Slots => Self::Layout(Layout::of_slots(reply)),
            Inquiry::Shards => Self::Layout(Layout::of_shards(reply, is_tls)),
            Inquiry::Info => Self::Zone(zone_in(reply.text())),
            Inquiry::ReadOnly | Inquiry::ReadWrite | Inquiry::Ping => Self::Other,
        }
    }
}

impl Engine {
    /// Asks a server something. It goes ahead of queued commands.
    pub(super) fn inquire(&mut self, id: u32, what: Inquiry, purpose: Option<Purpose>) {
        self.last_inquiry = self.last_inquiry.wrapping_add(1);
        let number = self.last_inquiry;
        let request = Request::Inquiry { what, number };
        if let Some(purpose) = purpose {
            self.inquiries.insert(number, (what, purpose));
        }
        let Some(link) = self.link(id).filter(|link| link.is_open()) else { return self.lose_inquiry(number) };
        let mut bytes = Vec::new();
        request.encode(&mut bytes);
        link.backlog.push(request, &bytes, None, flags::ASAP, None);
        link.write();
        self.tidy(id);
    }

    /// An inquiry will not be answered.
    pub(in super::super) fn lose_inquiry(&mut self, number: u32) {
        let Some((_, purpose)) = self.inquiries.get(&number) else { return };
        let cluster = purpose.cluster();
        self.answered.push((number, Answered::Lost));
        self.call_cluster(cluster);
    }

    /// Reads the layout over a link of JS, which must be ready. The answer is an event of the cluster.
    pub fn discover(&mut self, cluster: u32, link: u32, now: Millis) {
        if self.cluster(cluster).is_none() {
            return;
        }
        if !self.link(link).is_some_and(|link| link.is_ready()) {
            let error = EngineError::new(ErrorKind::SocketClosed, "The server is not connected");
            return self.emit(cluster, LinkEvent::NotDiscovered { link, error });
        }
        self.inquire(link, Inquiry::Slots, Some(Purpose::Discovery { cluster, link }));
        self.settle_clusters(now);
    }

    /// Handles what has become of inquiries, and sends the commands again that servers sent back.
    pub(in super::super) fn settle_clusters(&mut self, now: Millis) {
        loop {
            self.send_returned(now);
            for (number, answer) in std::mem::take(&mut self.answered) {
                if let Some((what, purpose)) = self.inquiries.remove(&number) {
                    self.on_answer(what, purpose, answer, now);
                }
            }
            if self.answered.is_empty() && self.returned.is_empty() {
                break;
            }
        }
    }

    fn on_answer(&mut self, what: Inquiry, purpose: Purpose, answer: Answered, now: Millis) {
        let (cluster, link) = match purpose {
            Purpose::Discovery { cluster, link } | Purpose::Refresh { cluster, link, .. } => (cluster, link),
            Purpose::Latency { cluster, link, sent } => return self.on_pong(cluster, link, &answer, sent),
            Purpose::Zone { cluster, link } => return self.on_zone(cluster, link, answer),
        };
        if let (Inquiry::Slots, Answered::Refused(error)) = (what, &answer)
            && is_unknown_or_forbidden(error)
        {
            return self.inquire(link, Inquiry::Shards, Some(purpose));
        }
        let layout = match answer {
            Answered::Layout(Some(layout)) if layout.has_slots() => Ok(layout.with_host(&self.host_of(link))),
            Answered::Layout(Some(_)) => Err(EngineError::new(ErrorKind::Protocol, "The cluster has no slots")),
            Answered::Layout(None) | Answered::Zone(_) | Answered::Other => {
                Err(EngineError::new(ErrorKind::Protocol, "The server does not tell the layout of its cluster"))
            }
            Answered::Refused(error) => Err(error),
            Answered::Lost => Err(EngineError::new(ErrorKind::SocketClosed, "The connection was lost")),
        };
        let Some(found) = self.cluster(cluster).filter(|cluster| cluster.stage != ClusterStage::Ended) else { return };
        let event = match (purpose, layout) {
            (Purpose::Refresh { node, .. }, layout) => {
                found.refresh.answered(node, layout.ok());
                None
            }
            (Purpose::Discovery { .. }, Ok(layout)) => {
                found.refresh.offered(layout);
                Some(LinkEvent::Discovered { link })
            }
            (_, Err(error)) => Some(LinkEvent::NotDiscovered { link, error }),
            (_, Ok(_)) => None,
        };
        self.advance_cluster(cluster, now);
        // JS hears of the nodes and their slots first, and of nothing after the end.
        let is_over = self.cluster(cluster).is_none_or(|cluster| cluster.stage == ClusterStage::Ended);
        if let Some(event) = event.filter(|_| !is_over) {
            self.emit(cluster, event);
        }
    }

    /// The host that a server has without telling: that of its node, else the one that the link is connected to.
    pub(super) fn host_of(&mut self, id: u32) -> String {
        let Some(link) = self.links.get(id as usize).and_then(Option::as_deref) else { return String::new() };
        let cluster = link.cluster.and_then(|cluster| place(&mut self.clusters, cluster));
        let node = cluster.and_then(|cluster| cluster.topology.node(cluster.node_of(id)?).cloned());
        match (node, &link.config.dial.endpoint) {
            (Some(node), _) => node.address.host,
            (None, Endpoint::Tcp { host, .. }) => host.clone(),
            (None, Endpoint::Unix { .. }) => "localhost".to_owned(),
        }
    }
}

/// Whether a server refused CLUSTER SLOTS in a way that leaves CLUSTER SHARDS worth a try.
fn is_unknown_or_forbidden(error: &EngineError) -> bool {
    let kind = ServerErrorKind::of(error.message.as_bytes());
    matches!(kind, Some(ServerErrorKind::Err | ServerErrorKind::NoPerm))
}

/// The availability zone in a reply to INFO SERVER.
fn zone_in(info: &[u8]) -> Option<String> {
    let lines = std::str::from_utf8(info).ok()?.lines();
    let zone = lines.filter_map(|line| line.strip_prefix("availability_zone:")).next()?;
    (!zone.is_empty()).then(|| zone.to_owned())
}
