//! Describes events as numbers and text, the only values that may be created in a callback of the event loop.

use std::fmt::Write;

use crate::boundary::{NativeEvent, PushKind};
use crate::config::RespVersion;
use crate::error::EngineError;
use crate::event::{LinkEvent, Notice, Question};

/// Returns the kind, two numbers and a detail; see [`NativeEvent`] for their meaning.
pub fn describe(event: &LinkEvent) -> (NativeEvent, f64, f64, String) {
    let none = String::new;
    match event {
        LinkEvent::Connected => (NativeEvent::Connected, 0.0, 0.0, none()),
        LinkEvent::Ready { resp } => (NativeEvent::Ready, version(*resp), 0.0, none()),
        LinkEvent::Ask { serial, what } => {
            (NativeEvent::Ask, f64::from(*serial), f64::from(what.kind() as u8), question_detail(what))
        }
        LinkEvent::Reconnecting => (NativeEvent::Reconnecting, 0.0, 0.0, none()),
        LinkEvent::Ended => (NativeEvent::Ended, 0.0, 0.0, none()),
        LinkEvent::ShardedChannelMoved { channel } => (NativeEvent::ShardedChannelMoved, 0.0, 0.0, base64(channel)),
        LinkEvent::CacheNews => (NativeEvent::CacheNews, 0.0, 0.0, none()),
        LinkEvent::Protocol { resp, fallback } => {
            (NativeEvent::Protocol, version(*resp), 0.0, fallback.as_ref().map_or_else(none, error_json))
        }
        LinkEvent::SubscriptionRefused { kind, channel, error } => (
            NativeEvent::SubscriptionRefused,
            f64::from(*kind),
            0.0,
            format!("{} {}", base64(channel), error_json(error)),
        ),
        LinkEvent::CommandRefused { number, error } => {
            (NativeEvent::CommandRefused, f64::from(*number), 0.0, error_json(error))
        }
        LinkEvent::BlockDropped { block } => (NativeEvent::BlockDropped, f64::from(*block), 0.0, none()),
        LinkEvent::NodeAdded { link, node, host, port, node_id } => {
            (NativeEvent::NodeAdded, f64::from(*link), f64::from(*node), format!("{port} {node_id} {host}"))
        }
        LinkEvent::NodeRemoved { node } => (NativeEvent::NodeRemoved, 0.0, f64::from(*node), none()),
        LinkEvent::Topology { detail } => (NativeEvent::Topology, 0.0, 0.0, detail.clone()),
        LinkEvent::SlotMoved { slot, node } => (NativeEvent::SlotMoved, f64::from(*slot), f64::from(*node), none()),
        LinkEvent::RefusedBefore { ticket, error } => {
            (NativeEvent::RefusedBefore, f64::from(*ticket), 0.0, error.clone())
        }
        LinkEvent::Discovered { link } => (NativeEvent::Discovered, f64::from(*link), 0.0, none()),
        LinkEvent::NotDiscovered { link, error } => {
            (NativeEvent::NotDiscovered, f64::from(*link), 0.0, error_json(error))
        }
        LinkEvent::Unreachable => (NativeEvent::Unreachable, 0.0, 0.0, none()),
        LinkEvent::Maintenance { notice, is_repeated } => (
            NativeEvent::Maintenance,
            f64::from(notice.kind as u8),
            notice.sequence.map_or(-1.0, |id| id as f64),
            notice_json(notice, *is_repeated),
        ),
        LinkEvent::MaintenanceIgnored { kind, why } => {
            (NativeEvent::MaintenanceIgnored, f64::from(*kind as u8), 0.0, (*why).to_owned())
        }
        LinkEvent::Relaxed { on } => (NativeEvent::Relaxed, f64::from(u8::from(*on)), 0.0, none()),
        LinkEvent::LostWhileClosing { error } => {
            (NativeEvent::LostWhileClosing, 0.0, 0.0, error.as_ref().map_or_else(none, error_json))
        }
        LinkEvent::HandedOver { resp } => (NativeEvent::HandedOver, version(*resp), 0.0, none()),
        LinkEvent::HandOverFailed { error } => {
            (NativeEvent::HandOverFailed, 0.0, 0.0, error.as_ref().map_or_else(none, error_json))
        }
    }
}

fn question_detail(what: &Question) -> String {
    match what {
        Question::Endpoint | Question::Credentials => String::new(),
        Question::Lookup { host } => host.clone().unwrap_or_default(),
        Question::Identity { certificate, host } => {
            let certificate = base64(certificate);
            host.as_ref().map_or(certificate.clone(), |host| format!("{certificate} {host}"))
        }
        Question::Retry { error, retries } => {
            format!("{retries} {}", error.as_ref().map_or_else(String::new, error_json))
        }
    }
}

fn version(resp: RespVersion) -> f64 {
    if resp == RespVersion::V2 { 2.0 } else { 3.0 }
}

/// An error as JSON; see `NativeError` in `lib/wire/native-errors.ts`.
fn error_json(error: &EngineError) -> String {
    let mut json = String::new();
    write_error(&mut json, error);
    json
}

fn write_error(json: &mut String, error: &EngineError) {
    let _ = write!(json, "{{\"kind\":{},\"message\":", error.kind as u8);
    write_text(json, &error.message);
    for (name, value) in
        [("code", error.code.as_deref()), ("syscall", error.syscall), ("address", error.address.as_deref())]
    {
        if let Some(value) = value {
            let _ = write!(json, ",\"{name}\":");
            write_text(json, value);
        }
    }
    if let Some(port) = error.port {
        let _ = write!(json, ",\"port\":{port}");
    }
    if let Some(reason) = &error.reason {
        json.push_str(",\"reason\":");
        write_error(json, reason);
    }
    json.push_str(",\"causes\":[");
    for (index, cause) in error.causes.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        write_error(json, cause);
    }
    json.push_str("]}");
}

/// A notice of maintenance as JSON; see [`NativeEvent::Maintenance`].
fn notice_json(notice: &Notice, is_repeated: bool) -> String {
    let mut json = String::from("{");
    if let Some(seconds) = notice.seconds {
        let _ = write!(json, "\"seconds\":{seconds},");
    }
    match &notice.target {
        Some((host, port)) => {
            write_field(&mut json, "host", host);
            let _ = write!(json, "\"port\":{port},");
        }
        None if notice.kind == PushKind::Moving => json.push_str("\"host\":null,"),
        None => {}
    }
    if let Some(shards) = &notice.shards {
        write_field(&mut json, "shards", shards);
    }
    if notice.kind == PushKind::ShardMigrated {
        json.push_str("\"moves\":[");
        for (index, moved) in notice.moves.iter().enumerate() {
            json.push_str(if index > 0 { ",{" } else { "{" });
            write_field(&mut json, "source", &moved.source);
            write_field(&mut json, "target", &moved.target);
            json.push_str("\"slots\":");
            write_text(&mut json, &moved.slots);
            json.push('}');
        }
        json.push_str("],");
    }
    let _ = write!(json, "\"isRepeated\":{is_repeated}}}");
    json
}

/// Writes a field that others follow.
fn write_field(json: &mut String, name: &str, text: &str) {
    let _ = write!(json, "\"{name}\":");
    write_text(json, text);
    json.push(',');
}

fn write_text(json: &mut String, text: &str) {
    json.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => json.extend(['\\', char]),
            char if char < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            char => json.push(char),
        }
    }
    json.push('"');
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(word >> (18 - 6 * digit)) as usize & 63]));
        }
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::event::SlotsMoved;

    #[test]
    fn errors_are_valid_json() {
        let mut error = EngineError::new(ErrorKind::Io, "a \"b\"\n").with_code("ECONNREFUSED");
        error.port = Some(1);
        error.causes.push(EngineError::new(ErrorKind::Dns, "c"));
        error = error.because(EngineError::new(ErrorKind::Tls, "r"));
        assert_eq!(
            error_json(&error),
            "{\"kind\":0,\"message\":\"a \\\"b\\\"\\u000a\",\"code\":\"ECONNREFUSED\",\"port\":1,\
             \"reason\":{\"kind\":5,\"message\":\"r\",\"causes\":[]},\
             \"causes\":[{\"kind\":1,\"message\":\"c\",\"causes\":[]}]}"
        );
    }

    #[test]
    fn notices_are_json_with_what_they_have() {
        let target = Some(("h".to_owned(), 1));
        let mut notice = Notice {
            kind: PushKind::Moving,
            sequence: Some(7),
            seconds: Some(15),
            target,
            shards: None,
            moves: Vec::new(),
        };
        assert_eq!(notice_json(&notice, false), r#"{"seconds":15,"host":"h","port":1,"isRepeated":false}"#);
        notice.target = None;
        assert_eq!(notice_json(&notice, true), r#"{"seconds":15,"host":null,"isRepeated":true}"#);
        (notice.kind, notice.seconds, notice.shards) = (PushKind::Migrated, None, Some(r#"["1"]"#.to_owned()));
        assert_eq!(notice_json(&notice, false), r#"{"shards":"[\"1\"]","isRepeated":false}"#);
        (notice.kind, notice.shards) = (PushKind::ShardMigrated, None);
        let moved = SlotsMoved { source: "a:1".to_owned(), target: "b:2".to_owned(), slots: "1,5-9".to_owned() };
        notice.moves = vec![moved.clone(), moved];
        let moved = r#"{"source":"a:1","target":"b:2","slots":"1,5-9"}"#;
        assert_eq!(notice_json(&notice, false), format!(r#"{{"moves":[{moved},{moved}],"isRepeated":false}}"#));
    }

    #[test]
    fn base64_pads() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
    }
}
