//! Wake-ups of the JS thread by the I/O thread, and the clean-up of the environment.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;
use std::rc::{Rc, Weak};

use napi::bindgen_prelude::*;
use napi::sys;

use super::environment::Environment;
use super::faults::contained;

/// An N-API thread-safe function that wakes the environment where libuv cannot be used.
pub struct WakeFunction {
    env: sys::napi_env,
    raw: sys::napi_threadsafe_function,
}

/// The part of a `WakeFunction` that other threads use.
pub struct WakeSender(sys::napi_threadsafe_function);

// SAFETY: a thread-safe function may be called from any thread. The environment shuts the back office down, which holds
// the only sender, before it releases the function.
unsafe impl Send for WakeSender {}
// SAFETY: as above.
unsafe impl Sync for WakeSender {}

impl WakeSender {
    /// Makes the environment handle the reports of its back office soon.
    pub fn send(&self) {
        let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
        // SAFETY: see `Send`.
        unsafe { sys::napi_call_threadsafe_function(self.0, ptr::null_mut(), mode) };
    }
}

impl WakeFunction {
    /// Creates a function that calls `Environment::on_wake`. It does not keep the process alive until `set_referenced`.
    pub fn new(env: &Env, environment: &Weak<Environment>) -> Result<Self> {
        let env = env.raw();
        let mut name = ptr::null_mut();
        let mut raw = ptr::null_mut();
        // The context is never freed, since a late call must find it.
        let context = Box::into_raw(Box::new(environment.clone())).cast::<c_void>();
        // SAFETY: the pointers are valid; the context is a leaked `Weak<Environment>`, as `on_wake` expects.
        let status = unsafe {
            sys::napi_create_string_utf8(env, c"oxredis".as_ptr(), 7, &mut name);
            sys::napi_create_threadsafe_function(
                env,
                ptr::null_mut(),
                ptr::null_mut(),
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                context,
                Some(on_wake),
                &mut raw,
            )
        };
        check_status!(status, "cannot create the engine's wake-up")?;
        // SAFETY: the function was just created on this thread.
        unsafe { sys::napi_unref_threadsafe_function(env, raw) };
        Ok(Self { env, raw })
    }

    /// Returns the part for other threads.
    pub fn sender(&self) -> WakeSender {
        WakeSender(self.raw)
    }

    /// Sets whether the function keeps the process alive.
    pub fn set_referenced(&self, on: bool) {
        // SAFETY: the function is alive: it is released only by `release`, on this thread.
        unsafe {
            if on {
                sys::napi_ref_threadsafe_function(self.env, self.raw);
            } else {
                sys::napi_unref_threadsafe_function(self.env, self.raw);
            }
        }
    }
}

unsafe extern "C" fn on_wake(env: sys::napi_env, _function: sys::napi_value, context: *mut c_void, _data: *mut c_void) {
    if env.is_null() {
        // The environment is shutting down.
        return;
    }
    // SAFETY: the context is the leaked `Weak<Environment>` of `WakeFunction::new`, used on the JS thread only.
    let environment = unsafe { &*context.cast::<Weak<Environment>>() };
    if let Some(environment) = environment.upgrade() {
        contained(|| environment.on_wake());
    }
}

/// Registers a hook that closes the environment before its runtime stops the loop. If libuv handles must close first,
/// the hook is asynchronous and notifies the runtime when they have.
pub fn close_with(env: &Env, environment: &Rc<Environment>) -> Result<()> {
    let held = Rc::into_raw(Rc::clone(environment)).cast_mut().cast::<c_void>();
    let mut handle = ptr::null_mut();
    // SAFETY: `held` is a counted `Environment` that the one hook which is registered takes back.
    let status = unsafe {
        if environment.uses_libuv() {
            sys::napi_add_async_cleanup_hook(env.raw(), Some(on_async_cleanup), held, &mut handle)
        } else {
            // Some runtimes without libuv do not implement asynchronous hooks correctly.
            sys::napi_add_env_cleanup_hook(env.raw(), Some(on_cleanup), held)
        }
    };
    check_status!(status, "cannot register the engine's cleanup")
}

unsafe extern "C" fn on_async_cleanup(handle: sys::napi_async_cleanup_hook_handle, held: *mut c_void) {
    // SAFETY: `held` comes from `Rc::into_raw` in `close_with`, and the hook runs once.
    let environment = unsafe { Rc::from_raw(held.cast_const().cast::<Environment>()) };
    contained(|| {
        environment.shut_down(move || {
            // SAFETY: the handle is the hook's own, and this runs once.
            unsafe { sys::napi_remove_async_cleanup_hook(handle) };
        });
    });
}

unsafe extern "C" fn on_cleanup(held: *mut c_void) {
    // SAFETY: as in `on_async_cleanup`.
    let environment = unsafe { Rc::from_raw(held.cast_const().cast::<Environment>()) };
    contained(|| environment.shut_down(|| ()));
}
