//! Is this the right server? Chain, dates and name of its certificate, as Node's users expect it.
//!
//! Differences to webpki alone: a certificate given as `ca` may be the server's own, a certificate without alternative
//! names is matched by its common name, and errors have Node's codes.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use webpki::{EndEntityCert, InvalidNameContext, KeyUsage};

use super::tls_error::{refused, tls_error};
use crate::error::EngineError;

/// How much of the certificate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// `rejectUnauthorized: false`: nothing, but the server must own the certificate's key.
    Nothing,
    /// Chain and dates; JS checks the name.
    Chain,
    /// Chain, dates and name.
    Identity,
}

/// The verifier of one TLS configuration.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) check: Check,
    pub(super) roots: Arc<RootCertStore>,
    /// The certificates of `ca`, any of which may be the server's own.
    pub(super) pinned: Vec<CertificateDer<'static>>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), EngineError> {
        if self.check == Check::Nothing {
            return Ok(());
        }
        let parsed = EndEntityCert::try_from(leaf).map_err(|error| unreadable(&error))?;
        let usage = KeyUsage::server_auth();
        let chain = parsed.verify_for_usage(self.algorithms.all, &self.roots.roots, rest, now, usage, None, None);
        if let Err(error) = chain {
            // webpki checks the dates before it finds these two.
            let untrusted = matches!(error, webpki::Error::CaUsedAsEndEntity | webpki::Error::UnknownIssuer);
            if !(untrusted && self.pinned.iter().any(|pinned| pinned == leaf)) {
                return Err(chain_error(&error, &parsed, rest));
            }
        }
        if self.check == Check::Identity { verify_name(&parsed, name) } else { Ok(()) }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verify(leaf, rest, name, now).map(|()| ServerCertVerified::assertion()).map_err(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn unreadable(error: &webpki::Error) -> EngineError {
    match error {
        webpki::Error::UnsupportedCertVersion => tls_error(
            "CERT_UNSUPPORTED_VERSION",
            "the server's certificate is X.509 version 1; issue one with extensions (subjectAltName makes it version 3)",
        ),
        error => tls_error("CERT_REJECTED", format!("the server's certificate cannot be read: {error}")),
    }
}

/// webpki's verdict in the words of OpenSSL.
fn chain_error(error: &webpki::Error, leaf: &EndEntityCert<'_>, rest: &[CertificateDer<'_>]) -> EngineError {
    use webpki::Error as E;
    let self_signed = leaf.issuer() == leaf.subject();
    match error {
        E::CertExpired { .. } | E::InvalidCertValidity => tls_error("CERT_HAS_EXPIRED", "certificate has expired"),
        E::CertNotValidYet { .. } => tls_error("CERT_NOT_YET_VALID", "certificate is not yet valid"),
        E::CaUsedAsEndEntity | E::UnknownIssuer if self_signed => {
            tls_error("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate")
        }
        E::UnknownIssuer if rest.iter().any(is_self_signed) => {
            tls_error("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain")
        }
        E::UnknownIssuer if rest.iter().any(|other| issued(other, leaf)) => {
            tls_error("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate")
        }
        E::UnknownIssuer => tls_error("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
        E::InvalidSignatureForPublicKey => tls_error("CERT_SIGNATURE_FAILURE", "certificate signature failure"),
        E::CaUsedAsEndEntity => tls_error(
            "INVALID_PURPOSE",
            "the server's certificate is a CA's (basicConstraints CA:TRUE); issue one with CA:FALSE, or give it as `ca`",
        ),
        E::RequiredEkuNotFoundContext(_) => tls_error("INVALID_PURPOSE", "unsupported certificate purpose"),
        E::PathLenConstraintViolated => tls_error("PATH_LENGTH_EXCEEDED", "path length constraint exceeded"),
        E::EndEntityUsedAsCa => tls_error("INVALID_CA", "invalid CA certificate"),
        E::NameConstraintViolation => tls_error("PERMITTED_VIOLATION", "permitted subtree violation"),
        E::UnsupportedCriticalExtension => {
            tls_error("UNHANDLED_CRITICAL_EXTENSION", "unhandled critical extension of the server's certificate")
        }
        error => tls_error("CERT_REJECTED", format!("the server's certificate was refused: {error}")),
    }
}

fn is_self_signed(cert: &CertificateDer<'_>) -> bool {
    EndEntityCert::try_from(cert).is_ok_and(|cert| cert.issuer() == cert.subject())
}

fn issued(cert: &CertificateDer<'_>, leaf: &EndEntityCert<'_>) -> bool {
    EndEntityCert::try_from(cert).is_ok_and(|cert| cert.subject() == leaf.issuer())
}

fn verify_name(leaf: &EndEntityCert<'_>, name: &ServerName<'_>) -> Result<(), EngineError> {
    let presented = match leaf.verify_is_valid_for_subject_name(name) {
        Ok(()) => return Ok(()),
        Err(webpki::Error::CertNotValidForName(InvalidNameContext { presented, .. })) => presented,
        Err(error) => return Err(unreadable(&error)),
    };
    let reason = match name {
        ServerName::DnsName(host) => {
            let host = host.as_ref();
            let common = common_name(leaf.subject());
            // As Node: the common name counts only where there is no alternative name for hosts.
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

/// webpki's list (`DnsName("a")`, `IpAddress(1.2.3.4)`) in Node's form: all kinds labelled, or the addresses alone.
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

/// The last common name (2.5.4.3) of a subject, given as the content of its DER sequence.
fn common_name(subject: &[u8]) -> Option<String> {
    const OID: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let at = memchr::memmem::rfind(subject, OID)? + OID.len();
    let (&[_tag, length], rest) = subject.get(at..)?.split_first_chunk::<2>()?;
    // Names are limited to 64 characters, so one length byte does.
    let text = rest.get(..usize::from(length)).filter(|_| length < 0x80)?;
    std::str::from_utf8(text).ok().map(str::to_owned)
}

/// A host against a name that may have `*` as its first label.
fn matches_pattern(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let (Some(suffix), Some((_, parent))) = (pattern.strip_prefix("*."), host.split_once('.')) else { return false };
    // `*.com` stands for nothing.
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
