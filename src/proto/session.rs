//! The state machine of one connection: first the handshake, then replies, acknowledgements and messages.
//!
//! A [`Session`] lives as long as its connection; the link's [`Wishes`] outlive it. It uses no socket and no clock: the
//! engine passes in what it wrote ([`Session::sent`]) and what it received ([`Session::accept`]).

mod opening;
mod pub_sub;
mod succession;
mod transaction;

use bytes::Bytes;

pub use self::succession::CatchUp;
use self::transaction::{Queued, is_queued};
use super::command::{Inquiry, Request, SubscriptionKind};
use super::in_flight::{InFlight, InFlightEntry};
use super::kept::KeptCommand;
use super::push::is_monitor_line;
use super::segments::Segments;
use super::subscriptions::ChannelSets;
use super::tape::{PUSH, View};
use super::wishes::Wishes;
use crate::boundary::PushKind;
use crate::config::RespVersion;
use crate::error::{EngineError, ErrorKind};

/// How a reply is to be handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The reply answers the request with this ticket: a command, or one of the engine's own requests that failed
    /// (`flags` is 0 then). After a failed RESET, [`Session::is_ready`] is true again.
    Reply {
        /// Its ticket: the index of the pending request in JS.
        ticket: u32,
        /// The flags of the command.
        flags: u32,
    },
    /// The request with this ticket has succeeded and has no value. After RESET, [`Session::is_ready`] is true again.
    Settled {
        /// Its ticket: the index of the pending request in JS.
        ticket: u32,
        /// What has succeeded.
        what: Settled,
    },
    /// The reply answers an inquiry of the engine.
    Answered {
        /// What was asked.
        what: Inquiry,
        /// The number of the inquiry.
        number: u32,
    },
    /// A message, an invalidation, a maintenance notification or an unknown push, for listeners.
    Push(PushKind),
    /// A line of MONITOR, for listeners.
    MonitorLine,
    /// The session has handled the reply; nobody else needs it.
    Absorbed,
    /// The handshake has succeeded: requests may be written.
    Ready,
    /// The server refused the handshake: close the connection. All later replies are ignored.
    Refused(EngineError),
    /// The server ended a sharded subscription because its slot moved. The link does not restore it.
    ShardedChannelMoved {
        /// The channel.
        channel: Bytes,
        /// Whether this also completes the handshake, as [`Accepted::Ready`] does.
        ready: bool,
    },
    /// The server refused to restore something that the previous connection had. The link gives it up.
    NotRestored {
        /// What was not restored.
        what: Restored,
        /// The server's error.
        error: EngineError,
        /// Whether this also completes the handshake, as [`Accepted::Ready`] does.
        ready: bool,
    },
    /// A reply that belongs to no request: close the connection. All later replies are ignored.
    Surplus(EngineError),
}

/// Which of the engine's own requests has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// All its channels are subscribed.
    Subscribed,
    /// All its channels are unsubscribed.
    Unsubscribed,
    /// Lines of MONITOR follow.
    Monitoring,
    /// The connection was reset, and the handshake after that has succeeded.
    Reset,
}

/// Something that a handshake restores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// A channel or pattern.
    Subscription(SubscriptionKind, Bytes),
    /// A command, by its index in [`Wishes::set_restored`].
    Command(u16),
}

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SessionPhase {
    /// The handshake has not begun, or the connection has ended.
    Closed,
    /// Commands of a handshake are unanswered.
    Handshaking,
    /// Requests may be written.
    Ready,
    /// RESET was written and is not answered yet.
    Resetting,
    /// The server refused the handshake, or replies can no longer be matched to requests: the connection must be
    /// closed.
    Broken,
}

/// The state machine of one connection.
#[derive(Debug)]
pub struct Session {
    /// Fast path: if set, a reply that is not a push answers the oldest command, without further checks.
    plain: bool,
    in_flight: InFlight,
    phase: SessionPhase,
    resp: RespVersion,
    /// The ticket of the RESET whose handshake is in progress.
    reset: Option<u32>,
    /// Whether a null may follow a `SUNSUBSCRIBE` without channels: the server sends one if it had ended all of them by
    /// itself before it read the command.
    late_null: bool,
    /// Set while a user's transaction contains commands of the SUBSCRIBE family.
    queued: Option<Queued>,
    /// Whether this connection has ever had a sharded subscription: the server may end one by itself, even while a
    /// request of ours is in flight.
    sharded: bool,
    /// Whether this connection sends monitor lines.
    monitoring: bool,
    /// What this connection is subscribed to according to the server, including what a user subscribed with a raw
    /// command.
    live: ChannelSets,
    /// Whether the part of the handshake after HELLO is written only once HELLO is answered.
    rest_waits: bool,
    /// Why this connection speaks RESP2 although RESP3 was wanted.
    fallback: Option<EngineError>,
    /// The availability zone that the server has told in its reply to HELLO.
    zone: Option<Box<str>>,
    /// How many PINGs of barriers are unanswered.
    barriers: u32,
    /// Whether the server does not know CLIENT MAINT_NOTIFICATIONS, or does not allow it.
    maintenance_refused: bool,
}

impl Session {
    /// Creates a session whose handshake has not begun.
    pub fn new(wishes: &Wishes) -> Self {
        Self {
            plain: false,
            in_flight: InFlight::new(wishes.config.keeps_commands),
            phase: SessionPhase::Closed,
            resp: wishes.config.resp,
            reset: None,
            late_null: false,
            queued: None,
            sharded: false,
            monitoring: false,
            live: ChannelSets::default(),
            rest_waits: false,
            fallback: None,
            zone: None,
            barriers: 0,
            maintenance_refused: false,
        }
    }

    /// Appends the whole handshake to `out`. It may be empty (RESP2 with nothing to set up); then [`Session::is_ready`]
    /// is true at once and no [`Accepted::Ready`] follows.
    pub fn begin(&mut self, wishes: &Wishes, out: &mut Vec<u8>) {
        debug_assert_eq!(self.phase, SessionPhase::Closed, "a session serves one connection");
        self.start_handshake(wishes, out);
        self.refresh();
    }

    /// Whether requests may be written. False from the moment when RESET is written until it is settled: meanwhile the
    /// connection has no user, database 0 and possibly another protocol.
    pub fn is_ready(&self) -> bool {
        self.phase == SessionPhase::Ready
    }

    /// The RESP version of the connection; final once the session is ready.
    pub fn resp(&self) -> RespVersion {
        self.resp
    }

    /// The server's error if RESP3 was wanted and the server does not know it.
    pub fn fallback(&self) -> Option<&EngineError> {
        self.fallback.as_ref()
    }

    /// The availability zone of the server, if it has told it in its reply to HELLO (Valkey).
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// Whether the request with this ticket is unanswered. Searches the whole queue.
    pub fn has(&self, ticket: u32) -> bool {
        self.in_flight.has(ticket)
    }

    /// The number of the user's requests that are written and not settled.
    pub fn in_flight(&self) -> usize {
        self.in_flight.requests() + usize::from(self.reset.is_some())
    }

    /// Frees the memory of a burst, if nothing is in flight.
    pub fn trim(&mut self) {
        self.in_flight.trim();
    }

    /// Whether none of the user's requests is in flight.
    pub fn is_idle(&self) -> bool {
        self.in_flight() == 0
    }

    /// What this connection is subscribed to according to the server, including what a user subscribed with a raw
    /// command.
    pub fn live(&self) -> &ChannelSets {
        &self.live
    }

    /// Records that the first byte of a request is being written. Replies are matched to requests in this order.
    #[inline]
    pub fn sent(&mut self, request: Request) {
        if matches!(request, Request::Reset { .. }) && self.phase == SessionPhase::Ready {
            self.phase = SessionPhase::Resetting;
        }
        self.in_flight.push(request);
    }

    /// Like [`Session::sent`], for a command whose bytes the caller has. If the settings say so, the bytes are kept
    /// until the command is answered, because the server may redirect it.
    #[inline]
    pub fn sent_movable(&mut self, request: Request, bytes: &[u8], segments: Option<&Segments>) {
        self.in_flight.push_movable(request, bytes, segments);
    }

    /// Like [`Session::sent_movable`], for commands that are written together, each with the number of its bytes. All must
    /// be [`Request::Command`]s without large arguments. Returns false, and changes nothing, if they cannot be kept.
    pub fn sent_all_movable(&mut self, commands: &[(Request, u32)], bytes: &[u8]) -> bool {
        self.in_flight.push_all_movable(commands, bytes)
    }

    /// Records that ASKING is being written, before a command.
    pub fn sent_asking(&mut self) {
        self.in_flight.push_asking();
    }

    /// The hash slot of the last answered command, if its bytes were kept.
    pub fn answered_slot(&self) -> Option<u16> {
        self.in_flight.answered_slot()
    }

    /// Removes and returns the command that the last reply answered; `None` if it was not kept.
    pub fn take_answered(&mut self) -> Option<KeptCommand> {
        self.in_flight.take_answered()
    }

    /// Removes and returns the commands that can be sent again, before [`Session::end`]. The last one belongs to the last
    /// request that it returns, and so on; `None` for those that are not kept. Empty if the settings say that none are.
    pub fn take_kept(&mut self) -> Vec<Option<KeptCommand>> {
        self.in_flight.take_kept()
    }

    /// The flags of the oldest unanswered request, if it is a user's command.
    pub fn oldest_flags(&self) -> Option<u32> {
        self.in_flight.front_flags()
    }

    /// Handles the server's next reply. Appends to `out` what the session has to send in return: the second handshake
    /// of a fallback to RESP2, or the handshake after RESET.
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

    /// Ends the session, because the connection has ended. Returns the user's requests that were in flight, oldest
    /// first; the server may have executed any of them. Later replies are ignored.
    pub fn end(&mut self, wishes: &mut Wishes) -> Vec<Request> {
        // For the user, a subscription of which only some channels were acknowledged has failed: those channels must
        // not be restored.
        if let Some(subscribe) = self.in_flight.front_subscribe() {
            for channel in std::mem::take(&mut subscribe.fresh) {
                wishes.subscriptions.remove(subscribe.kind, &channel);
            }
        }
        self.phase = SessionPhase::Closed;
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
            SessionPhase::Closed | SessionPhase::Broken => Accepted::Absorbed,
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
        // The server may end a sharded subscription late, when none is left.
        let pub_sub_mode = self.resp == RespVersion::V2 && (self.sharded || !self.live.is_empty());
        self.plain = matches!(self.phase, SessionPhase::Ready | SessionPhase::Resetting)
            && !self.monitoring
            && !pub_sub_mode
            && self.queued.is_none()
            && !self.late_null;
    }

    /// Handles the answer to the oldest request.
    fn accept_answer(&mut self, reply: View<'_>, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        self.late_null = false;
        match self.in_flight.pop() {
            None => {
                let text = String::from_utf8_lossy(reply.text());
                let kind = char::from(reply.kind());
                self.surplus(format!("The server sent a reply that belongs to no request: {kind}{text}"))
            }
            Some(InFlightEntry::Asking) => Accepted::Absorbed,
            Some(InFlightEntry::Barrier) => {
                self.barriers -= 1;
                Accepted::Absorbed
            }
            Some(InFlightEntry::Step(step)) => self.accept_step(step, reply, wishes, out),
            Some(InFlightEntry::Resubscribe(subscribe)) => self.accept_resubscribe(*subscribe, reply, wishes, out),
            Some(InFlightEntry::User(request)) => self.accept_reply(request, reply, wishes, out),
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
            Request::Reset { .. } if reply.is_error() => self.phase = SessionPhase::Ready,
            Request::Reset { .. } => return self.restart(ticket, wishes, out),
            Request::Inquiry { what, number } => return Accepted::Answered { what: *what, number: *number },
            Request::Monitor { .. } | Request::Subscribe(_) | Request::Unsubscribe(_) => {}
        }
        Accepted::Reply { ticket, flags: 0 }
    }

    /// Handles an answer to a command of the SUBSCRIBE family that is neither an acknowledgement nor an error: either
    /// the command is part of a user's transaction, or replies can no longer be matched to requests.
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
        // Put back, so that it fails with the other requests in flight.
        self.in_flight.push_front(request);
        self.surplus(text.to_owned())
    }

    /// After RESET the connection has no user, no name, no subscriptions, database 0 and RESP2 (redis.io, "RESET").
    fn restart(&mut self, ticket: u32, wishes: &mut Wishes, out: &mut Vec<u8>) -> Accepted {
        wishes.reset();
        self.live = ChannelSets::default();
        self.monitoring = false;
        self.queued = None;
        self.reset = Some(ticket);
        self.start_handshake(wishes, out);
        if self.phase == SessionPhase::Ready { self.complete_handshake() } else { Accepted::Absorbed }
    }

    fn surplus(&mut self, message: String) -> Accepted {
        self.phase = SessionPhase::Broken;
        Accepted::Surplus(EngineError::new(ErrorKind::Protocol, message))
    }
}

/// Records a subscription that the link made and the server acknowledged. Returns whether it is new to the link.
fn subscribed(live: &mut ChannelSets, wishes: &mut Wishes, kind: SubscriptionKind, channel: &Bytes) -> bool {
    live.insert(kind, channel.clone());
    wishes.subscriptions.insert(kind, channel.clone())
}

/// Records that a subscription has ended, on request or for good. Returns whether the link had it.
fn unsubscribed(live: &mut ChannelSets, wishes: &mut Wishes, kind: SubscriptionKind, channel: &[u8]) -> bool {
    live.remove(kind, channel);
    wishes.subscriptions.remove(kind, channel)
}
