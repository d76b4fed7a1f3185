//! Settings of a link. The binding parses what JS passed, so a value of these types is always valid.

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

/// Address family, Node's `family` option.
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

/// How to open a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialConfig {
    /// Where to connect to.
    pub endpoint: Endpoint,
    /// Addresses that a user's `lookup` function returned. If empty, the host name of `endpoint` is resolved.
    pub addresses: Vec<IpAddr>,
    /// Which addresses of a name may be used.
    pub family: Family,
    /// Local address to bind to.
    pub local_address: Option<IpAddr>,
    /// Local port to bind to; 0 means any.
    pub local_port: u16,
    /// `TCP_NODELAY`.
    pub no_delay: bool,
    /// Idle time before keep-alive probes; `None` turns them off.
    pub keep_alive: Option<Duration>,
    /// `TCP_USER_TIMEOUT`: how long written bytes may stay unacknowledged. `None` leaves the system's default.
    pub tcp_user_timeout: Option<Duration>,
    /// TLS settings; `None` means plain text.
    pub tls: Option<TlsConfig>,
}

/// A TLS version, as the lowest or the highest one allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// TLS settings, in the terms of Node's `tls.connect`. Each PEM text may contain several blocks.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// Trusted certificates (PEM). If empty, the system's root certificates are trusted.
    pub ca: Vec<Vec<u8>>,
    /// Client certificate chains (PEM).
    pub cert: Vec<Vec<u8>>,
    /// Private keys (PEM: PKCS#8, PKCS#1, SEC1), already decrypted.
    pub key: Vec<Vec<u8>>,
    /// Whether the server's certificate is verified; if false, any certificate is accepted.
    pub reject_unauthorized: bool,
    /// Name for SNI and for the identity check; `None` means the host.
    pub servername: Option<String>,
    /// A JS function checks the identity: the engine verifies the chain only, and passes the certificate on.
    pub custom_identity: bool,
    /// Lowest TLS version allowed.
    pub min_version: TlsVersion,
    /// Highest TLS version allowed.
    pub max_version: TlsVersion,
    /// ALPN protocols to offer.
    pub alpn: Vec<Vec<u8>>,
}

impl std::fmt::Debug for TlsConfig {
    // Leaves out the private keys, so that they do not get into logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsConfig").field("servername", &self.servername).finish_non_exhaustive()
    }
}

/// RESP version of a connection.
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

/// The `CLIENT MAINT_NOTIFICATIONS` command of the handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintNotifications {
    /// Value of its `moving-endpoint-type` argument.
    pub endpoint_type: String,
    /// Whether the connection fails if the server refuses the command; otherwise the refusal is ignored.
    pub required: bool,
}

/// What a session sets up on each new connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionConfig {
    /// Wanted RESP version. If the server does not know HELLO or RESP3, the connection uses RESP2.
    pub resp: RespVersion,
    /// Connection name (HELLO SETNAME, CLIENT SETNAME).
    pub name: Option<String>,
    /// Database to select (SELECT).
    pub database: u32,
    /// Sends READONLY.
    pub readonly: bool,
    /// Sends CLIENT SETINFO; its errors are ignored.
    pub client_info: Option<ClientInfo>,
    /// The words of the command that turns on key tracking, usually CLIENT TRACKING. Sent in RESP3 only.
    pub tracking: Option<Vec<Vec<u8>>>,
    /// Keeps the bytes of commands until they are answered, because they may have to be sent to another server
    /// ([`crate::topology`]).
    pub keeps_commands: bool,
    /// Sends CLIENT MAINT_NOTIFICATIONS.
    pub maint_notifications: Option<MaintNotifications>,
}

/// User name and password for one connection.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<String>,
}

impl std::fmt::Debug for Credentials {
    // Leaves out the password, so that it does not get into logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}
