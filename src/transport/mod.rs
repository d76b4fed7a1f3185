//! Sockets: dialling, TLS, and the two transports (`uv`, `pump`) behind one trait.
//!
//! [`BackOffice`] dials on the I/O thread and reports to the JS thread. The result is either a descriptor, which
//! [`uv::UvPoll`] polls on Node's own loop, or a [`PumpTransport`], whose bytes a task on the I/O thread moves. If the
//! address is known and `uv` can be used, [`uv_dial`] connects on Node's loop, without the I/O thread.

mod back_office;
mod blocking;
mod connect;
mod der;
mod dial;
pub mod errno;
pub mod libuv;
mod pem;
mod pump;
mod pump_task;
mod resolve;
mod runtime;
mod stream;
mod tls;
mod tls_config;
mod tls_error;
mod tls_names;
mod tls_pem;
mod tls_trust;
mod tls_verdict;
mod tls_verify;
#[cfg(unix)]
pub mod uv;
#[cfg(unix)]
pub mod uv_dial;
mod x509;

use std::io::{self, IoSlice};

pub use back_office::{BackOffice, DialHandle, Report};
pub use dial::{Dialled, DialledSocket, Want};
pub use errno::io_error;
pub use pump::PumpTransport;

/// One open connection as the engine sees it. Dropping it closes the connection.
///
/// Reads and writes do not block: `WouldBlock` means that the transport will report readiness later.
///
/// Reports of readable data are level-triggered: as long as something is left to read (bytes, the end of the stream or
/// an error) and reading is not paused, another report follows each `read`. Spurious reports are possible.
pub trait Transport {
    /// Reads into `buffer` and returns the number of bytes. `Ok(0)` is the end of the stream.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes as many of `bytes` as the transport accepts, and returns their number.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Writes as much of `pieces` as the transport accepts, in order, and returns the number of bytes. `pieces` must
    /// not be empty, nor any piece in it.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Requests one report when more can be written, or cancels that request.
    fn watch_writable(&mut self, on: bool);
    /// Pauses or resumes reports of readable data (back-pressure while the JS thread is busy).
    fn pause_reading(&mut self, on: bool);
}
