//! The state that a link wants each of its connections to have. Handshakes set it up, and restore it after a reconnect.

use bytes::Bytes;

use super::command::{Request, SubscriptionKind};
use super::subscriptions::ChannelSets;
use crate::config::{Credentials, SessionConfig};

/// The wanted state of one link. It outlives the link's connections: their [`Session`](super::session::Session)s read
/// it in a handshake, and update it with what the server acknowledges.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// Settings. Only `readonly` changes, with the role of a cluster's node.
    pub(super) config: SessionConfig,
    pub(super) credentials: Credentials,
    pub(super) database: u32,
    /// Encoded commands of the user that each handshake repeats.
    pub(super) restored: Vec<Bytes>,
    pub(super) monitor: bool,
    /// The subscriptions that the server has acknowledged; each handshake restores them.
    pub(super) subscriptions: ChannelSets,
    /// Whether the last server knew HELLO; `None` if it is not known.
    pub(super) knows_hello: Option<bool>,
    /// The type of endpoints that the server is asked to tell in notices of maintenance; `None`: it is not asked.
    pub(super) endpoint_type: Option<String>,
}

impl Wishes {
    /// Creates the state that the settings describe.
    pub fn new(config: SessionConfig) -> Self {
        Self {
            credentials: Credentials::default(),
            database: config.database,
            restored: Vec::new(),
            monitor: false,
            subscriptions: ChannelSets::default(),
            knows_hello: None,
            endpoint_type: config.maint_notifications.as_ref().map(|maint| maint.endpoint_type.clone()),
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

    /// Sets the encoded commands of the user that later handshakes repeat. RESET clears them.
    pub fn set_restored(&mut self, commands: Vec<Bytes>) {
        self.restored = commands;
    }

    /// Sets the subscriptions of a kind that the next handshake restores, for a link that replaces another one.
    pub fn set_subscriptions(&mut self, kind: SubscriptionKind, channels: Vec<Bytes>) {
        self.subscriptions.replace(kind, channels);
    }

    /// Makes the next handshake send MONITOR.
    pub fn set_monitor(&mut self) {
        self.monitor = true;
    }

    /// Sets the type of endpoints that later handshakes ask to be told in notices of maintenance; `None`: they do not ask.
    pub fn set_endpoint_type(&mut self, endpoint_type: Option<String>) {
        self.endpoint_type = endpoint_type;
    }

    /// Sets whether later handshakes send READONLY.
    pub fn set_readonly(&mut self, readonly: bool) {
        self.config.readonly = readonly;
    }

    /// Sets the credentials for the next handshake (also for the one after a RESET).
    pub fn set_credentials(&mut self, credentials: Credentials) {
        self.credentials = credentials;
    }

    /// Notes that a request was not run, or may not have been. If it was to end subscriptions, they are not restored
    /// either: nobody listens to them any more.
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

    /// Clears what the user has set up, because `RESET` makes the server forget it too.
    pub(super) fn reset(&mut self) {
        self.subscriptions = ChannelSets::default();
        self.monitor = false;
        self.database = self.config.database;
        self.restored.clear();
    }
}
