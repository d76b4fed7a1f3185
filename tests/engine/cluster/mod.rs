//! Clusters without a network: one client, and servers that redirect, refuse, die, hang and move slots.

mod failures;
mod lifecycle;
mod migrations;
mod model;
mod reads;
mod redirects;
mod refresh;

use std::collections::{BTreeMap, BTreeSet};

use oxredis::boundary::{ReadFrom, flags};
use oxredis::engine::cluster::ClusterConfig;
use oxredis::event::LinkEvent;

use crate::driver::{State, World};
use crate::js::{Asked, Outcome};
use crate::server::{encode, serial_of};
use crate::setup::config;
use crate::values::Shape;

/// Slots that the tests use.
pub const SLOTS: u16 = 16;

/// A server of the cluster.
pub struct Node {
    pub port: u16,
    /// What it believes about the slots and replicas, if it differs from the truth.
    pub belief: Option<(Vec<usize>, Vec<Option<usize>>)>,
    asking: bool,
    /// How often it was asked for the layout.
    pub asked: usize,
    /// What it answers to commands, instead of running them.
    pub refuses: Option<&'static str>,
    /// The availability zone that INFO tells.
    pub zone: Option<&'static str>,
    /// Whether READONLY was sent on its connection.
    pub readonly: bool,
    /// Serials that it has run, in order.
    pub run: Vec<u32>,
}

impl Node {
    pub fn new(index: usize) -> Self {
        Self {
            port: 7000 + index as u16,
            belief: None,
            asking: false,
            asked: 0,
            refuses: None,
            zone: None,
            readonly: false,
            run: Vec::new(),
        }
    }
}

pub struct Cluster {
    pub world: World,
    pub id: u32,
    pub root: usize,
    pub nodes: Vec<Node>,
    /// The owner of each slot.
    pub owners: Vec<usize>,
    /// The primary of each node that is a replica.
    pub follows: Vec<Option<usize>>,
    /// Slots that are being moved, and the node that already has their keys.
    pub importing: BTreeMap<u16, usize>,
    pub slots: BTreeMap<u32, u16>,
    pub redirects: usize,
    /// Whether commands may get other replies than their shapes say.
    pub forgives: bool,
    /// How many commands fit into a batch.
    pub batch: usize,
}

pub fn options() -> ClusterConfig {
    ClusterConfig {
        node: config(),
        most_redirections: 16,
        read_from: ReadFrom::Primary,
        zone: None,
        lazy: false,
        refresh_interval: 0,
    }
}

impl Cluster {
    /// A cluster of three primaries without replicas, connected. Slot `n` belongs to node `n % 3`.
    pub fn new() -> Self {
        Self::with(3, 0, options())
    }

    /// A connected cluster. Replicas follow the primaries in turn.
    pub fn with(primaries: usize, replicas: usize, options: ClusterConfig) -> Self {
        let mut cluster = Self::unopened(primaries, replicas, options);
        cluster.discover();
        cluster.connect_all();
        cluster
    }

    /// A cluster whose layout the client has not read. Its root is connected.
    pub fn unopened(primaries: usize, replicas: usize, options: ClusterConfig) -> Self {
        let mut world = World::new();
        let id = world.engine.open_cluster(options.clone());
        let root = world.ready(config());
        Self {
            world,
            id,
            root,
            nodes: (0..primaries + replicas).map(Node::new).collect(),
            owners: (0..usize::from(SLOTS)).map(|slot| slot % primaries).collect(),
            follows: (0..primaries + replicas).map(|n| n.checked_sub(primaries).map(|n| n % primaries)).collect(),
            importing: BTreeMap::new(),
            slots: BTreeMap::new(),
            redirects: 0,
            forgives: false,
            batch: usize::MAX,
        }
    }

    /// Asks the root for the layout.
    pub fn discover(&mut self) {
        let root = self.world.links[self.root].id;
        self.world.engine.discover(self.id, root, self.world.now);
        self.world.deliver();
        let layout = self.layout(None);
        let server = self.world.server(self.root);
        server.receive();
        assert_eq!(server.inbox.pop_back().as_deref(), Some("CLUSTER SLOTS"));
        server.push_raw(&layout);
        self.world.exchange(self.root);
    }

    /// The reply to CLUSTER SLOTS, as one node or all know it.
    pub fn layout(&self, node: Option<usize>) -> String {
        let belief = node.and_then(|node| self.nodes[node].belief.as_ref());
        let (owners, follows) = belief.map_or((&self.owners, &self.follows), |(owners, follows)| (owners, follows));
        let describe =
            |node: usize| format!("*3\r\n$8\r\n10.0.0.1\r\n:{}\r\n$5\r\nnode{node}\r\n", self.nodes[node].port);
        let ranges: Vec<String> = (0..usize::from(SLOTS))
            .map(|slot| {
                let owner = owners[slot];
                let replicas: Vec<usize> = (0..self.nodes.len()).filter(|node| follows[*node] == Some(owner)).collect();
                let nodes: String = std::iter::once(owner).chain(replicas.iter().copied()).map(describe).collect();
                format!("*{}\r\n:{slot}\r\n:{slot}\r\n{nodes}", 3 + replicas.len())
            })
            .collect();
        format!("*{}\r\n{}", ranges.len(), ranges.concat())
    }

    /// The current link of a node, by its number in the world.
    pub fn link(&self, node: usize) -> Option<usize> {
        self.world.nodes.get(&("10.0.0.1".to_owned(), self.nodes[node].port)).copied()
    }

    /// The link of a node that must have one.
    pub fn link_of(&self, node: usize) -> usize {
        self.link(node).expect("a link")
    }

    /// Lets all dials succeed.
    pub fn connect_all(&mut self) {
        for node in 0..self.nodes.len() {
            self.connect(node);
        }
    }

    pub fn connect(&mut self, node: usize) {
        if let Some(link) = self.link(node)
            && self.world.dialled(link, true)
        {
            self.nodes[node].readonly = false;
            self.serve(node, usize::MAX);
            self.arrive(node, usize::MAX);
        }
    }

    /// Whether a node has a connection.
    pub fn is_connected(&self, node: usize) -> bool {
        let server = self.link(node).and_then(|link| self.world.links[link].servers.last());
        server.is_some_and(|server| !server.wire.borrow().dropped)
    }

    /// Ends the connection of a node.
    pub fn kill(&mut self, node: usize) {
        let link = self.link_of(node);
        if self.is_connected(node) {
            self.world.wire(link).borrow_mut().end = Some(Ok(()));
            self.arrive(node, usize::MAX);
        }
    }

    /// JS decides to try again.
    pub fn retry(&mut self, node: usize, delay: u64) {
        let link = self.link_of(node);
        self.world.retry(link, delay);
    }

    /// Submits commands in batches of `batch`; several commands in one list form a chain.
    pub fn submit(&mut self, commands: &[(u16, Vec<Shape>)]) -> Vec<u32> {
        self.submit_with(commands, 0, 0)
    }

    pub fn submit_with(&mut self, commands: &[(u16, Vec<Shape>)], bits: u32, timeout: i32) -> Vec<u32> {
        let (mut meta, mut bytes, mut serials) = (Vec::new(), Vec::new(), Vec::new());
        for (slot, shapes) in commands {
            for (index, shape) in shapes.iter().enumerate() {
                let continues = index + 1 < shapes.len();
                let asked = Asked {
                    link: 0,
                    shape: Some(*shape).filter(|_| !self.forgives),
                    asap: false,
                    chain: None,
                    continues,
                    expires_at: None,
                    outcome: None,
                };
                let (serial, ticket) = self.world.js.ask(asked);
                let command = encode(serial, *shape, continues);
                let chained = if shapes.len() > 1 { flags::CHAINED } else { 0 };
                let bits = bits | chained | if continues { flags::CHAIN } else { 0 };
                // Of a chain, only the second command names the slot, because MULTI has none.
                let told = if shapes.len() > 1 && index == 0 || *slot == u16::MAX { -1 } else { i32::from(*slot) };
                meta.extend([self.id as i32, ticket as i32, command.len() as i32, bits as i32, timeout, told]);
                bytes.extend(command);
                self.slots.insert(serial, *slot);
                serials.push(serial);
            }
        }
        let mut at = 0;
        for batch in meta.chunks(self.batch.saturating_mul(6)) {
            let end = at + batch.chunks_exact(6).map(|words| words[2] as usize).sum::<usize>();
            self.world.engine.submit(batch, &bytes[at..end], self.world.now);
            at = end;
        }
        self.world.deliver();
        serials
    }

    /// Lets a node execute, refuse or redirect up to `most` commands. Returns whether it handled any.
    pub fn serve(&mut self, node: usize, most: usize) -> bool {
        let Some(link) = self.link(node).filter(|_| self.is_connected(node)) else { return false };
        self.world.server(link).receive();
        for count in 0..most {
            let Some(command) = self.world.server(link).inbox.front().cloned() else { return count > 0 };
            let Some(serial) = serial_of(&command) else {
                self.nodes[node].asking = command == "ASKING";
                match &command[..] {
                    "CLUSTER SLOTS" => {
                        self.nodes[node].asked += 1;
                        let layout = self.layout(Some(node));
                        let server = self.world.server(link);
                        server.inbox.pop_front();
                        server.push_raw(&layout);
                    }
                    "INFO SERVER" => {
                        let zone = self.nodes[node].zone.unwrap_or_default();
                        let text = format!("txt:# Server\r\navailability_zone:{zone}\r\nport:1\r\n");
                        let server = self.world.server(link);
                        server.inbox.pop_front();
                        server.push_raw(&format!("={}\r\n{text}\r\n", text.len()));
                    }
                    other => {
                        self.nodes[node].readonly = match other {
                            "READONLY" => true,
                            "READWRITE" => false,
                            _ => self.nodes[node].readonly,
                        };
                        _ = self.world.server(link).execute();
                    }
                }
                continue;
            };
            let slot = self.slots[&serial];
            let asking = std::mem::take(&mut self.nodes[node].asking);
            let answer = self.answer(node, slot, asking, self.nodes[node].readonly);
            let server = self.world.server(link);
            match answer {
                None => {
                    server.execute();
                    self.nodes[node].run.push(serial);
                }
                Some(error) => {
                    server.inbox.pop_front();
                    server.push_raw(&error);
                    self.redirects += 1;
                }
            }
        }
        most > 0
    }

    /// The error of a node for a command; `None`: it runs it.
    fn answer(&self, node: usize, slot: u16, asking: bool, readonly: bool) -> Option<String> {
        if let Some(refuses) = self.nodes[node].refuses {
            return Some(format!("-{refuses}\r\n"));
        }
        if slot == u16::MAX {
            return None;
        }
        let owners = self.nodes[node].belief.as_ref().map_or(&self.owners, |(owners, _)| owners);
        let owner = owners[usize::from(slot)];
        let to = self.importing.get(&slot).copied().filter(|to| *to != owner);
        let is_replica = readonly && self.follows[node] == Some(owner);
        let runs = if owner == node || is_replica { to.is_none() } else { asking && to == Some(node) };
        let (word, other) = if owner == node { ("ASK", to.unwrap_or(owner)) } else { ("MOVED", owner) };
        (!runs).then(|| format!("-{word} {slot} 10.0.0.1:{}\r\n", self.nodes[other].port))
    }

    /// Delivers a node's replies to the client, in pieces of `bytes`.
    pub fn arrive(&mut self, node: usize, bytes: usize) {
        let Some(link) = self.link(node).filter(|link| !self.world.links[*link].servers.is_empty()) else { return };
        self.world.server(link).deliver(bytes);
        let (readable, writable) = {
            let wire = self.world.wire(link);
            let wire = wire.borrow();
            (wire.is_readable(), wire.is_writable())
        };
        self.world.report(link, readable, writable);
    }

    /// Lets these nodes answer everything, and the client go on, until nothing is left to do.
    pub fn settle_nodes(&mut self, nodes: &[usize]) {
        loop {
            let mut moved = false;
            for node in nodes.iter().copied() {
                moved |= self.serve(node, usize::MAX);
                self.arrive(node, usize::MAX);
                self.world.attend();
            }
            if !moved && self.world.engine.next_tick().is_none_or(|at| at > self.world.now) {
                break;
            }
            self.world.tick(0);
        }
    }

    pub fn settle(&mut self) {
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        self.settle_nodes(&all);
    }

    /// Lets time pass in small steps, in which these nodes answer.
    pub fn pass(&mut self, millis: u64, nodes: &[usize]) {
        for _ in 0..millis / 10 {
            self.world.tick(10);
            self.settle_nodes(nodes);
        }
    }

    /// How often the layout was read from nodes.
    pub fn layouts_read(&self) -> usize {
        self.nodes.iter().map(|node| node.asked).sum()
    }

    /// The events of the cluster, in order.
    pub fn told(&self) -> Vec<&'static str> {
        self.world.js.told(self.id)
    }

    /// The last layout that JS was told.
    pub fn topology(&self) -> String {
        let detail = |(_, event): &(u32, LinkEvent)| match event {
            LinkEvent::Topology { detail } => Some(detail.clone()),
            _ => None,
        };
        self.world.js.events.iter().rev().find_map(detail).expect("a layout")
    }

    pub fn is_ended(&self) -> bool {
        self.told().last() == Some(&"ended")
    }

    /// Checks that everything was answered with a success, and that no command was run twice.
    pub fn check(&self) {
        self.check_once();
        let answered = |asked: &Asked| matches!(asked.outcome, Some(Outcome::Reply(_) | Outcome::Text(_)));
        assert!(self.world.js.asked.values().all(answered), "a failure reached a caller");
        let run: usize = self.nodes.iter().map(|node| node.run.len()).sum();
        assert_eq!(run, self.slots.len(), "not run");
    }

    /// Checks that everything was settled, and that no command was run twice.
    pub fn check_once(&self) {
        assert_eq!(self.world.js.waiting(), Vec::<u32>::new(), "never settled");
        let run: Vec<u32> = self.nodes.iter().flat_map(|node| node.run.iter().copied()).collect();
        assert_eq!(run.iter().collect::<BTreeSet<_>>().len(), run.len(), "run twice");
    }

    /// Whether a request has failed, with which failure and phase.
    pub fn failure(&self, serial: u32) -> Option<(i32, i32)> {
        match self.world.outcome(serial) {
            Some(Outcome::Failed(failure, phase)) => Some((*failure, *phase)),
            _ => None,
        }
    }

    /// Whether a link has ended, as JS knows it.
    pub fn has_ended(&self, link: usize) -> bool {
        self.world.links[link].state == State::Closed
    }
}

/// Single commands of these slots.
pub fn ones(slots: impl IntoIterator<Item = u16>) -> Vec<(u16, Vec<Shape>)> {
    slots.into_iter().map(|slot| (slot, vec![Shape::Blob(20 + usize::from(slot % 100))])).collect()
}
