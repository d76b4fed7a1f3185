//! Handshakes of new connections and after RESET: writing them and handling their replies.

use bytes::Bytes;

use super::super::command::{Subscribe, SubscriptionKind};
use super::super::handshake::{Handshake, is_refused_for_good, is_resp2_only, refusal, write_resubscribe};
use super::super::in_flight::HandshakeStep;
use super::super::server_error::ServerErrorKind;
use super::super::tape::View;
use super::super::wishes::Wishes;
use super::{Accepted, Restored, Session, SessionPhase, Settled, unsubscribed};
use crate::config::RespVersion;

impl Session {
    /// Starts a handshake in the wanted protocol, even if the last server did not support it: proxies move, and servers
    /// are replaced. If the last server did not know HELLO, or nothing is known of the server and subscriptions or
    /// MONITOR are to be restored, the rest is written only once HELLO is answered: after a fallback, commands already
    /// sent would run twice, and subscriptions could not be taken back.
    pub(super) fn start_handshake(&mut self, wishes: &Wishes, out: &mut Vec<u8>) {
        self.resp = wishes.config.resp;
        self.fallback = None;
        let takes_over = wishes.monitor || !wishes.subscriptions.is_empty();
        let may_fall_back = wishes.knows_hello.map_or(takes_over, |knows| !knows);
        self.rest_waits = self.resp == RespVersion::V3 && may_fall_back;
        let rest = !self.rest_waits;
        self.write_handshake(wishes, out, true, rest);
    }

    fn write_handshake(&mut self, wishes: &Wishes, out: &mut Vec<u8>, opening: bool, rest: bool) {
        let handshake = Handshake { wishes, resp: self.resp };
        match (opening, rest) {
            (true, true) => handshake.write(out, &mut self.in_flight),
            (true, false) => handshake.write_opening(out, &mut self.in_flight),
            (false, _) => handshake.write_rest(out, &mut self.in_flight),
        }
        self.phase = if self.in_flight.steps() == 0 { SessionPhase::Ready } else { SessionPhase::Handshaking };
    }

    pub(super) fn accept_step(
        &mut self,
        step: HandshakeStep,
        reply: View<'_>,
        wishes: &mut Wishes,
        out: &mut Vec<u8>,
    ) -> Accepted {
        match step {
            HandshakeStep::Hello if reply.is_error() && is_resp2_only(reply) => {
                return self.fall_back(reply, wishes, out);
            }
            HandshakeStep::Ignored => {}
            HandshakeStep::Maintenance => self.maintenance_refused = reply.is_error() && is_refused_for_good(reply),
            HandshakeStep::Restored(number) if reply.is_error() => {
                return self.not_restored(Restored::Command(number), reply);
            }
            _ if reply.is_error() => return self.refuse(reply),
            HandshakeStep::Monitor => self.monitoring = true,
            HandshakeStep::Hello => {
                wishes.knows_hello = Some(true);
                self.zone = zone_in(reply);
                if std::mem::take(&mut self.rest_waits) {
                    self.write_handshake(wishes, out, false, true);
                }
            }
            HandshakeStep::Required | HandshakeStep::Restored(_) => {}
        }
        self.continue_handshake()
    }

    /// Starts the handshake again in RESP2, because the server does not know RESP3. The commands follow those that were
    /// already sent. If those include a subscription or MONITOR, the connection fails instead, and the next one sends
    /// HELLO alone.
    fn fall_back(&mut self, error: View<'_>, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        wishes.knows_hello = Some(false);
        self.rest_waits = false;
        let needs_resp3 = wishes.config.maint_notifications.as_ref().is_some_and(|maint| maint.required);
        if needs_resp3 || !self.in_flight.ignore_steps() {
            return self.refuse(error);
        }
        self.resp = RespVersion::V2;
        self.fallback = Some(refusal(error));
        self.write_handshake(wishes, out, true, true);
        self.continue_handshake()
    }

    /// Handles the reply to a command that restores subscriptions. If the server will refuse it every time (a sharded
    /// channel whose slot has moved, a channel that the ACL forbids), the link gives the channel up, so that it can
    /// still become ready. If the command had several channels, each is then asked for separately.
    pub(super) fn accept_resubscribe(
        &mut self,
        subscribe: Subscribe,
        reply: View<'_>,
        wishes: &mut Wishes,
        out: &mut Vec<u8>,
    ) -> Accepted {
        let Subscribe { kind, mut channels, .. } = subscribe;
        if !reply.is_error() {
            return self.continue_handshake();
        }
        let error = ServerErrorKind::of(reply.text());
        if kind == SubscriptionKind::Sharded && error == Some(ServerErrorKind::Moved) {
            let channel = channels.pop().unwrap_or_default();
            unsubscribed(&mut self.live, wishes, kind, &channel);
            let ready = self.continue_handshake() == Accepted::Ready;
            return Accepted::ShardedChannelMoved { channel, ready };
        }
        if !is_refused_for_good(reply) {
            return self.refuse(reply);
        }
        if channels.len() > 1 {
            for channel in channels {
                write_resubscribe(kind, vec![channel], out, &mut self.in_flight);
            }
            return Accepted::Absorbed;
        }
        let channel: Bytes = channels.pop().unwrap_or_default();
        unsubscribed(&mut self.live, wishes, kind, &channel);
        self.not_restored(Restored::Subscription(kind, channel), reply)
    }

    fn not_restored(&mut self, what: Restored, error: View<'_>) -> Accepted {
        let ready = self.continue_handshake() == Accepted::Ready;
        Accepted::NotRestored { what, error: refusal(error), ready }
    }

    pub(super) fn continue_handshake(&mut self) -> Accepted {
        if self.in_flight.steps() == 0 { self.complete_handshake() } else { Accepted::Absorbed }
    }

    pub(super) fn complete_handshake(&mut self) -> Accepted {
        self.phase = SessionPhase::Ready;
        self.reset.take().map_or(Accepted::Ready, |ticket| Accepted::Settled { ticket, what: Settled::Reset })
    }

    fn refuse(&mut self, error: View<'_>) -> Accepted {
        self.phase = SessionPhase::Broken;
        Accepted::Refused(refusal(error))
    }
}

/// The availability zone in a reply to HELLO (valkey.io, "HELLO"); `None` if there is none, or it is empty.
fn zone_in(hello: View<'_>) -> Option<Box<str>> {
    let mut items = hello.items();
    while let (Some(name), Some(value)) = (items.next(), items.next()) {
        if name.text() == b"availability_zone" {
            return std::str::from_utf8(value.text()).ok().filter(|zone| !zone.is_empty()).map(Box::from);
        }
    }
    None
}
