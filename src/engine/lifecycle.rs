//! The life of a link: opening, handshake, loss of the connection, reconnection, closing.

use std::net::SocketAddr;

use super::attempt::{Attempt, AttemptStep};
use super::connection::{Connection, ConnectionKey};
use super::link::{Link, LinkConfig, Stage};
use super::mixups;
use super::timers::{Millis, Timer, TimerKind};
use super::{Engine, Output, cluster};
use crate::config::RespVersion;
use crate::error::{EngineError, ErrorKind};
use crate::event::{Failure, LinkEvent, Question, RequestPhase};
use crate::proto::command::Request;
use crate::proto::kept::KeptCommand;
use crate::transport::Transport;

/// What remains to be settled after a connection was dropped.
#[derive(Default)]
pub(super) struct Lost {
    /// The requests that were in flight, oldest first.
    pub(super) in_flight: Vec<Request>,
    /// The bytes of those that can be sent again: see [`Session::take_kept`](crate::proto::session::Session::take_kept).
    pub(super) kept: Vec<Option<KeptCommand>>,
    /// Set if the connection was given up because a request lost a large argument; see [`Connection::cut`].
    cut: Option<RequestPhase>,
}

impl Engine {
    /// Adds a link, starts to connect and returns its id. The link exists until JS calls `release` after its end.
    pub fn open(&mut self, config: LinkConfig, now: Millis) -> u32 {
        let id = self.add_link(config, Stage::Closed);
        self.attempt(id, now);
        id
    }

    /// Adds a link and returns its id.
    pub(super) fn add_link(&mut self, config: LinkConfig, stage: Stage) -> u32 {
        let id = self.free_ids.pop().unwrap_or(self.links.len() as u32);
        let mut link = Box::new(Link::new(id, config));
        link.stage = stage;
        match self.links.get_mut(id as usize) {
            Some(free) => *free = Some(link),
            None => self.links.push(Some(link)),
        }
        self.alive_changed = true;
        id
    }

    /// Removes a link or a cluster, and its undelivered events except `BlockDropped`, as its id may be reused.
    pub fn release(&mut self, id: u32) {
        if cluster::is_cluster(id) {
            return self.release_cluster(id);
        }
        self.detach(id);
        let is_of_link = |event: &LinkEvent| !matches!(event, LinkEvent::BlockDropped { .. });
        self.outbox
            .retain(|output| !matches!(output, Output::Event { link, event } if *link == id && is_of_link(event)));
        let lost = self.disconnect(id, Stage::Closed);
        for request in lost.in_flight.iter().filter(|request| matches!(request, Request::Inquiry { .. })) {
            self.fail(request, Failure::ConnectionLost, RequestPhase::Written);
        }
        if self.links.get_mut(id as usize).and_then(Option::take).is_some() {
            self.free_ids.push(id);
            self.alive_changed = true;
        }
    }

    /// Ends the link after its accepted commands are answered (JS refuses new ones). Between two attempts it ends at
    /// once; during an attempt it waits only if commands are queued.
    pub fn close(&mut self, id: u32) {
        let Some(link) = self.link(id).filter(|link| link.is_open()) else { return };
        link.draining = true;
        match link.stage {
            Stage::Unopened | Stage::Undecided | Stage::Waiting => self.end(id, Failure::Closed),
            _ => self.tidy(id),
        }
    }

    /// Rejects all outstanding requests and ends the link.
    pub fn destroy(&mut self, id: u32) {
        if self.link(id).is_some_and(|link| link.is_open()) {
            self.end(id, Failure::Destroyed);
        }
    }

    /// Ends the link because the reconnect strategy of JS gave up.
    pub fn give_up(&mut self, id: u32) {
        if !self.link(id).is_some_and(|link| link.is_open()) {
            return;
        }
        let lost = self.disconnect(id, Stage::Closed);
        if let Some(link) = self.link(id) {
            link.maintenance = None;
        }
        self.alive_changed = true;
        for request in lost.in_flight {
            self.fail_on(id, &request, Failure::GaveUp, RequestPhase::Written);
        }
        self.fail_backlog(id, Failure::GaveUp);
        self.detach(id);
    }

    /// Handles the result of a dial.
    pub fn on_dialled(
        &mut self,
        key: ConnectionKey,
        certificate: Option<Vec<u8>>,
        (transport, peer): (Box<dyn Transport>, Option<SocketAddr>),
        now: Millis,
    ) {
        let Some(link) = self.attempted(key, |step| matches!(step, AttemptStep::Dialling(_))) else { return };
        let host = link.attempt().and_then(Attempt::target_host).map(str::to_owned);
        let is_judged_by_js =
            link.config.dial.tls.as_ref().is_some_and(|tls| tls.custom_identity && tls.reject_unauthorized);
        if let Some((connection, _)) = link.connection_by(key.serial) {
            connection.transport = Some(transport);
            connection.peer = peer;
        }
        match certificate {
            Some(certificate) => self.ask(key, Question::Identity { certificate, host }),
            // Without a certificate `checkServerIdentity` cannot run: refuse the server.
            None if is_judged_by_js => {
                let text = "The server has shown no certificate that checkServerIdentity could judge";
                self.lost(key, EngineError::new(ErrorKind::Tls, text).with_code("ERR_TLS_CERT_ALTNAME_INVALID"));
            }
            None => self.authenticate(key, now),
        }
    }

    /// Handles the failure of an attempt, in its dial or in another step.
    pub fn on_attempt_failed(&mut self, key: ConnectionKey, error: EngineError) {
        if self.attempted(key, |_| true).is_some() {
            self.lose(key, Some(error));
        }
    }

    /// Sends the handshake packet.
    pub(super) fn begin_handshake(&mut self, key: ConnectionKey, now: Millis) {
        self.choose_endpoint_type(key, now);
        self.on_succession(key);
        let Some(link) = self.link(key.link) else { return };
        let Some((connection, wishes)) = link.connection_by(key.serial) else { return };
        connection.active_at = now;
        connection.session.begin(wishes, connection.out.own());
        // RESP2 without any setup sends no handshake, so there is no answer to wait for.
        let is_ready = connection.session.is_ready();
        let received = connection.resume_reading();
        self.goes_on(key, AttemptStep::Handshaking);
        if let Some(link) = self.link(key.link) {
            link.write();
        }
        self.tidy(key.link);
        if is_ready {
            self.on_handshaken(key);
        }
        if received {
            self.attention.push(key.link);
        }
    }

    /// Handles the successful end of a handshake.
    pub(super) fn on_handshaken(&mut self, key: ConnectionKey) {
        self.note_refused_maintenance(key);
        let Some(link) = self.attempted(key, |step| matches!(step, AttemptStep::Handshaking)) else { return };
        if let Some((connection, _)) = link.connection_by(key.serial) {
            connection.is_tracked = connection.session.resp() == RespVersion::V3;
        }
        match std::mem::replace(&mut link.stage, Stage::Closed) {
            Stage::Attempt(attempt) => {
                link.stage = Stage::Ready(attempt.connection);
                self.on_reconnected(key.link, attempt.target.is_some());
                self.on_serving(key.link);
            }
            handing => {
                link.stage = handing;
                self.on_successor_ready(key.link);
            }
        }
    }

    /// Marks the link as ready after its first or a repeated connection, and writes the queued requests.
    pub(super) fn on_serving(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        link.retries = 0;
        let Some(resp) = link.connection().map(|connection| connection.session.resp()) else { return };
        let cluster = link.cluster;
        self.watch_silence(id);
        self.tell_protocol(id);
        self.emit(id, LinkEvent::Ready { resp });
        if let Some(cluster) = cluster {
            self.on_node_ready(cluster, id);
        }
        if let Some(link) = self.link(id) {
            link.write();
        }
        self.tidy(id);
    }

    /// Starts the timer of `socketTimeout`, if it is configured.
    pub(super) fn watch_silence(&mut self, id: u32) {
        let Some(link) = self.link(id).filter(|link| link.config.socket_timeout > 0) else { return };
        let (timeout, _) = link.silence_limit();
        let Some(connection) = link.connection_mut() else { return };
        let (serial, due) = (connection.serial, connection.active_at + timeout);
        if connection.idle_timer.is_none_or(|set| due < set) {
            connection.idle_timer = Some(due);
            self.timers.set(due, Timer { link: id, serial, kind: TimerKind::Idle });
        }
    }

    /// Tells JS the protocol version of the connection if it differs from the version that JS knows or asked for.
    pub(super) fn tell_protocol(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let Some(Connection { session, .. }) = link.connection() else { return };
        let (resp, fallback) = (session.resp(), session.fallback().cloned());
        // JS already knows this version, and the server did not refuse the configured one.
        if resp == link.told_resp && fallback.is_none() {
            return;
        }
        link.told_resp = resp;
        self.emit(id, LinkEvent::Protocol { resp, fallback });
    }

    /// Handles the loss of a connection, or the failure of an attempt.
    pub(super) fn lost(&mut self, key: ConnectionKey, error: EngineError) {
        let is_unheard = self
            .attempted(key, |_| true)
            .is_some_and(|link| link.config.dial.tls.is_none() && link.attempt().is_some_and(Attempt::is_unheard));
        let error = if is_unheard { mixups::explained(error) } else { error };
        self.lose(key, Some(error));
    }

    pub(super) fn lose(&mut self, key: ConnectionKey, error: Option<EngineError>) {
        let id = key.link;
        let Some(link) = self.link(id) else { return };
        if link.connection_by(key.serial).is_none() {
            return;
        }
        if matches!(link.stage, Stage::Handing { .. }) {
            return self.lose_one_of_two(key, error);
        }
        if link.draining {
            return self.end_with(id, error);
        }
        let (serial, retries) = (link.serial, link.retries);
        link.retries += 1;
        let flush = link.config.disable_offline_queue;
        let cluster = link.cluster;
        let mut lost = self.disconnect(id, Stage::Undecided);
        if let Some(cluster) = cluster {
            self.replay_reads(cluster, id, &mut lost);
            if self.is_cluster_closing(cluster) {
                self.fail_lost(id, &lost, Failure::ConnectionLost);
                return self.lose_while_closing(cluster, id, error);
            }
        }
        self.emit(id, LinkEvent::Ask { serial, what: Question::Retry { error, retries } });
        self.fail_lost(id, &lost, Failure::ConnectionLost);
        if flush {
            self.fail_backlog(id, Failure::ConnectionLost);
        }
    }

    /// Drops the connection or the attempt of a link and moves the link to `stage`. Replies that were cached over the
    /// connection become invalid, as no invalidations will arrive for them.
    fn disconnect(&mut self, id: u32, stage: Stage) -> Lost {
        let Some(link) = self.link(id) else { return Lost::default() };
        link.backlog.hold(false);
        link.arrival = None;
        if let Some(maintenance) = &mut link.maintenance {
            maintenance.moving = None;
        }
        match std::mem::replace(&mut link.stage, stage) {
            Stage::Attempt(Attempt { connection, .. }) | Stage::Ready(connection) => self.discard(id, connection),
            Stage::Handing { old, new } => {
                self.discard(id, new.connection);
                self.discard(id, old)
            }
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided => Lost::default(),
        }
    }

    /// Drops a connection that was removed from its link. Returns what remains to be settled.
    pub(super) fn discard(&mut self, id: u32, mut connection: Box<Connection>) -> Lost {
        let Some(link) = self.link(id) else { return Lost::default() };
        let kept = connection.session.take_kept();
        let lost = Lost { in_flight: connection.session.end(&mut link.wishes), kept, cut: connection.cut };
        let (cache, block) = (link.config.cache, connection.block());
        if let Some(cache) = cache.and_then(|cache| self.caches.get(cache)) {
            cache.disconnected(connection.serial);
        }
        // The engine drops the block before it tells JS to.
        drop(connection);
        if let Some(block) = block {
            self.emit(id, LinkEvent::BlockDropped { block });
        }
        lost
    }

    /// Ends a draining link that lost its connection: its remaining requests fail with that error.
    fn end_with(&mut self, id: u32, error: Option<EngineError>) {
        let failure = if error.is_some() { Failure::ConnectionLost } else { Failure::Closed };
        self.emit(id, LinkEvent::LostWhileClosing { error });
        self.end(id, failure);
    }

    pub(super) fn end(&mut self, id: u32, failure: Failure) {
        self.alive_changed = true;
        let Some(link) = self.link(id) else { return };
        link.draining = false;
        link.maintenance = None;
        let cluster = link.cluster.filter(|_| failure == Failure::ConnectionLost);
        let mut lost = self.disconnect(id, Stage::Closed);
        if let Some(cluster) = cluster {
            self.replay_reads(cluster, id, &mut lost);
        }
        self.fail_lost(id, &lost, failure);
        self.fail_backlog(id, failure);
        self.emit(id, LinkEvent::Ended);
        self.detach(id);
    }

    pub(super) fn fail_lost(&mut self, id: u32, lost: &Lost, failure: Failure) {
        self.fail_in_flight(id, &lost.in_flight, failure, lost.cut);
        self.fail_open_chain(id, failure, lost.cut);
    }

    /// Fails the written requests. With `cut` = `Written`, the last one gets the error about its lost argument.
    fn fail_in_flight(&mut self, id: u32, requests: &[Request], failure: Failure, cut: Option<RequestPhase>) {
        for (index, request) in requests.iter().enumerate() {
            let is_cause = cut == Some(RequestPhase::Written) && index + 1 == requests.len();
            self.fail_on(id, request, if is_cause { Failure::ArgumentGone } else { failure }, RequestPhase::Written);
        }
    }

    /// Fails the queued rest of a partly written chain. With `cut` = `Queued`, its first request gets the error about
    /// its lost argument.
    fn fail_open_chain(&mut self, id: u32, failure: Failure, cut: Option<RequestPhase>) {
        let Some(link) = self.link(id) else { return };
        let mut rest = Vec::new();
        link.backlog.drop_open_chain(|request| rest.push(request));
        for (index, request) in rest.iter().enumerate() {
            let is_cause = cut == Some(RequestPhase::Queued) && index == 0;
            self.fail_on(id, request, if is_cause { Failure::ArgumentGone } else { failure }, RequestPhase::Queued);
        }
    }

    pub(super) fn reconnect(&mut self, id: u32, now: Millis) {
        self.emit(id, LinkEvent::Reconnecting);
        self.attempt(id, now);
    }

    /// Starts an attempt. Its steps: endpoint, lookup, dial, identity, credentials, handshake.
    pub(super) fn attempt(&mut self, id: u32, now: Millis) {
        let target = self.refuge(id, now).map(Box::new);
        let Some(mut attempt) = self.new_attempt(id, now) else { return };
        attempt.target = target;
        let serial = attempt.connection.serial;
        if let Some(link) = self.link(id) {
            link.stage = Stage::Attempt(attempt);
        }
        self.begin_attempt(ConnectionKey { link: id, serial });
    }

    /// Creates an attempt and starts its `connectTimeout`.
    pub(super) fn new_attempt(&mut self, id: u32, now: Millis) -> Option<Attempt> {
        self.drop_stale_timers();
        // Serial 0 means "no connection".
        self.serial = self.serial.wrapping_add(1).max(1);
        let serial = self.serial;
        let link = self.link(id)?;
        link.serial = serial;
        let connection = Box::new(Connection::new(serial, &link.wishes, now));
        let timeout = link.config.connect_timeout;
        if timeout > 0 {
            self.timers.set(now + timeout, Timer { link: id, serial, kind: TimerKind::Connect });
        }
        Some(Attempt { step: AttemptStep::Beginning, connection, target: None, succession: None })
    }

    pub(super) fn dial(&mut self, key: ConnectionKey) {
        let Some(link) = self.link(key.link) else { return };
        let target = link.attempt_mut(key.serial).and_then(|attempt| attempt.target.as_deref().cloned());
        let (pump, config) = (link.config.pump, target.unwrap_or_else(|| link.config.dial.clone()));
        let dial = self.network.dial(key.token(), config, pump);
        self.goes_on(key, AttemptStep::Dialling(dial));
    }

    /// Moves an attempt to its next step.
    pub(super) fn goes_on(&mut self, key: ConnectionKey, next: AttemptStep) {
        if let Some(attempt) = self.link(key.link).and_then(|link| link.attempt_mut(key.serial)) {
            attempt.step = next;
        }
    }

    /// The link, if this is its current attempt and its step is as expected.
    fn attempted(&mut self, key: ConnectionKey, expected: impl Fn(&AttemptStep) -> bool) -> Option<&mut Link> {
        let is_it = |attempt: &Attempt| attempt.connection.serial == key.serial && expected(&attempt.step);
        self.link(key.link).filter(|link| link.attempt().is_some_and(is_it))
    }

    /// Handles the timer of `connectTimeout`: fails the attempt if it is still current.
    pub(super) fn on_connect_timeout(&mut self, key: ConnectionKey) {
        let Some(attempt) = self.link(key.link).and_then(|link| link.attempt_mut(key.serial)) else { return };
        if attempt.is_handshaken() {
            return;
        }
        let error = EngineError::new(ErrorKind::ConnectTimeout, "Connection timeout");
        let error = if attempt.is_securing() { error.because(mixups::silent_in_tls()) } else { error };
        self.lost(key, error);
    }

    /// Handles the timer of `socketTimeout`: gives the connection up if it was silent that long, else sets the timer
    /// again.
    pub(super) fn on_silence(&mut self, key: ConnectionKey, now: Millis) {
        let ConnectionKey { link: id, serial } = key;
        let Some(link) = self.link(id).filter(|link| link.is_ready()) else { return };
        let (timeout, is_relaxed) = link.silence_limit();
        let Some(connection) = link.connection_mut().filter(|connection| connection.serial == serial) else { return };
        if connection.idle_timer.is_some_and(|at| at > now) {
            // A stale timer: another one was set since.
            return;
        }
        if std::mem::take(&mut connection.has_moved) {
            // The peer accepted data, so the connection was not silent.
            connection.active_at = now;
        }
        let due = connection.active_at + timeout;
        connection.idle_timer = Some(due);
        if due > now {
            return self.timers.set(due, Timer { link: id, serial, kind: TimerKind::Idle });
        }
        let (kind, what) = match is_relaxed {
            true => (ErrorKind::SocketTimeoutDuringMaintenance, "during maintenance"),
            false => (ErrorKind::SocketTimeout, "timeout"),
        };
        let text = format!("Socket timeout {what}. Expecting data, but didn't receive any in {timeout}ms.");
        self.lost(key, EngineError::new(kind, text));
    }
}
