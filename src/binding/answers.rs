//! Converts answers of JS to `Answer`.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::link_options::parse_address;
use crate::boundary::QuestionKind;
use crate::config::{Credentials, Endpoint};
use crate::engine::Answer;

/// An answer; see `NativeAnswer` in `lib/wire/addon.ts`.
#[napi(object)]
pub struct NativeAnswer {
    pub question: u32,
    pub failed: Option<bool>,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub path: Option<String>,
    pub servername: Option<String>,
    pub addresses: Option<Vec<String>>,
    pub username: Option<String>,
    pub password: Option<String>,
    pub delay: Option<u32>,
}

impl NativeAnswer {
    /// Converts the answer. Fails with `InvalidArg` when it lacks a field that the question requires.
    pub fn into_answer(self) -> Result<Answer> {
        if self.failed == Some(true) {
            return Ok(Answer::Failed);
        }
        let is = |kind: QuestionKind| self.question == kind as u32;
        if is(QuestionKind::Endpoint) {
            let endpoint = match (self.path, self.host) {
                (Some(path), _) => Endpoint::Unix { path: path.into() },
                (None, Some(host)) => Endpoint::Tcp { host, port: self.port.unwrap_or(6379) },
                (None, None) => return Err(incomplete("host or path")),
            };
            return Ok(Answer::Endpoint { endpoint, servername: self.servername });
        }
        if is(QuestionKind::Lookup) {
            let addresses = self.addresses.ok_or_else(|| incomplete("addresses"))?;
            let addresses = addresses.iter().map(|address| parse_address(address)).collect::<Result<Vec<_>>>()?;
            return Ok(Answer::Addresses(addresses));
        }
        if is(QuestionKind::Identity) {
            return Ok(Answer::Accepted);
        }
        if is(QuestionKind::Credentials) {
            return Ok(Answer::Credentials(Credentials { username: self.username, password: self.password }));
        }
        if is(QuestionKind::Retry) {
            return Ok(Answer::Retry(u64::from(self.delay.ok_or_else(|| incomplete("delay"))?)));
        }
        Err(Error::new(Status::InvalidArg, "an answer to no question"))
    }
}

fn incomplete(what: &str) -> Error {
    Error::new(Status::InvalidArg, format!("the answer has no {what}"))
}
