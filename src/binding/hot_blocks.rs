//! A pool of memory for large replies.
//!
//! JS keeps such a reply as a Buffer over its block. When the Buffer is collected, the block returns to the pool:
//! receiving into memory that the process already has costs less than half of receiving into fresh pages.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use napi::bindgen_prelude::*;
use napi::sys;

/// Larger blocks are not kept, in bytes.
const MOST_KEPT: usize = 8 * 1024 * 1024;
/// Most bytes kept in all by one environment.
const MOST_FREE: usize = 32 * 1024 * 1024;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool::new()) };
}

/// Allocated memory: an empty vector, of which only the capacity is used.
type Memory = Vec<u8>;

/// The free blocks of a thread.
struct Pool {
    free: Vec<Memory>,
    bytes: usize,
    /// JS has taken a block and so will call `trim`. Before that, no memory is kept.
    attended: bool,
    /// Blocks were taken since the last `trim`.
    busy: bool,
}

impl Pool {
    const fn new() -> Self {
        Self { free: Vec::new(), bytes: 0, attended: false, busy: false }
    }

    /// Takes a free block of the capacity for `size`, or allocates one.
    fn take(&mut self, size: usize) -> Option<Memory> {
        self.attended = true;
        self.busy = true;
        let capacity = capacity_for(size);
        // The block that was returned last is the most likely to be in a CPU cache.
        if let Some(index) = self.free.iter().rposition(|memory| memory.capacity() == capacity) {
            let memory = self.free.remove(index);
            self.bytes -= memory.capacity();
            return Some(memory);
        }
        let mut memory = Vec::new();
        memory.try_reserve_exact(capacity).ok()?;
        Some(memory)
    }

    fn give(&mut self, memory: Memory) {
        let size = memory.capacity();
        if self.attended && size <= MOST_KEPT && self.bytes + size <= MOST_FREE {
            self.bytes += size;
            self.free.push(memory);
        }
    }

    fn trim(&mut self) -> bool {
        let busy = std::mem::take(&mut self.busy);
        if !busy {
            *self = Self::new();
        }
        busy
    }
}

/// Rounds a size up by at most an eighth (small ones to 4 KiB), so that replies of similar sizes can share blocks.
fn capacity_for(size: usize) -> usize {
    let step = (size / 16).next_power_of_two().max(4096);
    size.next_multiple_of(step)
}

/// Returns a Buffer of this size over memory of the pool; `None` when the runtime has no external Buffers, or there is
/// no memory.
pub fn take(env: &Env, size: usize) -> Option<Unknown<'_>> {
    let memory = POOL.with_borrow_mut(|pool| pool.take(size))?;
    let mut owner = Box::new(memory);
    let data = owner.as_mut_ptr().cast::<c_void>();
    let owner = Box::into_raw(owner);
    let mut value = ptr::null_mut();
    // SAFETY: `data` is memory of at least `size` bytes that `owner` keeps, and `owner` lives until `give_back`, which
    // the runtime calls once, when nothing refers to the Buffer's memory any more.
    let status =
        unsafe { sys::napi_create_external_buffer(env.raw(), size, data, Some(give_back), owner.cast(), &mut value) };
    if status == sys::Status::napi_ok {
        // SAFETY: the call has just made `value`, in the handle scope of the caller.
        return unsafe { Unknown::from_napi_value(env.raw(), value) }.ok();
    }
    // SAFETY: no Buffer was made, so `give_back` will not be called for this pointer from `Box::into_raw`.
    drop(unsafe { Box::from_raw(owner) });
    None
}

/// Frees the blocks if none was taken since the last call. Returns whether it must be called again before a `take`.
pub fn trim() -> bool {
    POOL.with_borrow_mut(Pool::trim)
}

/// Called by the runtime when the Buffer was collected, on the environment's thread, possibly while that ends.
unsafe extern "C" fn give_back(_env: sys::napi_env, _data: *mut c_void, owner: *mut c_void) {
    // SAFETY: `owner` comes from `Box::into_raw` in `take`, and the runtime calls this once.
    let memory = unsafe { Box::from_raw(owner.cast::<Memory>()) };
    // If the thread is ending, its pool may not exist any more; then the memory is freed here.
    let _ = POOL.try_with(|pool| pool.borrow_mut().give(*memory));
}
