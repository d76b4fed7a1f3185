//! The subscriptions of a link: what it wants, which outlives connections, and what this connection has.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::command::SubscriptionKind;

/// One set for each kind, ordered, so that a handshake is the same every time.
type Sets = [BTreeSet<Bytes>; 3];

/// The subscriptions of a link, as far as the server has acknowledged them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Subscriptions {
    /// What each handshake subscribes to again.
    wanted: Sets,
    /// What the server says that this connection has: also what a user opened with a raw command.
    live: Sets,
}

impl Subscriptions {
    /// Whether no subscription of any kind is wanted.
    pub fn is_empty(&self) -> bool {
        self.wanted.iter().all(BTreeSet::is_empty)
    }

    /// Whether a channel or pattern is wanted.
    pub fn contains(&self, kind: SubscriptionKind, channel: &[u8]) -> bool {
        self.wanted[kind as usize].contains(channel)
    }

    /// The channels or patterns of a kind that are wanted, in the order of their bytes.
    pub fn channels(&self, kind: SubscriptionKind) -> impl Iterator<Item = &Bytes> {
        self.wanted[kind as usize].iter()
    }

    /// How many channels or patterns of a kind this connection has.
    pub fn live_count(&self, kind: SubscriptionKind) -> usize {
        self.live[kind as usize].len()
    }

    /// Whether this connection has a channel or pattern.
    pub fn is_live(&self, kind: SubscriptionKind, channel: &[u8]) -> bool {
        self.live[kind as usize].contains(channel)
    }

    /// Whether messages may arrive on this connection. In RESP2 this is the pub/sub mode, in which the server answers
    /// little else (redis.io, "Pub/Sub": the RESP2 client should not issue other commands).
    pub fn is_active(&self) -> bool {
        self.live.iter().any(|set| !set.is_empty())
    }

    /// The server acknowledged a subscription of the link. Returns whether it was not wanted before.
    pub(super) fn insert(&mut self, kind: SubscriptionKind, channel: Bytes) -> bool {
        self.live[kind as usize].insert(channel.clone());
        self.wanted[kind as usize].insert(channel)
    }

    /// The server says that this connection has a subscription, which the link did not ask for.
    pub(super) fn note(&mut self, kind: SubscriptionKind, channel: &[u8]) {
        if !self.is_live(kind, channel) {
            self.live[kind as usize].insert(Bytes::copy_from_slice(channel));
        }
    }

    /// The server ended a subscription that somebody asked it to end, or that will not come back. Returns whether it
    /// was wanted.
    pub(super) fn remove(&mut self, kind: SubscriptionKind, channel: &[u8]) -> bool {
        self.live[kind as usize].remove(channel);
        self.wanted[kind as usize].remove(channel)
    }

    /// The server says that this connection has lost a subscription. It stays wanted.
    pub(super) fn note_end(&mut self, kind: SubscriptionKind, channel: &[u8]) {
        self.live[kind as usize].remove(channel);
    }

    /// The server ended all subscriptions of a kind.
    pub(super) fn clear(&mut self, kind: SubscriptionKind) {
        self.wanted[kind as usize].clear();
        self.live[kind as usize].clear();
    }

    /// `RESET`: the server forgot them all, and so does the link.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The connection is gone: what is wanted stays.
    pub(super) fn suspend(&mut self) {
        self.live.iter_mut().for_each(BTreeSet::clear);
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
        assert_eq!(SubscriptionKind::ALL.map(|kind| all.live_count(kind)), [1, 0, 1]);
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

    #[test]
    fn what_the_link_did_not_ask_for_is_not_wanted() {
        let mut all = Subscriptions::default();
        all.note(Channels, b"a");
        assert!(all.is_active() && all.is_empty());
        all.insert(Channels, Bytes::from_static(b"b"));
        all.note_end(Channels, b"b");
        assert!(all.contains(Channels, b"b") && !all.is_live(Channels, b"b"));
    }
}
