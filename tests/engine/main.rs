//! Tests of the engine without a network: with scripted sockets, a model of a server, and a caller that plays the part
//! of the binding.

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
mod maintenance;
mod model;
mod moving;
mod net;
mod pushes;
mod replies;
mod server;
mod setup;
mod speed;
mod succession;
mod values;
