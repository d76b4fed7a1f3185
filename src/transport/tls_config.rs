//! rustls' client configuration out of Node's TLS options.

use std::sync::Arc;

use once_cell::sync::Lazy;
use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion};

use super::tls_pem::{certificates, config_error, private_key};
use super::tls_verify::{Check, Verifier};
use crate::config::{TlsConfig, TlsVersion};
use crate::error::EngineError;

static PROVIDER: Lazy<Arc<CryptoProvider>> = Lazy::new(|| Arc::new(ring::default_provider()));

/// The roots for clients without `ca`: the system's, Mozilla's where the system has none (slim containers), and those
/// of `NODE_EXTRA_CA_CERTS`.
static SYSTEM_ROOTS: Lazy<Arc<RootCertStore>> = Lazy::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let extra = std::env::var_os("NODE_EXTRA_CA_CERTS").and_then(|path| std::fs::read(path).ok());
    if let Some(extra) = extra.and_then(|text| certificates("ca", &text).ok()) {
        roots.add_parsable_certificates(extra);
    }
    Arc::new(roots)
});

/// Builds the configuration. Reads files when `ca` is empty, the first time.
///
/// # Errors
/// `Config`, with what to do, for settings that cannot be used.
pub(super) fn build(tls: &TlsConfig) -> Result<ClientConfig, EngineError> {
    let verifier = verifier(tls)?;
    let versions = versions(tls)?;
    let unusable = |error: rustls::Error| config_error("ERR_TLS_CONFIG", format!("`tls` cannot be used: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_protocol_versions(&versions)
        .map_err(unusable)?
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
        return Err(config_error(
            "ERR_TLS_PROTOCOL_VERSION_CONFLICT",
            "`tls.minVersion` is above `tls.maxVersion`".to_owned(),
        ));
    }
    Ok(versions)
}

fn verifier(tls: &TlsConfig) -> Result<Verifier, EngineError> {
    let mut pinned = Vec::new();
    for text in &tls.ca {
        pinned.extend(certificates("ca", text)?);
    }
    let check = match (tls.reject_unauthorized, tls.custom_identity) {
        (false, _) => Check::Nothing,
        (true, true) => Check::Chain,
        (true, false) => Check::Identity,
    };
    let roots = if check == Check::Nothing {
        Arc::new(RootCertStore::empty())
    } else if pinned.is_empty() {
        Arc::clone(&SYSTEM_ROOTS)
    } else {
        Arc::new(roots_of(&pinned)?)
    };
    Ok(Verifier { check, roots, pinned, algorithms: PROVIDER.signature_verification_algorithms })
}

fn roots_of(pinned: &[CertificateDer<'static>]) -> Result<RootCertStore, EngineError> {
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(pinned.iter().cloned());
    if usable == 0 {
        return Err(config_error("ERR_TLS_CONFIG", "`tls.ca` holds no readable X.509 certificate".to_owned()));
    }
    Ok(roots)
}

/// Chains and keys in pairs, by their order.
fn client_certificates(tls: &TlsConfig) -> Result<Vec<Arc<CertifiedKey>>, EngineError> {
    if tls.cert.len() != tls.key.len() {
        return Err(config_error(
            "ERR_TLS_CONFIG",
            format!("`tls.cert` and `tls.key` come in pairs: there are {} and {}", tls.cert.len(), tls.key.len()),
        ));
    }
    tls.cert.iter().zip(&tls.key).map(|(cert, key)| certified(cert, key).map(Arc::new)).collect()
}

fn certified(cert: &[u8], key: &[u8]) -> Result<CertifiedKey, EngineError> {
    let chain = certificates("cert", cert)?;
    CertifiedKey::from_der(chain, private_key(key)?, &PROVIDER).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => config_error(
            "ERR_OSSL_X509_KEY_VALUES_MISMATCH",
            "`tls.key` is not the key of the first certificate in `tls.cert`".to_owned(),
        ),
        error => config_error("ERR_TLS_CONFIG", format!("`tls.key` or `tls.cert` cannot be used: {error}")),
    })
}

/// The client's certificates; the server's signature schemes choose one.
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
