//! A server as a model: it executes commands one by one and keeps its frames until they are delivered.

use std::collections::{BTreeSet, VecDeque};

use oxredis::config::RespVersion;
use oxredis::proto::command::SubscriptionKind::{self, Channels, Patterns, Sharded};

use crate::script::{commands, frame};

/// What a frame is, which the session has to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The reply to the command with this slot.
    Reply(u32),
    /// A published message.
    Message,
    /// A line of MONITOR.
    Line,
    /// Acknowledgements, handshake, ends of sharded subscriptions.
    Other,
}

pub struct Server {
    resp: RespVersion,
    /// Received and not executed.
    pub inbox: VecDeque<String>,
    /// Sent and not delivered.
    pub outbox: VecDeque<(String, Meaning)>,
    pub subscribed: [BTreeSet<String>; 3],
    pub monitoring: bool,
}

impl Server {
    /// A new connection to a server that knows this protocol at most.
    pub fn new(resp: RespVersion) -> Self {
        let subscribed = Default::default();
        Self { resp, inbox: VecDeque::new(), outbox: VecDeque::new(), subscribed, monitoring: false }
    }

    pub fn receive(&mut self, bytes: &[u8]) {
        self.inbox.extend(commands(bytes));
    }

    /// Executes the next command, if there is one.
    pub fn execute(&mut self) {
        let Some(command) = self.inbox.pop_front() else { return };
        if self.monitoring && command != "RESET" {
            self.send(format!("+1339518083.107412 [0 127.0.0.1:6] \"{command}\"\r\n"), Meaning::Line);
        }
        let (name, rest) = command.split_once(' ').unwrap_or((&command, ""));
        match name {
            "PING" | "LIST" => self.answer(name, rest),
            "HELLO" if self.resp == RespVersion::V2 => self.send("-ERR unknown command 'HELLO'\r\n", Meaning::Other),
            "HELLO" => self.send("%1\r\n+proto\r\n:3\r\n", Meaning::Other),
            "RESET" => {
                self.subscribed = Default::default();
                self.monitoring = false;
                self.send("+RESET\r\n", Meaning::Other);
            }
            "subscribe" => self.subscribe(Channels, name, rest),
            "psubscribe" => self.subscribe(Patterns, name, rest),
            "ssubscribe" => self.subscribe(Sharded, name, rest),
            "unsubscribe" => self.unsubscribe(Channels, name, rest),
            "punsubscribe" => self.unsubscribe(Patterns, name, rest),
            "sunsubscribe" => self.unsubscribe(Sharded, name, rest),
            _ => {
                self.monitoring |= name == "MONITOR";
                self.send("+OK\r\n", Meaning::Other);
            }
        }
    }

    /// Publishes to a channel (or a pattern's channel); a message goes out if it is subscribed.
    pub fn publish(&mut self, kind: SubscriptionKind, name: &str) {
        if !self.subscribed[kind as usize].contains(name) {
            return;
        }
        let message = match kind {
            Channels => self.pub_sub(&["message", name, "1"]),
            Patterns => self.pub_sub(&["pmessage", name, name, "1"]),
            Sharded => self.pub_sub(&["smessage", name, "1"]),
        };
        self.send(message, Meaning::Message);
    }

    /// Ends a sharded subscription, as when its slot moves.
    pub fn migrate(&mut self, name: &str) {
        if self.subscribed[Sharded as usize].remove(name) {
            let ended = self.pub_sub(&["sunsubscribe", name, ":0"]);
            self.send(ended, Meaning::Other);
        }
    }

    /// `LIST` answers what looks like a message.
    fn answer(&mut self, name: &str, slot: &str) {
        let pub_sub_mode = self.resp == RespVersion::V2 && self.subscribed.iter().any(|names| !names.is_empty());
        let text = match name {
            "LIST" if pub_sub_mode || self.monitoring => format!("-ERR not now: {slot}\r\n"),
            "LIST" => frame('*', &["message", "a", slot]),
            _ if pub_sub_mode => frame('*', &["pong", slot]),
            _ => format!("${}\r\n{slot}\r\n", slot.len()),
        };
        self.send(text, Meaning::Reply(slot.parse().expect("a slot")));
    }

    fn subscribe(&mut self, kind: SubscriptionKind, word: &str, names: &str) {
        for name in names.split(' ') {
            self.subscribed[kind as usize].insert(name.to_owned());
            let acknowledgement = self.pub_sub(&[word, name, ":1"]);
            self.send(acknowledgement, Meaning::Other);
        }
    }

    fn unsubscribe(&mut self, kind: SubscriptionKind, word: &str, names: &str) {
        let subscribed = &mut self.subscribed[kind as usize];
        let mut names: Vec<String> = match names {
            "" => subscribed.iter().rev().cloned().collect(),
            names => names.split(' ').map(str::to_owned).collect(),
        };
        names.iter().for_each(|name| _ = subscribed.remove(name));
        if names.is_empty() {
            names.push("nil".to_owned());
        }
        for name in names {
            let acknowledgement = self.pub_sub(&[word, &name, ":0"]);
            self.send(acknowledgement, Meaning::Other);
        }
    }

    fn pub_sub(&self, parts: &[&str]) -> String {
        frame(if self.resp == RespVersion::V3 { '>' } else { '*' }, parts)
    }

    fn send(&mut self, text: impl Into<String>, meaning: Meaning) {
        self.outbox.push_back((text.into(), meaning));
    }
}
