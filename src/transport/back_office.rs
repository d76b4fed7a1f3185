//! The desk between the JS thread and the I/O thread: orders go in, reports come out, one wake-up covers many reports.

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

/// Things the back office has to tell the JS thread.
#[derive(Debug)]
pub enum Report {
    /// A dial ended.
    Dialled {
        /// The token given to [`BackOffice::dial`].
        token: u64,
        /// The open socket, or why there is none.
        result: Result<Dialled, EngineError>,
    },
    /// A pump connection has bytes, its end or an error to read. Repeated as long as something is left unread.
    Readable {
        /// The token of its dial.
        token: u64,
    },
    /// A pump connection takes bytes again, after `watch_writable(true)`.
    Writable {
        /// The token of its dial.
        token: u64,
    },
}

/// What waits in the queue. Readiness is kept as a pointer: its bits are taken when the engine drains, so that
/// repeated readiness is one report and a dropped connection has none.
enum Entry {
    Dialled { serial: u64, token: u64, result: Result<Dialled, EngineError> },
    Ready(Arc<PumpShared>),
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    /// Dials under way, by serial number.
    dials: HashMap<u64, Option<AbortHandle>>,
    /// Open pump connections, by serial number.
    pumps: HashMap<u64, Weak<PumpShared>>,
    closed: bool,
}

type Wake = Box<dyn Fn() + Send + Sync>;

/// The back office of one Node environment. The JS thread orders and drains; the I/O thread reports.
pub struct BackOffice {
    state: Mutex<State>,
    scheduled: AtomicBool,
    /// Gone after `shutdown`: its owner may be dead then.
    wake: Mutex<Option<Wake>>,
    serials: AtomicU64,
    tls: TlsCache,
}

/// One dial under way. Dropping it cancels the dial; after that there is no report for it.
///
/// Keep it until the report arrives; dropping it then does nothing.
#[must_use = "dropping it cancels the dial"]
pub struct DialHandle {
    office: Arc<BackOffice>,
    serial: u64,
    securing: Arc<AtomicBool>,
}

impl DialHandle {
    /// The server accepted the connection, and its part of the TLS handshake is awaited.
    pub fn is_securing(&self) -> bool {
        self.securing.load(Ordering::Relaxed)
    }

    /// The number of the dial.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }
}

impl Drop for DialHandle {
    fn drop(&mut self) {
        self.office.cancel(self.serial);
    }
}

/// A panic elsewhere leaves the queue usable: every change of it is complete before anything can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BackOffice {
    /// A back office that calls `wake` (from any thread, never after `shutdown`) when reports wait to be drained.
    /// `wake` must not call back into the back office.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            scheduled: AtomicBool::new(false),
            wake: Mutex::new(Some(Box::new(wake))),
            serials: AtomicU64::new(0),
            tls: TlsCache::default(),
        })
    }

    /// Starts to open a connection; the outcome is a [`Report::Dialled`] with `token`, always by way of the queue.
    ///
    /// TLS and platforms without descriptors give a pump whatever is wanted. There is no time limit: the engine
    /// drops the handle when `connectTimeout` has passed.
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
                // Absent when the task was quicker; then there is nothing to abort.
                if let Some(slot) = lock(&self.state).dials.get_mut(&serial) {
                    *slot = Some(task.abort_handle());
                }
            }
            Err(error) => self.dialled(serial, token, Err(error)),
        }
        handle
    }

    /// Opens the books for a dial, whose outcome is to be handed in with [`BackOffice::dialled`].
    pub(super) fn register(self: &Arc<Self>) -> DialHandle {
        let serial = self.serials.fetch_add(1, Ordering::Relaxed);
        let mut state = lock(&self.state);
        if !state.closed {
            state.dials.insert(serial, None);
        }
        drop(state);
        DialHandle { office: Arc::clone(self), serial, securing: Arc::default() }
    }

    /// Moves all waiting reports to `reports`.
    pub fn drain(&self, reports: &mut Vec<Report>) {
        // Before the reports are taken: whoever pushes after this wakes again, so no report is left behind.
        self.scheduled.store(false, Ordering::SeqCst);
        let entries = std::mem::take(&mut lock(&self.state).entries);
        for entry in entries {
            match entry {
                Entry::Dialled { token, result, .. } => reports.push(Report::Dialled { token, result }),
                Entry::Ready(pump) => {
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

    /// Ends all dials and closes all pump connections. Later reports are dropped; once this has returned, `wake` is
    /// not called any more. To be called before the environment goes away.
    pub fn shutdown(&self) {
        let (entries, dials, pumps) = {
            let mut state = lock(&self.state);
            state.closed = true;
            (std::mem::take(&mut state.entries), std::mem::take(&mut state.dials), std::mem::take(&mut state.pumps))
        };
        // Waits for a wake-up that is under way.
        *lock(&self.wake) = None;
        dials.into_values().flatten().for_each(|task| task.abort());
        pumps.into_values().filter_map(|pump| pump.upgrade()).for_each(|pump| pump.close());
        // Sockets in undelivered reports close here, outside the lock.
        drop(entries);
    }

    /// The TLS settings that were built for this environment's clients.
    pub(super) fn tls(&self) -> &TlsCache {
        &self.tls
    }

    /// Registers a pump connection, so that `shutdown` finds it. False after `shutdown`.
    pub(super) fn adopt(&self, serial: u64, pump: &Arc<PumpShared>) -> bool {
        let mut state = lock(&self.state);
        if !state.closed {
            state.pumps.insert(serial, Arc::downgrade(pump));
        }
        !state.closed
    }

    /// Forgets a pump connection whose task has ended.
    pub(super) fn release(&self, serial: u64) {
        lock(&self.state).pumps.remove(&serial);
    }

    /// Queues a pump connection that became ready.
    pub(super) fn ready(&self, pump: Arc<PumpShared>) {
        {
            let mut state = lock(&self.state);
            if state.closed {
                return;
            }
            state.entries.push_back(Entry::Ready(pump));
        }
        self.schedule();
    }

    /// Queues the outcome of a dial that is not cancelled.
    pub(super) fn dialled(&self, serial: u64, token: u64, result: Result<Dialled, EngineError>) {
        {
            let mut state = lock(&self.state);
            // A cancelled dial is not in the table. Its socket must close outside the lock.
            if state.closed || state.dials.remove(&serial).is_none() {
                drop(state);
                drop(result);
                return;
            }
            state.entries.push_back(Entry::Dialled { serial, token, result });
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
        let is_it = |entry: &Entry| matches!(entry, Entry::Dialled { serial: other, .. } if *other == serial);
        let unwanted = state.entries.iter().position(is_it).and_then(|at| state.entries.remove(at));
        drop(state);
        drop(unwanted);
    }

    /// Wakes the JS thread, unless that is already on its way.
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
