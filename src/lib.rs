//! The engine of oxredis, a Redis and Valkey client for Node.js.
//!
//! Layers, top to bottom: `binding` (N-API) → `engine` (links, queues, reconnection) → `cache` (client-side
//! cache) and `transport` (sockets, TLS) → `proto` (RESP, the state machine of one connection). `boundary`, `error`,
//! `config` and `event` depend on no other module.
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
