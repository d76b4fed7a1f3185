//! The packet that opens a connection, and the verdict on its replies.

use bytes::Bytes;

use super::command::{Request, Subscribe, SubscriptionKind, write_command};
use super::in_flight::{InFlight, Step};
use super::subscriptions::Subscriptions;
use super::tape::View;
use crate::config::{Credentials, RespVersion, SessionConfig};
use crate::error::{EngineError, ErrorKind};

/// What a handshake sets up.
pub(super) struct Handshake<'a> {
    pub(super) config: &'a SessionConfig,
    pub(super) credentials: &'a Credentials,
    pub(super) resp: RespVersion,
    pub(super) database: u32,
    pub(super) monitor: bool,
    pub(super) subscriptions: &'a Subscriptions,
}

/// Collects commands and what their replies mean.
struct Packet<'a> {
    out: &'a mut Vec<u8>,
    in_flight: &'a mut InFlight,
}

impl Packet<'_> {
    fn add(&mut self, step: Step, arguments: &[&[u8]]) {
        write_command(self.out, arguments);
        self.in_flight.push_step(step);
    }

    fn resubscribe(&mut self, kind: SubscriptionKind, channels: Vec<Bytes>) {
        let subscribe = Subscribe::new(0, kind, channels);
        subscribe.encode(self.out);
        self.in_flight.push_resubscribe(subscribe);
    }
}

impl Handshake<'_> {
    /// Writes the whole handshake, in the order that npm `redis` uses, and queues its steps.
    ///
    /// RESP3: HELLO, SELECT, READONLY, SETINFO ×2, TRACKING, MAINT_NOTIFICATIONS, MONITOR, subscriptions.
    /// RESP2: AUTH, SETNAME, SELECT, READONLY, SETINFO ×2, MONITOR, subscriptions.
    pub(super) fn write(&self, out: &mut Vec<u8>, in_flight: &mut InFlight) {
        let mut packet = Packet { out, in_flight };
        match self.resp {
            RespVersion::V3 => self.write_hello(&mut packet),
            RespVersion::V2 => self.write_auth(&mut packet),
        }
        self.write_settings(&mut packet);
        if self.resp == RespVersion::V3 {
            self.write_resp3_settings(&mut packet);
        }
        if self.monitor {
            Request::Monitor { slot: 0 }.encode(packet.out);
            packet.in_flight.push_step(Step::Monitor);
        }
        self.write_subscriptions(&mut packet);
    }

    /// redis.io, "HELLO": authentication and name travel with it. A user without a password is not sent.
    fn write_hello(&self, packet: &mut Packet<'_>) {
        let mut arguments: Vec<&[u8]> = vec![b"HELLO", b"3"];
        if let Some(password) = given(self.credentials.password.as_deref()) {
            let username = given(self.credentials.username.as_deref()).unwrap_or(b"default");
            arguments.extend([b"AUTH", username, password]);
        }
        if let Some(name) = given(self.config.name.as_deref()) {
            arguments.extend([b"SETNAME", name]);
        }
        packet.add(Step::Hello, &arguments);
    }

    /// redis.io, "AUTH": the form with a user name is not known before Redis 6, so it is used only with one.
    fn write_auth(&self, packet: &mut Packet<'_>) {
        let password = given(self.credentials.password.as_deref());
        match (given(self.credentials.username.as_deref()), password) {
            (Some(username), password) => packet.add(Step::Required, &[b"AUTH", username, password.unwrap_or(b"")]),
            (None, Some(password)) => packet.add(Step::Required, &[b"AUTH", password]),
            (None, None) => {}
        }
        if let Some(name) = given(self.config.name.as_deref()) {
            packet.add(Step::Required, &[b"CLIENT", b"SETNAME", name]);
        }
    }

    fn write_settings(&self, packet: &mut Packet<'_>) {
        if self.database != 0 {
            packet.add(Step::Required, &[b"SELECT", self.database.to_string().as_bytes()]);
        }
        if self.config.readonly {
            packet.add(Step::Required, &[b"READONLY"]);
        }
        // redis.io, "CLIENT SETINFO": since 7.2, and client libraries should ignore its failures.
        if let Some(info) = &self.config.client_info {
            packet.add(Step::Ignored, &[b"CLIENT", b"SETINFO", b"LIB-VER", info.lib_version.as_bytes()]);
            packet.add(Step::Ignored, &[b"CLIENT", b"SETINFO", b"LIB-NAME", info.lib_name.as_bytes()]);
        }
    }

    fn write_resp3_settings(&self, packet: &mut Packet<'_>) {
        if let Some(words) = &self.config.tracking {
            let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
            packet.add(Step::Required, &words);
        }
        if let Some(maint) = &self.config.maint_notifications {
            let step = if maint.required { Step::Required } else { Step::Ignored };
            let endpoint_type = maint.endpoint_type.as_bytes();
            packet.add(step, &[b"CLIENT", b"MAINT_NOTIFICATIONS", b"ON", b"moving-endpoint-type", endpoint_type]);
        }
    }

    /// Channels travel in one command, and patterns; sharded channels one by one, since each belongs to a slot
    /// (redis.io, "SSUBSCRIBE": all channels of a call must be in the same slot).
    fn write_subscriptions(&self, packet: &mut Packet<'_>) {
        for kind in SubscriptionKind::ALL {
            let channels: Vec<_> = self.subscriptions.channels(kind).cloned().collect();
            match kind {
                SubscriptionKind::Sharded => {
                    channels.into_iter().for_each(|channel| packet.resubscribe(kind, vec![channel]));
                }
                _ if channels.is_empty() => {}
                _ => packet.resubscribe(kind, channels),
            }
        }
    }
}

/// A setting that is there and not empty: npm `redis` takes an empty name or password for none.
fn given(setting: Option<&str>) -> Option<&[u8]> {
    setting.filter(|text| !text.is_empty()).map(str::as_bytes)
}

/// Whether an error answer to HELLO says that the server does not know RESP3.
///
/// Redis before 6: `ERR unknown command`. redis.io, "HELLO": `NOPROTO` for a version that is not known, and
/// `ERR Protocol version …` for one that is no number to it. Proxies: `ERR unsupported command`.
pub(super) fn is_resp2_only(error: View<'_>) -> bool {
    let text = String::from_utf8_lossy(error.text()).to_ascii_lowercase();
    let phrases = ["unknown command", "unsupported command", "protocol version"];
    text.starts_with("noproto") || phrases.iter().any(|phrase| text.contains(phrase))
}

/// The server's error as the reason why the connection is refused.
pub(super) fn refusal(error: View<'_>) -> EngineError {
    EngineError::new(ErrorKind::Server, String::from_utf8_lossy(error.text()))
}
