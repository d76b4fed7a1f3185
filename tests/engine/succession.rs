//! What a connection that takes over has to know of: messages, and what has changed while it was made.

use bytes::Bytes;
use oxredis::boundary::PushKind;
use oxredis::engine::attempt::AttemptStep;
use oxredis::proto::command::{Request, SubscriptionKind};
use proptest::prelude::*;

use crate::driver::{State, World};
use crate::moving::{count, events, moving, notify, told};
use crate::setup::Options;
use crate::values::{Shape, Value};

fn subscribe(world: &mut World, link: usize, channel: &'static str) {
    let channels = vec![Bytes::from_static(channel.as_bytes())];
    world.request(link, |ticket| Request::subscribe(ticket, SubscriptionKind::Channels, channels));
}

fn unsubscribe(world: &mut World, link: usize, channel: &'static str) {
    let channels = Some(vec![Bytes::from_static(channel.as_bytes())]);
    world.request(link, |ticket| Request::unsubscribe(ticket, SubscriptionKind::Channels, channels));
}

/// Sends a message over some of the connections of a link, without handing it to the engine.
fn publish(world: &mut World, link: usize, numbers: &[usize], text: &str) {
    for number in numbers {
        let message = format!(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n${}\r\n{text}\r\n", text.len());
        world.links[link].servers[*number].push_raw(&message);
    }
}

fn texts(world: &World) -> Vec<String> {
    let messages = world.js.pushes.iter().filter(|(_, kind, _)| *kind == PushKind::Message as i32);
    messages
        .map(|(_, _, push)| match push {
            Value::List(items) => match &items[2] {
                Value::Blob(text) => String::from_utf8(text.clone()).unwrap(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn messages_come_once_wherever_they_arrive_first() {
    let mut world = World::new();
    let link = world.ready(told());
    subscribe(&mut world, link, "news");
    world.exchange(link);
    publish(&mut world, link, &[0], "before");
    world.exchange(link);
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dialled(link, true));
    publish(&mut world, link, &[0], "handshake");
    // The new one is subscribed, and gets two messages with the answers to its handshake.
    while world.links[link].servers[1].execute() {}
    publish(&mut world, link, &[0, 1], "both");
    publish(&mut world, link, &[0, 1], "same");
    world.exchange_with(link, 1);
    assert_eq!(texts(&world), ["before"], "what the new one gets has to wait");
    publish(&mut world, link, &[0, 1], "same");
    world.links[link].servers[0].deliver(usize::MAX);
    world.report_from(link, 0, true, false);
    assert_eq!(texts(&world), ["before", "handshake", "both", "same", "same"]);
    assert_eq!(count(&world, link, "handed over"), 0, "the answer to PING is missing");
    // After the old one has answered PING, messages come over the new one only.
    while world.links[link].servers[0].execute() {}
    publish(&mut world, link, &[0, 1], "after");
    publish(&mut world, link, &[1], "same");
    world.exchange(link);
    assert_eq!(count(&world, link, "handed over"), 1);
    assert_eq!(texts(&world)[5..], ["after", "same"]);
    // What comes after the answer to its own PING is not compared any more.
    publish(&mut world, link, &[1], "both");
    world.exchange(link);
    assert_eq!(texts(&world)[7..], ["both"]);
    world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
}

#[test]
fn subscriptions_that_change_meanwhile_are_those_of_the_new_connection() {
    let mut world = World::new();
    let link = world.ready(told());
    subscribe(&mut world, link, "news");
    subscribe(&mut world, link, "old");
    world.exchange(link);
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dialled(link, true));
    // Written to the old one while the handshake of the new one is under way.
    subscribe(&mut world, link, "fresh");
    unsubscribe(&mut world, link, "old");
    world.exchange_with(link, 1);
    // Queued behind.
    subscribe(&mut world, link, "late");
    world.exchange(link);
    assert_eq!((count(&world, link, "handed over"), world.js.waiting()), (1, Vec::new()));
    for channel in ["news", "old", "fresh", "late"] {
        world.links[link].servers[1].publish(channel);
    }
    let before = world.js.pushes.len();
    world.exchange(link);
    assert_eq!(world.js.pushes.len() - before, 3);
}

#[test]
fn what_js_makes_of_the_last_replies_is_set_up() {
    let mut world = World::new();
    let link = world.ready(told());
    let id = world.links[link].id;
    world.submit(link, &[Shape::Line(2)], Options::default());
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dialled(link, true));
    world.exchange_with(link, 1);
    world.exchange_with(link, 0);
    assert_eq!(events(&world, link).last(), Some(&"handed over"));
    // The reply was that of SELECT, and of CLIENT SETNAME: JS says so in its turn.
    world.engine.link(id).unwrap().wishes.set_database(3);
    let named = Bytes::from_static(b"*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\nn\r\n");
    world.engine.link(id).unwrap().wishes.set_restored(vec![named]);
    world.submit(link, &[Shape::Number], Options::default());
    let received = |world: &mut World| {
        world.links[link].servers[1].receive();
        world.links[link].servers[1].inbox.iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!(received(&mut world), Vec::<String>::new());
    world.tick(0);
    assert_eq!(received(&mut world), ["SELECT 3", "CLIENT SETNAME n"]);
    world.exchange(link);
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
}

#[test]
fn a_reset_meanwhile_needs_another_connection() {
    let mut world = World::new();
    let link = world.ready(told());
    let id = world.links[link].id;
    world.request(link, |ticket| Request::Monitor { ticket });
    world.exchange(link);
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dialled(link, true));
    world.exchange_with(link, 1);
    let attempt =
        world.engine.link(id).unwrap().attempt().map(|attempt| matches!(attempt.step, AttemptStep::Handshaken));
    assert_eq!(attempt, Some(true));
    // It is held back, and runs on the new connection.
    world.request(link, |ticket| Request::Reset { ticket });
    world.exchange(link);
    assert_eq!((count(&world, link, "handed over"), world.js.waiting()), (1, Vec::new()));
    world.request(link, |ticket| Request::Monitor { ticket });
    world.exchange(link);
    // It was written to the old one before the new one was ready.
    notify(&mut world, link, 1, &moving(2, 15, Some("b:1")));
    assert!(world.dialled(link, true));
    world.request(link, |ticket| Request::Reset { ticket });
    world.exchange(link);
    assert_eq!(count(&world, link, "handed over"), 1, "what was made is still monitoring");
    assert!(world.links[link].servers[2].wire.borrow().dropped);
    assert!(world.dialled(link, true));
    world.exchange(link);
    assert_eq!((count(&world, link, "handed over"), world.js.waiting()), (2, Vec::new()));
    assert_eq!(count(&world, link, "disconnected"), 0);
}

#[test]
fn the_new_connection_is_lost_before_it_has_requests() {
    let mut world = World::new();
    let link = world.ready(told());
    subscribe(&mut world, link, "news");
    world.exchange(link);
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dialled(link, true));
    world.exchange_with(link, 1);
    let kept = world.submit(link, &[Shape::Number], Options::default());
    // Nobody reads from it, so nobody knows yet.
    world.links[link].servers[1].wire.borrow_mut().end = Some(Ok(()));
    while world.exchange_with(link, 0) {}
    assert_eq!(events(&world, link).last(), Some(&"handed over"));
    world.attend();
    world.tick(1);
    world.report_from(link, 1, true, false);
    assert_eq!(events(&world, link).last(), Some(&"disconnected"));
    world.retry(link, 0);
    world.connect(link);
    world.exchange(link);
    assert_eq!(world.links[link].servers[2].arrived, kept, "nothing was written to the one that was lost");
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
}

/// What happens to a link with a subscription while it moves.
#[derive(Debug, Clone)]
enum Act {
    /// A message, from the one server that all connections lead to.
    Publish,
    Submit,
    Moving(u32),
    Dialled(bool),
    /// Executes so many commands of a connection.
    Execute(usize, usize),
    /// Delivers so many bytes of a connection, and reports them.
    Arrive(usize, usize),
    Tick(u64),
    /// Ends a connection after what has arrived.
    Cut(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let bytes = prop_oneof![1..60usize, Just(usize::MAX)];
    prop_oneof![
        6 => Just(Act::Publish),
        2 => Just(Act::Submit),
        2 => (0..1000u32).prop_map(Act::Moving),
        3 => prop::bool::weighted(0.8).prop_map(Act::Dialled),
        8 => (0..2usize, 1..4usize).prop_map(|(which, count)| Act::Execute(which, count)),
        8 => (0..2usize, bytes).prop_map(|(which, count)| Act::Arrive(which, count)),
        3 => prop_oneof![Just(0), 1..200u64].prop_map(Act::Tick),
        1 => (0..2usize).prop_map(Act::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the timing is: no message is delivered twice, and if no connection is lost, none is missing.
    #[test]
    fn no_message_is_lost_or_doubled(cuts: bool, acts in prop::collection::vec(act(), 1..150)) {
        let mut world = World::new();
        let link = world.ready(told());
        subscribe(&mut world, link, "news");
        world.exchange(link);
        let mut published = Vec::new();
        for act in acts.into_iter().filter(|act| cuts || !matches!(act, Act::Cut(_))) {
            let servers = &world.links[link].servers;
            let alive: Vec<usize> = (0..servers.len()).filter(|at| !servers[*at].wire.borrow().dropped).collect();
            match act {
                Act::Publish => {
                    let text = format!("m{}", published.len());
                    for number in alive {
                        if world.links[link].servers[number].is_subscribed("news") {
                            publish(&mut world, link, &[number], &text);
                        }
                    }
                    published.push(text);
                }
                Act::Submit => _ = world.submit(link, &[Shape::Number], Options::default()),
                Act::Moving(id) => world.links[link].servers[alive[0]].push_raw(&moving(id, 600, Some("a:1"))),
                Act::Dialled(well) => _ = world.dialled(link, well),
                Act::Execute(which, count) => {
                    let number = alive[which % alive.len()];
                    (0..count).for_each(|_| _ = world.links[link].servers[number].execute());
                }
                Act::Arrive(which, count) => {
                    let number = alive[which % alive.len()];
                    world.links[link].servers[number].deliver(count);
                    let readable = world.links[link].servers[number].wire.borrow().is_readable();
                    world.report_from(link, number, readable, false);
                    world.attend();
                }
                Act::Tick(millis) => world.tick(millis),
                Act::Cut(which) => {
                    let number = alive[which % alive.len()];
                    world.links[link].servers[number].wire.borrow_mut().end = Some(Ok(()));
                    world.report_from(link, number, true, false);
                }
            }
            if world.links[link].state != State::Open || world.links[link].servers.iter().all(|server| server.wire.borrow().dropped) {
                world.retry(link, 0);
                world.connect(link);
            }
        }
        for _ in 0..20 {
            world.retry(link, 0);
            world.dialled(link, true);
            world.exchange(link);
            world.tick(100);
        }
        prop_assert_eq!(world.js.waiting(), Vec::<u32>::new());
        let texts = texts(&world);
        if count(&world, link, "disconnected") == 0 && !cuts {
            prop_assert_eq!(texts, published);
        } else {
            let mut rest = published.iter();
            prop_assert!(cuts && texts.iter().all(|text| rest.any(|next| next == text)), "{:?}", texts);
        }
    }
}
