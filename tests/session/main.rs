//! Scripted sessions: what the engine writes, what the server answers, and what the session makes of it.

mod handshake;
mod model;
mod pub_sub;
mod reset_and_monitor;
mod script;
mod server;
