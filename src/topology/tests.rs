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

#[test]
fn a_moved_slot_has_its_new_owner_at_once() {
    let mut topology = Topology::new(2);
    let (one, two) = (topology.node(address(1)), topology.node(address(2)));
    assert_eq!(topology.node(address(1)), one);
    topology.slots_mut().assign(0..=16383, one);
    assert_eq!((topology.route(5), topology.route(NO_SLOT)), (Some(one), Some(one)));
    let moved = Redirect::Moved { slot: 5, address: address(2) };
    assert_eq!(topology.judge(1, &moved), Verdict::Send { node: two, asking: false });
    assert_eq!((topology.route(5), topology.route(6)), (Some(two), Some(one)));
    let ask = Redirect::Ask { slot: 6, address: address(2) };
    assert_eq!(topology.judge(1, &ask), Verdict::Send { node: two, asking: true });
    assert_eq!(topology.route(6), Some(one), "it is only on its way");
    assert_eq!(topology.judge(1, &moved), Verdict::Answer, "twice is enough");
    assert_eq!(topology.judge(1, &moved), Verdict::Send { node: two, asking: false }, "another command, same ticket");
    topology.ended(1);
    assert!(topology.redirected.is_empty());
    assert_eq!(topology.judge(2, &Redirect::Moved { slot: 5, address: address(3) }), Verdict::Answer, "unknown");
    assert_eq!(topology.route(5), Some(two));
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in prop::collection::vec(any::<u8>(), 0..60), head in "(MOVED|ASK) [0-9]{0,6} ") {
        let _ = Redirect::read(&text);
        let _ = Redirect::read(&[head.as_bytes(), &text].concat());
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
