//! Sockets: dialling, TLS, and the two ways to move bytes (`uv`, `pump`) behind one trait.

use std::io;

/// One open connection as the engine sees it. Dropping it closes the connection.
///
/// Neither call blocks: `WouldBlock` means that the transport will report readiness later.
pub trait Transport {
    /// Reads into `buffer`. `Ok(0)` is the end of the stream.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Takes as many of `bytes` as it can.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Asks for (or stops) one report when more can be written.
    fn watch_writable(&mut self, on: bool);
    /// Stops or resumes reports of readable data (back-pressure of a busy JS thread).
    fn pause_reading(&mut self, on: bool);
}
