//! Notices of maintenance: which limits they relax, for how long, and what is asked of which server.

use oxredis::boundary::PushKind;
use oxredis::config::MaintNotifications;
use oxredis::engine::link::LinkConfig;
use oxredis::error::ErrorKind;
use oxredis::event::{Failure, LinkEvent, Question};

use crate::driver::World;
use crate::invariants::check;
use crate::js::Outcome;
use crate::moving::{count, events, notify, told};
use crate::net::socket;
use crate::server::Server;
use crate::setup::Options;
use crate::values::Shape;

const RELAXED: LinkEvent = LinkEvent::Relaxed { on: true };
const UNRELAXED: LinkEvent = LinkEvent::Relaxed { on: false };

fn relaxing() -> LinkConfig {
    LinkConfig { socket_timeout: 100, relaxed_socket_timeout: 1000, relaxed_command_timeout: 500, ..told() }
}

fn begin(word: &str, sequence: u32) -> String {
    format!(">4\r\n+{word}\r\n:{sequence}\r\n:2\r\n$5\r\n[\"1\"]\r\n")
}

fn end(word: &str, sequence: u32) -> String {
    format!(">3\r\n+{word}\r\n:{sequence}\r\n+1\r\n")
}

/// How often limits were relaxed, and how often that ended.
fn changes(world: &World, link: usize) -> (usize, usize) {
    (count(world, link, "relaxed"), count(world, link, "unrelaxed"))
}

fn failure(world: &World, serial: u32) -> Option<i32> {
    match world.outcome(serial) {
        Some(Outcome::Failed(failure, Outcome::QUEUED)) => Some(*failure),
        _ => None,
    }
}

#[test]
fn maintenance_nests_and_copies_do_not_count() {
    for (begins, ends) in [("MIGRATING", "MIGRATED"), ("FAILING_OVER", "FAILED_OVER"), ("SMIGRATING", "SMIGRATED")] {
        let end = |sequence: u32| match ends {
            "SMIGRATED" => format!(">3\r\n+SMIGRATED\r\n:{sequence}\r\n*1\r\n*3\r\n+a:1\r\n+b:1\r\n+1\r\n"),
            _ => end(ends, sequence),
        };
        let mut world = World::new();
        let link = world.ready(told());
        for bytes in [begin(begins, 1), begin(begins, 2), begin(begins, 1), begin(begins, 2)] {
            notify(&mut world, link, 0, &bytes);
        }
        assert_eq!(changes(&world, link), (1, 0));
        notify(&mut world, link, 0, &end(1));
        notify(&mut world, link, 0, &end(1));
        assert_eq!(changes(&world, link), (1, 0), "the other one goes on");
        notify(&mut world, link, 0, &end(2));
        assert_eq!(changes(&world, link), (1, 1));
        // A copy that comes late.
        notify(&mut world, link, 0, &begin(begins, 2));
        assert_eq!(changes(&world, link), (1, 1));
        // Servers that number each notice.
        notify(&mut world, link, 0, &begin(begins, 3));
        notify(&mut world, link, 0, &end(4));
        assert_eq!(changes(&world, link), (2, 2));
    }
}

#[test]
fn kinds_of_maintenance_end_on_their_own() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &begin("MIGRATING", 1));
    notify(&mut world, link, 0, &begin("FAILING_OVER", 1));
    notify(&mut world, link, 0, &end("MIGRATED", 1));
    assert_eq!(changes(&world, link), (1, 0));
    notify(&mut world, link, 0, &end("FAILED_OVER", 1));
    assert_eq!(changes(&world, link), (1, 1));
    // An end without a beginning is told, and has no effect.
    notify(&mut world, link, 0, &end("FAILED_OVER", 9));
    assert_eq!((changes(&world, link), count(&world, link, "maintenance")), ((1, 1), 5));
}

#[test]
fn a_lost_end_is_not_waited_for() {
    let mut world = World::new();
    let link = world.ready(told());
    notify(&mut world, link, 0, &begin("MIGRATING", 1));
    world.tick(30_000);
    notify(&mut world, link, 0, &begin("MIGRATING", 2));
    world.tick(59_999);
    assert_eq!(changes(&world, link), (1, 0));
    world.tick(1);
    assert_eq!(changes(&world, link), (1, 1));
    // The next connection knows nothing of the maintenance of this one.
    notify(&mut world, link, 0, &begin("MIGRATING", 3));
    world.server(link).wire.borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    world.retry(link, 0);
    assert_eq!(changes(&world, link), (2, 1));
    world.connect(link);
    assert_eq!(changes(&world, link), (2, 2));
    assert_eq!(world.engine.next_tick().filter(|at| *at < world.now + 5000), None);
}

#[test]
fn queued_commands_get_the_relaxed_limit() {
    let mut world = World::new();
    let link = world.ready(LinkConfig { socket_timeout: 0, ..relaxing() });
    world.wire(link).borrow_mut().room = 10;
    let limited = |timeout| Options { timeout, ..Options::default() };
    let begun = world.submit(link, &[Shape::Number], Options::default())[0];
    let short = world.submit(link, &[Shape::Number], limited(50))[0];
    let chain = world.submit(link, &[Shape::Number, Shape::Number], limited(50))[0];
    let long = world.submit(link, &[Shape::Number], limited(2000))[0];
    let endless = world.submit(link, &[Shape::Number], Options::default())[0];
    world.tick(40);
    notify(&mut world, link, 0, &begin("MIGRATING", 1));
    let fresh = world.submit(link, &[Shape::Number], limited(10))[0];
    world.tick(100);
    notify(&mut world, link, 0, &end("MIGRATED", 1));
    let plain = world.submit(link, &[Shape::Number], limited(20))[0];
    world.tick(20);
    assert_eq!(failure(&world, plain), Some(Failure::Timeout as i32));
    world.tick(379);
    assert_eq!(failure(&world, short), None);
    world.tick(1);
    for serial in [short, chain, chain + 1, endless, fresh] {
        assert_eq!(failure(&world, serial), Some(Failure::TimeoutDuringMaintenance as i32), "{serial}");
    }
    assert_eq!(failure(&world, long), None);
    world.wire(link).borrow_mut().room = usize::MAX;
    world.report(link, false, true);
    world.exchange(link);
    assert!(matches!(world.outcome(begun), Some(Outcome::Reply(_))));
    assert!(matches!(world.outcome(long), Some(Outcome::Reply(_))));
    check(&mut world);
}

#[test]
fn the_socket_timeout_is_relaxed_while_maintenance_goes_on() {
    let errors = |world: &World| {
        let asked = world.js.events.iter().filter_map(|(_, event)| match event {
            LinkEvent::Ask { what: Question::Retry { error, .. }, .. } => error.clone(),
            _ => None,
        });
        asked.map(|error| (error.kind, error.message)).collect::<Vec<_>>()
    };
    let mut world = World::new();
    let link = world.ready(relaxing());
    // The handshake was traffic.
    world.tick(100);
    notify(&mut world, link, 0, &begin("MIGRATING", 1));
    world.tick(999);
    assert_eq!(errors(&world), []);
    world.tick(1);
    let text = "Socket timeout during maintenance. Expecting data, but didn't receive any in 1000ms.";
    assert_eq!(errors(&world), [(ErrorKind::SocketTimeoutDuringMaintenance, text.to_owned())]);
    // When maintenance ends, the ordinary limit counts at once.
    world.retry(link, 0);
    world.connect(link);
    world.tick(100);
    notify(&mut world, link, 1, &begin("MIGRATING", 2));
    world.tick(500);
    notify(&mut world, link, 1, &end("MIGRATED", 2));
    world.tick(99);
    assert_eq!(errors(&world).len(), 1);
    world.tick(1);
    assert_eq!(errors(&world)[1].0, ErrorKind::SocketTimeout);
    // A limit that is longer than the relaxed one stays.
    let link = world.ready(LinkConfig { socket_timeout: 2000, ..relaxing() });
    world.tick(2000);
    notify(&mut world, link, 0, &begin("MIGRATING", 1));
    world.tick(1999);
    assert_eq!(errors(&world).len(), 2);
    world.tick(1);
    assert_eq!(errors(&world)[2].0, ErrorKind::SocketTimeout);
}

#[test]
fn malformed_notices_are_told_and_have_no_effect() {
    let mut world = World::new();
    let link = world.ready(told());
    let malformed = [
        (">1\r\n+MOVING\r\n", PushKind::Moving),
        (">4\r\n+MOVING\r\n:1\r\n:15\r\n+nowhere\r\n", PushKind::Moving),
        (">4\r\n+MOVING\r\n:1\r\n*0\r\n+a:1\r\n", PushKind::Moving),
        (">1\r\n+MIGRATING\r\n", PushKind::Migrating),
        (">3\r\n+FAILING_OVER\r\n:1\r\n+soon\r\n", PushKind::FailingOver),
        (">3\r\n+SMIGRATED\r\n:1\r\n+all\r\n", PushKind::ShardMigrated),
    ];
    for (bytes, _) in malformed {
        world.submit(link, &[Shape::Number], Options::default());
        notify(&mut world, link, 0, bytes);
    }
    world.exchange(link);
    let ignored: Vec<PushKind> = world
        .js
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            LinkEvent::MaintenanceIgnored { kind, why } => {
                assert!(!why.is_empty());
                Some(*kind)
            }
            _ => None,
        })
        .collect();
    assert_eq!(ignored, malformed.map(|(_, kind)| kind));
    assert!(!world.js.events.iter().any(|(_, event)| *event == RELAXED || *event == UNRELAXED));
    assert!(world.dials.borrow().is_empty());
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
    check(&mut world);
}

/// Connects a link to a server with this address. Returns the words of its handshake about maintenance, and answers.
fn asked(world: &mut World, link: usize, address: &str, answer: &str) -> Option<String> {
    let id = world.links[link].id;
    let token = *world.dials.borrow().keys().next_back().expect("a dial");
    let key = oxredis::engine::connection::ConnectionKey::of_token(token);
    assert_eq!(key.link, id);
    let (transport, wire) = socket(usize::MAX);
    world.links[link].servers.push(Server::new(wire, key));
    world.engine.on_dialled(key, None, (transport, Some(address.parse().unwrap())), world.now);
    world.deliver();
    let server = world.server(link);
    server.receive();
    let words = server.inbox.iter().find(|words| words.contains("MAINT_NOTIFICATIONS")).cloned();
    server.inbox.retain(|words| !words.contains("MAINT_NOTIFICATIONS"));
    while server.execute() {}
    if words.is_some() {
        server.push_raw(answer);
    }
    world.exchange(link);
    words.map(|words| words.rsplit(' ').next().unwrap_or_default().to_owned())
}

fn lose(world: &mut World, link: usize) {
    world.server(link).wire.borrow_mut().end = Some(Ok(()));
    world.report(link, true, false);
    world.retry(link, 0);
}

#[test]
fn a_refusal_is_remembered_for_the_address() {
    let refusal = "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n";
    let mut world = World::new();
    let link = world.open(told());
    assert_eq!(asked(&mut world, link, "10.0.0.1:1", refusal).as_deref(), Some("internal-ip"));
    assert_eq!(events(&world, link).last(), Some(&"ready"));
    lose(&mut world, link);
    assert_eq!(asked(&mut world, link, "10.0.0.1:1", ""), None);
    assert_eq!(events(&world, link).last(), Some(&"ready"));
    lose(&mut world, link);
    assert_eq!(asked(&mut world, link, "127.0.0.1:1", "+OK\r\n").as_deref(), Some("external-ip"));
    let other = world.open(told());
    assert_eq!(asked(&mut world, other, "10.0.0.1:1", ""), None, "also for other links");
    // Who insists on it asks, and fails.
    let mut config = told();
    config.session.maint_notifications = Some(MaintNotifications { endpoint_type: "none".into(), required: true });
    let link = world.open(config);
    assert_eq!(asked(&mut world, link, "10.0.0.1:1", refusal).as_deref(), Some("none"));
    let error = world.js.events.iter().rev().find_map(|(_, event)| match event {
        LinkEvent::Ask { what: Question::Retry { error, .. }, .. } => error.clone(),
        _ => None,
    });
    assert_eq!(error.unwrap().message, refusal[1..].trim_end());
    // Errors that may pass are not remembered.
    let link = world.open(told());
    assert_eq!(asked(&mut world, link, "10.0.0.2:1", "-LOADING wait\r\n").as_deref(), Some("internal-ip"));
    lose(&mut world, link);
    assert_eq!(asked(&mut world, link, "10.0.0.2:1", "+OK\r\n").as_deref(), Some("internal-ip"));
}
