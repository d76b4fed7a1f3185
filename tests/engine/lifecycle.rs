//! Attempts, losses and ends: which events JS gets, in which order, and how requests are settled.

use std::io::ErrorKind;

use oxredis::config::{TlsConfig, TlsVersion};
use oxredis::engine::Answer;
use oxredis::engine::connection::ConnectionKey;
use oxredis::engine::link::LinkConfig;
use oxredis::error::{EngineError, ErrorKind as Kind};
use oxredis::event::Failure;

use crate::driver::{State, World};
use crate::invariants::check;
use crate::js::Outcome;
use crate::net::socket;
use crate::setup::{Options, Todo, config};
use crate::values::Shape;

const CLOSED: i32 = Failure::Closed as i32;
const DESTROYED: i32 = Failure::Destroyed as i32;

fn told(world: &World, link: usize) -> Vec<&'static str> {
    world.js.told(world.links[link].id)
}

fn key(world: &mut World, link: usize) -> ConnectionKey {
    let id = world.links[link].id;
    ConnectionKey { link: id, serial: world.engine.link(id).expect("a link").serial }
}

fn failed(world: &World, serial: u32) -> Option<(i32, i32)> {
    match world.outcome(serial) {
        Some(Outcome::Failed(failure, phase)) => Some((*failure, *phase)),
        _ => None,
    }
}

fn one(world: &mut World, link: usize) -> u32 {
    world.submit(link, &[Shape::Number], Options::default())[0]
}

fn refused() -> EngineError {
    EngineError::new(Kind::Io, "connect ECONNREFUSED")
}

#[test]
fn a_late_report_of_an_attempt_is_not_another_loss() {
    let mut world = World::new();
    let link = world.open(config());
    let key = key(&mut world, link);
    world.tick(5000);
    assert_eq!(told(&world, link), ["disconnected"]);
    assert!(world.dials.borrow().is_empty(), "the dial goes on");
    // The dial ends at the same time; its late reports, of any outcome, must be ignored.
    world.engine.on_attempt_failed(key, refused());
    world.engine.on_dialled(key, None, (socket(0).0, None), world.now);
    world.engine.answer(key, Answer::Addresses(Vec::new()), world.now);
    world.deliver();
    assert_eq!(told(&world, link), ["disconnected"]);
    world.retry(link, 100);
    world.engine.on_attempt_failed(key, refused());
    world.engine.on_dialled(key, None, (socket(0).0, None), world.now);
    world.deliver();
    world.tick(100);
    assert_eq!(told(&world, link), ["disconnected", "reconnecting"]);
    world.connect(link);
}

#[test]
fn the_connect_timer_ends_with_its_attempt() {
    let mut world = World::new();
    let link = world.open(config());
    world.dialled(link, false);
    world.retry(link, 60_000);
    world.tick(5000);
    world.tick(50_000);
    assert_eq!(told(&world, link), ["disconnected"]);
    world.tick(5000);
    assert_eq!(told(&world, link), ["disconnected", "reconnecting"]);
    world.connect(link);
    world.tick(1_000_000);
    assert_eq!(told(&world, link)[2..], ["connected", "credentials?", "ready"]);
}

#[test]
fn credentials_that_fail_after_the_connect_timeout_change_nothing() {
    let mut world = World::new();
    world.eager = false;
    let link = world.open(config());
    world.dialled(link, true);
    let key = key(&mut world, link);
    world.tick(5000);
    world.engine.answer(key, Answer::Failed, world.now);
    world.engine.answer(key, Answer::Credentials(Default::default()), world.now);
    world.deliver();
    assert_eq!(told(&world, link), ["connected", "credentials?", "disconnected"]);
    assert!(world.wire(link).borrow().dropped);
}

#[test]
fn commands_for_a_link_that_has_ended_fail() {
    let mut world = World::new();
    let (link, other) = (world.ready(config()), world.ready(config()));
    let before = one(&mut world, link);
    // When JS learns of the failure it submits another command, before it learns that the link has ended.
    let late = world.js.asked.len() as u32;
    world.todo.push_back(Todo::Submit(link, Shape::Number));
    world.links[link].closing = true;
    let id = world.links[link].id;
    world.engine.destroy(id);
    world.links[link].closing = false;
    world.deliver();
    world.attend();
    assert_eq!(failed(&world, before), Some((DESTROYED, Outcome::WRITTEN)));
    assert_eq!(failed(&world, late), Some((CLOSED, Outcome::QUEUED)));
    assert_eq!(told(&world, link).last(), Some(&"ended"));
    // The same holds for a link that never existed, and for other requests.
    world.links[link].state = State::Open;
    let unknown = one(&mut world, link);
    let monitor = world.request(link, |ticket| oxredis::proto::command::Request::Monitor { ticket }).expect("asked");
    let well = one(&mut world, other);
    world.attend();
    world.exchange(other);
    assert_eq!(failed(&world, unknown), Some((CLOSED, Outcome::QUEUED)));
    assert_eq!(failed(&world, monitor), Some((CLOSED, Outcome::QUEUED)));
    assert!(matches!(world.outcome(well), Some(Outcome::Reply(_))));
}

#[test]
fn commands_after_giving_up_fail() {
    let mut world = World::new();
    let link = world.open(config());
    let queued = one(&mut world, link);
    world.dialled(link, false);
    let id = world.links[link].id;
    world.engine.give_up(id);
    world.deliver();
    let late = one(&mut world, link);
    world.attend();
    assert_eq!(failed(&world, queued), Some((Failure::GaveUp as i32, Outcome::QUEUED)));
    assert_eq!(failed(&world, late), Some((CLOSED, Outcome::QUEUED)));
}

#[test]
fn a_loss_fails_what_was_written_and_keeps_the_rest() {
    let mut world = World::new();
    world.room = 30;
    let link = world.open(config());
    world.dialled(link, true);
    world.exchange(link);
    world.wire(link).borrow_mut().room = 100;
    let serials: Vec<_> = (0..5).map(|_| one(&mut world, link)).collect();
    world.wire(link).borrow_mut().end = Some(Err(ErrorKind::ConnectionReset));
    world.report(link, true, false);
    let lost: Vec<_> = serials.iter().filter(|serial| failed(&world, **serial).is_some()).copied().collect();
    assert_eq!(lost, serials[..lost.len()]);
    assert!(!lost.is_empty() && lost.len() < 5, "{lost:?}");
    assert!(lost.iter().all(|serial| failed(&world, *serial) == Some((Outcome::LOST, Outcome::WRITTEN))));
    world.retry(link, 0);
    world.room = usize::MAX;
    world.connect(link);
    assert_eq!(world.server(link).arrived, serials[lost.len()..]);
    check(&mut world);
}

#[test]
fn without_an_offline_queue_a_loss_fails_all() {
    let mut world = World::new();
    let link = world.ready(LinkConfig { disable_offline_queue: true, ..config() });
    world.wire(link).borrow_mut().room = 1;
    let (written, queued) = (one(&mut world, link), one(&mut world, link));
    world.wire(link).borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    assert_eq!(failed(&world, written), Some((Outcome::LOST, Outcome::WRITTEN)));
    assert_eq!(failed(&world, queued), Some((Outcome::LOST, Outcome::QUEUED)));
}

#[test]
fn replies_that_came_before_the_end_are_delivered() {
    let mut world = World::new();
    let link = world.ready(config());
    let (answered, lost) = (one(&mut world, link), one(&mut world, link));
    world.server(link).execute();
    world.server(link).deliver(usize::MAX);
    {
        let wire = world.wire(link);
        let mut wire = wire.borrow_mut();
        wire.end = Some(Err(ErrorKind::ConnectionReset));
        wire.write_error = Some(ErrorKind::BrokenPipe);
    }
    let queued = one(&mut world, link);
    world.attend();
    world.report(link, true, false);
    world.report(link, true, false);
    assert!(matches!(world.outcome(answered), Some(Outcome::Reply(_))));
    assert_eq!(failed(&world, lost), Some((Outcome::LOST, Outcome::WRITTEN)));
    assert_eq!(world.outcome(queued), None);
}

#[test]
fn a_write_that_fails_is_a_loss_but_not_within_the_call() {
    let mut world = World::new();
    let link = world.ready(config());
    world.wire(link).borrow_mut().write_error = Some(ErrorKind::TimedOut);
    let queued = one(&mut world, link);
    assert!(!world.engine.has_output() && world.engine.needs_attention());
    world.attend();
    assert_eq!(told(&world, link).last(), Some(&"disconnected"));
    world.retry(link, 0);
    world.connect(link);
    assert!(matches!(world.outcome(queued), Some(Outcome::Reply(_))));
}

#[test]
fn closing_waits_for_what_was_accepted() {
    let mut world = World::new();
    let link = world.open(config());
    let early = one(&mut world, link);
    world.close(link);
    assert!(told(&world, link).is_empty());
    world.connect(link);
    assert!(matches!(world.outcome(early), Some(Outcome::Reply(_))));
    assert_eq!(told(&world, link), ["connected", "credentials?", "ready", "ended"]);
}

#[test]
fn closing_ends_with_the_connection_or_without_one() {
    let mut world = World::new();
    let link = world.ready(config());
    let lost = one(&mut world, link);
    world.close(link);
    world.wire(link).borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    assert_eq!(failed(&world, lost), Some((Outcome::LOST, Outcome::WRITTEN)));
    assert_eq!(told(&world, link)[3..], ["lost", "ended"]);

    let link = world.open(config());
    let queued = one(&mut world, link);
    world.dialled(link, false);
    world.retry(link, 1000);
    world.close(link);
    assert_eq!(failed(&world, queued), Some((CLOSED, Outcome::QUEUED)));
    world.tick(2000);
    assert!(world.dials.borrow().is_empty());
}

#[test]
fn a_timeout_or_an_abort_of_the_last_request_ends_a_closing_link() {
    for abort in [false, true] {
        let mut world = World::new();
        let link = world.ready(config());
        world.wire(link).borrow_mut().room = 0;
        let options = Options { timeout: 10, cancellable: true, ..Options::default() };
        let last = world.submit(link, &[Shape::Null], options)[0];
        world.close(link);
        if abort {
            assert!(world.cancel(last));
        } else {
            world.tick(10);
            assert_eq!(failed(&world, last), Some((Outcome::TIMEOUT, Outcome::QUEUED)));
        }
        assert_eq!(told(&world, link).last(), Some(&"ended"));
    }
}

#[test]
fn a_server_that_speaks_first_is_heard_after_the_handshake_began() {
    let mut world = World::new();
    world.eager = false;
    let link = world.open(config());
    world.dialled(link, true);
    world.server(link).push_raw("-ERR max number of clients reached\r\n");
    world.server(link).deliver(usize::MAX);
    world.wire(link).borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    assert!(!world.wire(link).borrow().is_readable(), "reports go on though nobody can use them");
    world.answer_credentials(link);
    world.attend();
    let last = &world.js.events.last().expect("an event").1;
    let text = format!("{last:?}");
    assert!(text.contains("max number of clients"), "{text}");
}

#[test]
fn the_idle_timer_counts_from_the_last_traffic() {
    let mut world = World::new();
    world.eager = false;
    let link = world.open(LinkConfig { socket_timeout: 100, ..config() });
    // Connecting takes longer than `socket_timeout`.
    world.dialled(link, true);
    world.tick(500);
    world.answer_credentials(link);
    world.exchange(link);
    world.tick(99);
    assert_eq!(told(&world, link).last(), Some(&"ready"));
    one(&mut world, link);
    world.exchange(link);
    world.tick(99);
    assert_eq!(told(&world, link).last(), Some(&"ready"));
    // A request after a pause restarts the time limit; further requests do not, if nothing arrives.
    one(&mut world, link);
    world.tick(99);
    one(&mut world, link);
    assert_eq!(told(&world, link).last(), Some(&"ready"));
    world.tick(1);
    assert_eq!(told(&world, link).last(), Some(&"disconnected"));
}

#[test]
fn tokens_name_links_and_attempts() {
    for pair in [(0, 0), (7, u32::MAX), (u32::MAX, 1)] {
        let key = ConnectionKey { link: pair.0, serial: pair.1 };
        assert_eq!(ConnectionKey::of_token(key.token()), key);
    }
}

#[test]
fn garbage_ends_the_connection_behind_the_replies_before_it() {
    for garbage in ["?what\r\n", "+surplus\r\n", "$-7\r\n", "*1\r\n>\r\n"] {
        let mut world = World::new();
        world.faulty = true;
        let link = world.ready(config());
        let (answered, lost) = (one(&mut world, link), one(&mut world, link));
        world.server(link).execute();
        if garbage.starts_with('+') {
            world.server(link).execute();
        }
        world.server(link).push_raw(garbage);
        world.server(link).deliver(usize::MAX);
        world.report(link, true, false);
        assert!(matches!(world.outcome(answered), Some(Outcome::Reply(_))), "{garbage:?}");
        assert_eq!(failed(&world, lost).is_some(), !garbage.starts_with('+'), "{garbage:?}");
        assert_eq!(told(&world, link).last(), Some(&"disconnected"), "{garbage:?}");
        assert!(world.wire(link).borrow().dropped);
        world.retry(link, 0);
        world.connect(link);
        let next = one(&mut world, link);
        world.exchange(link);
        assert!(matches!(world.outcome(next), Some(Outcome::Reply(_))));
    }
}

#[test]
fn a_lookup_without_addresses_is_a_failed_attempt() {
    let mut world = World::new();
    let link = world.open(LinkConfig { custom_lookup: true, ..config() });
    let key = key(&mut world, link);
    world.engine.answer(key, Answer::Addresses(Vec::new()), world.now);
    world.deliver();
    assert_eq!(told(&world, link).last(), Some(&"disconnected"));
    assert!(world.dials.borrow().is_empty(), "the system's resolver was asked");
}

#[test]
fn a_certificate_that_is_not_there_cannot_be_accepted() {
    let mut world = World::new();
    let mut judged = config();
    judged.dial.tls = Some(TlsConfig {
        ca: Vec::new(),
        cert: Vec::new(),
        key: Vec::new(),
        reject_unauthorized: true,
        servername: None,
        custom_identity: true,
        min_version: TlsVersion::V1_2,
        max_version: TlsVersion::V1_3,
        alpn: Vec::new(),
    });
    let link = world.open(judged);
    let key = key(&mut world, link);
    world.engine.on_dialled(key, None, (socket(0).0, None), world.now);
    world.deliver();
    assert_eq!(told(&world, link), ["disconnected"]);
}
