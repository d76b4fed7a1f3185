//! Events that the engine reports to JS, besides replies. The binding passes each to JS in one call, as numbers and
//! strings.

use crate::config::RespVersion;
use crate::error::EngineError;

pub use crate::boundary::{Failure, RequestPhase};
use crate::boundary::{PushKind, QuestionKind};

/// What a server says of its maintenance. `None` stands for what the notice does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The word that it begins with.
    pub kind: PushKind,
    /// The sequence id, by which copies are recognised.
    pub sequence: Option<i64>,
    /// MOVING: the grace period. Others: when the maintenance begins.
    pub seconds: Option<u32>,
    /// MOVING: the endpoint to move to, a host without brackets and a port; `None`: the configured one.
    pub target: Option<(String, u16)>,
    /// The shards that are concerned.
    pub shards: Option<String>,
    /// SMIGRATED: which slots have gone where.
    pub moves: Vec<SlotsMoved>,
}

/// Slots that a server has handed to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotsMoved {
    /// The address of the server that had them.
    pub source: String,
    /// The address of the server that has them now.
    pub target: String,
    /// The slots, such as `1,5-9`.
    pub slots: String,
}

/// A question that the engine asks JS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Where to connect to.
    Endpoint,
    /// The addresses of a host.
    Lookup {
        /// The host, unless it is the configured one.
        host: Option<String>,
    },
    /// Whether the peer's certificate is that of the wanted server.
    Identity {
        /// Its certificate (DER).
        certificate: Vec<u8>,
        /// The host, unless it is the configured one.
        host: Option<String>,
    },
    /// User name and password for the handshake.
    Credentials,
    /// Whether and when to connect again, after an attempt failed or the connection was lost.
    Retry {
        /// The error; `None` if JS itself failed the attempt and has the error.
        error: Option<EngineError>,
        /// The number of failed attempts since the link was ready.
        retries: u32,
    },
}

impl Question {
    /// Returns the kind of this question.
    pub fn kind(&self) -> QuestionKind {
        match self {
            Self::Endpoint => QuestionKind::Endpoint,
            Self::Lookup { .. } => QuestionKind::Lookup,
            Self::Identity { .. } => QuestionKind::Identity,
            Self::Credentials => QuestionKind::Credentials,
            Self::Retry { .. } => QuestionKind::Retry,
        }
    }
}

/// One event of a link, in the order in which JS must see it.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// The socket is open.
    Connected,
    /// The handshake has succeeded.
    Ready {
        /// The RESP version of the connection.
        resp: RespVersion,
    },
    /// The engine asks a question, which JS must answer with `Engine::answer`.
    Ask {
        /// The waiting connection attempt, or the connection that was lost.
        serial: u32,
        /// The question.
        what: Question,
    },
    /// A new connection has replaced the old one without an interruption.
    HandedOver {
        /// The RESP version of the new connection.
        resp: RespVersion,
    },
    /// The replacement connection could not be opened, or was lost before it took over; the old connection stays in
    /// use.
    HandOverFailed {
        /// The error; `None` if JS itself failed the attempt and has the error.
        error: Option<EngineError>,
    },
    /// The connection was lost while `close` waited for it; `Ended` follows.
    LostWhileClosing {
        /// The error; `None` if JS itself failed the attempt and has the error.
        error: Option<EngineError>,
    },
    /// A new connection attempt starts.
    Reconnecting,
    /// `close` or `destroy` is complete.
    Ended,
    /// The server ended a sharded subscription because its slot moved.
    ShardedChannelMoved {
        /// The channel.
        channel: Vec<u8>,
    },
    /// The connection uses this protocol for replies from now on.
    Protocol {
        /// The RESP version.
        resp: RespVersion,
        /// The server's error if it does not know the wanted version.
        fallback: Option<EngineError>,
    },
    /// The server refused to restore a subscription of the previous connection, and the link gives it up.
    SubscriptionRefused {
        /// 0 channel, 1 pattern, 2 sharded channel.
        kind: u8,
        /// The channel.
        channel: Vec<u8>,
        /// The server's error.
        error: EngineError,
    },
    /// The server refused a command of the user that the handshake repeated.
    CommandRefused {
        /// Its index in the list of commands to repeat.
        number: u16,
        /// The server's error.
        error: EngineError,
    },
    /// A node of a cluster has a link, or another one than before.
    NodeAdded {
        /// The link.
        link: u32,
        /// The number of the node.
        node: u16,
        /// The host that the cluster announces.
        host: String,
        /// The port that the cluster announces.
        port: u16,
        /// The name that the cluster has for it; empty if it is unknown.
        node_id: String,
    },
    /// A node is no longer part of a cluster.
    NodeRemoved {
        /// The number of the node.
        node: u16,
    },
    /// The layout of a cluster.
    Topology {
        /// See [`NativeEvent::Topology`](crate::boundary::NativeEvent::Topology).
        detail: String,
    },
    /// A redirection has named another owner of a slot.
    SlotMoved {
        /// The slot.
        slot: u16,
        /// The number of the node that owns it now.
        node: u16,
    },
    /// A command of a cluster is about to fail in the queue, after servers have refused it.
    RefusedBefore {
        /// Its ticket.
        ticket: u32,
        /// The error of the server that was asked last.
        error: String,
    },
    /// A server that was asked has told the layout of a cluster.
    Discovered {
        /// The link to the server.
        link: u32,
    },
    /// A server that was asked has not told the layout of a cluster.
    NotDiscovered {
        /// The link to the server.
        link: u32,
        /// Why.
        error: EngineError,
    },
    /// No node of a cluster can be asked for the layout.
    Unreachable,
    /// The server has told of maintenance.
    Maintenance {
        /// The notice.
        notice: Box<Notice>,
        /// It was handled before, and has no effect.
        is_repeated: bool,
    },
    /// A malformed notice of maintenance was ignored.
    MaintenanceIgnored {
        /// The kind that its first word names.
        kind: PushKind,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The limits of commands and of the socket are relaxed, or no longer are.
    Relaxed {
        /// Whether they are.
        on: bool,
    },
    /// The cache of the link has events for its listeners.
    CacheNews,
    /// A connection was dropped that received into a block lent by JS; the engine no longer uses the block.
    BlockDropped {
        /// The number of the block.
        block: i32,
    },
}
