//! Raw calls into JS and the memory that both sides use.
//!
//! Raw calls are used because a typed N-API call is several times slower, and all replies pass here.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use napi::bindgen_prelude::*;
use napi::sys;

use super::faults::Lowered;
use crate::boundary::{NativeEvent, control, meta, sizes};
use crate::engine::batch::{Argument, Batch};
use crate::engine::input::Block;

/// How a call enters JS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// From a callback of the event loop: next ticks and microtasks run after the call.
    Callback,
    /// From within a call that JS made, or from a thread-safe function's callback.
    Direct,
}

/// A piece of JS memory.
pub(super) struct Shared<T> {
    pub(super) data: *mut T,
    pub(super) length: usize,
}

impl<T> Shared<T> {
    /// The memory of a typed array (or Buffer) of at least `least` elements, which is never released.
    fn of(env: sys::napi_env, value: sys::napi_value, least: usize) -> Result<Self> {
        let memory = Self::view(env, value)?;
        if memory.length < least {
            return Err(Error::new(Status::InvalidArg, "the engine's memory is not of the agreed size"));
        }
        let mut reference = ptr::null_mut();
        // SAFETY: `value` is an object. The reference is never deleted: the memory lives as long as the environment
        // (a replaced inbox excepted, which is small).
        unsafe { sys::napi_create_reference(env, value, 1, &mut reference) };
        Ok(memory)
    }

    /// The memory of a typed array (or Buffer), which the caller must keep alive.
    pub(super) fn view(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut length = 0;
        let mut data = ptr::null_mut();
        // SAFETY: all out pointers are valid; N-API checks that `value` is a typed array.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env,
                value,
                ptr::null_mut(),
                &mut length,
                &mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        check_status!(status, "the engine's memory is not a typed array")?;
        Ok(Self { data: data.cast(), length })
    }
}

/// The callbacks and the shared memory of one environment.
pub struct JsSide {
    pub(super) env: sys::napi_env,
    callbacks: sys::napi_ref,
    dispatch: sys::napi_ref,
    event: sys::napi_ref,
    allocate: sys::napi_ref,
    grow_inbox: sys::napi_ref,
    pub(super) out: Shared<u8>,
    meta: Shared<i32>,
    pub(super) control: Shared<i32>,
    inbox: Cell<Shared<i32>>,
    area: Shared<u8>,
    area_lent: Cell<bool>,
    dead: Cell<bool>,
}

impl JsSide {
    /// Takes the callbacks and the memory that JS created (`lib/wire/addon.ts`).
    pub fn new(env: &Env, callbacks: &Object, memory: &Object) -> Result<Self> {
        let env = env.raw();
        let part = |name: &CStr| property(env, memory.raw(), name);
        let function = |name: &CStr| reference(env, property(env, callbacks.raw(), name)?);
        Ok(Self {
            env,
            callbacks: reference(env, callbacks.raw())?,
            dispatch: function(c"dispatch")?,
            event: function(c"event")?,
            allocate: function(c"allocate")?,
            grow_inbox: function(c"growInbox")?,
            out: Shared::of(env, part(c"out")?, sizes::OUT_SIZE)?,
            meta: Shared::of(env, part(c"meta")?, meta::WORDS * meta::COMMANDS)?,
            control: Shared::of(env, part(c"control")?, control::WORDS)?,
            inbox: Cell::new(Shared::of(env, part(c"inbox")?, 1)?),
            area: Shared::of(env, part(c"area")?, sizes::AREA_SIZE)?,
            area_lent: Cell::new(false),
            dead: Cell::new(false),
        })
    }

    /// True once JS can no longer run in this environment.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Stops all calls into JS.
    pub fn die(&self) {
        self.dead.set(true);
    }

    /// Lends the shared receive area. JS must not run in `use_area`.
    pub fn with_area<R>(&self, use_area: impl FnOnce(&mut [u8]) -> R) -> R {
        assert!(!self.area_lent.replace(true), "the receive area is lent twice");
        let _lent = Lowered(&self.area_lent);
        // SAFETY: the memory lives as long as the environment and JS reads it only while it is called, which does not
        // happen in `use_area`; the flag rules out a second borrow.
        use_area(unsafe { std::slice::from_raw_parts_mut(self.area.data, self.area.length) })
    }

    /// Takes the batch of JS, if there is one, and passes its meta words and its bytes to `submit`.
    pub fn take_batch(&self, submit: impl FnOnce(&[i32], &[u8])) {
        // SAFETY: the three pieces cannot be detached (`lib/wire/shared-memory.ts`), so they live as long as the
        // environment; JS does not run in `submit` (the engine never calls it), and nothing else in Rust refers to
        // them. The lengths are clamped to the pieces.
        unsafe {
            let words = std::slice::from_raw_parts_mut(self.control.data, self.control.length);
            let count = words[control::COUNT].max(0) as usize;
            if count == 0 {
                return;
            }
            let length = words[control::BYTES].max(0) as usize;
            words[control::COUNT] = 0;
            let meta = std::slice::from_raw_parts(self.meta.data, self.meta.length.min(count * meta::WORDS));
            let bytes = std::slice::from_raw_parts(self.out.data, self.out.length);
            submit(meta, &bytes[..length.min(bytes.len())]);
        }
    }

    /// Passes replies to JS.
    pub fn dispatch(&self, batch: &Batch, mode: Mode) {
        if !self.write_inbox(&batch.words, mode) {
            return;
        }
        let Some(_scope) = Scope::open(self.env) else { return };
        let mut arguments = Vec::with_capacity(1 + batch.arguments.len());
        arguments.push(self.string(&batch.text));
        let windows = batch.windows.bytes();
        self.with_area(|area| {
            for argument in &batch.arguments {
                arguments.push(self.string(match argument {
                    Argument::Area(range) => &area[range.start as usize..range.end as usize],
                    Argument::Window(range) => &windows[range.start as usize..range.end as usize],
                }));
            }
        });
        self.set_dispatching(mode == Mode::Callback);
        self.call(self.dispatch, &arguments, mode);
        self.set_dispatching(false);
    }

    /// Reports an event to JS. `batch_taken`: native code takes the batch when the call returns.
    pub fn event(&self, link: u32, (kind, a, b, detail): (NativeEvent, f64, f64, &str), batch_taken: bool, mode: Mode) {
        let Some(_scope) = Scope::open(self.env) else { return };
        let arguments = [
            self.number(f64::from(kind as u8)),
            self.number(f64::from(link)),
            self.number(a),
            self.number(b),
            self.utf8(detail),
        ];
        self.set_dispatching(batch_taken && mode == Mode::Callback);
        self.call(self.event, &arguments, mode);
        self.set_dispatching(false);
    }

    /// Asks JS for block number `block`, memory of at least `size` bytes for a large reply.
    pub fn allocate(&self, block: i32, size: usize, mode: Mode) -> Option<Box<dyn Block>> {
        let _scope = Scope::open(self.env)?;
        let arguments = [self.number(f64::from(block)), self.number(size as f64)];
        let value = self.call(self.allocate, &arguments, mode)?;
        let (mut data, mut length, mut held) = (ptr::null_mut(), 0, ptr::null_mut());
        // SAFETY: the out pointers are valid; N-API checks that `value` is a Buffer.
        let status = unsafe { sys::napi_get_buffer_info(self.env, value, &mut data, &mut length) };
        if status != sys::Status::napi_ok || length < size {
            return None;
        }
        // SAFETY: `value` is an object and the out pointer is valid.
        let status = unsafe { sys::napi_create_reference(self.env, value, 1, &mut held) };
        (status == sys::Status::napi_ok)
            .then(|| Box::new(JsBlock { env: self.env, held, data: data.cast(), length }) as Box<dyn Block>)
    }

    /// Copies words into the inbox, which grows when needed. Returns false when JS cannot allocate memory for that.
    fn write_inbox(&self, words: &[i32], mode: Mode) -> bool {
        let mut inbox = self.inbox.replace(Shared { data: ptr::null_mut(), length: 0 });
        if inbox.length < words.len() {
            let Some(_scope) = Scope::open(self.env) else { return false };
            let size = words.len().next_power_of_two();
            let grown = self
                .call(self.grow_inbox, &[self.number(size as f64)], mode)
                .and_then(|value| Shared::of(self.env, value, words.len()).ok());
            match grown {
                Some(grown) => inbox = grown,
                None => {
                    self.inbox.set(inbox);
                    return false;
                }
            }
        }
        // SAFETY: the inbox is JS memory of at least `words.len()` words that is kept alive; JS does not run here.
        unsafe { ptr::copy_nonoverlapping(words.as_ptr(), inbox.data, words.len()) };
        self.inbox.set(inbox);
        true
    }

    /// Sets whether native code will take the batch when the call into JS returns.
    fn set_dispatching(&self, on: bool) {
        // SAFETY: the control memory has `control::WORDS` words and lives as long as the environment.
        unsafe { *self.control.data.add(control::DISPATCHING) = i32::from(on) };
    }

    pub(super) fn string(&self, bytes: &[u8]) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: the pointer and the length are those of a slice, which N-API copies.
        unsafe {
            sys::napi_create_string_latin1(self.env, bytes.as_ptr().cast::<c_char>(), bytes.len() as isize, &mut value)
        };
        value
    }

    fn utf8(&self, text: &str) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: as in `string`.
        unsafe {
            sys::napi_create_string_utf8(self.env, text.as_ptr().cast::<c_char>(), text.len() as isize, &mut value)
        };
        value
    }

    fn number(&self, number: f64) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: the out pointer is valid.
        unsafe { sys::napi_create_double(self.env, number, &mut value) };
        value
    }

    /// Calls one of the callbacks. They do not throw; if one does, the exception is reported as uncaught.
    fn call(&self, function: sys::napi_ref, arguments: &[sys::napi_value], mode: Mode) -> Option<sys::napi_value> {
        if self.dead.get() {
            return None;
        }
        let (mut receiver, mut callee, mut result) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: both references are strong and live as long as the environment; a handle scope is open (the callers
        // open it); `arguments` are values of that scope.
        let status = unsafe {
            sys::napi_get_reference_value(self.env, self.callbacks, &mut receiver);
            sys::napi_get_reference_value(self.env, function, &mut callee);
            let (count, first) = (arguments.len(), arguments.as_ptr());
            match mode {
                Mode::Callback => {
                    sys::napi_make_callback(self.env, ptr::null_mut(), receiver, callee, count, first, &mut result)
                }
                Mode::Direct => sys::napi_call_function(self.env, receiver, callee, count, first, &mut result),
            }
        };
        match status {
            sys::Status::napi_ok => Some(result),
            sys::Status::napi_pending_exception => {
                let mut exception = ptr::null_mut();
                // SAFETY: an exception is pending; a terminating worker refuses both calls, which is what `dead` is for.
                let status = unsafe { sys::napi_get_and_clear_last_exception(self.env, &mut exception) };
                if status != sys::Status::napi_ok
                    // SAFETY: `exception` is the value that was just taken.
                    || unsafe { sys::napi_fatal_exception(self.env, exception) } != sys::Status::napi_ok
                {
                    self.die();
                }
                None
            }
            _ => {
                self.die();
                None
            }
        }
    }
}

/// A handle scope: values created in it are released when it is dropped.
pub(super) struct Scope(sys::napi_env, sys::napi_handle_scope);

impl Scope {
    pub(super) fn open(env: sys::napi_env) -> Option<Self> {
        let mut scope = ptr::null_mut();
        // SAFETY: the environment is alive: this is called on its thread before its cleanup is over.
        let status = unsafe { sys::napi_open_handle_scope(env, &mut scope) };
        (status == sys::Status::napi_ok).then_some(Self(env, scope))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // SAFETY: scopes are closed in reverse order of opening, as Rust drops them.
        unsafe { sys::napi_close_handle_scope(self.0, self.1) };
    }
}

/// A JS Buffer into which a large reply is received.
struct JsBlock {
    env: sys::napi_env,
    held: sys::napi_ref,
    data: *mut u8,
    length: usize,
}

impl Block for JsBlock {
    fn bytes(&self) -> &[u8] {
        // SAFETY: the reference keeps the Buffer's memory, which does not move; JS gets to see it only after the bytes
        // were received, and the engine does not write to them again.
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `&mut self` rules out another borrow.
        unsafe { std::slice::from_raw_parts_mut(self.data, self.length) }
    }
}

impl Drop for JsBlock {
    fn drop(&mut self) {
        // SAFETY: links, and so blocks, are dropped on the environment's thread before its cleanup is over.
        unsafe { sys::napi_delete_reference(self.env, self.held) };
    }
}

fn property(env: sys::napi_env, object: sys::napi_value, name: &CStr) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: `object` is an object of the current scope and `name` ends with a NUL.
    let status = unsafe { sys::napi_get_named_property(env, object, name.as_ptr(), &mut value) };
    check_status!(status, "cannot read a property of the engine's settings").map(|()| value)
}

fn reference(env: sys::napi_env, value: sys::napi_value) -> Result<sys::napi_ref> {
    let mut held = ptr::null_mut();
    // SAFETY: `value` is an object of the current scope.
    let status = unsafe { sys::napi_create_reference(env, value, 1, &mut held) };
    check_status!(status, "cannot keep a callback of the engine").map(|()| held)
}

/// The event loop of the environment, if the runtime has one.
pub fn uv_loop(env: &Env) -> Option<*mut c_void> {
    let mut raw = ptr::null_mut();
    // SAFETY: the out pointer is valid.
    let status = unsafe { sys::napi_get_uv_event_loop(env.raw(), &mut raw) };
    (status == sys::Status::napi_ok && !raw.is_null()).then_some(raw.cast())
}
