//! The queue of requests that were written to a connection and not answered yet, oldest first.

use std::collections::VecDeque;

use super::command::{RawPubSub, Request, Subscribe, Unsubscribe};
use super::kept::{KeptCommand, KeptCommands};
use super::segments::Segments;

/// One unanswered request.
#[derive(Debug)]
pub(super) enum InFlightEntry {
    /// A request of the user.
    User(Request),
    /// A command of a handshake.
    Step(HandshakeStep),
    /// A command of a handshake that restores subscriptions of the previous connection.
    Resubscribe(Box<Subscribe>),
    /// `ASKING`, sent before a command that another node redirected here.
    Asking,
    /// `PING`, whose answer tells that all before it has been received.
    Barrier,
}

/// A command of a handshake, by how its reply is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HandshakeStep {
    /// `HELLO 3`: an error may mean that the server knows only RESP2.
    Hello,
    /// An error makes the connection fail.
    Required,
    /// The reply is ignored, even if it is an error.
    Ignored,
    /// `CLIENT MAINT_NOTIFICATIONS`, which need not succeed: whether it was refused is noted.
    Maintenance,
    /// `MONITOR`: its lines follow the reply.
    Monitor,
    /// A command of the user that is repeated, by its index: an error is reported.
    Restored(u16),
}

const _: () = assert!(size_of::<InFlightEntry>() == 16);

/// Capacity kept for the next burst, in requests (64 KiB).
const KEPT_ENTRIES: usize = 4096;

/// The queue of unanswered requests of one connection.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    queue: VecDeque<InFlightEntry>,
    /// The number of handshake commands among them.
    steps: usize,
    /// The number of requests among them that are the engine's own: ASKING, PING of a barrier and inquiries.
    own: usize,
    /// The bytes of the user's commands among them, if they are kept.
    kept: Option<Box<KeptCommands>>,
}

impl InFlight {
    /// Creates a queue. With `keeps`, it keeps the bytes of commands until they are answered.
    pub(super) fn new(keeps: bool) -> Self {
        Self { kept: keeps.then(Box::default), ..Self::default() }
    }

    #[inline]
    pub(super) fn push(&mut self, request: Request) {
        if let Some(kept) = &mut self.kept {
            kept.push_nothing();
        }
        self.own += usize::from(matches!(request, Request::Inquiry { .. }));
        self.queue.push_back(InFlightEntry::User(request));
    }

    /// Adds a command, with its bytes if the queue keeps them.
    pub(super) fn push_movable(&mut self, request: Request, bytes: &[u8], segments: Option<&Segments>) {
        match (&mut self.kept, &request) {
            (Some(kept), Request::Command { slot, timeout, .. }) => kept.push(*slot, *timeout, bytes, segments),
            (Some(kept), _) => kept.push_nothing(),
            (None, _) => {}
        }
        self.queue.push_back(InFlightEntry::User(request));
    }

    /// Adds commands that are written together, if the queue keeps commands and can keep these. Returns whether it has
    /// added them. All must be [`Request::Command`]s, each with the number of its bytes.
    pub(super) fn push_all_movable(&mut self, commands: &[(Request, u32)], bytes: &[u8]) -> bool {
        let Some(kept) = &mut self.kept else { return false };
        let entries = commands.iter().filter_map(|(request, length)| match request {
            Request::Command { slot, timeout, .. } => Some((*slot, *timeout, *length)),
            _ => None,
        });
        if !kept.push_all(entries, bytes) {
            return false;
        }
        self.queue.extend(commands.iter().filter_map(|(request, _)| match *request {
            Request::Command { ticket, flags, slot, timeout } => {
                Some(InFlightEntry::User(Request::Command { ticket, flags, slot, timeout }))
            }
            _ => None,
        }));
        true
    }

    pub(super) fn push_asking(&mut self) {
        self.own += 1;
        self.queue.push_back(InFlightEntry::Asking);
    }

    pub(super) fn push_barrier(&mut self) {
        self.own += 1;
        self.queue.push_back(InFlightEntry::Barrier);
    }

    /// Removes and returns the bytes of all unanswered commands, one entry for each request of the user and inquiry, in
    /// order; empty if the queue keeps none.
    pub(super) fn take_kept(&mut self) -> Vec<Option<KeptCommand>> {
        self.kept.as_mut().map_or_else(Vec::new, |kept| kept.take_all())
    }

    /// The flags of the oldest request, if it is a user's command.
    pub(super) fn front_flags(&self) -> Option<u32> {
        match self.queue.front()? {
            InFlightEntry::User(Request::Command { flags, .. }) => Some(*flags),
            _ => None,
        }
    }

    /// The slot of the last answered command, if its bytes were kept.
    pub(super) fn answered_slot(&self) -> Option<u16> {
        self.kept.as_ref()?.answered_slot()
    }

    /// Removes and returns the bytes of the last answered command, if they were kept.
    pub(super) fn take_answered(&mut self) -> Option<KeptCommand> {
        self.kept.as_mut()?.take_answered()
    }

    /// Puts a request back as the oldest one.
    pub(super) fn push_front(&mut self, request: Request) {
        self.queue.push_front(InFlightEntry::User(request));
    }

    pub(super) fn push_step(&mut self, step: HandshakeStep) {
        self.steps += 1;
        self.queue.push_back(InFlightEntry::Step(step));
    }

    pub(super) fn push_resubscribe(&mut self, subscribe: Subscribe) {
        self.steps += 1;
        self.queue.push_back(InFlightEntry::Resubscribe(Box::new(subscribe)));
    }

    pub(super) fn pop(&mut self) -> Option<InFlightEntry> {
        let entry = self.queue.pop_front();
        self.steps -= usize::from(matches!(entry, Some(InFlightEntry::Step(_) | InFlightEntry::Resubscribe(_))));
        let is_own = matches!(
            entry,
            Some(InFlightEntry::Asking | InFlightEntry::Barrier | InFlightEntry::User(Request::Inquiry { .. }))
        );
        self.own -= usize::from(is_own);
        if matches!(entry, Some(InFlightEntry::User(_))) {
            self.note_answer();
        }
        entry
    }

    /// Removes the oldest request if it is a user's command, and returns its ticket and flags. Nearly every reply takes
    /// this path.
    #[inline]
    pub(super) fn pop_command(&mut self) -> Option<(u32, u32)> {
        let Some(InFlightEntry::User(Request::Command { ticket, flags, .. })) = self.queue.front() else { return None };
        let command = (*ticket, *flags);
        self.queue.pop_front();
        self.note_answer();
        Some(command)
    }

    #[inline]
    fn note_answer(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.answered();
        }
    }

    /// Returns the oldest request if it is a user's command of the SUBSCRIBE family.
    pub(super) fn front_raw(&mut self) -> Option<&mut RawPubSub> {
        match self.queue.front_mut()? {
            InFlightEntry::User(Request::Raw(command)) => Some(command),
            _ => None,
        }
    }

    /// Whether the server answers the oldest request with acknowledgements of subscriptions.
    pub(super) fn front_is_pub_sub(&self) -> bool {
        let Some(InFlightEntry::User(request)) = self.queue.front() else {
            return matches!(self.queue.front(), Some(InFlightEntry::Resubscribe(_)));
        };
        matches!(request, Request::Raw(_) | Request::Subscribe(_) | Request::Unsubscribe(_))
    }

    /// Returns the oldest request if it subscribes, for the user or for a handshake.
    pub(super) fn front_subscribe(&mut self) -> Option<&mut Subscribe> {
        match self.queue.front_mut()? {
            InFlightEntry::User(Request::Subscribe(subscribe)) | InFlightEntry::Resubscribe(subscribe) => {
                Some(subscribe)
            }
            _ => None,
        }
    }

    /// Returns the oldest request if it unsubscribes.
    pub(super) fn front_unsubscribe(&mut self) -> Option<&mut Unsubscribe> {
        match self.queue.front_mut()? {
            InFlightEntry::User(Request::Unsubscribe(unsubscribe)) => Some(unsubscribe),
            _ => None,
        }
    }

    /// Marks the replies of all handshake commands as ignored, because the handshake starts again. Returns false, and
    /// changes nothing, if one of these commands is MONITOR or a subscription: those change what the connection
    /// receives.
    pub(super) fn ignore_steps(&mut self) -> bool {
        let harmless = |entry: &InFlightEntry| {
            !matches!(entry, InFlightEntry::Step(HandshakeStep::Monitor) | InFlightEntry::Resubscribe(_))
        };
        if !self.queue.iter().all(harmless) {
            return false;
        }
        for entry in &mut self.queue {
            if let InFlightEntry::Step(step) = entry {
                *step = HandshakeStep::Ignored;
            }
        }
        true
    }

    /// Whether the request with this ticket is unanswered.
    pub(super) fn has(&self, ticket: u32) -> bool {
        self.queue.iter().any(|entry| matches!(entry, InFlightEntry::User(request) if request.ticket() == ticket))
    }

    /// Frees the memory of a burst once no request is unanswered.
    pub(super) fn trim(&mut self) {
        if self.queue.is_empty() && self.queue.capacity() > KEPT_ENTRIES {
            self.queue = VecDeque::new();
        }
        if let Some(kept) = &mut self.kept {
            kept.trim();
        }
    }

    /// The number of unanswered handshake commands.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// The number of unanswered requests of the user.
    pub(super) fn requests(&self) -> usize {
        self.queue.len() - self.steps - self.own
    }

    /// Removes all entries and returns the user's requests, oldest first. Handshake commands are dropped.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Request> {
        (self.steps, self.own) = (0, 0);
        if let Some(kept) = &mut self.kept {
            kept.clear();
        }
        self.queue.drain(..).filter_map(|entry| match entry {
            InFlightEntry::User(request) => Some(request),
            InFlightEntry::Step(_) | InFlightEntry::Resubscribe(_) | InFlightEntry::Asking | InFlightEntry::Barrier => {
                None
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::{NO_SLOT, SubscriptionKind};
    use super::*;

    #[test]
    fn counts_requests_and_steps() {
        let mut queue = InFlight::default();
        queue.push_step(HandshakeStep::Hello);
        queue.push(Request::Command { ticket: 4, flags: 1, slot: NO_SLOT, timeout: 0 });
        queue.push_step(HandshakeStep::Required);
        assert_eq!((queue.steps(), queue.requests()), (2, 1));
        assert_eq!(queue.pop_command(), None);
        assert!(matches!(queue.pop(), Some(InFlightEntry::Step(HandshakeStep::Hello))));
        assert_eq!(queue.pop_command(), Some((4, 1)));
        assert_eq!((queue.steps(), queue.requests()), (1, 0));
        queue.push(Request::Monitor { ticket: 9 });
        assert_eq!(queue.drain().collect::<Vec<_>>(), [Request::Monitor { ticket: 9 }]);
        assert_eq!((queue.steps(), queue.requests()), (0, 0));
        assert!(queue.pop().is_none());
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let mut queue = InFlight::default();
        (0..100_000).for_each(|ticket| queue.push(Request::Command { ticket, flags: 0, slot: NO_SLOT, timeout: 0 }));
        while queue.pop_command().is_some() {
            queue.trim();
        }
        assert!(queue.queue.capacity() <= KEPT_ENTRIES);
    }

    #[test]
    fn does_not_ignore_steps_with_consequences() {
        let mut queue = InFlight::default();
        queue.push_step(HandshakeStep::Required);
        assert!(queue.ignore_steps());
        assert!(matches!(queue.queue.front(), Some(InFlightEntry::Step(HandshakeStep::Ignored))));
        queue.push_resubscribe(Subscribe::new(0, SubscriptionKind::Channels, Vec::new()));
        assert!(!queue.ignore_steps());
    }
}
