//! XXH3-64, the digest that the server uses to compare values.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use xxhash_rust::xxh3::xxh3_64;

/// Returns the digest of the bytes as the server's `DIGEST` does: 16 hexadecimal characters.
// Test builds have no export table, so nothing uses it there.
#[cfg_attr(test, allow(dead_code))]
#[napi(catch_unwind)]
pub fn digest(bytes: Uint8Array) -> String {
    format!("{:016x}", xxh3_64(&bytes))
}
