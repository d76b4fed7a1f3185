//! Plays the part of the binding, the caller of the engine: it steps, delivers and allocates, and lets JS run in
//! between.

use std::collections::{BTreeMap, VecDeque};

use oxredis::boundary::{QuestionKind, flags, inbox};
use oxredis::config::Credentials;
use oxredis::engine::connection::ConnectionKey;
use oxredis::engine::input::{AREA_SIZE, Area};
use oxredis::engine::link::{LinkConfig, Stage};
use oxredis::engine::{Answer, Engine, Output, ReadStep};
use oxredis::error::{EngineError, ErrorKind};
use oxredis::event::{LinkEvent, Question};
use oxredis::proto::command::Request;

use crate::js::{Asked, Js, Outcome, name_of, received_in};
use crate::net::{Dials, FakeNetwork, SharedWire, socket};
use crate::server::{Server, encode};
use crate::setup::{Options, Todo};
use crate::values::Shape;

/// Ids from this one on are those of clusters.
pub const FIRST_CLUSTER: u32 = 1 << 30;

/// The state of a link, as JS knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    /// JS must answer `retry` or `give_up`.
    Undecided,
    Closed,
}

/// One call of `open`, and the connections that resulted from it.
pub struct Opened {
    pub id: u32,
    pub state: State,
    pub closing: bool,
    /// The open question, and the attempt that asks it.
    pub asked: Option<(u32, QuestionKind)>,
    /// Oldest first.
    pub servers: Vec<Server>,
}

pub struct World {
    pub engine: Engine,
    pub area: Vec<u8>,
    pub now: u64,
    pub js: Js,
    pub dials: Dials,
    pub links: Vec<Opened>,
    /// The link number of each node of a cluster, by its announced address.
    pub nodes: BTreeMap<(String, u16), usize>,
    /// The current link number of each id.
    by_id: BTreeMap<u32, usize>,
    pub todo: VecDeque<Todo>,
    meta: Vec<i32>,
    bytes: Vec<u8>,
    delivering: bool,
    /// How many bytes a new socket accepts.
    pub room: usize,
    /// The number of sub-batches after which a drive must stop.
    pub budget: usize,
    /// Whether requests for credentials are answered at once.
    pub eager: bool,
    /// Whether the server may send bytes that are not RESP.
    pub faulty: bool,
}

impl World {
    pub fn new() -> Self {
        let network = FakeNetwork::default();
        let dials = network.dials.clone();
        Self {
            engine: Engine::new(Box::new(network)),
            area: vec![0; AREA_SIZE],
            now: 1,
            js: Js::default(),
            dials,
            links: Vec::new(),
            nodes: BTreeMap::new(),
            by_id: BTreeMap::new(),
            todo: VecDeque::new(),
            meta: Vec::new(),
            bytes: Vec::new(),
            delivering: false,
            room: usize::MAX,
            budget: usize::MAX,
            eager: true,
            faulty: false,
        }
    }

    /// Opens a link. Returns its number.
    pub fn open(&mut self, config: LinkConfig) -> usize {
        let id = self.engine.open(config, self.now);
        self.adopt(id)
    }

    /// Adds a link that was opened elsewhere. Returns its number.
    pub fn adopt(&mut self, id: u32) -> usize {
        self.links.push(Opened { id, state: State::Open, closing: false, asked: None, servers: Vec::new() });
        let number = self.links.len() - 1;
        self.by_id.insert(id, number);
        self.deliver();
        number
    }

    /// Opens a link and connects it. Returns its number.
    pub fn ready(&mut self, config: LinkConfig) -> usize {
        let link = self.open(config);
        self.connect(link);
        assert_eq!(self.js.told(self.links[link].id).last(), Some(&"ready"));
        link
    }

    /// Lets the dial and the handshake of a link succeed.
    pub fn connect(&mut self, link: usize) {
        assert!(self.dialled(link, true));
        self.exchange(link);
    }

    /// Ends the dial of a link, with success if `well`. Returns false if none is in progress.
    pub fn dialled(&mut self, link: usize, well: bool) -> bool {
        let id = self.links[link].id;
        let token = self.dials.borrow().keys().copied().find(|token| ConnectionKey::of_token(*token).link == id);
        let Some(token) = token.filter(|_| self.by_id.get(&id) == Some(&link)) else { return false };
        let key = ConnectionKey::of_token(token);
        if well {
            let (transport, wire) = socket(self.room);
            self.links[link].servers.push(Server::new(wire, key));
            self.engine.on_dialled(key, None, (transport, None), self.now);
        } else {
            let error = EngineError::new(ErrorKind::Io, "connect ECONNREFUSED");
            self.engine.on_attempt_failed(key, error);
        }
        self.deliver();
        true
    }

    /// Starts to hand a link over to a new connection.
    pub fn hand_over(&mut self, link: usize) {
        if self.links[link].state != State::Closed {
            self.engine.hand_over(self.links[link].id, self.now);
            self.deliver();
        }
    }

    /// Returns the newest connection of a link.
    pub fn server(&mut self, link: usize) -> &mut Server {
        self.links[link].servers.last_mut().expect("a connection")
    }

    pub fn wire(&mut self, link: usize) -> SharedWire {
        self.server(link).wire.clone()
    }

    /// Lets the servers of a link execute and answer everything they received, until nothing is left to do.
    pub fn exchange(&mut self, link: usize) {
        loop {
            self.attend();
            let mut moved = self.engine.needs_attention();
            // A hand-over goes on in the turn after JS had its own.
            let is_moving = self.engine.link(self.links[link].id).is_some_and(|link| {
                link.arrival.is_some() || link.maintenance.is_some() || matches!(link.stage, Stage::Handing { .. })
            });
            if is_moving && self.engine.next_tick().is_some_and(|at| at <= self.now) {
                self.tick(0);
                moved = true;
            }
            for number in 0..self.links[link].servers.len() {
                moved |= self.exchange_with(link, number);
            }
            if !moved {
                break;
            }
        }
    }

    /// Does one such step for one of its servers. Returns whether there was anything to do.
    pub fn exchange_with(&mut self, link: usize, number: usize) -> bool {
        let server = &mut self.links[link].servers[number];
        let mut moved = false;
        while server.execute() {
            moved = true;
        }
        server.deliver(usize::MAX);
        let (readable, writable) = (server.wire.borrow().is_readable(), server.wire.borrow().is_writable());
        self.report_from(link, number, readable, writable);
        moved || readable || writable
    }

    /// Reports readiness of the newest connection, as the event loop does.
    pub fn report(&mut self, link: usize, readable: bool, writable: bool) {
        self.report_from(link, self.links[link].servers.len() - 1, readable, writable);
    }

    /// Reports readiness of one of its connections.
    pub fn report_from(&mut self, link: usize, number: usize, readable: bool, writable: bool) {
        let id = self.links[link].id;
        if self.by_id.get(&id) != Some(&link) {
            return;
        }
        let server = &self.links[link].servers[number];
        let key = server.key;
        if writable {
            server.wire.borrow_mut().watching = false;
            self.engine.on_writable(key);
        }
        if readable { self.drive(key) } else { self.deliver() }
    }

    /// Reads what a connection has received; afterwards the receive area may be used for others.
    pub fn drive(&mut self, key: ConnectionKey) {
        let mut delivered = 0;
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < 10_000_000, "the engine does not come to an end");
            let mut step = self.engine.step(key, &mut self.area, self.now);
            if step == ReadStep::Deliver {
                self.deliver();
                delivered += 1;
                if delivered < self.budget {
                    continue;
                }
                step = self.engine.pause(key, &self.area);
                assert!(delivered < self.budget.saturating_add(16), "pause does not pause");
            }
            match step {
                ReadStep::NeedsBlock { size } => {
                    let block = self.js.allocate(key.serial, size);
                    self.engine.adopt_block(key, &self.area, block);
                }
                ReadStep::Deliver => {}
                ReadStep::Idle => break,
            }
        }
        self.deliver();
        self.area.fill(b'#');
        for connection in self.engine.link(key.link).into_iter().flat_map(|link| link.connections_mut()) {
            let in_use = connection.input.area(connection.serial) != Area::Shared;
            assert_eq!(self.js.has_block(connection.serial), in_use, "JS and the engine disagree on the block in use");
        }
    }

    /// Handles what waits until the JS stack is empty.
    pub fn attend(&mut self) {
        for id in self.engine.take_attention() {
            self.engine.settle_broken(id).into_iter().for_each(|key| self.drive(key));
        }
        self.deliver();
    }

    /// Advances the clock.
    pub fn tick(&mut self, millis: u64) {
        self.now += millis;
        self.engine.tick(self.now);
        assert!(self.engine.next_tick().is_none_or(|at| at > self.now), "a timer is due after the tick");
        self.deliver();
    }

    /// Passes the outbox to JS, which may act in between.
    pub fn deliver(&mut self) {
        if std::mem::replace(&mut self.delivering, true) {
            return;
        }
        while let Some(output) = self.engine.next_output() {
            match output {
                Output::Batch(batch) => {
                    if !batch.is_empty() {
                        let current =
                            received_in(&mut self.engine, self.by_id.keys(), &self.area, batch.words[inbox::BLOCK]);
                        self.js.dispatch(&batch, &self.area, current.as_deref());
                    }
                    self.engine.recycle(batch);
                }
                Output::Event { link, event } => self.hear(link, event),
            }
            if let Some(todo) = self.todo.pop_front() {
                match todo {
                    Todo::Submit(link, shape) => _ = self.queue(link, &[shape], Options::default()),
                    Todo::Destroy(link) => self.destroy(link),
                    Todo::Close(link) => self.close(link),
                }
            }
            self.take_batch();
        }
        self.delivering = false;
    }

    fn hear(&mut self, id: u32, event: LinkEvent) {
        if let LinkEvent::BlockDropped { block } = event {
            // The link of the block may be gone as well.
            return self.js.forget_block(block);
        }
        if id >= FIRST_CLUSTER {
            if let LinkEvent::NodeAdded { link, host, port, .. } = &event {
                let number = self.adopt(*link);
                self.nodes.insert((host.clone(), *port), number);
            }
            return self.js.events.push((id, event));
        }
        let number = self.by_id[&id];
        let link = &mut self.links[number];
        let name = name_of(&event);
        assert!(link.state != State::Closed, "{name} after the end");
        match &event {
            LinkEvent::Ask { serial, what: Question::Retry { error, .. } } => {
                let fault = error.as_ref().filter(|error| error.kind == ErrorKind::Protocol);
                assert!(self.faulty || fault.is_none(), "the server made no mistake: {fault:?}");
                assert_eq!(link.state, State::Open, "asked twice");
                link.state = State::Undecided;
                link.asked = Some((*serial, QuestionKind::Retry));
            }
            LinkEvent::Ended => {
                link.state = State::Closed;
                self.forget(id);
            }
            LinkEvent::Ask { serial, what } => {
                assert_eq!(link.state, State::Open);
                link.asked = Some((*serial, what.kind()));
                if self.eager {
                    self.answer_credentials(number);
                }
            }
            LinkEvent::Relaxed { .. } => {}
            _ => assert_eq!(link.state, State::Open, "{name} while JS decides"),
        }
        self.js.events.push((id, event));
    }

    fn forget(&mut self, id: u32) {
        self.engine.release(id);
        self.by_id.remove(&id);
    }

    pub fn answer_credentials(&mut self, link: usize) {
        if matches!(self.links[link].asked, Some((_, QuestionKind::Credentials))) {
            self.answer(link, Answer::Credentials(Credentials::default()));
        }
    }

    /// Answers the open question, as JS does.
    pub fn answer(&mut self, link: usize, answer: Answer) {
        let opened = &mut self.links[link];
        if let Some((serial, _)) = opened.asked.take() {
            let key = ConnectionKey { link: opened.id, serial };
            self.engine.answer(key, answer, self.now);
            self.deliver();
        }
    }

    pub fn retry(&mut self, link: usize, delay: u64) {
        let opened = &mut self.links[link];
        if opened.state == State::Undecided {
            opened.state = State::Open;
            self.answer(link, Answer::Retry(delay));
        }
    }

    pub fn give_up(&mut self, link: usize) {
        let opened = &mut self.links[link];
        if opened.state == State::Undecided {
            opened.state = State::Closed;
            let id = opened.id;
            self.take_batch();
            self.engine.give_up(id);
            self.deliver();
            self.forget(id);
        }
    }

    pub fn close(&mut self, link: usize) {
        if self.links[link].state != State::Closed {
            self.links[link].closing = true;
            let id = self.links[link].id;
            self.take_batch();
            self.engine.close(id);
            self.deliver();
        }
    }

    pub fn destroy(&mut self, link: usize) {
        if self.links[link].state != State::Closed {
            self.links[link].closing = true;
            let id = self.links[link].id;
            self.take_batch();
            self.engine.destroy(id);
            self.deliver();
        }
    }

    /// Encodes commands into the batch; several form a chain. Returns their serials.
    pub fn queue(&mut self, link: usize, shapes: &[Shape], options: Options) -> Vec<u32> {
        if self.links[link].closing || self.links[link].state == State::Closed {
            return Vec::new();
        }
        let first = self.js.asked.len() as u32;
        let mut serials = Vec::new();
        for (index, shape) in shapes.iter().enumerate() {
            let continues = index + 1 < shapes.len();
            let timeout = if index == 0 { options.timeout } else { 0 };
            let expires_at = (options.timeout > 0).then(|| self.now + u64::from(options.timeout));
            let (serial, ticket) = self.js.ask(Asked {
                link,
                shape: Some(*shape),
                asap: options.asap,
                chain: (shapes.len() > 1).then_some(first),
                continues,
                expires_at,
                outcome: None,
            });
            let bytes = encode(serial, *shape, continues);
            let mut bits = 0;
            for (on, bit) in [
                (options.asap, flags::ASAP),
                (continues, flags::CHAIN),
                (options.bytes, flags::BYTES),
                (options.cache, flags::CACHE),
                (options.cancelled, flags::CANCELLED),
                (options.cancellable && index == 0, flags::CANCELLABLE),
            ] {
                bits |= if on { bit } else { 0 };
            }
            let id = self.links[link].id;
            self.meta.extend([id as i32, ticket as i32, bytes.len() as i32, bits as i32, timeout as i32, -1]);
            self.bytes.extend(bytes);
            if options.cancelled {
                self.js.settle(ticket, Outcome::Cancelled);
            }
            serials.push(serial);
        }
        serials
    }

    /// Submits commands in a batch of their own. Returns their serials.
    pub fn submit(&mut self, link: usize, shapes: &[Shape], options: Options) -> Vec<u32> {
        let serials = self.queue(link, shapes, options);
        self.take_batch();
        serials
    }

    /// Sends the batch to the engine.
    pub fn take_batch(&mut self) {
        if !self.meta.is_empty() {
            let (meta, bytes) = (std::mem::take(&mut self.meta), std::mem::take(&mut self.bytes));
            self.engine.submit(&meta, &bytes, self.now);
        }
    }

    /// Submits one of the engine's own requests. Returns its serial, if it was accepted.
    pub fn request(&mut self, link: usize, make: impl FnOnce(u32) -> Request) -> Option<u32> {
        if self.links[link].closing || self.links[link].state == State::Closed {
            return None;
        }
        self.take_batch();
        let (serial, ticket) = self.js.ask(Asked {
            link,
            shape: None,
            asap: false,
            chain: None,
            continues: false,
            expires_at: None,
            outcome: None,
        });
        let id = self.links[link].id;
        self.engine.request(id, make(ticket), self.now);
        self.deliver();
        Some(serial)
    }

    /// Cancels a request, with its chain, as JS does. Returns false if it is too late.
    pub fn cancel(&mut self, serial: u32) -> bool {
        let Some(ticket) = self.js.ticket_of(serial) else { return false };
        self.take_batch();
        let cancelled = self.engine.cancel(ticket);
        if cancelled {
            let with_it = |asked: &&u32| **asked == serial || self.js.asked[asked].chain == Some(serial);
            let taken: Vec<u32> = self.js.asked.keys().filter(with_it).copied().collect();
            for serial in taken {
                if let Some(ticket) = self.js.ticket_of(serial) {
                    self.js.settle(ticket, Outcome::Cancelled);
                }
            }
        }
        self.deliver();
        cancelled
    }

    /// Returns the outcome of a request, if it has one.
    pub fn outcome(&self, serial: u32) -> Option<&Outcome> {
        self.js.asked[&serial].outcome.as_ref()
    }
}
