//! The errors for refused certificates, with OpenSSL's codes.

use rustls::pki_types::CertificateDer;
use webpki::Error as E;

use super::tls_error::tls_error;
use super::tls_trust::Trust;
use super::x509::{Certificate, rsa_bits};
use crate::error::EngineError;

/// Node's code for those errors of OpenSSL that Node has no name for.
const UNSPECIFIED: &str = "UNSPECIFIED";

/// The server's certificate cannot be parsed.
pub(super) fn unreadable() -> EngineError {
    tls_error("CERT_REJECTED", "the server's certificate cannot be read")
}

/// The server's certificate has expired.
pub(super) fn expired() -> EngineError {
    tls_error("CERT_HAS_EXPIRED", "certificate has expired")
}

/// The server's certificate is not valid yet.
pub(super) fn not_yet_valid() -> EngineError {
    tls_error("CERT_NOT_YET_VALID", "certificate is not yet valid")
}

/// The extended key usage of a certificate does not allow it to be used for a server.
pub(super) fn invalid_purpose() -> EngineError {
    tls_error("INVALID_PURPOSE", "unsupported certificate purpose")
}

/// The certificate has a critical extension that is not supported.
pub(super) fn unknown_extension() -> EngineError {
    tls_error(UNSPECIFIED, "unhandled critical extension")
}

/// The error for a public key that is too small or of an unsupported kind; `None` if the key can be used.
pub(super) fn small_key(leaf: &Certificate<'_>) -> Option<EngineError> {
    let bits = rsa_bits(leaf.spki).filter(|bits| !(2048..=8192).contains(bits))?;
    let text = format!("the server's certificate has an RSA key of {bits} bits; the engine takes 2048 to 8192");
    Some(tls_error(if bits < 2048 { "EE_KEY_TOO_SMALL" } else { "CERT_REJECTED" }, text))
}

/// Converts webpki's verdict on a chain.
pub(super) fn chain_error(
    error: &E,
    leaf: &Certificate<'_>,
    rest: &[CertificateDer<'_>],
    trust: &Trust,
) -> EngineError {
    match error {
        E::CertExpired { .. } | E::InvalidCertValidity => expired(),
        E::CertNotValidYet { .. } => not_yet_valid(),
        E::UnknownIssuer | E::CaUsedAsEndEntity | E::UnsupportedCertVersion => unknown_issuer(leaf, rest, trust),
        E::InvalidSignatureForPublicKey => tls_error("CERT_SIGNATURE_FAILURE", "certificate signature failure"),
        E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => invalid_purpose(),
        E::PathLenConstraintViolated => tls_error("PATH_LENGTH_EXCEEDED", "path length constraint exceeded"),
        E::EndEntityUsedAsCa => invalid_purpose(),
        E::NameConstraintViolation => tls_error(UNSPECIFIED, "permitted subtree violation"),
        E::UnsupportedCriticalExtension => unknown_extension(),
        E::UnsupportedSignatureAlgorithmContext(_) | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            signature_error(leaf)
        }
        E::BadDer | E::BadDerTime | E::TrailingData(_) | E::MalformedExtensions => unreadable(),
        _ => tls_error("CERT_REJECTED", "the server's certificate, or one that it depends on, was refused"),
    }
}

/// The error for a signature that could not be verified: invalid, or made with an unsupported algorithm.
fn signature_error(leaf: &Certificate<'_>) -> EngineError {
    const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
    const ECDSA_SHA1: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
    let is_rsa_weak = leaf.algorithm.strip_prefix(RSA).is_some_and(|rest| matches!(rest, [2..=5, ..]));
    if is_rsa_weak || leaf.algorithm.starts_with(ECDSA_SHA1) {
        return tls_error(UNSPECIFIED, "CA signature digest algorithm too weak");
    }
    let text = "the server's certificate, or one that it depends on, is signed with an algorithm that the engine does not \
        check; it takes RSA, P-256, P-384 and Ed25519 with SHA-256, SHA-384 and SHA-512";
    tls_error("CERT_SIGNATURE_UNSUPPORTED", text)
}

/// The error for a chain that does not end at a trusted authority. Its code depends on where the chain ends.
fn unknown_issuer(leaf: &Certificate<'_>, rest: &[CertificateDer<'_>], trust: &Trust) -> EngineError {
    let sent: Vec<Certificate<'_>> = rest.iter().filter_map(|der| Certificate::parse(der)).collect();
    let helpers: Vec<Certificate<'_>> = trust.helpers.iter().filter_map(|der| Certificate::parse(der)).collect();
    let own: Vec<Certificate<'_>> = trust.own.iter().filter_map(|der| Certificate::parse(der)).collect();
    let mut last = leaf;
    let mut is_helper = false;
    // A chain with more certificates than were sent and configured would be a circle.
    for depth in 0..=sent.len() + helpers.len() {
        if last.is_self_signed() {
            return if depth == 0 {
                tls_error("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate")
            } else {
                tls_error("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain")
            };
        }
        if own.iter().any(|root| root.subject == last.issuer && !root.may_sign_certificates()) {
            return invalid_purpose();
        }
        let helper = helpers.iter().find(|helper| helper.subject == last.issuer);
        is_helper |= helper.is_some();
        let issuer = helper.or_else(|| sent.iter().find(|other| other.subject == last.issuer));
        match issuer {
            Some(issuer) => last = issuer,
            None if is_helper => break,
            None if depth == 0 => {
                return tls_error("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate");
            }
            None => {
                return tls_error("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate");
            }
        }
    }
    tls_error("UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate")
}
