//! The replies with which a server of a cluster sends a command elsewhere (redis.io, "Redis cluster specification",
//! "MOVED Redirection" and "ASK redirection").

use super::slots::SLOTS;
use crate::proto::server_error::ServerErrorKind;

/// Where a node listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// A name or an IP address. Empty: that of the server that sent the reply.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A server did not run a command and says who does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// The slot has another owner.
    Moved {
        /// The slot.
        slot: u16,
        /// The owner.
        address: Address,
    },
    /// The slot is on its way to another node, which has the keys already.
    Ask {
        /// The slot.
        slot: u16,
        /// The node.
        address: Address,
    },
}

impl Redirect {
    /// Reads the text of an error reply. `None` for every other error.
    pub fn read(text: &[u8]) -> Option<Self> {
        let is_moved = match ServerErrorKind::of(text)? {
            ServerErrorKind::Moved => true,
            ServerErrorKind::Ask => false,
            _ => return None,
        };
        let mut words = std::str::from_utf8(text).ok()?.split(' ').skip(1);
        let slot: u16 = words.next()?.parse().ok().filter(|slot| usize::from(*slot) < SLOTS)?;
        // The host may be an IPv6 address, with or without brackets: the port follows the last colon.
        let (host, port) = words.next()?.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        // Redis writes `?` where it does not know the name.
        let host = if bare == "?" { String::new() } else { bare.to_owned() };
        let address = Address { host, port };
        Some(if is_moved { Self::Moved { slot, address } } else { Self::Ask { slot, address } })
    }
}
