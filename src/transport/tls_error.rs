//! rustls' errors in Node's terms.

use crate::error::{EngineError, ErrorKind};

/// A TLS failure for the user.
pub(super) fn describe(error: &rustls::Error) -> EngineError {
    EngineError::new(ErrorKind::Tls, error.to_string())
}
