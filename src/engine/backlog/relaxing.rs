//! Deadlines of queued requests, and how maintenance of the server relaxes them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::super::timers::Millis;
use super::{Backlog, LaneName};
use crate::proto::command::Request;

/// The limit of a command's own, in milliseconds; 0: none.
fn own_limit(request: &Request) -> u32 {
    if let Request::Command { timeout, .. } = request { *timeout } else { 0 }
}

/// Whether the caller of this request may wait for a limited time only: not if the engine made it.
fn is_limited(request: &Request) -> bool {
    matches!(request, Request::Command { .. } | Request::Raw(_))
}

impl Backlog {
    /// When a command of JS expires that is queued now. `timeout`: its own limit in ms; 0: none.
    pub fn deadline(&self, timeout: u32, now: Millis) -> Option<Millis> {
        let limit = timeout.max(self.relaxed.unwrap_or(0));
        (limit > 0).then(|| now + Millis::from(limit))
    }

    /// With a number of ms, each command that waits or will be queued may wait so long from now on, or longer if it had
    /// a longer limit. With `None`, later ones have their own limits again.
    pub fn relax(&mut self, limit: Option<u32>, now: Millis) {
        self.relaxed = limit;
        let Some(limit) = limit else { return };
        let mut before: HashMap<(LaneName, i64), Millis> =
            self.expiries.drain().map(|Reverse((at, name, number, _))| ((name, number), at)).collect();
        let mut expiries = BinaryHeap::new();
        for (name, lane) in [(LaneName::Asap, &self.asap), (LaneName::Normal, &self.normal)] {
            let mut goes_on = self.open_chain == Some(name);
            for (number, queued) in (lane.front_number()..).zip(&lane.ring.entries) {
                // The limit of a chain is that of its first request.
                let continues = std::mem::replace(&mut goes_on, queued.chain);
                let Some(request) = queued.request.as_ref().filter(|request| !continues && is_limited(request)) else {
                    continue;
                };
                let own = own_limit(request);
                let at = now + Millis::from(own.max(limit));
                let at = before.remove(&(name, number)).map_or(at, |before| before.max(at));
                expiries.push(Reverse((at, name, number, own < limit)));
            }
        }
        self.expiries = expiries;
    }

    /// Whether a request that is queued now has the relaxed limit.
    pub(super) fn is_relaxed_for(&self, request: &Request) -> bool {
        self.relaxed.is_some_and(|limit| own_limit(request) < limit)
    }

    /// The earliest deadline of a queued request.
    pub fn next_expiry(&self) -> Option<Millis> {
        self.expiries.peek().map(|Reverse((at, ..))| *at)
    }

    /// Removes the requests whose deadline has passed. `expired` gets each, and whether it had the relaxed limit.
    pub fn expire(&mut self, now: Millis, mut expired: impl FnMut(Request, bool)) {
        while let Some(Reverse((at, name, number, is_relaxed))) = self.expiries.peek().copied() {
            if at > now {
                break;
            }
            self.expiries.pop();
            self.remove(name, number, |request| expired(request, is_relaxed));
        }
    }
}
