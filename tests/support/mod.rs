//! Plays the part of the JS thread for the transport tests, and contains misbehaving peers.
#![allow(dead_code)]

pub mod tls;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use oxredis::config::{DialConfig, Endpoint, Family};
use oxredis::error::EngineError;
use oxredis::transport::{BackOffice, Dialled, DialledSocket, PumpTransport, Report, Transport, Want};

const PATIENCE: Duration = Duration::from_secs(20);

/// Settings for a TCP endpoint.
pub fn tcp(host: &str, port: u16) -> DialConfig {
    config(Endpoint::Tcp { host: host.to_owned(), port })
}

/// Settings for a UNIX socket.
pub fn unix(path: &str) -> DialConfig {
    config(Endpoint::Unix { path: PathBuf::from(path) })
}

fn config(endpoint: Endpoint) -> DialConfig {
    DialConfig {
        endpoint,
        addresses: Vec::new(),
        family: Family::Any,
        local_address: None,
        local_port: 0,
        no_delay: true,
        keep_alive: None,
        tcp_user_timeout: None,
        tls: None,
    }
}

/// Opens a listener on a free port.
pub fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Closes a connection with a TCP reset.
pub fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// A listener whose queue is full, so that new connections are not answered.
pub struct FullListener {
    listener: socket2::Socket,
    port: u16,
    queued: Vec<socket2::Socket>,
}

impl FullListener {
    /// Creates one on a free port of `ip`.
    pub fn new(ip: &str) -> Self {
        let stream = || socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        let listener = stream();
        listener.bind(&SocketAddr::new(ip.parse().unwrap(), 0).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let queued = (0..3).map(|_| {
            let socket = stream();
            socket.set_nonblocking(true).unwrap();
            let _ = socket.connect(&address);
            socket
        });
        let queued = queued.collect();
        std::thread::sleep(Duration::from_millis(50));
        Self { listener, port: address.as_socket().unwrap().port(), queued }
    }

    /// Returns its port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A directory that is removed at the end of the test.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates a new directory.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oxredis-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Returns a path in the directory.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
    wakes: AtomicUsize,
}

/// A back office, with a signal that the test waits for as an event loop would.
pub struct Desk {
    pub office: Arc<BackOffice>,
    bell: Arc<Bell>,
}

/// Shuts down, as an environment does when it ends: otherwise undelivered reports would keep the office alive.
impl Drop for Desk {
    fn drop(&mut self) {
        self.office.shutdown();
    }
}

impl Desk {
    pub fn new() -> Self {
        let bell = Arc::new(Bell::default());
        let ringer = Arc::clone(&bell);
        let office = BackOffice::new(move || {
            ringer.wakes.fetch_add(1, Ordering::SeqCst);
            *ringer.rung.lock().unwrap() = true;
            ringer.changed.notify_all();
        });
        Self { office, bell }
    }

    /// Returns how often the back office has woken its owner.
    pub fn wakes(&self) -> usize {
        self.bell.wakes.load(Ordering::SeqCst)
    }

    /// Waits for a wake-up without draining.
    pub fn wait_woken(&self) {
        let rung = self.bell.rung.lock().unwrap();
        let (mut rung, timeout) = self.bell.changed.wait_timeout_while(rung, PATIENCE, |rung| !*rung).unwrap();
        assert!(!timeout.timed_out(), "no wake-up");
        *rung = false;
    }

    /// Returns the reports that are queued now.
    pub fn poll(&self) -> Vec<Report> {
        *self.bell.rung.lock().unwrap() = false;
        let mut reports = Vec::new();
        self.office.drain(&mut reports);
        reports
    }

    /// Waits for reports and returns them.
    pub fn wait(&self) -> Vec<Report> {
        let start = Instant::now();
        loop {
            self.wait_woken();
            let reports = self.poll();
            if !reports.is_empty() {
                return reports;
            }
            assert!(start.elapsed() < PATIENCE, "no report");
        }
    }

    /// Waits until something can be read.
    pub fn wait_readable(&self) {
        while !self.wait().iter().any(|report| matches!(report, Report::Readable { .. })) {}
    }

    /// Dials and waits for the outcome.
    pub fn dial(&self, config: DialConfig, want: Want) -> Result<Dialled, EngineError> {
        let handle = self.office.dial(1, config, want);
        let mut reports = self.wait();
        drop(handle);
        match reports.remove(0) {
            Report::Dialled { token: 1, result } => result,
            other => panic!("not the outcome of the dial: {other:?}"),
        }
    }

    /// Dials a pump connection.
    pub fn pump(&self, config: DialConfig) -> PumpTransport {
        match self.dial(config, Want::Pump).unwrap().socket {
            DialledSocket::Pump(pump) => pump,
            other => panic!("not a pump: {other:?}"),
        }
    }

    /// Waits for bytes, the end of the stream or an error. Spurious reports are allowed.
    pub fn read_something(&self, pump: &mut PumpTransport, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match pump.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => drop(self.wait()),
                other => return other,
            }
        }
    }

    /// Reads exactly this many bytes.
    pub fn read_exactly(&self, pump: &mut PumpTransport, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let mut filled = 0;
        while filled < count {
            match self.read_something(pump, &mut bytes[filled..]).unwrap() {
                0 => panic!("end after {filled} of {count} bytes"),
                more => filled += more,
            }
        }
        bytes
    }

    /// Sends `sent` to an echo server, of which `written` bytes were already sent, and checks what comes back.
    pub fn exchange(&self, pump: &mut PumpTransport, sent: &[u8], mut written: usize) {
        let mut seen = 0;
        let mut buffer = vec![0; 100_000];
        while seen < sent.len() {
            let mut idle = true;
            match pump.write(&sent[written..]) {
                Ok(count) => {
                    written += count;
                    idle = count == 0;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    pump.watch_writable(true);
                }
                Err(error) => panic!("{error}"),
            }
            match pump.read(&mut buffer) {
                Ok(0) => panic!("end after {seen} bytes"),
                Ok(count) => {
                    assert!(buffer[..count] == sent[seen..seen + count], "bytes differ after {seen}");
                    seen += count;
                    idle = false;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
            if idle {
                drop(self.wait());
            }
        }
    }
}
