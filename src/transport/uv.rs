//! Handles on Node's own event loop: polled descriptors, wake-ups from other threads, and idle callbacks.
//!
//! Everything here lives on the loop's thread, except [`UvSender`]. libuv closes handles asynchronously and uses their
//! memory until the close callback, so dropping one of these types only starts the close.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use super::Transport;
use super::libuv::{HandleType, Libuv, READABLE, RawHandle, RawLoop, WRITABLE};

/// What a polled descriptor is ready for. The end of the stream and errors count as readable: reading returns them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// There is something to read.
    pub readable: bool,
    /// There is room to write; reported once after each `watch_writable(true)`.
    pub writable: bool,
}

/// Called with the token of a connection and its readiness.
pub type OnReady = Rc<dyn Fn(u64, Readiness)>;

/// One event loop, and the number of our open handles on it.
pub struct UvLoop {
    uv: &'static Libuv,
    raw: RawLoop,
    open: Cell<usize>,
    when_closed: RefCell<Option<Box<dyn FnOnce()>>>,
}

impl UvLoop {
    /// Wraps the loop of the current environment.
    ///
    /// # Safety
    /// `raw` must be the running `uv_loop_t` of the current thread, of the libuv that `uv` was taken from. It must
    /// live until every handle made on it has closed ([`UvLoop::when_closed`]).
    pub unsafe fn new(uv: &'static Libuv, raw: RawLoop) -> Rc<Self> {
        Rc::new(Self { uv, raw, open: Cell::new(0), when_closed: RefCell::new(None) })
    }

    /// The loop's time in milliseconds, as of the start of the current iteration.
    pub fn now(&self) -> u64 {
        // SAFETY: the loop is alive (contract of `new`) and this type does not leave its thread.
        unsafe { (self.uv.now)(self.raw) }
    }

    /// The number of handles that are open or still closing.
    pub fn open_handles(&self) -> usize {
        self.open.get()
    }

    /// Calls `callback` once when no handle is left: at once if there is none, otherwise after the last close callback.
    pub fn when_closed(&self, callback: impl FnOnce() + 'static) {
        if self.open.get() == 0 {
            callback();
        } else {
            *self.when_closed.borrow_mut() = Some(Box::new(callback));
        }
    }

    fn closed_one(&self) {
        self.open.set(self.open.get() - 1);
        if self.open.get() == 0 {
            let callback = self.when_closed.borrow_mut().take();
            if let Some(callback) = callback {
                callback();
            }
        }
    }
}

impl fmt::Debug for UvLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UvLoop").field("open", &self.open.get()).finish_non_exhaustive()
    }
}

/// The Rust state that the `data` field of a handle points to. It is freed together with the handle's memory, in the
/// close callback.
struct Body<T> {
    owner: Rc<UvLoop>,
    layout: Layout,
    state: T,
}

/// An initialised libuv handle with our state attached. Dropping it closes the handle.
///
/// Invariant: while a `Handle` exists, `raw` is an initialised handle that is not closing, in memory of `layout`, and
/// `body` points to a live `Body<T>`, which is also the handle's `data`. Both are freed only in `on_closed`, which
/// libuv calls from its loop after the `Handle` was dropped, never inside another callback of ours.
struct Handle<T: 'static> {
    raw: NonNull<c_void>,
    body: NonNull<Body<T>>,
}

impl<T: 'static> Handle<T> {
    /// Creates a handle. `init` calls libuv's initialiser on the given memory and returns its result.
    fn new(
        owner: &Rc<UvLoop>,
        kind: HandleType,
        state: T,
        init: impl FnOnce(&Libuv, RawLoop, RawHandle) -> c_int,
    ) -> io::Result<Self> {
        let uv = owner.uv;
        // SAFETY: uv_handle_size takes any handle type and touches no memory of ours.
        let size = unsafe { (uv.handle_size)(kind) };
        let layout = Layout::from_size_align(size.max(1), 16).map_err(io::Error::other)?;
        // SAFETY: the layout has a size of at least 1.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(raw) = NonNull::new(memory.cast::<c_void>()) else { handle_alloc_error(layout) };
        let status = init(uv, owner.raw, raw.as_ptr());
        if status < 0 {
            // SAFETY: libuv refuses before it registers the handle, so this memory, of this layout, is still ours.
            unsafe { dealloc(memory, layout) };
            return Err(io::Error::from_raw_os_error(-status));
        }
        owner.open.set(owner.open.get() + 1);
        let body = Box::new(Body { owner: Rc::clone(owner), layout, state });
        let body = NonNull::from(Box::leak(body));
        // SAFETY: the handle is initialised and lives until `on_closed`; `void* data` is the first field of each (ABI).
        unsafe { raw.cast::<*mut c_void>().write(body.as_ptr().cast()) };
        // Handles are unreferenced at first, so that they do not keep the process alive.
        // SAFETY: the handle is initialised and not closing.
        unsafe { (uv.unreference)(raw.as_ptr()) };
        Ok(Self { raw, body })
    }

    fn body(&self) -> &Body<T> {
        // SAFETY: `body` lives at least as long as `self` (invariant), and only shared references to it are ever made.
        unsafe { self.body.as_ref() }
    }

    fn uv(&self) -> &'static Libuv {
        self.body().owner.uv
    }

    fn set_referenced(&self, on: bool) {
        let change = if on { self.uv().reference } else { self.uv().unreference };
        // SAFETY: the handle is initialised and not closing (invariant).
        unsafe { change(self.raw.as_ptr()) };
    }
}

impl<T: 'static> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: the handle is initialised and not closing (invariant), and this is the only place that closes it.
        // libuv owns its memory from here to `on_closed::<T>`, which matches the type of the body.
        unsafe { (self.uv().close)(self.raw.as_ptr(), Some(on_closed::<T>)) };
    }
}

/// The close callback of a handle whose body is a `Body<T>`.
unsafe extern "C" fn on_closed<T: 'static>(raw: RawHandle) {
    // SAFETY: `Handle::<T>::drop` gave this function to libuv for a handle of its own. libuv calls it once, last of
    // all, so nobody else uses the body (made by `Box`) or the handle's memory (allocated with `layout`) any more.
    let owner = unsafe {
        let body = Box::from_raw(body_of::<T>(raw).as_ptr());
        dealloc(raw.cast(), body.layout);
        Rc::clone(&body.owner)
    };
    owner.closed_one();
}

/// Returns the body of a handle, from inside a callback.
///
/// # Safety
/// `raw` must be a handle made by `Handle::<T>::new` whose close callback has not run. The body stays valid until that
/// callback, and so for the whole of the calling callback: libuv never runs a close callback inside another one.
unsafe fn body_of<T: 'static>(raw: RawHandle) -> NonNull<Body<T>> {
    // SAFETY: the caller promises a handle whose first field, `data`, `Handle::new` set to a `Body<T>`.
    unsafe { raw.cast::<NonNull<Body<T>>>().read() }
}

struct PollState {
    token: u64,
    on_ready: OnReady,
    reading: Cell<bool>,
    writing: Cell<bool>,
    /// The events that libuv was last asked to watch.
    armed: Cell<c_int>,
    closed: Cell<bool>,
}

impl PollState {
    /// Updates the events that libuv watches, if they changed.
    ///
    /// # Safety
    /// `raw` must be the handle of this state, not closing.
    unsafe fn arm(&self, uv: &Libuv, raw: RawHandle) {
        let wanted = if self.reading.get() { READABLE } else { 0 } | if self.writing.get() { WRITABLE } else { 0 };
        if wanted == self.armed.get() {
            return;
        }
        // SAFETY: the caller promises an initialised poll handle that is not closing.
        let status =
            unsafe { if wanted == 0 { (uv.poll_stop)(raw) } else { (uv.poll_start)(raw, wanted, Some(on_poll)) } };
        self.armed.set(if status < 0 { 0 } else { wanted });
    }
}

unsafe extern "C" fn on_poll(raw: RawHandle, status: c_int, events: c_int) {
    // SAFETY: only handles of `Handle<PollState>` get this callback, and the body outlives it (see `body_of`).
    let body = unsafe { body_of::<PollState>(raw).as_ref() };
    let state = &body.state;
    if state.closed.get() {
        return;
    }
    let failed = status < 0;
    if failed {
        // libuv has stopped the handle. Bytes may be left to read before the error: watch again until it is returned.
        state.armed.set(0);
    }
    let ready = Readiness {
        readable: state.reading.get() && (failed || events & READABLE != 0),
        writable: state.writing.get() && (failed || events & WRITABLE != 0),
    };
    if ready.writable {
        state.writing.set(false);
    }
    if ready.readable || ready.writable {
        let on_ready = Rc::clone(&state.on_ready);
        on_ready(state.token, ready);
    }
    if !state.closed.get() {
        // SAFETY: `raw` is the handle of `state`, and it is not closing: the `UvPoll` still exists.
        unsafe { state.arm(body.owner.uv, raw) };
    }
}

/// A poll handle that calls nothing once it is dropped.
struct PollHandle(Handle<PollState>);

impl PollHandle {
    fn state(&self) -> &PollState {
        &self.0.body().state
    }

    fn arm(&self) {
        // SAFETY: the handle is open as long as `self` (invariant of `Handle`), and the state is its own.
        unsafe { self.state().arm(self.0.uv(), self.0.raw.as_ptr()) };
    }
}

impl Drop for PollHandle {
    fn drop(&mut self) {
        self.state().closed.set(true);
    }
}

/// A socket that the loop polls, and that is read and written on the loop's thread.
pub struct UvPoll {
    // Declared before the descriptor, so that libuv stops polling before the descriptor is closed.
    handle: PollHandle,
    descriptor: OwnedFd,
}

impl UvPoll {
    /// Polls `descriptor`, a non-blocking stream socket, and calls `on_ready(token, …)` on readiness. Reading is
    /// watched from the start, writing is not. `on_ready` may drop this `UvPoll`.
    ///
    /// # Errors
    /// libuv's error if it cannot poll the descriptor.
    pub fn new(owner: &Rc<UvLoop>, descriptor: OwnedFd, token: u64, on_ready: OnReady) -> io::Result<Self> {
        Self::watching(owner, descriptor, token, on_ready, READABLE)
    }

    /// Like [`UvPoll::new`] for a connecting socket: one report follows when it is connected or has failed.
    ///
    /// # Errors
    /// Those of [`UvPoll::new`].
    pub fn connecting(owner: &Rc<UvLoop>, descriptor: OwnedFd, token: u64, on_ready: OnReady) -> io::Result<Self> {
        Self::watching(owner, descriptor, token, on_ready, WRITABLE)
    }

    /// Stops polling and returns the descriptor.
    pub fn into_descriptor(self) -> OwnedFd {
        drop(self.handle);
        self.descriptor
    }

    fn watching(
        owner: &Rc<UvLoop>,
        descriptor: OwnedFd,
        token: u64,
        on_ready: OnReady,
        events: c_int,
    ) -> io::Result<Self> {
        let state = PollState {
            token,
            on_ready,
            reading: Cell::new(events & READABLE != 0),
            writing: Cell::new(events & WRITABLE != 0),
            armed: Cell::new(0),
            closed: Cell::new(false),
        };
        let number = descriptor.as_raw_fd();
        let handle = Handle::new(owner, HandleType::Poll, state, |uv, raw_loop, raw| {
            // SAFETY: the loop is alive, `raw` is memory of the size of a uv_poll_t, and the descriptor is open.
            unsafe { (uv.poll_init)(raw_loop, raw, number) }
        })?;
        let poll = Self { handle: PollHandle(handle), descriptor };
        poll.handle.arm();
        Ok(poll)
    }
}

impl fmt::Debug for UvPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UvPoll").field("descriptor", &self.descriptor).finish_non_exhaustive()
    }
}

/// A write to a closed connection returns an error, no SIGPIPE. On Apple systems a socket option does that (dialling).
#[cfg(target_vendor = "apple")]
const SEND_FLAGS: c_int = libc::MSG_DONTWAIT;
#[cfg(not(target_vendor = "apple"))]
const SEND_FLAGS: c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

/// The number of pieces in one call. Systems have a limit (`IOV_MAX`), and none has a lower one than this.
const MOST_PIECES: usize = 16;

/// Repeats a call that a signal interrupted.
fn uninterrupted(mut call: impl FnMut() -> isize) -> io::Result<usize> {
    loop {
        if let Ok(count) = usize::try_from(call()) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

impl Transport for UvPoll {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let descriptor = self.descriptor.as_raw_fd();
        uninterrupted(|| {
            // SAFETY: the descriptor is open as long as `self`, and `buffer` is writable memory of this length.
            unsafe { libc::recv(descriptor, buffer.as_mut_ptr().cast(), buffer.len(), libc::MSG_DONTWAIT) }
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let descriptor = self.descriptor.as_raw_fd();
        uninterrupted(|| {
            // SAFETY: the descriptor is open as long as `self`, and `bytes` is readable memory of this length.
            unsafe { libc::send(descriptor, bytes.as_ptr().cast(), bytes.len(), SEND_FLAGS) }
        })
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let descriptor = self.descriptor.as_raw_fd();
        // SAFETY: all-zero bytes are a valid msghdr: null pointers and lengths of 0.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        // An IoSlice has the layout of an iovec, and sendmsg only reads them.
        message.msg_iov = pieces.as_ptr().cast_mut().cast();
        message.msg_iovlen = pieces.len().min(MOST_PIECES) as _;
        uninterrupted(|| {
            // SAFETY: the descriptor is open as long as `self`; the message holds readable memory for the whole call.
            unsafe { libc::sendmsg(descriptor, &raw const message, SEND_FLAGS) }
        })
    }

    fn watch_writable(&mut self, on: bool) {
        self.handle.state().writing.set(on);
        self.handle.arm();
    }

    fn pause_reading(&mut self, on: bool) {
        self.handle.state().reading.set(!on);
        self.handle.arm();
    }
}

struct CallbackState {
    callback: Rc<dyn Fn()>,
    closed: Cell<bool>,
}

impl CallbackState {
    fn new(callback: impl Fn() + 'static) -> Self {
        Self { callback: Rc::new(callback), closed: Cell::new(false) }
    }
}

/// The callback of async and idle handles in libuv.
unsafe extern "C" fn on_callback(raw: RawHandle) {
    // SAFETY: only handles of `Handle<CallbackState>` get this callback, and the body outlives it (see `body_of`).
    let state = unsafe { &body_of::<CallbackState>(raw).as_ref().state };
    if !state.closed.get() {
        let callback = Rc::clone(&state.callback);
        callback();
    }
}

/// The handle to wake; `None` once it is closing.
struct Target(Option<RawHandle>);

// SAFETY: the pointer is only passed to uv_async_send, the one function of libuv that any thread may call, and only
// under the mutex that also guards its removal before the handle closes.
unsafe impl Send for Target {}

/// Wakes a [`UvAsync`] from any thread.
#[derive(Clone)]
pub struct UvSender {
    uv: &'static Libuv,
    target: Arc<Mutex<Target>>,
}

impl UvSender {
    /// Makes the loop run the callback soon. Several calls may lead to one run. Does nothing once the handle is closed.
    pub fn send(&self) {
        let target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(raw) = target.0 {
            // SAFETY: the handle is open: `UvAsync::drop` removes it under this lock before it closes it.
            unsafe { (self.uv.async_send)(raw) };
        }
    }
}

/// A callback on the loop that other threads can trigger. It keeps the process alive only after `set_referenced(true)`.
pub struct UvAsync {
    handle: Handle<CallbackState>,
    sender: UvSender,
}

impl UvAsync {
    /// # Errors
    /// libuv's error if it cannot create its wake-up descriptor.
    pub fn new(owner: &Rc<UvLoop>, callback: impl Fn() + 'static) -> io::Result<Self> {
        let handle = Handle::new(owner, HandleType::Async, CallbackState::new(callback), |uv, raw_loop, raw| {
            // SAFETY: the loop is alive and `raw` is memory of the size of a uv_async_t.
            unsafe { (uv.async_init)(raw_loop, raw, Some(on_callback)) }
        })?;
        let target = Arc::new(Mutex::new(Target(Some(handle.raw.as_ptr()))));
        Ok(Self { sender: UvSender { uv: owner.uv, target }, handle })
    }

    /// Returns a sender, which other threads use to trigger the callback.
    pub fn sender(&self) -> UvSender {
        self.sender.clone()
    }

    /// Sets whether this handle keeps the process alive.
    pub fn set_referenced(&self, on: bool) {
        self.handle.set_referenced(on);
    }
}

impl Drop for UvAsync {
    fn drop(&mut self) {
        self.handle.body().state.closed.set(true);
        self.sender.target.lock().unwrap_or_else(PoisonError::into_inner).0 = None;
    }
}

/// A callback that runs on every iteration of the loop while it is started; the loop does not block meanwhile.
pub struct UvIdle {
    handle: Handle<CallbackState>,
}

impl UvIdle {
    /// # Errors
    /// None with current versions of libuv.
    pub fn new(owner: &Rc<UvLoop>, callback: impl Fn() + 'static) -> io::Result<Self> {
        let handle = Handle::new(owner, HandleType::Idle, CallbackState::new(callback), |uv, raw_loop, raw| {
            // SAFETY: the loop is alive and `raw` is memory of the size of a uv_idle_t.
            unsafe { (uv.idle_init)(raw_loop, raw) }
        })?;
        Ok(Self { handle })
    }

    /// Starts the callbacks.
    pub fn start(&self) {
        // SAFETY: the handle is open as long as `self` (invariant of `Handle`).
        unsafe { (self.handle.uv().idle_start)(self.handle.raw.as_ptr(), Some(on_callback)) };
    }

    /// Stops the callbacks; may be called inside one.
    pub fn stop(&self) {
        // SAFETY: the handle is open as long as `self` (invariant of `Handle`).
        unsafe { (self.handle.uv().idle_stop)(self.handle.raw.as_ptr()) };
    }
}

impl Drop for UvIdle {
    fn drop(&mut self) {
        self.handle.body().state.closed.set(true);
    }
}
