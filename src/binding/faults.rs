//! Contains panics of the engine: they end the call or the connections in which they happened, not the process.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use crate::boundary::place;

/// The message of the error that a caller in JS gets.
pub const TEXT: &str = "The engine of oxredis has failed inside";

/// The place where a test has requested a panic.
#[derive(Default)]
pub struct Provoked(Cell<u32>);

impl Provoked {
    /// Makes the next `pass` of this place panic.
    pub fn ask(&self, place: u32) {
        self.0.set(place);
    }

    /// Panics if that was requested for this place.
    pub fn pass(&self, place: u32) {
        if self.0.get() == place {
            self.0.set(0);
            panic!("a test has asked for this");
        }
    }
}

/// Runs `work`. Returns false when it panicked: its changes may be incomplete.
pub fn contained(work: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_ok()
}

/// Clears a flag when it is dropped, also during the unwinding of a panic.
pub struct Lowered<'a>(pub &'a Cell<bool>);

impl Drop for Lowered<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
