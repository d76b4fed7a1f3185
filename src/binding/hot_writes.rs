//! The raw call that tells a cache of a write which is about to be sent. It is asked like a look-up (`hot_cache.rs`).
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;
use std::rc::{Rc, Weak};

use napi::bindgen_prelude::*;
use napi::sys;

use super::environment::Environment;

/// The function that JS calls for each write.
pub fn write_function<'env>(env: &'env Env, environment: &Rc<Environment>) -> Result<Unknown<'env>> {
    let mut function = ptr::null_mut();
    // It lives as long as the process: JS may hold the function to the end.
    let context = Box::into_raw(Box::new(Rc::downgrade(environment))).cast::<c_void>();
    // SAFETY: the pointers are valid; the context is a leaked `Weak<Environment>`, as `on_write` expects.
    let status =
        unsafe { sys::napi_create_function(env.raw(), c"write".as_ptr(), 5, Some(on_write), context, &mut function) };
    check_status!(status, "cannot create the function that tells caches of writes")?;
    // SAFETY: the value was made in the current scope.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), function) })
}

unsafe extern "C" fn on_write(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut context = ptr::null_mut();
    // SAFETY: all but the context is not asked for.
    let status =
        unsafe { sys::napi_get_cb_info(env, info, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), &mut context) };
    if status == sys::Status::napi_ok && !context.is_null() {
        // SAFETY: the context is the leaked `Weak<Environment>` of `write_function`, used on the JS thread only.
        let environment = unsafe { &*context.cast::<Weak<Environment>>() };
        if let Some(environment) = environment.upgrade() {
            environment.note_write();
        }
    }
    ptr::null_mut()
}
