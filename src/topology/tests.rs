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
    assert_eq!(changes, Changes { dispossessed: vec![NodeId(0)], moved: (0..=9).collect(), ..Changes::default() });
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

/// What a caller of [`Refresh`] does.
#[derive(Debug, Clone)]
enum Event {
    Want,
    Moved { slot: u16, node: u16 },
    Answer { view: Option<u8> },
    Wait { millis: u64 },
    Ready { nodes: u8 },
    Outage { is_on: bool },
    Offer { view: u8 },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Want),
        3 => (0..20u16, 0..4u16).prop_map(|(slot, node)| Event::Moved { slot, node }),
        6 => prop::option::weighted(0.8, 0..4u8).prop_map(|view| Event::Answer { view }),
        6 => (0..700u64).prop_map(|millis| Event::Wait { millis }),
        1 => any::<u8>().prop_map(|nodes| Event::Ready { nodes }),
        1 => any::<bool>().prop_map(|is_on| Event::Outage { is_on }),
        1 => (0..4u8).prop_map(|view| Event::Offer { view }),
    ]
}

/// One of some layouts that contradict each other.
fn opinion(which: u8) -> Layout {
    let ranges: [&[std::ops::RangeInclusive<u16>]; 3] = [&[0..=9], &[10..=14], &[15..=19]];
    let at = |n: u8| ranges[usize::from((n + which) % 3)];
    layout(&[(at(0), ("a", 1), &[("d", 4)]), (at(1), ("b", 2), &[]), (at(2), ("c", 3), &[])])
}

#[test]
fn a_view_that_contradicts_nothing_is_taken_at_once() {
    let mut topology = Topology::default();
    topology.apply(&opinion(0), &HashMap::new());
    let ready = [NodeId(0), NodeId(1), NodeId(2)];
    let mut refresh = Refresh::new(0, Random::new(3));
    let none = HashSet::new();
    let round = |refresh: &mut Refresh, topology: &Topology, unhealthy: &HashSet<NodeId>, now: u64| {
        let view = View { topology, ready: &ready, unopened: &[], unhealthy };
        refresh.advance(&view, now)
    };
    refresh.want(0);
    let asked = round(&mut refresh, &topology, &none, 0);
    let [Order::Ask(node)] = asked[..] else { panic!("{asked:?}") };
    refresh.answered(node, Some(opinion(0)));
    assert_eq!(round(&mut refresh, &topology, &none, 1), [Order::Apply(opinion(0), HashMap::new())]);
    // A changed owner needs two more views; a redirection that named it or an old owner that is away spares them.
    let ask = |refresh: &mut Refresh, now| {
        refresh.want(now);
        let asked = round(refresh, &topology, &none, now);
        let [Order::Ask(node)] = asked[..] else { panic!("{asked:?}") };
        refresh.answered(node, Some(opinion(1)));
        round(refresh, &topology, &none, now + 1)
    };
    let more = ask(&mut refresh, 1000);
    assert!(matches!(more[..], [Order::Ask(_), Order::Ask(_)]), "{more:?}");
    // Who does not answer has no vote.
    (0..3).for_each(|node| refresh.answered(NodeId(node), None));
    assert_eq!(round(&mut refresh, &topology, &none, 1500), [Order::Apply(opinion(1), HashMap::new())]);
    assert!(!refresh.is_running());
}

#[test]
fn owners_that_were_named_or_lost_need_no_vote() {
    let mut topology = Topology::default();
    topology.apply(&opinion(0), &HashMap::new());
    let all: HashSet<NodeId> = (0..3).map(NodeId).collect();
    for is_named in [false, true] {
        let mut refresh = Refresh::new(0, Random::new(3));
        let unhealthy = if is_named { HashSet::new() } else { all.clone() };
        let view = View { topology: &topology, ready: &[NodeId(0), NodeId(1)], unopened: &[], unhealthy: &unhealthy };
        if is_named {
            all.iter().for_each(|node| refresh.moved(5, *node, true, 0));
        } else {
            refresh.want(0);
        }
        let asked = refresh.advance(&view, 0);
        let [Order::Ask(node)] = asked[..] else { panic!("{asked:?}") };
        refresh.answered(node, Some(opinion(1)));
        assert_eq!(refresh.advance(&view, 1), [Order::Apply(opinion(1), HashMap::new())]);
    }
}

#[test]
fn nodes_that_a_layout_lacks_are_looked_for_a_few_times() {
    let mut topology = Topology::default();
    topology.apply(&opinion(0), &HashMap::new());
    let unhealthy = HashSet::new();
    let mut refresh = Refresh::new(0, Random::new(3));
    refresh.lacks_known_nodes(0);
    let (mut rounds, mut now) = (0, 0);
    while let Some(at) = refresh.next_at() {
        let ready = [NodeId(0), NodeId(1)];
        now = now.max(at);
        let view = View { topology: &topology, ready: &ready, unopened: &[], unhealthy: &unhealthy };
        for order in refresh.advance(&view, now) {
            if let Order::Ask(node) = order {
                rounds += 1;
                refresh.answered(node, Some(opinion(0)));
            }
        }
        assert!(rounds <= 5, "it does not end");
    }
    assert_eq!(rounds, 5);
    assert!((40_000..90_000).contains(&now), "the last round came at {now}");
}

proptest! {
    #[test]
    fn rounds_are_single_and_end(events in prop::collection::vec(event(), 1..80)) {
        let mut topology = Topology::default();
        topology.apply(&opinion(0), &HashMap::new());
        // No periodic reading begins while the events last.
        let mut refresh = Refresh::new(600_000, Random::new(9));
        let mut ready: Vec<NodeId> = (0..4).map(NodeId).collect();
        let (mut now, mut waiting, mut applied) = (0u64, Vec::new(), 0);
        let end = (0..40).flat_map(|_| [Event::Answer { view: Some(0) }, Event::Wait { millis: 60 }]);
        let heal = [Event::Ready { nodes: 0xff }, Event::Outage { is_on: false }, Event::Want];
        for event in events.into_iter().chain(heal).chain(end) {
            match event {
                Event::Want => refresh.want(now),
                Event::Moved { slot, node } => {
                    let is_new = topology.slot_moved(slot, NodeId(node));
                    refresh.moved(slot, NodeId(node), is_new, now);
                }
                Event::Answer { view } => {
                    if let Some((node, _)) = waiting.pop() {
                        refresh.answered(node, view.map(opinion));
                    }
                }
                Event::Wait { millis } => now += millis,
                Event::Ready { nodes } => ready = (0..4).filter(|node| nodes >> node & 1 == 1).map(NodeId).collect(),
                Event::Outage { is_on } => refresh.note_health(is_on, now),
                Event::Offer { view } => refresh.offered(opinion(view)),
            }
            waiting.retain(|(_, until)| *until > now);
            let unhealthy = HashSet::new();
            loop {
                let view = View { topology: &topology, ready: &ready, unopened: &[], unhealthy: &unhealthy };
                let orders = refresh.advance(&view, now);
                let applies = orders.iter().any(|order| matches!(order, Order::Apply(..)));
                for order in orders {
                    match order {
                        Order::Ask(node) => {
                            prop_assert!(ready.contains(&node));
                            prop_assert!(waiting.iter().all(|(asked, _)| *asked != node), "asked twice");
                            waiting.push((node, now + 500));
                        }
                        Order::Apply(layout, kept) => {
                            prop_assert!(waiting.is_empty(), "decided before all had answered");
                            applied += 1;
                            topology.apply(&layout, &kept);
                        }
                        Order::Connect(_) => prop_assert!(false, "nothing is unopened"),
                        Order::Unreachable => prop_assert!(ready.is_empty()),
                    }
                }
                prop_assert!(waiting.len() <= 2);
                if !applies {
                    break;
                }
            }
            prop_assert!(refresh.next_at().is_none_or(|at| at > now), "it would be called again at once");
        }
        prop_assert!(applied > 0 && !refresh.is_running());
    }

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
            fuzz::apply(&mut topology, &layout, &HashMap::new());
            for slot in 0..40 {
                let claims: Vec<_> = layout.shards.iter().filter(|shard| shard.slots[0].contains(&slot)).collect();
                let owner = topology.owner(slot);
                prop_assert_eq!(owner.is_some(), !claims.is_empty());
            }
            for (slot, port) in &moves {
                if let Some((node, _)) = topology.node_at(&address(*port + 1)) {
                    topology.slot_moved(*slot, node);
                    prop_assert_eq!(topology.owner(*slot), Some(node));
                }
            }
            fuzz::check(&topology);
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
