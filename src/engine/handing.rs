//! Hand-over: a link moves to a new connection while commands keep running.
//!
//! The new connection is set up next to the old one. After its handshake the old one gets no more requests, except the
//! rest of a partly written chain. The new one takes over when all requests in flight are answered. So requests are
//! executed in the order in which they were made, each of them once. If the old connection gets messages, it is read up
//! to the answer to a PING, which is sent when the new one is subscribed.
//!
//! After that, nothing is written before JS has had its turn: what it makes of the last replies belongs to the old
//! connection (a selected database), and transactions that rely on the old one must not run on the new one.

use std::net::IpAddr;

use super::Engine;
use super::attempt::{Attempt, AttemptStep};
use super::connection::ConnectionKey;
use super::doubles::Doubles;
use super::link::{Link, Stage};
use super::timers::{Millis, Timer, TimerKind};
use crate::config::{DialConfig, Endpoint};
use crate::error::{EngineError, ErrorKind};
use crate::event::{Failure, LinkEvent};
use crate::proto::session::CatchUp;
use crate::proto::wishes::Wishes;

/// How far the succession of a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Succeeding {
    /// The old connection has requests in flight.
    #[default]
    Draining,
    /// The old connection is being read to the answer to a PING.
    Reading,
    /// The new connection cannot be what the link wants by now: another one must be made.
    Useless,
}

/// What an attempt has that is to take the place of a connection.
#[derive(Debug, Default)]
pub struct Succession {
    /// What the link wanted when the handshake was written.
    wanted: Option<Box<Wishes>>,
    state: Succeeding,
    /// Whether the old connection gets no more requests.
    holds: bool,
}

/// A connection that has taken over and gets no requests yet.
#[derive(Debug)]
pub struct Arrival {
    serial: u32,
    /// What the link wanted when the handshake was written.
    wanted: Option<Box<Wishes>>,
    /// The tick of the engine during which it took over, and whether JS has had its turn since.
    tick: u64,
    has_turned: bool,
}

impl Link {
    /// Holds back requests exactly while no connection may get them.
    fn hold_or_release(&mut self) {
        let is_handing = match &self.stage {
            Stage::Handing { new, .. } => new.succession.as_ref().is_some_and(|succession| succession.holds),
            _ => false,
        };
        self.backlog.hold(is_handing || self.arrival.is_some());
    }

    /// Whether what this connection receives has to wait until it has taken over.
    pub(super) fn keeps_waiting(&self, serial: u32) -> bool {
        let Stage::Handing { new, .. } = &self.stage else { return false };
        new.connection.serial == serial && new.is_handshaken() && new.connection.session.listens()
    }

    /// Whether this connection is to take the place of another one.
    pub(super) fn is_successor(&self, serial: u32) -> bool {
        matches!(&self.stage, Stage::Handing { new, .. } if new.connection.serial == serial)
    }
}

/// How the server is dialled that a link is to move to. TLS expects the name that the user has set; without one the
/// announced host, or the configured one if that is a name and an address was announced.
pub(super) fn dial_of(configured: &DialConfig, (host, port): (String, u16)) -> DialConfig {
    let mut dial = configured.clone();
    let address: Option<IpAddr> = host.parse().ok();
    if let (Some(tls), Some(_), Endpoint::Tcp { host, .. }) = (&mut dial.tls, address, &configured.endpoint)
        && host.parse::<IpAddr>().is_err()
    {
        tls.servername.get_or_insert_with(|| host.clone());
    }
    dial.addresses = address.into_iter().collect();
    dial.endpoint = Endpoint::Tcp { host, port };
    dial
}

impl Engine {
    /// Starts to move a ready link to a new connection, which is opened with the link's current settings. A hand-over
    /// in progress is abandoned. Does nothing if the link is not ready or is closing.
    pub fn hand_over(&mut self, id: u32, now: Millis) {
        self.hand_over_to(id, None, now);
    }

    /// Like `hand_over`, to this server; `None`: to the configured one. Returns false if that is not possible now.
    pub(super) fn hand_over_to(&mut self, id: u32, target: Option<DialConfig>, now: Millis) -> bool {
        self.forsake_successor(id);
        if !self.link(id).is_some_and(|link| !link.draining && matches!(link.stage, Stage::Ready(_))) {
            return false;
        }
        let Some(mut new) = self.new_attempt(id, now) else { return false };
        new.target = target.map(Box::new);
        new.succession = Some(Box::default());
        let serial = new.connection.serial;
        let Some(link) = self.link(id) else { return false };
        link.stage = match std::mem::replace(&mut link.stage, Stage::Closed) {
            Stage::Ready(old) => Stage::Handing { old, new },
            other => other,
        };
        self.begin_attempt(ConnectionKey { link: id, serial });
        true
    }

    /// Abandons a hand-over: the link keeps its old connection.
    pub(super) fn forsake_successor(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        match std::mem::replace(&mut link.stage, Stage::Closed) {
            Stage::Handing { mut old, new } => {
                Doubles::note(&mut old.doubles, false);
                link.stage = Stage::Ready(old);
                link.hold_or_release();
                self.discard(id, new.connection);
                if let Some(link) = self.link(id) {
                    link.write();
                }
            }
            other => link.stage = other,
        }
    }

    /// Notes what the handshake of a new connection sets up, which is about to be written.
    pub(super) fn on_succession(&mut self, key: ConnectionKey) {
        let Some(link) = self.link(key.link) else { return };
        let Stage::Handing { old, new } = &mut link.stage else { return };
        let Some(succession) = new.succession.as_mut().filter(|_| new.connection.serial == key.serial) else { return };
        succession.wanted = Some(Box::new(link.wishes.clone()));
        if old.session.listens() {
            Doubles::note(&mut old.doubles, true);
        }
    }

    /// Handles the end of the new connection's handshake: starts to drain the old connection.
    pub(super) fn on_successor_ready(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let Stage::Handing { new, .. } = &mut link.stage else { return };
        new.step = AttemptStep::Handshaken;
        if let Some(succession) = &mut new.succession {
            succession.holds = true;
        }
        link.hold_or_release();
        self.tidy(id);
    }

    /// Lets the new connection take over if it is ready and the old one is drained.
    pub(super) fn take_over(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        if link.arrival.is_some() || link.backlog.is_in_chain() {
            return;
        }
        let Link { stage: Stage::Handing { old, new }, wishes, .. } = link else { return };
        let Attempt { connection, succession: Some(succession), step, .. } = new else { return };
        if !matches!(step, AttemptStep::Handshaken) || !old.is_drained() || !old.session.is_ready() {
            return;
        }
        match succession.state {
            Succeeding::Useless => {}
            Succeeding::Reading if old.session.is_at_barrier() => self.replace(id),
            Succeeding::Reading => {}
            Succeeding::Draining => {
                if old.session.listens() && !Doubles::notes(&old.doubles) {
                    // The subscription was acknowledged after the handshake of the new connection was written.
                    Doubles::note(&mut old.doubles, true);
                }
                let before = succession.wanted.take().unwrap_or_else(|| Box::new(wishes.clone()));
                let caught_up = connection.session.catch_up(&before, wishes, connection.out.own());
                succession.wanted = Some(Box::new(wishes.clone()));
                match caught_up {
                    CatchUp::Done if !old.session.listens() => return self.replace(id),
                    CatchUp::Done => {
                        succession.state = Succeeding::Reading;
                        old.session.send_barrier(old.out.own());
                    }
                    CatchUp::Begun => {
                        *step = AttemptStep::Handshaking;
                        if connection.resume_reading() {
                            self.attention.push(id);
                        }
                    }
                    CatchUp::Impossible => {
                        succession.state = Succeeding::Useless;
                        let serial = connection.serial;
                        return self.timers.set(0, Timer { link: id, serial, kind: TimerKind::HandOver });
                    }
                }
                if let Some(link) = self.link(id) {
                    link.write();
                }
            }
        }
    }

    /// Replaces the old connection with the new one and closes the old one. Requests in flight there fail.
    pub(super) fn replace(&mut self, id: u32) {
        let tick = self.ticks;
        let Some(link) = self.link(id) else { return };
        let (mut old, new) = match std::mem::replace(&mut link.stage, Stage::Closed) {
            Stage::Handing { old, new } => (old, new),
            other => return link.stage = other,
        };
        let Attempt { mut connection, succession, target, .. } = new;
        let (resp, serial) = (connection.session.resp(), connection.serial);
        if connection.session.listens() {
            connection.doubles = old.doubles.take().map(|doubles| Box::new(doubles.for_successor()));
            connection.session.send_barrier(connection.out.own());
        }
        let received = connection.resume_reading();
        let wanted = succession.and_then(|succession| succession.wanted);
        link.arrival = Some(Box::new(Arrival { serial, wanted, tick, has_turned: false }));
        link.stage = Stage::Ready(connection);
        link.hold_or_release();
        let lost = self.discard(id, old);
        self.fail_lost(id, &lost, Failure::ConnectionLost);
        self.watch_silence(id);
        self.tell_protocol(id);
        self.emit(id, LinkEvent::HandedOver { resp });
        self.on_moved(id, target.as_deref());
        if received {
            self.attention.push(id);
        }
        self.timers.set(0, Timer { link: id, serial, kind: TimerKind::HandOver });
        if let Some(link) = self.link(id) {
            link.write();
        }
        self.tidy(id);
    }

    /// Handles the timer of a hand-over: JS has had its turn.
    pub(super) fn on_hand_over_timer(&mut self, key: ConnectionKey, now: Millis) {
        let (id, tick) = (key.link, self.ticks);
        let Some(link) = self.link(id) else { return };
        if let Stage::Handing { new, .. } = &mut link.stage
            && new.connection.serial == key.serial
        {
            let is_useless = new.succession.as_ref().is_some_and(|succession| succession.state == Succeeding::Useless);
            if is_useless {
                let target = new.target.take().map(|target| *target);
                self.hand_over_to(id, target, now);
            }
            return;
        }
        let Some(arrival) = link.arrival.as_mut().filter(|arrival| arrival.serial == key.serial) else { return };
        if arrival.tick == tick {
            // Nothing was delivered since.
            return self.timers.set(now + 1, Timer { link: id, serial: key.serial, kind: TimerKind::HandOver });
        }
        arrival.has_turned = true;
        self.settle_relaxation(id, now);
        self.tidy(id);
    }

    /// Lets a connection that has taken over have requests, once it is what the link wants.
    pub(super) fn arrive(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let Link { stage: Stage::Ready(connection) | Stage::Handing { old: connection, .. }, arrival, wishes, .. } =
            link
        else {
            return;
        };
        let Some(arriving) = arrival.as_mut().filter(|arrival| arrival.has_turned) else { return };
        if !connection.session.is_ready() || !connection.session.is_at_barrier() || !connection.out.is_empty() {
            return;
        }
        let before = arriving.wanted.take().unwrap_or_else(|| Box::new(wishes.clone()));
        let caught_up = connection.session.catch_up(&before, wishes, connection.out.own());
        arriving.wanted = Some(Box::new(wishes.clone()));
        match caught_up {
            CatchUp::Done => {
                *arrival = None;
                link.hold_or_release();
            }
            CatchUp::Begun => {}
            CatchUp::Impossible => {
                let key = ConnectionKey { link: id, serial: connection.serial };
                let text = "The connection was given up: what the link wants has changed while it was handed over";
                return self.lost(key, EngineError::new(ErrorKind::SocketClosed, text));
            }
        }
        link.write();
        self.tidy(id);
    }

    /// Handles the loss of one of a link's two connections. If the old one is lost, the new one takes over if it is
    /// ready; else the link has lost its connection. If the new one is lost, the link keeps the old one.
    pub(super) fn lose_one_of_two(&mut self, key: ConnectionKey, error: Option<EngineError>) {
        let id = key.link;
        let Some(Stage::Handing { old, new }) = self.link(id).map(|link| &link.stage) else { return };
        let (is_old, is_successor_ready) = (old.serial == key.serial, new.is_handshaken());
        if is_old && is_successor_ready {
            return self.replace(id);
        }
        self.forsake_successor(id);
        if is_old {
            return self.lose(key, error);
        }
        self.emit(id, LinkEvent::HandOverFailed { error });
        self.on_move_failed(id);
        self.tidy(id);
    }
}
