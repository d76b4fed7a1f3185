//! Tells what the server sends unasked from replies, by shape.

use super::command::SubscriptionKind;
use super::tape::{SIMPLE_STRING, View};

/// A pub/sub frame: a push in RESP3, an array in RESP2 (redis.io, "Pub/Sub", "Format of pushed messages").
#[derive(Clone, Copy)]
pub(super) enum PubSub<'a> {
    /// `message`, `pmessage` or `smessage`.
    Message,
    /// `subscribe`, `psubscribe` or `ssubscribe`: one channel is subscribed.
    Subscribed(SubscriptionKind, &'a [u8]),
    /// `unsubscribe`, `punsubscribe` or `sunsubscribe`: one channel (`None`: there was none) is no more.
    Unsubscribed(SubscriptionKind, Option<&'a [u8]>),
}

impl<'a> PubSub<'a> {
    /// Reads a frame by its first element and its length; `None` for every other aggregate.
    pub(super) fn of(frame: View<'a>) -> Option<Self> {
        use SubscriptionKind::{Channels, Patterns, Sharded};
        let mut items = frame.items();
        let length = items.len();
        let word = items.next()?.text();
        match (word, length) {
            (b"message" | b"smessage", 3) | (b"pmessage", 4) => return Some(Self::Message),
            (_, 3) => {}
            _ => return None,
        }
        let channel = items.next()?;
        let subscribed = |kind| Some(Self::Subscribed(kind, channel.text()));
        let ended = |kind| Some(Self::Unsubscribed(kind, (!channel.is_null()).then(|| channel.text())));
        match word {
            b"subscribe" => subscribed(Channels),
            b"psubscribe" => subscribed(Patterns),
            b"ssubscribe" => subscribed(Sharded),
            b"unsubscribe" => ended(Channels),
            b"punsubscribe" => ended(Patterns),
            b"sunsubscribe" => ended(Sharded),
            _ => None,
        }
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
        PubSub::of(View::new(&words, bytes.as_bytes())).map(|frame| match frame {
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
