//! An attempt to connect: what it waits for, and the connection that may come of it.

use std::any::Any;

use super::connection::Connection;
use crate::boundary::QuestionKind;
use crate::transport::DialHandle;

/// A dial under way; dropping it cancels it.
pub type Dial = Box<dyn Any>;

/// What an attempt to connect waits for.
pub enum AttemptStep {
    /// Nothing yet.
    Beginning,
    /// JS answers a question.
    Asking(QuestionKind),
    /// A connection is being made.
    Dialling(Dial),
    /// The handshake packet was sent.
    Handshaking,
    /// The handshake is over; the connection takes over once the old one is drained.
    Handshaken,
}

/// See the module's comment.
pub struct Attempt {
    /// What it waits for.
    pub step: AttemptStep,
    /// The connection; it has a socket once the dial is over.
    pub connection: Box<Connection>,
}

impl Attempt {
    /// There is a socket and the handshake packet is yet to be sent.
    pub fn is_before_handshake(&self) -> bool {
        matches!(self.step, AttemptStep::Asking(QuestionKind::Identity | QuestionKind::Credentials))
    }

    /// The server accepted the connection and owes its part of the TLS handshake.
    pub fn is_securing(&self) -> bool {
        let AttemptStep::Dialling(dial) = &self.step else { return false };
        dial.downcast_ref::<DialHandle>().is_some_and(DialHandle::is_securing)
    }

    /// The handshake packet was sent, and nothing has come back.
    pub fn is_unheard(&self) -> bool {
        matches!(self.step, AttemptStep::Handshaking) && !self.connection.is_heard
    }

    /// The connection only waits to take over.
    pub fn is_handshaken(&self) -> bool {
        matches!(self.step, AttemptStep::Handshaken)
    }
}
