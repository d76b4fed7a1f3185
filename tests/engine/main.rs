//! The engine without a network: scripted sockets, a model server, and a caller that plays the binding's part.

mod driver;
mod invariants;
mod js;
mod model;
mod net;
mod server;
mod values;
