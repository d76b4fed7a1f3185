//! The libuv handles with a fake libuv: which calls are made when, and when memory is freed.
#![cfg(unix)]
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use oxredis::transport::Transport;
use oxredis::transport::libuv::{HandleCallback, HandleType, Libuv, PollCallback, RawHandle, RawLoop};
use oxredis::transport::uv::{OnReady, Readiness, UvAsync, UvIdle, UvLoop, UvPoll};

/// The calls that the fake loop of this thread has received.
#[derive(Default)]
struct Fake {
    /// Handle, events and callback of the started poll handles.
    polls: Vec<(RawHandle, c_int, PollCallback)>,
    asyncs: Vec<(RawHandle, HandleCallback)>,
    idles: Vec<(RawHandle, HandleCallback)>,
    sent: Vec<RawHandle>,
    closing: Vec<(RawHandle, HandleCallback)>,
    referenced: Vec<RawHandle>,
    refuse_poll: bool,
}

thread_local! {
    static FAKE: RefCell<Fake> = RefCell::default();
}

fn fake<R>(use_it: impl FnOnce(&mut Fake) -> R) -> R {
    FAKE.with_borrow_mut(use_it)
}

extern "C" fn handle_size(_: HandleType) -> usize {
    160
}
extern "C" fn close(handle: RawHandle, callback: Option<HandleCallback>) {
    fake(|f| {
        assert!(!f.closing.iter().any(|(other, _)| *other == handle), "closed twice");
        f.polls.retain(|(other, ..)| *other != handle);
        f.asyncs.retain(|(other, _)| *other != handle);
        f.idles.retain(|(other, _)| *other != handle);
        f.closing.push((handle, callback.unwrap()));
    });
}
extern "C" fn reference(handle: RawHandle) {
    fake(|f| f.referenced.push(handle));
}
extern "C" fn unreference(handle: RawHandle) {
    fake(|f| f.referenced.retain(|other| *other != handle));
}
extern "C" fn now(_: RawLoop) -> u64 {
    42
}
extern "C" fn poll_init(_: RawLoop, handle: RawHandle, _: c_int) -> c_int {
    fake(|f| f.referenced.push(handle));
    if fake(|f| f.refuse_poll) { -libc::EPERM } else { 0 }
}
extern "C" fn poll_start(handle: RawHandle, events: c_int, callback: Option<PollCallback>) -> c_int {
    poll_stop(handle);
    fake(|f| f.polls.push((handle, events, callback.unwrap())));
    0
}
extern "C" fn poll_stop(handle: RawHandle) -> c_int {
    fake(|f| f.polls.retain(|(other, ..)| *other != handle));
    0
}
extern "C" fn async_init(_: RawLoop, handle: RawHandle, callback: Option<HandleCallback>) -> c_int {
    fake(|f| f.asyncs.push((handle, callback.unwrap())));
    0
}
extern "C" fn async_send(handle: RawHandle) -> c_int {
    fake(|f| f.sent.push(handle));
    0
}
extern "C" fn idle_init(_: RawLoop, _: RawHandle) -> c_int {
    0
}
extern "C" fn idle_start(handle: RawHandle, callback: Option<HandleCallback>) -> c_int {
    fake(|f| f.idles.push((handle, callback.unwrap())));
    0
}
extern "C" fn idle_stop(handle: RawHandle) -> c_int {
    fake(|f| f.idles.retain(|(other, _)| *other != handle));
    0
}

static UV: Libuv = Libuv {
    handle_size,
    close,
    reference,
    unreference,
    now,
    poll_init,
    poll_start,
    poll_stop,
    async_init,
    async_send,
    idle_init,
    idle_start,
    idle_stop,
};

fn the_loop() -> Rc<UvLoop> {
    // SAFETY: the functions of `UV` do not look at the loop.
    unsafe { UvLoop::new(&UV, std::ptr::null_mut()) }
}

/// Runs one turn of the loop: what `fire` chooses, then the close callbacks.
fn poll_turn(status: c_int, events: c_int) {
    for (handle, _, callback) in fake(|f| f.polls.clone()) {
        // SAFETY: the handle is started, so it is open.
        unsafe { callback(handle, status, events) };
    }
    close_turn();
}

fn close_turn() {
    for (handle, callback) in fake(|f| std::mem::take(&mut f.closing)) {
        // SAFETY: the handle was closed and this is the one call of its close callback.
        unsafe { callback(handle) };
    }
}

fn watched() -> Vec<c_int> {
    fake(|f| f.polls.iter().map(|(_, events, _)| *events).collect())
}

type Log = Rc<RefCell<Vec<(u64, Readiness)>>>;

/// Creates a polled socket. Returns it with its peer and the reports.
fn polled(owner: &Rc<UvLoop>) -> (UvPoll, UnixStream, Log) {
    let (ours, peer) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    let on_ready: OnReady = Rc::new(move |token, ready| log.borrow_mut().push((token, ready)));
    (UvPoll::new(owner, OwnedFd::from(ours), 7, on_ready).unwrap(), peer, seen)
}

#[test]
fn reads_writes_and_watches() {
    let owner = the_loop();
    let (mut poll, mut peer, seen) = polled(&owner);
    assert_eq!(watched(), [1], "readable from the start");
    assert!(fake(|f| f.referenced.is_empty()), "it does not keep the process alive");
    assert_eq!(poll.read(&mut [0; 4]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    peer.write_all(b"in").unwrap();
    let mut buffer = [0; 4];
    assert_eq!(poll.read(&mut buffer).unwrap(), 2);
    assert_eq!(poll.write(b"out").unwrap(), 3);
    assert_eq!(peer.read(&mut buffer).unwrap(), 3);

    poll.watch_writable(true);
    assert_eq!(watched(), [3]);
    poll_turn(0, 2);
    assert_eq!(seen.take(), [(7, Readiness { readable: false, writable: true })]);
    assert_eq!(watched(), [1], "one report of writable");

    poll.pause_reading(true);
    assert!(watched().is_empty());
    poll.pause_reading(false);
    drop(peer);
    assert_eq!(poll.read(&mut buffer).unwrap(), 0);
    let error = poll.write(b"late").unwrap_err();
    assert_eq!(oxredis::transport::io_error("write", &error).message, "write EPIPE");
    drop(poll);
    assert_eq!(owner.open_handles(), 1);
    close_turn();
    assert_eq!(owner.open_handles(), 0);
}

#[test]
fn a_poll_error_is_readable_and_watched_again() {
    let owner = the_loop();
    let (poll, _peer, seen) = polled(&owner);
    // libuv stops a handle when it reports an error for it.
    let (handle, _, callback) = fake(|f| f.polls.remove(0));
    // SAFETY: the handle is open.
    unsafe { callback(handle, -libc::EBADF, 0) };
    assert_eq!(seen.take(), [(7, Readiness { readable: true, writable: false })]);
    assert_eq!(watched(), [1]);
    drop(poll);
    close_turn();
}

#[test]
fn a_callback_may_drop_what_it_is_called_for() {
    let owner = the_loop();
    let (ours, _peer) = UnixStream::pair().unwrap();
    let slot: Rc<RefCell<Option<UvPoll>>> = Rc::default();
    let inside = Rc::clone(&slot);
    let after = Rc::new(Cell::new(0));
    let count = Rc::clone(&after);
    let on_ready: OnReady = Rc::new(move |_, _| {
        drop(inside.borrow_mut().take());
        // What the closure owns must still exist.
        count.set(count.get() + 1);
    });
    *slot.borrow_mut() = Some(UvPoll::new(&owner, OwnedFd::from(ours), 1, on_ready).unwrap());
    poll_turn(0, 1);
    assert_eq!((after.get(), owner.open_handles()), (1, 0));
    assert!(watched().is_empty());
    assert_eq!(Rc::strong_count(&after), 1, "the closure went with the handle");
}

#[test]
fn a_refused_descriptor_leaves_nothing_behind() {
    let owner = the_loop();
    fake(|f| f.refuse_poll = true);
    let (ours, mut peer) = UnixStream::pair().unwrap();
    let error = UvPoll::new(&owner, OwnedFd::from(ours), 1, Rc::new(|_, _| {})).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EPERM));
    assert_eq!(owner.open_handles(), 0);
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0, "the descriptor is closed");
}

#[test]
fn a_sender_outlives_its_handle() {
    let owner = the_loop();
    let rings = Rc::new(Cell::new(0));
    let count = Rc::clone(&rings);
    let wake = UvAsync::new(&owner, move || count.set(count.get() + 1)).unwrap();
    let sender = wake.sender();
    sender.send();
    assert_eq!(fake(|f| f.sent.len()), 1);
    let (handle, callback) = fake(|f| f.asyncs[0]);
    // SAFETY: the handle is open.
    unsafe { callback(handle) };
    assert_eq!(rings.get(), 1);
    wake.set_referenced(true);
    assert_eq!(fake(|f| f.referenced.clone()), [handle]);
    drop(wake);
    // SAFETY: libuv may still have this one queued; the handle's memory lives until its close callback.
    unsafe { callback(handle) };
    assert_eq!(rings.get(), 1, "no callback after the drop");
    close_turn();
    sender.send();
    std::thread::spawn(move || sender.send()).join().unwrap();
    assert_eq!(fake(|f| f.sent.len()), 1, "nothing is sent to a closed handle");
}

#[test]
fn idle_stops_and_the_loop_tells_when_all_is_closed() {
    let owner = the_loop();
    assert_eq!(owner.now(), 42);
    let idle = UvIdle::new(&owner, || {}).unwrap();
    idle.start();
    assert_eq!(fake(|f| f.idles.len()), 1);
    idle.stop();
    assert_eq!(fake(|f| f.idles.len()), 0);
    let wake = UvAsync::new(&owner, || {}).unwrap();
    let told = Rc::new(Cell::new(0));
    let count = Rc::clone(&told);
    owner.when_closed(move || count.set(count.get() + 1));
    drop((idle, wake));
    assert_eq!(told.get(), 0);
    close_turn();
    assert_eq!(told.get(), 1);
    let count = Rc::clone(&told);
    owner.when_closed(move || count.set(count.get() + 1));
    assert_eq!(told.get(), 2, "at once when nothing is open");
}
