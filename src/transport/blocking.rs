//! Threads for calls that block (`getaddrinfo`, parsing keys), started when needed and ended when idle.
//!
//! tokio has blocking threads too, but it panics when the system cannot create another thread.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// Several threads, because a cancelled look-up blocks its thread until the look-up fails, and dials of other names
/// must not wait for that.
const MOST_THREADS: usize = 16;
/// How long an idle thread waits for another call before it ends.
const KEPT_IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
}

static STATE: Mutex<State> = Mutex::new(State { jobs: VecDeque::new(), idle: 0, threads: 0 });
static NEWS: Condvar = Condvar::new();

/// Runs `call` on a blocking thread. If the future is dropped before the call has begun, the call is not run.
///
/// # Errors
/// The error of the system when it cannot create a thread; `Other` if `call` panicked.
pub(super) async fn run<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (answer, result) = oneshot::channel();
    submit(Box::new(move || {
        if !answer.is_closed() {
            let _ = answer.send(call());
        }
    }))?;
    // The sender was dropped without a result: the call has panicked.
    result.await.map_err(|_| io::ErrorKind::Other.into())
}

fn lock() -> MutexGuard<'static, State> {
    // No call runs while the lock is held, so a panic leaves the state consistent.
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn submit(job: Job) -> io::Result<()> {
    let mut state = lock();
    state.jobs.push_back(job);
    if state.idle < state.jobs.len() && state.threads < MOST_THREADS {
        match thread::Builder::new().name("oxredis-dns".to_owned()).spawn(work) {
            Ok(_) => state.threads += 1,
            Err(error) if state.threads == 0 => {
                state.jobs.pop_back();
                return Err(error);
            }
            // No new thread could be created, but a running one will take the call.
            Err(_) => {}
        }
    }
    drop(state);
    NEWS.notify_one();
    Ok(())
}

fn work() {
    let mut state = lock();
    loop {
        if let Some(job) = state.jobs.pop_front() {
            drop(state);
            let _ = catch_unwind(AssertUnwindSafe(job));
            state = lock();
            continue;
        }
        state.idle += 1;
        let (after, waited) = NEWS.wait_timeout(state, KEPT_IDLE).unwrap_or_else(PoisonError::into_inner);
        state = after;
        state.idle -= 1;
        if waited.timed_out() && state.jobs.is_empty() {
            state.threads -= 1;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_run_beside_each_other_and_a_panic_is_an_error() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (first, second) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
            // The two calls wait for each other, so they pass only if they run at the same time.
            let one = run(move || (first.0.send(()).unwrap(), second.1.recv().unwrap()));
            let two = run(move || (second.0.send(()).unwrap(), first.1.recv().unwrap()));
            let (one, two) = tokio::join!(one, two);
            assert!(one.is_ok() && two.is_ok());
            assert!(run(|| assert!(std::hint::black_box(false), "meant to fail")).await.is_err());
            assert_eq!(run(|| 7).await.unwrap(), 7);
        });
    }
}
