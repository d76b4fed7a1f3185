//! Messages that come twice while a link moves: both connections are subscribed for a while.
//!
//! What the old connection delivers is noted from the time when the subscriptions of the new one are asked for. The new
//! one is read from the moment when it takes over; until it answers a PING that is sent then, it may bring messages that
//! were noted. Each of them is left out once.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher};

use crate::boundary::PushKind;
use crate::proto::tape::View;

/// How many messages are noted: the last ones. The new connection brings those of one round trip.
const MOST_NOTED: usize = 65_536;

/// What a connection does about messages that come twice.
#[derive(Debug)]
pub enum Doubles {
    /// It notes what it delivers.
    Noting(VecDeque<u64>, RandomState),
    /// It leaves out what was noted, each so often.
    LeavingOut(HashMap<u64, u32>, RandomState),
}

/// Whether a push of this kind is a message to a channel.
fn is_message(kind: PushKind) -> bool {
    matches!(kind, PushKind::Message | PushKind::PatternMessage | PushKind::ShardedMessage)
}

impl Doubles {
    /// For the connection that delivers for now.
    pub fn noting() -> Self {
        Self::Noting(VecDeque::new(), RandomState::new())
    }

    /// For the connection that takes over.
    pub fn leaving_out(self) -> Self {
        match self {
            Self::Noting(noted, state) => {
                let mut counts = HashMap::new();
                noted.into_iter().for_each(|hash| *counts.entry(hash).or_default() += 1);
                Self::LeavingOut(counts, state)
            }
            other => other,
        }
    }

    /// Notes a message that is about to be delivered: a push of this kind, or a line of MONITOR without one. Returns
    /// whether it has been delivered before. `is_over`: the connection has answered the PING.
    #[inline]
    pub fn is_double(this: &mut Option<Box<Self>>, is_over: bool, kind: Option<PushKind>, message: View<'_>) -> bool {
        let Some(doubles) = this else { return false };
        if is_over && matches!(**doubles, Self::LeavingOut(..)) {
            *this = None;
            return false;
        }
        kind.is_none_or(is_message) && doubles.handle(message, kind.is_some())
    }

    fn handle(&mut self, value: View<'_>, is_push: bool) -> bool {
        let hash = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            if is_push {
                value.items().for_each(|item| {
                    hasher.write_usize(item.text().len());
                    hasher.write(item.text());
                });
            } else {
                hasher.write(value.text());
            }
            hasher.finish()
        };
        match self {
            Self::Noting(noted, state) => {
                if noted.len() == MOST_NOTED {
                    noted.pop_front();
                }
                noted.push_back(hash(state));
                false
            }
            Self::LeavingOut(counts, state) => {
                let Some(count) = counts.get_mut(&hash(state)).filter(|count| **count > 0) else { return false };
                *count -= 1;
                true
            }
        }
    }
}
