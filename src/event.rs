//! What the engine tells JS.
