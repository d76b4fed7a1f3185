//! The engine: all links of one Node environment, with their queues, reconnection and deadlines. Single-threaded. It
//! takes bytes and the time and produces replies and events. JS never runs inside a call of this module: the caller
//! delivers the outbox between calls.

mod asking;
pub mod attempt;
pub mod backlog;
pub mod batch;
pub mod busy_poll;
mod caching;
pub mod cluster;
pub mod connection;
mod doubles;
pub mod handing;
mod incoming;
pub mod input;
mod lifecycle;
pub mod link;
pub mod maintenance;
mod mixups;
mod moving;
mod outgoing;
pub mod pieces;
#[cfg(test)]
mod tests;
pub mod timers;
pub mod windows;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

pub use asking::Answer;
pub use incoming::ReadStep;

use self::attempt::Dial;
use self::batch::Batch;
use self::busy_poll::BusyPoll;
use self::cluster::{Answered, Cluster, Noticed, Purpose, Returned};
use self::connection::{Connection, ConnectionKey};
use self::link::{Link, Stage};
use self::timers::{Millis, Timer, TimerKind, Timers};
use crate::boundary::flags;
use crate::cache::Caches;
use crate::config::DialConfig;
use crate::error::{EngineError, ErrorKind};
use crate::event::{Failure, LinkEvent, RequestPhase};
use crate::proto::command::{Inquiry, Request};
use crate::proto::segments::Segments;
use crate::proto::tape::Tape;

/// An entry of the outbox for JS. Entries are delivered in order.
#[derive(Debug)]
pub enum Output {
    /// Replies, pushes and failures.
    Batch(Batch),
    /// An event of a link.
    Event {
        /// The link.
        link: u32,
        /// What happened.
        event: LinkEvent,
    },
}

/// Opens connections for the engine.
pub trait Network {
    /// Starts a dial, whose result is reported with the token. `pump` forces the pump transport.
    fn dial(&mut self, token: u64, config: DialConfig, pump: bool) -> Dial;
}

/// All links of one environment.
pub struct Engine {
    links: Vec<Option<Box<Link>>>,
    network: Box<dyn Network>,
    timers: Timers,
    serial: u32,
    tape: Tape,
    outbox: VecDeque<Output>,
    spare: Option<Batch>,
    /// Links that need work outside the caller's stack.
    attention: Vec<u32>,
    /// The state of `socket.busyPoll`.
    pub busy_poll: BusyPoll,
    /// The client-side caches of the environment.
    pub caches: Caches,
    alive: bool,
    /// Whether `alive` must be computed again.
    alive_changed: bool,
    /// Large arguments of the batch that JS is encoding, by the index of their command.
    lent: Vec<(u32, Box<Segments>)>,
    /// Released ids, for reuse.
    free_ids: Vec<u32>,
    clusters: Vec<Option<Box<Cluster>>>,
    /// Commands of clusters that are yet to be sent again.
    returned: Vec<Returned>,
    /// Redirections that slot maps do not know of yet.
    noticed: Vec<Noticed>,
    /// What the engine has asked servers, by the number of the inquiry.
    inquiries: HashMap<u32, (Inquiry, Purpose)>,
    last_inquiry: u32,
    /// Answers to inquiries that are yet to be handled.
    answered: Vec<(u32, Answered)>,
    /// Number of timers above which stale ones are searched and dropped.
    most_timers: usize,
    /// How often `tick` was called.
    ticks: u64,
    /// The servers that do not tell of maintenance, and until when they are not asked again.
    refused_maintenance: HashMap<SocketAddr, Millis>,
}

/// Minimum of `most_timers`: fewer timers are not worth a search for stale ones.
const FEW_TIMERS: usize = 64;

impl Engine {
    /// An engine without links.
    pub fn new(network: Box<dyn Network>) -> Self {
        Self {
            links: Vec::new(),
            network,
            timers: Timers::default(),
            serial: 0,
            tape: Tape::new(),
            outbox: VecDeque::new(),
            spare: None,
            attention: Vec::new(),
            busy_poll: BusyPoll::default(),
            caches: Caches::default(),
            alive: false,
            alive_changed: false,
            lent: Vec::new(),
            free_ids: Vec::new(),
            clusters: Vec::new(),
            returned: Vec::new(),
            noticed: Vec::new(),
            inquiries: HashMap::new(),
            last_inquiry: 0,
            answered: Vec::new(),
            most_timers: FEW_TIMERS,
            ticks: 0,
            refused_maintenance: HashMap::new(),
        }
    }

    /// A link by its id.
    pub fn link(&mut self, id: u32) -> Option<&mut Link> {
        self.links.get_mut(id as usize)?.as_deref_mut()
    }

    /// Removes and returns the next entry of the outbox. Return batches with `recycle` after their delivery.
    pub fn next_output(&mut self) -> Option<Output> {
        let mut output = self.outbox.pop_front()?;
        if let Output::Batch(batch) = &mut output {
            batch.seal();
        }
        Some(output)
    }

    /// Whether the outbox has entries for JS.
    pub fn has_output(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Keeps the memory of a delivered batch for the next one, unless it is unusually large.
    pub fn recycle(&mut self, batch: Batch) {
        self.spare = Some(batch).filter(Batch::is_worth_keeping);
    }

    /// Returns and clears the attention list: links that need a `step` or have a failed write, to handle outside of
    /// JS's stack.
    pub fn take_attention(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.attention)
    }

    /// Puts a link on the attention list.
    pub fn postpone(&mut self, id: u32) {
        self.attention.push(id);
    }

    /// Whether the attention list has entries.
    pub fn needs_attention(&self) -> bool {
        !self.attention.is_empty()
    }

    /// Handles failed writes of a link. Returns the connections that it had before, as they may have unread bytes.
    pub fn settle_broken(&mut self, id: u32) -> Vec<ConnectionKey> {
        let Some(link) = self.link(id) else { return Vec::new() };
        let key = |connection: &mut Connection| ConnectionKey { link: id, serial: connection.serial };
        let mut keys = Vec::with_capacity(2);
        let mut broken = Vec::new();
        for connection in link.connections_mut() {
            keys.push(key(connection));
            broken.extend(connection.broken.take().map(|error| (key(connection), error)));
        }
        broken.into_iter().for_each(|(key, error)| self.lost(key, error));
        keys
    }

    /// Gives up the connections of a link after an internal fault (a panic) in handling it; without `id`, those of all
    /// links.
    pub fn on_fault(&mut self, id: Option<u32>) {
        for link in self.links.iter_mut().flatten().filter(|link| id.is_none_or(|id| link.id == id)) {
            for connection in link.connections_mut() {
                let text = "The connection was given up: the engine has failed inside";
                connection.broken = Some(EngineError::new(ErrorKind::Internal, text).with_code("OXREDIS_INTERNAL"));
            }
            self.attention.push(link.id);
        }
    }

    /// Handles an internal fault (a panic) during `submit`: gives up the connections of the batch's links and rejects
    /// the commands that no link has taken.
    pub fn on_lost_batch(&mut self, meta: &[i32]) {
        self.lent.clear();
        for (id, request) in outgoing::requests(meta) {
            self.on_fault(Some(id));
            let ticket = request.ticket();
            if !self.has_request(id, ticket) {
                self.fail(&request, Failure::Fault, RequestPhase::Written);
            }
        }
    }

    /// Cancels a queued request of any link; the caller settles it. Returns false if it was already written or is
    /// unknown.
    pub fn cancel(&mut self, ticket: u32) -> bool {
        let found = self.links.iter_mut().flatten().find_map(|link| link.backlog.cancel(ticket).then_some(link.id));
        let Some(id) = found else { return self.cancel_parked(ticket) };
        self.clusters.iter_mut().flatten().for_each(|cluster| _ = cluster.ended(ticket));
        self.tidy(id);
        true
    }

    /// When `tick` must be called next.
    pub fn next_tick(&self) -> Option<Millis> {
        self.timers.next()
    }

    /// Handles the timers that are due.
    pub fn tick(&mut self, now: Millis) {
        self.ticks += 1;
        while let Some(timer) = self.timers.pop_due(now) {
            let key = ConnectionKey { link: timer.link, serial: timer.serial };
            match timer.kind {
                TimerKind::Connect => self.on_connect_timeout(key),
                TimerKind::Idle => self.on_silence(key, now),
                TimerKind::Backlog => self.expire_backlog(timer.link, now),
                TimerKind::HandOver => self.on_hand_over_timer(key, now),
                TimerKind::Maintenance => self.on_maintenance_timer(timer.link, now),
                TimerKind::Cluster => self.on_cluster_timer(timer.link, now),
                TimerKind::Retry => {
                    if self.link(timer.link).is_some_and(|link| link.serial == timer.serial && link.is_waiting()) {
                        self.reconnect(timer.link, now);
                    }
                }
            }
        }
    }

    /// Whether any open link or cluster must keep the process alive.
    pub fn keeps_alive(&mut self) -> bool {
        if std::mem::take(&mut self.alive_changed) {
            self.alive = self.links.iter().flatten().any(|link| link.referenced && link.is_open())
                || self.clusters.iter().flatten().any(|cluster| cluster.keeps_alive());
        }
        self.alive
    }

    /// Sets whether a link keeps the process alive while it is open (`ref()` and `unref()`).
    pub fn set_referenced(&mut self, id: u32, referenced: bool) {
        if cluster::is_cluster(id) {
            return self.set_cluster_referenced(id, referenced);
        }
        self.alive_changed = true;
        if let Some(link) = self.link(id) {
            link.referenced = referenced;
        }
    }

    /// Drops all links, caches and pending work.
    pub fn clear(&mut self) {
        self.caches.clear();
        self.links.clear();
        self.lent.clear();
        self.free_ids.clear();
        self.clusters.clear();
        self.returned.clear();
        self.inquiries.clear();
        self.answered.clear();
        self.outbox.clear();
        self.attention.clear();
    }

    /// Drops stale timers if there are many. Each attempt leaves timers behind, which would accumulate with frequent
    /// attempts and long timeouts.
    fn drop_stale_timers(&mut self) {
        if self.timers.len() <= self.most_timers {
            return;
        }
        let (links, clusters) = (&self.links, &self.clusters);
        self.timers.retain(|timer| {
            if timer.kind == TimerKind::Cluster {
                return cluster::is_known(clusters, timer.link);
            }
            let Some(link) = links.get(timer.link as usize).and_then(Option::as_deref) else { return false };
            let is_of = |connection: &Connection| connection.serial == timer.serial;
            match timer.kind {
                TimerKind::Connect => link.attempt().is_some_and(|attempt| is_of(&attempt.connection)),
                TimerKind::Retry => link.serial == timer.serial && link.is_waiting(),
                TimerKind::Idle => link.is_ready() && link.connection().is_some_and(is_of),
                TimerKind::Backlog => link.backlog_timer.is_some(),
                TimerKind::HandOver => true,
                TimerKind::Maintenance => link.maintenance.is_some(),
                TimerKind::Cluster => true,
            }
        });
        self.most_timers = FEW_TIMERS.max(2 * self.timers.len());
    }

    fn expire_backlog(&mut self, id: u32, now: Millis) {
        let Some(link) = self.link(id) else { return };
        if link.backlog_timer.is_some_and(|at| at > now) {
            // A stale timer: another one was set since, and handles the expiry.
            return;
        }
        link.backlog_timer = None;
        let mut expired = Vec::new();
        link.backlog.expire(now, |request, is_relaxed| expired.push((request, is_relaxed)));
        for (request, is_relaxed) in &expired {
            let failure = if *is_relaxed { Failure::TimeoutDuringMaintenance } else { Failure::Timeout };
            self.fail_on(id, request, failure, RequestPhase::Queued);
        }
        self.tidy(id);
    }

    /// Completes any operation on a link: rejects requests that cannot be sent, notes a failed write, sets the next
    /// backlog timer, ends a drained link. Every operation calls it last.
    fn tidy(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let gone = std::mem::take(&mut link.gone);
        let is_broken = link.connections_mut().any(|connection| connection.broken.is_some());
        let is_handing = matches!(link.stage, Stage::Handing { .. });
        let is_arriving = link.arrival.is_some();
        let is_done = link.is_done();
        let cluster = link.cluster;
        let expiry = link.backlog.next_expiry().filter(|at| link.backlog_timer.is_none_or(|set| *at < set));
        if let Some(at) = expiry {
            link.backlog_timer = Some(at);
            self.timers.set(at, Timer { link: id, serial: 0, kind: TimerKind::Backlog });
        }
        for request in &gone {
            self.fail_on(id, request, Failure::ArgumentGone, RequestPhase::Queued);
        }
        if is_broken || !gone.is_empty() {
            // The caller may be JS: the failure is handled after this call.
            self.attention.push(id);
        }
        if is_done {
            return self.end(id, Failure::Closed);
        }
        if is_arriving {
            self.arrive(id);
        }
        if is_handing {
            self.take_over(id);
        }
        if let Some(cluster) = cluster
            && self.is_cluster_closing(cluster)
        {
            self.call_cluster(cluster);
        }
    }

    fn fail_backlog(&mut self, id: u32, failure: Failure) {
        let Some(link) = self.link(id) else { return };
        let mut dropped = Vec::new();
        link.backlog.clear(|request| dropped.push(request));
        dropped.iter().for_each(|request| link.wishes.forsake(request));
        for request in &dropped {
            self.fail_on(id, request, failure, RequestPhase::Queued);
        }
    }

    fn fail(&mut self, request: &Request, failure: Failure, phase: RequestPhase) {
        if let Request::Inquiry { number, .. } = request {
            return self.lose_inquiry(*number);
        }
        self.open_batch().failure(request.ticket(), failure, phase);
    }

    /// Like `fail`, for a request of a link. If it belongs to a cluster, what became of it there is told first.
    fn fail_on(&mut self, id: u32, request: &Request, failure: Failure, phase: RequestPhase) {
        let cluster = self.link(id).and_then(|link| link.cluster);
        match cluster.filter(|_| request.flags() & (flags::ROUTED | flags::MOVABLE) != 0) {
            Some(cluster) => self.fail_of_cluster(cluster, Some(id), request, failure, phase),
            None => self.fail(request, failure, phase),
        }
    }

    /// The batch that the next item belongs to.
    fn open_batch(&mut self) -> &mut Batch {
        if !matches!(self.outbox.back(), Some(Output::Batch(_))) {
            let batch = self.spare_batch();
            self.outbox.push_back(Output::Batch(batch));
        }
        match self.outbox.back_mut() {
            Some(Output::Batch(batch)) => batch,
            _ => unreachable!("it was just added"),
        }
    }

    fn emit(&mut self, link: u32, event: LinkEvent) {
        self.outbox.push_back(Output::Event { link, event });
    }

    fn spare_batch(&mut self) -> Batch {
        let mut batch = self.spare.take().unwrap_or_default();
        batch.clear();
        batch
    }
}
