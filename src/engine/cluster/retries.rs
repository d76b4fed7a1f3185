//! Commands that a server did not run: it named another node, or it could not serve them yet. They are sent again
//! within the command's limits.

use std::collections::VecDeque;

use super::super::Engine;
use super::super::timers::Millis;
use super::{Cluster, ClusterStage};
use crate::boundary::{TraceReason, flags, read_from};
use crate::event::{Failure, LinkEvent, RequestPhase};
use crate::proto::command::{NO_SLOT, Request};
use crate::proto::kept::KeptCommand;
use crate::proto::segments::Segments;
use crate::proto::server_error::ServerErrorKind;
use crate::proto::session::Session;
use crate::proto::tape::View;
use crate::topology::{Address, Redirect};

/// Sent before a command that follows an ASK redirection, because its slot is being migrated to the node.
pub(super) const ASKING: &[u8] = b"*1\r\n$6\r\nASKING\r\n";

/// How many redirections by MOVED are followed without a pause: in a failover, two nodes may name each other for some ms.
const AT_ONCE: u32 = 3;
/// The least and the most time before a refused command is sent again, in ms.
const BACKOFF: (Millis, Millis) = (20, 200);
/// How long a command without a queue timeout is sent again, in ms.
const MOST_TIME: Millis = 60_000;

/// What became of a command so far.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct Tried {
    /// How often it was sent or refused.
    pub(super) attempts: u32,
    /// How often it was sent elsewhere, because of redirections and lost connections.
    pub(super) redirections: u32,
    refusals: u32,
    first_refusal: Option<Millis>,
    pub(super) reason: Option<TraceReason>,
    pub(super) last_redirect: Option<u32>,
    slot: Option<u16>,
    /// The error of the server that has refused it last, while it waits because of that.
    pub(super) refusal: Option<Box<str>>,
}

/// Where a command goes that came back.
#[derive(Debug)]
pub(super) enum Destination {
    /// To the node with this address.
    Node { address: Address, is_asking: bool },
    /// To whichever node the layout says.
    Owner,
    /// The same, at this time.
    Later { due: Millis, deadline: Option<Millis> },
}

/// A command that came back and is yet to be sent again.
#[derive(Debug)]
pub(in super::super) struct Returned {
    pub(super) cluster: u32,
    pub(super) ticket: u32,
    pub(super) flags: u32,
    pub(super) command: KeptCommand,
    pub(super) to: Destination,
}

impl Returned {
    pub(super) fn request(&self) -> Request {
        request(self.ticket, self.flags, &self.command)
    }
}

/// A command that waits to be sent again.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) ticket: u32,
    pub(super) flags: u32,
    pub(super) command: KeptCommand,
    pub(super) due: Millis,
    /// When it fails.
    pub(super) deadline: Option<Millis>,
}

impl Parked {
    pub(super) fn request(&self) -> Request {
        request(self.ticket, self.flags, &self.command)
    }

    pub(super) fn next_at(&self) -> Millis {
        self.deadline.map_or(self.due, |deadline| deadline.min(self.due))
    }
}

fn request(ticket: u32, flags: u32, command: &KeptCommand) -> Request {
    Request::Command { ticket, flags, slot: command.slot, timeout: command.timeout }
}

/// A redirection that a reply contained; it corrects the slot map.
#[derive(Debug)]
pub(in super::super) struct Noticed {
    cluster: u32,
    redirect: Redirect,
}

/// Registers a written request with its session. Keeps a copy of a command that may be redirected, without the ASKING
/// before it.
#[inline]
pub(in super::super) fn sent(session: &mut Session, request: Request, bytes: &[u8], segments: Option<&Segments>) {
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

/// A reply as [`Cluster::judge`] sees it.
pub(in super::super) struct Judged<'a> {
    pub(in super::super) link: u32,
    pub(in super::super) ticket: u32,
    pub(in super::super) flags: u32,
    pub(in super::super) reply: View<'a>,
    pub(in super::super) now: Millis,
}

impl Cluster {
    /// Decides from an error reply of a command whether to send it again. `None`: the reply goes to the caller.
    #[cold]
    pub(in super::super) fn judge(
        &mut self,
        session: &mut Session,
        noticed: &mut Vec<Noticed>,
        judged: &Judged<'_>,
    ) -> Option<Returned> {
        let Judged { ticket, flags, .. } = *judged;
        let kind = ServerErrorKind::of(judged.reply.text());
        let tried = self.tried.entry(ticket).or_default();
        tried.attempts += 1;
        tried.slot = session.answered_slot();
        let reason = match kind? {
            ServerErrorKind::Moved => TraceReason::Moved,
            ServerErrorKind::Ask => TraceReason::Ask,
            ServerErrorKind::TryAgain => TraceReason::TryAgain,
            ServerErrorKind::ClusterDown => TraceReason::ClusterDown,
            ServerErrorKind::Loading => TraceReason::Loading,
            ServerErrorKind::MasterDown => TraceReason::MasterDown,
            _ => return None,
        };
        tried.reason = Some(reason);
        let is_movable = flags & flags::MOVABLE != 0 && flags & flags::CHAINED == 0;
        if matches!(reason, TraceReason::Moved | TraceReason::Ask) {
            let address = self.redirected(noticed, judged)?;
            let redirections = self.tried.get(&ticket)?.redirections;
            let is_allowed = redirections <= self.config.most_redirections;
            let command = session.take_answered().filter(|_| is_movable && is_allowed)?;
            let is_asking = reason == TraceReason::Ask;
            let to = match redirections.checked_sub(AT_ONCE + 1).filter(|_| !is_asking) {
                None => Destination::Node { address, is_asking },
                Some(pauses) => {
                    self.note_refusal(judged);
                    Destination::Later { due: judged.now + pause(pauses), deadline: expiry(&command, judged.now) }
                }
            };
            return Some(self.returned(ticket, flags, command, to));
        }
        if reason == TraceReason::ClusterDown {
            self.refresh.want(judged.now);
        }
        let command = session.take_answered().filter(|_| is_movable)?;
        self.refused(reason, judged, command)
    }

    /// Takes note of a redirection. Returns the address that it names.
    fn redirected(&mut self, noticed: &mut Vec<Noticed>, judged: &Judged<'_>) -> Option<Address> {
        let redirect = Redirect::read(judged.reply.text())?.with_host(&self.host_of(judged.link));
        let (Redirect::Moved { address, .. } | Redirect::Ask { address, .. }) = &redirect;
        let address = address.clone();
        noticed.push(Noticed { cluster: self.id, redirect });
        let node = self.topology.nodes().at(&address);
        let link = node.and_then(|node| self.link_of(node));
        let tried = self.tried.entry(judged.ticket).or_default();
        tried.last_redirect = link;
        tried.redirections += 1;
        Some(address)
    }

    /// A server could not serve a command: it is sent again later, or to the primary at once.
    fn refused(&mut self, reason: TraceReason, judged: &Judged<'_>, command: KeptCommand) -> Option<Returned> {
        let Judged { ticket, flags, now, .. } = *judged;
        let is_unserved = matches!(reason, TraceReason::Loading | TraceReason::MasterDown);
        if is_unserved && flags & flags::READ != 0 && !self.is_link_of_primary(judged.link) {
            self.avoid(judged.link, now);
            return Some(self.returned(ticket, read_from_primary(flags), command, Destination::Owner));
        }
        let tried = self.tried.entry(ticket).or_default();
        let first = *tried.first_refusal.get_or_insert(now);
        let limit = if command.timeout > 0 { Millis::from(command.timeout) } else { MOST_TIME };
        if now >= first + limit {
            return None;
        }
        let pause = pause(tried.refusals);
        tried.refusals += 1;
        self.note_refusal(judged);
        let deadline = (command.timeout > 0).then_some(first + limit);
        Some(self.returned(ticket, flags, command, Destination::Later { due: now + pause, deadline }))
    }

    /// Keeps the error of a server for the case that the command fails while it waits because of it.
    fn note_refusal(&mut self, judged: &Judged<'_>) {
        let text = String::from_utf8_lossy(judged.reply.text());
        self.tried.entry(judged.ticket).or_default().refusal = Some(text.into());
    }

    fn returned(&self, ticket: u32, flags: u32, command: KeptCommand, to: Destination) -> Returned {
        Returned { cluster: self.id, ticket, flags: flags & !flags::ASKING, command, to }
    }

    /// Forgets what became of a command that was settled. Returns it for a trace.
    #[inline]
    pub(in super::super) fn ended(&mut self, ticket: u32) -> Option<Tried> {
        if self.tried.is_empty() { None } else { self.tried.remove(&ticket) }
    }

    /// The announced host of the node that a link belongs to.
    fn host_of(&self, link: u32) -> String {
        let node = self.node_of(link).and_then(|node| self.topology.node(node));
        node.map_or_else(String::new, |node| node.address.host.clone())
    }

    fn is_link_of_primary(&self, link: u32) -> bool {
        self.node_of(link).is_none_or(|node| self.topology.is_primary(node))
    }

    /// Keeps reads away from a replica for a while.
    fn avoid(&mut self, link: u32, now: Millis) {
        if let Some(node) = self.nodes.iter_mut().find(|node| node.link == Some(link)) {
            node.avoided_until = now + 1000;
        }
    }

    /// The words of the trace of a command that failed.
    pub(in super::super) fn trace(&mut self, ticket: u32, link: Option<u32>) -> [i32; 7] {
        trace(self.id, ticket, link, &self.ended(ticket).unwrap_or_default())
    }
}

/// How long a command waits that was refused so often before.
fn pause(refusals: u32) -> Millis {
    (BACKOFF.0 << refusals.min(8)).min(BACKOFF.1)
}

/// When the time is over that a command may wait from now on.
fn expiry(command: &KeptCommand, now: Millis) -> Option<Millis> {
    (command.timeout > 0).then(|| now + Millis::from(command.timeout))
}

pub(super) fn trace(cluster: u32, ticket: u32, link: Option<u32>, tried: &Tried) -> [i32; 7] {
    let number = |link: Option<u32>| link.map_or(-1, |link| link as i32);
    let reason = tried.reason.map_or(0, |reason| reason as i32);
    let slot = tried.slot.map_or(-1, i32::from);
    [cluster as i32, ticket as i32, number(link), tried.attempts as i32, reason, number(tried.last_redirect), slot]
}

/// The flags of a read that only the primary may serve.
fn read_from_primary(bits: u32) -> u32 {
    bits & !(read_from::MASK << read_from::SHIFT) | 1 << read_from::SHIFT
}

impl Engine {
    /// Fails a request that was submitted to a cluster, with its trace.
    pub(in super::super) fn fail_of_cluster(
        &mut self,
        id: u32,
        link: Option<u32>,
        request: &Request,
        failure: Failure,
        phase: RequestPhase,
    ) {
        let ticket = request.ticket();
        let mut tried = self.cluster(id).and_then(|cluster| cluster.ended(ticket)).unwrap_or_default();
        tried.attempts += u32::from(phase == RequestPhase::Written);
        if let Request::Command { slot, .. } = request {
            tried.slot = Some(*slot).filter(|slot| *slot != NO_SLOT);
        }
        if failure == Failure::ConnectionLost {
            tried.reason = Some(TraceReason::ConnectionLost);
        }
        if phase == RequestPhase::Queued {
            if link.is_some_and(|link| self.is_held(link)) {
                tried.reason = Some(TraceReason::Silent);
            } else if let Some(error) =
                tried.refusal.take().filter(|_| link.is_none() && request.flags() & flags::ROUTED != 0)
            {
                self.emit(id, LinkEvent::RefusedBefore { ticket, error: error.into() });
            }
        }
        let batch = self.open_batch();
        if request.flags() & flags::ROUTED != 0 {
            batch.trace(trace(id, ticket, link, &tried));
        }
        batch.failure(ticket, failure, phase);
    }

    /// Corrects slot maps by the redirections that came, and sends the commands again that came back.
    pub(super) fn send_returned(&mut self, now: Millis) {
        if self.returned.is_empty() && self.noticed.is_empty() {
            return;
        }
        let mut clusters = Vec::new();
        for Noticed { cluster: id, redirect } in std::mem::take(&mut self.noticed) {
            if !clusters.contains(&id) {
                clusters.push(id);
            }
            self.notice(id, &redirect, now);
        }
        let mut touched = Vec::new();
        for returned in std::mem::take(&mut self.returned) {
            if !clusters.contains(&returned.cluster) {
                clusters.push(returned.cluster);
            }
            self.send_again(returned, now, &mut touched);
        }
        touched.into_iter().for_each(|link| self.write_and_wake(link, now));
        clusters.into_iter().for_each(|id| self.advance_cluster(id, now));
    }

    /// Takes note of what a redirection says of the owner of its slot.
    fn notice(&mut self, id: u32, redirect: &Redirect, now: Millis) {
        let (Redirect::Moved { address, .. } | Redirect::Ask { address, .. }) = redirect;
        let is_over = |cluster: &&mut Cluster| cluster.stage == ClusterStage::Ended;
        let Some(cluster) = self.cluster(id).filter(|cluster| !is_over(cluster)) else { return };
        let Some((node, is_unknown)) = cluster.topology.node_at(address) else { return };
        if is_unknown {
            cluster.refresh.want(now);
        }
        let Redirect::Moved { slot, .. } = redirect else {
            self.link_of_node(id, node);
            return;
        };
        let is_new = cluster.topology.slot_moved(*slot, node);
        cluster.refresh.moved(*slot, node, is_new, now);
        self.link_of_node(id, node);
        if is_new {
            let cache = self.cluster(id).and_then(|cluster| {
                cluster.told = None;
                cluster.config.node.cache
            });
            self.forget_cached(cache, &[*slot]);
            self.emit(id, LinkEvent::SlotMoved { slot: *slot, node: node.0 });
            self.tell_roles(id);
        }
    }

    /// Queues a command that came back. `touched` gets the link.
    fn send_again(&mut self, returned: Returned, now: Millis, touched: &mut Vec<u32>) {
        let Returned { cluster: id, ticket, flags, command, to } = returned;
        let Some(cluster) = self.cluster(id) else { return };
        let (link, is_asking) = match &to {
            Destination::Later { due, deadline } => {
                let (due, deadline) = (*due, *deadline);
                return cluster.parked.push_back(Parked { ticket, flags, command, due, deadline });
            }
            Destination::Node { address, is_asking } => {
                let node = cluster.topology.node_at(address).map(|(node, _)| node);
                let link = node.and_then(|node| self.link_of_node(id, node));
                if let Some(tried) = self.cluster(id).and_then(|cluster| cluster.tried.get_mut(&ticket)) {
                    tried.last_redirect = link;
                }
                (link, *is_asking)
            }
            Destination::Owner => (self.link_for(id, command.slot, flags, now), false),
        };
        let expires_at = expiry(&command, now);
        let parked = Parked { ticket, flags, command, due: now, deadline: expires_at };
        match link {
            Some(link) => self.queue_again(id, link, parked, is_asking, touched),
            None => self.fail_of_cluster(id, None, &parked.request(), Failure::ConnectionLost, RequestPhase::Queued),
        }
    }

    /// Puts a command that came back into the queue of a link.
    fn queue_again(&mut self, id: u32, link: u32, parked: Parked, is_asking: bool, touched: &mut Vec<u32>) {
        let Some(open) = self.link(link).filter(|link| link.is_open()) else {
            let request = parked.request();
            return self.fail_of_cluster(id, Some(link), &request, Failure::ConnectionLost, RequestPhase::Queued);
        };
        let Parked { ticket, mut flags, command, deadline, .. } = parked;
        let (mut bytes, mut segments) = (command.bytes, command.segments);
        if is_asking {
            flags |= flags::ASKING;
            bytes.splice(0..0, ASKING.iter().copied());
            segments = segments.map(|segments| Box::new(segments.moved_on(ASKING.len())));
        }
        let request = Request::Command { ticket, flags, slot: command.slot, timeout: command.timeout };
        open.backlog.push(request, &bytes, segments, flags, deadline);
        if !touched.contains(&link) {
            touched.push(link);
        }
    }

    /// Sends the parked commands that are due, and fails those whose time is over.
    pub(super) fn release_parked(&mut self, id: u32, now: Millis) {
        let Some(cluster) = self.cluster(id) else { return };
        if cluster.parked.iter().all(|parked| parked.next_at() > now) {
            return;
        }
        let all = std::mem::take(&mut cluster.parked);
        let (due, waiting): (VecDeque<_>, VecDeque<_>) = all.into_iter().partition(|parked| parked.next_at() <= now);
        cluster.parked = waiting;
        let mut touched = Vec::new();
        for parked in due {
            if parked.deadline.is_some_and(|deadline| deadline <= now) {
                self.fail_of_cluster(id, None, &parked.request(), Failure::Timeout, RequestPhase::Queued);
                continue;
            }
            match self.link_for(id, parked.command.slot, parked.flags, now) {
                Some(link) => self.queue_again(id, link, parked, false, &mut touched),
                None => {
                    self.fail_of_cluster(id, None, &parked.request(), Failure::ConnectionLost, RequestPhase::Queued)
                }
            }
        }
        touched.into_iter().for_each(|link| self.write_and_wake(link, now));
    }

    /// Takes back a command that waits to be sent again. Returns false if there is none with this ticket.
    pub(in super::super) fn cancel_parked(&mut self, ticket: u32) -> bool {
        for cluster in self.clusters.iter_mut().flatten() {
            let is_it = |parked: &Parked| parked.ticket == ticket && parked.flags & flags::CANCELLABLE != 0;
            if let Some(index) = cluster.parked.iter().position(is_it) {
                cluster.parked.remove(index);
                cluster.ended(ticket);
                let id = cluster.id;
                self.call_cluster(id);
                return true;
            }
        }
        false
    }
}
