//! Pub/sub on one connection: which frames are acknowledgements, and of what.

use bytes::Bytes;

use super::super::command::{Request, SubscriptionKind};
use super::super::in_flight::Entry;
use super::super::push::PubSub;
use super::super::tape::{ARRAY, View};
use super::{Accepted, Rest, Session};
use crate::config::RespVersion;

impl Session {
    /// A push of RESP3: never an answer, except that acknowledgements come as pushes too, in order with the answers
    /// (redis.io, "RESP protocol", "Pushes").
    pub(super) fn accept_push(&mut self, push: View<'_>) -> Accepted {
        match PubSub::of(push) {
            Some(PubSub::Subscribed(kind)) => {
                self.acknowledge_subscribe(kind).unwrap_or_else(|| self.accept_unrequested())
            }
            Some(PubSub::Unsubscribed(kind, channel)) => {
                self.acknowledge_unsubscribe(kind, channel).unwrap_or_else(|| match kind {
                    SubscriptionKind::Sharded => self.end_sharded(channel),
                    _ => self.accept_unrequested(),
                })
            }
            Some(PubSub::Message) | None => Accepted::Push,
        }
    }

    /// In RESP2 all of pub/sub comes as arrays. An array is only taken for one where the server can send it: messages
    /// while a subscription is active, acknowledgements where one is due. Whatever else it looks like, it is an answer.
    pub(super) fn accept_resp2_frame(&mut self, reply: View<'_>) -> Option<Accepted> {
        if self.resp == RespVersion::V3 || reply.kind() != ARRAY {
            return None;
        }
        match PubSub::of(reply)? {
            PubSub::Message => self.subscriptions.is_active().then_some(Accepted::Push),
            PubSub::Subscribed(kind) => self.acknowledge_subscribe(kind),
            PubSub::Unsubscribed(kind, channel) => self.acknowledge_unsubscribe(kind, channel).or_else(|| {
                let late_null = self.rest == Rest::AllSharded && channel.is_none();
                let late = self.sharded && is_end(reply);
                let unasked =
                    kind == SubscriptionKind::Sharded && (self.subscriptions.is_active() || late_null || late);
                unasked.then(|| self.end_sharded(channel))
            }),
        }
    }

    /// One channel of the oldest request is subscribed; `None` if that request did not ask for it. The server
    /// acknowledges each argument, in order, repeated ones too (redis.io, "SUBSCRIBE").
    fn acknowledge_subscribe(&mut self, kind: SubscriptionKind) -> Option<Accepted> {
        let subscribe = self.in_flight.front_subscribe().filter(|subscribe| subscribe.kind == kind)?;
        if let Some(channel) = subscribe.channels.get(subscribe.acknowledged)
            && self.subscriptions.insert(kind, channel.clone())
        {
            subscribe.fresh.push(channel.clone());
        }
        self.sharded |= kind == SubscriptionKind::Sharded;
        subscribe.acknowledged += 1;
        if subscribe.acknowledged < subscribe.channels.len() {
            return Some(Accepted::Absorbed);
        }
        self.rest = Rest::None;
        match self.in_flight.pop()? {
            Entry::User(request) => Some(Accepted::Settled { slot: request.slot() }),
            Entry::Step(_) | Entry::Resubscribe(_) => Some(self.continue_handshake()),
        }
    }

    /// One channel of the oldest request is unsubscribed; `None` if that request did not ask for it.
    ///
    /// redis.io, "UNSUBSCRIBE": one acknowledgement for each argument; without arguments one for each channel that
    /// was subscribed, and one with a null if there was none.
    fn acknowledge_unsubscribe(&mut self, kind: SubscriptionKind, channel: Option<&[u8]>) -> Option<Accepted> {
        let count = self.subscriptions.count(kind);
        let unsubscribe = self.in_flight.front_unsubscribe().filter(|unsubscribe| unsubscribe.kind == kind)?;
        let next = unsubscribe.acknowledged;
        match (&unsubscribe.channels, channel) {
            (Some(channels), _) => {
                // The server may also end sharded channels by itself; only one that is next in order counts.
                if kind == SubscriptionKind::Sharded && channel != Some(&channels[next][..]) {
                    let channel = channel.filter(|channel| channels.iter().any(|asked| asked == *channel))?;
                    self.subscriptions.remove(kind, channel);
                    return Some(Accepted::Absorbed);
                }
                unsubscribe.expected = channels.len();
                self.subscriptions.remove(kind, &channels[next]);
            }
            (None, _) => {
                if next == 0 {
                    unsubscribe.expected = count.max(1);
                }
                channel.map(|channel| self.subscriptions.remove(kind, channel));
            }
        }
        unsubscribe.acknowledged += 1;
        if unsubscribe.acknowledged < unsubscribe.expected {
            return Some(Accepted::Absorbed);
        }
        self.rest = Rest::None;
        if unsubscribe.channels.is_none() {
            self.subscriptions.clear(kind);
            if kind == SubscriptionKind::Sharded && channel.is_some() {
                self.rest = Rest::AllSharded;
            }
        }
        self.in_flight.pop().and_then(|entry| match entry {
            Entry::User(request) => Some(Accepted::Settled { slot: request.slot() }),
            Entry::Step(_) | Entry::Resubscribe(_) => None,
        })
    }

    /// The server ended a sharded subscription that nobody asked it to (redis.io, "Sharded Pub/Sub": when the slot
    /// moves to another shard), or says that there is none.
    fn end_sharded(&mut self, channel: Option<&[u8]>) -> Accepted {
        match channel {
            Some(channel) if self.subscriptions.remove(SubscriptionKind::Sharded, channel) => {
                Accepted::ShardedChannelMoved { channel: Bytes::copy_from_slice(channel), ready: false }
            }
            Some(_) => Accepted::Absorbed,
            None => {
                self.rest = Rest::None;
                Accepted::Absorbed
            }
        }
    }

    /// An acknowledgement that no request of this session waits for: the user wrote SUBSCRIBE as a raw command, which
    /// counts on one reply. The first acknowledgement is that. A second one may be for another channel of the same
    /// command or for the next command, which cannot be told; nobody may get another's reply.
    fn accept_unrequested(&mut self) -> Accepted {
        if !matches!(self.in_flight.front(), Some(Entry::User(Request::Command { .. }))) {
            return Accepted::Push;
        }
        if self.rest == Rest::RawCommand {
            let text = "A SUBSCRIBE or UNSUBSCRIBE of several channels was sent as a raw command: its replies cannot \
                        be told from those of other commands";
            return self.surplus(text.to_owned());
        }
        self.rest = Rest::RawCommand;
        match self.in_flight.pop_command() {
            Some((slot, flags)) => Accepted::Reply { slot, flags },
            None => Accepted::Push,
        }
    }
}

/// `["sunsubscribe", channel, count]`: a list of strings, such as a command's reply may be, does not end with a number.
fn is_end(reply: View<'_>) -> bool {
    reply.len() == 3 && reply.items().nth(2).is_some_and(|count| count.integer().is_some())
}
