//! Cluster clients, each with one link per node: a command goes to the link of the node that owns its hash slot, and
//! follows MOVED and ASK redirections. [`crate::topology`] decides where to; this module does it with links.

use super::Engine;
use super::link::LinkConfig;
use super::outgoing::Meta;
use super::timers::Millis;
use crate::boundary::{flags, meta};
use crate::event::{Failure, RequestPhase};
use crate::proto::command::Request;
use crate::proto::kept::KeptCommand;
use crate::proto::segments::Segments;
use crate::proto::session::Session;
use crate::proto::tape::View;
use crate::topology::{Address, NodeId, Redirect, SlotMap, Topology, Verdict};

/// Ids from this one on name clusters; smaller ids name links.
const FIRST_CLUSTER: u32 = 1 << 30;

/// Sent before a command that follows an ASK redirection, because its slot is being migrated to the node.
const ASKING: &[u8] = b"*1\r\n$6\r\nASKING\r\n";

/// Whether an id names a cluster.
pub(super) fn is_cluster(id: u32) -> bool {
    id >= FIRST_CLUSTER
}

/// A cluster client: its topology and the links of its nodes.
pub(super) struct Cluster {
    topology: Topology,
    /// The link of each node.
    links: Vec<u32>,
}

impl Cluster {
    /// The link for a slot. If its owner is unknown: the first node, which redirects the command.
    fn link_for(&self, slot: u16) -> Option<u32> {
        let node = self.topology.route(slot).unwrap_or(NodeId(0));
        self.links.get(usize::from(node.0)).copied()
    }

    /// Forgets the redirections of a command that was settled.
    #[inline]
    pub(super) fn ended(&mut self, ticket: u32) {
        self.topology.ended(ticket);
    }

    /// Decides from the reply of a command whether to send it to another node. `None`: the reply goes to the caller.
    pub(super) fn sent_elsewhere(
        &mut self,
        session: &mut Session,
        ticket: u32,
        flags: u32,
        reply: View<'_>,
    ) -> Option<Moved> {
        let redirect = reply.is_error().then(|| Redirect::read(reply.text())).flatten();
        let kept = redirect.as_ref().and_then(|_| session.take_answered());
        let (Some(redirect), Some(command)) = (redirect, kept) else {
            self.ended(ticket);
            return None;
        };
        match self.topology.judge(ticket, &redirect) {
            Verdict::Send { node, asking } => {
                let link = self.links.get(usize::from(node.0)).copied()?;
                let flags = if asking { flags | flags::ASKING } else { flags & !flags::ASKING };
                Some(Moved { link, ticket, flags, command })
            }
            Verdict::Answer => None,
        }
    }
}

/// A redirected command that is yet to be sent over another link.
pub(super) struct Moved {
    link: u32,
    ticket: u32,
    flags: u32,
    command: KeptCommand,
}

/// Registers a written request with its session. Keeps a copy of a command that may be redirected, without the ASKING
/// before it.
#[inline]
pub(super) fn sent(session: &mut Session, request: Request, bytes: &[u8], segments: Option<&Segments>) {
    let Request::Command { flags, .. } = &request else { return session.sent(request) };
    if flags & flags::MOVABLE == 0 {
        return session.sent(request);
    }
    if flags & flags::ASKING == 0 {
        return session.sent_movable(request, bytes, segments);
    }
    session.sent_asking();
    let own = bytes.get(ASKING.len()..).unwrap_or_default();
    let segments = segments.map(|segments| segments.moved_back(ASKING.len()));
    session.sent_movable(request, own, segments.as_ref());
}

/// A cluster by its id.
pub(super) fn place(clusters: &mut [Option<Box<Cluster>>], id: u32) -> Option<&mut Cluster> {
    clusters.get_mut(id.checked_sub(FIRST_CLUSTER)? as usize)?.as_deref_mut()
}

impl Engine {
    /// Adds a cluster without nodes and returns its id. `most_redirects`: how many redirections a command follows; its
    /// caller gets the next one as an error.
    pub fn open_cluster(&mut self, most_redirects: u8) -> u32 {
        self.clusters.push(Some(Box::new(Cluster { topology: Topology::new(most_redirects), links: Vec::new() })));
        FIRST_CLUSTER + self.clusters.len() as u32 - 1
    }

    /// Returns the link of a cluster's node. A node that is not known yet is added, and its link begins to connect with
    /// `config`.
    pub fn add_node(&mut self, cluster: u32, address: Address, mut config: LinkConfig, now: Millis) -> Option<u32> {
        let found = self.cluster(cluster)?;
        let node = usize::from(found.topology.node(address).0);
        if let Some(link) = found.links.get(node) {
            return Some(*link);
        }
        config.session.keeps_commands = true;
        let link = self.open(config, now);
        if let Some(opened) = self.link(link) {
            opened.cluster = Some(cluster);
        }
        self.cluster(cluster)?.links.push(link);
        Some(link)
    }

    /// Changes the slot map of a cluster.
    pub fn with_slots(&mut self, cluster: u32, change: impl FnOnce(&mut SlotMap)) {
        if let Some(cluster) = self.cluster(cluster) {
            change(cluster.topology.slots_mut());
        }
    }

    fn cluster(&mut self, id: u32) -> Option<&mut Cluster> {
        place(&mut self.clusters, id)
    }

    /// Queues commands on the links of their nodes and writes as much as the sockets accept. `first` is the index of
    /// the first of them in the batch.
    pub(super) fn submit_to_cluster(&mut self, id: u32, first: usize, meta: &[i32], bytes: &[u8], now: Millis) {
        let commands: Vec<Meta<'_>> = meta.chunks_exact(meta::WORDS).map(Meta).collect();
        let mut touched: Vec<u32> = Vec::new();
        let (mut at, mut in_chain, mut target) = (0, false, None);
        for (index, command) in commands.iter().enumerate() {
            let end = at + command.length();
            if !in_chain {
                target = self.cluster(id).and_then(|cluster| cluster.link_for(slot_of_chain(&commands[index..])));
            }
            let is_alone = !in_chain && !command.is_in_chain();
            in_chain = command.is_in_chain();
            let segments = self.take_lent(first + index, command.flags());
            let Some(link) = target.and_then(|link| self.link(link)).filter(|link| link.is_open()) else {
                self.fail(&command.request(), Failure::Closed, RequestPhase::Queued);
                at = end;
                continue;
            };
            let request = match command.request_of(&bytes[at..end]) {
                Request::Command { ticket, flags, slot } if is_alone => {
                    Request::Command { ticket, flags: flags | flags::MOVABLE, slot }
                }
                other => other,
            };
            link.backlog.push(request, &bytes[at..end], segments, command.flags(), command.expires_at(now));
            if !touched.contains(&link.id) {
                touched.push(link.id);
            }
            at = end;
        }
        touched.into_iter().for_each(|link| self.write_to(link, now));
    }

    /// Sends the redirected commands to their new nodes.
    pub(super) fn send_moved(&mut self, now: Millis) {
        for Moved { link: id, ticket, flags, command } in std::mem::take(&mut self.moved) {
            let request = Request::Command { ticket, flags, slot: command.slot };
            let Some(link) = self.link(id).filter(|link| link.is_open()) else {
                self.fail(&request, Failure::ConnectionLost, RequestPhase::Queued);
                continue;
            };
            if flags & flags::ASKING == 0 {
                link.backlog.push(request, &command.bytes, command.segments, flags, None);
            } else {
                let segments = command.segments.map(|segments| Box::new(segments.moved_on(ASKING.len())));
                link.backlog.push(request, &[ASKING, &command.bytes].concat(), segments, flags, None);
            }
            self.write_to(id, now);
        }
    }
}

/// The slot of a chain, or of a single command: that of the first command that has one (MULTI has none).
fn slot_of_chain(commands: &[Meta<'_>]) -> u16 {
    let length = commands.iter().position(|command| !command.is_in_chain()).map_or(commands.len(), |last| last + 1);
    let mut slots = commands[..length].iter().map(Meta::slot);
    slots.find(|slot| *slot != crate::proto::command::NO_SLOT).unwrap_or(crate::proto::command::NO_SLOT)
}
