//! Notices of maintenance: what the pushes MOVING, MIGRATING, MIGRATED, FAILING_OVER, FAILED_OVER, SMIGRATING and
//! SMIGRATED say. Nothing in them is trusted: what cannot be read is refused with a short text.

use super::parser::{Limits, Parser};
use super::tape::{ARRAY, BLOB_STRING, NUMBER, PUSH, SET, SIMPLE_STRING, Tape, VERBATIM_STRING, View};
use crate::boundary::PushKind;
use crate::event::{Notice, SlotsMoved};

/// Number of hash slots of a cluster.
const SLOTS: u16 = 16384;
/// Longest text that is taken from a notice, in bytes. No address or list of slots is longer.
const MOST_TEXT: usize = 128 * 1024;
/// Longest time that is taken from a notice, in seconds.
const MOST_SECONDS: u32 = 3600;

/// The kinds of notices.
const KINDS: [PushKind; 7] = [
    PushKind::Moving,
    PushKind::Migrating,
    PushKind::Migrated,
    PushKind::FailingOver,
    PushKind::FailedOver,
    PushKind::ShardMigrating,
    PushKind::ShardMigrated,
];

/// Whether a push of this kind is a notice of maintenance.
#[inline]
pub fn is_notice(kind: PushKind) -> bool {
    KINDS.contains(&kind)
}

/// Reads a push of this kind.
///
/// # Errors
/// What is wrong with it.
pub fn read(kind: PushKind, push: View<'_>) -> Result<Notice, &'static str> {
    let mut items = push.items().skip(1);
    let sequence = items.next().ok_or("there is no sequence id")?;
    let mut notice =
        Notice { kind, sequence: number(sequence), seconds: None, target: None, shards: None, moves: Vec::new() };
    match kind {
        PushKind::Moving => {
            notice.seconds = Some(seconds(items.next().ok_or("there is no time")?)?);
            // With the endpoint type `none` there is a null, or nothing at all.
            notice.target = match items.next().filter(|target| !target.is_null()) {
                Some(target) => endpoint(target)?,
                None => None,
            };
        }
        PushKind::Migrating | PushKind::FailingOver => {
            notice.seconds = items.next().map(seconds).transpose()?;
            notice.shards = items.next().and_then(list);
        }
        PushKind::ShardMigrating => {
            // Some send the time that others leave out.
            let (first, second) = (items.next(), items.next());
            if second.is_some() {
                notice.seconds = first.map(seconds).transpose()?;
            }
            notice.shards = second.or(first).and_then(list);
        }
        PushKind::Migrated | PushKind::FailedOver => notice.shards = items.next().and_then(list),
        PushKind::ShardMigrated => notice.moves = moves(items.next().ok_or("there are no moves")?)?,
        _ => return Err("it is no notice of maintenance"),
    }
    Ok(notice)
}

/// The slots of a text such as `1,5-9`, as ranges; `None` if one of them is none.
pub fn slots(text: &str) -> Option<Vec<(u16, u16)>> {
    let slot = |text: &str| text.trim().parse::<u16>().ok().filter(|slot| *slot < SLOTS);
    let ranges = text.split(',').map(|part| {
        let (start, end) = part.split_once('-').unwrap_or((part, part));
        Some((slot(start)?, slot(end)?)).filter(|(start, end)| start <= end)
    });
    ranges.collect()
}

/// Splits `host:port`. The port follows the last colon, as IPv6 addresses come with and without brackets.
pub fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_host = |char: char| !char.is_whitespace() && !char.is_control() && !['[', ']', '/'].contains(&char);
    (!host.is_empty() && host.chars().all(is_host)).then(|| (host.to_owned(), port))
}

/// A text, which servers send as simple or as bulk string.
fn text(value: View<'_>) -> Option<&str> {
    let is_text = matches!(value.kind(), SIMPLE_STRING | BLOB_STRING | VERBATIM_STRING);
    std::str::from_utf8(value.text()).ok().filter(|text| is_text && text.len() <= MOST_TEXT)
}

/// A whole number, or the text of one.
fn number(value: View<'_>) -> Option<i64> {
    if value.kind() == NUMBER { value.integer() } else { text(value)?.parse().ok() }
}

fn seconds(value: View<'_>) -> Result<u32, &'static str> {
    let seconds = number(value).and_then(|seconds| u32::try_from(seconds).ok()).ok_or("its time is no number")?;
    Ok(seconds.min(MOST_SECONDS))
}

fn endpoint(value: View<'_>) -> Result<Option<(String, u16)>, &'static str> {
    let text = text(value).ok_or("its endpoint is no text")?;
    if text.is_empty() {
        return Ok(None);
    }
    host_and_port(text).map(Some).ok_or("its endpoint is no host and port")
}

/// A text, or texts in an array, which become one.
fn list(value: View<'_>) -> Option<String> {
    if !is_list(value) {
        return text(value).map(str::to_owned);
    }
    let texts: Option<Vec<_>> = value
        .items()
        .map(|item| text(item).map(str::to_owned).or_else(|| number(item).map(|n| n.to_string())))
        .collect();
    texts.map(|texts| texts.join(",")).filter(|joined| joined.len() <= MOST_TEXT)
}

fn is_list(value: View<'_>) -> bool {
    matches!(value.kind(), ARRAY | SET | PUSH)
}

fn moves(value: View<'_>) -> Result<Vec<SlotsMoved>, &'static str> {
    if !is_list(value) || value.is_empty() {
        return Err("its moves are no list");
    }
    value.items().map(|entry| moved(entry).ok_or("one of its moves cannot be read")).collect()
}

fn moved(entry: View<'_>) -> Option<SlotsMoved> {
    let mut items = entry.items();
    let (source, target, list) = (text(items.next()?)?, text(items.next()?)?, items.next()?);
    let list = text(list).map(str::to_owned).or_else(|| number(list).map(|slot| slot.to_string()))?;
    host_and_port(target)?;
    slots(&list)?;
    is_list(entry).then(|| SlotsMoved { source: source.to_owned(), target: target.to_owned(), slots: list })
}

/// The fuzz target: reads arbitrary bytes as pushes, each as a notice of every kind.
pub fn fuzz(data: &[u8]) {
    let mut tape = Tape::new();
    // A fault ends the connection; what was parsed before it counts.
    let _ = Parser::new(Limits::default()).parse(data, &mut tape, 16);
    for reply in tape.replies() {
        KINDS.iter().for_each(|kind| check(*kind, tape.view(reply, data)));
    }
}

/// What the fuzz target and the property test check: whatever a push says, it is refused or read as something that can
/// be acted on.
pub fn check(kind: PushKind, push: View<'_>) {
    let Ok(notice) = read(kind, push) else { return };
    assert!(is_notice(kind) && notice.kind == kind);
    assert!(notice.seconds.is_none_or(|seconds| seconds <= MOST_SECONDS));
    assert!(notice.target.is_none_or(|(host, port)| !host.is_empty() && port > 0));
    assert_eq!(kind == PushKind::ShardMigrated, !notice.moves.is_empty());
    for moved in &notice.moves {
        assert!(host_and_port(&moved.target).is_some());
        let ranges = slots(&moved.slots).expect("slots");
        assert!(ranges.iter().all(|(start, end)| start <= end && *end < SLOTS));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with_push<T>(bytes: &[u8], then: impl FnOnce(View<'_>) -> T) -> T {
        let mut tape = Tape::new();
        Parser::new(Limits::default()).parse(bytes, &mut tape, 1).expect("RESP");
        then(tape.view(&tape.replies()[0], bytes))
    }

    fn read_text(kind: PushKind, bytes: &str) -> Result<Notice, &'static str> {
        with_push(bytes.as_bytes(), |push| read(kind, push))
    }

    #[test]
    fn moving_has_a_target_or_none() {
        let target = |bytes: &str| read_text(PushKind::Moving, bytes).map(|notice| notice.target);
        let host = |host: &str, port| Ok(Some((host.to_owned(), port)));
        let simple = read_text(PushKind::Moving, ">4\r\n+MOVING\r\n:7\r\n:15\r\n+h.example:1\r\n").unwrap();
        assert_eq!((simple.sequence, simple.seconds), (Some(7), Some(15)));
        assert_eq!(simple.target, Some(("h.example".to_owned(), 1)));
        assert_eq!(
            target(">4\r\n$6\r\nMOVING\r\n$1\r\n7\r\n$2\r\n15\r\n$5\r\n[::1]\r\n"),
            Err("its endpoint is no host and port")
        );
        assert_eq!(target(">4\r\n+MOVING\r\n:7\r\n:15\r\n$8\r\n[::1]:65\r\n"), host("::1", 65));
        assert_eq!(target(">4\r\n+MOVING\r\n:7\r\n:15\r\n+fd00::1:65\r\n"), host("fd00::1", 65));
        for none in [
            ">4\r\n+MOVING\r\n:7\r\n:15\r\n_\r\n",
            ">3\r\n+MOVING\r\n:7\r\n:15\r\n",
            ">4\r\n+MOVING\r\n:7\r\n:15\r\n$-1\r\n",
            ">4\r\n+MOVING\r\n:7\r\n:15\r\n+\r\n",
        ] {
            assert_eq!(target(none), Ok(None), "{none:?}");
        }
        for bad in ["h", "h:", ":1", "h:0", "h:65536", "h:x", "a b:1", "[:1", "h/x:1"] {
            assert!(target(&format!(">4\r\n+MOVING\r\n:7\r\n:15\r\n+{bad}\r\n")).is_err(), "{bad}");
        }
        for bad in [
            ">1\r\n+MOVING\r\n",
            ">2\r\n+MOVING\r\n:7\r\n",
            ">3\r\n+MOVING\r\n:7\r\n:-1\r\n",
            ">3\r\n+MOVING\r\n:7\r\n+x\r\n",
            ">4\r\n+MOVING\r\n:7\r\n:15\r\n:5\r\n",
            ">4\r\n+MOVING\r\n:7\r\n:15\r\n*1\r\n+h:1\r\n",
        ] {
            assert!(target(bad).is_err(), "{bad:?}");
        }
        let unnumbered = read_text(PushKind::Moving, ">3\r\n+MOVING\r\n+x\r\n:99999\r\n").unwrap();
        assert_eq!((unnumbered.sequence, unnumbered.seconds), (None, Some(3600)));
    }

    #[test]
    fn the_others_name_shards_and_slots() {
        let shards = |kind, bytes: &str| read_text(kind, bytes).map(|notice| (notice.seconds, notice.shards));
        let named = |text: &str| Some(text.to_owned());
        assert_eq!(
            shards(PushKind::Migrating, ">4\r\n+MIGRATING\r\n:1\r\n:2\r\n$9\r\n[\"1\",\"2\"]\r\n"),
            Ok((Some(2), named("[\"1\",\"2\"]")))
        );
        assert_eq!(
            shards(PushKind::FailingOver, ">4\r\n+F\r\n:1\r\n:2\r\n*2\r\n:1\r\n+2\r\n"),
            Ok((Some(2), named("1,2")))
        );
        assert_eq!(shards(PushKind::FailedOver, ">3\r\n+F\r\n:1\r\n+1\r\n"), Ok((None, named("1"))));
        assert_eq!(shards(PushKind::Migrated, ">2\r\n+F\r\n:1\r\n"), Ok((None, None)));
        assert_eq!(
            shards(PushKind::ShardMigrating, ">3\r\n+S\r\n:1\r\n+123,789-1000\r\n"),
            Ok((None, named("123,789-1000")))
        );
        assert_eq!(shards(PushKind::ShardMigrating, ">4\r\n+S\r\n:1\r\n:3\r\n+1\r\n"), Ok((Some(3), named("1"))));
        assert!(shards(PushKind::Migrated, ">1\r\n+F\r\n").is_err());
        assert!(shards(PushKind::Message, ">2\r\n+message\r\n:1\r\n").is_err());
    }

    #[test]
    fn smigrated_names_moves() {
        let moves = |list: &str| read_text(PushKind::ShardMigrated, &format!(">3\r\n+SMIGRATED\r\n:1\r\n{list}"));
        let one = "*3\r\n+a:1\r\n$3\r\nb:2\r\n+1,5-9\r\n";
        let read = moves(&format!("*2\r\n{one}*3\r\n+a:1\r\n+c:3\r\n:7\r\n")).unwrap().moves;
        assert_eq!(read.iter().map(|moved| &moved.slots[..]).collect::<Vec<_>>(), ["1,5-9", "7"]);
        for bad in [
            "*0\r\n",
            "_\r\n",
            "+x\r\n",
            "*1\r\n+x\r\n",
            "*1\r\n*2\r\n+a:1\r\n+b:2\r\n",
            "*1\r\n*3\r\n+a:1\r\n+b\r\n+1\r\n",
        ] {
            assert!(moves(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "x", "5-1", "16384", "1,", "1-2-3", "-1"] {
            assert!(moves(&format!("*1\r\n*3\r\n+a:1\r\n+b:2\r\n+{bad}\r\n")).is_err(), "{bad}");
        }
        assert_eq!(slots("0-16383"), Some(vec![(0, 16383)]));
    }

    /// Values as a hostile server may send them.
    fn value() -> impl Strategy<Value = Vec<u8>> {
        let leaf = prop_oneof![
            3 => any::<i64>().prop_map(|number| format!(":{number}\r\n").into_bytes()),
            3 => (0..100i64).prop_map(|number| format!(":{number}\r\n").into_bytes()),
            4 => "[a-z0-9:.,\\[\\]-]{0,12}".prop_map(|text| format!("${}\r\n{text}\r\n", text.len()).into_bytes()),
            2 => "[a-z]{1,5}:[0-9]{1,5}".prop_map(|text| format!("+{text}\r\n").into_bytes()),
            2 => "[0-9]{1,4}(,[0-9]{1,3}-[0-9]{3,5}){0,3}".prop_map(|text| format!("+{text}\r\n").into_bytes()),
            1 => prop::collection::vec(any::<u8>(), 0..8).prop_map(|bytes| [format!("${}\r\n", bytes.len()).into_bytes(), bytes, b"\r\n".to_vec()].concat()),
            1 => Just(b"_\r\n".to_vec()),
            1 => Just(b"#t\r\n".to_vec()),
            1 => Just(b",1.5\r\n".to_vec()),
            1 => Just(b"-ERR\r\n".to_vec()),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop::collection::vec(inner, 0..4)
                .prop_map(|items| [format!("*{}\r\n", items.len()).into_bytes(), items.concat()].concat())
        })
    }

    proptest! {
        #[test]
        fn whatever_is_pushed_is_read_or_refused(kind in 0..KINDS.len(), items in prop::collection::vec(value(), 0..5)) {
            let bytes = [format!(">{}\r\n+X\r\n", items.len() + 1).into_bytes(), items.concat()].concat();
            with_push(&bytes, |push| check(KINDS[kind], push));
        }
    }
}
