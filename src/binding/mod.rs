//! (binding)
