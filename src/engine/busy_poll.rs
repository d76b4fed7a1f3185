//! Decides when to poll the socket for a reply instead of sleeping until it is readable (`socket.busyPoll`).
//!
//! Waking a sleeping core takes longer than a short reply. So after a write with few requests in flight the caller
//! reads the socket repeatedly for a bounded time. After fruitless tries, an increasing number of writes is skipped.

use std::time::{Duration, Instant};

use super::connection::ConnectionKey;

/// With more requests in flight than this, client and server rarely sleep, so polling gains nothing.
const MOST_IN_FLIGHT: usize = 24;
/// Maximum exponent of the backoff: fewer than 2^8 writes are skipped after a fruitless try.
const MOST_BACKOFF: u32 = 8;

/// The busy polling of one Node environment: which connection is polled, and until when.
#[derive(Debug, Default)]
pub struct BusyPoll {
    current: Option<(ConnectionKey, Instant)>,
    fruitless: u32,
    skip: u32,
}

impl BusyPoll {
    /// Notes a write on a connection with `in_flight` requests. It may be polled for `limit` from `now`.
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

    /// The connection to poll and the end of its time; `None`: sleep. A try whose time is over counts as fruitless.
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

    /// Ends the try `began` (as `target` returned it) because bytes arrived, and resets the backoff. A try that JS
    /// started meanwhile, by writing, continues.
    pub fn paid(&mut self, began: (ConnectionKey, Instant)) {
        if self.current == Some(began) {
            self.current = None;
        }
        self.fruitless = 0;
        self.skip = 0;
    }

    /// Whether a connection is being polled.
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
