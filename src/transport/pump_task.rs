//! The I/O thread's end of a pump connection: moves bytes between the socket (with TLS) and the shared buffers.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, BufRead, IoSlice, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ClientConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

use super::pump::{End, PumpShared};
use super::stream::Stream;

/// The most bytes that one read of the socket takes.
const READ_SIZE: usize = 64 * 1024;
/// The amount of plaintext that is encrypted before it is written: enough for one large write, and small enough to stay
/// in the processor's cache.
const ENCRYPT_SIZE: usize = 64 * 1024;
/// How long a dropped connection may take to send what was written and to receive the peer's end of stream.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Buffers for one read, shared by all connections, so that an idle connection needs no memory for them.
struct Scratch {
    wire: Box<[u8]>,
    plain: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> =
        RefCell::new(Scratch { wire: vec![0; READ_SIZE].into_boxed_slice(), plain: Vec::new() });
}

#[derive(PartialEq, Eq)]
enum Receive {
    /// Bytes arrived.
    Progress,
    /// There is nothing to read from the socket.
    Waiting,
    /// The JS side has not taken the bytes that arrived before.
    Full,
    /// No more bytes will arrive.
    Ended,
}

#[derive(PartialEq, Eq)]
enum Send {
    /// Everything that was written has been passed to the kernel, or nothing can be sent any more.
    Idle,
    /// The socket does not accept more bytes now.
    Waiting,
}

/// The task that moves the bytes of one connection.
pub(super) struct PumpTask {
    shared: Arc<PumpShared>,
    stream: Stream,
    tls: Option<Box<ClientConnection>>,
    /// Bytes taken from the JS side; those before `sent` have been sent.
    batch: Vec<u8>,
    sent: usize,
    receiving: bool,
    sending: bool,
}

impl PumpTask {
    pub(super) fn new(shared: Arc<PumpShared>, stream: Stream, tls: Option<ClientConnection>) -> Self {
        let mut tls = tls.map(Box::new);
        if let Some(tls) = &mut tls {
            // rustls needs no limit: the amount that is encrypted at a time already limits what it buffers.
            tls.set_buffer_limit(None);
        }
        Self { shared, stream, tls, batch: Vec::new(), sent: 0, receiving: true, sending: true }
    }

    /// Moves bytes until the JS side drops the connection, then closes the socket.
    pub(super) async fn run(mut self) {
        if self.tls.is_some() {
            // Application data may have arrived together with the end of the handshake.
            SCRATCH.with_borrow_mut(|scratch| self.decrypt(&[], &mut scratch.plain));
        }
        poll_fn(|cx| self.poll_pump(cx)).await;
        let _ = timeout(CLOSE_LIMIT, self.finish()).await;
    }

    fn poll_pump(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.shared.is_closed() {
                return Poll::Ready(());
            }
            let send = self.poll_send(cx);
            let receive = self.poll_receive(cx);
            if receive == Receive::Progress {
                continue;
            }
            let wants_batch = self.sending && send == Send::Idle;
            if self.shared.sleep(cx, receive == Receive::Full, wants_batch) {
                return Poll::Pending;
            }
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Send {
        while self.sending {
            match self.poll_send_some(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Send::Idle,
                Poll::Pending => return Send::Waiting,
                // Reading continues: the server may have sent an error before it closed the connection, and the JS side
                // learns of the failure by the end of the stream.
                Poll::Ready(Err(error)) => self.break_off(End::of("write", &error)),
            }
        }
        Send::Idle
    }

    /// Does one step of sending. `Ready(Ok(false))` means that there is nothing to send.
    fn poll_send_some(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                match tls.write_tls(&mut Blocking { stream: &mut self.stream, cx }) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        }
        if self.sent == self.batch.len() {
            self.batch.clear();
            self.sent = 0;
            self.shared.collect(&mut self.batch);
            if self.batch.is_empty() {
                return Poll::Ready(Ok(false));
            }
        }
        let rest = &self.batch[self.sent..];
        let count = match &mut self.tls {
            Some(tls) => tls.writer().write(&rest[..rest.len().min(ENCRYPT_SIZE)])?,
            None => match Pin::new(&mut self.stream).poll_write(cx, rest) {
                Poll::Ready(written) => written?,
                Poll::Pending => return Poll::Pending,
            },
        };
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.sent += count;
        self.shared.sent(count);
        Poll::Ready(Ok(true))
    }

    fn break_off(&mut self, why: End) {
        self.sending = false;
        self.batch = Vec::new();
        self.sent = 0;
        self.shared.break_off(why);
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Receive {
        if !self.receiving {
            return Receive::Ended;
        }
        if !self.shared.has_room() {
            return Receive::Full;
        }
        SCRATCH.with_borrow_mut(|Scratch { wire, plain }| {
            let mut buffer = ReadBuf::new(wire);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return Receive::Waiting,
                Poll::Ready(Err(error)) => self.end(&[], End::of("read", &error)),
                // A peer that closes without a `close_notify` alert is treated as one that ended the stream, as Node
                // does.
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => self.end(&[], End::Eof),
                Poll::Ready(Ok(())) if self.tls.is_some() => self.decrypt(buffer.filled(), plain),
                Poll::Ready(Ok(())) => self.shared.deliver(buffer.filled(), None),
            }
            Receive::Progress
        })
    }

    fn end(&mut self, last: &[u8], end: End) {
        self.receiving = false;
        self.shared.deliver(last, Some(end));
    }

    /// Decrypts `wire` and delivers the plaintext at once. `plain` is a buffer for it.
    fn decrypt(&mut self, mut wire: &[u8], plain: &mut Vec<u8>) {
        plain.clear();
        let Some(tls) = &mut self.tls else { return };
        let end = loop {
            match step(tls, &mut wire, plain) {
                Ok(TlsStep::More) => {}
                Ok(TlsStep::Done) => break None,
                Ok(TlsStep::Closed) => break Some(End::Eof),
                Err(error) => break Some(End::Engine(super::tls_error::describe(&error))),
            }
        };
        match end {
            Some(end) => {
                if let End::Engine(_) = end {
                    // Writing is broken off before the reader is notified. The TLS alert for the peer is still sent.
                    self.shared.break_off(end.clone());
                }
                self.end(plain, end);
            }
            None if plain.is_empty() => {}
            None => self.shared.deliver(plain, None),
        }
    }

    /// Sends the remaining bytes and `close_notify`, then waits for the peer's end of stream: closing a socket with
    /// unread bytes would reset the connection, and the peer could lose what was sent last.
    async fn finish(&mut self) {
        self.flush().await;
        if let Some(tls) = self.tls.as_mut().filter(|_| self.sending) {
            tls.send_close_notify();
            self.flush().await;
        }
        if poll_fn(|cx| Pin::new(&mut self.stream).poll_shutdown(cx)).await.is_err() {
            return;
        }
        let mut lost = [0; 4096];
        while self.receiving {
            let count = poll_fn(|cx| {
                let mut buffer = ReadBuf::new(&mut lost);
                Pin::new(&mut self.stream).poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().len())
            });
            self.receiving = matches!(count.await, Ok(1..));
        }
    }

    async fn flush(&mut self) {
        poll_fn(|cx| match self.poll_send(cx) {
            Send::Idle => Poll::Ready(()),
            Send::Waiting => Poll::Pending,
        })
        .await;
    }
}

impl Drop for PumpTask {
    fn drop(&mut self) {
        // Also runs when the runtime drops the task: otherwise the JS side would wait forever for the end of the
        // stream.
        if self.receiving {
            self.shared.deliver(&[], Some(End::Eof));
        }
        self.shared.release();
    }
}

enum TlsStep {
    More,
    Done,
    Closed,
}

/// Passes one piece of `wire` to rustls and collects the resulting plaintext.
fn step(tls: &mut ClientConnection, wire: &mut &[u8], plain: &mut Vec<u8>) -> Result<TlsStep, rustls::Error> {
    let state = tls.process_new_packets()?;
    let mut waiting = state.plaintext_bytes_to_read();
    let closed = state.peer_has_closed();
    while waiting > 0 {
        let mut reader = tls.reader();
        let Ok(chunk) = reader.fill_buf() else { break };
        let count = chunk.len();
        plain.extend_from_slice(chunk);
        reader.consume(count);
        waiting = waiting.saturating_sub(count.max(1));
    }
    if closed {
        return Ok(TlsStep::Closed);
    }
    if wire.is_empty() {
        return Ok(TlsStep::Done);
    }
    // Reading from memory fails only if rustls' plaintext buffer is full, and it was emptied above.
    tls.read_tls(wire).map_err(|_| rustls::Error::General("no room for what was received".to_owned()))?;
    Ok(TlsStep::More)
}

/// The stream as rustls expects it: a blocking writer that returns `WouldBlock`.
struct Blocking<'a, 'b> {
    stream: &'a mut Stream,
    cx: &'a mut Context<'b>,
}

fn or_would_block(result: Poll<io::Result<usize>>) -> io::Result<usize> {
    match result {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Write for Blocking<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_would_block(Pin::new(&mut *self.stream).poll_write(self.cx, bytes))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        or_would_block(Pin::new(&mut *self.stream).poll_write_vectored(self.cx, slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
