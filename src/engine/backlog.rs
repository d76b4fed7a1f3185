//! The offline queue of a link: requests that were accepted and not yet written. They survive a reconnect.
//!
//! There are two lanes, one for `asap` requests and one for the others; each stores the bytes of its requests in one
//! buffer. An aborted or expired request leaves a hole, which is dropped at the front or when holes become many.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

mod lane;
mod moving;
mod relaxing;
#[cfg(test)]
mod tests;

use self::lane::Lane;
pub use self::moving::Waiting;
use super::pieces::{Pieces, Unsent};
use super::timers::Millis;
use crate::boundary::flags;
use crate::proto::command::Request;
use crate::proto::ring::KEPT_CAPACITY;
use crate::proto::segments::Segments;

/// Maximum number of bytes for one write to the socket.
pub const WRITE_SIZE: usize = 256 * 1024;

/// Number of requests whose memory is kept for reuse when the queue becomes empty.
const KEPT_REQUESTS: usize = KEPT_CAPACITY / 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Deadlines of requests with a timeout, earliest first. Entries of requests that left the queue are skipped.
    /// Each with the place of the request, and whether maintenance of the server has relaxed it.
    expiries: BinaryHeap<Reverse<(Millis, LaneName, i64, bool)>>,
    /// How long each command may wait at least, in ms, during maintenance of the server.
    relaxed: Option<u32>,
    /// Positions of the requests that JS may cancel, by ticket.
    cancellable: HashMap<u32, (LaneName, i64)>,
    live: usize,
    /// The lane of a chain (MULTI … EXEC) that is partly written: its head was taken, its tail is still queued.
    open_chain: Option<LaneName>,
    /// Only the rest of that chain may be written; see `hold`.
    is_held: bool,
}

/// A request taken from the front.
pub struct Taken<'a> {
    /// The request.
    pub request: Request,
    /// Its bytes without the large arguments.
    pub bytes: &'a [u8],
    /// Its large arguments.
    pub segments: Option<&'a Segments>,
}

/// What is at the front of the queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Front {
    /// The pieces hold the bytes of the front. No pieces: the queue is empty.
    Pieces,
    /// The front request has lost a large argument. Neither it nor any other request of its chain was written.
    Gone,
    /// The front request has lost a large argument and its chain is partly written, so the chain cannot be finished.
    GoneInChain,
}

impl Backlog {
    /// Appends a request to its lane; requests with the flag `ASAP` are written before all others.
    ///
    /// A chain is one unit: the deadline of its first request applies to all of it, and cancelling the first request
    /// cancels all of it.
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
        let is_relaxed = self.is_relaxed_for(&request);
        let written_before = self.open_chain == Some(name);
        let lane = self.lane(name);
        let goes_on = lane.ring.entries.back().map_or(written_before, |queued| queued.chain);
        let number = lane.push(request, bytes, segments, chain);
        self.live += 1;
        if goes_on {
            return;
        }
        if let Some(at) = expires_at {
            self.expiries.push(Reverse((at, name, number, is_relaxed)));
        }
        if flags & flags::CANCELLABLE != 0 {
            self.cancellable.insert(ticket, (name, number));
        }
    }

    /// With `true`, holds back everything except the rest of a partly written chain; with `false`, releases it.
    pub fn hold(&mut self, held: bool) {
        self.is_held = held;
    }

    /// Whether requests are held back.
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// Whether a chain is partly written.
    pub fn is_in_chain(&self) -> bool {
        self.open_chain.is_some()
    }

    /// Whether a request may bypass this queue: the queue is empty and the request does not interrupt a chain.
    pub fn lets_pass(&self, flags: u32) -> bool {
        self.live == 0 && !self.is_held && self.open_chain.is_none_or(|open| open == LaneName::of(flags))
    }

    /// Whether the request with this ticket is queued. Linear search.
    pub fn has(&self, ticket: u32) -> bool {
        let is_it = |queued: &lane::Queued| queued.request.as_ref().is_some_and(|request| request.ticket() == ticket);
        self.asap.ring.entries.iter().chain(&self.normal.ring.entries).any(is_it)
    }

    /// Number of queued requests.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether no request is queued.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The contiguous bytes of the first requests, up to `most` bytes or the first hole. The caller writes them, then
    /// calls `take` with the number of bytes written.
    pub fn front_bytes(&mut self, most: usize) -> &[u8] {
        let Some(name) = self.front_lane() else { return &[] };
        // Once the open chain is finished, waiting `asap` requests go before the rest of this lane.
        let chain_only = self.is_held || (name == LaneName::Normal && !self.asap.ring.entries.is_empty());
        let lane = self.lane(name);
        let mut length = 0;
        for queued in &lane.ring.entries {
            if queued.request.is_none() || length >= most {
                break;
            }
            length += queued.length as usize;
            // A call returns one run: the caller decides about the other lane, and about RESET, which must wait.
            if matches!(queued.request, Some(Request::Reset { .. })) || (chain_only && !queued.chain) {
                break;
            }
        }
        if lane.ring.bytes.as_slices().0.len() < length {
            // The ring wraps once per round, so each byte is moved at most once.
            lane.ring.bytes.make_contiguous();
        }
        &self.lane(name).ring.bytes.as_slices().0[..length]
    }

    /// Whether requests with large arguments are queued. If so, use [`Backlog::front_pieces`].
    pub fn is_segmented(&self) -> bool {
        self.asap.segmented + self.normal.segmented > 0
    }

    /// Like `front_bytes`, for a queue with large arguments, which are not stored in its buffer.
    pub fn front_pieces<'a>(&'a mut self, pieces: &mut Pieces<'a>) -> Front {
        let Some(name) = self.front_lane() else { return Front::Pieces };
        let chain_only = self.is_held || (name == LaneName::Normal && !self.asap.ring.entries.is_empty());
        let mut in_chain = self.open_chain.is_some();
        let lane = self.lane(name);
        lane.ring.bytes.make_contiguous();
        let lane = &*lane;
        let bytes = lane.ring.bytes.as_slices().0;
        // How many own bytes were visited, and how many of them were pushed to `pieces`.
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
                // `is_intact` was checked above, and no JS ran since.
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

    /// Removes the front request and the rest of its chain.
    pub fn drop_front(&mut self, dropped: impl FnMut(Request)) {
        if let Some(name) = self.front_lane() {
            let number = self.lane(name).front_number();
            self.remove(name, number, dropped);
        }
    }

    /// Removes the requests that the first `written` bytes cover fully or partly. The unwritten rest of the last one
    /// moves to `rest`.
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
                // `forget` inlined: it would borrow all of `self`, and this loop runs for every queued request.
                self.live -= 1;
                if !self.cancellable.is_empty() {
                    self.cancellable.remove(&request.ticket());
                }
                // `front_bytes` made these bytes contiguous.
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

    /// Whether `cancel` would find this request.
    pub fn is_cancellable(&self, ticket: u32) -> bool {
        self.cancellable.contains_key(&ticket)
    }

    /// Cancels a request and the rest of its chain. Returns false if it is not queued or was not marked `CANCELLABLE`.
    pub fn cancel(&mut self, ticket: u32) -> bool {
        let Some((name, number)) = self.cancellable.remove(&ticket) else { return false };
        let mut found = false;
        self.remove(name, number, |_| found = true);
        found
    }

    /// Notes that a request with these flags bypassed this queue, so that a chain it belongs to is known to be open.
    pub fn note_written(&mut self, flags: u32) {
        self.open_chain = (flags & flags::CHAIN != 0).then(|| LaneName::of(flags));
    }

    /// Removes the rest of a partly written chain: it makes no sense on another connection without its head.
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
        *self = Self { is_held: self.is_held, relaxed: self.relaxed, ..Self::default() };
    }

    fn lane(&mut self, name: LaneName) -> &mut Lane {
        match name {
            LaneName::Asap => &mut self.asap,
            LaneName::Normal => &mut self.normal,
        }
    }

    /// The lane to write from: that of an open chain, else `asap`, else the normal one.
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

    /// Removes a request and the rest of its chain, as a chain can only fail as a whole.
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

    /// Updates counters and indexes for a request that leaves the queue.
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
            .filter_map(|Reverse((at, of, number, relaxed))| Some(Reverse((at, of, new_number(of, number)?, relaxed))))
            .collect();
        for (of, number) in self.cancellable.values_mut() {
            // A cancellable request is always in its lane, so it has a new number.
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
