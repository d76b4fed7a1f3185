//! Verifies the server's certificate (chain, dates and name) as Node does.
//!
//! webpki verifies chains. Two kinds of certificates that webpki refuses are accepted as well: a self-signed
//! certificate that is given as `ca` and is the server's own; and a certificate of version 1 or of an authority, if an
//! authority of `ca` has signed it directly. Errors have Node's codes.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, PeerMisbehaved, SignatureScheme};
use webpki::{EndEntityCert, KeyUsage, RawPublicKeyEntity, VerifiedPath};

use super::tls_error::refused;
use super::tls_names::verify_name;
use super::tls_trust::Trust;
use super::tls_verdict::{
    chain_error, expired, invalid_purpose, not_yet_valid, small_key, unknown_extension, unreadable,
};
use super::x509::Certificate;
use crate::error::EngineError;

/// How much of the server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing except that the server owns the certificate's key (`rejectUnauthorized: false`).
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
    pub(super) trust: Arc<Trust>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn verify(
        &self,
        der: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), EngineError> {
        let leaf = Certificate::parse(der).ok_or_else(unreadable)?;
        // The server's signatures cannot be verified with this key.
        if let Some(error) = small_key(&leaf) {
            return Err(error);
        }
        if self.check == Check::Nothing {
            return Ok(());
        }
        let parsed = match EndEntityCert::try_from(der) {
            Ok(parsed) => {
                let refusal = self.verify_chain(&parsed, rest, now).err();
                refusal.map_or(Ok(()), |error| self.verify_alone(der, &leaf, rest, now, &error))?;
                Some(parsed)
            }
            Err(error @ webpki::Error::UnsupportedCertVersion) => {
                self.verify_alone(der, &leaf, rest, now, &error)?;
                None
            }
            Err(webpki::Error::UnsupportedCriticalExtension) => return Err(unknown_extension()),
            Err(_) => return Err(unreadable()),
        };
        if self.check == Check::Identity { verify_name(parsed.as_ref(), leaf.subject, name) } else { Ok(()) }
    }

    /// Verifies the chain with webpki, up to an authority that is itself valid at `now`.
    fn verify_chain(
        &self,
        leaf: &EndEntityCert<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), webpki::Error> {
        let mut between = Vec::new();
        if !self.trust.helpers.is_empty() {
            between.extend(rest.iter().chain(&self.trust.helpers).cloned());
        }
        let between = if between.is_empty() { rest } else { &between };
        let limit = |path: &VerifiedPath<'_>| {
            let length = path.intermediate_certificates().count();
            let allowed = self.trust.allows_length(path.anchor(), length);
            if allowed { Ok(()) } else { Err(webpki::Error::PathLenConstraintViolated) }
        };
        let verify = |anchors: &[_]| {
            let usage = KeyUsage::server_auth();
            leaf.verify_for_usage(self.algorithms.all, anchors, between, now, usage, None, Some(&limit)).map(drop)
        };
        let Some(valid) = self.trust.valid(now) else { return verify(self.trust.all()) };
        let error = match verify(&valid) {
            Err(webpki::Error::UnknownIssuer) => webpki::Error::UnknownIssuer,
            other => return other,
        };
        // webpki succeeds with all authorities: the chain ends at a known one that is not valid at this time.
        match verify(self.trust.all()) {
            Ok(()) => Err(webpki::Error::CertExpired { time: now, not_after: now }),
            Err(_) => Err(error),
        }
    }

    /// Gives a certificate that webpki has refused with `error` a second chance: it may be the server's own certificate
    /// given as `ca`, or directly signed by an authority.
    fn verify_alone(
        &self,
        der: &CertificateDer<'_>,
        leaf: &Certificate<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
        error: &webpki::Error,
    ) -> Result<(), EngineError> {
        use webpki::Error as E;
        if !matches!(error, E::CaUsedAsEndEntity | E::UnknownIssuer | E::UnsupportedCertVersion) {
            return Err(chain_error(error, leaf, rest, &self.trust));
        }
        let is_own = leaf.is_self_signed() && self.trust.own.iter().any(|own| own == der);
        let is_known = is_own || (!matches!(error, E::UnknownIssuer) && self.is_signed_by_anchor(leaf, now));
        if now.as_secs() > leaf.not_after {
            Err(expired())
        } else if now.as_secs() < leaf.not_before {
            Err(not_yet_valid())
        } else if !is_known {
            Err(chain_error(error, leaf, rest, &self.trust))
        } else if !leaf.may_be_a_server() {
            Err(invalid_purpose())
        } else if leaf.has_unknown_critical_extension() {
            Err(unknown_extension())
        } else {
            Ok(())
        }
    }

    /// An authority with name constraints is left out: only webpki checks those.
    fn is_signed_by_anchor(&self, leaf: &Certificate<'_>, now: UnixTime) -> bool {
        let valid = self.trust.valid(now);
        valid.as_deref().unwrap_or(self.trust.all()).iter().any(|anchor| {
            anchor.name_constraints.is_none()
                && anchor.subject.as_ref() == leaf.issuer
                && leaf.is_signed_by(&anchor.subject_public_key_info, self.algorithms.all)
        })
    }
}

/// Returns the public key of a certificate of any X.509 version.
fn key_of(cert: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, rustls::Error> {
    let parsed = Certificate::parse(cert).ok_or(CertificateError::BadEncoding)?;
    Ok(SubjectPublicKeyInfoDer::from(parsed.spki.to_vec()))
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
        let key = key_of(cert)?;
        let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::BadEncoding)?;
        let scheme = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signature.scheme);
        let (_, algorithms) = scheme.ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        // Before TLS 1.3, a signature scheme does not name the curve.
        let is_right =
            algorithms.iter().any(|algorithm| key.verify_signature(*algorithm, message, signature.signature()).is_ok());
        if is_right { Ok(HandshakeSignatureValid::assertion()) } else { Err(CertificateError::BadSignature.into()) }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature_with_raw_key(message, &key_of(cert)?, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
