//! The engine without a network: scripted sockets, a model server, and a caller that plays the binding's part.

mod caching;
mod cuts;
mod driver;
mod invariants;
mod js;
mod large;
mod lifecycle;
mod model;
mod net;
mod replies;
mod server;
mod speed;
mod values;
