//! MOVING: a link moves to the endpoint that its server names, or to the configured one, within a grace period.
//!
//! One attempt is made at a time, again and again until the grace period ends. The latest notice counts. Without an
//! endpoint the configured one is dialled when half of the grace period is over: until then its name may still lead to
//! the server that goes. When the grace period is over, the old connection is closed if there is a new one, else it stays
//! until it is lost. What a link was told, it tries first when it reconnects.

use super::Engine;
use super::connection::ConnectionKey;
use super::handing::dial_of;
use super::link::Stage;
use super::timers::Millis;
use crate::config::{DialConfig, Endpoint};
use crate::error::{EngineError, ErrorKind};
use crate::event::{LinkEvent, Notice};

/// The shortest and the longest pause between two attempts, in ms.
const PAUSES: (Millis, Millis) = (100, 1000);
/// The shortest grace period, in ms: a server that goes at once is left as fast as that is possible.
const LEAST_GRACE: Millis = 1000;
/// How long the endpoint that a link was told is tried in vain, in ms.
const REFUGE: Millis = 60_000;

/// A move that is to be made.
#[derive(Debug)]
pub struct Moving {
    /// The connection that was told of it.
    pub(super) serial: u32,
    target: Option<(String, u16)>,
    grace_ends: Millis,
    /// When the next attempt begins; `None` while there is one.
    attempt_at: Option<Millis>,
    /// The last attempt has failed, and the pause after it has not begun.
    has_failed: bool,
    pause: Millis,
}

impl Moving {
    /// When something is to be done.
    pub(super) fn next_at(&self) -> Millis {
        if self.has_failed { 0 } else { self.attempt_at.map_or(self.grace_ends, |at| at.min(self.grace_ends)) }
    }
}

/// The endpoint that a link was told. Reconnects try it and the configured one in turn.
#[derive(Debug)]
pub struct Refuge {
    address: (String, u16),
    /// When the first attempt failed since the link was ready.
    failing_since: Option<Millis>,
    /// Whether it is the turn of the configured endpoint.
    is_others_turn: bool,
}

impl Refuge {
    /// The endpoint.
    pub(super) fn address(&self) -> &(String, u16) {
        &self.address
    }

    fn new(address: (String, u16)) -> Self {
        Self { address, failing_since: None, is_others_turn: false }
    }
}

impl Engine {
    /// Begins to move a link, as its server demands.
    pub(super) fn move_link(&mut self, key: ConnectionKey, notice: &Notice, now: Millis) {
        let ConnectionKey { link: id, serial } = key;
        let Some(link) = self.link(id) else { return };
        let Some(maintenance) = link.maintenance.as_mut().filter(|_| !link.draining) else { return };
        let grace = (Millis::from(notice.seconds.unwrap_or(0)) * 1000).max(LEAST_GRACE);
        let attempt_at = if notice.target.is_some() { now } else { now + grace / 2 };
        let target = notice.target.clone();
        // The nodes of a cluster are where its layout says.
        let is_alone = link.cluster.is_none();
        maintenance.refuge = target.clone().filter(|_| is_alone).map(Refuge::new);
        let (grace_ends, attempt_at) = (now + grace, Some(attempt_at).filter(|_| is_alone));
        maintenance.moving =
            Some(Moving { serial, target, grace_ends, attempt_at, has_failed: false, pause: PAUSES.0 });
        self.forsake_successor(id);
        self.advance_move(id, now);
    }

    /// Goes on with a move, if something is due.
    pub(super) fn advance_move(&mut self, id: u32, now: Millis) {
        let Some(link) = self.link(id) else { return };
        let Some(moving) = link.maintenance.as_mut().and_then(|maintenance| maintenance.moving.as_mut()) else {
            return;
        };
        if moving.grace_ends <= now {
            return self.end_grace(id);
        }
        if std::mem::take(&mut moving.has_failed) {
            moving.attempt_at = Some(now + moving.pause);
            moving.pause = (moving.pause * 2).min(PAUSES.1);
        }
        if moving.attempt_at.is_none_or(|at| at > now) {
            return;
        }
        moving.attempt_at = None;
        let target = moving.target.clone().map(|target| dial_of(&link.config.dial, target));
        if !self.hand_over_to(id, target, now) {
            self.on_move_failed(id);
        }
    }

    /// The grace period is over: the new connection takes over if it can.
    fn end_grace(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        if let Some(maintenance) = &mut link.maintenance {
            maintenance.moving = None;
        }
        let Stage::Handing { new, .. } = &link.stage else { return };
        if new.is_handshaken() {
            return self.replace(id);
        }
        self.forsake_successor(id);
        let error = EngineError::new(ErrorKind::ConnectTimeout, "Connection timeout");
        self.emit(id, LinkEvent::HandOverFailed { error: Some(error) });
        self.tidy(id);
    }

    /// An attempt to move has failed: the next one follows after a pause.
    pub(super) fn on_move_failed(&mut self, id: u32) {
        let Some(maintenance) = self.link(id).and_then(|link| link.maintenance.as_mut()) else { return };
        if let Some(moving) = &mut maintenance.moving
            && moving.attempt_at.is_none()
        {
            // The pause begins in the next tick, which knows the time.
            moving.has_failed = true;
            self.call_maintenance(id);
        }
    }

    /// A link has moved; `target` is where to, unless it is the configured endpoint.
    pub(super) fn on_moved(&mut self, id: u32, target: Option<&DialConfig>) {
        let Some(link) = self.link(id) else { return };
        let Some(serial) = link.connection().map(|connection| connection.serial) else { return };
        let Some(maintenance) = &mut link.maintenance else { return };
        maintenance.refuge = target.and_then(address_of).map(Refuge::new);
        maintenance.on_moved(serial);
        self.end_maintenance(id);
    }

    /// A link is connected again; `is_refuge`: to the endpoint that it was told.
    pub(super) fn on_reconnected(&mut self, id: u32, is_refuge: bool) {
        let Some(link) = self.link(id) else { return };
        let Some(serial) = link.connection().map(|connection| connection.serial) else { return };
        let Some(maintenance) = &mut link.maintenance else { return };
        maintenance.on_reconnected(serial, is_refuge);
        maintenance.refuge = maintenance.refuge.take().map(|refuge| Refuge::new(refuge.address));
        self.end_maintenance(id);
    }

    /// Where the next attempt to reconnect goes, unless it is the configured endpoint.
    pub(super) fn refuge(&mut self, id: u32, now: Millis) -> Option<DialConfig> {
        let link = self.link(id)?;
        let maintenance = link.maintenance.as_mut()?;
        let refuge = maintenance.refuge.as_mut()?;
        if now.saturating_sub(*refuge.failing_since.get_or_insert(now)) > REFUGE {
            maintenance.refuge = None;
            return None;
        }
        let is_others_turn = refuge.is_others_turn;
        refuge.is_others_turn = !is_others_turn;
        if is_others_turn {
            return None;
        }
        Some(dial_of(&link.config.dial, refuge.address.clone()))
    }
}

fn address_of(dial: &DialConfig) -> Option<(String, u16)> {
    match &dial.endpoint {
        Endpoint::Tcp { host, port } => Some((host.clone(), *port)),
        Endpoint::Unix { .. } => None,
    }
}
