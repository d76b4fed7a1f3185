//! The single I/O thread of the process, which runs tokio for DNS, dialling, TLS and pump connections.

use std::future::pending;
use std::io;
use std::thread;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};

use crate::error::{EngineError, ErrorKind};

static HANDLE: OnceCell<Handle> = OnceCell::new();

/// Returns the runtime, which is created at the first call. It lives until the process ends, because Node worker
/// threads come and go and none of them owns it.
///
/// # Errors
/// `Io` when the thread or its poller cannot be created (no threads, descriptors or memory left). The next call tries
/// again.
pub(super) fn handle() -> Result<&'static Handle, EngineError> {
    HANDLE.get_or_try_init(start).map_err(|error| no_thread(&error))
}

/// The error of a connection for which no thread could be created.
pub(super) fn no_thread(error: &io::Error) -> EngineError {
    let code = super::errno::code(error);
    let text = format!("no thread can be started ({code}): the limit of processes, descriptors or memory is reached");
    EngineError::new(ErrorKind::Io, text).with_code("OXREDIS_NO_THREAD")
}

fn start() -> io::Result<Handle> {
    // The thread runs this library's code until the process ends, so the library must stay loaded when the environment
    // that loaded it ends.
    #[cfg(unix)]
    super::libuv::pin_library();
    // One thread is enough: connections that need throughput are polled by libuv on the JS thread instead. The thread
    // is created here and not by tokio, which panics when the system cannot create one.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("oxredis-io".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}
