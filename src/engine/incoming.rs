//! From the socket to the batch for JS, one step at a time: JS runs between two steps.

use std::io;

use super::backlog::flags;
use super::input::{Block, Progress, Stored};
use super::link::Link;
use super::timers::Millis;
use super::{Engine, Output, caching, mixups};
use crate::config::RespVersion;
use crate::error::{EngineError, ErrorKind};
use crate::event::LinkEvent;
use crate::proto::parser::{ProtocolError, Status};
use crate::proto::session::{Accepted, Restored, Settled};
use crate::proto::tape::Tape;
use crate::transport::errno;

/// What the caller of `step` has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Deliver the outbox, then step again.
    Deliver,
    /// Give a block of this size (`adopt_block`), then step again.
    NeedsBlock(usize),
    /// Deliver the outbox; nothing more to read for now.
    Idle,
}

/// Replies given to JS at once. Smaller batches overlap the work of client and server, but only with enough in flight.
fn sub_batch(in_flight: usize) -> usize {
    // With few in flight there is little to split, and pushes may come in any number.
    if in_flight < 64 { 256 } else { (in_flight / 4).clamp(16, 256) }
}

/// Parses a sub-batch.
fn parse_some(link: &mut Link, shared: &[u8], tape: &mut Tape) -> Result<Status, ProtocolError> {
    let most = sub_batch(link.session.in_flight());
    let input = link.input.filled(shared);
    let mut status = link.parser.parse(input, tape, most);
    if link.config.cache.is_some() {
        // They belong to what was just parsed: who hears of that reads from the cache next.
        while matches!(status, Ok(Status::Full)) && caching::is_invalidation(&input[link.parser.reply_start()..]) {
            status = link.parser.parse(input, tape, 1);
        }
    }
    status
}

impl Engine {
    /// One step of reading: receives, or parses and accepts some replies, or keeps the rest.
    pub fn step(&mut self, id: u32, shared: &mut [u8], now: Millis) -> Step {
        loop {
            let Some(link) = self.link(id).filter(|link| link.transport.is_some()) else { return Step::Idle };
            if link.input.progress == Progress::Parse && link.is_before_handshake() {
                // The server spoke first (it may be full): that is the answer to the handshake, which is yet to come.
                if let Some(transport) = link.transport.as_mut() {
                    transport.pause_reading(true);
                }
                return self.set_aside(id, shared);
            }
            match link.input.progress {
                Progress::Read => {
                    if !self.receive(id, shared, now) {
                        return Step::Idle;
                    }
                }
                Progress::Parse => {
                    self.accept_some(id, shared, now);
                    return Step::Deliver;
                }
                Progress::Store { more } => {
                    let (start, needed) = (link.parser.reply_start(), link.parser.needed());
                    let exact = !link.parser.is_nested();
                    match link.input.store(shared, start, needed - start, exact) {
                        Stored::NeedsBlock(size) => return Step::NeedsBlock(size),
                        Stored::Done => link.parser.shift(start),
                    }
                    link.input.progress = Progress::Read;
                    if !more {
                        return Step::Idle;
                    }
                }
            }
        }
    }

    /// Gives the block that `step` asked for. JS ran in between: it is dropped if the connection is gone.
    pub fn adopt_block(&mut self, id: u32, shared: &[u8], block: Box<dyn Block>) {
        let Some(link) = self.link(id).filter(|link| link.input.wants_block()) else { return };
        let start = link.parser.reply_start();
        link.input.adopt(shared, start, block);
        link.parser.shift(start);
        link.input.progress = Progress::Read;
    }

    /// JS has no memory for a reply of this many bytes: the connection cannot go on.
    pub fn out_of_memory(&mut self, id: u32, size: usize) {
        if self.link(id).is_some_and(|link| link.input.wants_block()) {
            let text = format!("There is no memory for a reply of {size} bytes");
            self.lost(id, EngineError::new(ErrorKind::Protocol, text));
        }
    }

    /// Stops between two steps because the time budget is used up: what is not parsed waits for `step`, which the link
    /// now is on the list of attention for; what was not received is reported again. After `Deliver`, `step` once more
    /// to have the rest stored: it does not read any further.
    pub fn pause(&mut self, id: u32, shared: &[u8]) -> Step {
        let Some(link) = self.link(id) else { return Step::Idle };
        match &mut link.input.progress {
            Progress::Parse => {
                self.attention.push(id);
                self.set_aside(id, shared)
            }
            Progress::Store { more } => {
                *more = false;
                Step::Deliver
            }
            Progress::Read => Step::Idle,
        }
    }

    /// Moves unparsed bytes out of the shared area.
    fn set_aside(&mut self, id: u32, shared: &[u8]) -> Step {
        if let Some(link) = self.link(id) {
            let start = link.parser.reply_start();
            if link.input.set_aside(shared, start) {
                link.parser.shift(start);
            }
        }
        Step::Idle
    }

    /// Receives once. False when nothing came or the connection is gone.
    fn receive(&mut self, id: u32, shared: &mut [u8], now: Millis) -> bool {
        let Some(link) = self.link(id) else { return false };
        let Some(transport) = link.transport.as_mut() else { return false };
        link.input.load(shared);
        let free = link.input.free(shared);
        let size = free.len();
        match transport.read(free) {
            Ok(0) => {
                self.lost(id, EngineError::new(ErrorKind::SocketClosed, "Socket closed unexpectedly"));
                false
            }
            Ok(n) => {
                link.input.received(n);
                link.active_at = now;
                link.is_heard = true;
                link.input.progress = Progress::Parse;
                link.last_read_full = n == size;
                true
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                let start = link.parser.reply_start();
                if link.input.set_aside(shared, start) {
                    link.parser.shift(start);
                }
                false
            }
            Err(error) => {
                self.lost(id, errno::io_error("read", &error));
                false
            }
        }
    }

    /// Parses some replies and sorts them into the outbox.
    fn accept_some(&mut self, id: u32, shared: &mut [u8], now: Millis) {
        let mut tape = std::mem::take(&mut self.tape);
        tape.clear();
        let mut batch = self.spare_batch();
        let Some(link) = self.link(id) else { return };
        link.input.load(shared);
        let status = parse_some(link, shared, &mut tape);
        let area = link.input.area(id);
        batch.set_area(area, false);
        for reply in tape.replies() {
            let link = self.links.get_mut(id as usize).and_then(Option::as_deref_mut);
            let Some(link) = link.filter(|link| link.transport.is_some()) else { break };
            let (bytes, voucher) = (link.input.filled(shared), link.is_tracked.then_some(id));
            let view = tape.view(reply, bytes);
            let cache = link.config.cache.and_then(|cache| self.caches.get(cache));
            let other = match link.session.accept(view, &mut link.wishes, link.out.own()) {
                Accepted::Reply { ticket, flags } => {
                    if let Some(cache) = cache.filter(|_| flags & (flags::CACHE | flags::WRITE) != 0) {
                        if flags & flags::WRITE != 0 {
                            cache.written(ticket);
                        } else {
                            caching::loaded(cache, ticket, reply, &tape, bytes, voucher, now);
                        }
                    }
                    batch.reply(ticket, flags, view, tape.words(reply));
                    continue;
                }
                Accepted::Push => {
                    if !cache.is_some_and(|cache| caching::invalidates(cache, view)) {
                        batch.push(id, tape.words(reply));
                    }
                    continue;
                }
                Accepted::MonitorLine => {
                    batch.monitor_line(id, tape.words(reply));
                    continue;
                }
                Accepted::Settled { ticket, what } if what != Settled::Reset => {
                    batch.done(ticket);
                    continue;
                }
                Accepted::Absorbed => continue,
                other => other,
            };
            // What follows is an event: the replies before it go first.
            self.outbox.push_back(Output::Batch(std::mem::take(&mut batch)));
            batch = self.spare_batch();
            batch.set_area(area, false);
            self.happened(id, other);
        }
        if matches!(status, Ok(Status::NeedMore)) && !tape.replies().is_empty() && self.lets_go(id) {
            batch.set_area(area, true);
        }
        self.tape = tape;
        self.outbox.push_back(Output::Batch(batch));
        self.tell_cache_news(id);
        self.after_accepting(id, status);
    }

    /// Ends the use of a link's block, all of whose complete replies were taken. That must be before JS sees them: what it
    /// makes of them shares the block's memory, which it may move to another thread. False when the block is needed.
    fn lets_go(&mut self, id: u32) -> bool {
        let Some(link) = self.link(id).filter(|link| link.transport.is_some()) else { return false };
        let start = link.parser.reply_start();
        let goes = link.input.let_go(start);
        if goes {
            link.parser.shift(start);
        }
        goes
    }

    fn happened(&mut self, id: u32, accepted: Accepted) {
        match accepted {
            Accepted::Ready => self.on_ready(id),
            Accepted::Settled { ticket, .. } => self.on_reset(id, ticket),
            Accepted::Refused(error) | Accepted::Surplus(error) => self.lost(id, error),
            Accepted::ShardedChannelMoved { channel, ready } => {
                self.emit(id, LinkEvent::ShardedChannelMoved { channel: channel.to_vec() });
                if ready {
                    self.on_ready(id);
                }
            }
            Accepted::NotRestored { what, error, ready } => {
                self.emit(
                    id,
                    match what {
                        Restored::Subscription(kind, channel) => {
                            LinkEvent::SubscriptionRefused { kind: kind as u8, channel: channel.to_vec(), error }
                        }
                        Restored::Command(number) => LinkEvent::CommandRefused { number, error },
                    },
                );
                if ready {
                    self.on_ready(id);
                }
            }
            _ => {}
        }
    }

    /// RESET is over, with its handshake: what was read before it is not tracked, what will be read is.
    fn on_reset(&mut self, id: u32, ticket: u32) {
        let link = self.links.get_mut(id as usize).and_then(Option::as_deref_mut);
        let Some(link) = link else { return };
        if let Some(cache) = link.config.cache.and_then(|cache| self.caches.get(cache)) {
            cache.disconnected(id);
        }
        link.is_tracked = link.session.resp() == RespVersion::V3;
        // JS reads what follows in that protocol.
        self.tell_protocol(id);
        let mut batch = self.spare_batch();
        batch.done(ticket);
        self.outbox.push_back(Output::Batch(batch));
    }

    fn after_accepting(&mut self, id: u32, status: Result<Status, ProtocolError>) {
        let Some(link) = self.link(id).filter(|link| link.transport.is_some()) else { return };
        let status = match status {
            Ok(status) => status,
            Err(error) => {
                let error = mixups::protocol_error(error, link.is_ready());
                return self.lost(id, error);
            }
        };
        link.session.trim();
        link.input.progress = match status {
            Status::NeedMore => Progress::Store { more: link.last_read_full },
            Status::Full => Progress::Parse,
        };
        if !link.out.is_empty() || !link.backlog.is_empty() {
            link.write_backlog();
            self.note_broken(id);
        }
        self.finish_drained(id);
    }
}
