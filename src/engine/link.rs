//! One link: the logical connection of one client, over all its sockets.

use std::any::Any;
use std::time::Duration;

use super::backlog::Backlog;
use super::input::Input;
use super::pieces::Unsent;
use super::timers::Millis;
use crate::config::{DialConfig, RespVersion, SessionConfig};
use crate::error::EngineError;
use crate::event::RequestPhase;
use crate::proto::command::Request;
use crate::proto::parser::{Limits, Parser};
use crate::proto::session::Session;
use crate::proto::wishes::Wishes;
use crate::transport::{DialHandle, Transport};

/// Settings of a link.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// How to connect.
    pub dial: DialConfig,
    /// What to set up on each connection.
    pub session: SessionConfig,
    /// Time from the dial to the end of the handshake, in ms; 0 unlimited.
    pub connect_timeout: Millis,
    /// Longest silence of a ready connection, in ms; 0 unlimited.
    pub socket_timeout: Millis,
    /// Queued requests fail when the connection is lost.
    pub disable_offline_queue: bool,
    /// JS resolves the host name.
    pub custom_lookup: bool,
    /// True forces the pump transport.
    pub pump: bool,
    /// How long to look for a reply before sleeping; zero never. Only the uv transport does it.
    pub busy_poll: Duration,
    /// The cache that replies are kept in.
    pub cache: Option<u32>,
}

/// A dial under way; dropping it cancels it.
pub type Attempt = Box<dyn Any>;

/// The life of a link.
pub enum Phase {
    /// Not opened, closed, destroyed or given up.
    Closed,
    /// JS resolves the host name.
    LookingUp,
    /// A connection is being made.
    Dialling(Attempt),
    /// JS judges the peer's certificate.
    CheckingIdentity,
    /// JS finds the credentials.
    Authenticating,
    /// The handshake packet was sent.
    Handshaking,
    /// Commands may be written.
    Ready,
    /// JS decides whether to try again.
    Undecided,
    /// The delay before the next attempt.
    Waiting,
}

/// The state of one link.
pub struct Link {
    /// Its id.
    pub id: u32,
    /// Settings.
    pub config: LinkConfig,
    /// What each of its connections sets up.
    pub wishes: Wishes,
    /// The protocol state of the connection.
    pub session: Session,
    /// Where in its life it is.
    pub phase: Phase,
    /// The open connection.
    pub transport: Option<Box<dyn Transport>>,
    /// Names the current attempt or connection; answers and reports for another one are stale.
    pub serial: u32,
    /// Accepted, unwritten.
    pub backlog: Backlog,
    /// The unwritten rest of the request that was begun, or handshake bytes.
    pub out: Unsent,
    /// Requests that lost a large argument before they were begun, to be told.
    pub gone: Vec<Request>,
    /// The connection cannot go on, as a request lost a large argument: the one that was written last, half-way, or the
    /// next one (queued) of a chain that was begun.
    pub cut: Option<RequestPhase>,
    /// Something was written that had to wait.
    pub has_moved: bool,
    /// Whether writability is being watched.
    pub watching: bool,
    /// Received bytes.
    pub input: Input,
    /// Where parsing is.
    pub parser: Parser,
    /// `close()` was called.
    pub draining: bool,
    /// How often this outage was reported: for its beginning, if the link was ready, and for each failed attempt.
    pub retries: u32,
    /// Keeps the process alive while open.
    pub referenced: bool,
    /// A write failed; the loss is handled outside the caller's stack.
    pub broken: Option<EngineError>,
    /// The last read filled its buffer: there may be more.
    pub last_read_full: bool,
    /// Something was received on this connection.
    pub is_heard: bool,
    /// Last traffic, for `socket_timeout`.
    pub active_at: Millis,
    /// The backlog timer that is set.
    pub backlog_timer: Option<Millis>,
    /// The server tells this connection when keys change that were read over it.
    pub is_tracked: bool,
    /// The protocol that JS reads replies in.
    pub told_resp: RespVersion,
}

impl Link {
    /// A closed link.
    pub fn new(id: u32, config: LinkConfig) -> Self {
        let resp = config.session.resp;
        let wishes = Wishes::new(config.session.clone());
        Self {
            id,
            session: Session::new(&wishes),
            wishes,
            config,
            phase: Phase::Closed,
            transport: None,
            serial: 0,
            backlog: Backlog::default(),
            out: Unsent::default(),
            gone: Vec::new(),
            cut: None,
            has_moved: false,
            watching: false,
            input: Input::default(),
            parser: Parser::new(Limits::default()),
            draining: false,
            retries: 0,
            referenced: true,
            broken: None,
            last_read_full: false,
            is_heard: false,
            active_at: 0,
            backlog_timer: None,
            is_tracked: false,
            told_resp: resp,
        }
    }

    /// Opened and not ended.
    pub fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Closed)
    }

    /// Commands may be written.
    pub fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Ready)
    }

    /// An attempt to connect is under way.
    pub fn is_attempting(&self) -> bool {
        match self.phase {
            Phase::LookingUp | Phase::Dialling(_) | Phase::Handshaking => true,
            Phase::CheckingIdentity | Phase::Authenticating => true,
            Phase::Closed | Phase::Ready | Phase::Undecided | Phase::Waiting => false,
        }
    }

    /// There is a connection and the handshake packet is yet to be sent.
    pub fn is_before_handshake(&self) -> bool {
        matches!(self.phase, Phase::CheckingIdentity | Phase::Authenticating)
    }

    /// JS has to hear of the protocol: it is another one than before, or not the one that was wanted.
    pub fn has_other_protocol(&self) -> bool {
        self.session.resp() != self.told_resp || self.session.fallback().is_some()
    }

    /// The server accepted the connection and owes its part of the TLS handshake.
    pub fn is_securing(&self) -> bool {
        let Phase::Dialling(attempt) = &self.phase else { return false };
        attempt.downcast_ref::<DialHandle>().is_some_and(DialHandle::is_securing)
    }

    /// The handshake was sent in plain text, and nothing has come back.
    pub fn is_unheard(&self) -> bool {
        matches!(self.phase, Phase::Handshaking) && !self.is_heard && self.config.dial.tls.is_none()
    }

    /// Nothing is queued, unwritten or in flight.
    pub fn is_drained(&self) -> bool {
        self.backlog.is_empty() && self.out.is_empty() && self.session.in_flight() == 0
    }

    /// Drops the connection and all that belongs to it. Returns the requests that were in flight.
    pub fn disconnect(&mut self) -> Vec<Request> {
        self.transport = None;
        self.is_heard = false;
        self.out = Unsent::default();
        self.cut = None;
        self.watching = false;
        self.input.clear();
        self.parser.reset();
        self.broken = None;
        let lost = self.session.end(&mut self.wishes);
        self.session = Session::new(&self.wishes);
        lost
    }
}
