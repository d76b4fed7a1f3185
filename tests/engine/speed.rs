//! Time and number of calls grow linearly with the work, not quadratically.

use std::time::{Duration, Instant};

use crate::driver::World;
use crate::js::Outcome;
use crate::setup::{Options, config};
use crate::values::Shape;

/// Returns the CPU time of this thread, if the system can tell it; otherwise the elapsed time.
fn work_of_this_thread(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.as_deref().and_then(|text| text.split(' ').next()).and_then(|first| first.parse().ok());
    nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn timed<R>(work: impl FnOnce() -> R) -> (R, Duration) {
    let start = Instant::now();
    let before = work_of_this_thread(start);
    let result = work();
    (result, work_of_this_thread(start).saturating_sub(before))
}

/// Runs the work at one size and at eight times that size, and compares the times: quadratic work would take 64 times
/// as long. It tries again, because other jobs share the processor's caches.
fn grows_linearly(work: impl Fn(usize) -> Duration) {
    let mut worst = Vec::new();
    for _ in 0..5 {
        let (small, big) = (work(25_000), work(200_000));
        if big < small.max(Duration::from_micros(10)) * 32 {
            return;
        }
        worst.push((small, big));
    }
    panic!("eight times the work takes {worst:?}");
}

fn queue(world: &mut World, link: usize, count: usize, options: Options) {
    for index in 0..count {
        world.queue(link, &[Shape::Null], options);
        if index % 1000 == 999 {
            world.take_batch();
        }
    }
    world.take_batch();
}

#[test]
fn a_backlog_drains_in_linear_time() {
    grows_linearly(|count| {
        let mut world = World::new();
        let link = world.open(config());
        queue(&mut world, link, count, Options { timeout: 60_000, ..Options::default() });
        world.room = 1000;
        world.dialled(link, true);
        world.exchange(link);
        // A socket that accepts a few kilobytes at a time.
        let drain = || {
            while world.wire(link).borrow().watching {
                world.wire(link).borrow_mut().room = 10_000;
                world.report(link, false, true);
            }
        };
        let ((), time) = timed(drain);
        world.server(link).receive();
        assert_eq!(world.server(link).arrived.len(), count);
        time
    });
}

#[test]
fn a_backlog_expires_in_linear_time() {
    grows_linearly(|count| {
        let mut world = World::new();
        let link = world.open(config());
        // One request stays at the front, so that expired ones behind it cannot simply be dropped.
        world.submit(link, &[Shape::Null], Options::default());
        queue(&mut world, link, count, Options { timeout: 10, ..Options::default() });
        timed(|| world.tick(10)).1
    });
}

#[test]
fn a_backlog_is_taken_back_in_linear_time() {
    grows_linearly(|count| {
        let mut world = World::new();
        let link = world.open(config());
        queue(&mut world, link, count, Options { cancellable: true, ..Options::default() });
        // Cancelled from the back: none is at the front until the last.
        let (taken, time) = timed(|| (0..count as u32).rev().filter(|ticket| world.engine.cancel(*ticket)).count());
        assert_eq!(taken, count);
        (0..count as u32).for_each(|ticket| world.js.settle(ticket, Outcome::Cancelled));
        time
    });
}

#[test]
fn a_burst_is_lost_in_linear_time() {
    grows_linearly(|count| {
        let mut world = World::new();
        let link = world.ready(config());
        queue(&mut world, link, count, Options::default());
        world.wire(link).borrow_mut().end = Some(Ok(()));
        let ((), time) = timed(|| world.report(link, true, false));
        assert_eq!(world.js.waiting(), Vec::<u32>::new());
        time
    });
}

#[test]
fn many_links_open_in_linear_time() {
    grows_linearly(|count| {
        let mut world = World::new();
        let ((), time) = timed(|| {
            for _ in 0..count / 25 {
                let link = world.open(config());
                assert!(world.engine.keeps_alive());
                world.engine.set_referenced(world.links[link].id, true);
            }
        });
        time
    });
}

#[test]
fn a_blocked_socket_is_not_asked_again_and_again() {
    let mut world = World::new();
    let link = world.ready(config());
    world.wire(link).borrow_mut().room = 0;
    queue(&mut world, link, 10, Options::default());
    let before = world.wire(link).borrow().write_calls;
    (0..100).for_each(|_| queue(&mut world, link, 10, Options::default()));
    assert_eq!(world.wire(link).borrow().write_calls, before, "it has said that it will tell");
    world.wire(link).borrow_mut().room = usize::MAX;
    world.exchange(link);
    assert_eq!(world.server(link).arrived.len(), 1010);
}

#[test]
fn a_pipeline_takes_few_calls() {
    let mut world = World::new();
    let link = world.ready(config());
    let (reads, writes) = (world.wire(link).borrow().read_calls, world.wire(link).borrow().write_calls);
    queue(&mut world, link, 1000, Options::default());
    while world.server(link).execute() {}
    world.server(link).deliver(usize::MAX);
    world.report(link, true, false);
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
    assert_eq!(world.wire(link).borrow().write_calls - writes, 1);
    assert!(world.wire(link).borrow().read_calls - reads <= 2);
    // Each batch has a quarter of the requests in flight, so that client and server work at the same time.
    assert_eq!(world.js.batches, [250, 187, 140, 105, 79, 59, 45, 33, 25, 19, 58]);
}
