//! The raw calls that look up a read in a cache or announce a write to it, and the memory through which replies are
//! passed.
//!
//! A hit costs little more than this call. The question and the kind of the answer lie in the control memory. A short
//! string is the result of the call; any other reply is copied to separate memory (`ReplyMemory`), because the memory
//! of `hot.rs` may be in use when a listener reads from the cache.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::ptr;
use std::rc::{Rc, Weak};

use napi::bindgen_prelude::*;
use napi::sys;

use super::environment::Environment;
use super::hot::{JsSide, Shared};
use crate::boundary::{answer_words, answers, question};
use crate::cache::{Found, KeyedCommand, Keys};

/// Strings of at least this many bytes are created in JS, where that is cheaper.
pub const LONG: usize = 2048;

/// A read that JS looks up, or a write that it is about to send.
pub struct Question<'a> {
    /// The number of the cache.
    pub cache: u32,
    /// The encoded command and its keys.
    pub command: KeyedCommand<'a>,
    /// A short string may be returned as the result of the call.
    pub as_text: bool,
    /// The ticket of the request: for a read, if JS sends it after a miss; for a write, if its reply matters, too.
    pub ticket: Option<u32>,
    /// How long a loaded reply is kept, in ms; `None` for the setting of the cache.
    pub ttl: Option<u64>,
}

/// The memory from which JS reads cached replies.
pub struct ReplyMemory {
    env: sys::napi_env,
    held: [sys::napi_ref; 2],
    bytes: Shared<u8>,
    words: Shared<i32>,
}

impl ReplyMemory {
    /// Takes memory that JS created: a Buffer and an Int32Array.
    pub fn new(env: &Env, bytes: &Unknown<'_>, words: &Unknown<'_>) -> Result<Self> {
        let env = env.raw();
        let hold = |value: &Unknown<'_>| {
            let mut held = ptr::null_mut();
            // SAFETY: `value` is a value of the current scope.
            let status = unsafe { sys::napi_create_reference(env, value.raw(), 1, &mut held) };
            check_status!(status, "cannot keep the memory of cached replies").map(|()| held)
        };
        let (first, second) = (Shared::view(env, bytes.raw())?, Shared::view(env, words.raw())?);
        Ok(Self { env, held: [hold(bytes)?, hold(words)?], bytes: first, words: second })
    }

    /// Copies a reply. Returns false when it does not fit.
    fn take(&mut self, bytes: &[u8], words: &[i32]) -> bool {
        if bytes.len() > self.bytes.length || words.len() > self.words.length {
            return false;
        }
        // SAFETY: both pieces are JS memory that the references keep, of at least these lengths; JS does not run here.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), self.bytes.data, bytes.len());
            ptr::copy_nonoverlapping(words.as_ptr(), self.words.data, words.len());
        }
        true
    }
}

impl Drop for ReplyMemory {
    fn drop(&mut self) {
        for held in self.held {
            // SAFETY: dropped on the environment's thread before its cleanup is over.
            unsafe { sys::napi_delete_reference(self.env, held) };
        }
    }
}

impl JsSide {
    /// Reads the question of JS from the control memory.
    pub(super) fn question(&self) -> Question<'_> {
        let at = |index: usize| {
            // SAFETY: the control memory has `control::WORDS` words, more than any index here, and lives as long as the
            // environment; JS does not run here.
            unsafe { *self.control.data.add(index) }
        };
        let size = |index: usize| at(index).max(0) as usize;
        let start = size(question::START).min(self.out.length);
        let length = size(question::LENGTH).min(self.out.length - start);
        // SAFETY: the range was clamped to the memory, which lives as long as the environment and which JS does not
        // write to as long as it does not run: until the call returns.
        let bytes = unsafe { std::slice::from_raw_parts(self.out.data.add(start), length) };
        Question {
            cache: at(question::CACHE) as u32,
            command: KeyedCommand {
                bytes,
                database: at(question::DATABASE) as u32,
                keys: Keys { at: size(question::KEY_AT), count: size(question::KEY_COUNT) },
            },
            as_text: at(question::AS_TEXT) != 0,
            ticket: u32::try_from(at(question::TICKET)).ok(),
            ttl: u64::try_from(at(question::TTL)).ok(),
        }
    }

    /// Writes the answer to the control memory, and returns the result of the call.
    pub fn answer(&self, memory: &mut Option<ReplyMemory>, found: Found<'_>) -> sys::napi_value {
        let (kind, first, second) = match found {
            Found::Foreign => (answers::FOREIGN, 0, 0),
            Found::Miss => (answers::MISS, 0, 0),
            Found::Loading(ticket) => (answers::LOADING, ticket as i32, 0),
            Found::Text(text) => return self.string(text),
            Found::Reply { bytes, words } => {
                let taken = memory.as_mut().is_some_and(|memory| memory.take(bytes, words));
                let kind = if taken { answers::REPLY } else { answers::NEEDS_MEMORY };
                (kind, bytes.len() as i32, words.len() as i32)
            }
        };
        // SAFETY: as in `question`.
        unsafe {
            *self.control.data.add(answer_words::KIND) = kind;
            *self.control.data.add(answer_words::FIRST) = first;
            *self.control.data.add(answer_words::SECOND) = second;
        }
        ptr::null_mut()
    }

    /// Answers that the read cannot be cached.
    pub fn answer_foreign(&self) {
        // SAFETY: as in `question`.
        unsafe { *self.control.data.add(answer_words::KIND) = answers::FOREIGN };
    }

    /// Reports a change of memory outside of V8's heap to V8, in bytes.
    pub fn adjust_external(&self, change: i64) {
        let mut total = 0;
        // SAFETY: the out pointer is valid, and the environment is alive: this is called on its thread.
        unsafe { sys::napi_adjust_external_memory(self.env, change, &mut total) };
    }
}

/// The implementation of a raw call.
pub trait Call {
    /// The name of the JS function.
    const NAME: &'static CStr;
    /// Runs the call and returns its result for JS.
    fn run(environment: &Environment) -> sys::napi_value;
}

/// Looks up a read.
pub struct Find;

impl Call for Find {
    const NAME: &'static CStr = c"find";

    fn run(environment: &Environment) -> sys::napi_value {
        environment.find_cached()
    }
}

/// Announces a write that is about to be sent to a cache.
pub struct NoteWrite;

impl Call for NoteWrite {
    const NAME: &'static CStr = c"write";

    fn run(environment: &Environment) -> sys::napi_value {
        environment.note_write();
        ptr::null_mut()
    }
}

/// Creates a JS function without arguments, which is cheaper to call than one of napi-rs.
pub fn function<'env, C: Call>(env: &'env Env, environment: &Rc<Environment>) -> Result<Unknown<'env>> {
    let mut function = ptr::null_mut();
    // The context is never freed, since JS may hold the function until the process ends.
    let context = Box::into_raw(Box::new(Rc::downgrade(environment))).cast::<c_void>();
    let length = C::NAME.count_bytes() as isize;
    // SAFETY: the pointers are valid; the context is a leaked `Weak<Environment>`, as `on_call` expects.
    let status = unsafe {
        sys::napi_create_function(env.raw(), C::NAME.as_ptr(), length, Some(on_call::<C>), context, &mut function)
    };
    check_status!(status, "cannot create a function of the caches")?;
    // SAFETY: the value was made in the current scope.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), function) })
}

unsafe extern "C" fn on_call<C: Call>(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut context = ptr::null_mut();
    // SAFETY: null pointers are allowed for what is not requested; only the context is.
    let status =
        unsafe { sys::napi_get_cb_info(env, info, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), &mut context) };
    if status != sys::Status::napi_ok || context.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the context is the leaked `Weak<Environment>` of `function`, used on the JS thread only.
    let environment = unsafe { &*context.cast::<Weak<Environment>>() };
    environment.upgrade().map_or(ptr::null_mut(), |environment| C::run(&environment))
}
