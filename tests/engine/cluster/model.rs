//! Whatever happens to a cluster, every request is settled, no write is run twice, and what failed as unwritten was not
//! run.

use std::collections::{BTreeMap, BTreeSet};

use oxredis::boundary::{ReadFrom, flags};
use oxredis::engine::cluster::ClusterConfig;
use oxredis::event::Failure;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Cluster, SLOTS, options};
use crate::driver::State;
use crate::js::Outcome;
use crate::values::Shape;

const PRIMARIES: usize = 3;
const NODES: usize = 6;

#[derive(Debug, Clone)]
enum Act {
    Submit { slots: Vec<u16>, kind: u8, timeout: i32 },
    Serve { node: usize, most: usize },
    Arrive { node: usize, bytes: usize },
    Kill { node: usize },
    Connect { node: usize, well: bool },
    Promote { primary: usize },
    Move { slot: u16, to: usize },
    Import { slot: u16, to: usize },
    Mislead { node: usize },
    Refuse { node: usize, error: Option<&'static str> },
    Readdress { node: usize },
    Pass { millis: u64 },
    Squeeze { node: usize, room: usize },
    Discover,
    Refresh,
}

fn act() -> impl Strategy<Value = Act> {
    let node = 0..NODES;
    let error = prop::sample::select(vec![
        None,
        None,
        Some("TRYAGAIN not now"),
        Some("CLUSTERDOWN not served"),
        Some("LOADING wait"),
        Some("MASTERDOWN wait"),
    ]);
    prop_oneof![
        8 => (vec(0..SLOTS, 1..6), 0..5u8, prop::sample::select(vec![0, 0, 0, 50, 400]))
            .prop_map(|(slots, kind, timeout)| Act::Submit { slots, kind, timeout }),
        8 => (node.clone(), 1..8usize).prop_map(|(node, most)| Act::Serve { node, most }),
        8 => (node.clone(), 1..900usize).prop_map(|(node, bytes)| Act::Arrive { node, bytes }),
        2 => node.clone().prop_map(|node| Act::Kill { node }),
        6 => (node.clone(), prop::bool::weighted(0.8)).prop_map(|(node, well)| Act::Connect { node, well }),
        1 => (0..PRIMARIES).prop_map(|primary| Act::Promote { primary }),
        2 => (0..SLOTS, node.clone()).prop_map(|(slot, to)| Act::Move { slot, to }),
        2 => (0..SLOTS, node.clone()).prop_map(|(slot, to)| Act::Import { slot, to }),
        1 => node.clone().prop_map(|node| Act::Mislead { node }),
        2 => (node.clone(), error).prop_map(|(node, error)| Act::Refuse { node, error }),
        1 => node.clone().prop_map(|node| Act::Readdress { node }),
        5 => (1..700u64).prop_map(|millis| Act::Pass { millis }),
        1 => (node, 0..300usize).prop_map(|(node, room)| Act::Squeeze { node, room }),
        1 => Just(Act::Discover),
        1 => Just(Act::Refresh),
    ]
}

/// A cluster and what is expected of it.
struct Trial {
    cluster: Cluster,
    reads: BTreeSet<u32>,
}

impl Trial {
    fn perform(&mut self, act: &Act) {
        let cluster = &mut self.cluster;
        match act {
            Act::Submit { slots, kind, timeout } => {
                let shapes = |slot: u16| match kind {
                    2 => (slot, vec![Shape::Number, Shape::Blob(30), Shape::Number]),
                    3 => (u16::MAX, vec![Shape::Number]),
                    _ => (slot, vec![Shape::Blob(20 + usize::from(slot) * 40)]),
                };
                let commands: Vec<_> = slots.iter().map(|slot| shapes(*slot)).collect();
                let bits = if *kind == 1 { flags::READ } else { 0 };
                let serials = cluster.submit_with(&commands, bits, *timeout);
                if *kind == 1 {
                    self.reads.extend(serials);
                }
            }
            Act::Serve { node, most } => _ = cluster.serve(*node, *most),
            Act::Arrive { node, bytes } => cluster.arrive(*node, *bytes),
            Act::Kill { node } if cluster.link(*node).is_some() => cluster.kill(*node),
            Act::Connect { node, well } => self.connect(*node, *well),
            Act::Promote { primary } => {
                let (old, new) = (cluster.owners[*primary], primary + PRIMARIES);
                cluster.owners.iter_mut().filter(|owner| **owner == old).for_each(|owner| *owner = new);
                cluster.follows[new] = None;
                cluster
                    .follows
                    .iter_mut()
                    .filter(|follows| **follows == Some(old))
                    .for_each(|follows| *follows = Some(new));
                cluster.follows[old] = (old != new).then_some(new);
            }
            Act::Move { slot, to } if cluster.follows[*to].is_none() => {
                cluster.owners[usize::from(*slot)] = *to;
                cluster.importing.remove(slot);
            }
            Act::Import { slot, to } if cluster.follows[*to].is_none() => _ = cluster.importing.insert(*slot, *to),
            Act::Mislead { node } => {
                let belief = (cluster.owners.clone(), cluster.follows.clone());
                let node = &mut cluster.nodes[*node];
                node.belief = if node.belief.is_some() { None } else { Some(belief) };
            }
            Act::Refuse { node, error } => cluster.nodes[*node].refuses = *error,
            Act::Readdress { node } => {
                if cluster.link(*node).is_some() {
                    cluster.kill(*node);
                }
                cluster.nodes[*node].port += 100;
            }
            Act::Pass { millis } => cluster.world.tick(*millis),
            Act::Squeeze { node, room } => {
                if let Some(link) = cluster.link(*node).filter(|_| cluster.is_connected(*node)) {
                    cluster.world.wire(link).borrow_mut().room = *room;
                }
            }
            Act::Discover => cluster.discover(),
            Act::Refresh => {
                cluster.world.engine.refresh_cluster(cluster.id, cluster.world.now);
                cluster.world.deliver();
            }
            Act::Kill { .. } | Act::Move { .. } | Act::Import { .. } => {}
        }
    }

    /// JS decides to try again, and the attempt goes well or not.
    fn connect(&mut self, node: usize, well: bool) {
        let cluster = &mut self.cluster;
        for link in 0..cluster.world.links.len() {
            cluster.world.retry(link, 0);
        }
        if well {
            cluster.connect(node);
        } else if let Some(link) = cluster.link(node) {
            cluster.world.dialled(link, false);
        }
    }

    /// Everything is in order again, until all is settled.
    fn heal(&mut self, ends: bool) {
        for node in &mut self.cluster.nodes {
            (node.belief, node.refuses) = (None, None);
        }
        self.cluster.importing.clear();
        for round in 0..600 {
            for node in 0..NODES {
                self.connect(node, true);
                let cluster = &mut self.cluster;
                if let Some(link) = cluster.link(node).filter(|_| cluster.is_connected(node)) {
                    cluster.world.wire(link).borrow_mut().room = usize::MAX;
                }
            }
            self.cluster.pass(20, &[0, 1, 2, 3, 4, 5]);
            if round == 5 && !self.cluster.is_ended() {
                self.cluster.discover();
            }
            let current: Vec<_> = (0..NODES).filter_map(|node| self.cluster.link(node)).collect();
            for link in (0..self.cluster.world.links.len()).filter(|link| !current.contains(link)) {
                // Nobody listens at the old addresses.
                self.cluster.world.dialled(link, false);
            }
            let is_over = !ends || self.cluster.is_ended();
            if self.cluster.world.js.waiting().is_empty() && round > 10 && is_over {
                break;
            }
        }
    }

    fn check(&self) {
        let cluster = &self.cluster;
        assert_eq!(cluster.world.js.waiting(), Vec::<u32>::new(), "never settled");
        let mut run: BTreeMap<u32, usize> = BTreeMap::new();
        for serial in cluster.nodes.iter().flat_map(|node| &node.run) {
            *run.entry(*serial).or_default() += 1;
        }
        for (serial, asked) in &cluster.world.js.asked {
            let times = run.get(serial).copied().unwrap_or(0);
            let is_read = self.reads.contains(serial);
            assert!(times <= 1 || is_read, "{serial} was run {times} times");
            match &asked.outcome {
                Some(Outcome::Failed(failure, phase)) => {
                    let known =
                        [Failure::ConnectionLost, Failure::Timeout, Failure::Destroyed].map(|known| known as i32);
                    assert!(known.contains(failure), "{failure}");
                    assert!(
                        *phase == Outcome::WRITTEN || times == 0 || is_read,
                        "{serial} was run, and failed as unwritten"
                    );
                }
                // A refusal of a chain, or the end of redirections.
                Some(Outcome::Reply(_) | Outcome::Text(_)) => {}
                other => panic!("{serial}: {other:?}"),
            }
        }
    }
}

fn trial(lazy: bool, reads: bool) -> Trial {
    let read_from = if reads { ReadFrom::AnyNode } else { ReadFrom::Primary };
    let config = ClusterConfig { lazy, read_from, refresh_interval: 2000, ..options() };
    let mut cluster = Cluster::with(PRIMARIES, NODES - PRIMARIES, config);
    // Redirections of chains are replies that no shape describes.
    cluster.forgives = true;
    Trial { cluster, reads: BTreeSet::new() }
}

proptest! {
    // Each case takes a while: it has six servers and heals them.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: ProptestConfig::default().cases / 4,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_request_is_settled(acts in vec(act(), 1..120), lazy: bool, reads: bool, end in 0..3u8) {
        let mut trial = trial(lazy, reads);
        acts.iter().for_each(|act| trial.perform(act));
        let cluster = &mut trial.cluster;
        match end {
            1 => cluster.world.engine.close_cluster(cluster.id, cluster.world.now),
            2 => cluster.world.engine.destroy_cluster(cluster.id),
            _ => {}
        }
        cluster.world.deliver();
        if end == 2 {
            prop_assert!(cluster.is_ended());
        }
        trial.heal(end > 0);
        trial.check();
        let cluster = &trial.cluster;
        prop_assert_eq!(cluster.is_ended(), end > 0);
        if end > 0 {
            let is_of_cluster = |link: &usize| *link != cluster.root;
            let open = (0..cluster.world.links.len()).filter(is_of_cluster).filter(|link| cluster.world.links[*link].state != State::Closed);
            prop_assert_eq!(open.count(), 0, "links outlive their cluster");
        }
    }
}
