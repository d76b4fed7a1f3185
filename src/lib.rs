//! The engine of oxredis, a Redis and Valkey client for Node.js.
//!
//! Layers, top to bottom: `binding` (N-API) → `engine` (links, queues, reconnection) → `cache` (replies kept on the
//! client's side) and `transport` (sockets, TLS) → `proto` (RESP, the state machine of one connection). `boundary`, `error`, `config` and `event` are leaves.
//! See `docs/architecture.md`.

#[cfg(feature = "addon")]
mod binding;
pub mod boundary;
pub mod cache;
pub mod config;
pub mod engine;
pub mod error;
pub mod event;
pub mod proto;
pub mod topology;
pub mod transport;
