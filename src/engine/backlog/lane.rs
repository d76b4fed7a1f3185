//! One queue of requests. Their bytes are in one buffer, except large arguments, which stay in the caller's memory.

use crate::proto::command::Request;
use crate::proto::ring::{KEPT_CAPACITY, Ring};
use crate::proto::segments::Segments;

/// Up to this number of holes, compacting is not worth its cost.
const FEW_HOLES: usize = 64;

pub(super) struct Queued {
    /// `None`: the request was removed (a hole).
    pub(super) request: Option<Request>,
    /// Number of its bytes in the buffer.
    pub(super) length: u32,
    /// The next request belongs to the same chain.
    pub(super) chain: bool,
    /// Its large arguments.
    pub(super) segments: Option<Box<Segments>>,
}

impl Queued {
    /// Number of bytes that it takes on the wire, with its large arguments.
    pub(super) fn whole_length(&self) -> usize {
        self.length as usize + self.segments.as_ref().map_or(0, |segments| segments.length())
    }
}

#[derive(Default)]
pub(super) struct Lane {
    pub(super) ring: Ring<Queued>,
    /// The number of the front entry. Entries are numbered consecutively towards the back.
    front: i64,
    holes: usize,
    /// How many requests have large arguments.
    pub(super) segmented: usize,
}

impl Lane {
    /// Appends a request and returns its number.
    pub(super) fn push(&mut self, request: Request, bytes: &[u8], segments: Option<Box<Segments>>, chain: bool) -> i64 {
        self.segmented += usize::from(segments.is_some());
        // The cast cannot truncate: the meta words of a command hold its length in 32 bits.
        let queued = Queued { request: Some(request), length: bytes.len() as u32, chain, segments };
        self.ring.push(queued, bytes);
        self.front + self.ring.entries.len() as i64 - 1
    }

    /// Replaces an entry with a hole. Returns its request and whether the next entry belongs to the same chain.
    pub(super) fn remove(&mut self, number: i64) -> Option<(Request, bool)> {
        let index = usize::try_from(number - self.front).ok()?;
        let queued = self.ring.entries.get_mut(index)?;
        let request = queued.request.take()?;
        self.segmented -= usize::from(queued.segments.take().is_some());
        self.holes += 1;
        Some((request, queued.chain))
    }

    /// The number of the front entry.
    pub(super) fn front_number(&self) -> i64 {
        self.front
    }

    /// Removes the front entry, but not its bytes.
    pub(super) fn drop_front(&mut self) -> Option<Queued> {
        let queued = self.ring.entries.pop_front()?;
        self.front += 1;
        self.holes -= usize::from(queued.request.is_none());
        self.segmented -= usize::from(queued.segments.is_some());
        Some(queued)
    }

    /// Drops the holes before the first request.
    pub(super) fn drop_holes(&mut self) {
        while self.ring.entries.front().is_some_and(|queued| queued.request.is_none()) {
            if let Some(queued) = self.drop_front() {
                self.ring.discard(queued.length as usize);
            }
        }
        self.ring.trim();
    }

    /// Whether the request at this index (with `whole_chain`, the rest of its chain too) still has its large arguments.
    pub(super) fn is_intact(&self, index: usize, whole_chain: bool) -> bool {
        for queued in self.ring.entries.range(index..) {
            if queued.segments.as_ref().is_some_and(|segments| !segments.is_intact()) {
                return false;
            }
            if !whole_chain || !queued.chain {
                break;
            }
        }
        true
    }

    /// Whether compacting is worthwhile: there are more holes than requests.
    pub(super) fn is_porous(&self) -> bool {
        self.holes > FEW_HOLES && self.holes * 2 > self.ring.entries.len()
    }

    /// Removes all holes. Returns a function from old entry numbers to new ones; it gives `None` for a hole.
    pub(super) fn close_holes(&mut self) -> impl Fn(i64) -> Option<i64> + use<> {
        let front = self.front;
        let mut numbers = Vec::with_capacity(self.ring.entries.len());
        let old_bytes = std::mem::take(&mut self.ring.bytes);
        let mut left = old_bytes.as_slices();
        let mut next = front;
        for queued in &self.ring.entries {
            let mut missing = queued.length as usize;
            while missing > 0 {
                if left.0.is_empty() {
                    left = (left.1, &[]);
                }
                let (part, rest) = left.0.split_at(missing.min(left.0.len()));
                if queued.request.is_some() {
                    self.ring.bytes.extend(part);
                }
                missing -= part.len();
                left.0 = rest;
            }
            numbers.push(queued.request.is_some().then_some(next));
            next += i64::from(queued.request.is_some());
        }
        self.ring.entries.retain(|queued| queued.request.is_some());
        self.ring.entries.shrink_to(KEPT_CAPACITY / size_of::<Queued>());
        self.holes = 0;
        move |number| *numbers.get(usize::try_from(number - front).ok()?)?
    }
}
