//! Recognises, by their shape, pub/sub frames and MONITOR lines among the replies.

use super::command::SubscriptionKind;
use super::tape::{SIMPLE_STRING, View};
use crate::boundary::PushKind;

/// A push, or an array that may be a pub/sub frame, classified by its first word. No other code compares that word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The kind, as reported to JS.
    pub(super) kind: PushKind,
    /// The effect on the subscriptions of the connection; `None` if it is not a pub/sub frame.
    pub(super) pub_sub: Option<PubSub<'a>>,
}

/// A pub/sub frame: a push in RESP3, an array in RESP2 (redis.io, "Pub/Sub", "Format of pushed messages").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PubSub<'a> {
    /// `message`, `pmessage` or `smessage`.
    Message,
    /// `subscribe`, `psubscribe` or `ssubscribe`: one channel was subscribed.
    Subscribed(SubscriptionKind, &'a [u8]),
    /// `unsubscribe`, `punsubscribe` or `sunsubscribe`: one channel was unsubscribed. `None`: there was no channel to
    /// unsubscribe.
    Unsubscribed(SubscriptionKind, Option<&'a [u8]>),
}

/// Returns the kind that a word names, and the kind of subscription that it concerns (`Channels` if none).
fn kind_of(word: &[u8]) -> (PushKind, SubscriptionKind) {
    use SubscriptionKind::{Channels, Patterns, Sharded};
    let plain = |kind| (kind, Channels);
    match word {
        b"message" => (PushKind::Message, Channels),
        b"pmessage" => (PushKind::PatternMessage, Patterns),
        b"smessage" => (PushKind::ShardedMessage, Sharded),
        b"subscribe" => (PushKind::Subscribed, Channels),
        b"psubscribe" => (PushKind::Subscribed, Patterns),
        b"ssubscribe" => (PushKind::Subscribed, Sharded),
        b"unsubscribe" => (PushKind::Unsubscribed, Channels),
        b"punsubscribe" => (PushKind::Unsubscribed, Patterns),
        b"sunsubscribe" => (PushKind::Unsubscribed, Sharded),
        b"invalidate" => plain(PushKind::Invalidate),
        b"MOVING" => plain(PushKind::Moving),
        b"MIGRATING" => plain(PushKind::Migrating),
        b"MIGRATED" => plain(PushKind::Migrated),
        b"FAILING_OVER" => plain(PushKind::FailingOver),
        b"FAILED_OVER" => plain(PushKind::FailedOver),
        b"SMIGRATING" => plain(PushKind::ShardMigrating),
        b"SMIGRATED" => plain(PushKind::ShardMigrated),
        _ => plain(PushKind::Other),
    }
}

impl<'a> Frame<'a> {
    /// Classifies a frame: the kind depends on its first element only, the effect on subscriptions also on its length.
    pub(super) fn of(frame: View<'a>) -> Self {
        let mut items = frame.items();
        let length = items.len();
        let (kind, space) =
            items.next().map_or((PushKind::Other, SubscriptionKind::Channels), |word| kind_of(word.text()));
        let mut channel = || items.next().filter(|_| length == 3);
        let pub_sub = match (kind, length) {
            (PushKind::Message | PushKind::ShardedMessage, 3) | (PushKind::PatternMessage, 4) => Some(PubSub::Message),
            (PushKind::Subscribed, _) => channel().map(|channel| PubSub::Subscribed(space, channel.text())),
            (PushKind::Unsubscribed, _) => {
                let name = |channel: View<'a>| (!channel.is_null()).then(|| channel.text());
                channel().map(|channel| PubSub::Unsubscribed(space, name(channel)))
            }
            _ => None,
        };
        Self { kind, pub_sub }
    }
}

/// Whether this is a line of MONITOR: `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"` (redis.io, "MONITOR").
pub(super) fn is_monitor_line(reply: View<'_>) -> bool {
    if reply.kind() != SIMPLE_STRING {
        return false;
    }
    let text = reply.text();
    let stamp = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(text.len());
    stamp > 0 && text[stamp..].starts_with(b" [")
}

#[cfg(test)]
mod tests {
    use super::super::tape::{ASCII, BLOB_STRING, NULL, NUMBER, PUSH};
    use super::*;

    fn frame(word: &str, channel: Option<()>, length: i32) -> Option<String> {
        let bytes = format!("{word}ch");
        let end = word.len() as i32;
        let text = i32::from(BLOB_STRING) | ASCII;
        let mut words = vec![i32::from(PUSH), length, text, 0, end];
        match channel {
            Some(()) => words.extend([text, end, 2]),
            None => words.push(i32::from(NULL)),
        }
        for _ in 2..length {
            words.extend([i32::from(NUMBER), 1]);
        }
        Frame::of(View::new(&words, bytes.as_bytes())).pub_sub.map(|frame| match frame {
            PubSub::Message => "message".to_owned(),
            PubSub::Subscribed(kind, channel) => format!("+{kind:?} {}", channel.len()),
            PubSub::Unsubscribed(kind, channel) => format!("-{kind:?} {:?}", channel.map(<[u8]>::len)),
        })
    }

    #[test]
    fn reads_frames() {
        assert_eq!(frame("message", Some(()), 3).as_deref(), Some("message"));
        assert_eq!(frame("pmessage", Some(()), 4).as_deref(), Some("message"));
        assert_eq!(frame("pmessage", Some(()), 3), None);
        assert_eq!(frame("message", Some(()), 4), None);
        assert_eq!(frame("psubscribe", Some(()), 3).as_deref(), Some("+Patterns 2"));
        assert_eq!(frame("sunsubscribe", Some(()), 3).as_deref(), Some("-Sharded Some(2)"));
        assert_eq!(frame("unsubscribe", None, 3).as_deref(), Some("-Channels None"));
        assert_eq!(frame("invalidate", Some(()), 3), None);
        assert_eq!(frame("subscribe", Some(()), 4), None);
    }

    #[test]
    fn every_kind_has_its_words() {
        let words = [
            (PushKind::Message, "message"),
            (PushKind::PatternMessage, "pmessage"),
            (PushKind::ShardedMessage, "smessage"),
            (PushKind::Subscribed, "subscribe psubscribe ssubscribe"),
            (PushKind::Unsubscribed, "unsubscribe punsubscribe sunsubscribe"),
            (PushKind::Invalidate, "invalidate"),
            (PushKind::Moving, "MOVING"),
            (PushKind::Migrating, "MIGRATING"),
            (PushKind::Migrated, "MIGRATED"),
            (PushKind::FailingOver, "FAILING_OVER"),
            (PushKind::FailedOver, "FAILED_OVER"),
            (PushKind::ShardMigrating, "SMIGRATING"),
            (PushKind::ShardMigrated, "SMIGRATED"),
            (PushKind::Other, "Message messages xmessage moving INVALIDATE else"),
        ];
        assert_eq!(words.len(), PushKind::NUMBERS.len());
        for (kind, words) in words {
            for word in words.split(' ') {
                let bytes = [i32::from(BLOB_STRING) | ASCII, 0, word.len() as i32];
                // Whatever its length is: what follows does not change the kind.
                for length in 1..=2 {
                    let mut frame = vec![i32::from(PUSH), length];
                    (0..length).for_each(|_| frame.extend(bytes));
                    assert_eq!(Frame::of(View::new(&frame, word.as_bytes())).kind, kind, "{word}");
                }
            }
        }
        let empty = [i32::from(PUSH), 0];
        assert_eq!(Frame::of(View::new(&empty, b"")), Frame { kind: PushKind::Other, pub_sub: None });
    }

    #[test]
    fn knows_monitor_lines() {
        let is_line = |text: &str| {
            let words = [i32::from(SIMPLE_STRING), 0, text.len() as i32];
            is_monitor_line(View::new(&words, text.as_bytes()))
        };
        assert!(is_line("1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\""));
        assert!(is_line("1339518083.107412 [0 lua] \"get\""));
        assert!(!is_line("OK") && !is_line("RESET") && !is_line("") && !is_line("1") && !is_line("1 2"));
    }
}
