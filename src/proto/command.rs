//! The requests of a link, and the encoding of those that the engine sends itself.

use std::collections::HashSet;
use std::io::Write;

use bytes::Bytes;

pub use crate::boundary::SubscriptionKind;

impl SubscriptionKind {
    /// All kinds, in the order in which a handshake restores subscriptions.
    pub const ALL: [Self; 3] = [Self::Channels, Self::Patterns, Self::Sharded];

    fn subscribe_token(self) -> &'static [u8] {
        match self {
            Self::Channels => b"subscribe",
            Self::Patterns => b"psubscribe",
            Self::Sharded => b"ssubscribe",
        }
    }

    fn unsubscribe_token(self) -> &'static [u8] {
        match self {
            Self::Channels => b"unsubscribe",
            Self::Patterns => b"punsubscribe",
            Self::Sharded => b"sunsubscribe",
        }
    }
}

/// Stands for "no hash slot": the command has no keys, or its link does not route by slot.
pub const NO_SLOT: u16 = u16::MAX;

/// The ticket of requests that JS does not know of. Tickets of JS are not negative.
pub const NO_TICKET: u32 = u32::MAX;

/// A request that was or will be written. The bytes of a user's command are kept separately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A user's command. It gets exactly one reply, which belongs to the ticket.
    Command {
        /// Its ticket: the index of the pending request in JS.
        ticket: u32,
        /// The flags of the boundary (`docs/architecture.md`, "The boundary"). The session does not read them.
        flags: u32,
        /// The hash slot of its keys, or [`NO_SLOT`].
        slot: u16,
        /// Milliseconds that it may wait to be written; 0: no limit. Kept for commands that are sent again.
        timeout: u32,
    },
    /// A user's command of the SUBSCRIBE family: its last acknowledgement is its reply.
    Raw(Box<RawPubSub>),
    /// `SUBSCRIBE`, `PSUBSCRIBE` or `SSUBSCRIBE`; see [`Request::subscribe`].
    Subscribe(Box<Subscribe>),
    /// `UNSUBSCRIBE`, `PUNSUBSCRIBE` or `SUNSUBSCRIBE`; see [`Request::unsubscribe`].
    Unsubscribe(Box<Unsubscribe>),
    /// `MONITOR`.
    Monitor {
        /// Its ticket: the index of the pending request in JS.
        ticket: u32,
    },
    /// A request of the engine for itself: JS does not know of it.
    Inquiry {
        /// What it asks.
        what: Inquiry,
        /// Its number, by which the engine knows it.
        number: u32,
    },
    /// `RESET`, including the handshake that follows it.
    Reset {
        /// Its ticket: the index of the pending request in JS.
        ticket: u32,
    },
}

/// What the engine asks a server, for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inquiry {
    /// `CLUSTER SLOTS`.
    Slots,
    /// `CLUSTER SHARDS`.
    Shards,
    /// `READONLY`: the node is a replica, and serves reads.
    ReadOnly,
    /// `READWRITE`: the node is a primary.
    ReadWrite,
    /// `PING`, to measure how long an answer takes.
    Ping,
    /// `INFO SERVER`, which tells the availability zone.
    Info,
}

impl Inquiry {
    fn words(self) -> &'static [&'static [u8]] {
        match self {
            Self::Slots => &[b"CLUSTER", b"SLOTS"],
            Self::Shards => &[b"CLUSTER", b"SHARDS"],
            Self::ReadOnly => &[b"READONLY"],
            Self::ReadWrite => &[b"READWRITE"],
            Self::Ping => &[b"PING"],
            Self::Info => &[b"INFO", b"SERVER"],
        }
    }
}

// Kept small, because thousands of requests may wait in the queues.
const _: () = assert!(size_of::<Request>() == 16);

/// A SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE in progress: the server acknowledges each channel separately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribe {
    /// Its ticket: the index of the pending request in JS.
    pub ticket: u32,
    /// Channels, patterns or sharded channels.
    pub kind: SubscriptionKind,
    /// Channels or patterns, in the order in which they are acknowledged.
    pub channels: Vec<Bytes>,
    /// How many of them have been acknowledged.
    pub(super) acknowledged: usize,
    /// Acknowledged channels that the link was not subscribed to before. If the connection is lost before all are
    /// acknowledged, they are not restored.
    pub(super) fresh: Vec<Bytes>,
}

/// An UNSUBSCRIBE, PUNSUBSCRIBE or SUNSUBSCRIBE in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Its ticket: the index of the pending request in JS.
    pub ticket: u32,
    /// Channels, patterns or sharded channels.
    pub kind: SubscriptionKind,
    /// Channels or patterns; `None` means all of the kind.
    pub channels: Option<Vec<Bytes>>,
    /// How many acknowledgements have arrived.
    pub(super) acknowledged: usize,
    /// How many acknowledgements are expected; known when the first one arrives.
    pub(super) expected: usize,
}

/// A user's command of the SUBSCRIBE family. The link does not restore subscriptions that it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPubSub {
    /// Its ticket: the index of the pending request in JS.
    pub ticket: u32,
    /// The flags of the boundary.
    pub flags: u32,
    /// Channels, patterns or sharded channels.
    pub kind: SubscriptionKind,
    /// Whether it is an UNSUBSCRIBE.
    pub ends: bool,
    /// Channels or patterns. An empty list of an UNSUBSCRIBE means all of the kind.
    pub channels: Vec<Bytes>,
    /// How many acknowledgements have arrived.
    pub(super) acknowledged: usize,
    /// How many acknowledgements are expected; known when the first one arrives.
    pub(super) expected: usize,
}

impl RawPubSub {
    /// Reads an encoded command; `None` if it is not of the SUBSCRIBE family.
    pub fn read(ticket: u32, flags: u32, command: &[u8]) -> Option<Self> {
        let mut words = words(command);
        let name = words.next()?.to_ascii_lowercase();
        let named = |kind: &SubscriptionKind| {
            let ends = name == kind.unsubscribe_token();
            (ends || name == kind.subscribe_token()).then_some((*kind, ends))
        };
        let (kind, ends) = SubscriptionKind::ALL.iter().find_map(named)?;
        let channels = words.map(Bytes::copy_from_slice).collect();
        Some(Self { ticket, flags, kind, ends, channels, acknowledged: 0, expected: 0 })
    }
}

/// Iterates over the words of an encoded command.
fn words(mut command: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut line = move |take: Option<usize>| {
        let end = match take {
            Some(length) => length,
            None => command.iter().position(|byte| *byte == b'\r')?,
        };
        let (line, rest) = (command.get(..end)?, command.get(end + 2..)?);
        command = rest;
        Some(line)
    };
    line(None);
    std::iter::from_fn(move || {
        let length = std::str::from_utf8(line(None)?.get(1..)?).ok()?.parse().ok()?;
        line(Some(length))
    })
}

impl Subscribe {
    pub(super) fn new(ticket: u32, kind: SubscriptionKind, channels: Vec<Bytes>) -> Self {
        Self { ticket, kind, channels, acknowledged: 0, fresh: Vec::new() }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        write_list(out, self.kind.subscribe_token(), &self.channels);
    }
}

impl Request {
    /// Creates a subscription; `channels` must not be empty, because the server refuses that.
    pub fn subscribe(ticket: u32, kind: SubscriptionKind, channels: Vec<Bytes>) -> Self {
        Self::Subscribe(Box::new(Subscribe::new(ticket, kind, channels)))
    }

    /// Creates an UNSUBSCRIBE. `None` and an empty list mean all channels of the kind, as they do for the server.
    /// Repeated channels are sent once: the second acknowledgement of a channel would look like a subscription that the
    /// server ended by itself.
    pub fn unsubscribe(ticket: u32, kind: SubscriptionKind, channels: Option<Vec<Bytes>>) -> Self {
        let channels = channels.filter(|channels| !channels.is_empty()).map(|mut channels| {
            let mut seen = HashSet::with_capacity(channels.len());
            channels.retain(|channel| seen.insert(channel.clone()));
            channels
        });
        Self::Unsubscribe(Box::new(Unsubscribe { ticket, kind, channels, acknowledged: 0, expected: 0 }))
    }

    /// The ticket of the pending request in JS; [`NO_TICKET`] for inquiries.
    pub fn ticket(&self) -> u32 {
        match self {
            Self::Inquiry { .. } => NO_TICKET,
            Self::Command { ticket, .. } | Self::Monitor { ticket } | Self::Reset { ticket } => *ticket,
            Self::Raw(command) => command.ticket,
            Self::Subscribe(subscribe) => subscribe.ticket,
            Self::Unsubscribe(unsubscribe) => unsubscribe.ticket,
        }
    }

    /// The flags of the boundary of a command of the user; 0 for other requests.
    pub fn flags(&self) -> u32 {
        match self {
            Self::Command { flags, .. } => *flags,
            Self::Raw(command) => command.flags,
            Self::Subscribe(_)
            | Self::Unsubscribe(_)
            | Self::Monitor { .. }
            | Self::Inquiry { .. }
            | Self::Reset { .. } => 0,
        }
    }

    /// Appends the encoded request to `out`. Appends nothing for commands of the user, whose bytes come from JS.
    ///
    /// The names of pub/sub commands are written in lower case, as npm `redis` does, because proxies and ACL logs show
    /// them.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Command { .. } | Self::Raw(_) => {}
            Self::Subscribe(subscribe) => subscribe.encode(out),
            Self::Unsubscribe(unsubscribe) => {
                let channels = unsubscribe.channels.as_deref().unwrap_or_default();
                write_list(out, unsubscribe.kind.unsubscribe_token(), channels);
            }
            Self::Monitor { .. } => write_command(out, &[b"MONITOR"]),
            Self::Inquiry { what, .. } => write_command(out, what.words()),
            Self::Reset { .. } => write_command(out, &[b"RESET"]),
        }
    }
}

/// Appends one command as an array of bulk strings, whose arguments may contain any bytes.
pub fn write_command(out: &mut Vec<u8>, arguments: &[&[u8]]) {
    write_header(out, b'*', arguments.len());
    for argument in arguments {
        write_blob(out, argument);
    }
}

fn write_list(out: &mut Vec<u8>, name: &[u8], arguments: &[Bytes]) {
    write_header(out, b'*', arguments.len() + 1);
    write_blob(out, name);
    for argument in arguments {
        write_blob(out, argument);
    }
}

fn write_blob(out: &mut Vec<u8>, bytes: &[u8]) {
    write_header(out, b'$', bytes.len());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

fn write_header(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{length}\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(request: &Request) -> String {
        let mut out = Vec::new();
        request.encode(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pub_sub_words_are_lower_case() {
        let channels = || vec![Bytes::from_static(b"a"), Bytes::from_static(b"\xc3\xa9")];
        let request = Request::subscribe(1, SubscriptionKind::Sharded, channels());
        assert_eq!(encoded(&request), "*3\r\n$10\r\nssubscribe\r\n$1\r\na\r\n$2\r\n\u{e9}\r\n");
        let request = Request::unsubscribe(1, SubscriptionKind::Patterns, Some(channels()));
        assert_eq!(encoded(&request), "*3\r\n$12\r\npunsubscribe\r\n$1\r\na\r\n$2\r\n\u{e9}\r\n");
        let request = Request::unsubscribe(1, SubscriptionKind::Channels, None);
        assert_eq!(encoded(&request), "*1\r\n$11\r\nunsubscribe\r\n");
        assert_eq!(request, Request::unsubscribe(1, SubscriptionKind::Channels, Some(Vec::new())));
    }

    #[test]
    fn raw_pub_sub_is_read_from_its_wire_form() {
        let read = |words: &[&[u8]]| {
            let mut out = Vec::new();
            write_command(&mut out, words);
            RawPubSub::read(1, 2, &out).map(|command| (command.kind, command.ends, command.channels.len()))
        };
        assert_eq!(read(&[b"SUBSCRIBE", b"a", b"\r\n$1\r\n"]), Some((SubscriptionKind::Channels, false, 2)));
        assert_eq!(read(&[b"sUnsubscribe"]), Some((SubscriptionKind::Sharded, true, 0)));
        assert_eq!(read(&[b"PSUBSCRIBE", b""]), Some((SubscriptionKind::Patterns, false, 1)));
        assert_eq!(read(&[b"SUBSCRIBED", b"a"]), None);
        assert_eq!(RawPubSub::read(1, 2, b"*1\r\n$9\r\nSUBS"), None);
        assert_eq!(RawPubSub::read(1, 2, b""), None);
    }

    #[test]
    fn the_others_are_plain() {
        assert_eq!(encoded(&Request::Monitor { ticket: 1 }), "*1\r\n$7\r\nMONITOR\r\n");
        assert_eq!(encoded(&Request::Reset { ticket: 1 }), "*1\r\n$5\r\nRESET\r\n");
        assert_eq!(encoded(&Request::Command { ticket: 1, flags: 0, slot: NO_SLOT, timeout: 0 }), "");
        assert_eq!(Request::Reset { ticket: 7 }.ticket(), 7);
    }
}
