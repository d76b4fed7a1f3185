//! Arguments that are written from the memory of JS.
#![allow(unsafe_code)]

use std::ptr;

use napi::bindgen_prelude::*;
use napi::sys;

use super::hot::{Scope, Shared};
use crate::engine::pieces::LargeArgument;

/// A Buffer (or another typed array) of bytes that JS has lent. JS may still detach, shrink or change its memory: where
/// it is, and how long, is asked anew for each use.
pub struct HeldArgument {
    env: sys::napi_env,
    held: sys::napi_ref,
    length: usize,
}

impl HeldArgument {
    /// Keeps `value`, whose first `length` bytes are to be written.
    pub fn new(env: &Env, value: &Unknown<'_>, length: usize) -> Result<Self> {
        let mut held = ptr::null_mut();
        // SAFETY: `value` is a value of the current scope and the out pointer is valid; N-API refuses what is no object.
        let status = unsafe { sys::napi_create_reference(env.raw(), value.raw(), 1, &mut held) };
        check_status!(status, "cannot keep an argument")?;
        Ok(Self { env: env.raw(), held, length })
    }
}

impl LargeArgument for HeldArgument {
    fn length(&self) -> usize {
        self.length
    }

    fn bytes(&self) -> Option<&[u8]> {
        let _scope = Scope::open(self.env)?;
        let mut value = ptr::null_mut();
        // SAFETY: the reference is strong and lives as long as `self`; a handle scope is open.
        let status = unsafe { sys::napi_get_reference_value(self.env, self.held, &mut value) };
        if status != sys::Status::napi_ok || value.is_null() {
            return None;
        }
        let memory = Shared::<u8>::view(self.env, value).ok()?;
        if memory.data.is_null() || memory.length < self.length {
            return None;
        }
        // SAFETY: the memory has just been asked for, and has that many bytes. It stays as it is as long as JS does not
        // run on this thread: the engine, which borrows it, never calls JS, and the borrow does not outlive its call.
        // Other threads may change the bytes of a SharedArrayBuffer, but not free them; they are copied (by the kernel
        // or into the pump's buffer) and never looked at.
        Some(unsafe { std::slice::from_raw_parts(memory.data, self.length) })
    }
}

impl Drop for HeldArgument {
    fn drop(&mut self) {
        // SAFETY: links, and with them arguments, are dropped on the environment's thread before its cleanup is over.
        unsafe { sys::napi_delete_reference(self.env, self.held) };
    }
}
