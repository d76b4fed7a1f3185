//! A reader for those parts of X.509 certificates that this client examines itself: webpki reads version 3 only, and
//! says little about certificates that it refuses.

use rustls::pki_types::SignatureVerificationAlgorithm;

use super::der::{BIT_STRING, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, number, time};

/// A parsed certificate. Parsing verifies nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Certificate<'a> {
    /// The part that the issuer signed (TBSCertificate).
    signed: &'a [u8],
    /// The content of the signature's AlgorithmIdentifier, without tag and length.
    pub(super) algorithm: &'a [u8],
    signature: &'a [u8],
    /// 1, 2 or 3.
    pub(super) version: u32,
    /// Names are the contents of their sequences, and are compared as bytes.
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    /// Seconds since 1970.
    pub(super) not_before: u64,
    pub(super) not_after: u64,
    /// The whole SubjectPublicKeyInfo: the public key with its algorithm.
    pub(super) spki: &'a [u8],
    extensions: Reader<'a>,
}

/// One extension of version 3.
struct Extension<'a> {
    id: &'a [u8],
    is_critical: bool,
    value: Reader<'a>,
}

const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const ANY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0];

impl<'a> Certificate<'a> {
    /// Parses the first certificate of `der`; `None` if it is not a certificate.
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = Reader(der).inside(SEQUENCE)?;
        let signed = outer.take(SEQUENCE)?;
        let algorithm = outer.take(SEQUENCE)?.content;
        let signature = outer.take(BIT_STRING)?.content.strip_prefix(&[0])?;
        let mut body = Reader(signed.content);
        let version = match body.inside(0xa0) {
            Some(mut explicit) => number(explicit.take(INTEGER)?.content)? + 1,
            None => 1,
        };
        body.take(INTEGER)?;
        // The signature algorithm is stated twice, and both must be equal (RFC 5280, 4.1.1.2).
        body.take(SEQUENCE).filter(|inner| inner.content == algorithm)?;
        let issuer = body.take(SEQUENCE)?.content;
        let mut validity = body.inside(SEQUENCE)?;
        let (not_before, not_after) = (time(validity.next()?)?, time(validity.next()?)?);
        let subject = body.take(SEQUENCE)?.content;
        let spki = body.take(SEQUENCE)?.whole;
        // Skips the unique identifiers, which are not used in practice.
        let _ = (body.take(0x81), body.take(0x82));
        let extensions = match body.inside(0xa3) {
            Some(mut explicit) => explicit.inside(SEQUENCE)?,
            None => Reader(&[]),
        };
        Some(Self {
            signed: signed.whole,
            algorithm,
            signature,
            version,
            issuer,
            subject,
            not_before,
            not_after,
            spki,
            extensions,
        })
    }

    /// Whether issuer and subject are the same name.
    pub(super) fn is_self_signed(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether the certificate may sign others, by OpenSSL's rules: a self-signed one of version 1 may, one of version
    /// 3 needs the extensions that say so.
    pub(super) fn may_sign_certificates(&self) -> bool {
        let usage = self.extension(KEY_USAGE).and_then(|usage| usage.value.clone().take(BIT_STRING));
        // The first byte counts the unused bits; keyCertSign is bit 5.
        let signs = usage.map(|usage| usage.content.get(1).is_some_and(|bits| bits & 0x04 != 0));
        match (signs, self.extension(BASIC_CONSTRAINTS)) {
            (Some(false), _) => false,
            (_, Some(constraints)) => {
                let mut inside = Reader(constraints.value.0).inside(SEQUENCE);
                inside.as_mut().and_then(|inside| inside.take(1)).is_some_and(|flag| flag.content != [0])
            }
            (Some(true), None) => true,
            (None, None) => self.version < 3 && self.is_self_signed(),
        }
    }

    /// The path length limit: how many certificates may be between this one and a leaf. `None` is no limit.
    pub(super) fn path_length(&self) -> Option<u32> {
        let mut inside = Reader(self.extension(BASIC_CONSTRAINTS)?.value.0).inside(SEQUENCE)?;
        let _ = inside.take(1);
        number(inside.take(INTEGER)?.content)
    }

    /// Whether it has no extended key usage, or one that includes servers.
    pub(super) fn may_be_a_server(&self) -> bool {
        let Some(usage) = self.extension(EXTENDED_KEY_USAGE) else { return true };
        let Some(mut purposes) = Reader(usage.value.0).inside(SEQUENCE) else { return false };
        std::iter::from_fn(|| purposes.take(OID)).any(|purpose| [SERVER_AUTH, ANY_USAGE].contains(&purpose.content))
    }

    /// Whether it has a critical extension that is not supported.
    pub(super) fn has_unknown_critical_extension(&self) -> bool {
        let known = [KEY_USAGE, SUBJECT_ALT_NAME, BASIC_CONSTRAINTS, NAME_CONSTRAINTS, EXTENDED_KEY_USAGE];
        self.all_extensions().any(|extension| extension.is_critical && !known.contains(&extension.id))
    }

    /// Whether `key` (the content of a SubjectPublicKeyInfo) made the signature, with one of `algorithms`.
    pub(super) fn is_signed_by(&self, key: &[u8], algorithms: &[&dyn SignatureVerificationAlgorithm]) -> bool {
        let Some((key_algorithm, key)) = split_key(key) else { return false };
        algorithms.iter().any(|algorithm| {
            algorithm.signature_alg_id().as_ref() == self.algorithm
                && algorithm.public_key_alg_id().as_ref() == key_algorithm
                && algorithm.verify_signature(key, self.signed, self.signature).is_ok()
        })
    }

    fn extension(&self, id: &[u8]) -> Option<Extension<'a>> {
        self.all_extensions().find(|extension| extension.id == id)
    }

    fn all_extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let mut list = self.extensions;
        std::iter::from_fn(move || {
            let mut extension = list.inside(SEQUENCE)?;
            let id = extension.take(OID)?.content;
            let is_critical = extension.take(1).is_some_and(|flag| flag.content != [0]);
            Some(Extension { id, is_critical, value: extension.inside(OCTET_STRING)? })
        })
    }
}

/// Splits the content of a SubjectPublicKeyInfo into the algorithm and the bits of the key.
pub(super) fn split_key(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut inside = Reader(spki);
    let algorithm = inside.take(SEQUENCE)?.content;
    Some((algorithm, inside.take(BIT_STRING)?.content.strip_prefix(&[0])?))
}

/// The size of an RSA key (a whole SubjectPublicKeyInfo) in bits; `None` for other keys.
pub(super) fn rsa_bits(spki: &[u8]) -> Option<usize> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    let (algorithm, key) = split_key(Reader(spki).take(SEQUENCE)?.content)?;
    Reader(algorithm).take(OID).filter(|id| id.content == RSA)?;
    let modulus = Reader(key).inside(SEQUENCE)?.take(INTEGER)?.content;
    let first = modulus.iter().position(|byte| *byte != 0)?;
    Some((modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize)
}
