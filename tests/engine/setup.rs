//! The choices of tests: how commands are submitted, and the settings of links.

use std::time::Duration;

use oxredis::config::{DialConfig, Endpoint, Family, RespVersion, SessionConfig};
use oxredis::engine::link::LinkConfig;

use crate::values::Shape;

/// How a command is submitted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    pub asap: bool,
    pub timeout: u32,
    pub cancellable: bool,
    /// Cancelled before the flush.
    pub cancelled: bool,
    pub bytes: bool,
    /// Whether the link's cache stores the reply.
    pub cache: bool,
}

/// What JS does in the middle of a delivery.
#[derive(Debug, Clone, Copy)]
pub enum Todo {
    Submit(usize, Shape),
    Destroy(usize),
    Close(usize),
}

/// The settings of a link without options.
pub fn config() -> LinkConfig {
    LinkConfig {
        dial: DialConfig {
            endpoint: Endpoint::Tcp { host: "localhost".into(), port: 6379 },
            addresses: Vec::new(),
            family: Family::Any,
            local_address: None,
            local_port: 0,
            no_delay: true,
            keep_alive: None,
            tcp_user_timeout: None,
            tls: None,
        },
        session: SessionConfig {
            resp: RespVersion::V3,
            name: None,
            database: 0,
            readonly: false,
            client_info: None,
            tracking: None,
            keeps_commands: false,
            maint_notifications: None,
        },
        connect_timeout: 5000,
        socket_timeout: 0,
        relaxed_command_timeout: 0,
        relaxed_socket_timeout: 0,
        disable_offline_queue: false,
        custom_endpoint: false,
        custom_lookup: false,
        credentials: None,
        pump: false,
        busy_poll: Duration::ZERO,
        cache: None,
    }
}
