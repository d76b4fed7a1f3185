//! What a queued command of a cluster waits for, for the error of one that is cancelled.

use super::super::Engine;
use super::retries::{Tried, trace};
use crate::boundary::TraceReason;

impl Engine {
    /// What a command that can be cancelled waits for: the words of its trace after the ticket, and the error of the
    /// server that has refused it last, with a space between them. `None`: no cluster has it queued.
    pub fn whereabouts(&mut self, ticket: u32) -> Option<String> {
        let link = self.links.iter().flatten().find(|link| link.backlog.is_cancellable(ticket));
        let (id, link) = match link {
            Some(link) => (link.cluster?, Some(link.id)),
            None => (self.clusters.iter().flatten().find(|cluster| cluster.has_parked(ticket))?.id, None),
        };
        let is_held = link.is_some_and(|link| self.is_held(link));
        let mut tried: Tried = self.cluster(id)?.tried.get(&ticket).cloned().unwrap_or_default();
        if is_held {
            tried.reason = Some(TraceReason::Silent);
        }
        let [_, _, words @ ..] = trace(id, ticket, link, &tried);
        let refusal = tried.refusal.filter(|_| link.is_none()).unwrap_or_default();
        Some(words.iter().map(|word| format!("{word} ")).collect::<String>() + &refusal)
    }

    /// Whether what is queued for a link is held back, because its node does not answer.
    pub(super) fn is_held(&mut self, link: u32) -> bool {
        self.link(link).is_some_and(|link| link.is_ready() && link.backlog.is_held())
    }
}
