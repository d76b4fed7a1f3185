//! SUBSCRIBE and its kin between MULTI and EXEC: their acknowledgements are elements of the reply to EXEC.

use super::super::command::SubscriptionKind;
use super::super::push::{Frame, PubSub};
use super::super::server_error::ServerErrorKind;
use super::super::tape::{ARRAY, PUSH, SIMPLE_STRING, View};
use super::super::wishes::Wishes;
use super::{Session, unsubscribed};
use crate::config::RespVersion;

/// What a user's transaction holds of pub/sub; there is none without such commands in it.
#[derive(Debug, Default)]
pub(super) struct Queued {
    /// Subscriptions that EXEC will open, at most, by kind.
    opens: [usize; 3],
}

/// Whether the server only noted a command of a transaction.
pub(super) fn is_queued(reply: View<'_>) -> bool {
    reply.kind() == SIMPLE_STRING && reply.text() == b"QUEUED"
}

impl Session {
    /// A command of the SUBSCRIBE family is part of a transaction. One that has several acknowledgements spoils the
    /// reply to EXEC: the server announces one element for it and sends one for each channel, so that elements and
    /// later replies would go to others. False for such a one: end the connection, and with it the transaction.
    ///
    /// `channels`: how many it names; none is all.
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

    /// The reply to another command while such a transaction is open.
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
