//! Hand-overs: a link moves from one connection to another while it is in use, and no request notices.

use bytes::Bytes;
use oxredis::event::Failure;
use oxredis::proto::command::{Request, SubscriptionKind};

use crate::driver::World;
use crate::invariants::check;
use crate::js::Outcome;
use crate::setup::{Options, config};
use crate::values::Shape;

fn told(world: &World, link: usize) -> Vec<&'static str> {
    world.js.told(world.links[link].id)
}

fn count(world: &World, link: usize, event: &str) -> usize {
    told(world, link).iter().filter(|name| **name == event).count()
}

fn failed(world: &World, serial: u32) -> Option<i32> {
    match world.outcome(serial) {
        Some(Outcome::Failed(failure, _)) => Some(*failure),
        _ => None,
    }
}

/// Lets the dial and the handshake of the new connection succeed; nothing else is answered.
fn make_successor(world: &mut World, link: usize) -> usize {
    assert!(world.dialled(link, true));
    let number = world.links[link].servers.len() - 1;
    world.exchange_with(link, number);
    number
}

#[test]
fn a_link_is_handed_over_under_load() {
    let mut world = World::new();
    let link = world.ready(config());
    let shapes = [Shape::Number, Shape::Blob(100), Shape::Blob(3000), Shape::List(3, 20)];
    for round in 0..20 {
        for shape in shapes.iter().cycle().take(250) {
            world.submit(link, &[*shape], Options::default());
        }
        world.hand_over(link);
        // The old connection stays in use while the new one is opened.
        world.exchange_with(link, round);
        for shape in shapes.iter().cycle().take(250) {
            world.submit(link, &[*shape], Options::default());
        }
        let new = make_successor(&mut world, link);
        for shape in shapes.iter().cycle().take(250) {
            world.submit(link, &[*shape], Options::default());
        }
        assert!(world.links[link].servers[new].arrived.is_empty(), "the old connection is not drained");
        world.exchange(link);
        assert_eq!(world.js.waiting(), Vec::<u32>::new());
        assert!(world.links[link].servers[round].wire.borrow().dropped);
        assert_eq!(count(&world, link, "handed over"), round + 1);
        assert_eq!(world.links[link].servers[new].arrived.len(), 250, "what was queued while the old one drained");
    }
    assert!(world.js.asked.values().all(|asked| matches!(asked.outcome, Some(Outcome::Reply(_) | Outcome::Text(_)))));
    assert_eq!(count(&world, link, "disconnected") + count(&world, link, "hand-over failed"), 0);
    assert_eq!(count(&world, link, "connected"), 1);
    check(&mut world);
}

#[test]
fn a_chain_that_was_begun_ends_on_the_old_connection() {
    let mut world = World::new();
    let link = world.ready(config());
    let wire = world.wire(link);
    wire.borrow_mut().room = 10;
    let chain = world.submit(link, &[Shape::Number, Shape::Blob(200), Shape::Number], Options::default());
    let next = world.submit(link, &[Shape::Number], Options::default());
    world.hand_over(link);
    let new = make_successor(&mut world, link);
    wire.borrow_mut().room = usize::MAX;
    world.exchange(link);
    assert_eq!(world.links[link].servers[0].arrived, chain);
    assert_eq!(world.links[link].servers[new].arrived, next);
    check(&mut world);
}

#[test]
fn without_a_new_connection_the_old_one_goes_on() {
    let mut world = World::new();
    let link = world.ready(config());
    world.submit(link, &[Shape::Number], Options::default());
    world.hand_over(link);
    assert!(world.dialled(link, false));
    assert_eq!(told(&world, link).last(), Some(&"hand-over failed"));
    world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    // The new connection is lost after its handshake, while the old one drains.
    world.submit(link, &[Shape::Number], Options::default());
    world.hand_over(link);
    let new = make_successor(&mut world, link);
    world.submit(link, &[Shape::Blob(10)], Options::default());
    world.links[link].servers[new].wire.borrow_mut().end = Some(Ok(()));
    world.report_from(link, new, true, false);
    assert_eq!(count(&world, link, "hand-over failed"), 2);
    world.exchange(link);
    // The new connection is not ready within `connectTimeout`.
    world.hand_over(link);
    world.tick(5000);
    assert_eq!(count(&world, link, "hand-over failed"), 3);
    world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    assert_eq!(world.links[link].servers[0].arrived.len(), 5);
    assert_eq!((world.js.waiting(), count(&world, link, "disconnected")), (Vec::new(), 0));
    check(&mut world);
}

#[test]
fn the_old_connection_is_lost() {
    let mut world = World::new();
    let link = world.ready(config());
    // The old connection is lost before the new one is ready: that is an ordinary loss.
    let lost = world.submit(link, &[Shape::Number], Options::default())[0];
    world.hand_over(link);
    world.server(link).wire.borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    assert_eq!(told(&world, link).last(), Some(&"disconnected"));
    assert_eq!(failed(&world, lost), Some(Failure::ConnectionLost as i32));
    assert!(world.dials.borrow().is_empty(), "the dial of the new connection goes on");
    world.retry(link, 0);
    world.connect(link);
    // The old connection is lost afterwards: the new one is used at once, and only what was written to the old one
    // fails.
    let lost = world.submit(link, &[Shape::Number], Options::default())[0];
    world.hand_over(link);
    let old = world.links[link].servers.len() - 1;
    make_successor(&mut world, link);
    let kept = world.submit(link, &[Shape::Number], Options::default())[0];
    world.links[link].servers[old].wire.borrow_mut().end = Some(Ok(()));
    world.report_from(link, old, true, false);
    assert_eq!(told(&world, link).last(), Some(&"handed over"));
    world.exchange(link);
    assert_eq!(failed(&world, lost), Some(Failure::ConnectionLost as i32));
    assert!(matches!(world.outcome(kept), Some(Outcome::Reply(_))));
    assert_eq!(count(&world, link, "disconnected"), 1);
    check(&mut world);
}

#[test]
fn closing_and_destroying_end_both_connections() {
    for destroys in [false, true] {
        for is_ready in [false, true] {
            let mut world = World::new();
            let link = world.ready(config());
            let serial = world.submit(link, &[Shape::Number], Options::default())[0];
            world.hand_over(link);
            if is_ready {
                make_successor(&mut world, link);
            }
            if destroys {
                world.destroy(link)
            } else {
                world.close(link)
            }
            world.exchange(link);
            assert_eq!(told(&world, link).last(), Some(&"ended"));
            assert_eq!(matches!(world.outcome(serial), Some(Outcome::Reply(_))), !destroys);
            assert!(world.dials.borrow().is_empty());
            assert!(world.links[link].servers.iter().all(|server| server.wire.borrow().dropped));
            check(&mut world);
        }
    }
}

#[test]
fn the_latest_hand_over_counts() {
    let mut world = World::new();
    let link = world.ready(config());
    world.hand_over(link);
    let first = make_successor_dialled(&mut world, link);
    world.hand_over(link);
    assert!(world.links[link].servers[first].wire.borrow().dropped);
    let second = make_successor(&mut world, link);
    world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    assert_eq!(world.links[link].servers[second].arrived.len(), 1);
    assert_eq!((count(&world, link, "handed over"), world.js.waiting()), (1, Vec::new()));
    // A link that is not ready cannot be handed over.
    world.destroy(link);
    let link = world.open(config());
    world.hand_over(link);
    assert_eq!(world.dials.borrow().len(), 1);
}

/// Lets the dial of the new connection succeed, but answers nothing there.
fn make_successor_dialled(world: &mut World, link: usize) -> usize {
    assert!(world.dialled(link, true));
    world.links[link].servers.len() - 1
}

#[test]
fn subscriptions_move_and_a_message_comes_once() {
    let mut world = World::new();
    let link = world.ready(config());
    let channels = vec![Bytes::from_static(b"news")];
    world.request(link, |ticket| Request::subscribe(ticket, SubscriptionKind::Channels, channels));
    world.exchange(link);
    world.submit(link, &[Shape::Number], Options::default());
    world.hand_over(link);
    let new = make_successor(&mut world, link);
    // Both connections are subscribed, as the old one is not drained yet.
    for number in [0, new] {
        world.links[link].servers[number].publish("news");
        world.links[link].servers[number].deliver(usize::MAX);
        world.report_from(link, number, true, false);
    }
    assert_eq!(world.js.pushes.len(), 1);
    world.exchange(link);
    assert_eq!(count(&world, link, "handed over"), 1);
    world.links[link].servers[new].publish("news");
    world.exchange(link);
    assert_eq!(world.js.pushes.len(), 2);
}
