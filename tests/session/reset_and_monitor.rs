//! RESET with its second handshake, and MONITOR.

use oxredis::boundary::PushKind;
use oxredis::config::{Credentials, RespVersion};
use oxredis::error::ErrorKind;
use oxredis::proto::command::{Request, SubscriptionKind};
use oxredis::proto::session::Accepted;

use crate::script::{Script, command, credentials, failed, frame, full, monitoring, reason, reply, was_reset};

const LINE: &str = "+1339518083.107412 [0 127.0.0.1:60866] \"set\" \"k\" \"v\"\r\n";

#[test]
fn lines_are_told_from_replies() {
    for resp in [RespVersion::V2, RespVersion::V3] {
        let mut script = Script::ready(resp);
        script.send([Request::Monitor { ticket: 1 }]);
        assert_eq!(script.receive("+OK\r\n"), [monitoring(1)]);
        assert!(script.wishes.is_monitoring());
        script.send([command(2), command(3)]);
        let accepted = script.receive(&format!("{LINE}+PONG\r\n{LINE}-ERR Replica can't interact\r\n{LINE}"));
        let line = Accepted::MonitorLine;
        assert_eq!(accepted, [line.clone(), reply(2), line.clone(), reply(3), line]);
        assert_eq!(reason(&script.receive_one("+PONG\r\n")).0, ErrorKind::Protocol);
    }
}

#[test]
fn what_looks_like_a_line_is_a_reply_without_monitor() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1), Request::Monitor { ticket: 2 }]);
    assert_eq!(script.receive(LINE), [reply(1)]);
    assert_eq!(script.receive("+OK\r\n"), [monitoring(2)]);
}

#[test]
fn reset_leaves_monitor_and_pub_sub_and_shakes_hands_again() {
    let mut script = Script::new(full(RespVersion::V3));
    script.begin(&credentials(None, Some("pw")));
    script.receive(&"+OK\r\n".repeat(7));
    script.wishes.set_database(9);
    script.subscribe(1, SubscriptionKind::Channels, &["a"]);
    script.send([Request::Monitor { ticket: 2 }, Request::Reset { ticket: 3 }]);
    assert!(!script.session.is_ready(), "nothing may be written behind RESET");
    script.receive(&frame('>', &["subscribe", "a", ":1"]));
    assert_eq!(script.receive("+OK\r\n"), [monitoring(2)]);
    assert_eq!(script.receive(LINE), [Accepted::MonitorLine]);
    script.wishes.set_credentials(credentials(Some("me"), Some("other")));
    assert_eq!(script.receive("+RESET\r\n"), [Accepted::Absorbed]);
    let packet = script.written();
    assert_eq!(packet[..2], ["HELLO 3 AUTH me other SETNAME tour", "SELECT 3"]);
    assert_eq!(packet.len(), 7, "neither MONITOR nor subscriptions: {packet:?}");
    assert_eq!((script.session.in_flight(), script.session.is_ready()), (1, false));
    let accepted = script.receive(&"+OK\r\n".repeat(7));
    assert_eq!(accepted.last(), Some(&was_reset(3)));
    assert!(script.session.is_ready() && script.session.is_idle() && !script.wishes.is_monitoring());
    assert!(script.wishes.subscriptions().is_empty());
    assert_eq!(script.wishes.database(), 3);
}

#[test]
fn reset_in_resp2_pub_sub_mode() {
    let mut script = Script::ready(RespVersion::V2);
    script.subscribe(1, SubscriptionKind::Channels, &["a"]);
    script.receive(&frame('*', &["subscribe", "a", ":1"]));
    script.send([Request::Reset { ticket: 2 }]);
    assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [Accepted::Push(PushKind::Message)]);
    assert_eq!(script.receive("+RESET\r\n"), [was_reset(2)]);
    assert!(script.session.is_ready() && script.written().is_empty());
    script.send([command(3)]);
    assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [reply(3)]);
}

#[test]
fn commands_before_reset_get_their_replies() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1), command(2), Request::Reset { ticket: 3 }]);
    assert_eq!(script.receive(":1\r\n:2\r\n+RESET\r\n"), [reply(1), reply(2), Accepted::Absorbed]);
    assert_eq!(script.written(), ["HELLO 3"]);
    assert_eq!(script.receive("%0\r\n"), [was_reset(3)]);
}

#[test]
fn an_unknown_reset_changes_nothing() {
    let mut script = Script::ready(RespVersion::V3);
    script.subscribe(1, SubscriptionKind::Channels, &["a"]);
    script.receive(&frame('>', &["subscribe", "a", ":1"]));
    script.send([Request::Reset { ticket: 2 }]);
    assert_eq!(script.receive("-ERR unknown command 'RESET'\r\n"), [failed(2)]);
    assert!(script.session.is_ready());
    assert_eq!(script.subscribed(SubscriptionKind::Channels), ["a"]);
}

#[test]
fn a_connection_lost_within_reset_gives_the_request_back() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([Request::Reset { ticket: 1 }]);
    script.receive("+RESET\r\n");
    assert_eq!(script.end(), [Request::Reset { ticket: 1 }]);
    assert!(script.session.is_idle());
    script.written();
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3"]);
    assert_eq!(script.receive("%0\r\n"), [Accepted::Ready]);
}

#[test]
fn a_refused_handshake_after_reset() {
    let mut script = Script::ready(RespVersion::V3);
    script.wishes.set_credentials(credentials(None, Some("old")));
    script.send([Request::Reset { ticket: 1 }]);
    script.receive("+RESET\r\n");
    assert_eq!(script.written(), ["HELLO 3 AUTH default old"]);
    let refused = script.receive_one("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    assert_eq!(reason(&refused).0, ErrorKind::Server);
    assert_eq!(script.end(), [Request::Reset { ticket: 1 }]);
}
