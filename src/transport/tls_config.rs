//! Builds rustls' client configuration from Node's TLS options.

use std::sync::Arc;

use once_cell::sync::Lazy;
use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, ring};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme, SupportedProtocolVersion};

use super::tls_pem::{certified, config_error, private_key};
use super::tls_trust::{Trust, trust};
use super::tls_verify::{Check, Verifier};
use crate::config::{TlsConfig, TlsVersion};
use crate::error::EngineError;

static PROVIDER: Lazy<Arc<CryptoProvider>> = Lazy::new(|| Arc::new(ring::default_provider()));

/// Builds the configuration. If `ca` is empty, the first call reads the system's root certificates from files.
///
/// # Errors
/// `Config`, with advice, if the settings cannot be used.
pub(super) fn build(tls: &TlsConfig) -> Result<ClientConfig, EngineError> {
    let verifier = verifier(tls)?;
    let versions = versions(tls)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_protocol_versions(&versions)
        .map_err(|_| {
            config_error("ERR_TLS_CONFIG", "no cipher suite fits `socket.minVersion` and `socket.maxVersion`")
        })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client_certificates(tls)? {
        own if own.is_empty() => builder.with_no_client_auth(),
        own => builder.with_client_cert_resolver(Arc::new(OwnCertificates(own))),
    };
    config.alpn_protocols.clone_from(&tls.alpn);
    // An empty name turns SNI off, as in Node.
    config.enable_sni = tls.servername.as_deref() != Some("");
    Ok(config)
}

fn versions(tls: &TlsConfig) -> Result<Vec<&'static SupportedProtocolVersion>, EngineError> {
    let all = [(TlsVersion::V1_3, &rustls::version::TLS13), (TlsVersion::V1_2, &rustls::version::TLS12)];
    let wanted = tls.min_version..=tls.max_version;
    let versions: Vec<_> = all.into_iter().filter(|(v, _)| wanted.contains(v)).map(|(_, version)| version).collect();
    if versions.is_empty() {
        let text = "`socket.minVersion` is above `socket.maxVersion`";
        return Err(config_error("ERR_TLS_PROTOCOL_VERSION_CONFLICT", text));
    }
    Ok(versions)
}

fn verifier(tls: &TlsConfig) -> Result<Verifier, EngineError> {
    let check = match (tls.reject_unauthorized, tls.custom_identity) {
        (false, _) => Check::Nothing,
        (true, true) => Check::Chain,
        (true, false) => Check::Identity,
    };
    let trust = if check == Check::Nothing { Arc::new(Trust::default()) } else { trust(&tls.ca)? };
    Ok(Verifier { check, trust, algorithms: PROVIDER.signature_verification_algorithms })
}

/// Parses the client's certificate chains and finds the key of each.
fn client_certificates(tls: &TlsConfig) -> Result<Vec<Arc<CertifiedKey>>, EngineError> {
    let missing = match (tls.cert.is_empty(), tls.key.is_empty()) {
        (false, true) => "`socket.cert` has no key: give `socket.key` too",
        (true, false) => "`socket.key` has no certificate: give `socket.cert` too",
        _ => {
            let keys =
                tls.key.iter().map(|key| private_key(key, PROVIDER.key_provider)).collect::<Result<Vec<_>, _>>()?;
            return tls.cert.iter().map(|cert| certified(cert, &keys).map(Arc::new)).collect();
        }
    };
    Err(config_error("ERR_TLS_CONFIG", missing))
}

/// The client's certificates. The signature schemes that the server accepts decide which one is sent.
#[derive(Debug)]
struct OwnCertificates(Vec<Arc<CertifiedKey>>);

impl ResolvesClientCert for OwnCertificates {
    fn resolve(&self, _issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.iter().find(|own| own.key.choose_scheme(schemes).is_some()).cloned()
    }

    fn has_certs(&self) -> bool {
        true
    }
}
