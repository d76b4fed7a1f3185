//! Large arguments, which are written directly from JS memory.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::*;
use napi::sys;

use super::hot::{Scope, Shared};
use crate::proto::segments::LargeArgument;

/// A Buffer (or another typed array of bytes) that JS has lent. JS may still detach, shrink or change its memory, so
/// its address and length are read anew for each use.
pub struct HeldArgument {
    env: sys::napi_env,
    held: sys::napi_ref,
    length: usize,
    /// Takes the memory after it was written, if only this command uses it.
    spares: Option<Rc<Spares>>,
}

impl HeldArgument {
    /// Keeps `value`, whose first `length` bytes will be written. `spares` is given if only this command uses it.
    pub fn new(env: &Env, value: &Unknown<'_>, length: usize, spares: Option<Rc<Spares>>) -> Result<Self> {
        let mut held = ptr::null_mut();
        // SAFETY: `value` is a value of the current scope and the out pointer is valid; N-API rejects non-objects.
        let status = unsafe { sys::napi_create_reference(env.raw(), value.raw(), 1, &mut held) };
        check_status!(status, "cannot keep an argument")?;
        Ok(Self { env: env.raw(), held, length, spares })
    }

    fn memory(&self) -> Option<Shared<u8>> {
        let _scope = Scope::open(self.env)?;
        let mut value = ptr::null_mut();
        // SAFETY: the reference is strong and lives as long as `self`; a handle scope is open.
        let status = unsafe { sys::napi_get_reference_value(self.env, self.held, &mut value) };
        if status != sys::Status::napi_ok || value.is_null() {
            return None;
        }
        Shared::view(self.env, value).ok()
    }
}

impl LargeArgument for HeldArgument {
    fn length(&self) -> usize {
        self.length
    }

    fn bytes(&self) -> Option<&[u8]> {
        let memory = self.memory()?;
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
        if let Some(spares) = self.spares.take()
            && let Some(memory) = self.memory()
            && spares.keep(self.held, memory.length)
        {
            return;
        }
        // SAFETY: links, and with them arguments, are dropped on the environment's thread before its cleanup is over.
        unsafe { sys::napi_delete_reference(self.env, self.held) };
    }
}

/// Larger Buffers are not kept for reuse, in bytes.
const MOST_KEPT: usize = 4 * 1024 * 1024;
/// Most bytes kept in all.
const MOST_SPARE: usize = 8 * 1024 * 1024;

/// JS Buffers into which texts were encoded, for reuse: fresh memory pages cost more than the encoding.
pub struct Spares {
    env: sys::napi_env,
    free: RefCell<Vec<(sys::napi_ref, usize)>>,
}

impl Spares {
    /// Creates an empty store.
    pub fn new(env: &Env) -> Rc<Self> {
        Rc::new(Self { env: env.raw(), free: RefCell::default() })
    }

    /// Keeps a strong reference to a Buffer of `size` bytes. Returns false, and does not take it, above the limits.
    fn keep(&self, held: sys::napi_ref, size: usize) -> bool {
        let mut free = self.free.borrow_mut();
        let kept: usize = free.iter().map(|(_, size)| size).sum();
        let is_wanted = size <= MOST_KEPT && kept + size <= MOST_SPARE;
        if is_wanted {
            free.push((held, size));
        }
        is_wanted
    }

    /// Returns a Buffer of at least `size` and at most twice as many bytes, if there is one.
    pub fn take<'env>(&self, env: &'env Env, size: usize) -> Option<Unknown<'env>> {
        let mut free = self.free.borrow_mut();
        let found = free.iter().rposition(|(_, length)| (size..=size.saturating_mul(2)).contains(length))?;
        let (held, _) = free.remove(found);
        let mut value = ptr::null_mut();
        // SAFETY: the reference is strong, this is the only place that still knows it, and the caller has a handle scope.
        let status = unsafe {
            let status = sys::napi_get_reference_value(self.env, held, &mut value);
            sys::napi_delete_reference(self.env, held);
            status
        };
        // SAFETY: the value is one of the current scope.
        (status == sys::Status::napi_ok && !value.is_null())
            .then(|| unsafe { Unknown::from_raw_unchecked(env.raw(), value) })
    }

    /// Releases all Buffers.
    pub fn clear(&self) {
        for (held, _) in self.free.borrow_mut().drain(..) {
            // SAFETY: as in `take`; called on the environment's thread.
            unsafe { sys::napi_delete_reference(self.env, held) };
        }
    }
}
