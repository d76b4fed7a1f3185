//! What only JS knows: the engine asks, and goes on when it is answered.
//!
//! A question names the attempt that waits, by its serial. An answer that comes late, twice, or to another question than
//! the one that waits changes nothing. An attempt whose question is never answered ends with `connectTimeout`.

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

/// What JS answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To `Endpoint`: where to connect to, until the next answer.
    Endpoint {
        /// Where to.
        endpoint: Endpoint,
        /// The name for TLS; none means the host.
        servername: Option<String>,
    },
    /// To `Lookup`: the addresses of the host.
    Addresses(Vec<IpAddr>),
    /// To `Identity`: the certificate is accepted.
    Accepted,
    /// To `Credentials`: those of the handshake that follows.
    Credentials(Credentials),
    /// To `Retry`: the next attempt begins after so many ms.
    Retry(Millis),
    /// To every question of an attempt: it has failed, and JS holds the error.
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
    /// JS answers what the attempt of a link has asked.
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

    /// The question of this attempt that waits for its answer.
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

    /// The attempt goes on when JS has answered.
    pub(super) fn ask(&mut self, key: ConnectionKey, what: Question) {
        self.goes_on(key, AttemptStep::Asking(what.kind()));
        self.emit(key.link, LinkEvent::Ask { serial: key.serial, what });
    }

    /// The first step of an attempt.
    pub(super) fn begin_attempt(&mut self, key: ConnectionKey) {
        if self.link(key.link).is_some_and(|link| link.config.custom_endpoint) {
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

    /// A path has no addresses to look up.
    fn look_up(&mut self, key: ConnectionKey) {
        let Some(link) = self.link(key.link) else { return };
        if link.config.custom_lookup && matches!(link.config.dial.endpoint, Endpoint::Tcp { .. }) {
            return self.ask(key, Question::Lookup);
        }
        self.dial(key);
    }

    /// No address is a failed attempt: the system's resolver was not what JS chose.
    fn on_addresses(&mut self, key: ConnectionKey, addresses: Vec<IpAddr>) {
        if addresses.is_empty() {
            let error = EngineError::new(ErrorKind::Dns, "The lookup gave no address").with_code("ENOTFOUND");
            return self.lost(key, error);
        }
        if let Some(link) = self.link(key.link) {
            link.config.dial.addresses = addresses;
        }
        self.dial(key);
    }

    /// There is a socket, and nothing is wrong with the certificate. JS is asked for credentials that are no setting.
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

    /// Replaces the credentials of the handshakes to come, also of the one after a RESET. None: JS is asked before each.
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
