//! The queue between the JS thread and the I/O thread: the JS thread starts dials, the I/O thread queues reports. One
//! wake-up of the JS thread covers all reports queued until it drains them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::task::AbortHandle;

use super::dial::{self, Dialled, Want};
use super::pump::{PumpReady, PumpShared};
use super::runtime;
use super::tls::TlsCache;
use crate::config::DialConfig;
use crate::error::EngineError;

/// A report of the back office to the JS thread.
#[derive(Debug)]
pub enum Report {
    /// A dial ended, with a socket or an error.
    Dialled {
        /// The token given to [`BackOffice::dial`].
        token: u64,
        /// The open socket, or why there is none.
        result: Result<Dialled, EngineError>,
    },
    /// A pump connection has bytes, the end of the stream or an error to read. Reported again as long as something is
    /// left unread.
    Readable {
        /// The token of its dial.
        token: u64,
    },
    /// A pump connection accepts bytes again. Follows a `watch_writable(true)`.
    Writable {
        /// The token of its dial.
        token: u64,
    },
}

/// An entry of the report queue. Readiness is queued as a pointer and its bits are read only when the engine drains the
/// queue: repeated readiness then becomes one report, and a dropped connection gets none.
enum WaitingReport {
    Dialled { serial: u64, token: u64, result: Result<Dialled, EngineError> },
    Ready(Arc<PumpShared>),
}

#[derive(Default)]
struct State {
    entries: VecDeque<WaitingReport>,
    /// Dials in progress, by serial number. `None` until the task's abort handle is known.
    dials: HashMap<u64, Option<AbortHandle>>,
    /// Open pump connections, by serial number.
    pumps: HashMap<u64, Weak<PumpShared>>,
    closed: bool,
}

type Wake = Box<dyn Fn() + Send + Sync>;

/// The back office of one Node environment. The JS thread starts dials and drains reports; the I/O thread queues
/// reports.
pub struct BackOffice {
    state: Mutex<State>,
    scheduled: AtomicBool,
    /// `None` after `shutdown`, because what it calls may no longer exist then.
    wake: Mutex<Option<Wake>>,
    serials: AtomicU64,
    tls: TlsCache,
}

/// A dial in progress. Dropping it cancels the dial, and no report follows.
///
/// Keep it until the report arrives; dropping it after that has no effect.
#[must_use = "dropping it cancels the dial"]
pub struct DialHandle {
    office: Arc<BackOffice>,
    serial: u64,
    securing: Arc<AtomicBool>,
}

impl DialHandle {
    /// Whether the TCP connection is open and the TLS handshake is in progress.
    pub fn is_securing(&self) -> bool {
        self.securing.load(Ordering::Relaxed)
    }

    /// The serial number of the dial.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }
}

impl Drop for DialHandle {
    fn drop(&mut self) {
        self.office.cancel(self.serial);
    }
}

/// Locks even a poisoned mutex: no change of the guarded state can be interrupted by a panic, so the state is
/// consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BackOffice {
    /// Creates a back office. It calls `wake` (from any thread, never after `shutdown`) when reports are waiting to be
    /// drained. `wake` must not call back into the back office.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            scheduled: AtomicBool::new(false),
            wake: Mutex::new(Some(Box::new(wake))),
            serials: AtomicU64::new(0),
            tls: TlsCache::default(),
        })
    }

    /// Starts to open a connection. The outcome is always queued as a [`Report::Dialled`] with `token`, never returned
    /// directly.
    ///
    /// With TLS, and on platforms without descriptors, the result is a pump connection whatever `want` says. There is
    /// no time limit here: the engine drops the handle when `connectTimeout` has passed.
    pub fn dial(self: &Arc<Self>, token: u64, config: DialConfig, want: Want) -> DialHandle {
        let handle = self.register();
        let serial = handle.serial;
        match runtime::handle() {
            Ok(runtime) => {
                let (office, securing) = (Arc::clone(self), Arc::clone(&handle.securing));
                let task = runtime.spawn(async move {
                    let opened = dial::open(&office, (serial, token), config, want, &securing).await;
                    let (result, pump) = match opened {
                        Ok((dialled, pump)) => (Ok(dialled), pump),
                        Err(error) => (Err(error), None),
                    };
                    office.dialled(serial, token, result);
                    drop(office);
                    if let Some(pump) = pump {
                        pump.run().await;
                    }
                });
                // The entry is gone if the task has already finished; then there is nothing to abort.
                if let Some(slot) = lock(&self.state).dials.get_mut(&serial) {
                    *slot = Some(task.abort_handle());
                }
            }
            Err(error) => self.dialled(serial, token, Err(error)),
        }
        handle
    }

    /// Registers a dial that is made elsewhere; its outcome must be passed to [`BackOffice::dialled`].
    pub(super) fn register(self: &Arc<Self>) -> DialHandle {
        let serial = self.serials.fetch_add(1, Ordering::Relaxed);
        let mut state = lock(&self.state);
        if !state.closed {
            state.dials.insert(serial, None);
        }
        drop(state);
        DialHandle { office: Arc::clone(self), serial, securing: Arc::default() }
    }

    /// Moves all queued reports to `reports`.
    pub fn drain(&self, reports: &mut Vec<Report>) {
        // Cleared before the queue is emptied: a report that is queued from now on causes another wake-up, so none is
        // left behind.
        self.scheduled.store(false, Ordering::SeqCst);
        let entries = std::mem::take(&mut lock(&self.state).entries);
        for entry in entries {
            match entry {
                WaitingReport::Dialled { token, result, .. } => reports.push(Report::Dialled { token, result }),
                WaitingReport::Ready(pump) => {
                    let PumpReady { readable, writable } = pump.take_ready();
                    let token = pump.token();
                    if readable {
                        reports.push(Report::Readable { token });
                    }
                    if writable {
                        reports.push(Report::Writable { token });
                    }
                }
            }
        }
    }

    /// Cancels all dials and closes all pump connections. Later reports are dropped, and `wake` is not called any more
    /// once this has returned. Call it before the environment ends.
    pub fn shutdown(&self) {
        let (entries, dials, pumps) = {
            let mut state = lock(&self.state);
            state.closed = true;
            (std::mem::take(&mut state.entries), std::mem::take(&mut state.dials), std::mem::take(&mut state.pumps))
        };
        // The lock also waits for a call of `wake` that another thread is in.
        *lock(&self.wake) = None;
        dials.into_values().flatten().for_each(|task| task.abort());
        pumps.into_values().filter_map(|pump| pump.upgrade()).for_each(|pump| pump.close());
        // Sockets in undelivered reports close here, outside the lock.
        drop(entries);
    }

    /// The cached TLS configurations of this environment's clients.
    pub(super) fn tls(&self) -> &TlsCache {
        &self.tls
    }

    /// Registers a pump connection, so that `shutdown` can close it. Returns false after `shutdown`.
    pub(super) fn adopt(&self, serial: u64, pump: &Arc<PumpShared>) -> bool {
        let mut state = lock(&self.state);
        if !state.closed {
            state.pumps.insert(serial, Arc::downgrade(pump));
        }
        !state.closed
    }

    /// Removes a pump connection whose task has ended.
    pub(super) fn release(&self, serial: u64) {
        lock(&self.state).pumps.remove(&serial);
    }

    /// Queues a readiness report for a pump connection.
    pub(super) fn ready(&self, pump: Arc<PumpShared>) {
        {
            let mut state = lock(&self.state);
            if state.closed {
                return;
            }
            state.entries.push_back(WaitingReport::Ready(pump));
        }
        self.schedule();
    }

    /// Queues the outcome of a dial, unless the dial was cancelled.
    pub(super) fn dialled(&self, serial: u64, token: u64, result: Result<Dialled, EngineError>) {
        {
            let mut state = lock(&self.state);
            // A cancelled dial is no longer in the table. Its socket must be closed outside the lock.
            if state.closed || state.dials.remove(&serial).is_none() {
                drop(state);
                drop(result);
                return;
            }
            state.entries.push_back(WaitingReport::Dialled { serial, token, result });
        }
        self.schedule();
    }

    fn cancel(&self, serial: u64) {
        let mut state = lock(&self.state);
        if let Some(task) = state.dials.remove(&serial) {
            drop(state);
            if let Some(task) = task {
                task.abort();
            }
            return;
        }
        let is_it =
            |entry: &WaitingReport| matches!(entry, WaitingReport::Dialled { serial: other, .. } if *other == serial);
        let unwanted = state.entries.iter().position(is_it).and_then(|at| state.entries.remove(at));
        drop(state);
        drop(unwanted);
    }

    /// Wakes the JS thread, unless a wake-up is already pending.
    fn schedule(&self) {
        if self.scheduled.swap(true, Ordering::SeqCst) {
            return;
        }
        if let Some(wake) = &*lock(&self.wake) {
            wake();
        }
    }
}

impl std::fmt::Debug for BackOffice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackOffice").finish_non_exhaustive()
    }
}
