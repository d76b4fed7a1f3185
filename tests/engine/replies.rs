//! Replies of all sizes around the limits of the receive area, in reads of all sizes, with pauses in between.

use oxredis::engine::input::{AREA_SIZE, MOST_TAIL, READ_SIZE};

use crate::driver::World;
use crate::invariants::check;
use crate::js::Outcome;
use crate::setup::{Options, config};
use crate::values::Shape;

/// How the bytes arrive.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// The number of bytes per read.
    read: usize,
    /// The number of bytes that arrive before a report.
    arrive: usize,
    /// The number of deliveries before a pause.
    budget: usize,
}

const PACES: [Pace; 6] = [
    Pace { read: usize::MAX, arrive: usize::MAX, budget: usize::MAX },
    Pace { read: usize::MAX, arrive: usize::MAX, budget: 1 },
    Pace { read: 1448, arrive: usize::MAX, budget: 2 },
    Pace { read: 40_000, arrive: 65_536, budget: 1 },
    Pace { read: usize::MAX, arrive: 1000, budget: 3 },
    Pace { read: 65_536, arrive: 100_001, budget: usize::MAX },
];

/// Sends commands and delivers their replies.
fn replies(shapes: &[Shape], pace: Pace) -> World {
    let mut world = World::new();
    let link = world.ready(config());
    world.budget = pace.budget;
    let serials: Vec<_> = shapes.iter().flat_map(|shape| world.submit(link, &[*shape], Options::default())).collect();
    while world.server(link).execute() {}
    let mut turns = 0;
    while !world.server(link).outbox.is_empty() || world.wire(link).borrow().is_readable() {
        turns += 1;
        assert!(turns < 10_000_000, "no end");
        world.server(link).deliver(pace.arrive);
        let wire = world.wire(link);
        if wire.borrow().reads.len() < 100 {
            wire.borrow_mut().reads.extend([pace.read; 200]);
        }
        let readable = wire.borrow().is_readable();
        world.report(link, readable, false);
    }
    while world.engine.needs_attention() {
        world.attend();
    }
    for serial in serials {
        assert!(
            matches!(world.outcome(serial), Some(Outcome::Reply(_) | Outcome::Text(_))),
            "{pace:?}: request {serial} of {shapes:?} has no reply"
        );
    }
    world.js.check_handed();
    world
}

/// Sizes around a limit, for the whole reply and for its text.
fn around(limit: usize) -> impl Iterator<Item = usize> {
    (limit.saturating_sub(12)..limit + 4).filter(|size| *size > 0)
}

#[test]
fn strings_of_all_sizes() {
    for limit in [1, 13, 2048, MOST_TAIL, READ_SIZE * 2, AREA_SIZE + MOST_TAIL, 256 * 1024] {
        for size in around(limit) {
            replies(&[Shape::Blob(size), Shape::Number, Shape::Line(size), Shape::Null], PACES[size % PACES.len()]);
        }
    }
}

#[test]
fn big_replies_back_to_back_with_small_ones_behind_them() {
    for pace in PACES {
        for size in [MOST_TAIL - 8, MOST_TAIL, MOST_TAIL + 1, AREA_SIZE - 9, AREA_SIZE, 300_000, 1_000_000] {
            let big = [Shape::Blob(size), Shape::Blob(size), Shape::List(size / 100, 93), Shape::List(3, size / 2)];
            let mut shapes = big.to_vec();
            shapes.extend((0..300).map(Shape::Line));
            shapes.extend(big);
            shapes.push(Shape::Error(20));
            replies(&shapes, pace);
        }
    }
}

#[test]
fn a_string_is_received_into_a_block_of_its_own_size() {
    let size = 1_000_000;
    let world = replies(&[Shape::Blob(size); 3], PACES[0]);
    assert_eq!(world.js.block_sizes, [format!("${size}\r\n").len() + size + 2; 3]);
}

#[test]
fn a_reply_of_unknown_size_takes_few_blocks() {
    for shape in [Shape::Line(4_000_000), Shape::Error(4_000_000), Shape::List(40_000, 93)] {
        for pace in PACES {
            let world = replies(&[shape, Shape::Number], pace);
            let sizes = &world.js.block_sizes;
            assert!(sizes.len() <= 6, "{shape:?}, {pace:?}: blocks of {sizes:?}");
            assert!(sizes.iter().all(|size| *size <= 10_000_000), "{shape:?}: blocks of {sizes:?}");
        }
    }
}

#[test]
fn a_hostile_length_takes_no_more_than_it_says() {
    let mut world = World::new();
    let link = world.ready(config());
    world.submit(link, &[Shape::Null], Options::default());
    // The head of an array announces a number of elements; memory is allocated only as the elements arrive.
    world.server(link).push_raw(&format!("*134217727\r\n{}", ":1\r\n".repeat(50_000)));
    world.server(link).deliver(usize::MAX);
    world.report(link, true, false);
    assert!(world.js.block_sizes.iter().all(|size| *size <= 1 << 20), "{:?}", world.js.block_sizes);
}

#[test]
fn links_do_not_disturb_each_other_in_the_shared_area() {
    let mut world = World::new();
    let links: [usize; 3] = std::array::from_fn(|_| world.ready(config()));
    for round in 0..200usize {
        for link in links {
            let size = 1 + (round * 7919 + link * 104_729) % 90_000;
            world.submit(link, &[Shape::Blob(size), Shape::List(size % 50, 60)], Options::default());
            while world.server(link).execute() {}
            // Part of a reply is kept while other links use the area.
            let part = (round * 31 + link * 17) % 70_000;
            world.server(link).deliver(part);
            let readable = world.wire(link).borrow().is_readable();
            world.report(link, readable, false);
        }
    }
    links.into_iter().for_each(|link| world.exchange(link));
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
    check(&mut world);
}

#[test]
fn a_busy_connection_yields() {
    let mut world = World::new();
    let link = world.ready(config());
    world.budget = 1;
    (0..200).for_each(|_| _ = world.submit(link, &[Shape::Blob(9000)], Options::default()));
    while world.server(link).execute() {}
    world.server(link).deliver(usize::MAX);
    let mut turns = 0;
    while world.wire(link).borrow().is_readable() {
        let before = world.wire(link).borrow().read_calls;
        world.report(link, true, false);
        assert!(world.wire(link).borrow().read_calls - before <= 2, "it reads on though its time is over");
        turns += 1;
    }
    assert!(turns > 10);
    world.exchange(link);
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
}

#[test]
fn an_event_amid_replies_of_a_block_keeps_the_block() {
    let mut world = World::new();
    let link = world.ready(config());
    let channel = bytes::Bytes::from_static(b"shard");
    let sharded = oxredis::proto::command::SubscriptionKind::Sharded;
    world.request(link, |ticket| oxredis::proto::command::Request::subscribe(ticket, sharded, vec![channel]));
    world.server(link).push_raw(">3\r\n$10\r\nssubscribe\r\n$5\r\nshard\r\n:1\r\n");
    world.server(link).execute();
    world.server(link).outbox.drain(..).for_each(drop);
    world.server(link).push_raw(">3\r\n$10\r\nssubscribe\r\n$5\r\nshard\r\n:1\r\n");
    world.exchange(link);
    let first = world.submit(link, &[Shape::List(3000, 93)], Options::default())[0];
    let second = world.submit(link, &[Shape::Blob(5000)], Options::default())[0];
    world.server(link).execute();
    world.server(link).push_raw(">3\r\n$12\r\nsunsubscribe\r\n$5\r\nshard\r\n:0\r\n");
    world.exchange(link);
    assert!(world.js.told(world.links[link].id).contains(&"moved"));
    for serial in [first, second] {
        assert!(matches!(world.outcome(serial), Some(Outcome::Reply(_) | Outcome::Text(_))));
    }
}

#[test]
fn a_block_for_a_connection_that_is_gone_is_dropped() {
    let mut world = World::new();
    let link = world.ready(config());
    world.submit(link, &[Shape::Blob(500_000)], Options::default());
    world.server(link).execute();
    world.server(link).deliver(usize::MAX);
    let (id, key) = (world.links[link].id, world.server(link).key);
    let size = loop {
        match world.engine.step(key, &mut world.area, world.now) {
            oxredis::engine::ReadStep::NeedsBlock { size } => break size,
            step => assert_eq!(step, oxredis::engine::ReadStep::Deliver),
        }
        world.deliver();
    };
    // JS closes the link while the engine asks it for memory.
    let block = world.js.allocate(key.serial, size);
    world.destroy(link);
    world.engine.adopt_block(key, &world.area, block);
    world.deliver();
    assert!(!world.js.has_block(key.serial), "JS still has the block");
    world.engine.out_of_memory(key, size);
    let next = world.ready(config());
    assert_eq!(world.links[next].id, id, "the id is used again");
    world.submit(next, &[Shape::Blob(500_000), Shape::Number], Options::default());
    world.exchange(next);
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
    check(&mut world);
}
