//! Chains that a batch ends in the middle of. The node of a chain follows from the first of its commands that has a
//! key, and all of it goes to one connection, so its beginning waits for the batch with the rest: JS submits that in the
//! same turn.

use super::super::Engine;
use super::super::outgoing::{Meta, lent_of};
use super::super::timers::Millis;
use super::Cluster;
use super::routing::routed;
use crate::boundary::meta;
use crate::event::{Failure, RequestPhase};
use crate::proto::command::{NO_SLOT, Request};
use crate::proto::segments::Segments;

/// The beginning of a chain.
#[derive(Default)]
pub(super) struct Held {
    words: Vec<i32>,
    bytes: Vec<u8>,
    segments: Vec<Option<Box<Segments>>>,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn commands(&self) -> impl Iterator<Item = Meta<'_>> {
        self.words.chunks_exact(meta::WORDS).map(Meta)
    }

    pub(super) fn has(&self, ticket: u32) -> bool {
        self.commands().any(|command| command.request().ticket() == ticket)
    }

    /// Whether these commands of a batch go on with the chain: not those of the other lane, which go ahead of it.
    fn is_continued_by(&self, words: &[i32]) -> bool {
        !self.is_empty() && Meta(words).is_asap() == Meta(&self.words).is_asap()
    }
}

/// Whether the chain that the commands begin with ends among them.
#[inline]
pub(super) fn is_whole(commands: &[i32]) -> bool {
    commands.chunks_exact(meta::WORDS).any(|words| !Meta(words).is_in_chain())
}

impl Cluster {
    /// Whether a batch has begun with a chain, and these commands go on with it.
    pub(super) fn holds_beginning_of(&self, words: &[i32]) -> bool {
        self.held.is_continued_by(words)
    }
}

impl Engine {
    /// Keeps the beginning of a chain, or more of it. `first` is the index of the first command in the batch.
    pub(super) fn hold(&mut self, id: u32, first: usize, words: &[i32], bytes: &[u8]) {
        let segments: Vec<_> = (first..)
            .zip(words.chunks_exact(meta::WORDS).map(Meta))
            .map(|(index, command)| lent_of(&mut self.lent, index, command.flags()))
            .collect();
        let Some(cluster) = self.cluster(id) else { return };
        cluster.held.words.extend_from_slice(words);
        cluster.held.bytes.extend_from_slice(bytes);
        cluster.held.segments.extend(segments);
    }

    /// Queues the beginning of a chain whose rest has come. Returns the link that the rest goes to.
    pub(super) fn queue_held(&mut self, id: u32, rest_slot: u16, touched: &mut Vec<u32>, now: Millis) -> Option<u32> {
        let mut held = std::mem::take(&mut self.cluster(id)?.held);
        let segments = std::mem::take(&mut held.segments);
        let own_slot = held.commands().map(|command| command.slot()).find(|slot| *slot != NO_SLOT);
        let target = self.target(id, own_slot.unwrap_or(rest_slot), Meta(&held.words).flags(), now);
        let mut at = 0;
        for (command, segments) in held.commands().zip(segments) {
            let end = at + command.length();
            let own = &held.bytes[at..end];
            self.stage_for(id, target, routed(command.request_of(own), false), own, segments, touched, now);
            at = end;
        }
        target
    }

    /// Fails the beginning of a chain whose rest is not accepted any more.
    pub(super) fn fail_held(&mut self, id: u32, failure: Failure) {
        let Some(held) = self.cluster(id).map(|cluster| std::mem::take(&mut cluster.held)) else { return };
        for command in held.commands() {
            if matches!(command.request(), Request::Command { .. }) {
                self.fail_of_cluster(id, None, &routed(command.request(), false), failure, RequestPhase::Queued);
            }
        }
    }
}
