//! Describes events as numbers and text, the only values that may be created in a callback of the event loop.

use std::fmt::Write;

use crate::boundary::NativeEvent;
use crate::config::RespVersion;
use crate::error::EngineError;
use crate::event::{LinkEvent, Question};

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
        Question::Endpoint | Question::Lookup | Question::Credentials => String::new(),
        Question::Identity { certificate } => base64(certificate),
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
    fn base64_pads() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
    }
}
