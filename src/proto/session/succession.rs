//! What a connection needs to take the place of another one: a barrier in the old one, and what the link has come to want
//! since the handshake of the new one.

use super::super::command::{Request, SubscriptionKind};
use super::super::handshake::Handshake;
use super::super::subscriptions::ChannelSets;
use super::super::wishes::Wishes;
use super::{Session, SessionPhase};
use crate::config::RespVersion;

/// Whether a connection is what its link wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// It is.
    Done,
    /// It will be when the commands are answered that were written now; `Ready` follows.
    Begun,
    /// It cannot be: another connection is needed.
    Impossible,
}

impl Session {
    /// Writes PING. [`Session::is_at_barrier`] is true when it is answered, and with it all that was sent before.
    pub fn send_barrier(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"*1\r\n$4\r\nPING\r\n");
        self.in_flight.push_barrier();
        self.barriers += 1;
        self.refresh();
    }

    /// Whether no PING of a barrier is unanswered.
    pub fn is_at_barrier(&self) -> bool {
        self.barriers == 0
    }

    /// Whether the server sends this connection what it was not asked for: messages or lines of MONITOR.
    pub fn listens(&self) -> bool {
        self.monitoring || !self.live.is_empty()
    }

    /// Whether the server has refused to tell of maintenance, for good.
    pub fn has_refused_maintenance(&self) -> bool {
        self.maintenance_refused
    }

    /// Brings a ready connection up to what its link wants now. `before` is what the link wanted when the handshake of the
    /// connection was written.
    pub fn catch_up(&mut self, before: &Wishes, wishes: &Wishes, out: &mut Vec<u8>) -> CatchUp {
        let is_undone =
            (before.monitor && !wishes.monitor) || (wishes.restored.is_empty() && !before.restored.is_empty());
        let (missing, surplus) = differences(&wishes.subscriptions, &self.live);
        if is_undone || (self.resp == RespVersion::V2 && !(missing.is_empty() && surplus.is_empty())) {
            return CatchUp::Impossible;
        }
        for kind in SubscriptionKind::ALL {
            let channels: Vec<_> = surplus.channels(kind).cloned().collect();
            if !channels.is_empty() {
                // The acknowledgements are pushes, which nobody has to wait for: replies to later commands come after them.
                Request::unsubscribe(0, kind, Some(channels)).encode(out);
            }
        }
        let handshake = Handshake { wishes, resp: self.resp };
        handshake.write_changes(before, &missing, self.monitoring, out, &mut self.in_flight);
        if self.in_flight.steps() == 0 {
            return CatchUp::Done;
        }
        self.phase = SessionPhase::Handshaking;
        self.refresh();
        CatchUp::Begun
    }
}

/// What is only in `wanted`, and what is only in `present`.
fn differences(wanted: &ChannelSets, present: &ChannelSets) -> (ChannelSets, ChannelSets) {
    let (mut missing, mut surplus) = (ChannelSets::default(), ChannelSets::default());
    for kind in SubscriptionKind::ALL {
        missing.replace(kind, wanted.channels(kind).filter(|name| !present.contains(kind, name)).cloned().collect());
        surplus.replace(kind, present.channels(kind).filter(|name| !wanted.contains(kind, name)).cloned().collect());
    }
    (missing, surplus)
}
