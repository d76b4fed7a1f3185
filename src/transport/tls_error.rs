//! rustls' errors in Node's terms.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError};

use crate::error::{EngineError, ErrorKind};

/// A TLS error with its code.
pub(super) fn tls_error(code: &str, message: impl Into<String>) -> EngineError {
    EngineError::new(ErrorKind::Tls, message).with_code(code)
}

/// Wraps an error of ours for the way through rustls.
pub(super) fn refused(error: EngineError) -> rustls::Error {
    CertificateError::Other(OtherError(std::sync::Arc::new(error))).into()
}

/// A failure of the handshake.
pub(super) fn handshake_error(error: &io::Error) -> EngineError {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return describe(tls);
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        let text = "Client network socket disconnected before secure TLS connection was established";
        return tls_error("ECONNRESET", text);
    }
    super::errno::io_error("read", error)
}

/// A TLS failure for the user.
pub(super) fn describe(error: &rustls::Error) -> EngineError {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            match inner.downcast_ref::<EngineError>() {
                Some(ours) => ours.clone(),
                None => tls_error("CERT_REJECTED", format!("the server's certificate was refused: {inner}")),
            }
        }
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            tls_error("CERT_SIGNATURE_FAILURE", "certificate signature failure")
        }
        rustls::Error::AlertReceived(alert) => alert_error(*alert),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => tls_error(
            "ERR_SSL_WRONG_VERSION_NUMBER",
            "the server did not answer in TLS (wrong version number); is this its TLS port?",
        ),
        rustls::Error::PeerIncompatible(why) => tls_error(
            "ERR_SSL_UNSUPPORTED_PROTOCOL",
            format!("client and server have no TLS version or cipher in common: {why:?}"),
        ),
        rustls::Error::NoApplicationProtocol => {
            tls_error("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "the server accepts none of the ALPN protocols")
        }
        rustls::Error::DecryptError => {
            tls_error("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "decryption failed or bad record mac")
        }
        other => tls_error("ERR_SSL_PROTOCOL_ERROR", format!("TLS failed: {other}")),
    }
}

/// The server's own complaint.
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
        other => return tls_error("ERR_SSL_ALERT", format!("the server ended TLS with an alert: {other:?}")),
    };
    tls_error(code, format!("the server ended TLS with an alert: {text}"))
}
