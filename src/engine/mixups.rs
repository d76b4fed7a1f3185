//! TLS to a port for plain text and the reverse: what the user is told of what looks like it.

use crate::error::{EngineError, ErrorKind};
use crate::proto::parser::{Problem, ProtocolError};

/// The first byte of an alert of TLS. No type of RESP has it.
const TLS_ALERT: u8 = 0x15;

/// What a server says that is no RESP. The first thing that one for TLS says to a plain client is an alert.
pub(super) fn protocol_error(error: ProtocolError, is_ready: bool) -> EngineError {
    if !is_ready && error.problem == Problem::UnknownType(TLS_ALERT) && error.at == 0 {
        return tls_port("the server speaks TLS on this port: use rediss:// or socket.tls");
    }
    error.into()
}

/// A connection that ended before the server had said anything: Redis does so when it expects TLS.
pub(super) fn explained(error: EngineError) -> EngineError {
    match error.kind {
        ErrorKind::Io | ErrorKind::SocketClosed => error.because(tls_port(
            "the server ended the connection without an answer: if it speaks TLS on this port, use rediss:// or socket.tls",
        )),
        _ => error,
    }
}

/// A server that accepts and says nothing: Redis does so when it expects plain text.
pub(super) fn silent_in_tls() -> EngineError {
    let text = "the server accepted the connection, and has not answered in TLS: if it does not speak TLS on this port, \
        connect without (redis:// instead of rediss://), or use its TLS port";
    EngineError::new(ErrorKind::Tls, text).with_code("OXREDIS_PLAIN_PORT")
}

fn tls_port(text: &str) -> EngineError {
    EngineError::new(ErrorKind::Tls, text).with_code("OXREDIS_TLS_PORT")
}
