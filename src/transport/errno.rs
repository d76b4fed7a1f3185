//! Operating system errors as Node reports them: the name of the errno as code, and Node's message.

use std::io;

use crate::error::{EngineError, ErrorKind};

/// A table of this platform's errno values with the names that Node uses.
#[cfg(unix)]
macro_rules! errno_table {
    ($($name:ident),* $(,)?) => { &[$((libc::$name, stringify!($name))),*] };
}

#[cfg(unix)]
const NAMES: &[(i32, &str)] = errno_table![
    ECONNREFUSED,
    ECONNRESET,
    ECONNABORTED,
    ETIMEDOUT,
    EPIPE,
    EHOSTUNREACH,
    EHOSTDOWN,
    ENETUNREACH,
    ENETDOWN,
    ENETRESET,
    ENOENT,
    EACCES,
    EPERM,
    EADDRINUSE,
    EADDRNOTAVAIL,
    EAFNOSUPPORT,
    EPROTOTYPE,
    EPROTONOSUPPORT,
    ENOTSOCK,
    ENOTCONN,
    EISCONN,
    EALREADY,
    EINPROGRESS,
    EAGAIN,
    EINTR,
    EINVAL,
    EBADF,
    EMFILE,
    ENFILE,
    ENOBUFS,
    ENOMEM,
    ENOTDIR,
    ELOOP,
    ENAMETOOLONG,
    EMSGSIZE,
    EDESTADDRREQ,
    ESHUTDOWN,
    EFAULT,
    EIO,
    ENOPROTOOPT,
    EOPNOTSUPP,
    EPROTO,
    ECANCELED,
];

/// Winsock's error numbers, under the names that the same errors have on other platforms.
#[cfg(windows)]
const NAMES: &[(i32, &str)] = &[
    (10061, "ECONNREFUSED"),
    (1225, "ECONNREFUSED"),
    (10054, "ECONNRESET"),
    (10053, "ECONNABORTED"),
    (10060, "ETIMEDOUT"),
    (121, "ETIMEDOUT"),
    (10065, "EHOSTUNREACH"),
    (10051, "ENETUNREACH"),
    (10050, "ENETDOWN"),
    (10013, "EACCES"),
    (10048, "EADDRINUSE"),
    (10049, "EADDRNOTAVAIL"),
    (10047, "EAFNOSUPPORT"),
    (10057, "ENOTCONN"),
    (10058, "EPIPE"),
    (109, "EPIPE"),
    (10024, "EMFILE"),
    (10055, "ENOBUFS"),
    (10022, "EINVAL"),
    (11001, "ENOTFOUND"),
    (11002, "EAI_AGAIN"),
];

#[cfg(not(any(unix, windows)))]
const NAMES: &[(i32, &str)] = &[];

/// Returns the name of an errno (`ECONNREFUSED`), or `None` if it is not in the table.
pub fn name(errno: i32) -> Option<&'static str> {
    NAMES.iter().find(|(number, _)| *number == errno).map(|(_, name)| *name)
}

/// Returns the code of an I/O error: the name of its errno, else the closest name for its `ErrorKind`.
pub fn code(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(errno) => name(errno).map_or_else(|| format!("E{errno}"), str::to_owned),
        None => name_of_kind(error.kind()).to_owned(),
    }
}

/// For errors without an errno, which libraries make: their kind is still known.
fn name_of_kind(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => "ECONNRESET",
        io::ErrorKind::ConnectionAborted => "ECONNABORTED",
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::BrokenPipe | io::ErrorKind::WriteZero => "EPIPE",
        io::ErrorKind::NotFound => "ENOENT",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::InvalidInput => "EINVAL",
        _ => "EIO",
    }
}

/// Converts an I/O error to the engine's form: `read ECONNRESET`, with `code` and `syscall`.
///
/// If the I/O error wraps an [`EngineError`] (TLS errors of the pump), that error is returned unchanged.
pub fn io_error(syscall: &'static str, error: &io::Error) -> EngineError {
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<EngineError>()) {
        return inner.clone();
    }
    let code = code(error);
    EngineError {
        syscall: Some(syscall),
        ..EngineError::new(ErrorKind::Io, format!("{syscall} {code}")).with_code(code)
    }
}

/// Like [`io_error`], with the address that was tried: `connect ECONNREFUSED 127.0.0.1:6379`, `connect ENOENT /path`.
pub fn address_error(syscall: &'static str, error: &io::Error, address: &str, port: Option<u16>) -> EngineError {
    let mut failure = io_error(syscall, error);
    failure.message = match port {
        Some(port) => format!("{} {address}:{port}", failure.message),
        None => format!("{} {address}", failure.message),
    };
    failure.address = Some(address.into());
    failure.port = port;
    failure
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn names_errors_as_node_does() {
        let reset = io::Error::from_raw_os_error(libc::ECONNRESET);
        let error = io_error("read", &reset);
        assert_eq!((error.message.as_str(), error.code.as_deref()), ("read ECONNRESET", Some("ECONNRESET")));
        assert_eq!(error.syscall, Some("read"));

        let refused = io::Error::from_raw_os_error(libc::ECONNREFUSED);
        let error = address_error("connect", &refused, "::1", Some(6379));
        assert_eq!(error.message, "connect ECONNREFUSED ::1:6379");
        assert_eq!((error.address.as_deref(), error.port), (Some("::1"), Some(6379)));
    }

    #[test]
    fn names_errors_without_errno_and_unknown_ones() {
        assert_eq!(code(&io::Error::from(io::ErrorKind::BrokenPipe)), "EPIPE");
        assert_eq!(code(&io::Error::from_raw_os_error(9999)), "E9999");
    }

    #[test]
    fn passes_an_engine_error_through() {
        let inner = EngineError::new(ErrorKind::Tls, "certificate has expired").with_code("CERT_HAS_EXPIRED");
        assert_eq!(io_error("read", &io::Error::other(inner.clone())), inner);
    }
}
