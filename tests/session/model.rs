//! Under any interleaving of requests, replies, messages and losses, each ticket is settled once, in order, with its
//! own reply.

use std::collections::{BTreeSet, VecDeque};

use oxredis::boundary::PushKind;
use oxredis::config::{Credentials, RespVersion};
use oxredis::proto::command::{Request, SubscriptionKind, write_command};
use oxredis::proto::session::Accepted;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::script::{Script, bare, channels, command, full, raw};
use crate::server::{Meaning, Server, raw_word};

const NAMES: [&str; 2] = ["a", "b"];

#[derive(Debug, Clone)]
enum Act {
    /// `PING`, or `LIST`, whose reply looks like a message.
    Command(&'static str),
    Subscribe(SubscriptionKind, Vec<&'static str>),
    Unsubscribe(SubscriptionKind, Option<Vec<&'static str>>),
    /// A user's SUBSCRIBE or UNSUBSCRIBE command: the kind, whether it unsubscribes, the channels (none: all).
    Raw(SubscriptionKind, bool, Vec<&'static str>),
    /// Such a command for one channel, in a transaction.
    Transaction(SubscriptionKind, bool, &'static str),
    /// The server subscribes or unsubscribes without a request.
    Unasked(SubscriptionKind, bool, &'static str),
    /// The server reports the end of a subscription that never existed.
    Lie(SubscriptionKind),
    Monitor,
    Reset,
    /// The server executes some commands.
    Execute(usize),
    /// Some frames of the server arrive.
    Deliver(usize),
    Publish(SubscriptionKind, &'static str),
    Migrate(&'static str),
    /// The connection is lost; the next server refuses these channels.
    Cut(Vec<&'static str>),
}

fn act() -> impl Strategy<Value = Act> {
    let kind = || prop::sample::select(&SubscriptionKind::ALL[..]);
    let name = || prop::sample::select(&NAMES[..]);
    prop_oneof![
        4 => prop::sample::select(&["PING", "LIST"][..]).prop_map(Act::Command),
        4 => (kind(), vec(name(), 1..4)).prop_map(|(kind, names)| Act::Subscribe(kind, names)),
        3 => (kind(), prop::option::of(vec(name(), 1..4))).prop_map(|(kind, names)| Act::Unsubscribe(kind, names)),
        5 => (1..4usize).prop_map(Act::Execute),
        5 => (1..6usize).prop_map(Act::Deliver),
        4 => (kind(), name()).prop_map(|(kind, name)| Act::Publish(kind, name)),
        3 => name().prop_map(Act::Migrate),
        3 => (kind(), vec(name(), 1..4)).prop_map(|(kind, names)| Act::Raw(kind, false, names)),
        3 => (kind(), vec(name(), 0..3)).prop_map(|(kind, names)| Act::Raw(kind, true, names)),
        3 => (kind(), any::<bool>(), name()).prop_map(|(kind, ends, name)| Act::Transaction(kind, ends, name)),
        3 => (kind(), any::<bool>(), name()).prop_map(|(kind, ends, name)| Act::Unasked(kind, ends, name)),
        2 => kind().prop_map(Act::Lie),
        1 => Just(Act::Monitor),
        1 => Just(Act::Reset),
        1 => vec(name(), 0..2).prop_map(Act::Cut),
    ]
}

/// The session, its server, and the tickets that are still to be settled.
struct World {
    script: Script,
    server: Server,
    resp: RespVersion,
    waiting: VecDeque<u32>,
    /// Tickets that acknowledgements may settle.
    pub_sub: BTreeSet<u32>,
    next_ticket: u32,
}

impl World {
    fn new(resp: RespVersion, everything: bool) -> Self {
        let config = if everything { full(RespVersion::V3) } else { bare(RespVersion::V3) };
        let mut world = Self {
            script: Script::new(config),
            server: Server::new(resp),
            resp,
            waiting: VecDeque::new(),
            pub_sub: BTreeSet::new(),
            next_ticket: 1,
        };
        world.connect(&[]);
        world
    }

    fn connect(&mut self, denied: &[&str]) {
        self.server = Server::new(self.resp);
        self.server.denied = denied.iter().map(|name| (*name).to_owned()).collect();
        self.script.open(&Credentials::default());
        self.settle();
        assert!(self.script.session.is_ready());
        assert_eq!(self.script.session.resp(), self.resp);
        self.compare();
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Command(name) => {
                let ticket = self.send(command);
                write_command(&mut self.script.out, &[name.as_bytes(), ticket.to_string().as_bytes()]);
            }
            Act::Subscribe(kind, names) => _ = self.send(|ticket| Request::subscribe(ticket, kind, channels(&names))),
            Act::Unsubscribe(kind, names) => {
                self.send(|ticket| Request::unsubscribe(ticket, kind, names.as_deref().map(channels)));
            }
            Act::Raw(kind, ends, names) => self.raw(kind, ends, &names),
            Act::Transaction(kind, ends, name) => {
                for word in ["MULTI", "", "LIST", "EXEC"] {
                    if word.is_empty() {
                        self.raw(kind, ends, &[name]);
                        continue;
                    }
                    let ticket = self.send(command);
                    write_command(&mut self.script.out, &[word.as_bytes(), ticket.to_string().as_bytes()]);
                }
            }
            Act::Unasked(kind, ends, name) => self.server.push_unasked(kind, ends, name),
            Act::Lie(kind) => self.server.lie(kind),
            Act::Monitor => _ = self.send(|ticket| Request::Monitor { ticket }),
            Act::Reset => _ = self.send(|ticket| Request::Reset { ticket }),
            Act::Execute(count) => (0..count).for_each(|_| self.server.execute()),
            Act::Deliver(count) => (0..count).for_each(|_| self.deliver()),
            Act::Publish(kind, name) => self.server.publish(kind, name),
            Act::Migrate(name) => self.server.migrate(name),
            Act::Cut(denied) => {
                let lost: Vec<_> = self.script.end().iter().map(Request::ticket).collect();
                assert_eq!(lost, self.waiting.drain(..).collect::<Vec<_>>());
                self.connect(&denied);
            }
        }
        self.flush();
    }

    fn raw(&mut self, kind: SubscriptionKind, ends: bool, names: &[&str]) {
        let word = raw_word(kind, ends);
        let ticket = self.send(|ticket| raw(ticket, &[&[word], names].concat())).to_string();
        // For the model of the server, the ticket precedes the channels.
        let words: Vec<_> = [word, &ticket].into_iter().chain(names.iter().copied()).map(str::as_bytes).collect();
        write_command(&mut self.script.out, &words);
    }

    /// Sends a request as soon as the session is ready for it.
    fn send(&mut self, request: impl FnOnce(u32) -> Request) -> u32 {
        while !self.script.session.is_ready() {
            self.server.execute();
            self.deliver();
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let request = request(ticket);
        if matches!(request, Request::Raw(_) | Request::Subscribe(_) | Request::Unsubscribe(_)) {
            self.pub_sub.insert(ticket);
        }
        request.encode(&mut self.script.out);
        self.script.session.sent(request);
        self.waiting.push_back(ticket);
        ticket
    }

    fn flush(&mut self) {
        self.server.receive(&std::mem::take(&mut self.script.out));
    }

    fn deliver(&mut self) {
        self.flush();
        let Some((text, meaning)) = self.server.outbox.pop_front() else { return };
        let accepted = self.script.receive_one(&text);
        match (meaning, &accepted) {
            (Meaning::Reply(sent), Accepted::Reply { ticket, flags }) => {
                assert_eq!((sent, sent + 1000), (*ticket, *flags), "{text:?}");
                self.settled(*ticket);
            }
            (Meaning::Other | Meaning::Acknowledgement, Accepted::Settled { ticket, .. }) => self.settled(*ticket),
            (Meaning::Acknowledgement | Meaning::Denied, Accepted::Reply { ticket, .. }) => {
                assert!(self.pub_sub.contains(ticket), "{text:?} answers an ordinary command");
                self.settled(*ticket);
            }
            (Meaning::Denied, Accepted::Absorbed | Accepted::Ready | Accepted::NotRestored { .. }) => {}
            (Meaning::Acknowledgement, Accepted::Push(_)) if text.starts_with('>') => {}
            (
                Meaning::Message,
                Accepted::Push(PushKind::Message | PushKind::PatternMessage | PushKind::ShardedMessage),
            )
            | (Meaning::Line, Accepted::MonitorLine) => {}
            (
                Meaning::Other | Meaning::Acknowledgement,
                Accepted::Absorbed | Accepted::Ready | Accepted::ShardedChannelMoved { ready: false, .. },
            ) => {}
            _ => panic!("{text:?} is {meaning:?}, not {accepted:?}"),
        }
        self.flush();
        assert_eq!(self.script.session.in_flight(), self.waiting.len());
    }

    fn settled(&mut self, ticket: u32) {
        assert_eq!(self.waiting.pop_front(), Some(ticket), "settled out of order");
    }

    /// Executes and delivers everything.
    fn settle(&mut self) {
        self.flush();
        while !(self.server.inbox.is_empty() && self.server.outbox.is_empty()) {
            self.server.execute();
            while !self.server.outbox.is_empty() {
                self.deliver();
            }
        }
    }

    /// Checks that session and server have the same subscriptions.
    fn compare(&self) {
        let live = self.script.session.live();
        for kind in SubscriptionKind::ALL {
            let names = &self.server.subscribed[kind as usize];
            assert_eq!(live.count(kind), names.len());
            assert!(names.iter().all(|name| live.contains(kind, name.as_bytes())));
        }
        assert_eq!(self.script.wishes.is_monitoring(), self.server.monitoring);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_ticket_is_lost_or_mistaken(resp3: bool, everything: bool, acts in vec(act(), 1..80)) {
        let resp = if resp3 { RespVersion::V3 } else { RespVersion::V2 };
        let mut world = World::new(resp, everything);
        for act in acts {
            world.act(act);
        }
        world.settle();
        prop_assert!(world.waiting.is_empty(), "never settled: {:?}", world.waiting);
        prop_assert!(world.script.session.is_idle() && world.script.session.is_ready());
        world.compare();
    }
}
