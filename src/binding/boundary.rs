//! The numbers of the boundary, which JS compares with its own.

use std::collections::HashMap;

use napi_derive::napi;

use crate::boundary::{GROUPS, VERSION};

/// A hash of all names and numbers. If JS has the same one, both sides were built for the same boundary.
#[cfg_attr(test, allow(dead_code))]
#[napi(catch_unwind)]
pub fn boundary_version() -> u32 {
    VERSION
}

/// All numbers by their TypeScript names.
#[cfg_attr(test, allow(dead_code))]
#[napi(catch_unwind)]
pub fn boundary() -> HashMap<&'static str, i32> {
    GROUPS.iter().copied().flatten().copied().collect()
}
