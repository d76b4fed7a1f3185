//! One logical client over three links, whose servers redirect commands to each other. Each command is executed once,
//! by a server that has its slot, and its caller does not notice the redirections.

use std::collections::{BTreeMap, BTreeSet};

use oxredis::boundary::flags;
use oxredis::proto::segments::LargeArgument;
use oxredis::topology::{Address, NodeId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::driver::World;
use crate::js::{Asked, Outcome};
use crate::server::{encode, serial_of};
use crate::setup::config;
use crate::values::Shape;

const NODES: usize = 3;
const SLOTS: u16 = 16;

fn address(node: usize) -> Address {
    Address { host: "10.0.0.1".into(), port: 7000 + node as u16 }
}

struct Cluster {
    world: World,
    id: u32,
    /// The owner of each slot, as the servers know it.
    owners: Vec<usize>,
    /// Slots that are being moved, and the node that already has their keys.
    importing: BTreeMap<u16, usize>,
    asking: [bool; NODES],
    slots: BTreeMap<u32, u16>,
    /// Serials in the order of execution.
    run: Vec<u32>,
    redirects: usize,
}

impl Cluster {
    /// Creates connected links. The client believes that the first node owns all slots.
    fn new(most_redirects: u8) -> Self {
        let mut world = World::new();
        let id = world.engine.open_cluster(most_redirects);
        for node in 0..NODES {
            let link = world.engine.add_node(id, address(node), config(), world.now).expect("a link");
            assert_eq!(world.adopt(link), node);
            assert_eq!(world.engine.add_node(id, address(node), config(), world.now), Some(link), "it is known");
            world.connect(node);
        }
        world.engine.with_slots(id, |slots| slots.assign(0..=u16::MAX, NodeId(0)));
        let (owners, slots) = (vec![0; usize::from(SLOTS)], BTreeMap::new());
        Self {
            world,
            id,
            owners,
            importing: BTreeMap::new(),
            asking: [false; NODES],
            slots,
            run: Vec::new(),
            redirects: 0,
        }
    }

    /// Submits commands in one batch; several commands in one list form a chain.
    fn submit(&mut self, commands: &[(u16, Vec<Shape>)]) -> Vec<u32> {
        let (mut meta, mut bytes, mut serials) = (Vec::new(), Vec::new(), Vec::new());
        for (slot, shapes) in commands {
            for (index, shape) in shapes.iter().enumerate() {
                let continues = index + 1 < shapes.len();
                let asked = Asked {
                    link: 0,
                    shape: Some(*shape),
                    asap: false,
                    chain: None,
                    continues,
                    expires_at: None,
                    outcome: None,
                };
                let (serial, ticket) = self.world.js.ask(asked);
                let command = encode(serial, *shape, continues);
                let bits = if continues { flags::CHAIN } else { 0 };
                // Of a chain, only the second command names the slot, because MULTI has none.
                let told = if shapes.len() > 1 && index == 0 { -1 } else { i32::from(*slot) };
                meta.extend([self.id as i32, ticket as i32, command.len() as i32, bits as i32, 0, told]);
                bytes.extend(command);
                self.slots.insert(serial, *slot);
                serials.push(serial);
            }
        }
        self.world.engine.submit(&meta, &bytes, self.world.now);
        self.world.deliver();
        serials
    }

    /// Lets a node execute or redirect up to `most` commands. Returns whether it handled any.
    fn serve(&mut self, node: usize, most: usize) -> bool {
        let server = self.world.server(node);
        server.receive();
        for count in 0..most {
            let server = self.world.server(node);
            let Some(command) = server.inbox.front().cloned() else { return count > 0 };
            let Some(serial) = serial_of(&command) else {
                self.asking[node] = command == "ASKING";
                server.execute();
                continue;
            };
            let slot = self.slots[&serial];
            let asking = std::mem::take(&mut self.asking[node]);
            let owner = self.owners[usize::from(slot)];
            let to = self.importing.get(&slot).copied().filter(|to| *to != owner);
            let runs = if owner == node { to.is_none() } else { asking && to == Some(node) };
            if runs {
                self.run.push(serial);
                server.execute();
            } else {
                let (word, other) = if owner == node { ("ASK", to.unwrap_or(owner)) } else { ("MOVED", owner) };
                let Address { host, port } = address(other);
                server.inbox.pop_front();
                server.push_raw(&format!("-{word} {slot} {host}:{port}\r\n"));
                self.redirects += 1;
            }
        }
        most > 0
    }

    /// Delivers a node's replies to the client, in pieces of `bytes`.
    fn arrive(&mut self, node: usize, bytes: usize) {
        self.world.server(node).deliver(bytes);
        let (readable, writable) = {
            let wire = self.world.wire(node);
            let wire = wire.borrow();
            (wire.is_readable(), wire.is_writable())
        };
        self.world.report(node, readable, writable);
    }

    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for node in 0..NODES {
                moved |= self.serve(node, usize::MAX) && !self.world.server(node).outbox.is_empty();
                self.arrive(node, usize::MAX);
                self.world.attend();
            }
            if !moved {
                break;
            }
        }
    }

    /// Checks that each command was executed once, and answered by the node that executed it.
    fn check(&self) {
        assert_eq!(self.world.js.waiting(), Vec::<u32>::new(), "never settled");
        let unique: BTreeSet<u32> = self.run.iter().copied().collect();
        assert_eq!(unique.len(), self.run.len(), "run twice");
        assert_eq!(self.run.len(), self.slots.len(), "not run");
        let answered = |asked: &Asked| matches!(asked.outcome, Some(Outcome::Reply(_) | Outcome::Text(_)));
        assert!(self.world.js.asked.values().all(answered), "a failure reached a caller");
    }
}

fn ones(slots: impl Iterator<Item = u16>) -> Vec<(u16, Vec<Shape>)> {
    slots.map(|slot| (slot, vec![Shape::Blob(20 + usize::from(slot))])).collect()
}

#[test]
fn moved_slots_are_found_and_remembered() {
    let mut cluster = Cluster::new(16);
    cluster.owners = (0..usize::from(SLOTS)).map(|slot| slot % NODES).collect();
    cluster.submit(&ones((0..SLOTS).chain(0..SLOTS)));
    cluster.settle();
    cluster.check();
    let learnt = cluster.redirects;
    assert!(learnt > 0);
    cluster.submit(&ones(0..SLOTS));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, learnt, "what was learnt is forgotten");
    // A batch for three nodes causes one write to each.
    let calls = |cluster: &mut Cluster, node| cluster.world.wire(node).borrow().write_calls;
    let before: Vec<usize> = (0..NODES).map(|node| calls(&mut cluster, node)).collect();
    cluster.submit(&ones((0..SLOTS).chain(0..SLOTS)));
    (0..NODES).for_each(|node| assert_eq!(calls(&mut cluster, node), before[node] + 1));
    cluster.settle();
    cluster.check();
}

#[test]
fn a_slot_on_its_way_is_asked_for() {
    let mut cluster = Cluster::new(16);
    cluster.importing.insert(3, 1);
    cluster.submit(&ones([3, 4, 3].into_iter()));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 2);
    // An ASK redirection does not change the slot map, so the owner is asked first again.
    cluster.submit(&ones([3].into_iter()));
    cluster.settle();
    assert_eq!(cluster.redirects, 3);
    // The move completes while a redirected command is in flight: its ASKING does no harm.
    cluster.submit(&ones([3, 3].into_iter()));
    cluster.serve(0, usize::MAX);
    cluster.owners[3] = 1;
    cluster.importing.clear();
    cluster.settle();
    cluster.check();
}

#[test]
fn a_chain_stays_together() {
    let mut cluster = Cluster::new(16);
    cluster.owners[5] = 2;
    cluster.submit(&ones([5].into_iter()));
    cluster.settle();
    let serials = cluster.submit(&[(5, vec![Shape::Number, Shape::Number, Shape::Number])]);
    assert_eq!(cluster.world.js.waiting(), serials);
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.world.server(2).arrived[1..], serials);
}

#[test]
fn a_redirection_without_end_reaches_the_caller() {
    let mut cluster = Cluster::new(4);
    // Two nodes redirect to each other, since each believes that the other one owns the slot.
    let serial = cluster.submit(&[(1, vec![Shape::Error(10)])])[0];
    for turn in 0..5 {
        let node = turn % 2;
        let server = cluster.world.server(node);
        server.receive();
        assert_eq!(server.inbox.len(), 1);
        server.inbox.clear();
        let text = format!("-MOVED 1 10.0.0.1:{}\r\n", 7000 + 1 - node);
        server.push_raw(&text);
        if turn == 4 {
            // The redirection itself becomes the reply, which is not the one that the command's shape describes.
            cluster.world.js.asked.get_mut(&serial).expect("asked").shape = None;
        }
        cluster.arrive(node, usize::MAX);
    }
    assert!(matches!(cluster.world.outcome(serial), Some(Outcome::Reply(_))), "the fifth is for the caller");
}

#[test]
fn a_lost_node_fails_what_it_was_running_and_not_what_it_sent_away() {
    let mut cluster = Cluster::new(16);
    cluster.owners[1] = 1;
    let [away, lost] = cluster.submit(&ones([1, 0].into_iter()))[..] else { panic!("two commands") };
    cluster.serve(0, 1);
    cluster.world.server(0).inbox.clear();
    cluster.world.server(0).push_raw("$20\r\n");
    cluster.arrive(0, usize::MAX);
    cluster.world.wire(0).borrow_mut().end = Some(Ok(()));
    cluster.arrive(0, usize::MAX);
    assert!(matches!(cluster.world.outcome(lost), Some(Outcome::Failed(_, Outcome::WRITTEN))));
    assert_eq!(cluster.world.outcome(away), None);
    cluster.serve(1, 1);
    cluster.arrive(1, usize::MAX);
    assert!(matches!(cluster.world.outcome(away), Some(Outcome::Reply(_) | Outcome::Text(_))));
}

/// A large argument in JS memory.
struct Large(Vec<u8>);

impl LargeArgument for Large {
    fn length(&self) -> usize {
        self.0.len()
    }

    fn bytes(&self) -> Option<&[u8]> {
        Some(&self.0)
    }
}

#[test]
fn large_arguments_are_sent_again_from_their_memory() {
    let mut cluster = Cluster::new(16);
    // Redirected by ASK, then by MOVED, then by ASK again.
    for (owner, importing) in [(0, Some(1)), (2, None), (2, Some(0))] {
        cluster.owners[9] = owner;
        cluster.importing = importing.map(|node| (9, node)).into_iter().collect();
        let asked = Asked {
            link: 0,
            shape: Some(Shape::Number),
            asap: false,
            chain: None,
            continues: false,
            expires_at: None,
            outcome: None,
        };
        let (serial, ticket) = cluster.world.js.ask(asked);
        cluster.slots.insert(serial, 9);
        let mut own = encode(serial, Shape::Number, false);
        own[1] = b'7';
        own.extend(b"$70000\r\n\r\n");
        let world = &mut cluster.world;
        world.engine.lend(0, own.len() - 2, Box::new(Large(vec![b'a'; 70_000])), true);
        let meta = [cluster.id as i32, ticket as i32, own.len() as i32, flags::LARGE as i32, 0, 9];
        world.engine.submit(&meta, &own, world.now);
        world.deliver();
        cluster.settle();
        cluster.check();
        let runner = importing.unwrap_or(owner);
        let wire = cluster.world.wire(runner);
        assert!(wire.borrow().written.ends_with(&[&own[..own.len() - 2], &[b'a'; 70_000], b"\r\n"].concat()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slots_that_wander_cost_no_command(
        acts in vec(
            prop_oneof![
                4 => (Just(0u8), 0..SLOTS, 1..6usize),
                3 => (Just(1u8), 0..NODES as u16, 1..6usize),
                3 => (Just(2u8), 0..NODES as u16, 1..2000usize),
                1 => (Just(3u8), 0..SLOTS, 0..NODES),
                1 => (Just(4u8), 0..SLOTS, 0..NODES),
                1 => (Just(5u8), 0..NODES as u16, 0..1usize),
            ],
            1..200,
        ),
    ) {
        let mut cluster = Cluster::new(255);
        for (act, which, count) in acts {
            match act {
                0 => _ = cluster.submit(&ones((0..count as u16).map(|n| (which + n * 5) % SLOTS))),
                1 => _ = cluster.serve(usize::from(which), count),
                2 => cluster.arrive(usize::from(which), count),
                3 => {
                    cluster.owners[usize::from(which)] = count;
                    cluster.importing.remove(&which);
                }
                4 => _ = cluster.importing.insert(which, count),
                _ => cluster.world.room = if cluster.world.room == usize::MAX { 100 } else { usize::MAX },
            }
        }
        cluster.settle();
        cluster.check();
    }
}
