//! When to look for a reply instead of sleeping until it comes (`socket.busyPoll`).
//!
//! Waking a sleeping core costs more than a short reply takes. So after a write with few requests in flight the caller
//! reads the socket again and again for a bounded time, and stops trying where that does not pay.

use std::time::{Duration, Instant};

use super::connection::ConnectionKey;

/// More requests in flight than this keep both sides busy anyway.
const MOST_IN_FLIGHT: usize = 24;
/// Writes that are let pass after fruitless tries: at most this power of two.
const MOST_BACKOFF: u32 = 8;

/// The busy-poll of one environment: which connection is looked at, and until when.
#[derive(Debug, Default)]
pub struct BusyPoll {
    current: Option<(ConnectionKey, Instant)>,
    fruitless: u32,
    skip: u32,
}

impl BusyPoll {
    /// A connection with `in_flight` requests has written, and may look for its reply for `limit`.
    pub fn wrote(&mut self, connection: ConnectionKey, in_flight: usize, limit: Duration, now: Instant) {
        if in_flight == 0 || in_flight > MOST_IN_FLIGHT {
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.current = Some((connection, now + limit));
    }

    /// The connection to read from now and until when; `None` when it is time to sleep. A try whose time is over counts as
    /// fruitless.
    pub fn target(&mut self, now: Instant) -> Option<(ConnectionKey, Instant)> {
        let (connection, until) = self.current?;
        if now < until {
            return Some((connection, until));
        }
        self.current = None;
        self.fruitless = (self.fruitless + 1).min(MOST_BACKOFF);
        self.skip = (1 << self.fruitless) - 2;
        None
    }

    /// Something came for the try that `target` gave: that is over, and the next write may try again. What JS wrote
    /// upon the reply is looked at already.
    pub fn paid(&mut self, began: (ConnectionKey, Instant)) {
        if self.current == Some(began) {
            self.current = None;
        }
        self.fruitless = 0;
        self.skip = 0;
    }

    /// Whether there is a connection to look at.
    pub fn is_active(&self) -> bool {
        self.current.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTION: ConnectionKey = ConnectionKey { link: 1, serial: 1 };

    #[test]
    fn fruitless_tries_become_rare_and_a_reply_makes_them_usual_again() {
        let limit = Duration::from_micros(60);
        let mut poll = BusyPoll::default();
        let mut now = Instant::now();
        let mut tries = 0;
        for _ in 0..1000 {
            poll.wrote(CONNECTION, 1, limit, now);
            tries += usize::from(poll.is_active());
            now += 2 * limit;
            assert_eq!(poll.target(now), None);
        }
        assert!(tries < 20, "{tries} tries");
        poll.paid((CONNECTION, now));
        poll.wrote(CONNECTION, 1, limit, now);
        assert_eq!(poll.target(now), Some((CONNECTION, now + limit)));
    }

    #[test]
    fn what_is_written_upon_a_reply_is_looked_at_too() {
        let (limit, now) = (Duration::from_micros(60), Instant::now());
        let mut poll = BusyPoll::default();
        poll.wrote(CONNECTION, 1, limit, now);
        let began = poll.target(now).unwrap();
        let later = now + limit / 2;
        poll.wrote(CONNECTION, 1, limit, later);
        poll.paid(began);
        assert_eq!(poll.target(later), Some((CONNECTION, later + limit)));
        poll.paid((CONNECTION, later + limit));
        assert!(!poll.is_active());
    }

    #[test]
    fn a_full_pipeline_does_not_spin() {
        let mut poll = BusyPoll::default();
        poll.wrote(CONNECTION, 25, Duration::from_micros(60), Instant::now());
        assert!(!poll.is_active());
    }
}
