//! Takes requests out of a queue that belong into another one.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::super::timers::Millis;
use super::{Backlog, LaneName};
use crate::boundary::flags;
use crate::proto::command::Request;
use crate::proto::segments::Segments;

/// A request that was taken out of a queue.
#[derive(Debug)]
pub struct Waiting {
    /// The request.
    pub request: Request,
    /// Its bytes without the large arguments.
    pub bytes: Vec<u8>,
    /// Its large arguments.
    pub segments: Option<Box<Segments>>,
    /// The flags for [`Backlog::push`].
    pub flags: u32,
    /// When it expires.
    pub expires_at: Option<Millis>,
}

impl Backlog {
    /// Removes the requests and whole chains that are `wanted`, and returns them in order. The rest of a chain that is
    /// partly written stays.
    pub fn take_out(&mut self, mut wanted: impl FnMut(&[Waiting]) -> bool) -> Vec<Vec<Waiting>> {
        let mut expiries: HashMap<(LaneName, i64), Millis> = HashMap::new();
        for Reverse((at, name, number, _)) in self.expiries.drain() {
            expiries.insert((name, number), at);
        }
        let (open_chain, is_held, relaxed) = (self.open_chain, self.is_held, self.relaxed);
        let mut taken = Vec::new();
        let mut kept = Vec::new();
        for name in [LaneName::Asap, LaneName::Normal] {
            let mut lane = std::mem::take(self.lane(name));
            let mut bytes = std::mem::take(&mut lane.ring.bytes);
            let mut unit = Vec::new();
            let mut is_rest = open_chain == Some(name);
            loop {
                let number = lane.front_number();
                let Some(queued) = lane.drop_front() else { break };
                let own: Vec<u8> = bytes.drain(..queued.length as usize).collect();
                let Some(request) = queued.request else { continue };
                let is_asap = if name == LaneName::Asap { flags::ASAP } else { 0 };
                let chain = if queued.chain { flags::CHAIN } else { 0 };
                let bits = request.flags() | is_asap | chain;
                let expires_at = expiries.get(&(name, number)).copied();
                unit.push(Waiting { request, bytes: own, segments: queued.segments, flags: bits, expires_at });
                if queued.chain {
                    continue;
                }
                let unit = std::mem::take(&mut unit);
                let stays = std::mem::take(&mut is_rest) || !wanted(&unit);
                if stays { kept.extend(unit) } else { taken.push(unit) }
            }
            // A chain whose end has not been submitted yet.
            kept.extend(unit);
        }
        *self = Self { open_chain, is_held, relaxed, ..Self::default() };
        for Waiting { request, bytes, segments, flags, expires_at } in kept {
            self.push(request, &bytes, segments, flags, expires_at);
        }
        taken
    }
}
