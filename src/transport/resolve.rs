//! Resolves host names, with Node's errors.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use super::blocking;
use super::runtime::no_thread;
use crate::config::Family;
use crate::error::{EngineError, ErrorKind};

/// Resolves `host` to addresses, in the resolver's order. An IP address is returned as it is, whatever `family` says.
///
/// # Errors
/// `Dns` with `ENOTFOUND` (no such name, or no address of the family) or `EAI_AGAIN` (temporary failure of the name
/// server); `Io` if no thread could be created for the look-up.
pub(super) async fn resolve(host: &str, port: u16, family: Family) -> Result<Vec<SocketAddr>, EngineError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let name = host.to_owned();
    let found = blocking::run(move || (name.as_str(), port).to_socket_addrs().map(Vec::from_iter)).await;
    let found = found.map_err(|error| no_thread(&error))?.map_err(|error| dns_error(host, code(&error)))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        let wanted = match family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        };
        if wanted && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(dns_error(host, "ENOTFOUND")) } else { Ok(addresses) }
}

/// Returns the code of a failed look-up. On Windows the error has a number. On other platforms the standard library
/// hides the number that `getaddrinfo` returned (and calling it ourselves would be unsafe), so a temporary failure can
/// be told from an unknown name only by the text of `gai_strerror`, which the error repeats.
fn code(error: &io::Error) -> &'static str {
    if let Some(name) = error.raw_os_error().and_then(super::errno::name) {
        return name;
    }
    let text = error.to_string().to_ascii_lowercase();
    let passing = ["temporary failure", "try again", "temporary error", "not ready"];
    if passing.iter().any(|words| text.contains(words)) { "EAI_AGAIN" } else { "ENOTFOUND" }
}

fn dns_error(host: &str, code: &'static str) -> EngineError {
    EngineError {
        syscall: Some("getaddrinfo"),
        address: Some(host.into()),
        ..EngineError::new(ErrorKind::Dns, format!("getaddrinfo {code} {host}")).with_code(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_passing_failures_from_unknown_names() {
        let text = |text: &str| io::Error::other(format!("failed to lookup address information: {text}"));
        assert_eq!(code(&text("Temporary failure in name resolution")), "EAI_AGAIN");
        assert_eq!(code(&text("Try again")), "EAI_AGAIN");
        assert_eq!(code(&text("Name or service not known")), "ENOTFOUND");
        assert_eq!(code(&text("nodename nor servname provided, or not known")), "ENOTFOUND");
    }
}
