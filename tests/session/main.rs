//! Scripted sessions: what the session sends, what the server answers, and how the session interprets it.

mod handshake;
mod model;
mod pub_sub;
mod reset_and_monitor;
mod script;
mod server;
mod succession;
