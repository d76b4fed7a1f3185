//! Sets of channels and patterns: those that a link wants, or those that a connection has.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::command::SubscriptionKind;

/// One set for each kind of subscription; ordered, so that handshakes are reproducible.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ChannelSets([BTreeSet<Bytes>; 3]);

impl ChannelSets {
    /// Whether there is no channel of any kind.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(BTreeSet::is_empty)
    }

    /// Whether a channel or pattern is subscribed.
    pub fn contains(&self, kind: SubscriptionKind, channel: &[u8]) -> bool {
        self.0[kind as usize].contains(channel)
    }

    /// The channels or patterns of a kind, in the order of their bytes.
    pub fn channels(&self, kind: SubscriptionKind) -> impl Iterator<Item = &Bytes> {
        self.0[kind as usize].iter()
    }

    /// The number of channels or patterns of a kind.
    pub fn count(&self, kind: SubscriptionKind) -> usize {
        self.0[kind as usize].len()
    }

    /// Replaces the channels or patterns of a kind.
    pub(super) fn replace(&mut self, kind: SubscriptionKind, channels: Vec<Bytes>) {
        self.0[kind as usize] = channels.into_iter().collect();
    }

    /// Adds a channel or pattern. Returns whether it is new.
    pub(super) fn insert(&mut self, kind: SubscriptionKind, channel: Bytes) -> bool {
        self.0[kind as usize].insert(channel)
    }

    /// Adds a channel or pattern, copying its bytes if it is new.
    pub(super) fn note(&mut self, kind: SubscriptionKind, channel: &[u8]) {
        if !self.contains(kind, channel) {
            self.0[kind as usize].insert(Bytes::copy_from_slice(channel));
        }
    }

    /// Removes a channel or pattern. Returns whether it was present.
    pub(super) fn remove(&mut self, kind: SubscriptionKind, channel: &[u8]) -> bool {
        self.0[kind as usize].remove(channel)
    }

    /// Removes all channels or patterns of a kind.
    pub(super) fn clear(&mut self, kind: SubscriptionKind) {
        self.0[kind as usize].clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SubscriptionKind::{Channels, Patterns, Sharded};

    #[test]
    fn kinds_are_separate() {
        let mut all = ChannelSets::default();
        assert!(all.insert(Channels, Bytes::from_static(b"a")));
        assert!(!all.insert(Channels, Bytes::from_static(b"a")));
        assert!(all.insert(Sharded, Bytes::from_static(b"a")));
        assert_eq!(SubscriptionKind::ALL.map(|kind| all.count(kind)), [1, 0, 1]);
        assert!(all.remove(Channels, b"a") && !all.remove(Channels, b"a"));
        assert!(all.contains(Sharded, b"a") && !all.contains(Channels, b"a"));
    }

    #[test]
    fn what_is_noted_twice_is_there_once() {
        let mut all = ChannelSets::default();
        all.note(Patterns, b"a*");
        all.note(Patterns, b"a*");
        assert_eq!(all.count(Patterns), 1);
        all.clear(Patterns);
        assert!(all.is_empty());
    }
}
