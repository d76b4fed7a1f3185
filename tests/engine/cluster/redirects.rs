//! Commands follow MOVED and ASK. Each is executed once, by a server that has its slot, and its caller does not notice.

use oxredis::boundary::{TraceReason, flags};
use oxredis::engine::cluster::ClusterConfig;
use oxredis::proto::segments::LargeArgument;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Cluster, SLOTS, ones, options};
use crate::js::{Asked, Outcome};
use crate::server::encode;
use crate::values::Shape;

const NODES: usize = 3;

#[test]
fn moved_slots_are_found_and_remembered() {
    let mut cluster = Cluster::new();
    cluster.owners = (0..usize::from(SLOTS)).map(|slot| (slot + 1) % NODES).collect();
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
    let calls = |cluster: &mut Cluster, node| {
        let link = cluster.link_of(node);
        cluster.world.wire(link).borrow().write_calls
    };
    let before: Vec<usize> = (0..NODES).map(|node| calls(&mut cluster, node)).collect();
    cluster.submit(&ones((0..SLOTS).chain(0..SLOTS)));
    (0..NODES).for_each(|node| assert_eq!(calls(&mut cluster, node), before[node] + 1));
    cluster.settle();
    cluster.check();
}

#[test]
fn a_slot_on_its_way_is_asked_for() {
    let mut cluster = Cluster::new();
    cluster.importing.insert(3, 1);
    cluster.submit(&ones([3, 4, 3]));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 2);
    // An ASK redirection does not change the slot map, so the owner is asked first again.
    cluster.submit(&ones([3]));
    cluster.settle();
    assert_eq!(cluster.redirects, 3);
    // The move completes while a redirected command is in flight: its ASKING does no harm.
    cluster.submit(&ones([3, 3]));
    cluster.serve(0, usize::MAX);
    cluster.owners[3] = 1;
    cluster.importing.clear();
    cluster.settle();
    cluster.check();
}

#[test]
fn who_asks_for_a_node_that_is_not_in_the_cluster_is_sent_back() {
    let mut cluster = Cluster::new();
    cluster.nodes.push(super::Node::new(NODES));
    cluster.follows.push(None);
    cluster.importing.insert(3, NODES);
    cluster.submit(&ones([3, 3]));
    cluster.serve(0, usize::MAX);
    cluster.arrive(0, usize::MAX);
    assert!(cluster.link(NODES).is_some() && !cluster.is_connected(NODES));
    // The node is never reached, and the next layout does not name it.
    cluster.importing.clear();
    cluster.pass(1000, &[0, 1, 2]);
    cluster.check();
    assert_eq!(cluster.redirects, 2);
    assert!(cluster.told().contains(&"node removed"));
}

#[test]
fn a_chain_stays_together() {
    let mut cluster = Cluster::new();
    cluster.owners[5] = 0;
    cluster.submit(&ones([5]));
    cluster.settle();
    cluster.owners[5] = 2;
    let first = cluster.submit(&ones([5]));
    cluster.settle();
    let serials = cluster.submit(&[(5, vec![Shape::Number, Shape::Number, Shape::Number])]);
    assert_eq!(cluster.world.js.waiting(), serials);
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.nodes[2].run, [&[first[0]][..], &serials].concat());
}

#[test]
fn a_chain_stays_together_wherever_batches_end() {
    for batch in 1..8 {
        let mut cluster = Cluster::new();
        cluster.batch = batch;
        let chain = |slot| (slot, vec![Shape::Number; 4]);
        let serials = cluster.submit(&[chain(4), chain(5), ones([4])[0].clone(), chain(u16::MAX), chain(5)]);
        cluster.settle();
        cluster.check();
        for part in [&serials[..4], &serials[4..8], &serials[9..13], &serials[13..]] {
            let is_run = |node: &super::Node| node.run.windows(4).any(|run| run == part);
            assert!(cluster.nodes.iter().any(is_run), "batches of {batch}: {part:?}");
        }
    }
}

#[test]
fn the_beginning_of_a_chain_fails_with_the_cluster() {
    let mut cluster = Cluster::new();
    let (serial, ticket) = cluster.world.js.ask(Asked {
        link: 0,
        shape: None,
        asap: false,
        chain: None,
        continues: true,
        expires_at: None,
        outcome: None,
    });
    let command = encode(serial, Shape::Number, true);
    let bits = (flags::CHAINED | flags::CHAIN) as i32;
    let meta = [cluster.id as i32, ticket as i32, command.len() as i32, bits, 0, -1];
    cluster.world.engine.submit(&meta, &command, cluster.world.now);
    cluster.world.engine.destroy_cluster(cluster.id);
    cluster.world.deliver();
    assert!(matches!(cluster.world.outcome(serial), Some(Outcome::Failed(..))));
}

#[test]
fn a_redirection_without_end_reaches_the_caller() {
    let mut cluster = Cluster::with(NODES, 0, ClusterConfig { most_redirections: 4, ..options() });
    // Two nodes redirect to each other, since each believes that the other one owns the slot.
    let believes = |owner: usize| Some(((0..SLOTS).map(|_| owner).collect(), vec![None; NODES]));
    cluster.nodes[0].belief = believes(1);
    cluster.nodes[1].belief = believes(0);
    let serial = cluster.submit(&ones([1]))[0];
    // The redirection itself becomes the reply, which is not the one that the command's shape describes.
    cluster.world.js.asked.get_mut(&serial).expect("asked").shape = None;
    cluster.settle();
    assert_eq!(
        (cluster.redirects, cluster.world.outcome(serial)),
        (4, None),
        "further ones are followed after a pause"
    );
    cluster.pass(100, &[0, 1, 2]);
    assert!(matches!(cluster.world.outcome(serial), Some(Outcome::Reply(_))));
    assert_eq!(cluster.redirects, 5);
    let ticket_free = cluster.world.js.traces[0];
    let links: Vec<i32> = (0..2).map(|node| cluster.world.links[cluster.link_of(node)].id as i32).collect();
    assert_eq!(ticket_free[0], cluster.id as i32);
    assert_eq!(ticket_free[2..], [links[1], 5, TraceReason::Moved as i32, links[0], 1]);
}

#[test]
fn a_lost_node_fails_what_it_was_running_and_not_what_it_sent_away() {
    let mut cluster = Cluster::new();
    cluster.owners[0] = 1;
    let [away, lost] = cluster.submit(&ones([0, 3]))[..] else { panic!("two commands") };
    cluster.serve(0, 1);
    cluster.arrive(0, usize::MAX);
    cluster.kill(0);
    assert_eq!(cluster.failure(lost), Some((Outcome::LOST, Outcome::WRITTEN)));
    assert_eq!(cluster.world.outcome(away), None);
    cluster.settle_nodes(&[1, 2]);
    assert!(matches!(cluster.world.outcome(away), Some(Outcome::Reply(_) | Outcome::Text(_))));
    let trace = cluster.world.js.traces[0];
    assert_eq!(
        trace[2..],
        [cluster.world.links[cluster.link_of(0)].id as i32, 1, TraceReason::ConnectionLost as i32, -1, 3]
    );
}

#[test]
fn an_error_of_the_command_has_a_trace_and_a_success_has_none() {
    let mut cluster = Cluster::new();
    cluster.submit(&[(1, vec![Shape::Error(10)]), (2, vec![Shape::Number])]);
    cluster.settle();
    cluster.check();
    let link = cluster.world.links[cluster.link_of(1)].id as i32;
    assert_eq!(cluster.world.js.traces.len(), 1);
    assert_eq!(cluster.world.js.traces[0][2..], [link, 1, TraceReason::None as i32, -1, 1]);
}

#[test]
fn a_node_that_nobody_knew_is_found_by_redirections() {
    for is_ask in [false, true] {
        let mut cluster = Cluster::with(2, 0, options());
        // The client has not heard of this one.
        cluster.nodes.push(super::Node { port: 7777, ..super::Node::new(2) });
        cluster.follows.push(None);
        if is_ask {
            cluster.importing.insert(4, 2);
        } else {
            cluster.owners[4] = 2;
        }
        cluster.submit(&ones([4, 4]));
        cluster.settle_nodes(&[0, 1]);
        assert_eq!(cluster.told().contains(&"slot moved"), !is_ask);
        cluster.connect(2);
        cluster.settle();
        cluster.check();
        assert_eq!(cluster.nodes[2].run.len(), 2);
    }
}

#[test]
fn commands_without_keys_go_to_any_primary_that_is_ready() {
    let mut cluster = Cluster::new();
    cluster.kill(1);
    cluster.submit(&ones([u16::MAX; 200]));
    cluster.settle_nodes(&[0, 2]);
    cluster.check();
    // A third of them, give or take 7 standard deviations.
    assert!(cluster.nodes[0].run.len() > 20 && cluster.nodes[2].run.len() > 20);
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
    let mut cluster = Cluster::new();
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
        let runner = cluster.link_of(importing.unwrap_or(owner));
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
        let mut cluster = Cluster::with(NODES, 0, ClusterConfig { most_redirections: 255, ..options() });
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
        // Those that were redirected often wait before they are sent again.
        for _ in 0..100 {
            if !cluster.world.js.waiting().is_empty() {
                cluster.pass(200, &[0, 1, 2]);
            }
        }
        cluster.check();
    }
}
