//! What the link wants to be subscribed to. It outlives connections: each handshake subscribes again.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::command::SubscriptionKind;

/// The subscriptions of a link, as far as the server has acknowledged them.
///
/// A ready connection has exactly these subscriptions, apart from those that a user opened behind the session's back
/// with a raw command.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Subscriptions {
    /// Ordered, so that a handshake is the same every time.
    sets: [BTreeSet<Bytes>; 3],
    /// Whether this connection has acknowledged any of them.
    active: bool,
}

impl Subscriptions {
    /// How many channels or patterns of a kind there are.
    pub fn count(&self, kind: SubscriptionKind) -> usize {
        self.set(kind).len()
    }

    /// Whether there is no subscription of any kind.
    pub fn is_empty(&self) -> bool {
        self.sets.iter().all(BTreeSet::is_empty)
    }

    /// Whether a channel or pattern is subscribed.
    pub fn contains(&self, kind: SubscriptionKind, channel: &[u8]) -> bool {
        self.set(kind).contains(channel)
    }

    /// The channels or patterns of a kind, in the order of their bytes.
    pub fn channels(&self, kind: SubscriptionKind) -> impl Iterator<Item = &Bytes> {
        self.set(kind).iter()
    }

    /// Whether messages may arrive on this connection. In RESP2 this is the pub/sub mode, in which the server answers
    /// little else (redis.io, "Pub/Sub": the RESP2 client should not issue other commands).
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// The server acknowledged a subscription. Returns whether it is new.
    pub(super) fn insert(&mut self, kind: SubscriptionKind, channel: Bytes) -> bool {
        self.active = true;
        self.sets[kind as usize].insert(channel)
    }

    /// The server ended a subscription. Returns whether there was one.
    pub(super) fn remove(&mut self, kind: SubscriptionKind, channel: &[u8]) -> bool {
        let removed = self.sets[kind as usize].remove(channel);
        self.settle();
        removed
    }

    /// The server ended all subscriptions of a kind.
    pub(super) fn clear(&mut self, kind: SubscriptionKind) {
        self.sets[kind as usize].clear();
        self.settle();
    }

    /// `RESET`: the server forgot them all, and so does the link.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The connection is gone: what is wanted stays.
    pub(super) fn suspend(&mut self) {
        self.active = false;
    }

    fn settle(&mut self) {
        self.active &= !self.is_empty();
    }

    fn set(&self, kind: SubscriptionKind) -> &BTreeSet<Bytes> {
        &self.sets[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SubscriptionKind::{Channels, Patterns, Sharded};

    #[test]
    fn kinds_are_separate() {
        let mut all = Subscriptions::default();
        assert!(all.insert(Channels, Bytes::from_static(b"a")));
        assert!(!all.insert(Channels, Bytes::from_static(b"a")));
        assert!(all.insert(Sharded, Bytes::from_static(b"a")));
        assert_eq!((all.count(Channels), all.count(Patterns), all.count(Sharded)), (1, 0, 1));
        assert!(all.remove(Channels, b"a") && !all.remove(Channels, b"a"));
        assert!(all.contains(Sharded, b"a") && !all.contains(Channels, b"a"));
    }

    #[test]
    fn active_follows_the_connection() {
        let mut all = Subscriptions::default();
        all.insert(Patterns, Bytes::from_static(b"a*"));
        assert!(all.is_active());
        all.suspend();
        assert!(!all.is_active() && !all.is_empty());
        all.insert(Patterns, Bytes::from_static(b"a*"));
        all.clear(Patterns);
        assert!(!all.is_active());
    }
}
