//! PEM to certificates and keys, with errors that say what to do.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::{EngineError, ErrorKind};

/// What Node's errors have as code when there is no PEM block.
const NO_START_LINE: &str = "ERR_OSSL_PEM_NO_START_LINE";

/// A setting that cannot be used.
pub(super) fn config_error(code: &str, message: String) -> EngineError {
    EngineError::new(ErrorKind::Config, message).with_code(code)
}

/// All certificates of one text. `option` is the name of the setting, for the error.
///
/// # Errors
/// `Config` when there is none, or one is broken.
pub(super) fn certificates(option: &str, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, EngineError> {
    // OpenSSL's other names of the same block.
    let text = rename(rename(text.to_vec(), b"X509 CERTIFICATE-----"), b"TRUSTED CERTIFICATE-----");
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>().map_err(|error| {
        config_error("ERR_OSSL_PEM_BAD_BASE64_DECODE", format!("`tls.{option}` holds broken PEM: {error}"))
    })?;
    if found.is_empty() {
        return Err(config_error(
            NO_START_LINE,
            format!("`tls.{option}` holds no PEM certificate; pass the content of the file, not its path"),
        ));
    }
    Ok(found)
}

fn rename(text: Vec<u8>, label: &[u8]) -> Vec<u8> {
    let Some(_) = memchr::memmem::find(&text, label) else { return text };
    let mut renamed = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(&text, label) {
        renamed.extend_from_slice(&text[from..at]);
        renamed.extend_from_slice(b"CERTIFICATE-----");
        from = at + label.len();
    }
    renamed.extend_from_slice(&text[from..]);
    renamed
}

/// The private key of one text: PKCS#8, PKCS#1 or SEC1.
///
/// # Errors
/// `Config` when there is none, it is broken, or it is encrypted.
pub(super) fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, EngineError> {
    let holds = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    if holds(b"BEGIN ENCRYPTED PRIVATE KEY") || holds(b"Proc-Type: 4,ENCRYPTED") {
        return Err(config_error(
            "ERR_MISSING_PASSPHRASE",
            "`tls.key` is encrypted; give its `passphrase`, or a key without one".to_owned(),
        ));
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => config_error(
            NO_START_LINE,
            "`tls.key` holds no PEM private key; pass the content of the file, not its path".to_owned(),
        ),
        error => config_error("ERR_OSSL_PEM_BAD_BASE64_DECODE", format!("`tls.key` holds broken PEM: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_key() {
        let text = |text: &str| private_key(text.as_bytes()).unwrap_err();
        assert_eq!(text("/etc/key.pem").code.as_deref(), Some(NO_START_LINE));
        let encrypted = text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        assert!(encrypted.message.contains("passphrase"));
        let old = text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n");
        assert_eq!((old.kind, old.code.as_deref()), (ErrorKind::Config, Some("ERR_MISSING_PASSPHRASE")));
    }

    #[test]
    fn reads_several_blocks_and_openssls_labels() {
        let text = b"junk\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\
            -----BEGIN TRUSTED CERTIFICATE-----\nAAAB\n-----END TRUSTED CERTIFICATE-----\n";
        let found = certificates("ca", text).unwrap();
        assert_eq!(found.iter().map(|der| der.to_vec()).collect::<Vec<_>>(), [[0, 0, 0], [0, 0, 1]]);
    }
}
