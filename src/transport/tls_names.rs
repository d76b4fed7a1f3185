//! Checks whether a certificate is valid for a host: by its subject alternative names, or by the common name if it has
//! none, with Node's messages.

use rustls::pki_types::ServerName;
use webpki::{EndEntityCert, InvalidNameContext};

use super::tls_error::tls_error;
use super::tls_verdict::unreadable;
use crate::error::EngineError;

/// Verifies that a certificate is valid for `name`. `leaf` is `None` for a certificate of version 1, which has no
/// alternative names.
///
/// # Errors
/// `ERR_TLS_CERT_ALTNAME_INVALID`, with Node's reason.
pub(super) fn verify_name(
    leaf: Option<&EndEntityCert<'_>>,
    subject: &[u8],
    name: &ServerName<'_>,
) -> Result<(), EngineError> {
    let presented = match leaf.map(|leaf| leaf.verify_is_valid_for_subject_name(name)) {
        Some(Ok(())) => return Ok(()),
        Some(Err(webpki::Error::CertNotValidForName(InvalidNameContext { presented, .. }))) => presented,
        Some(Err(_)) => return Err(unreadable()),
        None => Vec::new(),
    };
    let reason = match name {
        ServerName::DnsName(host) => {
            let host = host.as_ref();
            let common = common_name(subject);
            // As in Node, the common name is used only if there is no alternative name of the DNS kind.
            match common {
                _ if presented.iter().any(|name| name.starts_with("DnsName(")) => {
                    format!("Host: {host}. is not in the cert's altnames: {}", altnames(&presented, true))
                }
                Some(common) if matches_pattern(&common, host) => return Ok(()),
                Some(common) => format!("Host: {host}. is not cert's CN: {common}"),
                None => "Cert does not contain a DNS name".to_owned(),
            }
        }
        ServerName::IpAddress(ip) => {
            let ip = std::net::IpAddr::from(*ip);
            format!("IP: {ip} is not in the cert's list: {}", altnames(&presented, false))
        }
        _ => "unsupported kind of name".to_owned(),
    };
    Err(tls_error(
        "ERR_TLS_CERT_ALTNAME_INVALID",
        format!("Hostname/IP does not match certificate's altnames: {reason}"),
    ))
}

/// Converts webpki's list (`DnsName("a")`, `IpAddress(1.2.3.4)`) to Node's form: all names with their kind, or the bare
/// IP addresses only.
fn altnames(presented: &[String], all: bool) -> String {
    let inner = |name: &str, kind: &str| {
        let inner = name.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.trim_matches('"').to_owned())
    };
    let names = presented.iter().filter_map(|name| match (inner(name, "IpAddress"), inner(name, "DnsName")) {
        (Some(ip), _) if all => Some(format!("IP Address:{ip}")),
        (Some(ip), _) => Some(ip),
        (None, Some(dns)) if all => Some(format!("DNS:{dns}")),
        _ => None,
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Returns the last common name (OID 2.5.4.3) of a subject, given as the content of its DER sequence.
fn common_name(subject: &[u8]) -> Option<String> {
    const OID: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let at = memchr::memmem::rfind(subject, OID)? + OID.len();
    let (&[_tag, length], rest) = subject.get(at..)?.split_first_chunk::<2>()?;
    // Common names have 64 characters at most, so a length of one byte is enough.
    let text = rest.get(..usize::from(length)).filter(|_| length < 0x80)?;
    std::str::from_utf8(text).ok().map(str::to_owned)
}

/// Matches a host against a name whose first label may be `*`.
fn matches_pattern(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let (Some(suffix), Some((_, parent))) = (pattern.strip_prefix("*."), host.split_once('.')) else { return false };
    // A wildcard directly below a top-level domain (`*.com`) matches nothing.
    suffix.contains('.') && suffix.eq_ignore_ascii_case(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_match_with_a_wildcard_for_one_label() {
        assert!(matches_pattern("Redis.Example", "redis.example"));
        assert!(matches_pattern("*.redis.example", "a.redis.example"));
        assert!(!matches_pattern("*.redis.example", "a.b.redis.example"));
        assert!(!matches_pattern("*.example", "redis.example"));
        assert!(!matches_pattern("redis.example", "xredis.example"));
    }

    #[test]
    fn alternative_names_are_listed_as_node_does() {
        let presented = ["DnsName(\"localhost\")".to_owned(), "IpAddress(127.0.0.1)".to_owned()];
        assert_eq!(altnames(&presented, true), "DNS:localhost, IP Address:127.0.0.1");
        assert_eq!(altnames(&presented, false), "127.0.0.1");
    }
}
