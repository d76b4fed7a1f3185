//! The one tokio runtime of the process: a back office for DNS, dialling, TLS and pumped connections.

use std::io;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{EngineError, ErrorKind};

/// Threads for `getaddrinfo`, made when needed: a cancelled look-up goes on until it fails, and dials of other names
/// must not wait for it.
const RESOLVER_THREADS: usize = 16;

static RUNTIME: OnceCell<Runtime> = OnceCell::new();

/// The runtime, made at the first use. It stays until the process ends: Node worker threads come and go, and none
/// of them owns it.
///
/// # Errors
/// `Io` when the threads or the poller cannot be made (out of descriptors or memory).
pub(super) fn handle() -> Result<&'static Handle, EngineError> {
    RUNTIME.get_or_try_init(build).map(Runtime::handle).map_err(|error| {
        let mut failure = super::errno::io_error("uv_thread_create", &error);
        failure.kind = ErrorKind::Io;
        failure.message = format!("cannot start the I/O thread: {error}");
        failure
    })
}

fn build() -> io::Result<Runtime> {
    // The thread runs this library's code for ever, so the library must outlive the environment that loaded it.
    #[cfg(unix)]
    super::libuv::pin_library();
    // One worker: connections that need throughput without a thread hop are polled by libuv, not here.
    Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(RESOLVER_THREADS)
        .thread_name("oxredis-io")
        .enable_all()
        .build()
}
