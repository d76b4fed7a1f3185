//! Writes the handshake of a connection, and classifies the server's refusals.

use bytes::Bytes;

use super::command::{Request, Subscribe, SubscriptionKind, write_command};
use super::in_flight::{HandshakeStep, InFlight};
use super::server_error::ServerErrorKind;
use super::subscriptions::ChannelSets;
use super::tape::View;
use super::wishes::Wishes;
use crate::config::RespVersion;
use crate::error::{EngineError, ErrorKind};

/// A handshake in one protocol.
pub(super) struct Handshake<'a> {
    /// The settings and state to set up.
    pub(super) wishes: &'a Wishes,
    pub(super) resp: RespVersion,
}

/// Collects the commands of a handshake, and the steps by which their replies are handled.
struct Packet<'a> {
    out: &'a mut Vec<u8>,
    in_flight: &'a mut InFlight,
}

impl Packet<'_> {
    fn add(&mut self, step: HandshakeStep, arguments: &[&[u8]]) {
        write_command(self.out, arguments);
        self.in_flight.push_step(step);
    }

    fn resubscribe(&mut self, kind: SubscriptionKind, channels: Vec<Bytes>) {
        write_resubscribe(kind, channels, self.out, self.in_flight);
    }
}

/// Writes one command that restores subscriptions, and queues its step.
pub(super) fn write_resubscribe(
    kind: SubscriptionKind,
    channels: Vec<Bytes>,
    out: &mut Vec<u8>,
    in_flight: &mut InFlight,
) {
    let subscribe = Subscribe::new(0, kind, channels);
    subscribe.encode(out);
    in_flight.push_resubscribe(subscribe);
}

impl Handshake<'_> {
    /// Writes the whole handshake, in npm `redis`' order, and queues its steps.
    ///
    /// RESP3: HELLO, SELECT, READONLY, SETINFO ×2, TRACKING, MAINT_NOTIFICATIONS, commands that the user set, MONITOR,
    /// subscriptions. RESP2: AUTH, SETNAME, SELECT, READONLY, SETINFO ×2, commands that the user set, MONITOR,
    /// subscriptions.
    pub(super) fn write(&self, out: &mut Vec<u8>, in_flight: &mut InFlight) {
        self.write_opening(out, in_flight);
        self.write_rest(out, in_flight);
    }

    /// Writes the first part: HELLO in RESP3, AUTH and SETNAME in RESP2.
    pub(super) fn write_opening(&self, out: &mut Vec<u8>, in_flight: &mut InFlight) {
        let mut packet = Packet { out, in_flight };
        match self.resp {
            RespVersion::V3 => self.write_hello(&mut packet),
            RespVersion::V2 => self.write_auth(&mut packet),
        }
    }

    /// Writes everything after the first part.
    pub(super) fn write_rest(&self, out: &mut Vec<u8>, in_flight: &mut InFlight) {
        let mut packet = Packet { out, in_flight };
        self.write_settings(&mut packet);
        if self.resp == RespVersion::V3 {
            self.write_resp3_settings(&mut packet);
        }
        self.write_restored(&mut packet);
        if self.wishes.monitor {
            write_monitor(&mut packet);
        }
        write_subscriptions(&self.wishes.subscriptions, &mut packet);
    }

    /// Writes what the link has come to want since `before`, for a connection whose handshake was written then.
    pub(super) fn write_changes(
        &self,
        before: &Wishes,
        missing: &ChannelSets,
        is_monitoring: bool,
        out: &mut Vec<u8>,
        in_flight: &mut InFlight,
    ) {
        let mut packet = Packet { out, in_flight };
        let wishes = self.wishes;
        if wishes.credentials != before.credentials {
            self.write_credentials(&mut packet);
        }
        if wishes.database != before.database {
            packet.add(HandshakeStep::Required, &[b"SELECT", wishes.database.to_string().as_bytes()]);
        }
        if wishes.config.readonly != before.config.readonly {
            packet.add(HandshakeStep::Required, &[if wishes.config.readonly { b"READONLY" } else { b"READWRITE" }]);
        }
        if wishes.restored != before.restored {
            self.write_restored(&mut packet);
        }
        if wishes.monitor && !is_monitoring {
            write_monitor(&mut packet);
        }
        write_subscriptions(missing, &mut packet);
    }

    fn write_restored(&self, packet: &mut Packet<'_>) {
        for (number, command) in (0..).zip(&self.wishes.restored) {
            packet.out.extend_from_slice(command);
            packet.in_flight.push_step(HandshakeStep::Restored(number));
        }
    }

    /// HELLO also authenticates and sets the connection name (redis.io, "HELLO"). A user name without a password is not
    /// sent.
    fn write_hello(&self, packet: &mut Packet<'_>) {
        let mut arguments: Vec<&[u8]> = vec![b"HELLO", b"3"];
        if let Some(password) = given(self.wishes.credentials.password.as_deref()) {
            let username = given(self.wishes.credentials.username.as_deref()).unwrap_or(b"default");
            arguments.extend([b"AUTH", username, password]);
        }
        if let Some(name) = given(self.wishes.config.name.as_deref()) {
            arguments.extend([b"SETNAME", name]);
        }
        packet.add(HandshakeStep::Hello, &arguments);
    }

    fn write_auth(&self, packet: &mut Packet<'_>) {
        self.write_credentials(packet);
        if let Some(name) = given(self.wishes.config.name.as_deref()) {
            packet.add(HandshakeStep::Required, &[b"CLIENT", b"SETNAME", name]);
        }
    }

    /// The form of AUTH with a user name needs Redis 6 (redis.io, "AUTH"), so it is used only if there is a user name.
    fn write_credentials(&self, packet: &mut Packet<'_>) {
        let password = given(self.wishes.credentials.password.as_deref());
        match (given(self.wishes.credentials.username.as_deref()), password) {
            (Some(username), password) => {
                packet.add(HandshakeStep::Required, &[b"AUTH", username, password.unwrap_or(b"")])
            }
            (None, Some(password)) => packet.add(HandshakeStep::Required, &[b"AUTH", password]),
            (None, None) => {}
        }
    }

    fn write_settings(&self, packet: &mut Packet<'_>) {
        if self.wishes.database != 0 {
            packet.add(HandshakeStep::Required, &[b"SELECT", self.wishes.database.to_string().as_bytes()]);
        }
        if self.wishes.config.readonly {
            packet.add(HandshakeStep::Required, &[b"READONLY"]);
        }
        // CLIENT SETINFO exists since Redis 7.2, and client libraries should ignore its errors (redis.io, "CLIENT
        // SETINFO").
        if let Some(info) = &self.wishes.config.client_info {
            packet.add(HandshakeStep::Ignored, &[b"CLIENT", b"SETINFO", b"LIB-VER", info.lib_version.as_bytes()]);
            packet.add(HandshakeStep::Ignored, &[b"CLIENT", b"SETINFO", b"LIB-NAME", info.lib_name.as_bytes()]);
        }
    }

    fn write_resp3_settings(&self, packet: &mut Packet<'_>) {
        if let Some(words) = &self.wishes.config.tracking {
            let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
            packet.add(HandshakeStep::Required, &words);
        }
        let asked = self.wishes.config.maint_notifications.as_ref().zip(self.wishes.endpoint_type.as_ref());
        if let Some((maint, endpoint_type)) = asked {
            let step = if maint.required { HandshakeStep::Required } else { HandshakeStep::Maintenance };
            let endpoint_type = endpoint_type.as_bytes();
            packet.add(step, &[b"CLIENT", b"MAINT_NOTIFICATIONS", b"ON", b"moving-endpoint-type", endpoint_type]);
        }
    }
}

fn write_monitor(packet: &mut Packet<'_>) {
    Request::Monitor { ticket: 0 }.encode(packet.out);
    packet.in_flight.push_step(HandshakeStep::Monitor);
}

/// All channels are restored by one command, and so are all patterns. Sharded channels are restored one by one,
/// because all channels of a command must be in the same hash slot (redis.io, "SSUBSCRIBE").
fn write_subscriptions(subscriptions: &ChannelSets, packet: &mut Packet<'_>) {
    for kind in SubscriptionKind::ALL {
        let channels: Vec<_> = subscriptions.channels(kind).cloned().collect();
        match kind {
            SubscriptionKind::Sharded => {
                channels.into_iter().for_each(|channel| packet.resubscribe(kind, vec![channel]));
            }
            _ if channels.is_empty() => {}
            _ => packet.resubscribe(kind, channels),
        }
    }
}

/// Returns the setting if it is present and not empty: npm `redis` treats an empty name or password as absent.
fn given(setting: Option<&str>) -> Option<&[u8]> {
    setting.filter(|text| !text.is_empty()).map(str::as_bytes)
}

/// Whether an error reply to HELLO proves that the server does not know RESP3: `NOPROTO` (redis.io, "HELLO"), or the
/// command is unknown. Every other error (`NOAUTH`, whose text mentions protocols too, `WRONGPASS`, `NOPERM`,
/// `LOADING`) concerns this attempt only.
pub(super) fn is_resp2_only(error: View<'_>) -> bool {
    ServerErrorKind::of(error.text()) == Some(ServerErrorKind::NoProto) || is_unknown_hello(error.text())
}

/// Recognises `ERR unknown command 'HELLO'`, with other quotes or followed by the arguments: Redis before 6, Valkey and
/// KeyDB where the command was renamed, proxies. Envoy leaves out `ERR`; Pika says `unknown or unsupported`. The text
/// has to be compared, because the error has no code of its own.
fn is_unknown_hello(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let text = text.strip_prefix("err ").unwrap_or(&text);
    let phrases = ["unknown command", "unsupported command", "unknown or unsupported command"];
    let Some(rest) = phrases.iter().find_map(|phrase| text.strip_prefix(phrase)) else { return false };
    let name = rest.trim_start_matches([':', ' ']);
    let quote = name.chars().next().filter(|first| ['\'', '`', '"'].contains(first));
    let bare = quote.map_or(name, |quote| &name[quote.len_utf8()..]);
    let Some(behind) = bare.strip_prefix("hello") else { return false };
    let behind = match quote {
        Some(quote) => behind.strip_prefix(quote).unwrap_or("?"),
        None => behind,
    };
    behind.is_empty() || behind.starts_with([',', ' ', '.'])
}

/// Whether the server will always refuse a subscription: the ACL forbids it, or the server does not know the command.
/// After temporary errors (`LOADING`, `CLUSTERDOWN`, …) the next connection asks again.
pub(super) fn is_refused_for_good(error: View<'_>) -> bool {
    matches!(ServerErrorKind::of(error.text()), Some(ServerErrorKind::NoPerm | ServerErrorKind::Err))
}

/// Converts the server's error to the reason of a failure. For an unknown command the server quotes the arguments,
/// which may include a password: they are left out.
pub(super) fn refusal(error: View<'_>) -> EngineError {
    let text = String::from_utf8_lossy(error.text());
    let end = text.find(", with args").unwrap_or(text.len());
    EngineError::new(ErrorKind::Server, &text[..end])
}

#[cfg(test)]
mod tests {
    use super::super::tape::SIMPLE_ERROR;
    use super::*;

    fn judge<T>(text: &str, judge: impl Fn(View<'_>) -> T) -> T {
        judge(View::new(&[i32::from(SIMPLE_ERROR), 0, text.len() as i32], text.as_bytes()))
    }

    #[test]
    fn only_an_unknown_hello_means_resp2() {
        let unknown = [
            "ERR unknown command 'HELLO'",
            "ERR unknown command `HELLO`, with args beginning with: `3`, ",
            "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'secret' ",
            "ERR unknown command \"hello\"",
            "ERR unknown command hello",
            "ERR unknown command: HELLO",
            "ERR Unknown or unsupported command 'hello'",
            "ERR unsupported command 'hello'",
            "unsupported command 'hello'",
            "NOPROTO unsupported protocol version",
            "NOPROTO sorry, this protocol version is not supported",
        ];
        for text in unknown {
            assert!(judge(text, is_resp2_only), "{text}");
        }
        let others = [
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> \
             <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
            "NOAUTH Authentication required.",
            "WRONGPASS invalid username-password pair or user is disabled.",
            "NOPERM this user has no permissions to run the 'hello' command",
            "LOADING Redis is loading the dataset in memory",
            "ERR Protocol version is not an integer or out of range",
            "ERR unknown command 'GET'",
            "ERR unknown command 'HELLOS'",
            "ERR unknown command 'HELLO",
            "ERR unknown subcommand 'HELLO'",
            "ERR the word before was unknown command 'HELLO'",
            "DENIED unknown command 'HELLO'",
            "NOPROTOCOL",
            "",
        ];
        for text in others {
            assert!(!judge(text, is_resp2_only), "{text}");
        }
    }

    #[test]
    fn arguments_stay_out_of_the_reason() {
        let text = "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'secret' ";
        assert_eq!(judge(text, refusal).message, "ERR unknown command 'HELLO'");
    }
}
