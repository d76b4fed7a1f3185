//! What the engine tells JS besides replies. The binding turns each into one call with numbers and strings.

use crate::config::RespVersion;
use crate::error::EngineError;

use crate::boundary::QuestionKind;
pub use crate::boundary::{Failure, RequestPhase};

/// What the engine asks JS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Where to connect to.
    Endpoint,
    /// The addresses of the host.
    Lookup,
    /// Whether the peer is who it should be.
    Identity {
        /// Its certificate (DER).
        certificate: Vec<u8>,
    },
    /// User and password for the handshake.
    Credentials,
    /// An attempt failed or the connection was lost: whether and when to try again.
    Retry {
        /// What happened; `None` when JS itself failed the attempt and holds the error.
        error: Option<EngineError>,
        /// Failed attempts so far in this outage.
        retries: u32,
    },
}

impl Question {
    /// Which question it is.
    pub fn kind(&self) -> QuestionKind {
        match self {
            Self::Endpoint => QuestionKind::Endpoint,
            Self::Lookup => QuestionKind::Lookup,
            Self::Identity { .. } => QuestionKind::Identity,
            Self::Credentials => QuestionKind::Credentials,
            Self::Retry { .. } => QuestionKind::Retry,
        }
    }
}

/// One event of a link, in the order JS must see it.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// The socket is open.
    Connected,
    /// The handshake is done.
    Ready {
        /// The RESP version that the session speaks.
        resp: RespVersion,
    },
    /// JS must answer (`Engine::answer`).
    Ask {
        /// The attempt that waits, or the connection that was lost.
        serial: u32,
        /// What is asked.
        what: Question,
    },
    /// A new connection has taken the place of the old one, without an outage.
    HandedOver {
        /// The RESP version that it speaks.
        resp: RespVersion,
    },
    /// The new connection could not be made, or was lost before it took over; the old one goes on.
    HandOverFailed {
        /// Why; `None` when JS failed the attempt and holds the error.
        error: Option<EngineError>,
    },
    /// The connection was lost while `close` waited for it; `Ended` follows.
    LostWhileClosing {
        /// What happened; `None` when JS itself failed the attempt and holds the error.
        error: Option<EngineError>,
    },
    /// A new attempt starts.
    Reconnecting,
    /// `close` or `destroy` is complete.
    Ended,
    /// The server withdrew a sharded subscription.
    ShardedChannelMoved {
        /// The channel.
        channel: Vec<u8>,
    },
    /// Replies are read in this protocol from now on.
    Protocol {
        /// The RESP version.
        resp: RespVersion,
        /// The server's words where it does not know the version that was wanted.
        fallback: Option<EngineError>,
    },
    /// The server refused a subscription that the connection before had; the link no longer wants it.
    SubscriptionRefused {
        /// 0 channel, 1 pattern, 2 sharded channel.
        kind: u8,
        /// The channel.
        channel: Vec<u8>,
        /// The server's error.
        error: EngineError,
    },
    /// The server refused a command that was repeated for the user.
    CommandRefused {
        /// Its place among those that were given.
        number: u16,
        /// The server's error.
        error: EngineError,
    },
    /// Listeners of the link's cache have something to hear.
    CacheNews,
    /// A connection is gone that JS has lent a block: the engine does not touch it any more.
    BlockDropped {
        /// The number of the block.
        block: i32,
    },
}
