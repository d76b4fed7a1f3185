//! Protocol errors in the bytes of a server.

use std::fmt;

use crate::error::{EngineError, ErrorKind};

/// The input is not RESP, or exceeds a limit. The connection must be closed, because the next replies cannot be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolError {
    /// The kind of problem.
    pub problem: Problem,
    /// The position, in bytes from the start of the reply (its attributes included).
    pub at: usize,
}

/// The problem that a [`ProtocolError`] reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A byte that is not the type byte of any RESP type.
    UnknownType(u8),
    /// A streamed string or aggregate (`$?`, `*?`) of this type; servers do not send them.
    Streamed(u8),
    /// Something other than expected in a value of type `kind`; `found` is a short excerpt.
    Unexpected {
        /// The type byte of the value.
        kind: u8,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: Vec<u8>,
    },
    /// Aggregates are nested deeper than this limit.
    TooDeep(u32),
    /// A value or reply exceeds its limit.
    TooLarge {
        /// The unit of the size: `bytes` or `elements`.
        unit: &'static str,
        /// The size that was announced or reached.
        size: u64,
        /// The limit.
        limit: u64,
    },
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            // npm `redis`' message, which shows the byte as latin1.
            Problem::UnknownType(byte) => return write!(f, "Unknown RESP type {byte} \"{}\"", char::from(*byte)),
            Problem::Streamed(kind) => write!(f, "Streamed RESP type \"{}?\" is not supported", char::from(*kind))?,
            Problem::Unexpected { kind, expected, found } => {
                write!(f, "Invalid RESP reply of type \"{}\": expected {expected}, ", char::from(*kind))?;
                write!(f, "found \"{}\"", found.escape_ascii())?;
            }
            Problem::TooDeep(limit) => write!(f, "RESP reply is nested more than {limit} levels deep")?,
            Problem::TooLarge { unit, size, limit } => {
                write!(f, "RESP reply of {size} {unit} exceeds the limit of {limit} {unit}")?;
            }
        }
        write!(f, " (byte {} of the reply)", self.at)
    }
}

impl std::error::Error for ProtocolError {}

impl From<ProtocolError> for EngineError {
    fn from(error: ProtocolError) -> Self {
        Self::new(ErrorKind::Protocol, error.to_string())
    }
}

/// Why reading a value stopped before its end. Positions are absolute in the input.
#[derive(Debug)]
pub(super) enum Stop {
    /// More input is needed, at least this many bytes in total.
    Incomplete(usize),
    /// The input is invalid at this position.
    Fault(usize, Box<Problem>),
}

impl Stop {
    #[cold]
    pub(super) fn unexpected(input: &[u8], at: usize, kind: u8, expected: &'static str) -> Self {
        let found = input[at..input.len().min(at + 8)].to_vec();
        Self::Fault(at, Box::new(Problem::Unexpected { kind, expected, found }))
    }

    #[cold]
    pub(super) fn too_large(at: usize, unit: &'static str, size: u64, limit: u64) -> Self {
        Self::Fault(at, Box::new(Problem::TooLarge { unit, size, limit }))
    }
}
