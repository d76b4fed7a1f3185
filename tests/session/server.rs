//! A model of a server: it executes commands one by one, and keeps its frames until they are delivered.

use std::collections::{BTreeSet, VecDeque};

use oxredis::config::RespVersion;
use oxredis::proto::command::SubscriptionKind::{self, Channels, Patterns, Sharded};

use crate::script::{commands, frame};

/// What a frame is; the session has to find that out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The reply to the command with this ticket.
    Reply(u32),
    /// A published message.
    Message,
    /// A line of MONITOR.
    Line,
    /// The error for a subscription that is not allowed.
    Denied,
    /// An acknowledgement, the end of a sharded subscription, or an unrequested push of the same form.
    Acknowledgement,
    /// Replies to the handshake, RESET and MONITOR.
    Other,
}

pub struct Server {
    resp: RespVersion,
    /// Commands received and not executed.
    pub inbox: VecDeque<String>,
    /// Frames sent and not delivered.
    pub outbox: VecDeque<(String, Meaning)>,
    pub subscribed: [BTreeSet<String>; 3],
    pub monitoring: bool,
    /// Channels that may not be subscribed to.
    pub denied: BTreeSet<String>,
    /// The queued commands of a transaction.
    transaction: Option<Vec<String>>,
}

/// Returns the name of a user's command; it is in upper case, unlike the engine's own.
pub fn raw_word(kind: SubscriptionKind, ends: bool) -> &'static str {
    match (kind, ends) {
        (Channels, false) => "SUBSCRIBE",
        (Patterns, false) => "PSUBSCRIBE",
        (Sharded, false) => "SSUBSCRIBE",
        (Channels, true) => "UNSUBSCRIBE",
        (Patterns, true) => "PUNSUBSCRIBE",
        (Sharded, true) => "SUNSUBSCRIBE",
    }
}

impl Server {
    /// Creates a new connection to a server that supports this protocol at most.
    pub fn new(resp: RespVersion) -> Self {
        let subscribed = Default::default();
        Self {
            resp,
            inbox: VecDeque::new(),
            outbox: VecDeque::new(),
            subscribed,
            monitoring: false,
            denied: BTreeSet::new(),
            transaction: None,
        }
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
        if name == "EXEC" || (self.transaction.is_some() && name != "RESET") {
            return self.queue_or_execute(name, rest, &command);
        }
        match name {
            "MULTI" if !self.is_in_pub_sub_mode() => {
                self.transaction = Some(Vec::new());
                self.send("+OK\r\n", Meaning::Reply(ticket_of(rest)));
            }
            "PING" | "LIST" | "MULTI" => self.answer(name, rest),
            "HELLO" if self.resp == RespVersion::V2 => self.send("-ERR unknown command 'HELLO'\r\n", Meaning::Other),
            "HELLO" => self.send("%1\r\n+proto\r\n:3\r\n", Meaning::Other),
            "RESET" => {
                self.subscribed = Default::default();
                self.monitoring = false;
                self.transaction = None;
                self.send("+RESET\r\n", Meaning::Other);
            }
            raw if RAW.contains(&raw) => {
                for text in self.raw(name, rest) {
                    let meaning = if text.starts_with('-') { Meaning::Denied } else { Meaning::Acknowledgement };
                    self.send(text, meaning);
                }
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

    /// Handles a command within a transaction, or EXEC.
    fn queue_or_execute(&mut self, name: &str, rest: &str, command: &str) {
        let meaning = Meaning::Reply(ticket_of(rest));
        let Some(commands) = self.transaction.as_mut() else {
            return self.send("-ERR EXEC without MULTI\r\n", meaning);
        };
        if name != "EXEC" {
            commands.push(command.to_owned());
            return self.send("+QUEUED\r\n", meaning);
        }
        let commands = self.transaction.take().unwrap_or_default();
        let mut reply = format!("*{}\r\n", commands.len());
        for command in commands {
            let (name, rest) = command.split_once(' ').expect("a ticket");
            let element =
                if name == "LIST" { frame('*', &["message", "a", rest]) } else { self.raw(name, rest).concat() };
            reply.push_str(&element);
        }
        self.send(reply, meaning);
    }

    /// Subscribes or unsubscribes without a request, which only RESP3 can report. Does nothing within a transaction or
    /// for a denied channel, because the frame could equal the one that a command waits for which gets another answer.
    pub fn push_unasked(&mut self, kind: SubscriptionKind, ends: bool, name: &str) {
        if self.resp == RespVersion::V2 || self.transaction.is_some() || self.denied.contains(name) {
            return;
        }
        let subscribed = &mut self.subscribed[kind as usize];
        let changed = if ends { subscribed.remove(name) } else { subscribed.insert(name.to_owned()) };
        if changed {
            let push = self.pub_sub(&[&raw_word(kind, ends).to_ascii_lowercase(), name, ":1"]);
            self.send(push, Meaning::Acknowledgement);
        }
    }

    /// Reports the end of a subscription to a channel that nobody subscribed to.
    pub fn lie(&mut self, kind: SubscriptionKind) {
        if self.resp == RespVersion::V3 {
            let push = self.pub_sub(&[&raw_word(kind, true).to_ascii_lowercase(), "never", ":1"]);
            self.send(push, Meaning::Acknowledgement);
        }
    }

    fn is_in_pub_sub_mode(&self) -> bool {
        self.resp == RespVersion::V2 && self.subscribed.iter().any(|names| !names.is_empty())
    }

    /// Publishes to a channel (or to a channel that a pattern matches); sends a message if it is subscribed.
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

    /// Ends a sharded subscription, as when its slot moves. Does nothing within a transaction, which may end it too.
    pub fn migrate(&mut self, name: &str) {
        if self.transaction.is_none() && self.subscribed[Sharded as usize].remove(name) {
            let ended = self.pub_sub(&["sunsubscribe", name, ":0"]);
            self.send(ended, Meaning::Acknowledgement);
        }
    }

    /// Answers a command; the reply to `LIST` looks like a message.
    fn answer(&mut self, name: &str, ticket: &str) {
        let pub_sub_mode = self.is_in_pub_sub_mode();
        let text = match name {
            "MULTI" => format!("-ERR not now: {ticket}\r\n"),
            "LIST" if pub_sub_mode || self.monitoring => format!("-ERR not now: {ticket}\r\n"),
            "LIST" => frame('*', &["message", "a", ticket]),
            _ if pub_sub_mode => frame('*', &["pong", ticket]),
            _ => format!("${}\r\n{ticket}\r\n", ticket.len()),
        };
        self.send(text, Meaning::Reply(ticket.parse().expect("a ticket")));
    }

    fn subscribe(&mut self, kind: SubscriptionKind, word: &str, names: &str) {
        let frames = self.subscribe_frames(kind, word, names);
        for (text, meaning) in frames {
            self.send(text, meaning);
        }
    }

    fn subscribe_frames(&mut self, kind: SubscriptionKind, word: &str, names: &str) -> Vec<(String, Meaning)> {
        if names.split(' ').any(|name| self.denied.contains(name)) {
            return vec![("-NOPERM no permissions\r\n".to_owned(), Meaning::Denied)];
        }
        self.subscribed[kind as usize].extend(names.split(' ').map(str::to_owned));
        names.split(' ').map(|name| (self.pub_sub(&[word, name, ":1"]), Meaning::Acknowledgement)).collect()
    }

    fn unsubscribe(&mut self, kind: SubscriptionKind, word: &str, names: &str) {
        for text in self.unsubscribe_frames(kind, word, names) {
            self.send(text, Meaning::Acknowledgement);
        }
    }

    fn unsubscribe_frames(&mut self, kind: SubscriptionKind, word: &str, names: &str) -> Vec<String> {
        let subscribed = &mut self.subscribed[kind as usize];
        let mut names: Vec<String> = match names {
            "" => subscribed.iter().rev().cloned().collect(),
            names => names.split(' ').map(str::to_owned).collect(),
        };
        names.iter().for_each(|name| _ = subscribed.remove(name));
        if names.is_empty() {
            names.push("nil".to_owned());
        }
        names.iter().map(|name| self.pub_sub(&[word, name, ":0"])).collect()
    }

    /// Returns the frames that answer a user's command, whose arguments are a ticket and channels.
    fn raw(&mut self, name: &str, rest: &str) -> Vec<String> {
        let names = rest.split_once(' ').map_or("", |(_, names)| names);
        let word = name.to_ascii_lowercase();
        let kind = match &word[..2] {
            "ps" | "pu" => Patterns,
            "ss" => Sharded,
            _ if word == "sunsubscribe" => Sharded,
            _ => Channels,
        };
        if word.contains("unsub") {
            return self.unsubscribe_frames(kind, &word, names);
        }
        self.subscribe_frames(kind, &word, names).into_iter().map(|(text, _)| text).collect()
    }

    fn pub_sub(&self, parts: &[&str]) -> String {
        frame(if self.resp == RespVersion::V3 { '>' } else { '*' }, parts)
    }

    fn send(&mut self, text: impl Into<String>, meaning: Meaning) {
        self.outbox.push_back((text.into(), meaning));
    }
}

const RAW: [&str; 6] = ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"];

/// Returns the ticket, which is the first argument of a command.
fn ticket_of(rest: &str) -> u32 {
    rest.split(' ').next().unwrap_or_default().parse().expect("a ticket")
}
