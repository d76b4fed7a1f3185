//! What a cluster costs above a link of its own: `cargo bench --no-default-features --bench routing`.
//!
//! Batches of GETs are submitted and answered: over one link; over three links, sorted by link; and through a cluster of
//! three nodes, in any order. The sockets are memory, so only the engine's own work is measured. Rounds alternate; the
//! medians of their times per command are printed, with what the cluster costs above each.

use std::cell::RefCell;
use std::hint::black_box;
use std::io::{self, ErrorKind, IoSlice};
use std::rc::Rc;
use std::time::{Duration, Instant};

use oxredis::boundary::{ReadFrom, sizes};
use oxredis::config::{Credentials, DialConfig, Endpoint, Family, RespVersion, SessionConfig};
use oxredis::engine::attempt::Dial;
use oxredis::engine::cluster::ClusterConfig;
use oxredis::engine::connection::ConnectionKey;
use oxredis::engine::link::LinkConfig;
use oxredis::engine::{Engine, Network, Output, ReadStep};
use oxredis::transport::Transport;

const NODES: usize = 3;
const BATCHES: usize = 2000;
const ROUNDS: usize = 21;

/// Both directions of one connection.
#[derive(Default)]
struct Wire {
    written: usize,
    replies: Vec<u8>,
}

struct Socket(Rc<RefCell<Wire>>);

impl Transport for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut wire = self.0.borrow_mut();
        if wire.replies.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let size = wire.replies.len().min(buffer.len());
        buffer[..size].copy_from_slice(&wire.replies[..size]);
        wire.replies.drain(..size);
        Ok(size)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().written += bytes.len();
        Ok(bytes.len())
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        pieces.iter().try_fold(0, |sum, piece| Ok(sum + self.write(piece)?))
    }

    fn watch_writable(&mut self, _on: bool) {}

    fn pause_reading(&mut self, _on: bool) {}
}

/// Remembers the dials.
struct Dials(Rc<RefCell<Vec<u64>>>);

impl Network for Dials {
    fn dial(&mut self, token: u64, _config: DialConfig, _pump: bool) -> Dial {
        self.0.borrow_mut().push(token);
        Box::new(())
    }
}

fn config() -> LinkConfig {
    LinkConfig {
        dial: DialConfig {
            endpoint: Endpoint::Tcp { host: "localhost".into(), port: 6379 },
            addresses: Vec::new(),
            family: Family::Any,
            local_address: None,
            local_port: 0,
            no_delay: true,
            keep_alive: None,
            tcp_user_timeout: None,
            tls: None,
        },
        session: SessionConfig {
            // Without anything to set up there is no handshake.
            resp: RespVersion::V2,
            name: None,
            database: 0,
            readonly: false,
            client_info: None,
            tracking: None,
            keeps_commands: false,
            maint_notifications: None,
        },
        connect_timeout: 0,
        socket_timeout: 0,
        relaxed_command_timeout: 0,
        relaxed_socket_timeout: 0,
        disable_offline_queue: false,
        custom_endpoint: false,
        custom_lookup: false,
        credentials: Some(Credentials::default()),
        pump: false,
        busy_poll: Duration::ZERO,
        cache: None,
    }
}

/// How commands are submitted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Link,
    Links,
    Cluster,
}

struct Bench {
    engine: Engine,
    dials: Rc<RefCell<Vec<u64>>>,
    area: Vec<u8>,
    links: [u32; 1 + NODES],
    cluster: u32,
    /// The connections of the link, of the three links, and of the nodes.
    wires: Vec<(ConnectionKey, Rc<RefCell<Wire>>)>,
}

impl Bench {
    fn new() -> Self {
        let dials = Rc::new(RefCell::new(Vec::new()));
        let mut engine = Engine::new(Box::new(Dials(Rc::clone(&dials))));
        let links = [(); 1 + NODES].map(|()| engine.open(config(), 0));
        let cluster = engine.open_cluster(ClusterConfig {
            node: config(),
            most_redirections: 16,
            read_from: ReadFrom::Primary,
            zone: None,
            lazy: false,
            refresh_interval: 0,
        });
        let area = vec![0; sizes::AREA_SIZE];
        let mut bench = Self { engine, dials, area, links, cluster, wires: Vec::new() };
        bench.connect();
        bench.engine.discover(cluster, links[0], 0);
        let shard = |node: usize| {
            let (start, end) = (node * 16384 / NODES, (node + 1) * 16384 / NODES - 1);
            format!("*3\r\n:{start}\r\n:{end}\r\n*2\r\n$5\r\nnode{node}\r\n:6379\r\n")
        };
        let layout: String = (0..NODES).map(shard).collect();
        bench.wires[0].1.borrow_mut().replies.extend(format!("*{NODES}\r\n{layout}").bytes());
        bench.read(0);
        bench.connect();
        assert_eq!(bench.wires.len(), 1 + 2 * NODES);
        bench
    }

    fn connect(&mut self) {
        for token in std::mem::take(&mut *self.dials.borrow_mut()) {
            let (wire, key) = (Rc::new(RefCell::new(Wire::default())), ConnectionKey::of_token(token));
            self.engine.on_dialled(key, None, (Box::new(Socket(Rc::clone(&wire))), None), 0);
            self.wires.push((key, wire));
        }
        self.deliver();
    }

    /// Reads and delivers what one connection has received. Returns the number of replies.
    fn read(&mut self, wire: usize) -> usize {
        let mut replies = 0;
        while self.engine.step(self.wires[wire].0, &mut self.area, 0) == ReadStep::Deliver {
            replies += self.deliver();
        }
        replies + self.deliver()
    }

    fn deliver(&mut self) -> usize {
        let mut items = 0;
        while let Some(output) = self.engine.next_output() {
            if let Output::Batch(batch) = output {
                items += black_box(&batch).len();
                self.engine.recycle(batch);
            }
        }
        items
    }

    /// Submits and answers batches of `size` commands. Returns the nanoseconds per command.
    fn round(&mut self, way: Way, size: usize) -> f64 {
        let command = b"*2\r\n$3\r\nGET\r\n$12\r\nkey:00001234\r\n";
        let bytes = command.repeat(size);
        let mut seed = 1u32;
        let mut meta = Vec::with_capacity(size * 6);
        let mut took = Duration::ZERO;
        for _ in 0..BATCHES {
            let mut counts = [0; 1 + 2 * NODES];
            meta.clear();
            let mut slots: Vec<usize> = (0..size)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 16) as usize & 16383
                })
                .collect();
            if way == Way::Links {
                slots.sort_unstable();
            }
            for (ticket, slot) in slots.into_iter().enumerate() {
                let node = (0..NODES).rev().find(|node| slot >= node * 16384 / NODES).unwrap_or(0);
                let (handle, wire) = match way {
                    Way::Link => (self.links[0], 0),
                    Way::Links => (self.links[1 + node], 1 + node),
                    Way::Cluster => (self.cluster, 1 + NODES + node),
                };
                counts[wire] += 1;
                meta.extend([handle as i32, ticket as i32, command.len() as i32, 1024, 0, slot as i32]);
            }
            for (wire, count) in counts.iter().enumerate() {
                self.wires[wire].1.borrow_mut().replies.extend(b"$8\r\nabcdefgh\r\n".repeat(*count));
            }
            let start = Instant::now();
            self.engine.submit(&meta, &bytes, 0);
            let mut replies = 0;
            for (wire, count) in counts.iter().enumerate() {
                if *count > 0 {
                    replies += self.read(wire);
                }
            }
            took += start.elapsed();
            assert_eq!(replies, size);
        }
        took.as_nanos() as f64 / (BATCHES * size) as f64
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let mut bench = Bench::new();
    // With a way (0, 1, 2) and a size: only those, for tools that count instructions.
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if let [way, size] = numbers[..] {
        bench.round([Way::Link, Way::Links, Way::Cluster][way], size);
        return;
    }
    println!("{:>8} {:>12} {:>12} {:>12} {:>9} {:>9}", "batch", "link", "3 links", "cluster", "above 1", "above 3");
    for size in [1, 10, 100, 1000] {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (way, times) in [Way::Link, Way::Links, Way::Cluster].into_iter().zip(&mut times) {
                times.push(bench.round(way, size));
            }
        }
        let [link, links, cluster] = times.map(median);
        let (above, above_links) = (cluster - link, cluster - links);
        println!("{size:>8} {link:>9.0} ns {links:>9.0} ns {cluster:>9.0} ns {above:>6.0} ns {above_links:>6.0} ns");
    }
}
