//! MOVING: links move to the endpoint that a server names, again and again within the grace period, and reconnect there.

use oxredis::config::{DialConfig, Endpoint, MaintNotifications, TlsConfig, TlsVersion};
use oxredis::engine::Answer;
use oxredis::engine::connection::ConnectionKey;
use oxredis::engine::link::LinkConfig;
use oxredis::event::{Failure, LinkEvent, Question};

use crate::driver::World;
use crate::invariants::check;
use crate::js::Outcome;
use crate::setup::{Options, config};
use crate::values::Shape;

/// The settings of a link that asks for notices.
pub fn told() -> LinkConfig {
    let mut config = config();
    config.session.maint_notifications = Some(MaintNotifications { endpoint_type: "auto".into(), required: false });
    config
}

/// Sends bytes to a link over one of its connections.
pub fn notify(world: &mut World, link: usize, number: usize, bytes: &str) {
    world.links[link].servers[number].push_raw(bytes);
    world.links[link].servers[number].deliver(usize::MAX);
    world.report_from(link, number, true, false);
}

pub fn moving(sequence: u32, seconds: u32, target: Option<&str>) -> String {
    let target = target.map_or("_\r\n".to_owned(), |target| format!("+{target}\r\n"));
    format!(">4\r\n+MOVING\r\n:{sequence}\r\n:{seconds}\r\n{target}")
}

pub fn events(world: &World, link: usize) -> Vec<&'static str> {
    world.js.told(world.links[link].id)
}

pub fn count(world: &World, link: usize, event: &str) -> usize {
    events(world, link).iter().filter(|name| **name == event).count()
}

/// Where the link is dialling to: a host and a port.
fn dialled(world: &World, link: usize) -> Option<(String, u16)> {
    dial(world, link).map(|dial| match dial.endpoint {
        Endpoint::Tcp { host, port } => (host, port),
        Endpoint::Unix { path } => (path.display().to_string(), 0),
    })
}

fn dial(world: &World, link: usize) -> Option<DialConfig> {
    let id = world.links[link].id;
    let dials = world.dials.borrow();
    dials.iter().find(|(token, _)| ConnectionKey::of_token(**token).link == id).map(|(_, dial)| dial.clone())
}

fn to(host: &str, port: u16) -> Option<(String, u16)> {
    Some((host.to_owned(), port))
}

fn lose(world: &mut World, link: usize) {
    let number = world.links[link].servers.len() - 1;
    world.links[link].servers[number].wire.borrow_mut().end = Some(Ok(()));
    world.report_from(link, number, true, false);
    assert_eq!(events(world, link).last(), Some(&"disconnected"));
    world.retry(link, 0);
}

#[test]
fn a_link_moves_at_once_and_serves_meanwhile() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &moving(1, 15, Some("new.example:7000")));
    assert_eq!(dialled(&world, link), to("new.example", 7000));
    assert!(events(&world, link).ends_with(&["ready", "maintenance", "relaxed"]));
    let before = world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    assert!(matches!(world.outcome(before[0]), Some(Outcome::Reply(_))), "the old connection serves");
    let last = world.submit(link, &[Shape::Number], Options::default())[0];
    assert!(world.dialled(link, true));
    world.exchange_with(link, 1);
    let kept = world.submit(link, &[Shape::Number], Options::default())[0];
    assert!(world.links[link].servers[1].arrived.is_empty());
    world.exchange_with(link, 0);
    assert_eq!(events(&world, link).last(), Some(&"handed over"));
    assert!(matches!(world.outcome(last), Some(Outcome::Reply(_))));
    assert!(world.links[link].servers[0].wire.borrow().dropped);
    assert!(world.links[link].servers[1].inbox.is_empty(), "JS has its turn before anything is written");
    world.exchange(link);
    assert_eq!(world.links[link].servers[1].arrived, [kept]);
    assert_eq!(events(&world, link).last(), Some(&"unrelaxed"));
    world.tick(100_000);
    assert_eq!((count(&world, link, "handed over"), count(&world, link, "hand-over failed")), (1, 0));
    assert_eq!(world.engine.next_tick(), None, "nothing is left to do");
    check(&mut world);
}

#[test]
fn a_notice_counts_once() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dialled(link, true));
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    notify(&mut world, link, 1, &moving(1, 15, Some("a:1")));
    world.exchange(link);
    notify(&mut world, link, 1, &moving(1, 15, Some("a:1")));
    world.exchange(link);
    assert_eq!(world.links[link].servers.len(), 2);
    assert!(world.dials.borrow().is_empty());
    let repeated: Vec<bool> = world
        .js
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            LinkEvent::Maintenance { is_repeated, .. } => Some(*is_repeated),
            _ => None,
        })
        .collect();
    assert_eq!(repeated, [false, true, true, true, true]);
    // The same number with another target, and the same target with another number, are other notices.
    notify(&mut world, link, 1, &moving(1, 15, Some("b:1")));
    assert_eq!(dialled(&world, link), to("b", 1));
    notify(&mut world, link, 1, &moving(2, 15, Some("b:1")));
    assert_eq!(dialled(&world, link), to("b", 1));
    assert_eq!(world.dials.borrow().len(), 1, "the latest one counts");
}

#[test]
fn the_latest_target_wins() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    notify(&mut world, link, 0, &moving(2, 15, Some("b:1")));
    assert_eq!(dialled(&world, link), to("b", 1));
    assert!(world.dialled(link, true));
    // The handshake with the second one is under way.
    notify(&mut world, link, 0, &moving(3, 15, Some("c:1")));
    assert!(world.links[link].servers[1].wire.borrow().dropped);
    assert_eq!(dialled(&world, link), to("c", 1));
    world.submit(link, &[Shape::Number], Options::default());
    assert!(world.dialled(link, true));
    world.exchange_with(link, 2);
    // The third one is ready, and the old one not drained.
    notify(&mut world, link, 0, &moving(4, 15, Some("d:1")));
    assert_eq!(dialled(&world, link), to("d", 1));
    assert!(world.dialled(link, true));
    world.exchange(link);
    assert_eq!(count(&world, link, "handed over"), 1);
    world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    assert_eq!(world.links[link].servers[3].arrived.len(), 1);
    // One that has just taken over is left in the same way.
    notify(&mut world, link, 3, &moving(5, 15, Some("e:1")));
    assert!(world.dialled(link, true));
    world.exchange_with(link, 4);
    assert_eq!(count(&world, link, "handed over"), 2);
    let kept = world.submit(link, &[Shape::Number], Options::default());
    notify(&mut world, link, 4, &moving(6, 15, Some("f:1")));
    assert!(world.dialled(link, true));
    world.exchange(link);
    assert_eq!(count(&world, link, "handed over"), 3);
    let arrived: Vec<u32> = world.links[link].servers[4..].iter().flat_map(|server| server.arrived.clone()).collect();
    assert_eq!(arrived, kept);
    check(&mut world);
}

#[test]
fn without_an_endpoint_half_of_the_grace_period_is_waited() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &moving(1, 10, None));
    world.tick(4999);
    assert_eq!(dialled(&world, link), None);
    world.tick(1);
    assert_eq!(dialled(&world, link), to("localhost", 6379));
    assert!(world.dialled(link, true));
    world.exchange(link);
    assert_eq!(count(&world, link, "handed over"), 1);
    // Closed while it waits: nothing is dialled any more.
    notify(&mut world, link, 1, &moving(2, 10, None));
    world.close(link);
    world.tick(10_000);
    assert!(world.dials.borrow().is_empty());
    assert_eq!(world.engine.next_tick(), None);
}

#[test]
fn an_endpoint_that_refuses_is_tried_until_the_grace_period_ends() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &moving(1, 4, Some("a:1")));
    let mut pauses = Vec::new();
    while world.dialled(link, false) {
        world.tick(0);
        let begun = world.now;
        while dialled(&world, link).is_none() && world.now < 10_000 {
            let at = world.engine.next_tick().unwrap_or(world.now + 10_000);
            world.tick((at - world.now).max(1));
        }
        pauses.push(world.now - begun);
        world.submit(link, &[Shape::Number], Options::default());
        world.exchange_with(link, 0);
    }
    assert_eq!(pauses[..5], [100, 200, 400, 800, 1000]);
    assert_eq!(count(&world, link, "hand-over failed"), 7);
    assert!(world.now >= 4001);
    assert_eq!(count(&world, link, "unrelaxed"), 1);
    world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    assert_eq!((world.js.waiting(), count(&world, link, "disconnected")), (Vec::new(), 0));
    // Once it is lost, the endpoint and the configured one are tried in turn.
    lose(&mut world, link);
    for expected in [to("a", 1), to("localhost", 6379), to("a", 1)] {
        assert_eq!(dialled(&world, link), expected);
        world.dialled(link, false);
        world.retry(link, 0);
    }
    check(&mut world);
}

#[test]
fn an_attempt_ends_with_the_grace_period() {
    for is_shaken in [false, true] {
        let mut world = World::new();
        let link = world.ready(told());
        notify(&mut world, link, 0, &moving(1, 4, Some("a:1")));
        if is_shaken {
            // It accepts, and says nothing.
            assert!(world.dialled(link, true));
        }
        world.submit(link, &[Shape::Number], Options::default());
        world.exchange_with(link, 0);
        assert_eq!(world.js.waiting(), Vec::<u32>::new(), "the old connection serves");
        world.tick(3999);
        assert_eq!(count(&world, link, "hand-over failed"), 0);
        world.tick(1);
        assert!(events(&world, link).ends_with(&["hand-over failed", "unrelaxed"]));
        assert!(world.dials.borrow().is_empty());
        assert_eq!(count(&world, link, "disconnected"), 0);
        world.tick(100_000);
        world.submit(link, &[Shape::Number], Options::default());
        world.exchange_with(link, 0);
        assert_eq!(world.js.waiting(), Vec::<u32>::new());
        check(&mut world);
    }
}

#[test]
fn what_is_not_answered_by_the_end_of_the_grace_period_is_lost() {
    let mut world = World::new();
    let link = world.ready(told());
    let lost = world.submit(link, &[Shape::Number], Options::default())[0];
    notify(&mut world, link, 0, &moving(1, 4, Some("a:1")));
    assert!(world.dialled(link, true));
    world.exchange_with(link, 1);
    let kept = world.submit(link, &[Shape::Number], Options::default())[0];
    world.tick(3999);
    assert_eq!(count(&world, link, "handed over"), 0);
    world.tick(1);
    assert_eq!(count(&world, link, "handed over"), 1);
    world.tick(1);
    world.exchange(link);
    assert!(
        matches!(world.outcome(lost), Some(Outcome::Failed(failure, 1)) if *failure == Failure::ConnectionLost as i32)
    );
    assert!(matches!(world.outcome(kept), Some(Outcome::Reply(_))));
}

#[test]
fn reconnects_try_the_new_endpoint_first() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dialled(link, true));
    world.exchange(link);
    lose(&mut world, link);
    assert_eq!(dialled(&world, link), to("a", 1));
    world.connect(link);
    lose(&mut world, link);
    assert_eq!(dialled(&world, link), to("a", 1), "it has worked");
    world.dialled(link, false);
    world.retry(link, 0);
    assert_eq!(dialled(&world, link), to("localhost", 6379));
    world.connect(link);
    lose(&mut world, link);
    assert_eq!(dialled(&world, link), to("localhost", 6379), "the configured one has worked");
    world.connect(link);
    // In vain for a minute: it is forgotten.
    let number = world.links[link].servers.len() - 1;
    notify(&mut world, link, number, &moving(2, 15, Some("b:1")));
    assert!(world.dialled(link, true));
    world.exchange(link);
    lose(&mut world, link);
    for expected in [to("b", 1), to("localhost", 6379), to("b", 1), to("localhost", 6379), to("localhost", 6379)] {
        assert_eq!(dialled(&world, link), expected);
        world.dialled(link, false);
        world.tick(20_000);
        world.retry(link, 0);
    }
    // The old one is lost before the new one is ready: the endpoint is known nevertheless.
    world.connect(link);
    let number = world.links[link].servers.len() - 1;
    notify(&mut world, link, number, &moving(3, 15, Some("c:1")));
    lose(&mut world, link);
    assert_eq!(dialled(&world, link), to("c", 1));
}

#[test]
fn a_server_may_send_a_link_back_under_the_same_number() {
    let mut world = World::new();
    let link = world.ready(told());
    for (number, target) in ["a:1", "b:1", "a:1", "b:1"].into_iter().enumerate() {
        notify(&mut world, link, number, &moving(1, 15, Some(target)));
        assert!(world.dialled(link, true), "move {number} to {target}");
        world.exchange(link);
        assert_eq!(count(&world, link, "handed over"), number + 1);
    }
    notify(&mut world, link, 4, &moving(1, 15, Some("b:1")));
    assert!(world.dials.borrow().is_empty(), "a copy");
    check(&mut world);
}

#[test]
fn what_a_lost_connection_was_told_counts_when_it_is_told_again() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    world.dialled(link, false);
    lose(&mut world, link);
    assert_eq!(dialled(&world, link), to("a", 1));
    world.dialled(link, false);
    world.retry(link, 0);
    assert_eq!(dialled(&world, link), to("localhost", 6379));
    world.connect(link);
    let number = world.links[link].servers.len() - 1;
    notify(&mut world, link, number, &moving(1, 15, Some("a:1")));
    assert_eq!(dialled(&world, link), to("a", 1));
    check(&mut world);
}

#[test]
fn a_notice_during_the_handshake_counts() {
    let mut world = World::new();
    let link = world.open(told());
    assert!(world.dialled(link, true));
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    world.exchange(link);
    assert_eq!(count(&world, link, "ready"), 1);
    world.tick(1000);
    assert_eq!(dialled(&world, link), to("a", 1));
    assert!(world.dialled(link, true));
    world.exchange(link);
    assert_eq!(events(&world, link).iter().filter(|name| **name == "handed over").count(), 1);
    check(&mut world);
}

#[test]
fn names_are_looked_up_and_addresses_are_not() {
    let mut world = World::new();
    let link = world.open(LinkConfig { custom_endpoint: true, custom_lookup: true, ..told() });
    let endpoint = Endpoint::Tcp { host: "configured".into(), port: 1 };
    world.answer(link, Answer::Endpoint { endpoint, servername: None });
    let first = vec!["127.0.0.1".parse().unwrap()];
    world.answer(link, Answer::Addresses(first.clone()));
    world.connect(link);
    notify(&mut world, link, 0, &moving(1, 15, Some("[::1]:7")));
    assert_eq!(dialled(&world, link), to("::1", 7));
    assert_eq!(dial(&world, link).unwrap().addresses, ["::1".parse::<std::net::IpAddr>().unwrap()]);
    notify(&mut world, link, 0, &moving(2, 15, Some("name:7")));
    let asked = world.js.events.last().map(|(_, event)| event.clone());
    let what = Question::Lookup { host: Some("name".into()) };
    assert!(matches!(asked, Some(LinkEvent::Ask { what: found, .. }) if found == what));
    let second = vec!["127.0.0.2".parse().unwrap()];
    world.answer(link, Answer::Addresses(second.clone()));
    assert_eq!(dialled(&world, link), to("name", 7));
    assert_eq!(dial(&world, link).unwrap().addresses, second);
    let configured = world.engine.link(world.links[link].id).unwrap().config.dial.clone();
    assert_eq!(configured.addresses, first, "what the configured host was found to be");
    // A look-up that fails is an attempt that fails.
    notify(&mut world, link, 0, &moving(3, 15, Some("other:7")));
    world.answer(link, Answer::Failed);
    assert_eq!(events(&world, link).last(), Some(&"hand-over failed"));
    world.tick(0);
    world.tick(100);
    assert_eq!(events(&world, link).last(), Some(&"lookup?"));
}

#[test]
fn tls_expects_the_name_of_the_new_endpoint() {
    let tls = |servername: Option<&str>| TlsConfig {
        ca: Vec::new(),
        cert: Vec::new(),
        key: Vec::new(),
        reject_unauthorized: true,
        servername: servername.map(str::to_owned),
        custom_identity: false,
        min_version: TlsVersion::V1_2,
        max_version: TlsVersion::V1_3,
        alpn: Vec::new(),
    };
    let cases = [
        (None, "name:1", None),
        (Some("own"), "name:1", Some("own")),
        (Some("own"), "10.0.0.1:1", Some("own")),
        (None, "10.0.0.1:1", Some("localhost")),
    ];
    let by_address = [(None, "10.0.0.1:1", None), (Some("own"), "10.0.0.1:1", Some("own"))];
    let all = cases.map(|case| (case, "localhost")).into_iter().chain(by_address.map(|case| (case, "10.0.0.9")));
    for ((servername, target, expected), host) in all {
        let mut world = World::new();
        let mut config = told();
        config.dial.tls = Some(tls(servername));
        config.dial.endpoint = Endpoint::Tcp { host: host.to_owned(), port: 6379 };
        let link = world.ready(config);
        notify(&mut world, link, 0, &moving(1, 15, Some(target)));
        assert_eq!(dial(&world, link).unwrap().tls.unwrap().servername.as_deref(), expected, "{target}");
    }
}

#[test]
fn a_link_that_is_closing_or_not_told_does_not_move() {
    let mut world = World::new();
    let link = world.ready(told());
    world.submit(link, &[Shape::Number], Options::default());
    world.close(link);
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dials.borrow().is_empty());
    world.exchange(link);
    assert_eq!(events(&world, link).last(), Some(&"ended"));
    let link = world.ready(config());
    notify(&mut world, link, 0, &moving(1, 15, Some("a:1")));
    assert!(world.dials.borrow().is_empty());
    assert_eq!((events(&world, link).last(), world.js.pushes.len()), (Some(&"ready"), 1));
    check(&mut world);
}
