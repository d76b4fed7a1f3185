//! Plays the part of JS: keeps pending tickets, the blocks it allocated, and everything that the engine reported.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use oxredis::boundary::ops::{DONE, FAILURE, STRING_ARGUMENT, TEXT};
use oxredis::boundary::tape_bits::{PART, SIMPLE};
use oxredis::boundary::tape_shifts::{ARGUMENT, PART_START};
use oxredis::boundary::{inbox, tickets};
use oxredis::engine::Engine;
use oxredis::engine::batch::{Argument, Batch};
use oxredis::engine::input::Block;
use oxredis::event::{Failure, LinkEvent, Question, RequestPhase};
use oxredis::proto::tape::{BLOB_STRING, SIMPLE_ERROR, View, extent, kind_of, width};

use crate::values::{Shape, Value};

/// A request and its outcome.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The link, by the number of its `open` call.
    pub link: usize,
    /// `None` for the engine's own requests.
    pub shape: Option<Shape>,
    pub asap: bool,
    /// The serial of the first command of its chain.
    pub chain: Option<u32>,
    /// Whether more commands of the chain follow.
    pub continues: bool,
    /// The time until which it may be queued.
    pub expires_at: Option<u64>,
    pub outcome: Option<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Reply(Value),
    /// A string that was passed as a JS string.
    Text(Vec<u8>),
    /// `Failure` and `RequestPhase`, as numbers.
    Failed(i32, i32),
    /// JS cancelled it while it was queued.
    Cancelled,
}

impl Outcome {
    pub const QUEUED: i32 = RequestPhase::Queued as i32;
    pub const WRITTEN: i32 = RequestPhase::Written as i32;
    pub const LOST: i32 = Failure::ConnectionLost as i32;
    pub const TIMEOUT: i32 = Failure::Timeout as i32;
}

/// The bytes of blocks that the engine has released, by number.
type Kept = Rc<RefCell<HashMap<u64, Vec<u8>>>>;

/// A block. When the engine drops it, JS still keeps its bytes.
pub struct TestBlock {
    number: u64,
    bytes: Vec<u8>,
    kept: Kept,
}

impl Block for TestBlock {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for TestBlock {
    fn drop(&mut self) {
        self.kept.borrow_mut().insert(self.number, std::mem::take(&mut self.bytes));
    }
}

#[derive(Default)]
pub struct Js {
    /// The serial of the request that each ticket belongs to.
    tickets: Vec<Option<u32>>,
    free: Vec<u32>,
    /// All requests, by serial.
    pub asked: BTreeMap<u32, Asked>,
    /// The number of the block in each area.
    blocks: HashMap<i32, u64>,
    made_blocks: u64,
    /// The sizes of all blocks, in the order of allocation.
    pub block_sizes: Vec<usize>,
    kept: Kept,
    /// Parts of blocks that JS uses without copying them.
    handed: Vec<(u64, usize, Vec<u8>)>,
    pub events: Vec<(u32, LinkEvent)>,
    pub pushes: Vec<(u32, i32, Value)>,
    pub lines: usize,
    /// What became of failed commands of clusters.
    pub traces: Vec<[i32; 7]>,
    trace: Option<[i32; 7]>,
    /// The number of items in each batch.
    pub batches: Vec<usize>,
}

impl Js {
    /// Takes a ticket for a new request.
    pub fn ask(&mut self, asked: Asked) -> (u32, u32) {
        let serial = self.asked.len() as u32;
        let ticket = self.free.pop().unwrap_or_else(|| {
            self.tickets.push(None);
            self.tickets.len() as u32 - 1
        });
        self.tickets[ticket as usize] = Some(serial);
        self.asked.insert(serial, asked);
        (serial, ticket)
    }

    /// Returns the ticket of a pending request.
    pub fn ticket_of(&self, serial: u32) -> Option<u32> {
        self.tickets.iter().position(|held| *held == Some(serial)).map(|ticket| ticket as u32)
    }

    /// Settles the request of a ticket.
    pub fn settle(&mut self, ticket: u32, outcome: Outcome) {
        let held = self.tickets.get_mut(ticket as usize).and_then(Option::take);
        let serial = held.unwrap_or_else(|| panic!("ticket {ticket} settled while it waits for nothing: {outcome:?}"));
        self.free.push(ticket);
        let asked = self.asked.get_mut(&serial).expect("asked");
        assert!(asked.outcome.is_none());
        if let Some(shape) = asked.shape {
            match &outcome {
                Outcome::Reply(value) => {
                    assert!(*value == shape.reply(serial), "request {serial} {shape:?}: other reply")
                }
                Outcome::Text(text) => {
                    assert!(shape.reply(serial).is_like(text), "request {serial} {shape:?}: other text")
                }
                _ => {}
            }
        }
        asked.outcome = Some(outcome);
    }

    /// Allocates a block for a connection.
    pub fn allocate(&mut self, serial: u32, size: usize) -> Box<dyn Block> {
        self.made_blocks += 1;
        self.block_sizes.push(size);
        self.blocks.insert(serial as i32, self.made_blocks);
        Box::new(TestBlock { number: self.made_blocks, bytes: vec![b'?'; size], kept: Rc::clone(&self.kept) })
    }

    /// Releases the block of a connection that has ended.
    pub fn forget_block(&mut self, block: i32) {
        assert!(self.blocks.remove(&block).is_some(), "JS has no block {block}");
    }

    /// The block with this number.
    fn block(&self, number: i32) -> u64 {
        *self.blocks.get(&number).unwrap_or_else(|| panic!("JS has no block for area {number}"))
    }

    /// Handles a batch. `area` is the shared receive area, `current` the bytes of the block that the link uses now.
    pub fn dispatch(&mut self, batch: &Batch, area: &[u8], current: Option<&[u8]>) {
        let words = &batch.words;
        let (count, number, ends) = (words[inbox::COUNT], words[inbox::BLOCK], words[inbox::LAST] == 1);
        let block = (number != 0).then(|| self.block(number));
        let kept = block.and_then(|block| self.kept.borrow().get(&block).cloned());
        // JS may detach or free a block that ends here, while later replies in it are still to be parsed.
        assert!(number == 0 || !ends || kept.is_some(), "JS is given a block that the engine still uses");
        let lent = || current.expect("the block is in use by the engine");
        let bytes = block.map_or(area, |_| kept.as_deref().unwrap_or_else(lent));
        self.batches.push(count as usize);
        let mut used = vec![false; batch.arguments.len()];
        let mut at = inbox::HEADER;
        for _ in 0..count {
            let ticket = words[at];
            at += 1;
            let traced = self.traced(ticket, &words[at..]);
            if traced > 0 {
                at += traced;
                continue;
            }
            let op = words[at];
            let kind = if ticket >= 0 && kind_of(op) == STRING_ARGUMENT as u8 { STRING_ARGUMENT } else { op & !SIMPLE };
            match kind {
                _ if ticket == tickets::PUSH || ticket == tickets::MONITOR_LINE => {
                    at += 1 + self.unasked(ticket, op as u32, &words[at + 1..], bytes);
                }
                DONE => {
                    self.settle(ticket as u32, Outcome::Reply(Value::Done));
                    at += 1;
                }
                FAILURE => {
                    self.settle(ticket as u32, Outcome::Failed(words[at + 1] & 0xff, words[at + 1] >> 8));
                    at += 2;
                }
                TEXT => {
                    let start = words[at + 1] as usize;
                    let text = &batch.text[start..start + words[at + 2] as usize];
                    self.settle(ticket as u32, Outcome::Text(text.to_vec()));
                    at += 3;
                }
                STRING_ARGUMENT => {
                    let number = (op >> ARGUMENT) as usize;
                    used[number] = true;
                    self.settle(ticket as u32, Outcome::Text(string_argument(batch, number, area)));
                    at += 1;
                }
                _ => {
                    let value = Value::read(View::new(&words[at..], bytes));
                    if let (Some(block), Value::Blob(blob)) = (block, &value) {
                        self.handed.push((block, words[at + 1] as usize, blob.clone()));
                    }
                    self.settle(ticket as u32, Outcome::Reply(value));
                    at += check_parts(&words[at..], bytes, batch, &mut used);
                }
            }
        }
        assert_eq!(self.trace, None, "a trace of nothing");
        assert_eq!(at, words.len(), "words that belong to no item");
        assert!(used.iter().all(|used| *used), "strings that belong to no item");
        if number != 0 && ends {
            self.blocks.remove(&number);
        }
    }

    /// Takes note of a trace, which stands before the error or failure that it is of. Returns the number of its words.
    fn traced(&mut self, ticket: i32, words: &[i32]) -> usize {
        if let Some(trace) = self.trace.take() {
            assert_eq!(trace[1], ticket, "a trace stands before another request");
            assert!(kind_of(words[0]) == SIMPLE_ERROR || words[0] == FAILURE, "a trace of a success");
            self.traces.push(trace);
        }
        if ticket != tickets::TRACE {
            return 0;
        }
        self.trace = words[..7].try_into().ok();
        7
    }

    /// Records a push or a MONITOR line. Returns the number of its words.
    fn unasked(&mut self, ticket: i32, link: u32, words: &[i32], bytes: &[u8]) -> usize {
        if ticket == tickets::MONITOR_LINE {
            self.lines += 1;
            return extent(words);
        }
        let (kind, value) = (words[0], &words[1..]);
        let items = View::new(value, bytes).items().map(Value::read).collect();
        self.pushes.push((link, kind, Value::List(items)));
        1 + extent(value)
    }

    /// Checks that blocks which JS uses without copying have not been overwritten.
    pub fn check_handed(&self) {
        let kept = self.kept.borrow();
        for (block, start, bytes) in &self.handed {
            if let Some(memory) = kept.get(block) {
                assert!(memory[*start..*start + bytes.len()] == bytes[..], "a reply that JS holds was written over");
            }
        }
    }

    /// Whether JS holds a block for a link.
    pub fn has_block(&self, serial: u32) -> bool {
        self.blocks.contains_key(&(serial as i32))
    }

    /// The number of blocks that JS still holds for links.
    pub fn held_blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Returns the serials of pending requests.
    pub fn waiting(&self) -> Vec<u32> {
        self.tickets.iter().flatten().copied().collect()
    }

    /// Returns the names of the events of a link, in order.
    pub fn told(&self, link: u32) -> Vec<&'static str> {
        self.events.iter().filter(|(of, _)| *of == link).map(|(_, event)| name_of(event)).collect()
    }
}

/// Checks, for the value at the start of `words`, that strings marked as parts of a window have the bytes of that part.
/// Returns the number of its words.
fn check_parts(words: &[i32], bytes: &[u8], batch: &Batch, used: &mut [bool]) -> usize {
    let (mut at, end) = (0, extent(words));
    while at < end {
        if kind_of(words[at]) == BLOB_STRING && words[at] & PART != 0 {
            let (number, place) = ((words[at] >> ARGUMENT) as usize, (words[at] >> PART_START & 0xff) as usize);
            let (start, length) = (words[at + 1] as usize, words[at + 2] as usize);
            let Argument::Window(range) = &batch.arguments[number] else { panic!("a string, no window") };
            let window = &batch.windows.bytes()[range.start as usize..range.end as usize];
            assert_eq!(window[place..place + length], bytes[start..start + length]);
            used[number] = true;
        }
        at += width(words[at]);
    }
    end
}

/// A one-word name for an event.
pub fn name_of(event: &LinkEvent) -> &'static str {
    match event {
        LinkEvent::Connected => "connected",
        LinkEvent::Ask { what: Question::Endpoint, .. } => "endpoint?",
        LinkEvent::Ask { what: Question::Lookup { .. }, .. } => "lookup?",
        LinkEvent::Ask { what: Question::Identity { .. }, .. } => "identity?",
        LinkEvent::Ask { what: Question::Credentials, .. } => "credentials?",
        LinkEvent::Ask { what: Question::Retry { .. }, .. } => "disconnected",
        LinkEvent::Ready { .. } => "ready",
        LinkEvent::LostWhileClosing { .. } => "lost",
        LinkEvent::HandedOver { .. } => "handed over",
        LinkEvent::HandOverFailed { .. } => "hand-over failed",
        LinkEvent::Protocol { .. } => "protocol",
        LinkEvent::SubscriptionRefused { .. } => "subscription refused",
        LinkEvent::CommandRefused { .. } => "command refused",
        LinkEvent::CacheNews => "cache news",
        LinkEvent::BlockDropped { .. } => "block dropped",
        LinkEvent::Reconnecting => "reconnecting",
        LinkEvent::Ended => "ended",
        LinkEvent::ShardedChannelMoved { .. } => "moved",
        LinkEvent::NodeAdded { .. } => "node added",
        LinkEvent::NodeRemoved { .. } => "node removed",
        LinkEvent::Topology { .. } => "topology",
        LinkEvent::SlotMoved { .. } => "slot moved",
        LinkEvent::RefusedBefore { .. } => "refused before",
        LinkEvent::Discovered { .. } => "discovered",
        LinkEvent::NotDiscovered { .. } => "not discovered",
        LinkEvent::Unreachable => "unreachable",
        LinkEvent::Maintenance { .. } => "maintenance",
        LinkEvent::MaintenanceIgnored { .. } => "maintenance ignored",
        LinkEvent::Relaxed { on: true } => "relaxed",
        LinkEvent::Relaxed { on: false } => "unrelaxed",
    }
}

/// Returns what the connection with this block has received, if one of these links has it.
pub fn received_in<'a>(
    engine: &mut Engine,
    ids: impl Iterator<Item = &'a u32>,
    area: &[u8],
    block: i32,
) -> Option<Vec<u8>> {
    ids.copied().find_map(|id| {
        let (connection, _) = engine.link(id)?.connection_by(block as u32)?;
        Some(connection.input.filled(area).to_vec())
    })
}

/// A string that came with a batch. It is taken from the shared area, whatever block the batch refers to.
fn string_argument(batch: &Batch, number: usize, area: &[u8]) -> Vec<u8> {
    let Argument::Area(range) = &batch.arguments[number] else { panic!("a window, no string") };
    area[range.start as usize..range.end as usize].to_vec()
}
