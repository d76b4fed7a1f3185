//! A server for one connection: reads what the engine wrote, and executes the commands one by one.

use std::collections::{BTreeSet, VecDeque};

use oxredis::engine::connection::ConnectionKey;
use oxredis::proto::parser::{Limits, Parser};
use oxredis::proto::tape::Tape;

use crate::net::SharedWire;
use crate::values::{Shape, Value};

/// One connection, as the server sees it.
pub struct Server {
    pub wire: SharedWire,
    /// The key of the connection in the engine.
    pub key: ConnectionKey,
    parser: Parser,
    /// The position in `wire.written` where the parser's input begins.
    parsed: usize,
    /// Commands received and not executed, as text.
    pub inbox: VecDeque<String>,
    /// Bytes of replies that have not been sent to the engine.
    pub outbox: VecDeque<u8>,
    /// The serials of the user's commands that arrived completely, in order.
    pub arrived: Vec<u32>,
    /// The kind (``, `p` or `s`) and the name of each subscription.
    subscribed: BTreeSet<(String, String)>,
    monitoring: bool,
    in_multi: bool,
}

impl Server {
    pub fn new(wire: SharedWire, key: ConnectionKey) -> Self {
        Self {
            wire,
            key,
            parser: Parser::new(Limits::default()),
            parsed: 0,
            inbox: VecDeque::new(),
            outbox: VecDeque::new(),
            arrived: Vec::new(),
            subscribed: BTreeSet::new(),
            monitoring: false,
            in_multi: false,
        }
    }

    /// Receives what the engine wrote since the last call.
    pub fn receive(&mut self) {
        let wire = self.wire.borrow();
        let input = &wire.written[self.parsed..];
        let mut tape = Tape::new();
        self.parser.parse(input, &mut tape, usize::MAX).expect("the engine writes RESP");
        for reply in tape.replies() {
            let words: Vec<_> = tape.view(reply, input).items().map(|item| item.text().to_vec()).collect();
            let text = String::from_utf8(words.join(&b' ')).expect("text");
            if let Some(serial) = serial_of(&text) {
                self.arrived.push(serial);
            }
            self.inbox.push_back(text);
        }
        let start = self.parser.reply_start();
        self.parser.shift(start);
        self.parsed += start;
    }

    /// Returns the beginning of a command whose end did not arrive.
    pub fn unfinished(&self) -> Vec<u8> {
        self.wire.borrow().written[self.parsed..].to_vec()
    }

    /// Executes the next command. Returns false if there is none.
    pub fn execute(&mut self) -> bool {
        self.receive();
        let Some(command) = self.inbox.pop_front() else { return false };
        if self.monitoring && command != "RESET" {
            self.answer(&Value::Line(format!("1339518083.107412 [0 127.0.0.1:6] \"{command}\"").into_bytes()));
        }
        let words: Vec<_> = command.split(' ').collect();
        match words[0] {
            "HELLO" => self.outbox.extend(b"%1\r\n+proto\r\n:3\r\n"),
            "X" => {
                self.in_multi = words[4] == "chain";
                let serial = words[5].parse().expect("a serial");
                self.answer(&Shape::of(&words[1..]).reply(serial));
            }
            word @ ("subscribe" | "psubscribe" | "ssubscribe") => words[1..].iter().for_each(|name| {
                self.subscribed.insert((word.replace("subscribe", ""), (*name).to_owned()));
                self.push(word, Some(name));
            }),
            word @ ("unsubscribe" | "punsubscribe" | "sunsubscribe") => {
                let kind = word.replace("unsubscribe", "");
                let all: Vec<_> = self.subscribed.iter().filter(|(of, _)| *of == kind).cloned().collect();
                let names: Vec<&str> =
                    if words.len() > 1 { words[1..].to_vec() } else { all.iter().map(|(_, name)| &name[..]).collect() };
                for name in &names {
                    self.subscribed.remove(&(kind.clone(), (*name).to_owned()));
                    self.push(word, Some(name));
                }
                if names.is_empty() {
                    self.push(word, None);
                }
            }
            "MONITOR" => {
                self.monitoring = true;
                self.answer(&Value::Line(b"OK".to_vec()));
            }
            "RESET" => {
                assert!(!self.in_multi, "RESET within a chain");
                self.monitoring = false;
                self.subscribed.clear();
                self.answer(&Value::Line(b"RESET".to_vec()));
            }
            _ => self.answer(&Value::Line(b"OK".to_vec())),
        }
        true
    }

    /// Whether the channel is subscribed.
    pub fn is_subscribed(&self, channel: &str) -> bool {
        self.subscribed.contains(&(String::new(), channel.to_owned()))
    }

    /// Sends a message, if the channel is subscribed.
    pub fn publish(&mut self, channel: &str) {
        if self.is_subscribed(channel) {
            self.outbox
                .extend(format!(">3\r\n$7\r\nmessage\r\n${}\r\n{channel}\r\n$2\r\nhi\r\n", channel.len()).bytes());
        }
    }

    /// Sends arbitrary bytes to the engine.
    pub fn push_raw(&mut self, text: &str) {
        self.outbox.extend(text.bytes());
    }

    /// Delivers at most `most` bytes of the replies.
    pub fn deliver(&mut self, most: usize) {
        let count = most.min(self.outbox.len());
        let (first, second) = self.outbox.as_slices();
        let split = count.min(first.len());
        let mut wire = self.wire.borrow_mut();
        wire.inbound.extend(&first[..split]);
        wire.inbound.extend(&second[..count - split]);
        drop(wire);
        self.outbox.drain(..count);
    }

    fn answer(&mut self, value: &Value) {
        let mut bytes = Vec::new();
        value.write(&mut bytes);
        self.outbox.extend(&bytes);
    }

    fn push(&mut self, word: &str, channel: Option<&str>) {
        let name = channel.map_or("_\r\n".to_owned(), |name| format!("${}\r\n{name}\r\n", name.len()));
        self.outbox.extend(format!(">3\r\n${}\r\n{word}\r\n{name}:1\r\n", word.len()).bytes());
    }
}

/// Returns the serial of a user's command; `None` if it is another command.
pub fn serial_of(command: &str) -> Option<u32> {
    command.starts_with("X ").then(|| command.split(' ').nth(5).expect("a serial").parse().expect("a number"))
}

/// Encodes a user's command.
pub fn encode(serial: u32, shape: Shape, chain: bool) -> Vec<u8> {
    let text = format!("X {} {} {serial}", shape.words(), if chain { "chain" } else { "end" });
    let mut bytes = format!("*{}\r\n", text.split(' ').count()).into_bytes();
    for word in text.split(' ') {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
    }
    bytes
}
