//! The numbers of the boundary for JS, which compares them with its own.

use std::collections::HashMap;

use napi_derive::napi;

use crate::boundary::{GROUPS, VERSION};

/// Stands for all names and numbers: JS was made for the same ones if it has the same.
#[cfg_attr(test, allow(dead_code))]
#[napi(catch_unwind)]
pub fn boundary_version() -> u32 {
    VERSION
}

/// Each number by its name in TypeScript.
#[cfg_attr(test, allow(dead_code))]
#[napi(catch_unwind)]
pub fn boundary() -> HashMap<&'static str, i32> {
    GROUPS.iter().copied().flatten().copied().collect()
}
