//! The libuv functions of the host process, looked up at run time, so that the addon does not link to libuv.
//!
//! Some other runtimes export these symbols as stubs that abort when called: the caller must make sure that the host is
//! Node.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};

/// A `uv_loop_t` of the host.
pub type RawLoop = *mut c_void;
/// Any `uv_handle_t` of the host.
pub type RawHandle = *mut c_void;
/// `uv_close_cb`, `uv_async_cb` and `uv_idle_cb`, which have the same signature.
pub type HandleCallback = unsafe extern "C" fn(RawHandle);
/// `uv_poll_cb`.
pub type PollCallback = unsafe extern "C" fn(RawHandle, c_int, c_int);

/// `uv_handle_type`, whose numbers are part of libuv's ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum HandleType {
    /// `UV_ASYNC`.
    Async = 1,
    /// `UV_IDLE`.
    Idle = 6,
    /// `UV_POLL`.
    Poll = 8,
}

/// `UV_READABLE`.
pub const READABLE: c_int = 1;
/// `UV_WRITABLE`.
pub const WRITABLE: c_int = 2;

/// The libuv functions in use. Each field is the function of libuv 1.x with the same name after `uv_`.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Libuv {
    pub handle_size: unsafe extern "C" fn(HandleType) -> usize,
    pub close: unsafe extern "C" fn(RawHandle, Option<HandleCallback>),
    /// `uv_ref`.
    pub reference: unsafe extern "C" fn(RawHandle),
    /// `uv_unref`.
    pub unreference: unsafe extern "C" fn(RawHandle),
    pub now: unsafe extern "C" fn(RawLoop) -> u64,
    pub poll_init: unsafe extern "C" fn(RawLoop, RawHandle, c_int) -> c_int,
    pub poll_start: unsafe extern "C" fn(RawHandle, c_int, Option<PollCallback>) -> c_int,
    pub poll_stop: unsafe extern "C" fn(RawHandle) -> c_int,
    pub async_init: unsafe extern "C" fn(RawLoop, RawHandle, Option<HandleCallback>) -> c_int,
    pub async_send: unsafe extern "C" fn(RawHandle) -> c_int,
    pub idle_init: unsafe extern "C" fn(RawLoop, RawHandle) -> c_int,
    pub idle_start: unsafe extern "C" fn(RawHandle, Option<HandleCallback>) -> c_int,
    pub idle_stop: unsafe extern "C" fn(RawHandle) -> c_int,
}

#[cfg(unix)]
mod lookup {
    use std::ffi::{CStr, c_void};

    use once_cell::sync::Lazy;

    use super::Libuv;

    static LIBUV: Lazy<Option<Libuv>> = Lazy::new(find);

    impl Libuv {
        /// Returns the host's libuv, or `None` if a function is missing. The look-up is done once.
        pub fn load() -> Option<&'static Self> {
            LIBUV.as_ref()
        }
    }

    fn symbol(name: &CStr) -> Option<*mut c_void> {
        // SAFETY: `name` is a NUL-terminated string, and RTLD_DEFAULT is a handle that dlsym always takes.
        let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        (!address.is_null()).then_some(address)
    }

    /// Looks up a symbol and converts it to the function type of the field that it is assigned to.
    macro_rules! function {
        ($name:literal) => {{
            let address = symbol($name)?;
            // SAFETY: a process that exports this name exports the libuv 1.x function, whose signature is fixed by
            // libuv's ABI promise and equals the field's type. Function and data pointers have one size on unix.
            unsafe { std::mem::transmute::<*mut c_void, _>(address) }
        }};
    }

    // The function type comes from the field: writing it a second time could make the two differ.
    #[allow(clippy::missing_transmute_annotations)]
    fn find() -> Option<Libuv> {
        Some(Libuv {
            handle_size: function!(c"uv_handle_size"),
            close: function!(c"uv_close"),
            reference: function!(c"uv_ref"),
            unreference: function!(c"uv_unref"),
            now: function!(c"uv_now"),
            poll_init: function!(c"uv_poll_init"),
            poll_start: function!(c"uv_poll_start"),
            poll_stop: function!(c"uv_poll_stop"),
            async_init: function!(c"uv_async_init"),
            async_send: function!(c"uv_async_send"),
            idle_init: function!(c"uv_idle_init"),
            idle_start: function!(c"uv_idle_start"),
            idle_stop: function!(c"uv_idle_stop"),
        })
    }

    /// Keeps this library loaded until the process ends.
    ///
    /// Node unloads an addon when the last environment that loaded it ends (a worker thread, for example), but the I/O
    /// thread continues to run the library's code.
    pub(in crate::transport) fn pin_library() {
        let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        let here = pin_library as fn() as *const c_void;
        // SAFETY: `here` is an address of this library's code and `info` is memory for one Dl_info.
        let found = unsafe { libc::dladdr(here, info.as_mut_ptr()) };
        if found == 0 {
            return;
        }
        // SAFETY: dladdr succeeded, so it filled `info`; zeroed memory was a valid Dl_info before (pointers only).
        let info = unsafe { info.assume_init() };
        if info.dli_fname.is_null() {
            return;
        }
        // SAFETY: dli_fname is the NUL-terminated path of a loaded object. RTLD_NOLOAD loads nothing: it only raises
        // the count of the object, and RTLD_NODELETE keeps it for good. A NULL result (the main program) is ignored.
        unsafe { libc::dlopen(info.dli_fname, libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE) };
    }
}

#[cfg(unix)]
pub(super) use lookup::pin_library;

#[cfg(not(unix))]
impl Libuv {
    /// There is no libuv to look up on this platform; connections use the pump transport.
    pub fn load() -> Option<&'static Self> {
        None
    }
}
