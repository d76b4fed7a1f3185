//! Settings of a link. A value of these types is valid: the binding parses what JS gave.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where a link connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// TCP by name or address.
    Tcp {
        /// Host name or IP address, without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// A UNIX domain socket.
    Unix {
        /// Path of the socket.
        path: PathBuf,
    },
}

/// Address family of Node's `family` option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Both (0).
    #[default]
    Any,
    /// IPv4 only (4).
    V4,
    /// IPv6 only (6).
    V6,
}

/// How a socket is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialConfig {
    /// Where to.
    pub endpoint: Endpoint,
    /// Addresses that a user's `lookup` gave; empty means: resolve `endpoint`.
    pub addresses: Vec<IpAddr>,
    /// Which addresses of a name may be used.
    pub family: Family,
    /// Local address to bind to.
    pub local_address: Option<IpAddr>,
    /// Local port to bind to; 0 any.
    pub local_port: u16,
    /// `TCP_NODELAY`.
    pub no_delay: bool,
    /// Idle time before keep-alive probes; `None` turns them off.
    pub keep_alive: Option<Duration>,
    /// `TCP_USER_TIMEOUT`: how long written bytes may stay unacknowledged. `None` leaves the system's default.
    pub tcp_user_timeout: Option<Duration>,
    /// TLS, when wanted.
    pub tls: Option<TlsConfig>,
}

/// Lowest or highest TLS version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// TLS settings, in the terms of Node's `tls.connect`. PEM is bytes that may hold several blocks.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// Trusted certificates (PEM); empty means the system's roots.
    pub ca: Vec<Vec<u8>>,
    /// Client certificate chains (PEM).
    pub cert: Vec<Vec<u8>>,
    /// Client keys (PEM: PKCS#8, PKCS#1, SEC1), already decrypted.
    pub key: Vec<Vec<u8>>,
    /// False accepts any certificate.
    pub reject_unauthorized: bool,
    /// Name for SNI and for the identity check; `None` means the host.
    pub servername: Option<String>,
    /// The identity check is done by a JS function: the engine checks the chain only and reports the certificate.
    pub custom_identity: bool,
    /// Lowest version.
    pub min_version: TlsVersion,
    /// Highest version.
    pub max_version: TlsVersion,
    /// ALPN protocols offered.
    pub alpn: Vec<Vec<u8>>,
}

impl std::fmt::Debug for TlsConfig {
    // Keys never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsConfig").field("servername", &self.servername).finish_non_exhaustive()
    }
}

/// RESP version of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RespVersion {
    /// RESP2.
    V2,
    /// RESP3.
    V3,
}

/// Name and version for `CLIENT SETINFO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInfo {
    /// `LIB-NAME`.
    pub lib_name: String,
    /// `LIB-VER`.
    pub lib_version: String,
}

/// `CLIENT MAINT_NOTIFICATIONS` of the handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintNotifications {
    /// `moving-endpoint-type`.
    pub endpoint_type: String,
    /// True fails the connection when the server refuses; false ignores it.
    pub required: bool,
}

/// What a session sets up on each new connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionConfig {
    /// Wanted RESP version. RESP3 falls back to RESP2 where HELLO is unknown.
    pub resp: RespVersion,
    /// Connection name.
    pub name: Option<String>,
    /// Database to select.
    pub database: u32,
    /// Sends READONLY.
    pub readonly: bool,
    /// Sends CLIENT SETINFO; its errors are ignored.
    pub client_info: Option<ClientInfo>,
    /// The command that has keys tracked, CLIENT TRACKING as a rule, word by word. RESP3 only.
    pub tracking: Option<Vec<Vec<u8>>>,
    /// Keeps commands until they are answered: another server may have to get them ([`crate::topology`]).
    pub keeps_commands: bool,
    /// Sends CLIENT MAINT_NOTIFICATIONS.
    pub maint_notifications: Option<MaintNotifications>,
}

/// User name and password of one connection.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<String>,
}

impl std::fmt::Debug for Credentials {
    // Passwords never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}
