//! An attempt to connect: its current step and the connection that it sets up.

use std::any::Any;

use super::connection::Connection;
use super::handing::Succession;
use crate::boundary::QuestionKind;
use crate::config::{DialConfig, Endpoint};
use crate::transport::DialHandle;

/// A dial in progress. Dropping it cancels it.
pub type Dial = Box<dyn Any>;

/// The step that an attempt is waiting in.
pub enum AttemptStep {
    /// The attempt was created and has taken no step.
    Beginning,
    /// JS was asked and has not answered.
    Asking(QuestionKind),
    /// The socket is being opened, with TLS if it is configured.
    Dialling(Dial),
    /// The handshake packet was sent.
    Handshaking,
    /// The handshake is over; the connection takes over once the old one is drained.
    Handshaken,
}

/// An attempt to connect.
pub struct Attempt {
    /// The current step.
    pub step: AttemptStep,
    /// The connection. It has no socket until the dial succeeds.
    pub connection: Box<Connection>,
    /// Where it goes, unless it goes where the settings of the link say.
    pub target: Option<Box<DialConfig>>,
    /// What is known of its succession, if it is to take the place of another connection.
    pub succession: Option<Box<Succession>>,
}

impl Attempt {
    /// The host that it goes to, if it does not go where the settings of the link say.
    pub fn target_host(&self) -> Option<&str> {
        match &self.target.as_deref()?.endpoint {
            Endpoint::Tcp { host, .. } => Some(host),
            Endpoint::Unix { .. } => None,
        }
    }

    /// Whether the socket is open and the handshake packet not yet sent.
    pub fn is_before_handshake(&self) -> bool {
        matches!(self.step, AttemptStep::Asking(QuestionKind::Identity | QuestionKind::Credentials))
    }

    /// Whether the server accepted the TCP connection and has not finished the TLS handshake.
    pub fn is_securing(&self) -> bool {
        let AttemptStep::Dialling(dial) = &self.step else { return false };
        dial.downcast_ref::<DialHandle>().is_some_and(DialHandle::is_securing)
    }

    /// Whether the handshake packet was sent and nothing was received since.
    pub fn is_unheard(&self) -> bool {
        matches!(self.step, AttemptStep::Handshaking) && !self.connection.is_heard
    }

    /// Whether the handshake is over and the connection only waits for the old one to drain.
    pub fn is_handshaken(&self) -> bool {
        matches!(self.step, AttemptStep::Handshaken)
    }
}
