//! Under any interleaving of events, each request is settled once: with its own reply, or with a failure that is true.

use std::io::ErrorKind;

use bytes::Bytes;
use oxredis::engine::link::LinkConfig;
use oxredis::proto::command::{Request, SubscriptionKind};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::driver::{State, World};
use crate::invariants::check;
use crate::moving::told;
use crate::setup::{Options, Todo};
use crate::values::Shape;

const LINKS: usize = 2;

#[derive(Debug, Clone)]
enum Act {
    /// Submits commands and chains in one batch.
    Submit(usize, Vec<(Vec<Shape>, Options)>),
    Subscribe(usize, Vec<&'static str>),
    Unsubscribe(usize, Option<Vec<&'static str>>),
    Publish(usize, &'static str),
    Monitor(usize),
    Reset(usize),
    /// Cancels the n-th pending request.
    Cancel(usize),
    Execute(usize, usize),
    Arrive(usize, usize),
    /// Sets the sizes of the next reads, and reports readable data.
    Read(usize, Vec<usize>),
    /// Makes the socket accept more bytes.
    Room(usize, usize),
    Dialled(usize, bool),
    HandOver(usize),
    /// Sends a notice of maintenance.
    Notice(usize, String),
    Credentials(usize),
    /// Ends the connection after the bytes that have already arrived.
    Cut(usize, Option<ErrorKind>),
    BreakWrites(usize, ErrorKind),
    Retry(usize, u64),
    GiveUp(usize),
    Close(usize),
    Destroy(usize),
    Tick(u64),
    Attend,
    During(Todo),
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        2 => Just(Shape::Null),
        2 => Just(Shape::Number),
        3 => (1..40usize).prop_map(Shape::Line),
        1 => (1..40usize).prop_map(Shape::Error),
        6 => (1..60usize).prop_map(Shape::Blob),
        2 => (1000..3000usize).prop_map(Shape::Blob),
        1 => (65_000..66_500usize).prop_map(Shape::Blob),
        1 => (100_000..400_000usize).prop_map(Shape::Blob),
        2 => (0..5usize, 1..50usize).prop_map(|(count, size)| Shape::List(count, size)),
        1 => (1..300usize, 1..2000usize).prop_map(|(count, size)| Shape::List(count, size)),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let timeout = prop_oneof![3 => Just(0), 1 => 1..100u32];
    let rarely = || prop::bool::weighted(0.2);
    (rarely(), timeout, rarely(), rarely(), rarely()).prop_map(|(asap, timeout, cancellable, cancelled, bytes)| {
        Options { asap, timeout, cancellable, cancelled, bytes, cache: false }
    })
}

fn item() -> impl Strategy<Value = (Vec<Shape>, Options)> {
    prop_oneof![
        3 => (vec(shape(), 1), options()),
        1 => (vec(shape(), 2..5), options()),
    ]
}

/// Notices of maintenance: few numbers, so that they repeat, and times that end within a test.
fn notice() -> impl Strategy<Value = String> {
    let target = prop::sample::select(&["+a:1\r\n", "+b:2\r\n", "_\r\n", "$3\r\nc:3\r\n", "+malformed\r\n"][..]);
    let word = prop::sample::select(&["MIGRATING", "MIGRATED", "FAILING_OVER", "FAILED_OVER"][..]);
    prop_oneof![
        3 => (0..4, 0..8, target).prop_map(|(id, seconds, target)| format!(">4\r\n+MOVING\r\n:{id}\r\n:{seconds}\r\n{target}")),
        1 => (0..4, word).prop_map(|(id, word)| format!(">4\r\n+{word}\r\n:{id}\r\n:1\r\n+1\r\n")),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let link = || 0..LINKS;
    let name = || prop::sample::select(&["a", "b"][..]);
    let names = move || vec(name(), 1..3);
    let few = || prop_oneof![3 => 1..60usize, 2 => 60..100_000usize, 1 => Just(usize::MAX)];
    let cut = prop::sample::select(&[None, Some(ErrorKind::ConnectionReset), Some(ErrorKind::TimedOut)][..]);
    let broken = prop::sample::select(&[ErrorKind::BrokenPipe, ErrorKind::TimedOut][..]);
    let todo = prop_oneof![
        4 => (link(), shape()).prop_map(|(link, shape)| Todo::Submit(link, shape)),
        1 => link().prop_map(Todo::Destroy),
        1 => link().prop_map(Todo::Close),
    ];
    prop_oneof![
        12 => (link(), vec(item(), 1..6)).prop_map(|(link, items)| Act::Submit(link, items)),
        1 => (link(), names()).prop_map(|(link, names)| Act::Subscribe(link, names)),
        1 => (link(), prop::option::of(names())).prop_map(|(link, names)| Act::Unsubscribe(link, names)),
        1 => (link(), name()).prop_map(|(link, name)| Act::Publish(link, name)),
        1 => link().prop_map(Act::Monitor),
        1 => link().prop_map(Act::Reset),
        2 => (0..20usize).prop_map(Act::Cancel),
        8 => (link(), 1..20usize).prop_map(|(link, count)| Act::Execute(link, count)),
        8 => (link(), few()).prop_map(|(link, count)| Act::Arrive(link, count)),
        8 => (link(), vec(few(), 0..4)).prop_map(|(link, sizes)| Act::Read(link, sizes)),
        8 => (link(), few()).prop_map(|(link, count)| Act::Room(link, count)),
        5 => (link(), prop::bool::weighted(0.8)).prop_map(|(link, well)| Act::Dialled(link, well)),
        3 => link().prop_map(Act::Credentials),
        3 => link().prop_map(Act::HandOver),
        4 => (link(), notice()).prop_map(|(link, notice)| Act::Notice(link, notice)),
        2 => (link(), cut).prop_map(|(link, how)| Act::Cut(link, how)),
        1 => (link(), broken).prop_map(|(link, how)| Act::BreakWrites(link, how)),
        4 => (link(), prop_oneof![Just(0), 1..50u64]).prop_map(|(link, delay)| Act::Retry(link, delay)),
        1 => link().prop_map(Act::GiveUp),
        1 => link().prop_map(Act::Close),
        1 => link().prop_map(Act::Destroy),
        4 => prop_oneof![4 => 1..60u64, 1 => 1000..10_000u64].prop_map(Act::Tick),
        4 => Just(Act::Attend),
        2 => todo.prop_map(Act::During),
    ]
}

fn settings() -> LinkConfig {
    LinkConfig { relaxed_command_timeout: 200, socket_timeout: 5000, relaxed_socket_timeout: 8000, ..told() }
}

/// A world with two links, named by their index in `open`.
struct Play {
    world: World,
    open: [usize; LINKS],
    /// Incremented by each step, to choose alternately between the two connections of a link that has two.
    turn: usize,
}

impl Play {
    fn new(eager: bool, room: usize, budget: usize) -> Self {
        let mut world = World::new();
        (world.eager, world.room, world.budget) = (eager, room, budget);
        let open = std::array::from_fn(|_| world.open(settings()));
        Self { world, open, turn: 0 }
    }

    /// Connects the links.
    fn connect(&mut self) {
        for link in self.open {
            self.world.dialled(link, true);
            self.world.answer_credentials(link);
            self.world.exchange(link);
        }
    }

    /// Returns the link with this index; opens it again if it is closed.
    fn link(&mut self, place: usize) -> usize {
        if self.world.links[self.open[place]].state == State::Closed {
            self.open[place] = self.world.open(settings());
        }
        self.open[place]
    }

    fn act(&mut self, act: Act) {
        let world = &mut self.world;
        match act {
            Act::Submit(place, items) => {
                let link = self.link(place);
                items.iter().for_each(|(shapes, options)| _ = self.world.queue(link, shapes, *options));
                self.world.take_batch();
            }
            Act::Subscribe(place, names) => {
                let link = self.link(place);
                let make = |ticket| Request::subscribe(ticket, SubscriptionKind::Channels, channels(&names));
                self.world.request(link, make);
            }
            Act::Unsubscribe(place, names) => {
                let link = self.link(place);
                let names = names.as_deref().map(channels);
                let make = |ticket| Request::unsubscribe(ticket, SubscriptionKind::Channels, names);
                self.world.request(link, make);
            }
            Act::Monitor(place) => {
                let link = self.link(place);
                self.world.request(link, |ticket| Request::Monitor { ticket });
            }
            Act::Reset(place) => {
                let link = self.link(place);
                self.world.request(link, |ticket| Request::Reset { ticket });
            }
            Act::Cancel(nth) => {
                let waiting = world.js.waiting();
                if let Some(serial) = waiting.get(nth) {
                    world.cancel(*serial);
                }
            }
            Act::Retry(place, delay) => world.retry(self.open[place], delay),
            Act::GiveUp(place) => world.give_up(self.open[place]),
            Act::Close(place) => world.close(self.open[place]),
            Act::Destroy(place) => world.destroy(self.open[place]),
            Act::Tick(millis) => world.tick(millis),
            Act::Attend => world.attend(),
            Act::Credentials(place) => world.answer_credentials(self.open[place]),
            Act::HandOver(place) => world.hand_over(self.open[place]),
            Act::Dialled(place, well) => _ = world.dialled(self.open[place], well),
            Act::During(todo) => world.todo.push_back(match todo {
                Todo::Submit(place, shape) => Todo::Submit(self.open[place], shape),
                Todo::Destroy(place) => Todo::Destroy(self.open[place]),
                Todo::Close(place) => Todo::Close(self.open[place]),
            }),
            on_the_wire => self.on_the_wire(on_the_wire),
        }
    }

    fn on_the_wire(&mut self, act: Act) {
        let (Act::Publish(place, _)
        | Act::Notice(place, _)
        | Act::Execute(place, _)
        | Act::Arrive(place, _)
        | Act::Read(place, _)
        | Act::Room(place, _)
        | Act::Cut(place, _)
        | Act::BreakWrites(place, _)) = act
        else {
            return;
        };
        let link = self.open[place];
        self.turn += 1;
        let servers = &mut self.world.links[link].servers;
        let alive: Vec<usize> = (0..servers.len()).filter(|number| !servers[*number].wire.borrow().dropped).collect();
        let last = servers.len().checked_sub(1);
        let Some(number) = alive.get(self.turn % alive.len().max(1)).copied().or(last) else { return };
        let server = &mut servers[number];
        match act {
            Act::Publish(_, name) => server.publish(name),
            Act::Notice(_, notice) => server.push_raw(&notice),
            Act::Execute(_, count) => _ = (0..count).take_while(|_| server.execute()).count(),
            Act::Arrive(_, count) => server.deliver(count),
            Act::Read(_, sizes) => {
                server.wire.borrow_mut().reads.extend(sizes);
                // Spurious reports are allowed.
                let reported = !server.wire.borrow().dropped && !server.wire.borrow().paused;
                self.world.report_from(link, number, reported, false);
            }
            Act::Room(_, count) => {
                let mut wire = server.wire.borrow_mut();
                wire.room = wire.room.saturating_add(count);
                let writable = wire.is_writable();
                drop(wire);
                self.world.report_from(link, number, false, writable);
            }
            Act::Cut(_, how) => server.wire.borrow_mut().end = Some(how.map_or(Ok(()), Err)),
            Act::BreakWrites(_, how) => server.wire.borrow_mut().write_error = Some(how),
            _ => {}
        }
    }

    /// Repairs everything and completes all requests.
    fn settle(&mut self) {
        self.world.todo.clear();
        self.world.room = usize::MAX;
        for _ in 0..100 {
            for place in 0..LINKS {
                let link = self.open[place];
                self.world.retry(link, 0);
                self.world.dialled(link, true);
                self.world.answer_credentials(link);
                for server in &mut self.world.links[link].servers {
                    let mut wire = server.wire.borrow_mut();
                    wire.room = usize::MAX;
                    if wire.write_error.is_some() {
                        wire.end = Some(Ok(()));
                    }
                }
                self.world.exchange(link);
            }
            self.world.tick(100);
        }
    }
}

fn channels(names: &[&str]) -> Vec<Bytes> {
    names.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_request_is_settled_once_and_truly(
        eager: bool,
        connected: bool,
        room in prop_oneof![2 => Just(usize::MAX), 1 => 0..200usize],
        budget in prop_oneof![2 => Just(usize::MAX), 1 => 1..4usize],
        acts in vec(act(), 1..120),
    ) {
        let mut play = Play::new(eager, room, budget);
        if connected {
            play.connect();
        }
        for act in acts {
            play.act(act);
        }
        play.settle();
        prop_assert_eq!(play.world.js.waiting(), Vec::<u32>::new(), "never settled");
        for place in 0..LINKS {
            play.world.destroy(play.open[place]);
        }
        prop_assert_eq!(play.world.js.held_blocks(), 0);
        check(&mut play.world);
    }
}
