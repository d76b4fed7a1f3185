//! Tests of redirections, without servers.

use proptest::prelude::*;

use super::*;

fn address(port: u16) -> Address {
    Address { host: "10.0.0.1".into(), port }
}

#[test]
fn redirections_are_read_and_other_errors_are_not() {
    let moved = |slot, host: &str, port| Some(Redirect::Moved { slot, address: Address { host: host.into(), port } });
    assert_eq!(Redirect::read(b"MOVED 3999 127.0.0.1:6381"), moved(3999, "127.0.0.1", 6381));
    assert_eq!(Redirect::read(b"MOVED 0 [::1]:1"), moved(0, "::1", 1));
    assert_eq!(Redirect::read(b"MOVED 0 fe80::1:7000"), moved(0, "fe80::1", 7000));
    assert_eq!(Redirect::read(b"MOVED 16383 :6379"), moved(16383, "", 6379));
    assert_eq!(Redirect::read(b"MOVED 1 ?:6379"), moved(1, "", 6379));
    let ask = Redirect::Ask { slot: 7, address: Address { host: "node-2.example".into(), port: 6379 } };
    assert_eq!(Redirect::read(b"ASK 7 node-2.example:6379"), Some(ask));
    for text in [
        "",
        "M",
        "MOVED",
        "MOVED ",
        "MOVED 1",
        "MOVED x a:1",
        "MOVED 16384 a:1",
        "MOVED 1 a",
        "MOVED 1 a:",
        "MOVED 1 a:0",
        "MOVED 1 a:65536",
        "MOVED -1 a:1",
        "ASK",
        "ASK 1",
        "ASKING",
        "MOVEDX 1 a:1",
        "ERR MOVED 1 a:1",
    ] {
        assert_eq!(Redirect::read(text.as_bytes()), None, "{text}");
    }
}

fn seen(id: &str, port: u16) -> SeenNode {
    SeenNode { id: id.into(), address: address(port) }
}

/// A layout of shards with these ranges, primaries and replicas.
type ShardSpec<'a> = (&'a [std::ops::RangeInclusive<u16>], (&'a str, u16), &'a [(&'a str, u16)]);

fn layout(shards: &[ShardSpec<'_>]) -> Layout {
    let shard = |(slots, (id, port), replicas): &ShardSpec<'_>| Shard {
        slots: slots.to_vec(),
        primary: seen(id, *port),
        replicas: replicas.iter().map(|(id, port)| seen(id, *port)).collect(),
    };
    Layout { shards: shards.iter().map(shard).collect() }
}

#[test]
fn a_moved_slot_has_its_new_owner_at_once() {
    let mut topology = Topology::default();
    topology.apply(&layout(&[(&[0..=16383], ("a", 1), &[])]), &HashMap::new());
    let (one, _) = topology.node_at(&address(1)).expect("known");
    let (two, is_new) = topology.node_at(&address(2)).expect("added");
    assert!(is_new && one != two);
    assert!(topology.slot_moved(5, two));
    assert!(!topology.slot_moved(5, two));
    assert_eq!((topology.owner(5), topology.owner(6)), (Some(two), Some(one)));
    assert!(topology.is_primary(two));
    assert_eq!(topology.describe(), "0:0-4,6-16383;1:5-5");
    assert_eq!(topology.node_at(&Address { host: String::new(), port: 1 }), None);
}

#[test]
fn nodes_are_followed_through_layouts() {
    let mut topology = Topology::default();
    let none = HashMap::new();
    let first = layout(&[(&[0..=9], ("a", 1), &[("c", 3)]), (&[10..=19], ("b", 2), &[])]);
    let changes = topology.apply(&first, &none);
    assert_eq!(changes.added, [NodeId(0), NodeId(1), NodeId(2)]);
    assert_eq!(topology.describe(), "0,2:0-9;1:10-19");
    assert_eq!(topology.apply(&first, &none), Changes::default());
    // The replica is promoted, and its old primary follows it.
    let changes = topology.apply(&layout(&[(&[0..=9], ("c", 3), &[("a", 1)]), (&[10..=19], ("b", 2), &[])]), &none);
    assert_eq!(changes, Changes { dispossessed: vec![NodeId(0)], ..Changes::default() });
    assert_eq!(topology.describe(), "1:10-19;2,0:0-9");
    // Two nodes change places, one goes away, a new one comes to an address that was used before.
    let swapped = layout(&[(&[0..=9], ("c", 2), &[]), (&[10..=19], ("b", 3), &[]), (&[], ("d", 1), &[])]);
    let changes = topology.apply(&swapped, &none);
    assert_eq!(changes.readdressed, [NodeId(2), NodeId(1)]);
    assert_eq!(topology.node(NodeId(0)).map(|node| &node.id[..]), Some("d"), "the node at that address was replaced");
    assert_eq!(
        (topology.nodes().at(&address(2)), topology.nodes().at(&address(3))),
        (Some(NodeId(2)), Some(NodeId(1)))
    );
    let changes = topology.apply(&layout(&[(&[0..=19], ("c", 2), &[])]), &none);
    assert_eq!((changes.removed, changes.dispossessed), (vec![NodeId(0), NodeId(1)], vec![NodeId(1)]));
    assert_eq!(topology.owner(20), None);
}

#[test]
fn what_a_redirection_said_counts_more_than_an_older_layout() {
    let mut topology = Topology::default();
    let told = layout(&[(&[0..=9], ("a", 1), &[])]);
    topology.apply(&told, &HashMap::new());
    let (two, _) = topology.node_at(&address(2)).expect("added");
    topology.slot_moved(3, two);
    let changes = topology.apply(&told, &HashMap::from([(3, two)]));
    assert_eq!((changes, topology.owner(3)), (Changes::default(), Some(two)));
    let changes = topology.apply(&told, &HashMap::new());
    assert_eq!((changes.removed, topology.owner(3)), (vec![two], Some(NodeId(0))));
}

#[test]
fn hostile_layouts_do_no_harm() {
    let mut topology = Topology::default();
    // Overlapping slots, a node that is primary and replica, one that follows two, two nodes with one address.
    let hostile = layout(&[
        (&[0..=100], ("a", 1), &[("b", 2), ("r", 3), ("a", 1)]),
        (&[50..=60, 55..=70], ("b", 2), &[("r", 3), ("x", 1)]),
        (&[0..=0], ("a", 9), &[]),
    ]);
    topology.apply(&hostile, &HashMap::new());
    assert_eq!(topology.describe(), "0,2:0-49,71-100;1,3:50-70");
    topology.apply(&hostile, &HashMap::new());
    assert_eq!(topology.describe(), "0,2:0-49,71-100;1,3:50-70");
    // More nodes than a table holds.
    let many: Vec<Shard> = (0..100_000u32)
        .map(|n| {
            let address = Address { host: format!("10.{}", n / 60_000), port: (n % 60_000) as u16 + 1 };
            Shard { slots: Vec::new(), primary: SeenNode { id: n.to_string(), address }, replicas: Vec::new() }
        })
        .collect();
    let changes = topology.apply(&Layout { shards: many }, &HashMap::new());
    assert_eq!((changes.added.len(), topology.nodes().iter().count()), (MOST_NODES - 4, MOST_NODES - 4));
    assert!(topology.node_at(&address(60_001)).is_some());
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in prop::collection::vec(any::<u8>(), 0..60), head in "(MOVED|ASK) [0-9]{0,6} ") {
        let _ = Redirect::read(&text);
        let _ = Redirect::read(&[head.as_bytes(), &text].concat());
    }

    #[test]
    fn any_layouts_leave_the_table_consistent(
        layouts in prop::collection::vec(prop::collection::vec(
            (0..9u16, 0..9u16, 0..30u16, 0..30u16, prop::collection::vec((0..9u16, 0..9u16), 0..3)), 0..5), 1..6),
        moves in prop::collection::vec((0..30u16, 0..12u16), 0..6),
    ) {
        let mut topology = Topology::default();
        for entries in layouts {
            let shards = entries.iter().map(|(id, port, start, end, replicas)| Shard {
                slots: vec![*start.min(end)..=*start.max(end)],
                primary: seen(&if *id == 0 { String::new() } else { id.to_string() }, port + 1),
                replicas: replicas.iter().map(|(id, port)| seen(&id.to_string(), port + 1)).collect(),
            });
            let layout = Layout { shards: shards.collect() };
            let before: HashSet<NodeId> = topology.nodes().iter().map(|(id, _)| id).collect();
            let changes = topology.apply(&layout, &HashMap::new());
            let now: HashSet<NodeId> = topology.nodes().iter().map(|(id, _)| id).collect();
            let added: HashSet<NodeId> = changes.added.iter().copied().collect();
            let removed: HashSet<NodeId> = changes.removed.iter().copied().collect();
            prop_assert!(added.is_disjoint(&before) && removed.is_subset(&before));
            let expected: HashSet<NodeId> = before.difference(&removed).chain(&added).copied().collect();
            prop_assert_eq!(&now, &expected);
            for slot in 0..40 {
                let claims: Vec<_> = layout.shards.iter().filter(|shard| shard.slots[0].contains(&slot)).collect();
                let owner = topology.owner(slot);
                prop_assert_eq!(owner.is_some(), !claims.is_empty());
                prop_assert!(owner.is_none_or(|owner| now.contains(&owner) && topology.is_primary(owner)));
            }
            for (id, node) in topology.nodes().iter() {
                if let Role::Replica(primary) = node.role {
                    prop_assert!(topology.node(primary).is_some_and(|primary| primary.replicas.contains(&id)));
                }
                prop_assert!(node.replicas.iter().all(|replica| now.contains(replica)));
            }
            for (slot, port) in &moves {
                if let Some((node, _)) = topology.node_at(&address(*port + 1)) {
                    topology.slot_moved(*slot, node);
                    prop_assert_eq!(topology.owner(*slot), Some(node));
                }
            }
            prop_assert!(topology.describe().split(';').filter(|shard| !shard.is_empty()).all(|shard| shard.contains(':')));
        }
    }

    #[test]
    fn slots_have_the_owner_they_were_given_last(
        ranges in prop::collection::vec((any::<u16>(), any::<u16>(), 0..9u16), 0..20), slot: u16,
    ) {
        let mut map = SlotMap::default();
        let mut expected = None;
        for (start, end, node) in ranges {
            map.assign(start..=end, NodeId(node));
            if usize::from(slot) < SLOTS && (start..=end).contains(&slot) {
                expected = Some(NodeId(node));
            }
        }
        prop_assert_eq!(map.owner(slot), expected);
    }
}
