//! Converts rustls' errors to errors with Node's codes.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError, PeerIncompatible};

use crate::error::{EngineError, ErrorKind};

/// A TLS error with its code.
pub(super) fn tls_error(code: &str, message: impl Into<String>) -> EngineError {
    EngineError::new(ErrorKind::Tls, message).with_code(code)
}

/// Wraps one of our own errors, so that rustls can return it.
pub(super) fn refused(error: EngineError) -> rustls::Error {
    CertificateError::Other(OtherError(std::sync::Arc::new(error))).into()
}

/// Converts the error of a failed handshake.
pub(super) fn handshake_error(error: &io::Error) -> EngineError {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return if is_no_tls(tls) { not_tls() } else { describe(tls) };
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        let text = "Client network socket disconnected before secure TLS connection was established";
        return tls_error("ECONNRESET", text);
    }
    super::errno::io_error("read", error)
}

/// Whether the server's first bytes were not a TLS record.
fn is_no_tls(error: &rustls::Error) -> bool {
    use InvalidMessage as M;
    matches!(
        error,
        rustls::Error::InvalidMessage(M::InvalidContentType | M::UnknownProtocolVersion | M::MessageTooLarge)
    )
}

fn not_tls() -> EngineError {
    tls_error(
        "ERR_SSL_WRONG_VERSION_NUMBER",
        "the server does not speak TLS on this port (wrong version number): connect without tls \
         (redis:// instead of rediss://), or use its TLS port",
    )
}

/// Converts a TLS error for the user. The text of rustls is left out, because it may quote received bytes.
pub(super) fn describe(error: &rustls::Error) -> EngineError {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            match inner.downcast_ref::<EngineError>() {
                Some(ours) => ours.clone(),
                None => tls_error("CERT_REJECTED", "the server's certificate was refused"),
            }
        }
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            tls_error("CERT_SIGNATURE_FAILURE", "certificate signature failure")
        }
        rustls::Error::InvalidCertificate(_) => {
            tls_error("CERT_REJECTED", "the server's certificate cannot be used with its signature")
        }
        rustls::Error::AlertReceived(alert) => alert_error(*alert),
        rustls::Error::PeerIncompatible(why) => incompatible(why),
        rustls::Error::NoApplicationProtocol => {
            tls_error("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "the server accepts none of the ALPN protocols")
        }
        rustls::Error::DecryptError => {
            tls_error("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "decryption failed or bad record mac")
        }
        rustls::Error::InvalidMessage(_) => {
            tls_error("ERR_SSL_PROTOCOL_ERROR", "TLS failed: the server sent a malformed message")
        }
        rustls::Error::InappropriateMessage { .. } | rustls::Error::InappropriateHandshakeMessage { .. } => {
            tls_error("ERR_SSL_UNEXPECTED_MESSAGE", "TLS failed: the server sent a message out of turn")
        }
        rustls::Error::PeerMisbehaved(_) => {
            tls_error("ERR_SSL_PROTOCOL_ERROR", "TLS failed: the server does not keep to the protocol")
        }
        rustls::Error::PeerSentOversizedRecord => {
            tls_error("ERR_SSL_DATA_LENGTH_TOO_LONG", "TLS failed: the server sent a record that is too long")
        }
        _ => tls_error("ERR_SSL_PROTOCOL_ERROR", "TLS failed"),
    }
}

fn incompatible(why: &PeerIncompatible) -> EngineError {
    use PeerIncompatible as P;
    let (code, text) = match why {
        P::ServerDoesNotSupportTls12Or13 | P::ServerTlsVersionIsDisabledByOurConfig => {
            ("ERR_SSL_UNSUPPORTED_PROTOCOL", "client and server have no TLS version in common")
        }
        P::NoCertificateRequestSignatureSchemesInCommon => (
            "ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS",
            "the server asks for a client certificate of a kind that the engine has no signatures for",
        ),
        _ => ("ERR_SSL_UNSUPPORTED_PROTOCOL", "client and server have no cipher suite or key exchange in common"),
    };
    tls_error(code, text)
}

/// The error for an alert that the server sent.
fn alert_error(alert: AlertDescription) -> EngineError {
    use AlertDescription as A;
    let (code, text) = match alert {
        A::HandshakeFailure => ("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "handshake failure"),
        A::ProtocolVersion => ("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "protocol version"),
        A::CertificateRequired => ("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate required"),
        A::BadCertificate => ("ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "bad certificate"),
        A::UnsupportedCertificate => ("ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "unsupported certificate"),
        A::CertificateRevoked => ("ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED", "certificate revoked"),
        A::CertificateExpired => ("ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "certificate expired"),
        A::CertificateUnknown => ("ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", "certificate unknown"),
        A::UnknownCA => ("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "unknown ca"),
        A::AccessDenied => ("ERR_SSL_TLSV1_ALERT_ACCESS_DENIED", "access denied"),
        A::UnrecognisedName => ("ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "unrecognized name"),
        A::InternalError => ("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "internal error"),
        A::NoApplicationProtocol => ("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "no application protocol"),
        other => {
            let number = u8::from(other);
            return tls_error("ERR_SSL_ALERT", format!("the server ended TLS with an alert: number {number}"));
        }
    };
    tls_error(code, format!("the server ended TLS with an alert: {text}"))
}
