use super::*;
use crate::proto::command::NO_SLOT;

fn command(ticket: u32) -> Request {
    Request::Command { ticket, flags: 0, slot: NO_SLOT, timeout: 0 }
}

fn bytes_of(ticket: u32) -> Vec<u8> {
    format!("<{ticket}>").into_bytes()
}

struct Queue {
    backlog: Backlog,
    written: Vec<u8>,
    taken: Vec<u32>,
}

impl Queue {
    fn new() -> Self {
        Self { backlog: Backlog::default(), written: Vec::new(), taken: Vec::new() }
    }

    fn push(&mut self, ticket: u32, flags: u32) {
        self.backlog.push(command(ticket), &bytes_of(ticket), None, flags, None);
    }

    fn push_until(&mut self, ticket: u32, flags: u32, at: Millis) {
        self.backlog.push(command(ticket), &bytes_of(ticket), None, flags, Some(at));
    }

    /// Writes up to `most` bytes, as a socket with limited space does, then the rest of the last request.
    fn write(&mut self, most: usize) {
        let count = most.min(self.backlog.front_bytes(usize::MAX).len());
        self.written.extend_from_slice(&self.backlog.front_bytes(usize::MAX)[..count]);
        let taken = &mut self.taken;
        let mut rest = Unsent::default();
        self.backlog.take(count, &mut rest, |one| taken.push(one.request.ticket()));
        self.written.append(rest.own());
    }

    fn write_all(&mut self) -> String {
        while !self.backlog.is_empty() {
            let before = self.written.len();
            self.write(usize::MAX);
            assert!(self.written.len() > before, "nothing to write with {} requests left", self.backlog.len());
        }
        String::from_utf8(std::mem::take(&mut self.written)).expect("text")
    }

    fn expire(&mut self, now: Millis) -> Vec<u32> {
        let mut expired = Vec::new();
        self.backlog.expire(now, |request, _| expired.push(request.ticket()));
        expired
    }

    fn lose(&mut self) -> Vec<u32> {
        let mut dropped = Vec::new();
        self.backlog.drop_open_chain(|request| dropped.push(request.ticket()));
        dropped
    }
}

#[test]
fn asap_goes_first_and_both_lanes_keep_their_order() {
    let mut queue = Queue::new();
    for (ticket, flags) in [(1, 0), (2, flags::ASAP), (3, 0), (4, flags::ASAP)] {
        queue.push(ticket, flags);
    }
    assert_eq!(queue.write_all(), "<2><4><1><3>");
    assert_eq!(queue.taken, [2, 4, 1, 3]);
}

#[test]
fn asap_waits_for_the_end_of_a_begun_chain_and_no_longer() {
    let mut queue = Queue::new();
    queue.push(1, flags::CHAIN);
    queue.push(2, flags::CHAIN);
    queue.push(3, 0);
    queue.push(4, 0);
    queue.write(1);
    queue.push(5, flags::ASAP);
    assert_eq!(queue.write_all(), "<1><2><3><5><4>");
}

#[test]
fn a_begun_chain_of_asap_requests_ends_before_others() {
    let mut queue = Queue::new();
    queue.backlog.note_written(flags::ASAP | flags::CHAIN);
    queue.push(1, 0);
    assert!(queue.backlog.front_bytes(100).is_empty(), "the chain goes on in the next batch");
    assert!(!queue.backlog.lets_pass(0));
    queue.push(2, flags::ASAP | flags::CHAIN);
    queue.push(3, flags::ASAP);
    assert_eq!(queue.write_all(), "<2><3><1>");
    queue.backlog.note_written(flags::ASAP | flags::CHAIN);
    assert!(queue.backlog.lets_pass(flags::ASAP) && !queue.backlog.lets_pass(0));
    queue.push(4, 0);
    queue.push(5, flags::ASAP);
    assert_eq!(queue.lose(), [5]);
    assert_eq!(queue.write_all(), "<4>");
}

#[test]
fn the_tail_of_a_begun_chain_is_lost_and_a_whole_chain_is_not() {
    let mut queue = Queue::new();
    for (ticket, flags) in [(1, flags::CHAIN), (2, flags::CHAIN), (3, 0), (4, flags::CHAIN), (5, 0)] {
        queue.push(ticket, flags);
    }
    queue.write(4);
    assert_eq!((queue.taken.clone(), queue.written.clone()), (vec![1, 2], b"<1><2>".to_vec()));
    assert_eq!(queue.lose(), [3]);
    queue.written.clear();
    assert_eq!(queue.write_all(), "<4><5>");
    assert_eq!(queue.lose(), []);
}

#[test]
fn a_chain_expires_whole_with_its_first_request() {
    let mut queue = Queue::new();
    queue.push(0, 0);
    queue.push_until(1, flags::CHAIN, 10);
    queue.push_until(2, flags::CHAIN, 5);
    queue.push_until(3, 0, 5);
    queue.push_until(4, 0, 20);
    assert_eq!(queue.backlog.next_expiry(), Some(10));
    assert_eq!(queue.expire(9), []);
    assert_eq!(queue.expire(10), [1, 2, 3]);
    assert_eq!(queue.backlog.next_expiry(), Some(20));
    assert_eq!(queue.write_all(), "<0><4>");
    assert_eq!((queue.expire(99), queue.backlog.next_expiry()), (vec![], None));
}

#[test]
fn a_begun_chain_does_not_expire() {
    let mut queue = Queue::new();
    queue.push_until(1, flags::CHAIN, 10);
    queue.push_until(2, 0, 10);
    queue.write(1);
    assert_eq!(queue.expire(10), []);
    assert_eq!(queue.write_all(), "<1><2>");
}

#[test]
fn only_what_is_queued_is_taken_back_and_a_chain_as_a_whole() {
    let mut queue = Queue::new();
    for ticket in 1..=3 {
        queue.push(ticket, flags::CANCELLABLE);
    }
    queue.push(4, 0);
    queue.push(5, flags::CANCELLABLE | flags::CHAIN);
    queue.push(6, flags::CANCELLABLE);
    queue.write(1);
    assert!(!queue.backlog.cancel(1), "written");
    assert!(queue.backlog.cancel(3) && !queue.backlog.cancel(3));
    assert!(!queue.backlog.cancel(4), "not declared");
    assert!(!queue.backlog.cancel(6), "not the first of its chain");
    assert_eq!(queue.backlog.len(), 4);
    assert!(queue.backlog.cancel(5) && !queue.backlog.cancel(6));
    assert_eq!((queue.backlog.len(), queue.write_all()), (2, "<1><2><4>".into()));
}

#[test]
fn holes_end_a_run_and_vanish() {
    let mut queue = Queue::new();
    for ticket in 1..=4 {
        queue.push(ticket, flags::CANCELLABLE);
    }
    assert!(queue.backlog.cancel(2));
    assert_eq!(queue.backlog.front_bytes(usize::MAX), b"<1>");
    assert!(queue.backlog.cancel(1));
    assert_eq!(queue.backlog.front_bytes(usize::MAX), b"<3><4>");
}

#[test]
fn many_holes_are_closed_and_all_is_found_again() {
    let mut queue = Queue::new();
    queue.push(0, flags::CANCELLABLE);
    for ticket in 1..10_000 {
        let flags = if ticket % 10 == 0 { flags::ASAP } else { 0 } | flags::CANCELLABLE;
        queue.push_until(ticket, flags, Millis::from(ticket));
    }
    assert_eq!(queue.expire(8999), (1..9000).collect::<Vec<_>>());
    assert_eq!(queue.backlog.len(), 1001);
    assert!(queue.backlog.normal.ring.entries.len() < 2500, "{} entries", queue.backlog.normal.ring.entries.len());
    assert!(queue.backlog.normal.ring.bytes.len() < 15_000, "{} bytes", queue.backlog.normal.ring.bytes.len());
    for ticket in (9000..10_000).filter(|ticket| ticket % 10 != 1) {
        assert!(queue.backlog.cancel(ticket), "request {ticket} is not where it should be");
    }
    assert_eq!(queue.expire(9500), (0..50).map(|n| 9001 + n * 10).collect::<Vec<_>>());
    assert!(queue.backlog.cancel(0));
    let rest: String = (0..50).map(|n| format!("<{}>", 9501 + n * 10)).collect();
    assert_eq!(queue.write_all(), rest);
    assert_eq!(queue.backlog.next_expiry(), None);
}

#[test]
fn reset_ends_a_run() {
    let mut queue = Queue::new();
    queue.push(1, 0);
    queue.backlog.push(Request::Reset { ticket: 2 }, &bytes_of(2), None, 0, None);
    queue.push(3, 0);
    assert_eq!(queue.backlog.front_bytes(usize::MAX), b"<1><2>");
}

#[test]
fn a_run_is_as_long_as_asked_for_and_holds_whole_requests() {
    let mut queue = Queue::new();
    for ticket in 0..9 {
        queue.push(ticket, 0);
    }
    assert_eq!(queue.backlog.front_bytes(4), b"<0><1>");
    queue.backlog.push(command(100), &[b'#'; 1000], None, flags::ASAP, None);
    assert_eq!(queue.backlog.front_bytes(4).len(), 1000);
}

#[test]
fn bytes_survive_the_seam_of_the_ring() {
    let mut queue = Queue::new();
    let mut expected = String::new();
    for ticket in 0..5000 {
        queue.push(ticket, 0);
        expected += &format!("<{ticket}>");
        queue.write(ticket as usize % 9);
    }
    assert_eq!(queue.write_all(), expected);
    assert_eq!(queue.taken, (0..5000).collect::<Vec<_>>());
}

#[test]
fn a_burst_gives_its_memory_back() {
    let mut queue = Queue::new();
    for ticket in 0..100_000 {
        queue.push_until(ticket, flags::CANCELLABLE, 1000);
    }
    queue.write_all();
    let backlog = &queue.backlog;
    assert!(backlog.normal.ring.bytes.capacity() <= KEPT_CAPACITY && backlog.normal.ring.entries.capacity() <= 10_000);
    assert!(backlog.expiries.capacity() <= KEPT_REQUESTS && backlog.cancellable.capacity() <= 2 * KEPT_REQUESTS);
}

#[test]
fn clearing_gives_all_in_order_of_the_lanes() {
    let mut queue = Queue::new();
    for (ticket, flags) in [(1, flags::CHAIN), (2, 0), (3, flags::ASAP), (4, flags::CANCELLABLE)] {
        queue.push_until(ticket, flags, 7);
    }
    queue.backlog.cancel(4);
    let mut dropped = Vec::new();
    queue.backlog.clear(|request| dropped.push(request.ticket()));
    assert_eq!((dropped, queue.backlog.next_expiry(), queue.backlog.len()), (vec![3, 1, 2], None, 0));
}
