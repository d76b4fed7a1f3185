//! A session whose server is the test itself.

use bytes::Bytes;
use oxredis::config::{ClientInfo, Credentials, MaintNotifications, RespVersion, SessionConfig};
use oxredis::error::ErrorKind;
use oxredis::proto::command::{NO_SLOT, RawPubSub, Request, SubscriptionKind, write_command};
use oxredis::proto::parser::{Limits, Parser};
use oxredis::proto::session::{Accepted, Session, Settled};
use oxredis::proto::tape::{Tape, View};
use oxredis::proto::wishes::Wishes;

/// Settings with nothing to set up but the protocol.
pub fn bare(resp: RespVersion) -> SessionConfig {
    SessionConfig {
        resp,
        name: None,
        database: 0,
        readonly: false,
        client_info: None,
        tracking: None,
        keeps_commands: false,
        maint_notifications: None,
    }
}

/// Settings with everything that a handshake can set up.
pub fn full(resp: RespVersion) -> SessionConfig {
    SessionConfig {
        resp,
        name: Some("tour".into()),
        database: 3,
        readonly: true,
        client_info: Some(ClientInfo { lib_name: "oxredis(x)".into(), lib_version: "0.1.0".into() }),
        tracking: Some(words("CLIENT TRACKING ON OPTIN")),
        keeps_commands: false,
        maint_notifications: Some(MaintNotifications { endpoint_type: "external-ip".into(), required: false }),
    }
}

pub fn credentials(username: Option<&str>, password: Option<&str>) -> Credentials {
    Credentials { username: username.map(Into::into), password: password.map(Into::into) }
}

/// Splits a command into words.
pub fn words(command: &str) -> Vec<Vec<u8>> {
    command.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

pub fn channels(names: &[&str]) -> Vec<Bytes> {
    names.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect()
}

pub fn command(ticket: u32) -> Request {
    Request::Command { ticket, flags: ticket + 1000, slot: NO_SLOT, timeout: 0 }
}

pub fn reply(ticket: u32) -> Accepted {
    Accepted::Reply { ticket, flags: ticket + 1000 }
}

/// The result for an error reply to one of the engine's own requests.
pub fn failed(ticket: u32) -> Accepted {
    Accepted::Reply { ticket, flags: 0 }
}

pub fn subscribed(ticket: u32) -> Accepted {
    Accepted::Settled { ticket, what: Settled::Subscribed }
}

pub fn unsubscribed(ticket: u32) -> Accepted {
    Accepted::Settled { ticket, what: Settled::Unsubscribed }
}

pub fn monitoring(ticket: u32) -> Accepted {
    Accepted::Settled { ticket, what: Settled::Monitoring }
}

pub fn was_reset(ticket: u32) -> Accepted {
    Accepted::Settled { ticket, what: Settled::Reset }
}

/// Creates a user's command of the SUBSCRIBE family.
pub fn raw(ticket: u32, words: &[&str]) -> Request {
    let mut bytes = Vec::new();
    write_command(&mut bytes, &words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>());
    Request::Raw(Box::new(RawPubSub::read(ticket, ticket + 1000, &bytes).expect("SUBSCRIBE or its kin")))
}

/// Returns the kind and text of the error in a `Refused` or `Surplus`.
pub fn reason(accepted: &Accepted) -> (ErrorKind, &str) {
    match accepted {
        Accepted::Refused(error) | Accepted::Surplus(error) => (error.kind, &error.message),
        other => panic!("no error: {other:?}"),
    }
}

/// Writes a pub/sub frame: a push for `>`, an array for `*`. The last element of `parts` may be a number (`:1`).
pub fn frame(kind: char, parts: &[&str]) -> String {
    let mut text = format!("{kind}{}\r\n", parts.len());
    for part in parts {
        match *part {
            "nil" => text.push_str("$-1\r\n"),
            number if number.starts_with(':') => text.push_str(&format!("{number}\r\n")),
            blob => text.push_str(&format!("${}\r\n{blob}\r\n", blob.len())),
        }
    }
    text
}

/// Parses `bytes`, which must be complete, and passes each value to `each`.
pub fn each_value(bytes: &[u8], mut each: impl FnMut(View<'_>)) {
    let mut tape = Tape::new();
    Parser::new(Limits::default()).parse(bytes, &mut tape, usize::MAX).expect("valid RESP");
    assert_eq!(tape.replies().last().map_or(0, |last| last.bytes.end as usize), bytes.len(), "incomplete RESP");
    tape.replies().iter().for_each(|reply| each(tape.view(reply, bytes)));
}

/// Returns the commands in `bytes`, with arguments joined by spaces.
pub fn commands(bytes: &[u8]) -> Vec<String> {
    let mut commands = Vec::new();
    each_value(bytes, |command| {
        let arguments: Vec<_> = command.items().map(|item| String::from_utf8_lossy(item.text())).collect();
        commands.push(arguments.join(" "));
    });
    commands
}

pub struct Script {
    pub wishes: Wishes,
    /// The session of the current connection, or of the next one.
    pub session: Session,
    /// What the session has written by itself since the last call of [`Script::written`].
    pub out: Vec<u8>,
}

impl Script {
    pub fn new(config: SessionConfig) -> Self {
        let wishes = Wishes::new(config);
        Self { session: Session::new(&wishes), wishes, out: Vec::new() }
    }

    /// Creates a session after a handshake with nothing to set up.
    pub fn ready(resp: RespVersion) -> Self {
        let mut script = Self::new(bare(resp));
        match resp {
            RespVersion::V3 => {
                assert_eq!(script.begin(&Credentials::default()), ["HELLO 3"]);
                assert_eq!(script.receive("%1\r\n+proto\r\n:3\r\n"), [Accepted::Ready]);
            }
            RespVersion::V2 => assert!(script.begin(&Credentials::default()).is_empty()),
        }
        assert!(script.session.is_ready());
        script
    }

    /// Starts a connection. Returns the commands of the handshake.
    pub fn begin(&mut self, credentials: &Credentials) -> Vec<String> {
        self.open(credentials);
        self.written()
    }

    /// Starts a connection.
    pub fn open(&mut self, credentials: &Credentials) {
        self.wishes.set_credentials(credentials.clone());
        self.session.begin(&self.wishes, &mut self.out);
    }

    /// Ends the connection. Returns the requests that were in flight.
    pub fn end(&mut self) -> Vec<Request> {
        let lost = self.session.end(&mut self.wishes);
        self.session = Session::new(&self.wishes);
        lost
    }

    /// Returns the commands that the session has written by itself since the last call.
    pub fn written(&mut self) -> Vec<String> {
        commands(&std::mem::take(&mut self.out))
    }

    pub fn send(&mut self, requests: impl IntoIterator<Item = Request>) {
        requests.into_iter().for_each(|request| self.session.sent(request));
    }

    pub fn subscribe(&mut self, ticket: u32, kind: SubscriptionKind, names: &[&str]) {
        self.session.sent(Request::subscribe(ticket, kind, channels(names)));
    }

    pub fn unsubscribe(&mut self, ticket: u32, kind: SubscriptionKind, names: Option<&[&str]>) {
        self.session.sent(Request::unsubscribe(ticket, kind, names.map(channels)));
    }

    /// Passes the server's bytes to the session. Returns its result for each reply.
    pub fn receive(&mut self, bytes: &str) -> Vec<Accepted> {
        let mut accepted = Vec::new();
        each_value(bytes.as_bytes(), |value| {
            accepted.push(self.session.accept(value, &mut self.wishes, &mut self.out))
        });
        accepted
    }

    /// Passes a single reply to the session.
    pub fn receive_one(&mut self, bytes: &str) -> Accepted {
        let mut accepted = self.receive(bytes);
        assert_eq!(accepted.len(), 1);
        accepted.remove(0)
    }

    pub fn subscribed(&self, kind: SubscriptionKind) -> Vec<String> {
        let names = self.wishes.subscriptions().channels(kind);
        names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }
}
