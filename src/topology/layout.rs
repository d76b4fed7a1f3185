//! Reads what a server knows of its cluster: the replies to `CLUSTER SLOTS` and `CLUSTER SHARDS` (redis.io, commands of
//! these names). Entries that make no sense are left out, so that one bad entry costs no more than itself.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::nodes::MOST_NODES;
use super::redirect::Address;
use super::slots::SLOTS;
use crate::proto::tape::{ARRAY, MAP, View};

/// A node as a server describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SeenNode {
    /// The name that the node has for the cluster; empty if the server does not tell it.
    pub id: String,
    /// Where it listens. An empty host means the host of the server that sent the reply.
    pub address: Address,
}

/// A primary with its slots and replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Slots of the primary, both ends included.
    pub slots: Vec<RangeInclusive<u16>>,
    /// The primary.
    pub primary: SeenNode,
    /// Its replicas that are not reported as failed.
    pub replicas: Vec<SeenNode>,
}

/// All shards that a reply names, in its order. Where shards claim the same slot, the last one has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// See above.
    pub shards: Vec<Shard>,
}

impl Layout {
    /// Sets the host where servers told none: it is that of the server that sent the reply.
    pub fn with_host(mut self, host: &str) -> Self {
        for shard in &mut self.shards {
            for node in std::iter::once(&mut shard.primary).chain(&mut shard.replicas) {
                if node.address.host.is_empty() {
                    node.address.host = host.to_owned();
                }
            }
        }
        self
    }

    /// Whether any shard has slots.
    pub fn has_slots(&self) -> bool {
        self.shards.iter().any(|shard| !shard.slots.is_empty())
    }

    /// Reads a reply to `CLUSTER SLOTS`. `None` if it is no array.
    pub fn of_slots(reply: View<'_>) -> Option<Self> {
        if reply.kind() != ARRAY {
            return None;
        }
        let mut layout = Self::default();
        let mut by_primary: HashMap<SeenNode, usize> = HashMap::new();
        let mut left = MOST_NODES;
        for range in reply.items() {
            let mut items = range.items();
            let Some(slots) = slots(items.next(), items.next()) else { continue };
            let mut nodes = items.filter_map(node_of_slots).take(left);
            let Some(primary) = nodes.next() else { continue };
            let replicas: Vec<SeenNode> = nodes.collect();
            // A primary has a range for each gap between its slots, and its replicas each time.
            match by_primary.get(&primary) {
                Some(index) => layout.shards[*index].slots.push(slots),
                None => {
                    left -= 1 + replicas.len();
                    by_primary.insert(primary.clone(), layout.shards.len());
                    layout.shards.push(Shard { slots: vec![slots], primary, replicas });
                }
            }
        }
        Some(layout)
    }

    /// Reads a reply to `CLUSTER SHARDS`. `is_tls`: the port for TLS is wanted. `None` if it is no array.
    pub fn of_shards(reply: View<'_>, is_tls: bool) -> Option<Self> {
        if reply.kind() != ARRAY {
            return None;
        }
        let mut layout = Self::default();
        let mut left = MOST_NODES;
        for shard in reply.items() {
            let bounds: Vec<View<'_>> = field(shard, b"slots").into_iter().flat_map(|slots| slots.items()).collect();
            let slots =
                bounds.chunks(2).filter_map(|pair| slots(pair.first().copied(), pair.get(1).copied())).collect();
            let mut primary = None;
            let mut replicas = Vec::new();
            for node in field(shard, b"nodes").into_iter().flat_map(|nodes| nodes.items()).take(left) {
                let Some(seen) = node_of_shards(node, is_tls) else { continue };
                left -= 1;
                let text = |name| field(node, name).map_or(&b""[..], |value| value.text());
                match text(b"role") {
                    b"master" | b"primary" => primary = Some(seen),
                    b"replica" | b"slave" if text(b"health") != b"fail" && text(b"health") != b"failed" => {
                        replicas.push(seen);
                    }
                    _ => {}
                }
            }
            if let Some(primary) = primary {
                layout.shards.push(Shard { slots, primary, replicas });
            }
        }
        Some(layout)
    }
}

/// A range of slots that has both ends, in order, within the cluster's slots.
fn slots(start: Option<View<'_>>, end: Option<View<'_>>) -> Option<RangeInclusive<u16>> {
    let bound = |view: View<'_>| u16::try_from(view.integer()?).ok().filter(|slot| usize::from(*slot) < SLOTS);
    let (start, end) = (bound(start?)?, bound(end?)?);
    (start <= end).then_some(start..=end)
}

/// `[host, port, id, …]`
fn node_of_slots(node: View<'_>) -> Option<SeenNode> {
    if node.kind() != ARRAY {
        return None;
    }
    let mut items = node.items();
    let host = host(items.next()?)?;
    let port = port(items.next()?)?;
    let id = items.next().map_or_else(String::new, text);
    Some(SeenNode { id, address: Address { host, port } })
}

/// A map (RESP2: an array of keys and values) with `id`, `endpoint`, `ip`, `port` and `tls-port`.
fn node_of_shards(node: View<'_>, is_tls: bool) -> Option<SeenNode> {
    let ports = if is_tls { [&b"tls-port"[..], b"port"] } else { [&b"port"[..], b"tls-port"] };
    let port = ports.into_iter().find_map(|name| port(field(node, name)?))?;
    let host = match field(node, b"endpoint") {
        Some(endpoint) if endpoint.is_null() || !endpoint.text().is_empty() => host(endpoint)?,
        _ => field(node, b"ip").map_or_else(|| Some(String::new()), host)?,
    };
    Some(SeenNode { id: field(node, b"id").map_or_else(String::new, text), address: Address { host, port } })
}

/// The value of a field.
fn field<'a>(of: View<'a>, name: &[u8]) -> Option<View<'a>> {
    if !matches!(of.kind(), MAP | ARRAY) {
        return None;
    }
    let mut items = of.items();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        if key.text() == name {
            return Some(value);
        }
    }
    None
}

/// A host. Null, empty and `?` mean that the server does not know it: that of the server itself is taken then.
fn host(view: View<'_>) -> Option<String> {
    match view.text() {
        b"" | b"?" => Some(String::new()),
        // Names of hosts have none.
        bytes if bytes.iter().any(u8::is_ascii_whitespace) => None,
        bytes => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}

fn port(view: View<'_>) -> Option<u16> {
    u16::try_from(view.integer()?).ok().filter(|port| *port > 0)
}

fn text(view: View<'_>) -> String {
    String::from_utf8_lossy(view.text()).split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::parser::{Limits, Parser};
    use crate::proto::tape::Tape;

    fn with<R>(text: &str, read: impl FnOnce(View<'_>) -> R) -> R {
        let mut tape = Tape::new();
        Parser::new(Limits::default()).parse(text.as_bytes(), &mut tape, 1).expect("RESP");
        read(tape.view(&tape.replies()[0], text.as_bytes()))
    }

    fn node(id: &str, host: &str, port: u16) -> SeenNode {
        SeenNode { id: id.into(), address: Address { host: host.into(), port } }
    }

    /// An array of entries that are written already.
    fn list(items: &[&str]) -> String {
        format!("*{}\r\n{}", items.len(), items.concat())
    }

    fn blob(text: &str) -> String {
        format!("${}\r\n{text}\r\n", text.len())
    }

    fn number(value: i64) -> String {
        format!(":{value}\r\n")
    }

    fn range(start: i64, end: i64, nodes: &[&str]) -> String {
        list(&[&[&number(start)[..], &number(end)], nodes].concat())
    }

    fn server(host: &str, port: i64, id: &str) -> String {
        list(&[&blob(host), &number(port), &blob(id), "*0\r\n"])
    }

    #[test]
    fn slots_are_read_and_ranges_of_one_primary_joined() {
        let (a, b, replica) = (server("10.0.0.1", 7000, "a"), server("", 7001, "b"), server("10.0.0.3", 7002, "c"));
        let unknown = list(&["_\r\n", &number(7003), &blob("d")]);
        let ranges = [range(0, 5, &[&a, &replica]), range(6, 6, &[&b]), range(7, 9, &[&a]), range(10, 10, &[&unknown])];
        let text = list(&ranges.each_ref().map(|range| &range[..]));
        let layout = with(&text, Layout::of_slots).expect("a layout");
        let shard =
            |slots: &[RangeInclusive<u16>], primary, replicas| Shard { slots: slots.to_vec(), primary, replicas };
        assert_eq!(
            layout.shards,
            [
                shard(&[0..=5, 7..=9], node("a", "10.0.0.1", 7000), vec![node("c", "10.0.0.3", 7002)]),
                shard(&[6..=6], node("b", "", 7001), Vec::new()),
                shard(&[10..=10], node("d", "", 7003), Vec::new()),
            ]
        );
    }

    #[test]
    fn entries_without_sense_are_left_out() {
        let good = server("a", 1, "a");
        let bad = [
            range(-1, 5, &[&good]),
            range(5, 4, &[&good]),
            range(0, 16384, &[&good]),
            range(0, 1, &[]),
            range(0, 1, &["+node\r\n"]),
            range(0, 1, &[&server("a", 0, "a")]),
            range(0, 1, &[&server("a", 65536, "a")]),
            "*0\r\n".into(),
            "_\r\n".into(),
            ":1\r\n".into(),
        ];
        for entry in bad {
            let text = list(&[&entry, &range(1, 2, &[&good])]);
            let layout = with(&text, Layout::of_slots).expect("a layout");
            assert_eq!((layout.shards.len(), layout.shards[0].slots.clone()), (1, vec![1..=2]), "{entry:?}");
        }
        for reply in ["_\r\n", "-ERR\r\n", "+OK\r\n", "%0\r\n"] {
            assert_eq!(
                (with(reply, Layout::of_slots), with(reply, |view| Layout::of_shards(view, false))),
                (None, None)
            );
        }
    }

    fn shard_node(pairs: &[(&str, String)], is_map: bool) -> String {
        let fields: String = pairs.iter().map(|(name, value)| blob(name) + value).collect();
        if is_map { format!("%{}\r\n{fields}", pairs.len()) } else { format!("*{}\r\n{fields}", 2 * pairs.len()) }
    }

    #[test]
    fn shards_are_read_in_both_protocols() {
        for is_map in [false, true] {
            let node_of = |id: &str, endpoint: String, role: &str, health: &str| {
                let port = if id == "b" { ("tls-port", number(8001)) } else { ("port", number(7000)) };
                let pairs = [
                    ("id", blob(id)),
                    port,
                    ("ip", blob("10.0.0.9")),
                    ("endpoint", endpoint),
                    ("role", blob(role)),
                    ("health", blob(health)),
                ];
                shard_node(&pairs, is_map)
            };
            let nodes = list(&[
                &node_of("r", blob("r.example"), "replica", "online"),
                &node_of("f", blob("f.example"), "replica", "fail"),
                &node_of("a", blob(""), "master", "online"),
            ]);
            let slots = list(&[&number(0), &number(5), &number(9), &number(9), &number(11)]);
            let first = shard_node(&[("slots", slots), ("nodes", nodes)], is_map);
            let second = shard_node(
                &[("slots", "*0\r\n".into()), ("nodes", list(&[&node_of("b", "_\r\n".into(), "master", "online")]))],
                is_map,
            );
            let orphan = shard_node(&[("nodes", list(&[&node_of("x", blob("?"), "replica", "online")]))], is_map);
            let text = list(&[&first, &second, &orphan]);
            let layout = with(&text, |view| Layout::of_shards(view, false)).expect("a layout");
            assert_eq!(
                layout.shards,
                [
                    Shard {
                        slots: vec![0..=5, 9..=9],
                        primary: node("a", "10.0.0.9", 7000),
                        replicas: vec![node("r", "r.example", 7000)],
                    },
                    Shard { slots: Vec::new(), primary: node("b", "", 8001), replicas: Vec::new() },
                ]
            );
        }
    }

    #[test]
    fn a_hostile_number_of_nodes_is_cut() {
        let replicas: Vec<String> = (0..20_000).map(|n| server("a", 1 + n % 60_000, &n.to_string())).collect();
        let replicas: Vec<&str> = replicas.iter().map(|node| &node[..]).collect();
        let text = list(&[&range(0, 1, &replicas), &range(2, 3, &[&server("b", 1, "b")])]);
        let layout = with(&text, Layout::of_slots).expect("a layout");
        assert_eq!((layout.shards.len(), layout.shards[0].replicas.len()), (1, MOST_NODES - 1));
    }

    proptest! {
        #[test]
        fn any_reply_is_read_without_harm(items in prop::collection::vec(
            prop::sample::select(&["_\r\n", ":5\r\n", ":-9\r\n", "$4\r\nrole\r\n", "$6\r\nmaster\r\n", "*0\r\n", "*2\r\n", "*3\r\n",
                "%1\r\n", "%2\r\n", "$5\r\nslots\r\n", "$5\r\nnodes\r\n", "$4\r\nport\r\n", "$8\r\nendpoint\r\n", "+x\r\n"][..]),
            0..60,
        )) {
            // Padded, so that whatever the headers announce is there.
            let text = items.concat() + &"_\r\n".repeat(400);
            with(&text, |view| {
                _ = Layout::of_slots(view);
                _ = Layout::of_shards(view, true);
            });
        }
    }
}
