//! RESP2 and RESP3 without a socket: parser, tape, and the state machine of one connection.
#![forbid(unsafe_code)]

pub mod parser;
pub mod tape;
