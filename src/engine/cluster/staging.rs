//! The commands of one batch for one link, joined for one write. What the socket takes at once need not pass through the
//! link's queue.

use super::super::Engine;
use super::super::backlog::Backlog;
use super::super::link::{Link, Stage};
use super::super::timers::Millis;
use super::sent;
use crate::boundary::flags;
use crate::proto::command::Request;
use crate::proto::segments::Segments;

/// Commands of the batch that is being queued, in order.
#[derive(Default)]
pub struct Staged {
    bytes: Vec<u8>,
    /// Each with the number of its bytes.
    commands: Vec<(Request, u32)>,
    /// Whether the link got commands of this batch.
    is_touched: bool,
    /// Whether they may be written at once.
    is_direct: bool,
    /// Whether all of them may be sent elsewhere.
    is_movable: bool,
}

/// When a request expires that is put into this queue now.
fn expiry(backlog: &Backlog, request: &Request, now: Millis) -> Option<Millis> {
    match request {
        Request::Command { timeout, .. } => backlog.deadline(*timeout, now),
        _ => None,
    }
}

impl Link {
    /// Begins with a batch, if that was not done. Returns whether it was not.
    #[inline]
    pub(super) fn begin_staging(&mut self) -> bool {
        if std::mem::replace(&mut self.staged.is_touched, true) {
            return false;
        }
        self.staged.is_movable = true;
        self.staged.is_direct = match &self.stage {
            Stage::Ready(connection) | Stage::Handing { old: connection, .. } => {
                connection.takes_requests() && self.backlog.lets_pass(0) && !self.backlog.is_in_chain()
            }
            _ => false,
        };
        true
    }

    /// Adds a command of the batch.
    #[inline]
    pub(super) fn stage_command(&mut self, request: Request, own: &[u8], segments: Option<Box<Segments>>, now: Millis) {
        if self.staged.is_direct {
            if segments.is_none() && matches!(request, Request::Command { .. }) {
                self.staged.is_movable &= request.flags() & flags::MOVABLE != 0;
                self.staged.bytes.extend_from_slice(own);
                self.staged.commands.push((request, own.len() as u32));
                return;
            }
            // The queue writes in order, so what came before goes there, too.
            self.queue_staged(0, now);
            self.staged.is_direct = false;
        }
        let (bits, expires_at) = (request.flags(), expiry(&self.backlog, &request, now));
        self.backlog.push(request, own, segments, bits, expires_at);
    }

    /// Puts the staged commands into the queue, except those that the first `written` bytes belong to.
    fn queue_staged(&mut self, written: usize, now: Millis) {
        let Staged { bytes, commands, .. } = &mut self.staged;
        let mut at = 0;
        for (request, length) in commands.drain(..) {
            let end = at + length as usize;
            if at >= written {
                let (bits, expires_at) = (request.flags(), expiry(&self.backlog, &request, now));
                self.backlog.push(request, &bytes[at..end], None, bits, expires_at);
            }
            at = end;
        }
        bytes.clear();
    }

    /// Writes the staged commands, and queues what the socket does not take. Returns whether it has taken all.
    fn write_staged(&mut self, now: Millis) -> bool {
        let Staged { bytes, commands, is_movable, .. } = &mut self.staged;
        let (Stage::Ready(connection) | Stage::Handing { old: connection, .. }) = &mut self.stage else { return false };
        let written = connection.try_write(bytes);
        if written > 0 && connection.session.is_idle() {
            // Nothing was expected until now, so the time of `socketTimeout` begins here.
            connection.active_at = now;
        }
        // Nearly always: the socket takes all, and all is kept alike. None is part of a chain then.
        if *is_movable && written == bytes.len() && connection.session.sent_all_movable(commands, bytes) {
            commands.clear();
            bytes.clear();
            return true;
        }
        let (mut at, mut count, mut bits) = (0, 0, 0);
        for (request, length) in commands.iter() {
            if at >= written {
                break;
            }
            let end = at + *length as usize;
            bits = request.flags();
            if let Request::Command { ticket, flags, slot, timeout } = *request {
                let request = Request::Command { ticket, flags, slot, timeout };
                sent(&mut connection.session, request, &bytes[at..end], None);
            }
            if end > written {
                connection.out.own().extend_from_slice(&bytes[written..end]);
            }
            (at, count) = (end, count + 1);
        }
        if count > 0 {
            self.backlog.note_written(bits);
        }
        let is_all = count == commands.len() && written == bytes.len();
        if is_all {
            commands.clear();
            bytes.clear();
        } else {
            self.queue_staged(at, now);
        }
        is_all
    }
}

impl Engine {
    /// Ends the batch for a link: writes its commands, or queues them. The link begins to connect if it was not needed
    /// before.
    pub(super) fn write_staged(&mut self, id: u32, now: Millis) {
        let Some(link) = self.link(id) else { return };
        link.staged.is_touched = false;
        let is_written = std::mem::take(&mut link.staged.is_direct) && link.write_staged(now);
        if !is_written {
            return self.write_and_wake(id, now);
        }
        self.looks_for_reply(id);
        self.tidy(id);
    }
}
