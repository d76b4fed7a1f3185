//! One link: the logical connection of one client. It outlives its sockets and keeps the settings, the state to restore
//! after a reconnect, the backlog, and a stage that owns the current [`Connection`].

use std::time::Duration;

use super::attempt::Attempt;
use super::backlog::Backlog;
use super::cluster::Staged;
use super::connection::Connection;
use super::handing::Arrival;
use super::maintenance::Maintenance;
use super::timers::Millis;
use crate::config::{Credentials, DialConfig, RespVersion, SessionConfig};
use crate::proto::command::Request;
use crate::proto::wishes::Wishes;

/// Settings of a link.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// Host or path, TLS and socket options.
    pub dial: DialConfig,
    /// What each handshake sets up.
    pub session: SessionConfig,
    /// Maximum time from the dial to the end of the handshake, in ms; 0: no limit.
    pub connect_timeout: Millis,
    /// Maximum time without traffic on a ready connection, in ms; 0: no limit.
    pub socket_timeout: Millis,
    /// How long a command may stay unwritten while the server is under maintenance, if it has a limit at all, in ms;
    /// 0: its own limit counts.
    pub relaxed_command_timeout: Millis,
    /// What takes the place of `socket_timeout` while the server is under maintenance, if it is set and shorter.
    pub relaxed_socket_timeout: Millis,
    /// Whether queued requests fail when the connection is lost.
    pub disable_offline_queue: bool,
    /// Whether JS is asked for the endpoint before each attempt.
    pub custom_endpoint: bool,
    /// Whether JS resolves the host name.
    pub custom_lookup: bool,
    /// User and password; `None`: JS is asked before each handshake.
    pub credentials: Option<Credentials>,
    /// Whether the pump transport must be used.
    pub pump: bool,
    /// How long to poll the socket for a reply before sleeping; zero: never. Only the uv transport polls.
    pub busy_poll: Duration,
    /// The id of the client-side cache.
    pub cache: Option<u32>,
}

/// The stages in the life of a link. A connection is created by an attempt and dropped with the stage that owns it.
pub enum Stage {
    /// Not open: never opened, closed, destroyed or given up.
    Closed,
    /// A node of a cluster that is connected when it is needed.
    Unopened,
    /// Waiting for the delay before the next attempt.
    Waiting,
    /// Waiting for the reconnect strategy of JS.
    Undecided,
    /// Connecting.
    Attempt(Attempt),
    /// Commands may be written.
    Ready(Box<Connection>),
    /// A hand-over: the old connection carries commands while a new one is set up to replace it ([`super::handing`]).
    Handing {
        /// The connection that commands are written to.
        old: Box<Connection>,
        /// The connection that takes over.
        new: Attempt,
    },
}

/// The state of one link.
pub struct Link {
    /// Its id.
    pub id: u32,
    /// Settings.
    pub config: LinkConfig,
    /// The state that each connection sets up or restores (subscriptions, MONITOR, …).
    pub wishes: Wishes,
    /// The current stage.
    pub stage: Stage,
    /// The serial of the current or last attempt.
    pub serial: u32,
    /// Accepted requests that are not yet written.
    pub backlog: Backlog,
    /// Requests that lost a large argument before any of their bytes were written; they are yet to be rejected.
    pub gone: Vec<Request>,
    /// Whether `close()` was called.
    pub draining: bool,
    /// Number of errors of the current outage: the loss of the connection, if there was one, and each failed attempt.
    pub retries: u32,
    /// Whether the link keeps the process alive while it is open.
    pub referenced: bool,
    /// When the earliest set backlog timer is due.
    pub backlog_timer: Option<Millis>,
    /// The protocol version in which JS decodes replies.
    pub told_resp: RespVersion,
    /// The id of the cluster client that this link belongs to.
    pub cluster: Option<u32>,
    /// Set while a connection has taken over and gets no requests yet.
    pub arrival: Option<Box<Arrival>>,
    /// What the server tells of its maintenance, if it has told anything.
    pub maintenance: Option<Box<Maintenance>>,
    /// Commands that a cluster has chosen the link for, in the batch that is being queued.
    pub staged: Staged,
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
            cluster: None,
            arrival: None,
            maintenance: None,
            staged: Staged::default(),
        }
    }

    /// Whether the link was opened and has not ended.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Closed)
    }

    /// Commands may be written.
    pub fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready(_) | Stage::Handing { .. })
    }

    /// Whether the link waits for the delay before the next attempt.
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting)
    }

    /// The current attempt, if there is one.
    pub fn attempt(&self) -> Option<&Attempt> {
        match &self.stage {
            Stage::Attempt(attempt) | Stage::Handing { new: attempt, .. } => Some(attempt),
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided | Stage::Ready(_) => None,
        }
    }

    /// The current attempt, if it has this serial.
    pub fn attempt_mut(&mut self, serial: u32) -> Option<&mut Attempt> {
        match &mut self.stage {
            Stage::Attempt(attempt) | Stage::Handing { new: attempt, .. } => Some(attempt),
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided | Stage::Ready(_) => None,
        }
        .filter(|attempt| attempt.connection.serial == serial)
    }

    /// The connection that requests are written to; while connecting, that of the attempt.
    pub fn connection(&self) -> Option<&Connection> {
        match &self.stage {
            Stage::Attempt(Attempt { connection, .. })
            | Stage::Ready(connection)
            | Stage::Handing { old: connection, .. } => Some(connection),
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided => None,
        }
    }

    /// Like `connection`, but mutable.
    pub fn connection_mut(&mut self) -> Option<&mut Connection> {
        match &mut self.stage {
            Stage::Attempt(Attempt { connection, .. })
            | Stage::Ready(connection)
            | Stage::Handing { old: connection, .. } => Some(connection),
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided => None,
        }
    }

    /// All connections of the link, beginning with the one that requests are written to.
    pub fn connections_mut(&mut self) -> impl Iterator<Item = &mut Connection> {
        let (first, second) = match &mut self.stage {
            Stage::Attempt(Attempt { connection, .. }) | Stage::Ready(connection) => (Some(connection), None),
            Stage::Handing { old, new } => (Some(old), Some(&mut new.connection)),
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided => (None, None),
        };
        first.into_iter().chain(second).map(|connection| &mut **connection)
    }

    /// The connection with this serial, and the state that it must set up.
    pub fn connection_by(&mut self, serial: u32) -> Option<(&mut Connection, &mut Wishes)> {
        let connection = match &mut self.stage {
            Stage::Attempt(Attempt { connection, .. }) | Stage::Ready(connection) => connection,
            Stage::Handing { old, .. } if old.serial == serial => old,
            Stage::Handing { new, .. } => &mut new.connection,
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided => return None,
        };
        (connection.serial == serial).then_some((connection, &mut self.wishes))
    }

    /// How long a ready connection may be silent, in ms, and whether maintenance of the server has relaxed that.
    pub fn silence_limit(&self) -> (Millis, bool) {
        let (own, relaxed) = (self.config.socket_timeout, self.config.relaxed_socket_timeout);
        let is_relaxed = self.maintenance.as_ref().is_some_and(|maintenance| maintenance.is_relaxed()) && own < relaxed;
        (if is_relaxed { relaxed } else { own }, is_relaxed)
    }

    /// Number of requests that are written and not settled.
    pub fn in_flight(&self) -> usize {
        self.connection().map_or(0, |connection| connection.session.in_flight())
    }

    /// Whether the request with this ticket is queued or in flight. Linear search.
    pub fn has(&self, ticket: u32) -> bool {
        self.backlog.has(ticket) || self.connection().is_some_and(|connection| connection.session.has(ticket))
    }

    /// Whether a link on which `close()` was called can end now. During an attempt it waits only for queued requests.
    pub fn is_done(&self) -> bool {
        self.draining
            && self.backlog.is_empty()
            && match &self.stage {
                Stage::Ready(connection) | Stage::Handing { old: connection, .. } => connection.is_drained(),
                Stage::Closed => false,
                Stage::Unopened | Stage::Waiting | Stage::Undecided | Stage::Attempt(_) => true,
            }
    }

    /// Writes the rest of the partly written request and, if the link is ready, the queued requests.
    pub fn write(&mut self) {
        match &mut self.stage {
            Stage::Ready(connection) => connection.write(Some(&mut self.backlog), &mut self.gone),
            Stage::Attempt(attempt) => attempt.connection.write(None, &mut self.gone),
            Stage::Handing { old, new } => {
                old.write(Some(&mut self.backlog), &mut self.gone);
                new.connection.write(None, &mut self.gone);
            }
            Stage::Closed | Stage::Unopened | Stage::Waiting | Stage::Undecided => {}
        }
    }
}
