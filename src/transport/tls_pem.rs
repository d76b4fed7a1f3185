//! Parses certificates and keys from PEM, with errors that say what to do and do not quote the input.

use std::sync::Arc;

use rustls::crypto::KeyProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};

use super::der::{INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};
use super::pem::{Block, Label, blocks, without_blocks};
use super::x509::Certificate;
use crate::error::{EngineError, ErrorKind};

/// The error for a setting that cannot be used.
pub(super) fn config_error(code: &str, message: impl Into<String>) -> EngineError {
    EngineError::new(ErrorKind::Config, message).with_code(code)
}

/// Parses all certificates of one text. `option` is the name of the setting, for errors.
///
/// # Errors
/// `Config` if the text contains no certificate, or an invalid one.
pub(super) fn certificates(option: &str, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, EngineError> {
    let found = wanted(option, "certificate", text, |label| label == Label::Certificate)?;
    // OpenSSL's `TRUSTED CERTIFICATE` blocks have further data behind the certificate, which is dropped.
    let first_value = |block: Block| Reader(&block.der).next().map(|value| value.whole.to_vec());
    let certificates: Vec<_> = found.into_iter().filter_map(first_value).map(CertificateDer::from).collect();
    if certificates.iter().all(|der| Certificate::parse(der).is_none()) {
        let text = format!("`socket.{option}` holds PEM whose content is no X.509 certificate");
        return Err(config_error("ERR_OSSL_ASN1_WRONG_TAG", text));
    }
    Ok(certificates)
}

/// Parses the private key of one text: PKCS#8, PKCS#1 or SEC1.
///
/// # Errors
/// `Config` if there is no key, or it is invalid, encrypted, or of a kind that rustls cannot sign with.
pub(super) fn private_key(text: &[u8], provider: &dyn KeyProvider) -> Result<Arc<dyn SigningKey>, EngineError> {
    let is_key = |label| matches!(label, Label::Pkcs8Key | Label::Pkcs1Key | Label::Sec1Key | Label::EncryptedKey);
    let Some(block) = wanted("key", "private key", text, is_key)?.into_iter().next() else {
        return Err(config_error("ERR_OSSL_PEM_NO_START_LINE", "`socket.key` holds no private key"));
    };
    let kind = kind_of(&block);
    let key = match block.label {
        Label::Pkcs1Key => PrivateKeyDer::Pkcs1(block.der.into()),
        Label::Sec1Key => PrivateKeyDer::Sec1(block.der.into()),
        Label::EncryptedKey => {
            let text = "`socket.key` is encrypted: give `socket.passphrase`, or a key without one";
            return Err(config_error("ERR_MISSING_PASSPHRASE", text));
        }
        _ => PrivateKeyDer::Pkcs8(block.der.into()),
    };
    provider.load_private_key(key).map_err(|_| match kind {
        Some(kind) => config_error(
            "OXREDIS_UNSUPPORTED_KEY",
            format!("`socket.key` is {kind}; the engine signs with RSA (2048 to 4096 bits), P-256, P-384 and Ed25519"),
        ),
        None => config_error("ERR_OSSL_UNSUPPORTED", "`socket.key` holds PEM whose content is no private key"),
    })
}

/// Parses a certificate chain and finds, among `keys`, the key of its first certificate.
///
/// # Errors
/// `Config` if no key matches.
pub(super) fn certified(text: &[u8], keys: &[Arc<dyn SigningKey>]) -> Result<CertifiedKey, EngineError> {
    let chain = certificates("cert", text)?;
    // The public key is read here, because rustls can read it only from certificates of version 3.
    let public = chain.first().and_then(|leaf| Certificate::parse(leaf)).map(|leaf| leaf.spki.to_vec());
    let key = keys.iter().find(|key| key.public_key().map(|key| key.to_vec()) == public);
    match key {
        Some(key) => Ok(CertifiedKey::new(chain, Arc::clone(key))),
        None => Err(config_error(
            "ERR_OSSL_X509_KEY_VALUES_MISMATCH",
            "`socket.key` is not the key of the first certificate in `socket.cert`",
        )),
    }
}

/// Returns the wanted blocks of a text, at least one.
fn wanted(option: &str, what: &str, text: &[u8], is_wanted: impl Fn(Label) -> bool) -> Result<Vec<Block>, EngineError> {
    let broken = |problem: super::pem::Problem| {
        config_error(problem.code(), format!("`socket.{option}` {}", problem.text(what)))
    };
    // An encrypted key is refused in any case, so its content is not decoded.
    let found = blocks(text, |label| is_wanted(label) && label != Label::EncryptedKey).map_err(broken)?;
    let other = found.iter().map(|block| block.label).find(|label| !is_wanted(*label));
    let usable: Vec<Block> = found.into_iter().filter(|block| is_wanted(block.label)).collect();
    match (usable.is_empty(), other) {
        (false, _) => Ok(usable),
        (true, None) => Err(broken(without_blocks(text))),
        (true, Some(other)) => Err(config_error(
            "ERR_OSSL_PEM_NO_START_LINE",
            format!(
                "`socket.{option}` holds {}, where a {what} is expected; pass the content of the file",
                name(other)
            ),
        )),
    }
}

fn name(label: Label) -> &'static str {
    match label {
        Label::Certificate => "a certificate",
        Label::Pkcs8Key | Label::Pkcs1Key | Label::Sec1Key | Label::EncryptedKey => "a private key",
        Label::Other(name) => name,
    }
}

/// Returns what kind of key cannot be used; `None` if the block is not a key.
fn kind_of(block: &Block) -> Option<String> {
    let mut key = Reader(&block.der).inside(SEQUENCE)?;
    key.take(INTEGER)?;
    match block.label {
        Label::Pkcs1Key => rsa(key),
        Label::Sec1Key => {
            key.take(OCTET_STRING)?;
            curve(key.inside(0xa0)?)
        }
        _ => {
            let mut algorithm = key.inside(SEQUENCE)?;
            let id = algorithm.take(OID)?.content;
            match id {
                [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1] => {
                    let mut inner = key.inside(OCTET_STRING)?.inside(SEQUENCE)?;
                    inner.take(INTEGER)?;
                    rsa(inner)
                }
                [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10] => Some("an RSA-PSS key".to_owned()),
                [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => curve(algorithm),
                [0x2b, 0x65, 0x71] => Some("an Ed448 key".to_owned()),
                [0x2b, 0x65, 0x70] => Some("a broken Ed25519 key".to_owned()),
                _ => Some("a key of another kind".to_owned()),
            }
        }
    }
}

/// `key` is positioned at the modulus.
fn rsa(mut key: Reader<'_>) -> Option<String> {
    let modulus = key.take(INTEGER)?.content;
    let first = modulus.iter().position(|byte| *byte != 0)?;
    let bits = (modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize;
    Some(if (2048..=4096).contains(&bits) {
        "a broken RSA key".to_owned()
    } else {
        format!("an RSA key of {bits} bits")
    })
}

fn curve(mut parameters: Reader<'_>) -> Option<String> {
    let name = match parameters.next()? {
        value if value.tag != OID => "an EC key with explicit parameters",
        value => match value.content {
            [0x2b, 0x81, 4, 0, 0x23] => "a P-521 key",
            [0x2b, 0x81, 4, 0, 0x0a] => "a secp256k1 key",
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] | [0x2b, 0x81, 4, 0, 0x22] => {
                "a broken EC key, or one without its public key"
            }
            _ => "an EC key of another curve",
        },
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_error(text: &str) -> EngineError {
        private_key(text.as_bytes(), rustls::crypto::ring::default_provider().key_provider).map(|_| ()).unwrap_err()
    }

    #[test]
    fn says_what_is_wrong_with_a_key() {
        assert_eq!(key_error("/etc/key.pem").code.as_deref(), Some("ERR_OSSL_PEM_NO_START_LINE"));
        let encrypted = key_error("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        assert!(encrypted.message.contains("passphrase"));
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n";
        let old = key_error(old);
        assert_eq!((old.kind, old.code.as_deref()), (ErrorKind::Config, Some("ERR_MISSING_PASSPHRASE")));
        let certificate = key_error("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(certificate.message.contains("holds a certificate, where a private key is expected"), "{certificate}");
        assert!(
            key_error("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                .message
                .contains("no private key")
        );
    }
}
