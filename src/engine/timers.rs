//! The timers of all links in one heap. A timer cannot be cancelled: stale ones are ignored when they are due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Milliseconds on the engine's own clock.
pub type Millis = u64;

/// The purpose of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerKind {
    /// `connectTimeout`: limits an attempt up to the end of its handshake.
    Connect,
    /// The delay before the next attempt.
    Retry,
    /// A queued request may have reached its deadline.
    Backlog,
    /// `socketTimeout`.
    Idle,
    /// JS has had its turn since a step of a hand-over.
    HandOver,
    /// Something is due in the maintenance of the server.
    Maintenance,
    /// Something is due in a cluster, whose id stands in place of the link's.
    Cluster,
}

/// A timer of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// The link.
    pub link: u32,
    /// The serial of the attempt that set it; 0 if it does not belong to an attempt.
    pub serial: u32,
    /// The purpose.
    pub kind: TimerKind,
}

/// A heap of timers.
#[derive(Debug, Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<(Millis, Timer)>>,
}

impl Timers {
    /// Adds a timer.
    pub fn set(&mut self, at: Millis, timer: Timer) {
        self.heap.push(Reverse((at, timer)));
    }

    /// When the next timer is due.
    pub fn next(&self) -> Option<Millis> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Removes and returns one timer that is due at `now`.
    pub fn pop_due(&mut self, now: Millis) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, timer))| timer)
    }

    /// Keeps only the timers for which `keep` returns true. Called occasionally so that stale timers do not accumulate.
    pub fn retain(&mut self, keep: impl Fn(&Timer) -> bool) {
        self.heap.retain(|Reverse((_, timer))| keep(timer));
    }

    /// Number of entries, stale ones included.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_up_in_order_and_only_when_due() {
        let mut timers = Timers::default();
        let timer = |link| Timer { link, serial: 0, kind: TimerKind::Retry };
        timers.set(30, timer(3));
        timers.set(10, timer(1));
        timers.set(20, timer(2));
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.pop_due(9), None);
        assert_eq!(timers.pop_due(25).map(|t| t.link), Some(1));
        assert_eq!(timers.pop_due(25).map(|t| t.link), Some(2));
        assert_eq!(timers.pop_due(25), None);
        timers.retain(|t| t.link != 3);
        assert!(timers.is_empty());
    }
}
