//! Requests that were accepted and not written. They survive a reconnect.
//!
//! Two lanes, each a queue of requests with their bytes in one buffer: `asap` requests, then the others. A request that
//! is removed (abort, timeout) stays in its lane as a hole until it comes to the front, or until there are many holes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

mod lane;
#[cfg(test)]
mod tests;

use self::lane::Lane;
use super::pieces::{Pieces, Unsent};
use super::timers::Millis;
use crate::boundary::flags;
use crate::proto::command::Request;
use crate::proto::ring::KEPT_CAPACITY;
use crate::proto::segments::Segments;

/// Bytes that are offered to the socket at once.
pub const WRITE_SIZE: usize = 256 * 1024;

/// So many requests may come again without another allocation.
const KEPT_REQUESTS: usize = KEPT_CAPACITY / 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LaneName {
    Asap,
    Normal,
}

impl LaneName {
    fn of(flags: u32) -> Self {
        if flags & flags::ASAP != 0 { Self::Asap } else { Self::Normal }
    }
}

/// The queue of unwritten requests of one link.
#[derive(Default)]
pub struct Backlog {
    asap: Lane,
    normal: Lane,
    /// Requests with a timeout, soonest first; stale entries are skipped.
    expiries: BinaryHeap<Reverse<(Millis, LaneName, i64)>>,
    /// Where the requests are that JS may take back.
    cancellable: HashMap<u32, (LaneName, i64)>,
    live: usize,
    /// The lane of a chain whose head was taken and whose tail was not.
    open_chain: Option<LaneName>,
    /// Only the tail of that chain may be written.
    is_held: bool,
}

/// A request taken from the front.
pub struct Taken<'a> {
    /// The request.
    pub request: Request,
    /// Its own bytes.
    pub bytes: &'a [u8],
    /// Its large arguments.
    pub segments: Option<&'a Segments>,
}

/// What is at the front of the queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Front {
    /// The pieces are its bytes; none: nothing waits.
    Pieces,
    /// A request that lost a large argument. Nothing of it, nor of its chain, was written.
    Gone,
    /// The same for a request whose chain was begun: it cannot be finished.
    GoneInChain,
}

impl Backlog {
    /// Adds a request at the back (or, with `ASAP`, before all that are not).
    ///
    /// A chain expires whole, with its first request, whose time counts for all. It is taken back whole, too, by its
    /// first request.
    pub fn push(
        &mut self,
        request: Request,
        bytes: &[u8],
        segments: Option<Box<Segments>>,
        flags: u32,
        expires_at: Option<Millis>,
    ) {
        let name = LaneName::of(flags);
        let ticket = request.ticket();
        let chain = flags & flags::CHAIN != 0;
        let written_before = self.open_chain == Some(name);
        let lane = self.lane(name);
        let goes_on = lane.ring.entries.back().map_or(written_before, |queued| queued.chain);
        let number = lane.push(request, bytes, segments, chain);
        self.live += 1;
        if goes_on {
            return;
        }
        if let Some(at) = expires_at {
            self.expiries.push(Reverse((at, name, number)));
        }
        if flags & flags::CANCELLABLE != 0 {
            self.cancellable.insert(ticket, (name, number));
        }
    }

    /// Holds everything back but the tail of a chain whose head was taken; or no longer.
    pub fn hold(&mut self, held: bool) {
        self.is_held = held;
    }

    /// Whether the head of a chain was taken and its tail was not.
    pub fn is_in_chain(&self) -> bool {
        self.open_chain.is_some()
    }

    /// Whether a request may be written past this queue: nothing waits, and it does not cut into a chain.
    pub fn lets_pass(&self, flags: u32) -> bool {
        self.live == 0 && !self.is_held && self.open_chain.is_none_or(|open| open == LaneName::of(flags))
    }

    /// Whether the request with this ticket waits. Looks at all of them.
    pub fn has(&self, ticket: u32) -> bool {
        let is_it = |queued: &lane::Queued| queued.request.as_ref().is_some_and(|request| request.ticket() == ticket);
        self.asap.ring.entries.iter().chain(&self.normal.ring.entries).any(is_it)
    }

    /// Number of requests that wait.
    pub fn len(&self) -> usize {
        self.live
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The bytes of the requests at the front, as far as they lie together: write from here, then `take` what was
    /// begun. Holes end a run.
    pub fn front_bytes(&mut self, most: usize) -> &[u8] {
        let Some(name) = self.front_lane() else { return &[] };
        // Behind the chain that is being finished, `asap` requests come first.
        let chain_only = self.is_held || (name == LaneName::Normal && !self.asap.ring.entries.is_empty());
        let lane = self.lane(name);
        let mut length = 0;
        for queued in &lane.ring.entries {
            if queued.request.is_none() || length >= most {
                break;
            }
            length += queued.length as usize;
            // The next lane or a request that must wait for its reply is a matter of the caller: one run per call.
            if matches!(queued.request, Some(Request::Reset { .. })) || (chain_only && !queued.chain) {
                break;
            }
        }
        if lane.ring.bytes.as_slices().0.len() < length {
            // Once in a round of the ring: what is moved then was not moved before.
            lane.ring.bytes.make_contiguous();
        }
        &self.lane(name).ring.bytes.as_slices().0[..length]
    }

    /// Whether requests with large arguments wait: then [`Backlog::front_pieces`] has to be used.
    pub fn is_segmented(&self) -> bool {
        self.asap.segmented + self.normal.segmented > 0
    }

    /// The same as `front_bytes` for a queue with large arguments, which lie elsewhere.
    pub fn front_pieces<'a>(&'a mut self, pieces: &mut Pieces<'a>) -> Front {
        let Some(name) = self.front_lane() else { return Front::Pieces };
        let chain_only = self.is_held || (name == LaneName::Normal && !self.asap.ring.entries.is_empty());
        let mut in_chain = self.open_chain.is_some();
        let lane = self.lane(name);
        lane.ring.bytes.make_contiguous();
        let lane = &*lane;
        let bytes = lane.ring.bytes.as_slices().0;
        // The own bytes that were looked at, and how many of them are among the pieces.
        let (mut at, mut pushed) = (0, 0);
        for (index, queued) in lane.ring.entries.iter().enumerate() {
            if queued.request.is_none() {
                break;
            }
            if !lane.is_intact(index, !in_chain) {
                match (index, in_chain) {
                    (0, true) => return Front::GoneInChain,
                    (0, false) => return Front::Gone,
                    _ => break,
                }
            }
            for segment in queued.segments.iter().flat_map(|segments| &segments.0) {
                let own = &bytes[pushed..at + segment.at];
                pushed = at + segment.at;
                // It is intact: nobody could change that meanwhile.
                if !pieces.push(own) || !pieces.push(segment.argument.bytes().unwrap_or_default()) {
                    return Front::Pieces;
                }
            }
            at += queued.length as usize;
            in_chain = queued.chain;
            if at - pushed > WRITE_SIZE
                || matches!(queued.request, Some(Request::Reset { .. }))
                || (chain_only && !in_chain)
            {
                break;
            }
        }
        pieces.push(&bytes[pushed..at]);
        Front::Pieces
    }

    /// Removes the request at the front, with its chain.
    pub fn drop_front(&mut self, dropped: impl FnMut(Request)) {
        if let Some(name) = self.front_lane() {
            let number = self.lane(name).front_number();
            self.remove(name, number, dropped);
        }
    }

    /// Takes the requests that `written` bytes of the front have begun. What is still unwritten of the last one goes to
    /// `rest`.
    pub fn take(&mut self, written: usize, rest: &mut Unsent, mut taken: impl FnMut(Taken<'_>)) {
        let Some(name) = self.front_lane() else { return };
        let mut left = written;
        let mut removed = 0;
        let lane = match name {
            LaneName::Asap => &mut self.asap,
            LaneName::Normal => &mut self.normal,
        };
        let mut open_chain = self.open_chain;
        while left > 0 {
            let Some(queued) = lane.drop_front() else { break };
            let whole = queued.whole_length();
            let used = left.min(whole);
            left -= used;
            let end = removed + queued.length as usize;
            if let Some(request) = queued.request {
                // Not `forget`, which would borrow all: this is the path of every request of a burst.
                self.live -= 1;
                if !self.cancellable.is_empty() {
                    self.cancellable.remove(&request.ticket());
                }
                // What was offered to the socket lies in one piece.
                let bytes = lane.ring.bytes.as_slices().0.get(removed..end).unwrap_or_default();
                taken(Taken { request, bytes, segments: queued.segments.as_deref() });
            }
            if used < whole {
                let segments = queued.segments.map(|segments| *segments).unwrap_or_default();
                rest.take_over(lane.ring.bytes.range(removed..end).copied(), segments, used);
            }
            removed = end;
            let chain = queued.chain;
            open_chain = chain.then_some(name);
        }
        lane.ring.discard(removed);
        lane.drop_holes();
        self.open_chain = open_chain;
        self.give_memory_back();
    }

    /// Takes a request back, with the rest of its chain. False when it is not here (any more) or was not declared
    /// `CANCELLABLE`.
    pub fn cancel(&mut self, ticket: u32) -> bool {
        let Some((name, number)) = self.cancellable.remove(&ticket) else { return false };
        let mut found = false;
        self.remove(name, number, |_| found = true);
        found
    }

    /// Tells that a request with these flags was written past this queue.
    pub fn note_written(&mut self, flags: u32) {
        self.open_chain = (flags & flags::CHAIN != 0).then(|| LaneName::of(flags));
    }

    /// When the next request expires.
    pub fn next_expiry(&self) -> Option<Millis> {
        self.expiries.peek().map(|Reverse((at, ..))| *at)
    }

    /// Removes the requests whose time is over.
    pub fn expire(&mut self, now: Millis, mut expired: impl FnMut(Request)) {
        while let Some(Reverse((at, name, number))) = self.expiries.peek().copied() {
            if at > now {
                break;
            }
            self.expiries.pop();
            self.remove(name, number, &mut expired);
        }
    }

    /// Removes the tail of a chain whose head was written: it cannot move to another connection alone.
    pub fn drop_open_chain(&mut self, mut dropped: impl FnMut(Request)) {
        let Some(name) = self.open_chain.take() else { return };
        loop {
            let lane = self.lane(name);
            let Some(queued) = lane.drop_front() else { break };
            lane.ring.discard(queued.length as usize);
            if let Some(request) = queued.request {
                self.forget(&request);
                dropped(request);
            }
            if !queued.chain {
                break;
            }
        }
        self.lane(name).drop_holes();
        self.give_memory_back();
    }

    /// Empties the queue.
    pub fn clear(&mut self, mut dropped: impl FnMut(Request)) {
        for lane in [std::mem::take(&mut self.asap), std::mem::take(&mut self.normal)] {
            lane.ring.entries.into_iter().filter_map(|queued| queued.request).for_each(&mut dropped);
        }
        *self = Self { is_held: self.is_held, ..Self::default() };
    }

    fn lane(&mut self, name: LaneName) -> &mut Lane {
        match name {
            LaneName::Asap => &mut self.asap,
            LaneName::Normal => &mut self.normal,
        }
    }

    /// The lane to write from: an open chain must be finished first.
    fn front_lane(&mut self) -> Option<LaneName> {
        self.asap.drop_holes();
        self.normal.drop_holes();
        if let Some(name) = self.open_chain {
            return Some(name);
        }
        if self.is_held {
            return None;
        }
        if !self.asap.ring.entries.is_empty() {
            return Some(LaneName::Asap);
        }
        (!self.normal.ring.entries.is_empty()).then_some(LaneName::Normal)
    }

    /// Removes a request and, as a chain fails whole, what follows it in its chain.
    fn remove(&mut self, name: LaneName, mut number: i64, mut removed: impl FnMut(Request)) {
        while let Some((request, chain)) = self.lane(name).remove(number) {
            self.forget(&request);
            removed(request);
            if !chain {
                break;
            }
            number += 1;
        }
        self.lane(name).drop_holes();
        if self.lane(name).is_porous() {
            self.close_holes(name);
        }
        self.give_memory_back();
    }

    /// A request leaves the queue.
    fn forget(&mut self, request: &Request) {
        self.live -= 1;
        if !self.cancellable.is_empty() {
            self.cancellable.remove(&request.ticket());
        }
    }

    fn close_holes(&mut self, name: LaneName) {
        let renumbered = self.lane(name).close_holes();
        let new_number = |of: LaneName, number| if of == name { renumbered(number) } else { Some(number) };
        self.expiries = std::mem::take(&mut self.expiries)
            .into_iter()
            .filter_map(|Reverse((at, of, number))| Some(Reverse((at, of, new_number(of, number)?))))
            .collect();
        for (of, number) in self.cancellable.values_mut() {
            // Whatever may be taken back is in its lane.
            *number = new_number(*of, *number).unwrap_or(*number);
        }
    }

    fn give_memory_back(&mut self) {
        if self.live > 0 {
            return;
        }
        self.expiries.clear();
        self.expiries.shrink_to(KEPT_REQUESTS);
        if self.cancellable.capacity() > KEPT_REQUESTS {
            self.cancellable = HashMap::new();
        }
    }
}
