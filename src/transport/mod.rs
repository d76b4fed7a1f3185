//! Sockets: dialling, TLS, and the two ways to move bytes (`uv`, `pump`) behind one trait.
//!
//! [`BackOffice`] dials on the I/O thread and reports to the JS thread. What it gives is either a descriptor, which
//! [`uv::UvPoll`] polls on Node's own loop, or a [`PumpTransport`], whose bytes a task on the I/O thread moves. Where
//! an address is known and `uv` serves, [`uv_dial`] connects on the loop itself, and there is no I/O thread.

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
/// Neither call blocks: `WouldBlock` means that the transport will report readiness later.
///
/// Reports of readable data are level-triggered: as long as something is left to read (bytes, the end of the stream
/// or an error) and reading is not paused, another report follows each `read`. A report can be one too many.
pub trait Transport {
    /// Reads into `buffer`. `Ok(0)` is the end of the stream.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Takes as many of `bytes` as it can.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Takes as much of `pieces` as it can, in order; there is at least one, and none is empty.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Asks for (or stops) one report when more can be written.
    fn watch_writable(&mut self, on: bool);
    /// Stops or resumes reports of readable data (back-pressure of a busy JS thread).
    fn pause_reading(&mut self, on: bool);
}
