//! Opens a connection from its settings: resolves the name, connects, does the TLS handshake, and returns the socket in
//! the wanted form.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::back_office::BackOffice;
use super::connect::{TcpOptions, connect_any};
use super::pump::PumpTransport;
use super::pump_task::PumpTask;
use super::resolve::resolve;
use super::stream::Stream;
use super::tls::{self, Secured};
use crate::config::{DialConfig, Endpoint};
use crate::error::EngineError;

/// The form in which the engine wants a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// A descriptor for libuv. With TLS, and on platforms without descriptors, the result is a pump connection all the
    /// same.
    Descriptor,
    /// A pump connection: a task on the I/O thread moves its bytes.
    Pump,
}

/// An open connection.
#[derive(Debug)]
pub struct Dialled {
    /// The socket.
    pub socket: DialledSocket,
    /// The peer's certificate (DER), only with `TlsConfig::custom_identity`: JS then checks the name.
    pub peer_certificate: Option<Vec<u8>>,
    /// The address of the peer: `address:port` (IPv6 in brackets), or the path of a UNIX socket.
    pub remote: String,
}

/// An open socket, in one of the two forms.
#[derive(Debug)]
pub enum DialledSocket {
    /// A non-blocking TCP or UNIX stream socket.
    #[cfg(unix)]
    Descriptor(std::os::fd::OwnedFd),
    /// A pump connection.
    Pump(PumpTransport),
}

/// Opens the connection of one dial. The returned task of a pump connection must be started after the dial was
/// reported. `securing` becomes true when the TLS handshake begins.
pub(super) async fn open(
    office: &Arc<BackOffice>,
    (serial, token): (u64, u64),
    config: DialConfig,
    want: Want,
    securing: &AtomicBool,
) -> Result<(Dialled, Option<PumpTask>), EngineError> {
    let plan = match &config.tls {
        Some(tls) => Some(tls::plan(office.tls(), tls, tls_host(&config.endpoint)).await?),
        None => None,
    };
    let (stream, remote) = connect(&config).await?;
    if let Some(plan) = plan {
        securing.store(true, Ordering::Relaxed);
        let Secured { stream, connection, peer_certificate } = tls::secure(plan, stream).await?;
        let (transport, task) = PumpTransport::new(office, serial, token, stream, Some(connection));
        return Ok((Dialled { socket: DialledSocket::Pump(transport), peer_certificate, remote }, Some(task)));
    }
    #[cfg(unix)]
    if want == Want::Descriptor {
        let descriptor = stream.into_descriptor().map_err(|error| super::errno::io_error("connect", &error))?;
        let socket = DialledSocket::Descriptor(descriptor);
        return Ok((Dialled { socket, peer_certificate: None, remote }, None));
    }
    #[cfg(not(unix))]
    let _ = want;
    let (transport, task) = PumpTransport::new(office, serial, token, stream, None);
    Ok((Dialled { socket: DialledSocket::Pump(transport), peer_certificate: None, remote }, Some(task)))
}

/// The name that the server's certificate must match if `servername` is not set. For UNIX sockets Node uses
/// `localhost`.
fn tls_host(endpoint: &Endpoint) -> &str {
    match endpoint {
        Endpoint::Tcp { host, .. } => host,
        Endpoint::Unix { .. } => "localhost",
    }
}

async fn connect(config: &DialConfig) -> Result<(Stream, String), EngineError> {
    match &config.endpoint {
        Endpoint::Tcp { host, port } => {
            let addresses: Vec<SocketAddr> = if config.addresses.is_empty() {
                resolve(host, *port, config.family).await?
            } else {
                config.addresses.iter().map(|address| SocketAddr::new(*address, *port)).collect()
            };
            let stream = connect_any(&addresses, TcpOptions::from(config)).await?;
            let remote = stream.peer_addr().map_or_else(|_| format!("{host}:{port}"), |peer| peer.to_string());
            Ok((Stream::Tcp(stream), remote))
        }
        #[cfg(unix)]
        Endpoint::Unix { path } => {
            let name = path.display().to_string();
            match tokio::net::UnixStream::connect(path).await {
                Ok(stream) => Ok((Stream::Unix(stream), name)),
                Err(error) => Err(super::errno::address_error("connect", &error, &name, None)),
            }
        }
        #[cfg(not(unix))]
        Endpoint::Unix { .. } => Err(EngineError::new(
            crate::error::ErrorKind::Config,
            "UNIX sockets are not available on this platform: use host and port",
        )),
    }
}
