//! One link: the logical connection of one client, over all its sockets. It has what outlives them: settings, wishes,
//! the backlog, and a stage that owns the [`Connection`].

use std::any::Any;
use std::time::Duration;

use super::backlog::Backlog;
use super::connection::Connection;
use super::timers::Millis;
use crate::config::{DialConfig, RespVersion, SessionConfig};
use crate::proto::command::Request;
use crate::proto::wishes::Wishes;
use crate::transport::DialHandle;

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

/// What an attempt to connect waits for.
pub enum AttemptStep {
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
}

/// The life of a link. Connections are born in an attempt and dropped with their stage.
pub enum Stage {
    /// Not opened, closed, destroyed or given up.
    Closed,
    /// The delay before the next attempt.
    Waiting,
    /// JS decides whether to try again.
    Undecided,
    /// An attempt to connect is under way.
    Attempt(AttemptStep, Box<Connection>),
    /// Commands may be written.
    Ready(Box<Connection>),
}

/// The state of one link.
pub struct Link {
    /// Its id.
    pub id: u32,
    /// Settings.
    pub config: LinkConfig,
    /// What each connection sets up, and the next one restores.
    pub wishes: Wishes,
    /// Where in its life it is.
    pub stage: Stage,
    /// Names the current attempt, or the last one.
    pub serial: u32,
    /// Accepted, unwritten.
    pub backlog: Backlog,
    /// Requests that lost a large argument before they were begun, to be told.
    pub gone: Vec<Request>,
    /// `close()` was called.
    pub draining: bool,
    /// How often this outage was reported: for its beginning, if the link was ready, and for each failed attempt.
    pub retries: u32,
    /// Keeps the process alive while open.
    pub referenced: bool,
    /// The backlog timer that is set.
    pub backlog_timer: Option<Millis>,
    /// The protocol that JS reads replies in.
    pub told_resp: RespVersion,
}

impl Link {
    /// A closed link.
    pub fn new(id: u32, config: LinkConfig) -> Self {
        Self {
            id,
            wishes: Wishes::new(config.session.clone()),
            told_resp: config.session.resp,
            config,
            stage: Stage::Closed,
            serial: 0,
            backlog: Backlog::default(),
            gone: Vec::new(),
            draining: false,
            retries: 0,
            referenced: true,
            backlog_timer: None,
        }
    }

    /// Opened and not ended.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Closed)
    }

    /// Commands may be written.
    pub fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready(_))
    }

    /// An attempt to connect is under way.
    pub fn is_attempting(&self) -> bool {
        matches!(self.stage, Stage::Attempt(..))
    }

    /// The delay before the next attempt is running.
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting)
    }

    /// What the attempt waits for, during one.
    pub fn step(&self) -> Option<&AttemptStep> {
        match &self.stage {
            Stage::Attempt(step, _) => Some(step),
            _ => None,
        }
    }

    /// The connection, or what an attempt has of it.
    pub fn connection(&self) -> Option<&Connection> {
        match &self.stage {
            Stage::Attempt(_, connection) | Stage::Ready(connection) => Some(connection),
            Stage::Closed | Stage::Waiting | Stage::Undecided => None,
        }
    }

    /// The same to change it.
    pub fn connection_mut(&mut self) -> Option<&mut Connection> {
        match &mut self.stage {
            Stage::Attempt(_, connection) | Stage::Ready(connection) => Some(connection),
            Stage::Closed | Stage::Waiting | Stage::Undecided => None,
        }
    }

    /// The connection that has a socket.
    pub fn socket(&mut self) -> Option<&mut Connection> {
        self.connection_mut().filter(|connection| connection.transport.is_some())
    }

    /// There is a connection and the handshake packet is yet to be sent.
    pub fn is_before_handshake(&self) -> bool {
        matches!(self.stage, Stage::Attempt(AttemptStep::CheckingIdentity | AttemptStep::Authenticating, _))
    }

    /// The server accepted the connection and owes its part of the TLS handshake.
    pub fn is_securing(&self) -> bool {
        let Stage::Attempt(AttemptStep::Dialling(dial), _) = &self.stage else { return false };
        dial.downcast_ref::<DialHandle>().is_some_and(DialHandle::is_securing)
    }

    /// The handshake was sent in plain text, and nothing has come back.
    pub fn is_unheard(&self) -> bool {
        let Stage::Attempt(AttemptStep::Handshaking, connection) = &self.stage else { return false };
        !connection.is_heard && self.config.dial.tls.is_none()
    }

    /// The handshake is over. The connection, unless there was no handshake.
    pub fn becomes_ready(&mut self) -> Option<&mut Connection> {
        match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Attempt(AttemptStep::Handshaking, connection) => self.stage = Stage::Ready(connection),
            other => {
                self.stage = other;
                return None;
            }
        }
        self.connection_mut()
    }

    /// How many requests are written and not settled.
    pub fn in_flight(&self) -> usize {
        self.connection().map_or(0, |connection| connection.session.in_flight())
    }

    /// Whether the request with this ticket is queued or in flight. Looks at all of them.
    pub fn has(&self, ticket: u32) -> bool {
        self.backlog.has(ticket) || self.connection().is_some_and(|connection| connection.session.has(ticket))
    }

    /// `close()` was called and nothing is left to wait for. During an attempt only what is queued is worth waiting for.
    pub fn is_done(&self) -> bool {
        self.draining
            && self.backlog.is_empty()
            && match &self.stage {
                Stage::Ready(connection) => connection.is_drained(),
                Stage::Closed => false,
                Stage::Waiting | Stage::Undecided | Stage::Attempt(..) => true,
            }
    }

    /// Writes what was begun, and, once commands may be written, what waits.
    pub fn write(&mut self) {
        match &mut self.stage {
            Stage::Ready(connection) => connection.write(Some(&mut self.backlog), &mut self.gone),
            Stage::Attempt(_, connection) => connection.write(None, &mut self.gone),
            Stage::Closed | Stage::Waiting | Stage::Undecided => {}
        }
    }
}
