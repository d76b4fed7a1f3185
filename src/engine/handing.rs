//! Hand-over: a link moves from one connection to a new one while it serves.
//!
//! The new connection is dialled and set up beside the old one. Once its handshake is over the old one gets no further
//! requests (but the rest of a chain that was begun), and when everything in flight there is answered the new one takes
//! over. So requests are executed in the order in which they were made, each once.

use super::Engine;
use super::attempt::AttemptStep;
use super::connection::ConnectionKey;
use super::link::Stage;
use super::timers::Millis;
use crate::error::EngineError;
use crate::event::{Failure, LinkEvent};

impl Engine {
    /// Starts to hand a ready link over to a new connection, made with the link's settings as they are now. A hand-over
    /// under way is given up for this one. Nothing happens while the link has no connection that serves, or closes.
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

    /// Gives a hand-over up: the old connection goes on alone.
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

    /// The handshake of the new connection is over: the old one is drained from now on.
    pub(super) fn on_successor_ready(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let Stage::Handing { new, .. } = &mut link.stage else { return };
        new.step = AttemptStep::Handshaken;
        link.backlog.hold(true);
        self.tidy(id);
    }

    /// Lets the new connection take over if it is ready and the old one has nothing left to do.
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

    /// The new connection takes the place of the old one, which is closed. What was in flight there fails.
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

    /// One of the two connections of a link is lost. Without the old one the new one takes over if it is ready; else the
    /// link has lost its connection. Without the new one the old one goes on.
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
