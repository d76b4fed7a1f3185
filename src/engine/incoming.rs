//! Reads replies from the socket into batches for JS, in steps: the caller runs JS between two steps.

use std::{io, slice};

use super::batch::Batch;
use super::cluster::{self, Answered, Judged};
use super::connection::{Connection, ConnectionKey};
use super::doubles::Doubles;
use super::input::{Block, Progress, Stored};
use super::timers::Millis;
use super::{Engine, Output, caching, mixups};
use crate::boundary::{PushKind, flags};
use crate::config::RespVersion;
use crate::error::{EngineError, ErrorKind};
use crate::event::{LinkEvent, Notice};
use crate::proto::notices;
use crate::proto::parser::{ProtocolError, Status};
use crate::proto::session::{Accepted, Restored, Settled};
use crate::proto::tape::{Reply, Tape, View};
use crate::transport::errno;

/// What the caller of `step` must do next.
#[derive(Debug, PartialEq, Eq)]
pub enum ReadStep {
    /// Deliver the outbox, then step again.
    Deliver,
    /// Allocate a block and pass it to `adopt_block`, then step again.
    NeedsBlock {
        /// Its size in bytes.
        size: usize,
    },
    /// Deliver the outbox. There is nothing more to read now.
    Idle,
}

/// Something that a connection has received and that is no item of a batch.
enum Sorted {
    Accepted(Accepted),
    Notice(Box<Notice>),
    /// It looks like a notice, and is malformed.
    NoNotice(PushKind, &'static str),
}

impl Sorted {
    /// A push that looks like a notice.
    fn notice(kind: PushKind, push: View<'_>) -> Self {
        match notices::read(kind, push) {
            Ok(notice) => Self::Notice(Box::new(notice)),
            Err(why) => Self::NoNotice(kind, why),
        }
    }
}

/// Maximum number of replies in one batch. Smaller batches let the server work while JS handles replies, but only if
/// many requests are in flight.
fn sub_batch(in_flight: usize) -> usize {
    // Few requests in flight are not worth splitting, and the number of pushes does not depend on them.
    if in_flight < 64 { 256 } else { (in_flight / 4).clamp(16, 256) }
}

/// Parses the replies of one batch.
fn parse_some(
    connection: &mut Connection,
    is_cached: bool,
    shared: &[u8],
    tape: &mut Tape,
    is_successor: bool,
) -> Result<Status, ProtocolError> {
    // What follows the handshake of a connection that is to take over has to wait.
    let most = if is_successor { 1 } else { sub_batch(connection.session.in_flight()) };
    let input = connection.input.filled(shared);
    let parser = &mut connection.parser;
    let mut status = parser.parse(input, tape, most);
    // Also parse the invalidations that follow: JS may read the cache as soon as it gets these replies.
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

    /// Takes one step of reading: receives bytes, or parses some replies into a batch, or stores the incomplete rest.
    pub fn step(&mut self, key: ConnectionKey, shared: &mut [u8], now: Millis) -> ReadStep {
        loop {
            let Some(link) = self.link(key.link) else { return ReadStep::Idle };
            let is_early = link.attempt_mut(key.serial).is_some_and(|attempt| attempt.is_before_handshake())
                || link.keeps_waiting(key.serial);
            let Some((connection, _)) = link.connection_by(key.serial) else { return ReadStep::Idle };
            let Some(transport) = connection.transport.as_mut() else { return ReadStep::Idle };
            match connection.input.progress {
                Progress::Parse if is_early => {
                    // The server spoke first (too many clients, for example). It is parsed as the answer to the
                    // handshake, once that is sent. Or the connection has not taken over yet.
                    transport.pause_reading(true);
                    connection.set_aside(shared);
                    return ReadStep::Idle;
                }
                Progress::Read => {
                    if !self.receive(key, shared, now) {
                        return ReadStep::Idle;
                    }
                }
                Progress::Parse => {
                    self.accept_some(key, shared, now);
                    return ReadStep::Deliver;
                }
                Progress::Store { more } => {
                    let (start, needed) = (connection.parser.reply_start(), connection.parser.needed());
                    let exact = !connection.parser.is_nested();
                    match connection.input.store(shared, start, needed - start, exact) {
                        Stored::NeedsBlock(size) => return ReadStep::NeedsBlock { size },
                        Stored::Done => connection.parser.shift(start),
                    }
                    connection.input.progress = Progress::Read;
                    if !more {
                        return ReadStep::Idle;
                    }
                }
            }
        }
    }

    /// Takes the block that `step` asked for. If the connection was lost while JS ran, the block is returned to JS.
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

    /// Gives the connection up because JS could not allocate `size` bytes for a reply.
    pub fn out_of_memory(&mut self, key: ConnectionKey, size: usize) {
        if self.connection(key).is_some_and(|connection| connection.input.wants_block()) {
            let text = format!("There is no memory for a reply of {size} bytes");
            self.lost(key, EngineError::new(ErrorKind::Protocol, text));
        }
    }

    /// Stops reading because the time budget is used up. Unparsed bytes are kept and the link is put on the attention
    /// list to continue; unread bytes are reported by the transport again. After `Deliver`, call `step` once more: it
    /// only stores the incomplete rest.
    pub fn pause(&mut self, key: ConnectionKey, shared: &[u8]) -> ReadStep {
        let Some(connection) = self.connection(key) else { return ReadStep::Idle };
        match &mut connection.input.progress {
            Progress::Parse => {
                connection.set_aside(shared);
                self.attention.push(key.link);
                ReadStep::Idle
            }
            Progress::Store { more } => {
                *more = false;
                ReadStep::Deliver
            }
            Progress::Read => ReadStep::Idle,
        }
    }

    /// Reads from the socket once. Returns false if nothing was received or the connection is gone.
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

    /// Parses some replies and adds them to the outbox as batches and events.
    fn accept_some(&mut self, key: ConnectionKey, shared: &mut [u8], now: Millis) {
        let mut tape = std::mem::take(&mut self.tape);
        tape.clear();
        let mut batch = self.spare_batch();
        let Some(link) = self.link(key.link) else { return };
        let is_cached = link.config.cache.is_some();
        let is_successor = link.is_successor(key.serial);
        let Some((connection, _)) = link.connection_by(key.serial) else { return };
        connection.input.load(shared);
        let status = parse_some(connection, is_cached, shared, &mut tape, is_successor);
        let area = connection.input.area(key.serial);
        batch.set_area(area, false);
        let mut replies = tape.replies().iter();
        while let Some(event) = self.sort(key, shared, &tape, &mut replies, &mut batch, now) {
            // Replies before the event are delivered before it.
            self.outbox.push_back(Output::Batch(std::mem::take(&mut batch)));
            batch = self.spare_batch();
            batch.set_area(area, false);
            match event {
                Sorted::Accepted(accepted) => self.happened(key, accepted),
                Sorted::Notice(notice) => self.on_notice(key, notice, now),
                Sorted::NoNotice(kind, why) => self.emit(key.link, LinkEvent::MaintenanceIgnored { kind, why }),
            }
        }
        if matches!(status, Ok(Status::NeedMore)) && !tape.replies().is_empty() && self.lets_go(key) {
            batch.set_area(area, true);
        }
        self.tape = tape;
        self.outbox.push_back(Output::Batch(batch));
        if !self.returned.is_empty() || !self.noticed.is_empty() || !self.answered.is_empty() {
            self.settle_clusters(now);
        }
        self.tell_cache_news(key.link);
        self.after_accepting(key, status);
    }

    /// Adds replies to the batch. Stops at the first reply that causes an event and returns the event.
    fn sort(
        &mut self,
        key: ConnectionKey,
        shared: &[u8],
        tape: &Tape,
        replies: &mut slice::Iter<'_, Reply>,
        batch: &mut Batch,
        now: Millis,
    ) -> Option<Sorted> {
        let link = self.links.get_mut(key.link as usize)?.as_deref_mut()?;
        let mut cluster = link.cluster.and_then(|id| cluster::place(&mut self.clusters, id));
        let is_tls = link.config.dial.tls.is_some();
        let mut cache = link.config.cache.and_then(|cache| self.caches.get(cache));
        // During a hand-over both connections get the same pushes: those of the new one are ignored.
        let serves = link.connection().is_some_and(|connection| connection.serial == key.serial);
        let is_told = link.config.session.maint_notifications.is_some();
        let (connection, wishes) = link.connection_by(key.serial)?;
        let voucher = connection.is_tracked.then_some(key.serial);
        let bytes = connection.input.filled(shared);
        let mut trace = None;
        for reply in replies {
            let view = tape.view(reply, bytes);
            let accepted = connection.session.accept(view, wishes, connection.out.own());
            let is_at_barrier = connection.session.is_at_barrier();
            match accepted {
                Accepted::Reply { ticket, flags } => {
                    if flags & (flags::MOVABLE | flags::ROUTED | flags::CACHE | flags::WRITE) != 0 {
                        if let Some(cluster) = &mut cluster {
                            if view.is_error() {
                                let judged = Judged { link: key.link, ticket, flags, reply: view, now };
                                let (session, noticed) = (&mut connection.session, &mut self.noticed);
                                if let Some(returned) = cluster.judge(session, noticed, &judged) {
                                    self.returned.push(returned);
                                    continue;
                                }
                                trace = (flags & flags::ROUTED != 0).then(|| cluster.trace(ticket, Some(key.link)));
                            }
                            cluster.ended(ticket);
                        }
                        if let Some(cache) = &mut cache {
                            caching::answered(cache, (ticket, flags), reply, tape, bytes, voucher, now);
                        }
                    }
                    if let Some(trace) = trace.take() {
                        batch.trace(trace);
                    }
                    batch.reply(ticket, flags, view, tape.words(reply));
                }
                Accepted::Answered { what, number } => self.answered.push((number, Answered::read(what, view, is_tls))),
                Accepted::Push(kind) if is_told && notices::is_notice(kind) => return Some(Sorted::notice(kind, view)),
                Accepted::Push(PushKind::Invalidate) if cache.is_some() => {
                    cache.iter_mut().for_each(|cache| caching::invalidate(cache, view));
                }
                Accepted::Push(_) | Accepted::MonitorLine if !serves => {}
                Accepted::Push(kind)
                    if Doubles::is_double(&mut connection.doubles, is_at_barrier, Some(kind), view) => {}
                Accepted::MonitorLine if Doubles::is_double(&mut connection.doubles, is_at_barrier, None, view) => {}
                Accepted::Push(kind) => batch.push(key.link, kind, tape.words(reply)),
                Accepted::MonitorLine => batch.monitor_line(key.link, tape.words(reply)),
                Accepted::Settled {
                    ticket,
                    what: Settled::Subscribed | Settled::Unsubscribed | Settled::Monitoring,
                } => batch.done(ticket),
                Accepted::Absorbed => {}
                event => return Some(Sorted::Accepted(event)),
            }
        }
        None
    }

    /// Drops a connection's block after its complete replies were parsed. This must happen before JS gets the replies:
    /// their Buffers share the block's memory, which JS may transfer to another thread. Returns false if the block is
    /// still needed.
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

    /// Handles the end of RESET and its handshake: keys read before it are not tracked by the server, later ones are.
    fn on_reset(&mut self, key: ConnectionKey, ticket: u32) {
        let link = self.links.get_mut(key.link as usize).and_then(Option::as_deref_mut);
        let Some(link) = link else { return };
        if let Some(cache) = link.config.cache.and_then(|cache| self.caches.get(cache)) {
            cache.disconnected(key.serial);
        }
        if let Some((connection, _)) = link.connection_by(key.serial) {
            connection.is_tracked = connection.session.resp() == RespVersion::V3;
        }
        // JS must know the protocol before it decodes later replies.
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
