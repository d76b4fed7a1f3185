//! Error messages for a likely confusion of ports: TLS to a plain-text port, or plain text to a TLS port.

use crate::error::{EngineError, ErrorKind};
use crate::proto::parser::{Problem, ProtocolError};

/// The first byte of a TLS alert record. No RESP type begins with it.
const TLS_ALERT: u8 = 0x15;

/// The error for bytes that are not RESP. A TLS server answers a plain-text client with a TLS alert first.
pub(super) fn protocol_error(error: ProtocolError, is_ready: bool) -> EngineError {
    if !is_ready && error.problem == Problem::UnknownType(TLS_ALERT) && error.at == 0 {
        return tls_port("the server speaks TLS on this port: use rediss:// or socket.tls");
    }
    error.into()
}

/// The error for a connection that was closed before the server sent anything. Redis closes it so when it expects TLS.
pub(super) fn explained(error: EngineError) -> EngineError {
    match error.kind {
        ErrorKind::Io | ErrorKind::SocketClosed => error.because(tls_port(
            "the server ended the connection without an answer: if it speaks TLS on this port, use rediss:// or socket.tls",
        )),
        _ => error,
    }
}

/// The error for a server that accepts the connection and never answers in TLS. Redis does so when it expects plain
/// text.
pub(super) fn silent_in_tls() -> EngineError {
    let text = "the server accepted the connection, and has not answered in TLS: if it does not speak TLS on this port, \
        connect without (redis:// instead of rediss://), or use its TLS port";
    EngineError::new(ErrorKind::Tls, text).with_code("OXREDIS_PLAIN_PORT")
}

fn tls_port(text: &str) -> EngineError {
    EngineError::new(ErrorKind::Tls, text).with_code("OXREDIS_TLS_PORT")
}
