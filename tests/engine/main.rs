//! The engine without a network: scripted sockets, a model server, and a caller that plays the binding's part.

mod asking;
mod caching;
mod cluster;
mod cuts;
mod driver;
mod handing;
mod invariants;
mod js;
mod large;
mod lifecycle;
mod model;
mod net;
mod pushes;
mod replies;
mod server;
mod setup;
mod speed;
mod values;
