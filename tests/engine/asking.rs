//! Questions to JS: the engine does not ask what is a setting, and an answer to a question that is not open changes
//! nothing.

use std::net::{IpAddr, Ipv4Addr};

use oxredis::boundary::QuestionKind;
use oxredis::config::{Credentials, Endpoint, RespVersion, TlsConfig, TlsVersion};
use oxredis::engine::Answer;
use oxredis::engine::connection::ConnectionKey;
use oxredis::engine::link::LinkConfig;
use oxredis::proto::command::Request;

use crate::driver::World;
use crate::net::socket;
use crate::setup::{Options, config};
use crate::values::Shape;

fn told(world: &World, link: usize) -> Vec<&'static str> {
    world.js.told(world.links[link].id)
}

fn key(world: &mut World, link: usize) -> ConnectionKey {
    let id = world.links[link].id;
    ConnectionKey { link: id, serial: world.engine.link(id).expect("it is open").serial }
}

fn credentials(password: &str) -> Credentials {
    Credentials { username: None, password: Some(password.into()) }
}

fn written(world: &mut World, link: usize) -> String {
    String::from_utf8_lossy(&world.wire(link).borrow().written).into_owned()
}

fn addresses() -> Answer {
    Answer::Addresses(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
}

fn endpoint(host: &str) -> Answer {
    Answer::Endpoint { endpoint: Endpoint::Tcp { host: host.into(), port: 1 }, servername: Some("name".into()) }
}

fn tls() -> TlsConfig {
    TlsConfig {
        ca: Vec::new(),
        cert: Vec::new(),
        key: Vec::new(),
        reject_unauthorized: true,
        servername: None,
        custom_identity: true,
        min_version: TlsVersion::V1_2,
        max_version: TlsVersion::V1_3,
        alpn: Vec::new(),
    }
}

/// Returns the endpoint of the only dial in progress.
fn dialled_to(world: &World) -> Endpoint {
    let dials = world.dials.borrow();
    assert_eq!(dials.len(), 1);
    dials.values().next().expect("a dial").endpoint.clone()
}

#[test]
fn credentials_that_are_a_setting_are_not_asked_for() {
    let mut world = World::new();
    let link = world.open(LinkConfig { credentials: Some(credentials("first")), ..config() });
    world.dialled(link, true);
    assert!(written(&mut world, link).contains("first"), "the handshake waits");
    world.exchange(link);
    assert_eq!(told(&world, link), ["connected", "ready"]);
    // Other credentials are used from the next handshake on, after a loss as after a reset.
    let id = world.links[link].id;
    world.engine.set_credentials(id, Some(credentials("second")));
    world.request(link, |ticket| Request::Reset { ticket });
    world.exchange(link);
    assert!(written(&mut world, link).contains("second"));
    world.engine.set_credentials(id, Some(credentials("third")));
    world.wire(link).borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    world.retry(link, 0);
    world.connect(link);
    assert!(written(&mut world, link).contains("third"));
    assert_eq!(told(&world, link)[2..], ["disconnected", "reconnecting", "connected", "ready"]);
    // Without credentials in the settings, the engine asks JS for them.
    world.engine.set_credentials(id, None);
    world.wire(link).borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    world.retry(link, 0);
    world.eager = false;
    world.dialled(link, true);
    assert_eq!(written(&mut world, link), "");
    world.answer(link, Answer::Credentials(credentials("fourth")));
    assert!(written(&mut world, link).contains("fourth"));
    world.exchange(link);
    assert_eq!(told(&world, link)[6..], ["disconnected", "reconnecting", "connected", "credentials?", "ready"]);
}

#[test]
fn a_handshake_of_nothing_makes_the_link_ready_at_once() {
    let mut world = World::new();
    let mut plain = LinkConfig { credentials: Some(Credentials::default()), ..config() };
    plain.session.resp = RespVersion::V2;
    let link = world.open(plain);
    world.dialled(link, true);
    assert_eq!(told(&world, link), ["connected", "ready"]);
    world.submit(link, &[Shape::Number], Options::default());
    world.exchange(link);
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
}

#[test]
fn a_handed_over_link_does_not_ask_for_what_is_a_setting() {
    let mut world = World::new();
    let link = world.ready(LinkConfig { credentials: Some(credentials("p")), ..config() });
    world.hand_over(link);
    assert!(world.dialled(link, true));
    world.exchange(link);
    assert_eq!(told(&world, link), ["connected", "ready", "handed over"]);
}

#[test]
fn each_attempt_asks_where_to_connect_to() {
    let mut world = World::new();
    let mut asking = LinkConfig { custom_endpoint: true, ..config() };
    asking.dial.tls = Some(tls());
    let link = world.open(asking);
    assert!(world.dials.borrow().is_empty());
    world.answer(link, endpoint("first"));
    assert_eq!(dialled_to(&world), Endpoint::Tcp { host: "first".into(), port: 1 });
    let name = world.dials.borrow().values().next().and_then(|dial| dial.tls.as_ref()?.servername.clone());
    assert_eq!(name.as_deref(), Some("name"));
    world.dialled(link, false);
    world.retry(link, 0);
    world.answer(link, Answer::Endpoint { endpoint: Endpoint::Unix { path: "/s".into() }, servername: None });
    assert_eq!(dialled_to(&world), Endpoint::Unix { path: "/s".into() });
    let name = world.dials.borrow().values().next().and_then(|dial| dial.tls.as_ref()?.servername.clone());
    assert_eq!(name, None);
    assert_eq!(told(&world, link), ["endpoint?", "disconnected", "reconnecting", "endpoint?"]);
}

#[test]
fn addresses_are_those_of_the_endpoint_that_was_answered() {
    let mut world = World::new();
    let link = world.open(LinkConfig { custom_endpoint: true, custom_lookup: true, ..config() });
    world.answer(link, endpoint("first"));
    world.answer(link, addresses());
    assert_eq!(world.dials.borrow().values().next().map(|dial| dial.addresses.len()), Some(1));
    world.dialled(link, false);
    world.retry(link, 0);
    // A UNIX socket has no addresses, and those of the previous host are dropped.
    world.answer(link, Answer::Endpoint { endpoint: Endpoint::Unix { path: "/s".into() }, servername: None });
    assert_eq!(world.dials.borrow().values().next().map(|dial| dial.addresses.len()), Some(0));
    assert_eq!(told(&world, link), ["endpoint?", "lookup?", "disconnected", "reconnecting", "endpoint?"]);
}

/// Brings a link to the point where it asks this question.
fn at(question: QuestionKind) -> (World, usize) {
    let mut world = World::new();
    world.eager = false;
    let mut asking = LinkConfig { custom_endpoint: true, custom_lookup: true, ..config() };
    asking.dial.tls = Some(tls());
    let link = world.open(asking);
    let asked = |world: &World| world.links[link].asked.map(|(_, asked)| asked);
    let path = [QuestionKind::Endpoint, QuestionKind::Lookup, QuestionKind::Identity, QuestionKind::Credentials];
    for step in path {
        assert_eq!(asked(&world), Some(step));
        if step == question {
            return (world, link);
        }
        match step {
            QuestionKind::Endpoint => world.answer(link, endpoint("h")),
            QuestionKind::Lookup => {
                world.answer(link, addresses());
                let key = key(&mut world, link);
                world.engine.on_dialled(key, Some(b"certificate".to_vec()), (socket(0).0, None), world.now);
                world.deliver();
            }
            QuestionKind::Identity => world.answer(link, Answer::Accepted),
            _ => world.tick(5000),
        }
    }
    assert_eq!(asked(&world), Some(QuestionKind::Retry));
    (world, link)
}

const ALL: [QuestionKind; 5] = [
    QuestionKind::Endpoint,
    QuestionKind::Lookup,
    QuestionKind::Identity,
    QuestionKind::Credentials,
    QuestionKind::Retry,
];

fn answer_to(question: QuestionKind) -> Answer {
    match question {
        QuestionKind::Endpoint => endpoint("late"),
        QuestionKind::Lookup => addresses(),
        QuestionKind::Identity => Answer::Accepted,
        QuestionKind::Credentials => Answer::Credentials(credentials("late")),
        QuestionKind::Retry => Answer::Retry(0),
    }
}

#[test]
fn only_the_answer_that_is_waited_for_counts() {
    for asked in ALL {
        let (mut world, link) = at(asked);
        let key = key(&mut world, link);
        let before = told(&world, link);
        let other_serials = [key.serial - 1, key.serial + 1].map(|serial| ConnectionKey { serial, ..key });
        for other in other_serials {
            world.engine.answer(other, answer_to(asked), world.now);
            world.engine.answer(other, Answer::Failed, world.now);
        }
        for answered in ALL.into_iter().filter(|answered| *answered != asked) {
            world.engine.answer(key, answer_to(answered), world.now);
        }
        world.deliver();
        assert_eq!(told(&world, link), before, "{asked:?}");
        // The question is still open.
        match asked {
            QuestionKind::Retry => world.retry(link, 0),
            _ => world.answer(link, answer_to(asked)),
        }
        let state = told(&world, link);
        // The same answer again, after the link has continued.
        world.engine.answer(key, answer_to(asked), world.now);
        world.deliver();
        assert_eq!(told(&world, link), state, "{asked:?} answered twice");
        let dials = world.dials.borrow().len();
        let (last, expected_dials) = match asked {
            QuestionKind::Endpoint => ("lookup?", 0),
            QuestionKind::Lookup => ("lookup?", 1),
            QuestionKind::Identity | QuestionKind::Credentials => ("credentials?", 0),
            QuestionKind::Retry => ("endpoint?", 0),
        };
        assert_eq!((state.last(), dials), (Some(&last), expected_dials), "{asked:?}");
    }
}

#[test]
fn a_question_without_an_answer_ends_with_the_connect_timeout() {
    for asked in ALL.into_iter().filter(|asked| *asked != QuestionKind::Retry) {
        let (mut world, link) = at(asked);
        let key = key(&mut world, link);
        let queued = world.submit(link, &[Shape::Number], Options::default())[0];
        world.tick(4999);
        assert_ne!(told(&world, link).last(), Some(&"disconnected"));
        world.tick(1);
        assert_eq!(told(&world, link).last(), Some(&"disconnected"));
        // The answer arrives late, and JS gives up: the command is rejected.
        world.engine.answer(key, answer_to(asked), world.now);
        world.engine.answer(key, Answer::Failed, world.now);
        world.deliver();
        assert_eq!(told(&world, link).iter().filter(|name| **name == "disconnected").count(), 1);
        world.give_up(link);
        assert!(world.outcome(queued).is_some());
    }
}

#[test]
fn an_attempt_that_js_fails_is_lost_without_an_error_of_the_engine() {
    for asked in ALL.into_iter().filter(|asked| *asked != QuestionKind::Retry) {
        let (mut world, link) = at(asked);
        world.answer(link, Answer::Failed);
        let (_, event) = world.js.events.last().expect("an event");
        assert!(format!("{event:?}").contains("Retry { error: None, retries: 0 }"), "{event:?}");
        world.retry(link, 10);
        world.tick(10);
        assert_eq!(told(&world, link).last(), Some(&"endpoint?"));
    }
}

#[test]
fn answers_to_a_link_that_was_closed_are_left_alone() {
    for asked in ALL {
        for destroys in [false, true] {
            let (mut world, link) = at(asked);
            let key = key(&mut world, link);
            if destroys {
                world.destroy(link)
            } else {
                world.close(link)
            }
            assert_eq!(told(&world, link).last(), Some(&"ended"));
            world.engine.answer(key, answer_to(asked), world.now);
            world.engine.answer(key, Answer::Failed, world.now);
            world.engine.set_credentials(key.link, Some(credentials("late")));
            world.deliver();
            assert_eq!(told(&world, link).last(), Some(&"ended"));
            assert!(world.dials.borrow().is_empty());
            // The answer does not affect a later link with the same id either.
            let next = world.open(LinkConfig { custom_endpoint: true, ..config() });
            assert_eq!(world.links[next].id, key.link);
            world.engine.answer(key, answer_to(asked), world.now);
            world.deliver();
            assert!(world.dials.borrow().is_empty(), "{asked:?}");
        }
    }
}
