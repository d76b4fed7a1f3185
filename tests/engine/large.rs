//! Large arguments: written in pieces of every size, taken away at every moment, in chains, and over several
//! connections.

use std::cell::Cell;
use std::rc::Rc;

use oxredis::boundary::{Failure, flags, meta as word};
use oxredis::proto::segments::LargeArgument;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::driver::World;
use crate::js::{Asked, Outcome};
use crate::server::{Server, serial_of};
use crate::setup::config;
use crate::values::{Shape, pattern};

const GONE: i32 = Failure::ArgumentGone as i32;

/// The memory of an argument, as JS owns it.
struct Memory {
    bytes: Box<[u8]>,
    gone: Rc<Cell<bool>>,
    /// How many of them the engine holds.
    held: Rc<Cell<usize>>,
}

impl LargeArgument for Memory {
    fn length(&self) -> usize {
        self.bytes.len()
    }

    fn bytes(&self) -> Option<&[u8]> {
        (!self.gone.get()).then_some(&self.bytes)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.held.set(self.held.get() - 1);
    }
}

/// A command to send: the lengths of its large arguments, and whether its own bytes are passed as one of them.
#[derive(Debug, Clone)]
struct Plan {
    larges: Vec<usize>,
    whole: bool,
    asap: bool,
}

struct Play {
    world: World,
    link: usize,
    held: Rc<Cell<usize>>,
    /// By serial: the flag that the command's memory is gone, and its text.
    sent: Vec<(Rc<Cell<bool>>, String)>,
}

impl Play {
    fn new(room: usize) -> Self {
        let mut world = World::new();
        let link = world.ready(config());
        world.wire(link).borrow_mut().room = room;
        Self { world, link, held: Rc::default(), sent: Vec::new() }
    }

    fn lend(&mut self, index: usize, at: usize, bytes: &[u8], first: bool, gone: &Rc<Cell<bool>>) {
        self.held.set(self.held.get() + 1);
        let memory = Memory { bytes: bytes.into(), gone: Rc::clone(gone), held: Rc::clone(&self.held) };
        self.world.engine.lend(index as u32, at, Box::new(memory), first);
    }

    /// Submits commands in one batch; several form a chain.
    fn submit(&mut self, plans: &[Plan]) {
        let asap = plans[0].asap;
        let first = self.world.js.asked.len() as u32;
        let (mut meta, mut all) = (Vec::new(), Vec::new());
        for (index, plan) in plans.iter().enumerate() {
            let continues = index + 1 < plans.len();
            let (serial, ticket) = self.world.js.ask(Asked {
                link: self.link,
                shape: Some(Shape::Blob(9)),
                asap,
                chain: (plans.len() > 1).then_some(first),
                continues,
                expires_at: None,
                outcome: None,
            });
            let gone = Rc::new(Cell::new(false));
            let mut text = format!("X {} {} {serial}", Shape::Blob(9).words(), if continues { "chain" } else { "end" });
            let mut own = format!("*{}\r\n", 6 + plan.larges.len()).into_bytes();
            text.split(' ').for_each(|word| own.extend(format!("${}\r\n{word}\r\n", word.len()).bytes()));
            let mut from = 0;
            for (number, length) in plan.larges.iter().enumerate() {
                let bytes = pattern(serial ^ (number as u32 + 1) << 16, *length);
                own.extend(format!("${}\r\n", bytes.len()).bytes());
                if plan.whole {
                    let piece = own[from..].to_vec();
                    self.lend(index, 0, &piece, number == 0, &gone);
                    self.lend(index, 0, &bytes, false, &gone);
                    from = own.len();
                } else {
                    self.lend(index, own.len(), &bytes, number == 0, &gone);
                }
                own.extend(b"\r\n");
                text = format!("{text} {}", String::from_utf8(bytes).unwrap());
            }
            if plan.whole {
                let piece = own[from..].to_vec();
                self.lend(index, 0, &piece, from == 0, &gone);
                own.clear();
            }
            let large = if plan.whole || !plan.larges.is_empty() { flags::LARGE } else { 0 };
            let bits = large | if continues { flags::CHAIN } else { 0 } | if asap { flags::ASAP } else { 0 };
            let id = self.world.links[self.link].id;
            meta.extend([id as i32, ticket as i32, own.len() as i32, bits as i32, 0, -1]);
            all.extend(own);
            self.sent.push((gone, text));
        }
        assert_eq!(meta.len(), plans.len() * word::WORDS);
        self.world.engine.submit(&meta, &all, self.world.now);
        self.world.deliver();
    }

    /// Makes the socket accept more bytes.
    fn give_room(&mut self, room: usize) {
        let wire = self.world.wire(self.link);
        let more = wire.borrow().room.saturating_add(room);
        wire.borrow_mut().room = more;
        let writable = wire.borrow().is_writable();
        self.world.report(self.link, false, writable);
        self.world.attend();
    }

    /// Ends the connection and opens another one.
    fn lose(&mut self) {
        self.world.wire(self.link).borrow_mut().end = Some(Ok(()));
        let readable = self.world.wire(self.link).borrow().is_readable();
        self.world.report(self.link, readable, false);
        self.reconnect();
    }

    fn reconnect(&mut self) {
        self.world.retry(self.link, 0);
        if self.world.dialled(self.link, true) {
            self.world.exchange(self.link);
        }
    }

    /// Checks that everything a server received was sent like that. Returns the serials.
    fn check_texts(&self, server: usize) -> Vec<u32> {
        let server = &self.world.links[self.link].servers[server];
        let mut again = Server::new(server.wire.clone(), server.key);
        again.receive();
        for text in &again.inbox {
            if let Some(serial) = serial_of(text) {
                assert!(*text == self.sent[serial as usize].1, "request {serial} arrived as something else");
            }
        }
        again.arrived
    }

    /// Completes all requests and checks that what arrived is right, what did not has failed, and that the engine holds
    /// no argument.
    fn finish(mut self) {
        self.world.room = usize::MAX;
        for _ in 0..self.sent.len() + 3 {
            self.give_room(usize::MAX);
            self.world.exchange(self.link);
            self.reconnect();
        }
        assert_eq!(self.world.js.waiting(), Vec::<u32>::new(), "never settled");
        assert_eq!(self.held.get(), 0, "memory is held that is not needed");
        let mut arrived = Vec::new();
        for index in 0..self.world.links[self.link].servers.len() {
            arrived.extend(self.check_texts(index));
        }
        for (serial, (gone, _)) in self.sent.iter().enumerate() {
            let serial = serial as u32;
            match self.world.outcome(serial).expect("settled") {
                Outcome::Failed(failure, phase) => {
                    assert!(!arrived.contains(&serial) || *phase == Outcome::WRITTEN, "{serial} arrived");
                    assert!(*failure != GONE || *phase == Outcome::WRITTEN || !arrived.contains(&serial));
                    let chain = self.world.js.asked[&serial].chain;
                    let of_chain =
                        |other: &usize| chain.is_some() && self.world.js.asked[&(*other as u32)].chain == chain;
                    let blamed =
                        gone.get() || (0..self.sent.len()).filter(of_chain).any(|other| self.sent[other].0.get());
                    assert!(*failure != GONE || blamed, "{serial} lost nothing");
                }
                _ => assert!(arrived.contains(&serial)),
            }
        }
    }
}

fn plan(larges: &[usize], whole: bool) -> Plan {
    Plan { larges: larges.to_vec(), whole, asap: false }
}

#[test]
fn at_every_split() {
    for whole in [false, true] {
        let plans = [plan(&[], false), plan(&[7, 5], whole), plan(&[], false), plan(&[3], whole)];
        for split in 0..300 {
            let mut play = Play::new(split);
            plans.iter().for_each(|plan| play.submit(std::slice::from_ref(plan)));
            play.submit(&plans);
            for _ in 0..60 {
                play.give_room(11);
            }
            play.check_texts(0);
            assert_eq!(play.held.get(), 0);
        }
    }
}

#[test]
fn gone_at_every_split() {
    for chain in [false, true] {
        for split in 0..260 {
            let mut play = Play::new(split);
            let plans = [plan(&[], false), plan(&[40, 30], false), plan(&[20], false)];
            if chain {
                play.submit(&plans);
            } else {
                plans.iter().for_each(|plan| play.submit(std::slice::from_ref(plan)));
            }
            play.sent[1].0.set(true);
            play.submit(&[plan(&[9], false)]);
            play.give_room(usize::MAX);
            // The command whose memory is gone was either written before that, or fails with this reason.
            let outcome = play.world.outcome(1).cloned();
            let wrote_all = play.world.wire(play.link).borrow().written.windows(5).any(|part| part == b"2\r\n$2");
            match outcome {
                Some(Outcome::Failed(failure, _)) => assert_eq!(failure, GONE, "split {split}"),
                _ => assert!(wrote_all || split > 150, "split {split}"),
            }
            play.finish();
        }
    }
}

#[test]
fn a_turn_is_short_and_nothing_is_copied() {
    let mut play = Play::new(usize::MAX);
    let size = 10 * 1024 * 1024;
    play.submit(&[plan(&[size], false)]);
    let wire = play.world.wire(play.link);
    let mut before = wire.borrow().written.len();
    assert!(before <= 2_000_000, "{before} bytes in the caller's turn");
    let mut turns = 0;
    while wire.borrow().watching {
        play.give_room(usize::MAX);
        let written = wire.borrow().written.len();
        assert!(written > before && written - before <= 2_000_000);
        before = written;
        turns += 1;
    }
    assert!((5..=10).contains(&turns), "{turns} turns");
    assert_eq!(play.held.get(), 0);
    play.check_texts(0);
}

#[test]
fn lent_memory_of_a_command_that_was_never_handed_over_is_dropped() {
    let mut play = Play::new(usize::MAX);
    let gone = Rc::default();
    play.lend(0, 3, b"abc", true, &gone);
    play.lend(0, 5, b"def", false, &gone);
    play.submit(&[plan(&[4], false)]);
    play.check_texts(0);
    assert_eq!(play.held.get(), 0);
}

#[derive(Debug, Clone)]
enum Act {
    Submit(Vec<Plan>),
    Room(usize),
    Take(usize),
    Lose,
    Destroy,
    Serve,
}

fn act() -> impl Strategy<Value = Act> {
    let large = prop_oneof![6 => 1..40usize, 2 => 1000..70_000usize, 1 => 250_000..400_000usize];
    let plan = (vec(large, 0..3), any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(larges, whole, asap)| Plan {
        larges,
        whole,
        asap,
    });
    prop_oneof![
        5 => vec(plan, 1..4).prop_map(Act::Submit),
        6 => prop_oneof![1..100usize, 100..400_000usize].prop_map(Act::Room),
        3 => (0..30usize).prop_map(Act::Take),
        1 => Just(Act::Lose),
        1 => Just(Act::Serve),
        1 => prop::bool::weighted(0.1).prop_map(|end| if end { Act::Destroy } else { Act::Serve }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving(room in prop_oneof![Just(usize::MAX), 0..500usize], acts in vec(act(), 1..25)) {
        let mut play = Play::new(room);
        for act in acts {
            match act {
                Act::Submit(plans) if !play.world.links[play.link].closing => play.submit(&plans),
                Act::Room(room) => play.give_room(room),
                Act::Take(nth) => if let Some((gone, _)) = play.sent.get(nth) { gone.set(true) },
                Act::Lose => play.lose(),
                Act::Destroy => play.world.destroy(play.link),
                Act::Serve => play.world.exchange(play.link),
                Act::Submit(_) => {}
            }
        }
        play.finish();
    }
}
