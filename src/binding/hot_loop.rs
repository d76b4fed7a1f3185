//! The environment's event loop, for the uv transport.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::rc::Rc;

use crate::transport::libuv::Libuv;
use crate::transport::uv::UvLoop;

/// Wraps the loop that `napi_get_uv_event_loop` returned, if the process has libuv's symbols.
pub fn wrap_loop(raw: *mut c_void) -> Option<Rc<UvLoop>> {
    let uv = Libuv::load()?;
    // SAFETY: N-API gave the running loop of this thread's environment, JS has made sure that this runtime is Node, whose
    // own libuv the symbols come from, and the environment's cleanup waits until every handle has closed.
    Some(unsafe { UvLoop::new(uv, raw) })
}
