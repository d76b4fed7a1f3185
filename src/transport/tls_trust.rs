//! The certificates that a TLS configuration trusts.

use std::sync::Arc;

use once_cell::sync::Lazy;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};

use super::tls_pem::certificates;
use super::x509::Certificate;
use crate::error::EngineError;

/// The trusted authorities, and intermediate certificates that may be needed to reach them.
#[derive(Debug, Default)]
pub(super) struct Trust {
    anchors: Vec<Anchor>,
    /// The trust anchors, in webpki's form.
    all: Vec<TrustAnchor<'static>>,
    /// Certificates of `ca` that are not self-signed: as in Node they help to build a chain, but do not end one.
    pub(super) helpers: Vec<CertificateDer<'static>>,
    /// Self-signed certificates of `ca`. Any of them may also be the server's own certificate.
    pub(super) own: Vec<CertificateDer<'static>>,
}

/// The validity of an authority (seconds since 1970) and its path length limit.
#[derive(Debug)]
struct Anchor {
    not_before: u64,
    not_after: u64,
    path_length: Option<u32>,
}

impl Anchor {
    fn is_valid(&self, now: u64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}

/// The root certificates used without `ca`: those of the system, or Mozilla's where the system has none (slim
/// containers), and those of `NODE_EXTRA_CA_CERTS`.
static SYSTEM: Lazy<Arc<Trust>> = Lazy::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let extra = std::env::var_os("NODE_EXTRA_CA_CERTS").and_then(|path| std::fs::read(path).ok());
    if let Some(extra) = extra.and_then(|text| certificates("ca", &text).ok()) {
        roots.add_parsable_certificates(extra);
    }
    let always = |_: &_| Anchor { not_before: 0, not_after: u64::MAX, path_length: None };
    Arc::new(Trust { anchors: roots.roots.iter().map(always).collect(), all: roots.roots, ..Trust::default() })
});

/// Builds the trust store from the texts of `ca`. With no texts, the system's roots are used; with empty texts, nothing
/// is trusted.
///
/// # Errors
/// `Config` if a text contains no certificate.
pub(super) fn trust(ca: &[Vec<u8>]) -> Result<Arc<Trust>, EngineError> {
    if ca.is_empty() {
        return Ok(Arc::clone(&SYSTEM));
    }
    let mut trust = Trust::default();
    for text in ca.iter().filter(|text| !text.is_empty()) {
        for der in certificates("ca", text)? {
            trust.add(der);
        }
    }
    Ok(Arc::new(trust))
}

impl Trust {
    /// Adds one certificate of `ca`. As in Node (without `allowPartialTrustChain`), only a self-signed certificate ends
    /// a chain.
    fn add(&mut self, der: CertificateDer<'static>) {
        let Some(parsed) = Certificate::parse(&der) else { return };
        if !parsed.is_self_signed() {
            self.helpers.push(der);
            return;
        }
        let anchor = webpki::anchor_from_trusted_cert(&der).ok().filter(|_| parsed.may_sign_certificates());
        if let Some(anchor) = anchor {
            let (not_before, not_after) = (parsed.not_before, parsed.not_after);
            self.anchors.push(Anchor { not_before, not_after, path_length: parsed.path_length() });
            self.all.push(anchor.to_owned());
        }
        self.own.push(der);
    }

    /// All authorities, whether valid at this time or not.
    pub(super) fn all(&self) -> &[TrustAnchor<'static>] {
        &self.all
    }

    /// The authorities that are valid at `now`; `None` if all are.
    pub(super) fn valid(&self, now: UnixTime) -> Option<Vec<TrustAnchor<'static>>> {
        let now = now.as_secs();
        if self.anchors.iter().all(|anchor| anchor.is_valid(now)) {
            return None;
        }
        let valid = self.all.iter().zip(&self.anchors).filter(|(_, anchor)| anchor.is_valid(now));
        Some(valid.map(|(anchor, _)| anchor.clone()).collect())
    }

    /// Whether the path length limit of an authority allows `between` certificates between it and a leaf.
    pub(super) fn allows_length(&self, used: &TrustAnchor<'_>, between: usize) -> bool {
        let is_used = |anchor: &TrustAnchor<'_>| {
            anchor.subject == used.subject && anchor.subject_public_key_info == used.subject_public_key_info
        };
        let mut limits = self.all.iter().zip(&self.anchors).filter(|(anchor, _)| is_used(anchor));
        limits.any(|(_, anchor)| anchor.path_length.is_none_or(|limit| between <= limit as usize))
    }
}
