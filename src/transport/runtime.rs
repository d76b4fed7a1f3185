//! The one I/O thread of the process: a back office for DNS, dialling, TLS and pumped connections.

use std::future::pending;
use std::io;
use std::thread;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};

use crate::error::{EngineError, ErrorKind};

static HANDLE: OnceCell<Handle> = OnceCell::new();

/// The runtime, made at the first use. It stays until the process ends: Node worker threads come and go, and none
/// of them owns it.
///
/// # Errors
/// `Io` when the thread or the poller cannot be made (out of threads, descriptors or memory). The next call tries again.
pub(super) fn handle() -> Result<&'static Handle, EngineError> {
    HANDLE.get_or_try_init(start).map_err(|error| no_thread(&error))
}

/// What a connection that needs a thread says where there is none.
pub(super) fn no_thread(error: &io::Error) -> EngineError {
    let code = super::errno::code(error);
    let text = format!("no thread can be started ({code}): the limit of processes, descriptors or memory is reached");
    EngineError::new(ErrorKind::Io, text).with_code("OXREDIS_NO_THREAD")
}

fn start() -> io::Result<Handle> {
    // The thread runs this library's code for ever, so the library must outlive the environment that loaded it.
    #[cfg(unix)]
    super::libuv::pin_library();
    // One thread: connections that need throughput without a thread hop are polled by libuv, not here. It is made here
    // and not by tokio, which panics where the system has none left.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("oxredis-io".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}
