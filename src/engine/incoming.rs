//! From the socket to the batch for JS, one step at a time: JS runs between two steps.

use std::{io, slice};

use super::batch::Batch;
use super::connection::{Connection, ConnectionKey};
use super::input::{Block, Progress, Stored};
use super::timers::Millis;
use super::{Engine, Output, caching, cluster, mixups};
use crate::boundary::{PushKind, flags};
use crate::config::RespVersion;
use crate::error::{EngineError, ErrorKind};
use crate::event::LinkEvent;
use crate::proto::parser::{ProtocolError, Status};
use crate::proto::session::{Accepted, Restored, Settled};
use crate::proto::tape::{Reply, Tape};
use crate::transport::errno;

/// What the caller of `step` has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Deliver the outbox, then step again.
    Deliver,
    /// Give a block (`adopt_block`), then step again.
    NeedsBlock {
        /// Its size.
        size: usize,
    },
    /// Deliver the outbox; nothing more to read for now.
    Idle,
}

/// Replies given to JS at once. Smaller batches overlap the work of client and server, but only with enough in flight.
fn sub_batch(in_flight: usize) -> usize {
    // With few in flight there is little to split, and pushes may come in any number.
    if in_flight < 64 { 256 } else { (in_flight / 4).clamp(16, 256) }
}

/// Parses a sub-batch.
fn parse_some(
    connection: &mut Connection,
    is_cached: bool,
    shared: &[u8],
    tape: &mut Tape,
) -> Result<Status, ProtocolError> {
    let most = sub_batch(connection.session.in_flight());
    let input = connection.input.filled(shared);
    let parser = &mut connection.parser;
    let mut status = parser.parse(input, tape, most);
    // Invalidations belong to what was just parsed: who hears of that reads from the cache next.
    while is_cached && matches!(status, Ok(Status::Full)) && caching::is_invalidation(&input[parser.reply_start()..]) {
        status = parser.parse(input, tape, 1);
    }
    status
}

impl Engine {
    /// A connection by its key.
    fn connection(&mut self, key: ConnectionKey) -> Option<&mut Connection> {
        self.link(key.link)?.connection_by(key.serial).map(|(connection, _)| connection)
    }

    /// One step of reading: receives, or parses and accepts some replies, or keeps the rest.
    pub fn step(&mut self, key: ConnectionKey, shared: &mut [u8], now: Millis) -> Step {
        loop {
            let Some(link) = self.link(key.link) else { return Step::Idle };
            let is_early = link.attempt_mut(key.serial).is_some_and(|attempt| attempt.is_before_handshake());
            let Some((connection, _)) = link.connection_by(key.serial) else { return Step::Idle };
            let Some(transport) = connection.transport.as_mut() else { return Step::Idle };
            match connection.input.progress {
                Progress::Parse if is_early => {
                    // The server spoke first (it may be full): that is the answer to the handshake, which is yet to come.
                    transport.pause_reading(true);
                    connection.set_aside(shared);
                    return Step::Idle;
                }
                Progress::Read => {
                    if !self.receive(key, shared, now) {
                        return Step::Idle;
                    }
                }
                Progress::Parse => {
                    self.accept_some(key, shared, now);
                    return Step::Deliver;
                }
                Progress::Store { more } => {
                    let (start, needed) = (connection.parser.reply_start(), connection.parser.needed());
                    let exact = !connection.parser.is_nested();
                    match connection.input.store(shared, start, needed - start, exact) {
                        Stored::NeedsBlock(size) => return Step::NeedsBlock { size },
                        Stored::Done => connection.parser.shift(start),
                    }
                    connection.input.progress = Progress::Read;
                    if !more {
                        return Step::Idle;
                    }
                }
            }
        }
    }

    /// Gives the block that `step` asked for. JS ran in between: it is given back if the connection is gone.
    pub fn adopt_block(&mut self, key: ConnectionKey, shared: &[u8], block: Box<dyn Block>) {
        let Some(connection) = self.connection(key).filter(|connection| connection.input.wants_block()) else {
            drop(block);
            return self.emit(key.link, LinkEvent::BlockDropped { block: key.serial as i32 });
        };
        let start = connection.parser.reply_start();
        connection.input.adopt(shared, start, block);
        connection.parser.shift(start);
        connection.input.progress = Progress::Read;
    }

    /// JS has no memory for a reply of this many bytes: the connection cannot go on.
    pub fn out_of_memory(&mut self, key: ConnectionKey, size: usize) {
        if self.connection(key).is_some_and(|connection| connection.input.wants_block()) {
            let text = format!("There is no memory for a reply of {size} bytes");
            self.lost(key, EngineError::new(ErrorKind::Protocol, text));
        }
    }

    /// Stops between two steps because the time budget is used up: what is not parsed waits for `step`, which the link
    /// now is on the list of attention for; what was not received is reported again. After `Deliver`, `step` once more
    /// to have the rest stored: it does not read any further.
    pub fn pause(&mut self, key: ConnectionKey, shared: &[u8]) -> Step {
        let Some(connection) = self.connection(key) else { return Step::Idle };
        match &mut connection.input.progress {
            Progress::Parse => {
                connection.set_aside(shared);
                self.attention.push(key.link);
                Step::Idle
            }
            Progress::Store { more } => {
                *more = false;
                Step::Deliver
            }
            Progress::Read => Step::Idle,
        }
    }

    /// Receives once. False when nothing came or the connection is gone.
    fn receive(&mut self, key: ConnectionKey, shared: &mut [u8], now: Millis) -> bool {
        let Some(connection) = self.connection(key) else { return false };
        match connection.receive(shared, now) {
            Ok(0) => {
                self.lost(key, EngineError::new(ErrorKind::SocketClosed, "Socket closed unexpectedly"));
                false
            }
            Ok(_) => true,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                connection.set_aside(shared);
                false
            }
            Err(error) => {
                self.lost(key, errno::io_error("read", &error));
                false
            }
        }
    }

    /// Parses some replies and sorts them into the outbox.
    fn accept_some(&mut self, key: ConnectionKey, shared: &mut [u8], now: Millis) {
        let mut tape = std::mem::take(&mut self.tape);
        tape.clear();
        let mut batch = self.spare_batch();
        let Some(link) = self.link(key.link) else { return };
        let is_cached = link.config.cache.is_some();
        let Some((connection, _)) = link.connection_by(key.serial) else { return };
        connection.input.load(shared);
        let status = parse_some(connection, is_cached, shared, &mut tape);
        let area = connection.input.area(key.serial);
        batch.set_area(area, false);
        let mut replies = tape.replies().iter();
        while let Some(event) = self.sort(key, shared, &tape, &mut replies, &mut batch, now) {
            // The replies before it go first.
            self.outbox.push_back(Output::Batch(std::mem::take(&mut batch)));
            batch = self.spare_batch();
            batch.set_area(area, false);
            self.happened(key, event);
        }
        if matches!(status, Ok(Status::NeedMore)) && !tape.replies().is_empty() && self.lets_go(key) {
            batch.set_area(area, true);
        }
        self.tape = tape;
        self.outbox.push_back(Output::Batch(batch));
        if !self.moved.is_empty() {
            self.send_moved(now);
        }
        self.tell_cache_news(key.link);
        self.after_accepting(key, status);
    }

    /// Sorts replies into the batch up to one that is an event, which it returns.
    fn sort(
        &mut self,
        key: ConnectionKey,
        shared: &[u8],
        tape: &Tape,
        replies: &mut slice::Iter<'_, Reply>,
        batch: &mut Batch,
        now: Millis,
    ) -> Option<Accepted> {
        let link = self.links.get_mut(key.link as usize)?.as_deref_mut()?;
        let mut cluster = link.cluster.and_then(|id| cluster::place(&mut self.clusters, id));
        let mut cache = link.config.cache.and_then(|cache| self.caches.get(cache));
        // What the server pushes to a connection that does not serve yet comes over the one that does, too.
        let serves = link.connection().is_some_and(|connection| connection.serial == key.serial);
        let (connection, wishes) = link.connection_by(key.serial)?;
        let voucher = connection.is_tracked.then_some(key.serial);
        let bytes = connection.input.filled(shared);
        for reply in replies {
            let view = tape.view(reply, bytes);
            match connection.session.accept(view, wishes, connection.out.own()) {
                Accepted::Reply { ticket, flags } => {
                    if flags & (flags::MOVABLE | flags::CACHE | flags::WRITE) != 0 {
                        if flags & flags::MOVABLE != 0
                            && let Some(cluster) = &mut cluster
                            && let Some(moved) = cluster.sent_elsewhere(&mut connection.session, ticket, flags, view)
                        {
                            self.moved.push(moved);
                            continue;
                        }
                        if let Some(cache) = &mut cache {
                            if flags & flags::WRITE != 0 {
                                cache.written(ticket);
                            } else if flags & flags::CACHE != 0 {
                                caching::loaded(cache, ticket, reply, tape, bytes, voucher, now);
                            }
                        }
                    }
                    batch.reply(ticket, flags, view, tape.words(reply));
                }
                Accepted::Push(kind) => match &mut cache {
                    Some(cache) if kind == PushKind::Invalidate => caching::invalidate(cache, view),
                    _ if serves => batch.push(key.link, kind, tape.words(reply)),
                    _ => {}
                },
                Accepted::MonitorLine if !serves => {}
                Accepted::MonitorLine => batch.monitor_line(key.link, tape.words(reply)),
                Accepted::Settled {
                    ticket,
                    what: Settled::Subscribed | Settled::Unsubscribed | Settled::Monitoring,
                } => batch.done(ticket),
                Accepted::Absorbed => {}
                event => return Some(event),
            }
        }
        None
    }

    /// Ends the use of a connection's block, all of whose complete replies were taken. That must be before JS sees them:
    /// what it makes of them shares the block's memory, which it may move to another thread. False when the block is
    /// needed.
    fn lets_go(&mut self, key: ConnectionKey) -> bool {
        let Some(connection) = self.connection(key) else { return false };
        let start = connection.parser.reply_start();
        let goes = connection.input.let_go(start);
        if goes {
            connection.parser.shift(start);
        }
        goes
    }

    fn happened(&mut self, key: ConnectionKey, accepted: Accepted) {
        let id = key.link;
        match accepted {
            Accepted::Ready => self.on_handshaken(key),
            Accepted::Settled { ticket, what: Settled::Reset } => self.on_reset(key, ticket),
            Accepted::Refused(error) | Accepted::Surplus(error) => self.lost(key, error),
            Accepted::ShardedChannelMoved { channel, ready } => {
                self.emit(id, LinkEvent::ShardedChannelMoved { channel: channel.to_vec() });
                if ready {
                    self.on_handshaken(key);
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
                    self.on_handshaken(key);
                }
            }
            _ => {}
        }
    }

    /// RESET is over, with its handshake: what was read before it is not tracked, what will be read is.
    fn on_reset(&mut self, key: ConnectionKey, ticket: u32) {
        let link = self.links.get_mut(key.link as usize).and_then(Option::as_deref_mut);
        let Some(link) = link else { return };
        if let Some(cache) = link.config.cache.and_then(|cache| self.caches.get(cache)) {
            cache.disconnected(key.serial);
        }
        if let Some((connection, _)) = link.connection_by(key.serial) {
            connection.is_tracked = connection.session.resp() == RespVersion::V3;
        }
        // JS reads what follows in that protocol.
        self.tell_protocol(key.link);
        let mut batch = self.spare_batch();
        batch.done(ticket);
        self.outbox.push_back(Output::Batch(batch));
    }

    fn after_accepting(&mut self, key: ConnectionKey, status: Result<Status, ProtocolError>) {
        let Some(link) = self.link(key.link) else { return };
        let is_ready = link.attempt_mut(key.serial).is_none();
        let Some((connection, _)) = link.connection_by(key.serial) else { return };
        let status = match status {
            Ok(status) => status,
            Err(error) => return self.lost(key, mixups::protocol_error(error, is_ready)),
        };
        connection.session.trim();
        connection.input.progress = match status {
            Status::NeedMore => Progress::Store { more: connection.last_read_full },
            Status::Full => Progress::Parse,
        };
        if !connection.out.is_empty() || !link.backlog.is_empty() {
            link.write();
        }
        self.tidy(key.link);
    }
}
