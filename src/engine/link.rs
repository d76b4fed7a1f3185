//! One link: the logical connection of one client, over all its sockets. It has what outlives them: settings, wishes,
//! the backlog, and a stage that owns the [`Connection`].

use std::time::Duration;

use super::attempt::Attempt;
use super::backlog::Backlog;
use super::connection::Connection;
use super::timers::Millis;
use crate::config::{Credentials, DialConfig, RespVersion, SessionConfig};
use crate::proto::command::Request;
use crate::proto::wishes::Wishes;

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
    /// JS says where to connect to, before each attempt.
    pub custom_endpoint: bool,
    /// JS resolves the host name.
    pub custom_lookup: bool,
    /// User and password. None: JS is asked before each handshake.
    pub credentials: Option<Credentials>,
    /// True forces the pump transport.
    pub pump: bool,
    /// How long to look for a reply before sleeping; zero never. Only the uv transport does it.
    pub busy_poll: Duration,
    /// The cache that replies are kept in.
    pub cache: Option<u32>,
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
    Attempt(Attempt),
    /// Commands may be written.
    Ready(Box<Connection>),
    /// The old connection serves while a new one is set up, which then takes over ([`super::handing`]).
    Handing {
        /// Commands are written here.
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
    /// The logical client whose node it leads to.
    pub cluster: Option<u32>,
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
        }
    }

    /// Opened and not ended.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Closed)
    }

    /// Commands may be written.
    pub fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready(_) | Stage::Handing { .. })
    }

    /// The delay before the next attempt is running.
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting)
    }

    /// The attempt under way.
    pub fn attempt(&self) -> Option<&Attempt> {
        match &self.stage {
            Stage::Attempt(attempt) | Stage::Handing { new: attempt, .. } => Some(attempt),
            Stage::Closed | Stage::Waiting | Stage::Undecided | Stage::Ready(_) => None,
        }
    }

    /// The attempt under way, if it is the one with this serial.
    pub fn attempt_mut(&mut self, serial: u32) -> Option<&mut Attempt> {
        match &mut self.stage {
            Stage::Attempt(attempt) | Stage::Handing { new: attempt, .. } => Some(attempt),
            Stage::Closed | Stage::Waiting | Stage::Undecided | Stage::Ready(_) => None,
        }
        .filter(|attempt| attempt.connection.serial == serial)
    }

    /// The connection that requests are written to, or the one that an attempt may come to have.
    pub fn connection(&self) -> Option<&Connection> {
        match &self.stage {
            Stage::Attempt(Attempt { connection, .. })
            | Stage::Ready(connection)
            | Stage::Handing { old: connection, .. } => Some(connection),
            Stage::Closed | Stage::Waiting | Stage::Undecided => None,
        }
    }

    /// The same to change it.
    pub fn connection_mut(&mut self) -> Option<&mut Connection> {
        match &mut self.stage {
            Stage::Attempt(Attempt { connection, .. })
            | Stage::Ready(connection)
            | Stage::Handing { old: connection, .. } => Some(connection),
            Stage::Closed | Stage::Waiting | Stage::Undecided => None,
        }
    }

    /// All of its connections: the one that serves first.
    pub fn connections_mut(&mut self) -> impl Iterator<Item = &mut Connection> {
        let (first, second) = match &mut self.stage {
            Stage::Attempt(Attempt { connection, .. }) | Stage::Ready(connection) => (Some(connection), None),
            Stage::Handing { old, new } => (Some(old), Some(&mut new.connection)),
            Stage::Closed | Stage::Waiting | Stage::Undecided => (None, None),
        };
        first.into_iter().chain(second).map(|connection| &mut **connection)
    }

    /// The connection with this serial, and what the link wants of it.
    pub fn connection_by(&mut self, serial: u32) -> Option<(&mut Connection, &mut Wishes)> {
        let connection = match &mut self.stage {
            Stage::Attempt(Attempt { connection, .. }) | Stage::Ready(connection) => connection,
            Stage::Handing { old, .. } if old.serial == serial => old,
            Stage::Handing { new, .. } => &mut new.connection,
            Stage::Closed | Stage::Waiting | Stage::Undecided => return None,
        };
        (connection.serial == serial).then_some((connection, &mut self.wishes))
    }

    /// How many requests are written and not settled.
    pub fn in_flight(&self) -> usize {
        self.connection().map_or(0, |connection| connection.session.in_flight())
    }

    /// Whether the request with this ticket is queued or in flight. Looks at all of them.
    pub fn has(&self, ticket: u32) -> bool {
        self.backlog.has(ticket) || self.connection().is_some_and(|connection| connection.session.has(ticket))
    }

    /// `close()` was called and nothing is left to wait for. During an attempt only what is queued is worth waiting
    /// for.
    pub fn is_done(&self) -> bool {
        self.draining
            && self.backlog.is_empty()
            && match &self.stage {
                Stage::Ready(connection) | Stage::Handing { old: connection, .. } => connection.is_drained(),
                Stage::Closed => false,
                Stage::Waiting | Stage::Undecided | Stage::Attempt(_) => true,
            }
    }

    /// Writes what was begun, and, once commands may be written, what waits.
    pub fn write(&mut self) {
        match &mut self.stage {
            Stage::Ready(connection) => connection.write(Some(&mut self.backlog), &mut self.gone),
            Stage::Attempt(attempt) => attempt.connection.write(None, &mut self.gone),
            Stage::Handing { old, new } => {
                old.write(Some(&mut self.backlog), &mut self.gone);
                new.connection.write(None, &mut self.gone);
            }
            Stage::Closed | Stage::Waiting | Stage::Undecided => {}
        }
    }
}
