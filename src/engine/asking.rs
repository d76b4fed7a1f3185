//! Questions of a connection attempt that only JS can answer (endpoint, addresses, identity, credentials, retry). The
//! attempt continues when the answer arrives.
//!
//! A question carries the serial of its attempt. An answer that is late, repeated, or meant for another question is
//! ignored. If JS never answers, `connectTimeout` ends the attempt.

use std::net::IpAddr;

use super::Engine;
use super::attempt::AttemptStep;
use super::connection::ConnectionKey;
use super::link::Stage;
use super::timers::{Millis, Timer, TimerKind};
use crate::boundary::QuestionKind;
use crate::config::{Credentials, Endpoint};
use crate::error::{EngineError, ErrorKind};
use crate::event::{LinkEvent, Question};

/// An answer of JS to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To `Endpoint`: the endpoint of this attempt and of later ones, until JS gives another.
    Endpoint {
        /// The host and port, or the path of the socket.
        endpoint: Endpoint,
        /// The server name for TLS; `None`: the host.
        servername: Option<String>,
    },
    /// To `Lookup`: the addresses of the host.
    Addresses(Vec<IpAddr>),
    /// To `Identity`: the certificate is accepted.
    Accepted,
    /// To `Credentials`: user and password of the next handshake.
    Credentials(Credentials),
    /// To `Retry`: the delay before the next attempt, in milliseconds.
    Retry(Millis),
    /// To any question of an attempt: the attempt has failed. JS keeps the error.
    Failed,
}

impl Answer {
    fn fits(&self, asked: QuestionKind) -> bool {
        match self {
            Self::Endpoint { .. } => asked == QuestionKind::Endpoint,
            Self::Addresses(_) => asked == QuestionKind::Lookup,
            Self::Accepted => asked == QuestionKind::Identity,
            Self::Credentials(_) => asked == QuestionKind::Credentials,
            Self::Retry(_) => asked == QuestionKind::Retry,
            Self::Failed => asked != QuestionKind::Retry,
        }
    }
}

impl Engine {
    /// Continues an attempt with the answer of JS. Ignores answers that do not fit the question.
    pub fn answer(&mut self, key: ConnectionKey, answer: Answer, now: Millis) {
        if !self.asked(key).is_some_and(|asked| answer.fits(asked)) {
            return;
        }
        match answer {
            Answer::Endpoint { endpoint, servername } => self.on_endpoint(key, endpoint, servername),
            Answer::Addresses(addresses) => self.on_addresses(key, addresses),
            Answer::Accepted => self.authenticate(key, now),
            Answer::Credentials(credentials) => {
                if let Some(link) = self.link(key.link) {
                    link.wishes.set_credentials(credentials);
                }
                self.begin_handshake(key, now);
            }
            Answer::Retry(delay) => self.on_retry(key, delay, now),
            Answer::Failed => self.lose(key, None),
        }
    }

    /// The unanswered question of this attempt, if there is one.
    fn asked(&mut self, key: ConnectionKey) -> Option<QuestionKind> {
        let link = self.link(key.link)?;
        if matches!(link.stage, Stage::Undecided) {
            return (link.serial == key.serial).then_some(QuestionKind::Retry);
        }
        match link.attempt_mut(key.serial)?.step {
            AttemptStep::Asking(asked) => Some(asked),
            _ => None,
        }
    }

    /// Sends a question to JS. The attempt waits until [`Engine::answer`] is called.
    pub(super) fn ask(&mut self, key: ConnectionKey, what: Question) {
        self.goes_on(key, AttemptStep::Asking(what.kind()));
        self.emit(key.link, LinkEvent::Ask { serial: key.serial, what });
    }

    /// Takes the first step of an attempt: asks JS for the endpoint if it is dynamic, else resolves the host.
    pub(super) fn begin_attempt(&mut self, key: ConnectionKey) {
        let Some(link) = self.link(key.link) else { return };
        let has_target = link.attempt_mut(key.serial).is_some_and(|attempt| attempt.target.is_some());
        if link.config.custom_endpoint && !has_target {
            return self.ask(key, Question::Endpoint);
        }
        self.look_up(key);
    }

    fn on_endpoint(&mut self, key: ConnectionKey, endpoint: Endpoint, servername: Option<String>) {
        let Some(link) = self.link(key.link) else { return };
        let dial = &mut link.config.dial;
        dial.endpoint = endpoint;
        dial.addresses.clear();
        if let Some(tls) = &mut dial.tls {
            tls.servername = servername;
        }
        self.look_up(key);
    }

    /// Asks JS for the addresses if it has its own `lookup` function. The path of a Unix socket needs none.
    fn look_up(&mut self, key: ConnectionKey) {
        let Some(link) = self.link(key.link) else { return };
        let target = link.attempt_mut(key.serial).and_then(|attempt| attempt.target.as_deref());
        let host = match target.map(|target| (&target.endpoint, target.addresses.is_empty())) {
            Some((Endpoint::Tcp { host, .. }, true)) => Some(host.clone()),
            // An address needs no look-up.
            Some(_) => return self.dial(key),
            None => None,
        };
        let has_host = host.is_some() || matches!(link.config.dial.endpoint, Endpoint::Tcp { .. });
        if link.config.custom_lookup && has_host {
            return self.ask(key, Question::Lookup { host });
        }
        self.dial(key);
    }

    /// Dials the addresses that JS has resolved. An empty list fails the attempt: falling back to the system's resolver
    /// would override the user's choice.
    fn on_addresses(&mut self, key: ConnectionKey, addresses: Vec<IpAddr>) {
        if addresses.is_empty() {
            let error = EngineError::new(ErrorKind::Dns, "The lookup gave no address").with_code("ENOTFOUND");
            return self.lost(key, error);
        }
        if let Some(link) = self.link(key.link) {
            match link.attempt_mut(key.serial).and_then(|attempt| attempt.target.as_mut()) {
                Some(target) => target.addresses = addresses,
                None => link.config.dial.addresses = addresses,
            }
        }
        self.dial(key);
    }

    /// Continues once the socket is open and its certificate is accepted: asks JS for the credentials unless they are
    /// fixed in the configuration.
    pub(super) fn authenticate(&mut self, key: ConnectionKey, now: Millis) {
        let Some(link) = self.link(key.link) else { return };
        let (is_ready, fixed) = (link.is_ready(), link.config.credentials.clone());
        if !is_ready {
            self.emit(key.link, LinkEvent::Connected);
        }
        let Some(credentials) = fixed else { return self.ask(key, Question::Credentials) };
        if let Some(link) = self.link(key.link) {
            link.wishes.set_credentials(credentials);
        }
        self.begin_handshake(key, now);
    }

    /// Replaces the credentials for later handshakes, including the one after RESET. `None`: JS is asked before each.
    pub fn set_credentials(&mut self, id: u32, credentials: Option<Credentials>) {
        let Some(link) = self.link(id) else { return };
        if let Some(credentials) = &credentials {
            link.wishes.set_credentials(credentials.clone());
        }
        link.config.credentials = credentials;
    }

    fn on_retry(&mut self, key: ConnectionKey, delay: Millis, now: Millis) {
        let Some(link) = self.link(key.link) else { return };
        link.stage = Stage::Waiting;
        if delay == 0 {
            return self.reconnect(key.link, now);
        }
        self.timers.set(now + delay, Timer { link: key.link, serial: key.serial, kind: TimerKind::Retry });
    }
}
