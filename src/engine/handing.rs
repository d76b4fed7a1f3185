//! Hand-over: a link moves to a new connection while commands keep running.
//!
//! The new connection is set up next to the old one. After its handshake the old one gets no more requests, except the
//! rest of a partly written chain. The new one takes over when all requests in flight are answered. So requests are
//! executed in the order in which they were made, each of them once.

use super::Engine;
use super::attempt::AttemptStep;
use super::connection::ConnectionKey;
use super::link::Stage;
use super::timers::Millis;
use crate::error::EngineError;
use crate::event::{Failure, LinkEvent};

impl Engine {
    /// Starts to move a ready link to a new connection, which is opened with the link's current settings. A hand-over
    /// in progress is abandoned. Does nothing if the link is not ready or is closing.
    pub fn hand_over(&mut self, id: u32, now: Millis) {
        self.forsake_successor(id);
        if !self.link(id).is_some_and(|link| !link.draining && matches!(link.stage, Stage::Ready(_))) {
            return;
        }
        let Some(new) = self.new_attempt(id, now) else { return };
        let serial = new.connection.serial;
        let Some(link) = self.link(id) else { return };
        link.stage = match std::mem::replace(&mut link.stage, Stage::Closed) {
            Stage::Ready(old) => Stage::Handing { old, new },
            other => other,
        };
        self.begin_attempt(ConnectionKey { link: id, serial });
    }

    /// Abandons a hand-over: the link keeps its old connection.
    pub(super) fn forsake_successor(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        match std::mem::replace(&mut link.stage, Stage::Closed) {
            Stage::Handing { old, new } => {
                link.stage = Stage::Ready(old);
                link.backlog.hold(false);
                self.discard(id, new.connection);
                if let Some(link) = self.link(id) {
                    link.write();
                }
            }
            other => link.stage = other,
        }
    }

    /// Handles the end of the new connection's handshake: starts to drain the old connection.
    pub(super) fn on_successor_ready(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let Stage::Handing { new, .. } = &mut link.stage else { return };
        new.step = AttemptStep::Handshaken;
        link.backlog.hold(true);
        self.tidy(id);
    }

    /// Lets the new connection take over if it is ready and the old one is drained.
    pub(super) fn take_over(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let is_due = match &link.stage {
            Stage::Handing { old, new } => {
                new.is_handshaken() && old.is_drained() && old.session.is_ready() && !link.backlog.is_in_chain()
            }
            _ => false,
        };
        if is_due {
            self.replace(id);
        }
    }

    /// Replaces the old connection with the new one and closes the old one. Requests in flight there fail.
    fn replace(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let (old, new) = match std::mem::replace(&mut link.stage, Stage::Closed) {
            Stage::Handing { old, new } => (old, new.connection),
            other => return link.stage = other,
        };
        let resp = new.session.resp();
        link.stage = Stage::Ready(new);
        link.backlog.hold(false);
        let lost = self.discard(id, old);
        self.fail_lost(id, &lost, Failure::ConnectionLost);
        self.watch_silence(id);
        self.tell_protocol(id);
        self.emit(id, LinkEvent::HandedOver { resp });
        if let Some(link) = self.link(id) {
            link.write();
        }
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
        self.tidy(id);
    }
}
