//! Lets the linker leave N-API symbols to the host process.
fn main() {
    #[cfg(feature = "addon")]
    napi_build::setup();
}
