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
#[derive(Debug, Default)]
pub struct Doubles {
    state: RandomState,
    /// What it delivers, if another connection is to take over.
    noted: Option<VecDeque<u64>>,
    /// What the connection before it has delivered, and how often: it is left out so often.
    left_out: HashMap<u64, u32>,
}

/// Whether a push of this kind is a message to a channel.
fn is_message(kind: PushKind) -> bool {
    matches!(kind, PushKind::Message | PushKind::PatternMessage | PushKind::ShardedMessage)
}

impl Doubles {
    /// From now on it is noted what the connection delivers, or no longer.
    pub fn note(this: &mut Option<Box<Self>>, on: bool) {
        if on {
            this.get_or_insert_default().noted = Some(VecDeque::new());
        } else if let Some(doubles) = this {
            doubles.noted = None;
        }
    }

    /// Whether it is noted what the connection delivers.
    pub fn notes(this: &Option<Box<Self>>) -> bool {
        this.as_ref().is_some_and(|doubles| doubles.noted.is_some())
    }

    /// For the connection that takes over from one that has noted what it delivered.
    pub fn for_successor(self) -> Self {
        let mut left_out = HashMap::new();
        self.noted.into_iter().flatten().for_each(|hash| *left_out.entry(hash).or_default() += 1);
        Self { state: self.state, noted: None, left_out }
    }

    /// Notes a message that is about to be delivered: a push of this kind, or a line of MONITOR without one. Returns
    /// whether it has been delivered before. `is_over`: the connection has answered the PING.
    #[inline]
    pub fn is_double(this: &mut Option<Box<Self>>, is_over: bool, kind: Option<PushKind>, message: View<'_>) -> bool {
        let Some(doubles) = this else { return false };
        if is_over {
            doubles.left_out = HashMap::new();
        }
        if doubles.left_out.is_empty() && doubles.noted.is_none() {
            *this = None;
            return false;
        }
        kind.is_none_or(is_message) && doubles.handle(message, kind.is_some())
    }

    fn handle(&mut self, value: View<'_>, is_push: bool) -> bool {
        let mut hasher = self.state.build_hasher();
        if is_push {
            value.items().for_each(|item| {
                hasher.write_usize(item.text().len());
                hasher.write(item.text());
            });
        } else {
            hasher.write(value.text());
        }
        let hash = hasher.finish();
        if let Some(count) = self.left_out.get_mut(&hash).filter(|count| **count > 0) {
            *count -= 1;
            return true;
        }
        if let Some(noted) = &mut self.noted {
            if noted.len() == MOST_NOTED {
                noted.pop_front();
            }
            noted.push_back(hash);
        }
        false
    }
}
