//! Takes batches of commands from JS, and writes or queues them on their links.

use std::rc::Rc;
use std::time::Instant;

use super::Engine;
use super::cluster::{self, is_cluster};
use super::connection::ConnectionKey;
use super::link::Stage;
use super::timers::Millis;
use crate::boundary::{flags, meta};
use crate::event::{Failure, RequestPhase};
use crate::proto::command::{NO_SLOT, RawPubSub, Request};
use crate::proto::segments::{LargeArgument, Segment, Segments};

pub(super) struct Meta<'a>(pub(super) &'a [i32]);

impl Meta<'_> {
    pub(super) fn link(&self) -> u32 {
        self.0[meta::LINK] as u32
    }
    pub(super) fn request(&self) -> Request {
        let ticket = self.0[meta::TICKET] as u32;
        Request::Command { ticket, flags: self.flags(), slot: self.slot(), timeout: self.timeout() }
    }
    /// The request. For the SUBSCRIBE family its bytes tell how many acknowledgements answer it.
    pub(super) fn request_of(&self, bytes: &[u8]) -> Request {
        if self.flags() & flags::PUB_SUB == 0 {
            return self.request();
        }
        let raw = RawPubSub::read(self.0[meta::TICKET] as u32, self.flags(), bytes);
        raw.map_or_else(|| self.request(), |raw| Request::Raw(Box::new(raw)))
    }
    pub(super) fn length(&self) -> usize {
        self.0[meta::LENGTH] as u32 as usize
    }
    pub(super) fn flags(&self) -> u32 {
        self.0[meta::FLAGS] as u32
    }
    pub(super) fn timeout(&self) -> u32 {
        self.0[meta::TIMEOUT].max(0) as u32
    }
    pub(super) fn is_asap(&self) -> bool {
        self.flags() & flags::ASAP != 0
    }
    pub(super) fn is_large(&self) -> bool {
        self.flags() & flags::LARGE != 0
    }
    pub(super) fn is_in_chain(&self) -> bool {
        self.flags() & flags::CHAIN != 0
    }
    pub(super) fn slot(&self) -> u16 {
        u16::try_from(self.0[meta::SLOT]).unwrap_or(NO_SLOT)
    }
    pub(super) fn is_cancelled(&self) -> bool {
        self.flags() & flags::CANCELLED != 0
    }
    /// Whether the command can be in one write with the command before it.
    pub(super) fn continues(&self, asap: bool) -> bool {
        !self.is_cancelled() && self.is_asap() == asap
    }
}

/// The commands of a batch, with the ids of their links.
pub(super) fn requests(meta: &[i32]) -> impl Iterator<Item = (u32, Request)> {
    meta.chunks_exact(meta::WORDS)
        .map(Meta)
        .filter(|meta| !meta.is_cancelled())
        .map(|meta| (meta.link(), meta.request()))
}

/// The large arguments that were lent to a command.
#[inline]
pub(super) fn lent_of(lent: &mut [(u32, Box<Segments>)], index: usize, flags: u32) -> Option<Box<Segments>> {
    if flags & flags::LARGE == 0 {
        return None;
    }
    let found = lent.binary_search_by_key(&(index as u32), |(index, _)| *index).ok()?;
    Some(std::mem::take(&mut lent[found].1))
}

impl Engine {
    /// Takes a large argument of the command at `index` of the next batch. On the wire it follows the first `at` of the
    /// command's own bytes. `first`: discard arguments lent before at this index; their command was never submitted.
    pub fn lend(&mut self, index: u32, at: usize, argument: Box<dyn LargeArgument>, first: bool) {
        let segment = Segment { at, argument: Rc::from(argument) };
        match self.lent.last_mut() {
            Some((last, segments)) if *last == index && !first => segments.0.push(segment),
            _ => {
                self.lent.retain(|(before, _)| *before < index);
                self.lent.push((index, Box::new(Segments(vec![segment]))));
            }
        }
    }

    /// Submits the commands that JS encoded in this tick. `meta` describes them; `bytes` holds their own bytes in
    /// order.
    pub fn submit(&mut self, meta: &[i32], bytes: &[u8], now: Millis) {
        self.submit_lanes(meta, bytes, now);
        self.lent.clear();
    }

    fn submit_lanes(&mut self, meta: &[i32], bytes: &[u8], now: Millis) {
        // `asap` commands go before all others of the tick.
        if meta.chunks_exact(meta::WORDS).any(|words| Meta(words).is_asap()) {
            self.submit_some(meta, bytes, now, |command| command.is_asap());
            self.submit_some(meta, bytes, now, |command| !command.is_asap());
        } else {
            self.submit_some(meta, bytes, now, |_| true);
        }
    }

    /// Submits the commands that are `wanted`, in runs of adjacent commands of one link.
    fn submit_some(&mut self, meta: &[i32], bytes: &[u8], now: Millis, wanted: impl Fn(&Meta<'_>) -> bool) {
        let mut commands = meta.chunks_exact(meta::WORDS).map(Meta).peekable();
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
            self.submit_run(id, from, &meta[from * meta::WORDS..index * meta::WORDS], &bytes[start..at], now);
        }
    }

    /// Queues a request that the engine encodes itself (subscriptions, MONITOR, RESET).
    pub fn request(&mut self, id: u32, request: Request, now: Millis) {
        let Some(link) = self.link(id).filter(|link| link.is_open()) else {
            self.fail(&request, Failure::Closed, RequestPhase::Queued);
            return self.attention.push(id);
        };
        let mut bytes = Vec::new();
        request.encode(&mut bytes);
        let resets = matches!(request, Request::Reset { .. });
        link.backlog.push(request, &bytes, None, 0, None);
        self.write_and_wake(id, now);
        if resets {
            // RESET also ends the tracking of keys.
            self.untrack(id);
        }
    }

    /// Writes or queues commands of one link; `first` is the index of the first one in the batch.
    fn submit_run(&mut self, id: u32, first: usize, meta: &[i32], bytes: &[u8], now: Millis) {
        if is_cluster(id) {
            return self.submit_to_cluster(id, first, meta, bytes, now);
        }
        let is_large = !self.lent.is_empty() && meta.chunks_exact(meta::WORDS).any(|words| Meta(words).is_large());
        let Some(link) = self.link(id).filter(|link| link.is_open()) else { return self.refuse(id, meta) };
        if is_large {
            return self.submit_large(id, first, meta, bytes, now);
        }
        let direct = match &mut link.stage {
            Stage::Ready(connection) | Stage::Handing { old: connection, .. } if connection.takes_requests() => {
                Some(connection)
            }
            _ => None,
        };
        let mut commands = meta.chunks_exact(meta::WORDS).map(Meta);
        let (mut at, mut written) = (0, 0);
        if let Some(connection) = direct.filter(|_| link.backlog.lets_pass(Meta(meta).flags())) {
            written = connection.try_write(bytes);
            if written > 0 && connection.session.is_idle() {
                // Nothing was expected until now, so the time of `socketTimeout` begins here.
                connection.active_at = now;
            }
            while at < written
                && let Some(command) = commands.next()
            {
                let end = at + command.length();
                cluster::sent(&mut connection.session, command.request_of(&bytes[at..end]), &bytes[at..end], None);
                if end > written {
                    connection.out.own().extend_from_slice(&bytes[written..end]);
                }
                link.backlog.note_written(command.flags());
                at = end;
            }
        }
        for command in commands {
            let end = at + command.length();
            let request = command.request_of(&bytes[at..end]);
            let expires_at = link.backlog.deadline(command.timeout(), now);
            link.backlog.push(request, &bytes[at..end], None, command.flags(), expires_at);
            at = end;
        }
        if written < bytes.len() {
            return self.write_and_wake(id, now);
        } else {
            self.looks_for_reply(id);
        }
        self.tidy(id);
    }

    /// Queues commands of which some have large arguments, and writes as much as the socket accepts.
    fn submit_large(&mut self, id: u32, first: usize, meta: &[i32], bytes: &[u8], now: Millis) {
        let mut at = 0;
        for (index, command) in meta.chunks_exact(meta::WORDS).map(Meta).enumerate() {
            let end = at + command.length();
            let segments = lent_of(&mut self.lent, first + index, command.flags());
            // Only commands of the rare SUBSCRIBE family are inspected, which needs all their bytes joined.
            let is_read = command.flags() & flags::PUB_SUB != 0;
            let joined = segments.as_ref().filter(|_| is_read).and_then(|segments| segments.joined(&bytes[at..end]));
            let request = command.request_of(joined.as_deref().unwrap_or(&bytes[at..end]));
            let Some(link) = self.link(id) else { return };
            let expires_at = link.backlog.deadline(command.timeout(), now);
            link.backlog.push(request, &bytes[at..end], segments, command.flags(), expires_at);
            at = end;
        }
        self.write_and_wake(id, now);
    }

    /// Writes the queued requests of a link.
    pub(super) fn write_to(&mut self, id: u32, now: Millis) {
        let Some(link) = self.link(id) else { return };
        let was_idle = link.in_flight() == 0;
        link.write();
        let in_flight = link.in_flight();
        let is_queued = !link.backlog.is_empty();
        if let Some(connection) = link.connection_mut() {
            if was_idle && in_flight > 0 {
                connection.active_at = now;
            }
            if !is_queued && connection.out.is_empty() {
                self.looks_for_reply(id);
            }
        }
        self.tidy(id);
    }

    /// After a complete write, starts to poll for the reply if `socket.busyPoll` is set.
    pub(super) fn looks_for_reply(&mut self, id: u32) {
        let Some(link) = self.link(id).filter(|link| !link.config.busy_poll.is_zero()) else { return };
        let spin = link.config.busy_poll;
        let Some(connection) = link.connection() else { return };
        let (serial, in_flight) = (connection.serial, connection.session.in_flight());
        self.busy_poll.wrote(ConnectionKey { link: id, serial }, in_flight, spin, Instant::now());
    }

    /// Rejects commands that JS submitted before it learned that the link has ended.
    fn refuse(&mut self, id: u32, meta: &[i32]) {
        for command in meta.chunks_exact(meta::WORDS).map(Meta) {
            self.fail(&command.request(), Failure::Closed, RequestPhase::Queued);
        }
        self.attention.push(id);
    }

    /// Handles the report that a socket is writable: continues to write.
    pub fn on_writable(&mut self, key: ConnectionKey) {
        let Some(link) = self.link(key.link) else { return };
        let Some((connection, _)) = link.connection_by(key.serial) else { return };
        // Reports are one-shot: the next one must be requested again.
        connection.watching = false;
        link.write();
        self.tidy(key.link);
    }
}
