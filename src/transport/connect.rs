//! TCP connections: socket options, and several addresses tried in Node's order (happy eyeballs).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::errno::address_error;
use crate::config::DialConfig;
use crate::error::{EngineError, ErrorKind};

/// How long an attempt runs before the next address is tried in parallel (Node's `autoSelectFamilyAttemptTimeout`).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// What libuv sets in addition to the idle time: one probe per second, and the connection is dead after ten unanswered
/// ones.
#[cfg(unix)]
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
#[cfg(unix)]
const PROBES: u32 = 10;

/// TCP options of a [`DialConfig`].
#[derive(Debug, Clone, Copy)]
pub(super) struct TcpOptions {
    local_address: Option<IpAddr>,
    local_port: u16,
    no_delay: bool,
    keep_alive: Option<Duration>,
    user_timeout: Option<Duration>,
}

impl From<&DialConfig> for TcpOptions {
    fn from(config: &DialConfig) -> Self {
        Self {
            local_address: config.local_address,
            local_port: config.local_port,
            no_delay: config.no_delay,
            keep_alive: config.keep_alive,
            user_timeout: config.tcp_user_timeout,
        }
    }
}

/// Connects to the first address that answers.
///
/// Address families alternate, beginning with that of the first address. The next attempt starts when one fails, or
/// [`ATTEMPT_DELAY`] after the last one began; attempts in progress continue.
///
/// # Errors
/// With one address its error, otherwise one error with the errors of all addresses as `causes`.
pub(super) async fn connect_any(addresses: &[SocketAddr], options: TcpOptions) -> Result<TcpStream, EngineError> {
    let order = attempt_order(addresses, options.local_address);
    if let [only] = order[..] {
        return attempt(only, options).await;
    }
    let mut waiting = order.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut failures: Vec<(usize, EngineError)> = Vec::new();
    loop {
        match waiting.next() {
            Some((place, address)) => {
                running.spawn(async move { attempt(address, options).await.map_err(|error| (place, error)) });
            }
            None if running.is_empty() => return Err(combine(failures)),
            None => {}
        }
        tokio::select! {
            ended = running.join_next() => match ended {
                Some(Ok(Ok(stream))) => return Ok(stream),
                Some(Ok(Err(failure))) => failures.push(failure),
                Some(Err(_)) | None => {}
            },
            () = sleep(ATTEMPT_DELAY), if waiting.len() > 0 => {}
        }
    }
}

/// Orders addresses so that the families alternate. With a local address, only addresses of its family are kept, if
/// there are any.
fn attempt_order(addresses: &[SocketAddr], local: Option<IpAddr>) -> Vec<SocketAddr> {
    let usable = |address: &&SocketAddr| local.is_none_or(|local| local.is_ipv4() == address.is_ipv4());
    let mut candidates: Vec<SocketAddr> = addresses.iter().filter(usable).copied().collect();
    if candidates.is_empty() {
        candidates = addresses.to_vec();
    }
    let first_is_v4 = candidates.first().is_some_and(SocketAddr::is_ipv4);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for address in candidates {
        if address.is_ipv4() == first_is_v4 { first.push(address) } else { second.push(address) }
    }
    let mut order = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = (first.next(), second.next());
        if pair == (None, None) {
            return order;
        }
        order.extend(pair.0);
        order.extend(pair.1);
    }
}

/// Combines the errors of several addresses into one, with the code of the first address, like Node's `AggregateError`.
fn combine(mut failures: Vec<(usize, EngineError)>) -> EngineError {
    failures.sort_by_key(|(place, _)| *place);
    let causes: Vec<EngineError> = failures.into_iter().map(|(_, error)| error).collect();
    let message = causes.iter().map(|cause| cause.message.as_str()).collect::<Vec<_>>().join("; ");
    let mut error = EngineError::new(ErrorKind::Io, message);
    error.code = causes.first().and_then(|cause| cause.code.clone());
    error.syscall = Some("connect");
    error.causes = causes;
    error
}

async fn attempt(address: SocketAddr, options: TcpOptions) -> Result<TcpStream, EngineError> {
    let socket = TcpSocket::from_std_stream(prepare(address, &options)?.into());
    socket.connect(address).await.map_err(|error| failed(&error, address))
}

fn failed(error: &io::Error, address: SocketAddr) -> EngineError {
    address_error("connect", error, &address.ip().to_string(), Some(address.port()))
}

/// Creates a non-blocking socket with its options set and bound to the local address, ready to connect to `address`.
///
/// # Errors
/// `Io` when the socket cannot be created or bound.
pub(super) fn prepare(address: SocketAddr, options: &TcpOptions) -> Result<Socket, EngineError> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP));
    let socket = socket.map_err(|error| failed(&error, address))?;
    socket.set_nonblocking(true).map_err(|error| failed(&error, address))?;
    tune(&socket, options);
    bind(&socket, address, options)?;
    Ok(socket)
}

/// Sets the socket options. An option that the kernel refuses is ignored: the connection works without it.
fn tune(socket: &Socket, options: &TcpOptions) {
    let _ = socket.set_tcp_nodelay(options.no_delay);
    if let Some(idle) = options.keep_alive {
        let _ = socket.set_keepalive(true);
        if !idle.is_zero() {
            // The kernel counts in whole seconds and refuses zero.
            let keepalive = TcpKeepalive::new().with_time(idle.max(Duration::from_secs(1)));
            #[cfg(unix)]
            let keepalive = keepalive.with_interval(PROBE_INTERVAL).with_retries(PROBES);
            let _ = socket.set_tcp_keepalive(&keepalive);
        }
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(timeout) = options.user_timeout {
        let _ = socket.set_tcp_user_timeout(Some(timeout));
    }
}

fn bind(socket: &Socket, target: SocketAddr, options: &TcpOptions) -> Result<(), EngineError> {
    if options.local_address.is_none() && options.local_port == 0 {
        return Ok(());
    }
    let any = if target.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let local = SocketAddr::new(options.local_address.unwrap_or(any), options.local_port);
    // As libuv does: allows to bind to a port whose last connection is still in TIME_WAIT.
    #[cfg(unix)]
    let _ = socket.set_reuse_address(true);
    socket
        .bind(&local.into())
        .map_err(|error| address_error("bind", &error, &local.ip().to_string(), Some(local.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_alternate_from_the_first() {
        let given = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1"]);
        assert_eq!(attempt_order(&given, None), addresses(&["[::1]:1", "1.0.0.1:1", "[::2]:1", "[::3]:1"]));
    }

    #[test]
    fn a_local_address_chooses_the_family() {
        let given = addresses(&["[::1]:1", "1.0.0.1:1"]);
        let local = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(attempt_order(&given, local), addresses(&["1.0.0.1:1"]));
        assert_eq!(attempt_order(&given[..1], local), addresses(&["[::1]:1"]));
    }
}
