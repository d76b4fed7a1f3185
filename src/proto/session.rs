//! The state machine of one connection: handshake, then replies, acknowledgements, messages.
//!
//! A [`Session`] begins with the handshake of a connection and ends with it; what outlives it are the link's
//! [`Wishes`]. It knows no socket and no clock: the engine hands in what it wrote ([`Session::sent`]) and what came back
//! ([`Session::accept`]).

mod opening;
mod pub_sub;
mod transaction;

use bytes::Bytes;

use self::transaction::{Queued, is_queued};
use super::command::{Request, SubscriptionKind};
use super::in_flight::{Entry, InFlight};
use super::kept::KeptCommand;
use super::push::is_monitor_line;
use super::segments::Segments;
use super::subscriptions::ChannelSets;
use super::tape::{PUSH, View};
use super::wishes::Wishes;
use crate::boundary::PushKind;
use crate::config::RespVersion;
use crate::error::{EngineError, ErrorKind};

/// What one reply means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The reply is the answer to the request with this ticket: a command, or an error answer to one of the engine's
    /// own requests (`flags` is 0 then). After a failed RESET, [`Session::is_ready`] is true again.
    Reply {
        /// Its ticket: the index of what waits for it in JS.
        ticket: u32,
        /// The flags of the command.
        flags: u32,
    },
    /// The request with this ticket is done, without a value. After RESET, [`Session::is_ready`] is true again.
    Settled {
        /// Its ticket: the index of what waits for it in JS.
        ticket: u32,
        /// What is done.
        what: Settled,
    },
    /// A message, an invalidation, a maintenance note or an unknown push, for the listeners.
    Push(PushKind),
    /// A line of MONITOR.
    MonitorLine,
    /// Nothing for anyone outside.
    Absorbed,
    /// The handshake is done: requests may be written.
    Ready,
    /// The server refused the handshake: close the connection. All later replies are absorbed.
    Refused(EngineError),
    /// The server ended a sharded subscription because its slot moved. The link no longer wants it.
    ShardedChannelMoved {
        /// The channel.
        channel: Bytes,
        /// Whether the handshake is done with it, as with [`Accepted::Ready`].
        ready: bool,
    },
    /// The server does not let the link have back what it had on the connection before. The link no longer wants it.
    NotRestored {
        /// What is missing.
        what: Restored,
        /// The server's error.
        error: EngineError,
        /// Whether the handshake is done with it, as with [`Accepted::Ready`].
        ready: bool,
    },
    /// A reply that belongs to nothing: close the connection. All later replies are absorbed.
    Surplus(EngineError),
}

/// Which of the engine's own requests is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// All channels are subscribed.
    Subscribed,
    /// All channels are no more.
    Unsubscribed,
    /// Lines of MONITOR follow.
    Monitoring,
    /// The connection was reset, and set up again.
    Reset,
}

/// Something that a handshake restores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// A channel or pattern.
    Subscription(SubscriptionKind, Bytes),
    /// A command, by its place in [`Session::set_restored`].
    Command(u16),
}

/// What a session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The handshake has not begun, or the connection is gone.
    Closed,
    /// Steps of a handshake are unanswered.
    Handshaking,
    /// Requests may be written.
    Ready,
    /// RESET was written and not answered.
    Resetting,
    /// The replies can no longer be told apart, or the server refused: the connection must be closed.
    Broken,
}

/// The state machine of one connection.
#[derive(Debug)]
pub struct Session {
    /// Whether a reply that is no push belongs to the oldest command: nothing else needs to be looked at.
    plain: bool,
    in_flight: InFlight,
    phase: Phase,
    resp: RespVersion,
    /// The ticket of the RESET whose handshake is running.
    reset: Option<u32>,
    /// After `SUNSUBSCRIBE` without channels a null may follow, if the server had ended all of them before it read the
    /// command.
    late_null: bool,
    /// A user's transaction has such commands.
    queued: Option<Queued>,
    /// Whether this connection has had a sharded subscription: the server may end it late, beside our own request.
    sharded: bool,
    /// Whether this connection sends monitor lines.
    monitoring: bool,
    /// What the server says that this connection has: also what a user opened with a raw command.
    live: ChannelSets,
    /// What follows HELLO is written when it is answered.
    rest_waits: bool,
    /// Why this connection speaks RESP2 although RESP3 was wanted.
    fallback: Option<EngineError>,
}

impl Session {
    /// A session whose handshake has not begun.
    pub fn new(wishes: &Wishes) -> Self {
        Self {
            plain: false,
            in_flight: InFlight::new(wishes.config.keeps_commands),
            phase: Phase::Closed,
            resp: wishes.config.resp,
            reset: None,
            late_null: false,
            queued: None,
            sharded: false,
            monitoring: false,
            live: ChannelSets::default(),
            rest_waits: false,
            fallback: None,
        }
    }

    /// Appends the whole handshake to `out`. It may be empty (RESP2 with nothing to set up); then
    /// [`Session::is_ready`] is true at once and [`Accepted::Ready`] does not come.
    pub fn begin(&mut self, wishes: &Wishes, out: &mut Vec<u8>) {
        debug_assert_eq!(self.phase, Phase::Closed, "a session serves one connection");
        self.start_handshake(wishes, out);
        self.refresh();
    }

    /// Whether the handshake is done. False from the moment that RESET is written until it is settled: hold requests
    /// back so long, since the connection has no user, no database and another protocol in between.
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// The protocol of the connection; final once it is ready.
    pub fn resp(&self) -> RespVersion {
        self.resp
    }

    /// The server's words where RESP3 was wanted and it does not know it.
    pub fn fallback(&self) -> Option<&EngineError> {
        self.fallback.as_ref()
    }

    /// Whether the request with this ticket is unanswered. Looks at all of them.
    pub fn has(&self, ticket: u32) -> bool {
        self.in_flight.has(ticket)
    }

    /// How many of the user's requests are written and not settled.
    pub fn in_flight(&self) -> usize {
        self.in_flight.requests() + usize::from(self.reset.is_some())
    }

    /// Gives the memory of a burst back, when nothing is in flight.
    pub fn trim(&mut self) {
        self.in_flight.trim();
    }

    /// Whether none of the user's requests is in flight.
    pub fn is_idle(&self) -> bool {
        self.in_flight() == 0
    }

    /// What the server says that this connection is subscribed to: also what a user opened with a raw command.
    pub fn live(&self) -> &ChannelSets {
        &self.live
    }

    /// Notes that the first byte of a request is being written. Requests are answered in this order.
    #[inline]
    pub fn sent(&mut self, request: Request) {
        if matches!(request, Request::Reset { .. }) && self.phase == Phase::Ready {
            self.phase = Phase::Resetting;
        }
        self.in_flight.push(request);
    }

    /// The same for a command whose bytes are at hand: the server may send it elsewhere. Such commands are kept until
    /// they are answered, if the settings say so.
    #[inline]
    pub fn sent_movable(&mut self, request: Request, bytes: &[u8], segments: Option<&Segments>) {
        self.in_flight.push_movable(request, bytes, segments);
    }

    /// Notes that ASKING is being written, ahead of a command.
    pub fn sent_asking(&mut self) {
        self.in_flight.push_asking();
    }

    /// Takes the command that the last reply answered. `None`: it was not kept.
    pub fn take_answered(&mut self) -> Option<KeptCommand> {
        self.in_flight.take_answered()
    }

    /// Takes the next reply of the server. `out` receives what the session has to send: the second handshake of a
    /// fallback to RESP2, and the handshake after RESET.
    #[inline]
    pub fn accept(&mut self, reply: View<'_>, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        if self.plain
            && reply.kind() != PUSH
            && let Some((ticket, flags)) = self.in_flight.pop_command()
        {
            return Accepted::Reply { ticket, flags };
        }
        self.accept_other(reply, wishes, out)
    }

    /// The connection is gone. Returns the user's requests that were in flight, oldest first; the server may have
    /// executed any of them. Everything that still arrives is absorbed.
    pub fn end(&mut self, wishes: &mut Wishes) -> Vec<Request> {
        // Half a subscription is a failed one for the user: it must not come back on the next connection.
        if let Some(subscribe) = self.in_flight.front_subscribe() {
            for channel in std::mem::take(&mut subscribe.fresh) {
                wishes.subscriptions.remove(subscribe.kind, &channel);
            }
        }
        self.phase = Phase::Closed;
        self.plain = false;
        let reset = self.reset.take().map(|ticket| Request::Reset { ticket });
        let requests: Vec<_> = reset.into_iter().chain(self.in_flight.drain()).collect();
        requests.iter().for_each(|request| wishes.forsake(request));
        requests
    }

    #[cold]
    #[inline(never)]
    fn accept_other(&mut self, reply: View<'_>, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        let accepted = match self.phase {
            Phase::Closed | Phase::Broken => Accepted::Absorbed,
            _ if reply.kind() == PUSH => self.accept_push(reply, wishes),
            _ if self.monitoring && is_monitor_line(reply) => Accepted::MonitorLine,
            _ => match self.accept_array_frame(reply, wishes) {
                Some(accepted) => accepted,
                None => self.accept_answer(reply, wishes, out),
            },
        };
        self.refresh();
        accepted
    }

    fn refresh(&mut self) {
        // A sharded subscription may end late, when none is left.
        let pub_sub_mode = self.resp == RespVersion::V2 && (self.sharded || !self.live.is_empty());
        self.plain = matches!(self.phase, Phase::Ready | Phase::Resetting)
            && !self.monitoring
            && !pub_sub_mode
            && self.queued.is_none()
            && !self.late_null;
    }

    /// The answer to the oldest request.
    fn accept_answer(&mut self, reply: View<'_>, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        self.late_null = false;
        match self.in_flight.pop() {
            None => {
                let text = String::from_utf8_lossy(reply.text());
                let kind = char::from(reply.kind());
                self.surplus(format!("The server sent a reply that belongs to no request: {kind}{text}"))
            }
            Some(Entry::Asking) => Accepted::Absorbed,
            Some(Entry::Step(step)) => self.accept_step(step, reply, wishes, out),
            Some(Entry::Resubscribe(subscribe)) => self.accept_resubscribe(*subscribe, reply, wishes, out),
            Some(Entry::User(request)) => self.accept_reply(request, reply, wishes, out),
        }
    }

    fn accept_reply(&mut self, request: Request, reply: View<'_>, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        let ticket = request.ticket();
        match &request {
            Request::Command { flags, .. } => {
                if self.queued.is_some() {
                    self.look_for_exec(reply, wishes);
                }
                return Accepted::Reply { ticket, flags: *flags };
            }
            Request::Raw(_) | Request::Subscribe(_) | Request::Unsubscribe(_) if !reply.is_error() => {
                return self.accept_unacknowledged(request, reply);
            }
            Request::Raw(command) => return Accepted::Reply { ticket, flags: command.flags },
            Request::Monitor { .. } if !reply.is_error() => {
                wishes.monitor = true;
                self.monitoring = true;
                return Accepted::Settled { ticket, what: Settled::Monitoring };
            }
            Request::Reset { .. } if reply.is_error() => self.phase = Phase::Ready,
            Request::Reset { .. } => return self.restart(ticket, wishes, out),
            Request::Monitor { .. } | Request::Subscribe(_) | Request::Unsubscribe(_) => {}
        }
        Accepted::Reply { ticket, flags: 0 }
    }

    /// A command of the SUBSCRIBE family got an answer that is neither an acknowledgement nor an error: it is part of a
    /// user's transaction, or the replies can no longer be told apart.
    fn accept_unacknowledged(&mut self, request: Request, reply: View<'_>) -> Accepted {
        let (kind, ends, channels, flags) = match &request {
            Request::Raw(command) => (command.kind, command.ends, command.channels.len(), command.flags),
            Request::Subscribe(command) => (command.kind, false, command.channels.len(), 0),
            Request::Unsubscribe(command) => (command.kind, true, command.channels.as_ref().map_or(0, Vec::len), 0),
            _ => return Accepted::Absorbed,
        };
        let text = if !is_queued(reply) {
            "The server sent a reply where an acknowledgement of a subscription is due"
        } else if self.queue(kind, ends, channels) {
            return Accepted::Reply { ticket: request.ticket(), flags };
        } else {
            "A SUBSCRIBE or UNSUBSCRIBE of several channels is part of a transaction: the reply to EXEC cannot be told \
             from those of other commands"
        };
        // It fails with the others.
        self.in_flight.push_front(request);
        self.surplus(text.to_owned())
    }

    /// redis.io, "RESET": the connection has no user, no name, no subscriptions, database 0 and RESP2 now.
    fn restart(&mut self, ticket: u32, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        wishes.reset();
        self.live = ChannelSets::default();
        self.monitoring = false;
        self.queued = None;
        self.reset = Some(ticket);
        self.start_handshake(wishes, out);
        if self.phase == Phase::Ready { self.complete_handshake() } else { Accepted::Absorbed }
    }

    fn surplus(&mut self, message: String) -> Accepted {
        self.phase = Phase::Broken;
        Accepted::Surplus(EngineError::new(ErrorKind::Protocol, message))
    }
}

/// The server acknowledged a subscription of the link. Returns whether it was not wanted before.
fn subscribed(live: &mut ChannelSets, wishes: &mut Wishes, kind: SubscriptionKind, channel: &Bytes) -> bool {
    live.insert(kind, channel.clone());
    wishes.subscriptions.insert(kind, channel.clone())
}

/// The server ended a subscription that somebody asked it to end, or that will not come back. Returns whether it was
/// wanted.
fn unsubscribed(live: &mut ChannelSets, wishes: &mut Wishes, kind: SubscriptionKind, channel: &[u8]) -> bool {
    live.remove(kind, channel);
    wishes.subscriptions.remove(kind, channel)
}
