//! The replies with which a node of a cluster redirects a command (redis.io, "Redis cluster specification", "MOVED
//! Redirection" and "ASK redirection").

use super::slots::SLOTS;
use crate::proto::server_error::ServerErrorKind;

/// The address of a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// A name or an IP address. If empty, the host of the server that sent the reply.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A redirection to the node that serves the slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// The slot belongs to another node.
    Moved {
        /// The slot.
        slot: u16,
        /// The owner.
        address: Address,
    },
    /// The slot is being moved to another node, and that node already has the keys.
    Ask {
        /// The slot.
        slot: u16,
        /// The node.
        address: Address,
    },
}

impl Redirect {
    /// Sets the host where the server told none: it is its own.
    pub fn with_host(mut self, own: &str) -> Self {
        let (Self::Moved { address, .. } | Self::Ask { address, .. }) = &mut self;
        if address.host.is_empty() {
            address.host = own.to_owned();
        }
        self
    }

    /// Parses the text of an error reply; `None` if it is another error.
    pub fn read(text: &[u8]) -> Option<Self> {
        let is_moved = match ServerErrorKind::of(text)? {
            ServerErrorKind::Moved => true,
            ServerErrorKind::Ask => false,
            _ => return None,
        };
        let mut words = std::str::from_utf8(text).ok()?.split(' ').skip(1);
        let slot: u16 = words.next()?.parse().ok().filter(|slot| usize::from(*slot) < SLOTS)?;
        // The host may be an IPv6 address, with or without brackets, so the port follows the last colon.
        let (host, port) = words.next()?.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        // Redis sends `?` if it does not know the host name of the node.
        let host = if bare == "?" { String::new() } else { bare.to_owned() };
        let address = Address { host, port };
        Some(if is_moved { Self::Moved { slot, address } } else { Self::Ask { slot, address } })
    }
}
