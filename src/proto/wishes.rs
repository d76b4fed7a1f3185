//! What a link wants of each of its connections: what a handshake sets up, and what the next one restores.

use bytes::Bytes;

use super::command::{Request, SubscriptionKind};
use super::subscriptions::ChannelSets;
use crate::config::{Credentials, SessionConfig};

/// The wishes of one link. They outlive its connections, whose [`Session`](super::session::Session)s read them in a
/// handshake and change them with what the server acknowledges.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// Settings that do not change.
    pub(super) config: SessionConfig,
    pub(super) credentials: Credentials,
    pub(super) database: u32,
    /// Commands of the user that are repeated, encoded.
    pub(super) restored: Vec<Bytes>,
    pub(super) monitor: bool,
    /// What each handshake subscribes to again, as far as the server has acknowledged it.
    pub(super) subscriptions: ChannelSets,
    /// Whether the server knew HELLO when it was asked last.
    pub(super) knows_hello: Option<bool>,
}

impl Wishes {
    /// What the settings say.
    pub fn new(config: SessionConfig) -> Self {
        Self {
            credentials: Credentials::default(),
            database: config.database,
            restored: Vec::new(),
            monitor: false,
            subscriptions: ChannelSets::default(),
            knows_hello: None,
            config,
        }
    }

    /// The subscriptions that the server acknowledged; the next handshake restores them.
    pub fn subscriptions(&self) -> &ChannelSets {
        &self.subscriptions
    }

    /// Whether MONITOR is on; the next handshake restores it.
    pub fn is_monitoring(&self) -> bool {
        self.monitor
    }

    /// The database that the next handshake selects.
    pub fn database(&self) -> u32 {
        self.database
    }

    /// Remembers the database that the user selected, for the next handshake.
    pub fn set_database(&mut self, database: u32) {
        self.database = database;
    }

    /// Replaces what later handshakes repeat: commands of the user, encoded. RESET ends that.
    pub fn set_restored(&mut self, commands: Vec<Bytes>) {
        self.restored = commands;
    }

    /// Replaces the subscriptions of a kind that the next handshake asks for: a link takes over what another one had.
    pub fn set_subscriptions(&mut self, kind: SubscriptionKind, channels: Vec<Bytes>) {
        self.subscriptions.replace(kind, channels);
    }

    /// The next handshake asks for MONITOR.
    pub fn set_monitor(&mut self) {
        self.monitor = true;
    }

    /// Replaces the credentials, for the next handshake (that after a RESET included).
    pub fn set_credentials(&mut self, credentials: Credentials) {
        self.credentials = credentials;
    }

    /// A request will not be (or may not have been) run. What it was to end is not restored: nobody listens any more.
    pub fn forsake(&mut self, request: &Request) {
        if let Request::Unsubscribe(unsubscribe) = request {
            match &unsubscribe.channels {
                Some(channels) => {
                    channels.iter().for_each(|channel| _ = self.subscriptions.remove(unsubscribe.kind, channel))
                }
                None => self.subscriptions.clear(unsubscribe.kind),
            }
        }
    }

    /// `RESET`: the server forgets what the user has set up, and so does the link.
    pub(super) fn reset(&mut self) {
        self.subscriptions = ChannelSets::default();
        self.monitor = false;
        self.database = self.config.database;
        self.restored.clear();
    }
}
