//! Faults of the engine itself (panics): they end the call or the connections that they happened in, not the process.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use crate::boundary::place;

/// What a caller in JS is told.
pub const TEXT: &str = "The engine of oxredis has failed inside";

/// Where a test has asked for a fault.
#[derive(Default)]
pub struct Provoked(Cell<u32>);

impl Provoked {
    /// The next pass of this place fails.
    pub fn ask(&self, place: u32) {
        self.0.set(place);
    }

    /// Fails if that was asked for here.
    pub fn pass(&self, place: u32) {
        if self.0.get() == place {
            self.0.set(0);
            panic!("a test has asked for this");
        }
    }
}

/// Runs `work`. False when it failed: what it did is half done.
pub fn contained(work: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_ok()
}

/// Sets a flag back when it is dropped, also while a fault unwinds.
pub struct Lowered<'a>(pub &'a Cell<bool>);

impl Drop for Lowered<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
