//! The properties that the fuzz target and the property tests check, defined once for both.

use std::collections::{HashMap, HashSet};

use super::{Changes, Layout, NodeId, Order, Random, Redirect, Refresh, Role, SLOTS, Topology, View};
use crate::proto::parser::{Limits, Parser};
use crate::proto::tape::Tape;

/// Reads arbitrary bytes as what servers tell of a cluster: replies to CLUSTER SLOTS and CLUSTER SHARDS, and
/// redirections. Whatever they say, the topology stays consistent.
pub fn topology(data: &[u8]) {
    let mut topology = Topology::default();
    for line in data.split(|byte| *byte == b'\n') {
        follow(&mut topology, line);
    }
    let mut tape = Tape::new();
    // A fault ends the connection; what was parsed before it counts.
    let _ = Parser::new(Limits::default()).parse(data, &mut tape, 16);
    let mut views = Vec::new();
    for reply in tape.replies() {
        let view = tape.view(reply, data);
        if view.is_error() {
            follow(&mut topology, view.text());
        }
        let layouts = [Layout::of_slots(view), Layout::of_shards(view, false), Layout::of_shards(view, true)];
        for layout in layouts.into_iter().flatten() {
            let layout = layout.with_host("host");
            apply(&mut topology, &layout, &HashMap::new());
            views.push(layout);
        }
    }
    vote(&mut topology, views);
}

fn follow(topology: &mut Topology, text: &[u8]) {
    let Some(redirect) = Redirect::read(text) else { return };
    let (Redirect::Moved { slot, address } | Redirect::Ask { slot, address }) = redirect.with_host("host");
    let Some((node, _)) = topology.node_at(&address) else { return };
    assert_eq!(topology.nodes().at(&address), Some(node));
    topology.slot_moved(slot, node);
    assert_eq!(topology.owner(slot), Some(node));
    check(topology);
}

/// Lets a round decide on these views, of which each node tells one.
fn vote(topology: &mut Topology, views: Vec<Layout>) {
    let ready: Vec<NodeId> = topology.nodes().iter().map(|(id, _)| id).take(8).collect();
    let mut refresh = Refresh::new(0, Random::new(1));
    let mut views = views.into_iter();
    refresh.want(0);
    for now in 0..20 {
        let view = View { topology, ready: &ready, unopened: &[], unhealthy: &HashSet::new() };
        let orders = refresh.advance(&view, now * 100);
        for order in orders {
            match order {
                Order::Ask(node) => refresh.answered(node, views.next()),
                Order::Apply(layout, kept) => _ = apply(topology, &layout, &kept),
                Order::Connect(_) | Order::Unreachable => {}
            }
        }
    }
}

/// Applies a layout and checks what it changes.
pub fn apply(topology: &mut Topology, layout: &Layout, kept: &HashMap<u16, NodeId>) -> Changes {
    let numbers = |topology: &Topology| topology.nodes().iter().map(|(id, _)| id).collect::<HashSet<_>>();
    let before = numbers(topology);
    let changes = topology.apply(layout, kept);
    let added: HashSet<NodeId> = changes.added.iter().copied().collect();
    let removed: HashSet<NodeId> = changes.removed.iter().copied().collect();
    assert!(added.is_disjoint(&before) && removed.is_subset(&before));
    let expected: HashSet<NodeId> = before.difference(&removed).chain(&added).copied().collect();
    assert_eq!(numbers(topology), expected);
    check(topology);
    changes
}

/// Checks that a topology contradicts itself nowhere.
pub fn check(topology: &Topology) {
    for slot in 0..SLOTS as u16 {
        let owner = topology.owner(slot);
        assert!(owner.is_none_or(|owner| topology.is_primary(owner) && topology.owners().contains(&owner)));
    }
    for primary in topology.primaries() {
        assert!(topology.is_primary(*primary));
    }
    let mut listed = 0;
    for (id, node) in topology.nodes().iter() {
        if let Role::Replica(primary) = node.role {
            assert!(topology.node(primary).is_some_and(|primary| primary.replicas.contains(&id)));
        }
        assert!(
            node.replicas
                .iter()
                .all(|replica| topology.node(*replica).is_some_and(|node| node.role == Role::Replica(id)))
        );
        listed += 1;
    }
    let told = topology.describe();
    let named: HashSet<&str> =
        told.split(';').filter_map(|shard| shard.split_once(':')).flat_map(|(nodes, _)| nodes.split(',')).collect();
    assert_eq!(named.len(), listed, "all nodes are told: {told}");
}
