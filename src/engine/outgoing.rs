//! From the batch of JS to the socket.

use std::io;
use std::time::Instant;

use super::Engine;
use super::backlog::flags;
use super::link::Link;
use super::timers::{Millis, Timer, TimerKind};
use crate::error::ErrorKind;
use crate::event::{Failure, RequestPhase};
use crate::proto::command::{RawPubSub, Request};
use crate::transport::errno;

/// Words of one command in the batch: link, slot, length, flags, timeout, route.
pub const META_WORDS: usize = 6;

/// Bytes of the backlog offered to the socket at once.
const WRITE_SIZE: usize = 256 * 1024;

struct Meta<'a>(&'a [i32]);

impl Meta<'_> {
    fn link(&self) -> u32 {
        self.0[0] as u32
    }
    fn request(&self) -> Request {
        Request::Command { slot: self.0[1] as u32, flags: self.flags() }
    }
    /// The request, whose bytes decide where acknowledgements answer it.
    fn request_of(&self, bytes: &[u8]) -> Request {
        if self.flags() & flags::PUB_SUB == 0 {
            return self.request();
        }
        let raw = RawPubSub::read(self.0[1] as u32, self.flags(), bytes);
        raw.map_or_else(|| self.request(), |raw| Request::Raw(Box::new(raw)))
    }
    fn length(&self) -> usize {
        self.0[2] as u32 as usize
    }
    fn flags(&self) -> u32 {
        self.0[3] as u32
    }
    fn expires_at(&self, now: Millis) -> Option<Millis> {
        (self.0[4] > 0).then(|| now + self.0[4] as u32 as Millis)
    }
    fn is_asap(&self) -> bool {
        self.flags() & flags::ASAP != 0
    }
    fn is_cancelled(&self) -> bool {
        self.flags() & flags::CANCELLED != 0
    }
    /// May be written together with a command before it.
    fn continues(&self, asap: bool) -> bool {
        !self.is_cancelled() && self.is_asap() == asap
    }
}

impl Engine {
    /// Takes the commands that JS encoded in this tick: `meta` describes them, `bytes` are their bytes, in order.
    pub fn submit(&mut self, meta: &[i32], bytes: &[u8], now: Millis) {
        // `asap` requests go before all others of the tick.
        if meta.chunks_exact(META_WORDS).any(|words| Meta(words).is_asap()) {
            self.submit_some(meta, bytes, now, |command| command.is_asap());
            self.submit_some(meta, bytes, now, |command| !command.is_asap());
        } else {
            self.submit_some(meta, bytes, now, |_| true);
        }
    }

    /// Submits the commands that are `wanted`, in runs of one link that lie together.
    fn submit_some(&mut self, meta: &[i32], bytes: &[u8], now: Millis, wanted: impl Fn(&Meta<'_>) -> bool) {
        let mut commands = meta.chunks_exact(META_WORDS).map(Meta).peekable();
        let mut at = 0;
        let mut index = 0;
        while let Some(first) = commands.next() {
            let id = first.link();
            let (start, from) = (at, index);
            at += first.length();
            index += 1;
            if first.is_cancelled() || !wanted(&first) {
                continue;
            }
            let lane = first.is_asap();
            while let Some(next) = commands.next_if(|next| next.link() == id && next.continues(lane)) {
                at += next.length();
                index += 1;
            }
            self.submit_run(id, &meta[from * META_WORDS..index * META_WORDS], &bytes[start..at], now);
        }
    }

    /// Queues one of the engine's own kinds of request (subscriptions, MONITOR, RESET).
    pub fn request(&mut self, id: u32, request: Request) {
        let Some(link) = self.link(id).filter(|link| link.is_open()) else {
            self.fail(&request, Failure::Closed, RequestPhase::Queued);
            return self.attention.push(id);
        };
        let mut bytes = Vec::new();
        request.encode(&mut bytes);
        let resets = matches!(request, Request::Reset { .. });
        link.backlog.push(request, &bytes, 0, None);
        link.write_backlog();
        self.note_broken(id);
        if resets {
            // The server stops to tell of changes when it gets there.
            self.untrack(id);
        }
    }

    fn submit_run(&mut self, id: u32, meta: &[i32], bytes: &[u8], now: Millis) {
        let Some(link) = self.link(id).filter(|link| link.is_open()) else { return self.refuse(id, meta) };
        let direct =
            link.is_ready() && link.out.is_empty() && link.backlog.lets_pass(meta[3] as u32) && link.session.is_ready();
        let written = if direct { link.try_write(bytes) } else { 0 };
        if written > 0 && link.session.is_idle() {
            // Until now nothing was to be received: the silence begins here.
            link.active_at = now;
        }
        let mut at = 0;
        for command in meta.chunks_exact(META_WORDS).map(Meta) {
            let end = at + command.length();
            if at < written {
                link.session.sent(command.request_of(&bytes[at..end]));
                if end > written {
                    link.out.extend_from_slice(&bytes[written..end]);
                }
                link.backlog.note_written(command.flags());
            } else {
                let request = command.request_of(&bytes[at..end]);
                link.backlog.push(request, &bytes[at..end], command.flags(), command.expires_at(now));
            }
            at = end;
        }
        let (spin, in_flight) = (link.config.busy_poll, link.session.in_flight());
        if written < bytes.len() {
            link.write_backlog();
            self.watch_backlog(id);
        } else if !spin.is_zero() {
            self.busy_poll.wrote(id, in_flight, spin, Instant::now());
        }
        self.note_broken(id);
    }

    /// JS submitted commands before it heard that the link has ended.
    fn refuse(&mut self, id: u32, meta: &[i32]) {
        for command in meta.chunks_exact(META_WORDS).map(Meta) {
            self.fail(&command.request(), Failure::Closed, RequestPhase::Queued);
        }
        self.attention.push(id);
    }

    /// The socket takes more.
    pub fn on_writable(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        // A report is one report: it must be asked for again.
        link.watching = false;
        link.write_backlog();
        self.note_broken(id);
        self.finish_drained(id);
    }

    /// Sets the timer for the next request of the backlog that may expire.
    pub(super) fn watch_backlog(&mut self, id: u32) {
        let Some(link) = self.link(id) else { return };
        let next = link.backlog.next_expiry();
        let Some(at) = next.filter(|at| link.backlog_timer.is_none_or(|set| *at < set)) else { return };
        link.backlog_timer = Some(at);
        self.timers.set(at, Timer { link: id, serial: 0, kind: TimerKind::Backlog });
    }

    pub(super) fn note_broken(&mut self, id: u32) {
        if self.link(id).is_some_and(|link| link.broken.is_some()) {
            self.attention.push(id);
        }
    }
}

impl Link {
    /// Writes what was begun, then what waits, as long as the socket takes it. A full one will tell when it has room.
    pub fn write_backlog(&mut self) {
        if self.transport.is_none() || self.watching {
            return;
        }
        let blocked = !self.write_begun() || !self.write_waiting();
        if blocked && let Some(transport) = self.transport.as_mut() {
            self.watching = true;
            transport.watch_writable(true);
        }
    }

    /// Writes the rest of what was begun. False when the socket takes no more.
    fn write_begun(&mut self) -> bool {
        while self.out_written < self.out.len() {
            let out = std::mem::take(&mut self.out);
            let written = self.try_write(&out[self.out_written..]);
            self.out = out;
            self.out_written += written;
            if written == 0 {
                return false;
            }
        }
        self.out.clear();
        self.out_written = 0;
        if self.out.capacity() > WRITE_SIZE {
            self.out = Vec::new();
        }
        true
    }

    /// Writes what waits. False when the socket takes no more.
    fn write_waiting(&mut self) -> bool {
        while self.is_ready() && self.session.is_ready() {
            let bytes = self.backlog.front_bytes(WRITE_SIZE);
            let Some(transport) = self.transport.as_mut().filter(|_| !bytes.is_empty()) else { break };
            let result = transport.write(bytes);
            let written = self.judge_write(result);
            if written == 0 {
                return false;
            }
            let session = &mut self.session;
            self.backlog.take(written, &mut self.out, |taken| session.sent(taken.request));
            if !self.write_begun() {
                return false;
            }
        }
        true
    }

    fn try_write(&mut self, bytes: &[u8]) -> usize {
        let Some(transport) = self.transport.as_mut() else { return 0 };
        let result = transport.write(bytes);
        self.judge_write(result)
    }

    /// The number of bytes written. A closed peer is left to the reader, which sees what it sent before it closed.
    fn judge_write(&mut self, result: io::Result<usize>) -> usize {
        match result {
            Ok(written) => written,
            Err(error) => {
                let silent = [
                    io::ErrorKind::WouldBlock,
                    io::ErrorKind::BrokenPipe,
                    io::ErrorKind::ConnectionReset,
                    io::ErrorKind::Interrupted,
                ];
                if !silent.contains(&error.kind()) {
                    let mut broken = errno::io_error("write", &error);
                    broken.kind = ErrorKind::Io;
                    self.broken = Some(broken);
                }
                0
            }
        }
    }
}
