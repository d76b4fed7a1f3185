//! Commands of the SUBSCRIBE family between MULTI and EXEC: their acknowledgements are elements of the reply to EXEC.

use super::super::command::SubscriptionKind;
use super::super::push::{Frame, PubSub};
use super::super::server_error::ServerErrorKind;
use super::super::tape::{ARRAY, PUSH, SIMPLE_STRING, View};
use super::super::wishes::Wishes;
use super::{Session, unsubscribed};
use crate::config::RespVersion;

/// The subscriptions in a user's transaction; exists only if the transaction contains such commands.
#[derive(Debug, Default)]
pub(super) struct Queued {
    /// The maximum number of subscriptions that EXEC will open, by kind.
    opens: [usize; 3],
}

/// Whether the server queued a command for EXEC.
pub(super) fn is_queued(reply: View<'_>) -> bool {
    reply.kind() == SIMPLE_STRING && reply.text() == b"QUEUED"
}

impl Session {
    /// Records a command of the SUBSCRIBE family that is part of a transaction. Returns false if it has several
    /// acknowledgements: the server announces one element for it in the reply to EXEC but sends one for each channel,
    /// so that later replies can no longer be matched to requests. The connection must then be closed.
    ///
    /// `channels` is the number of channels that the command names; 0 means all.
    pub(super) fn queue(&mut self, kind: SubscriptionKind, ends: bool, channels: usize) -> bool {
        let queued = self.queued.get_or_insert_default();
        let opened = &mut queued.opens[kind as usize];
        let acknowledgements = match (ends, channels) {
            (true, 0) => *opened + self.live.count(kind),
            _ => channels,
        };
        *opened += usize::from(!ends);
        acknowledgements <= 1
    }

    /// Handles the reply to another command while such a transaction is open: it may be the reply to EXEC.
    pub(super) fn look_for_exec(&mut self, reply: View<'_>, wishes: &mut Wishes) {
        let is_over = match reply.kind() {
            SIMPLE_STRING => !is_queued(reply),
            _ if reply.is_error() => ServerErrorKind::of(reply.text()) == Some(ServerErrorKind::ExecAbort),
            _ => true,
        };
        if !is_over {
            return;
        }
        self.queued = None;
        let frames = if self.resp == RespVersion::V3 { PUSH } else { ARRAY };
        if reply.kind() != ARRAY {
            return;
        }
        for element in reply.items().filter(|element| element.kind() == frames) {
            match Frame::of(element).pub_sub {
                Some(PubSub::Subscribed(kind, channel)) => self.live.note(kind, channel),
                Some(PubSub::Unsubscribed(kind, Some(channel))) => {
                    _ = unsubscribed(&mut self.live, wishes, kind, channel)
                }
                _ => {}
            }
        }
        self.sharded |= self.live.count(SubscriptionKind::Sharded) > 0;
    }
}
