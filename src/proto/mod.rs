//! RESP2 and RESP3 without sockets: the parser, the tape, and the state machine of one connection.
#![forbid(unsafe_code)]

pub mod command;
mod handshake;
pub mod hash_slot;
mod in_flight;
pub mod kept;
pub mod notices;
pub mod parser;
mod push;
pub mod ring;
pub mod segments;
pub mod server_error;
pub mod session;
pub mod subscriptions;
pub mod tape;
pub mod wishes;
