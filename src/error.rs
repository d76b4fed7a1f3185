//! Errors as data; JS creates instances of its error classes from them.

use std::fmt;

pub use crate::boundary::ErrorKind;

/// One error of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineError {
    /// The kind, which decides the JS class.
    pub kind: ErrorKind,
    /// The message for the user.
    pub message: String,
    /// The stable code; the same as Node's where Node has one.
    pub code: Option<Box<str>>,
    /// The failing system call in Node's terms (`connect`, `read`, `write`, `getaddrinfo`).
    pub syscall: Option<&'static str>,
    /// The address that was tried.
    pub address: Option<Box<str>>,
    /// The port that was tried.
    pub port: Option<u16>,
    /// The error of each address, if several were tried (Node's `AggregateError`).
    pub causes: Vec<EngineError>,
    /// The probable reason, which becomes `error.cause`.
    pub reason: Option<Box<EngineError>>,
}

impl EngineError {
    /// Creates an error with a kind and a message only.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            code: None,
            syscall: None,
            address: None,
            port: None,
            causes: Vec::new(),
            reason: None,
        }
    }

    /// Adds the stable code.
    pub fn with_code(mut self, code: impl Into<Box<str>>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds the probable reason.
    pub fn because(mut self, reason: EngineError) -> Self {
        self.reason = Some(Box::new(reason));
        self
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}
