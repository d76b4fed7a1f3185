//! Pub/sub on one connection: recognises acknowledgements and matches them to requests.

use bytes::Bytes;

use super::super::command::SubscriptionKind;
use super::super::in_flight::InFlightEntry;
use super::super::push::{Frame, PubSub};
use super::super::tape::{ARRAY, View};
use super::super::wishes::Wishes;
use super::{Accepted, Session, Settled, subscribed, unsubscribed};
use crate::config::RespVersion;

impl Session {
    /// Handles a push of RESP3. A push is never an answer, with one exception: acknowledgements of subscriptions are
    /// pushes too, in order with the answers (redis.io, "RESP protocol", "Pushes"). An acknowledgement that the oldest
    /// request does not wait for only changes what the connection is known to be subscribed to.
    pub(super) fn accept_push(&mut self, push: View<'_>, wishes: &mut Wishes) -> Accepted {
        let frame = Frame::of(push);
        let told = Accepted::Push(frame.kind);
        match frame.pub_sub {
            Some(PubSub::Subscribed(kind, channel)) => {
                self.acknowledge_subscribe(kind, channel, wishes).unwrap_or_else(|| {
                    self.live.note(kind, channel);
                    self.sharded |= kind == SubscriptionKind::Sharded;
                    told
                })
            }
            Some(PubSub::Unsubscribed(kind, channel)) => {
                self.acknowledge_unsubscribe(kind, channel, wishes).unwrap_or_else(|| match (kind, channel) {
                    (SubscriptionKind::Sharded, _) => self.end_sharded(channel, wishes),
                    (_, Some(channel)) => {
                        self.live.remove(kind, channel);
                        told
                    }
                    (_, None) => told,
                })
            }
            Some(PubSub::Message) | None => told,
        }
    }

    /// Handles an array that may be a pub/sub frame, as in RESP2 all of them are. It counts as one only where the
    /// server can send one: a message while a subscription is active, an acknowledgement while a request waits for it.
    /// Otherwise the array is an answer, whatever it looks like. Acknowledgements count in RESP3 too, because a user
    /// may have switched the connection with HELLO.
    pub(super) fn accept_array_frame(&mut self, reply: View<'_>, wishes: &mut Wishes) -> Option<Accepted> {
        if reply.kind() != ARRAY || (self.resp == RespVersion::V3 && !self.in_flight.front_is_pub_sub()) {
            return None;
        }
        let frame = Frame::of(reply);
        match frame.pub_sub? {
            PubSub::Message => {
                (self.resp == RespVersion::V2 && !self.live.is_empty()).then_some(Accepted::Push(frame.kind))
            }
            PubSub::Subscribed(kind, channel) => self.acknowledge_subscribe(kind, channel, wishes),
            PubSub::Unsubscribed(kind, channel) => self.acknowledge_unsubscribe(kind, channel, wishes).or_else(|| {
                let late_null = self.late_null && channel.is_none();
                let late = self.sharded && channel.is_some() && is_end(reply);
                let unasked = kind == SubscriptionKind::Sharded && (!self.live.is_empty() || late_null || late);
                unasked.then(|| self.end_sharded(channel, wishes))
            }),
        }
    }

    /// Counts one acknowledged channel of the oldest request; `None` if that request did not ask for it. The server
    /// acknowledges each argument, in order, repeated ones too (redis.io, "SUBSCRIBE").
    fn acknowledge_subscribe(
        &mut self,
        kind: SubscriptionKind,
        channel: &[u8],
        wishes: &mut Wishes,
    ) -> Option<Accepted> {
        let Some(subscribe) = self.in_flight.front_subscribe() else {
            return self.acknowledge_raw(kind, false, Some(channel), wishes);
        };
        let next = subscribe.channels.get(subscribe.acknowledged)?;
        if subscribe.kind != kind || next != channel {
            return None;
        }
        if subscribed(&mut self.live, wishes, kind, next) {
            subscribe.fresh.push(next.clone());
        }
        self.sharded |= kind == SubscriptionKind::Sharded;
        subscribe.acknowledged += 1;
        if subscribe.acknowledged < subscribe.channels.len() {
            return Some(Accepted::Absorbed);
        }
        self.late_null = false;
        match self.in_flight.pop()? {
            InFlightEntry::User(request) => {
                Some(Accepted::Settled { ticket: request.ticket(), what: Settled::Subscribed })
            }
            InFlightEntry::Step(_) | InFlightEntry::Resubscribe(_) => Some(self.continue_handshake()),
            InFlightEntry::Asking | InFlightEntry::Barrier => None,
        }
    }

    /// Counts one unsubscribed channel of the oldest request; `None` if that request did not ask for it.
    ///
    /// There is one acknowledgement for each argument. Without arguments there is one for each subscribed channel, or
    /// one with a null if there was none (redis.io, "UNSUBSCRIBE").
    fn acknowledge_unsubscribe(
        &mut self,
        kind: SubscriptionKind,
        channel: Option<&[u8]>,
        wishes: &mut Wishes,
    ) -> Option<Accepted> {
        let is_stray = self.is_stray_end(kind, channel);
        let count = self.live.count(kind);
        let Some(unsubscribe) = self.in_flight.front_unsubscribe() else {
            return self.acknowledge_raw(kind, true, channel, wishes);
        };
        if unsubscribe.kind != kind {
            return None;
        }
        let next = unsubscribe.acknowledged;
        match (&unsubscribe.channels, channel) {
            (Some(channels), _) => {
                if channel != Some(&channels[next][..]) {
                    // The server may also end sharded channels by itself: an acknowledgement counts only for the
                    // channel that is next.
                    let asked = |channel: &&[u8]| channels.iter().any(|asked| asked == *channel);
                    let channel = channel.filter(asked).filter(|_| kind == SubscriptionKind::Sharded)?;
                    unsubscribed(&mut self.live, wishes, kind, channel);
                    return Some(Accepted::Absorbed);
                }
                unsubscribe.expected = channels.len();
                unsubscribed(&mut self.live, wishes, kind, &channels[next]);
            }
            (None, _) if is_stray => return None,
            (None, _) => {
                if next == 0 {
                    unsubscribe.expected = count.max(1);
                }
                channel.map(|channel| unsubscribed(&mut self.live, wishes, kind, channel));
            }
        }
        unsubscribe.acknowledged += 1;
        // A null means that no subscription was left to end.
        if unsubscribe.acknowledged < unsubscribe.expected && channel.is_some() {
            return Some(Accepted::Absorbed);
        }
        self.late_null = false;
        if unsubscribe.channels.is_none() {
            wishes.subscriptions.clear(kind);
            self.live.clear(kind);
            self.late_null = kind == SubscriptionKind::Sharded && channel.is_some();
        }
        self.in_flight.pop().and_then(|entry| match entry {
            InFlightEntry::User(request) => {
                Some(Accepted::Settled { ticket: request.ticket(), what: Settled::Unsubscribed })
            }
            InFlightEntry::Step(_) | InFlightEntry::Resubscribe(_) | InFlightEntry::Asking | InFlightEntry::Barrier => {
                None
            }
        })
    }

    /// Counts an acknowledgement for a user's command of the SUBSCRIBE family. The last one is its reply.
    fn acknowledge_raw(
        &mut self,
        kind: SubscriptionKind,
        ends: bool,
        channel: Option<&[u8]>,
        wishes: &mut Wishes,
    ) -> Option<Accepted> {
        let is_stray = ends && self.is_stray_end(kind, channel);
        let count = self.live.count(kind);
        let command = self.in_flight.front_raw().filter(|command| command.kind == kind && command.ends == ends)?;
        let next = command.acknowledged;
        let all = command.channels.is_empty();
        if all && is_stray || !all && channel != command.channels.get(next).map(|next| &next[..]) {
            return None;
        }
        if next == 0 {
            command.expected = if all { count.max(1) } else { command.channels.len() };
        }
        match (ends, channel) {
            (true, Some(channel)) => _ = unsubscribed(&mut self.live, wishes, kind, channel),
            (false, Some(channel)) => self.live.note(kind, channel),
            (_, None) => {}
        }
        self.sharded |= kind == SubscriptionKind::Sharded;
        command.acknowledged += 1;
        if command.acknowledged < command.expected && channel.is_some() {
            return Some(Accepted::Absorbed);
        }
        let (ticket, flags) = (command.ticket, command.flags);
        self.late_null = all && kind == SubscriptionKind::Sharded && channel.is_some();
        self.in_flight.pop();
        Some(Accepted::Reply { ticket, flags })
    }

    /// Whether an ended channel cannot belong to a request that ends all channels: the connection has other channels of
    /// this kind, but not this one.
    fn is_stray_end(&self, kind: SubscriptionKind, channel: Option<&[u8]>) -> bool {
        channel.is_some_and(|channel| self.live.count(kind) > 0 && !self.live.contains(kind, channel))
    }

    /// Handles the end of a sharded subscription without a request (redis.io, "Sharded Pub/Sub": when the slot moves to
    /// another shard), or a late null.
    fn end_sharded(&mut self, channel: Option<&[u8]>, wishes: &mut Wishes) -> Accepted {
        match channel {
            Some(channel) if unsubscribed(&mut self.live, wishes, SubscriptionKind::Sharded, channel) => {
                Accepted::ShardedChannelMoved { channel: Bytes::copy_from_slice(channel), ready: false }
            }
            Some(_) => Accepted::Absorbed,
            None => {
                self.late_null = false;
                Accepted::Absorbed
            }
        }
    }
}

/// Whether a reply has the shape `["sunsubscribe", channel, count]`: an ordinary reply that is a list of strings does
/// not end with a number.
fn is_end(reply: View<'_>) -> bool {
    reply.len() == 3 && reply.items().nth(2).is_some_and(|count| count.integer().is_some())
}
