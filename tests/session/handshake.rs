//! The handshake: order of commands, refusals, fallback to RESP2, what a reconnect restores.

use bytes::Bytes;
use oxredis::boundary::PushKind;
use oxredis::config::{Credentials, MaintNotifications, RespVersion};
use oxredis::error::{EngineError, ErrorKind};
use oxredis::proto::command::{Request, SubscriptionKind};
use oxredis::proto::session::{Accepted, Restored};

use crate::script::{Script, bare, command, credentials, failed, frame, full, monitoring, reason, reply, was_reset};

const HELLO: &str = "%2\r\n+server\r\n+redis\r\n+proto\r\n:3\r\n";

#[test]
fn resp3_writes_one_packet_in_order() {
    let mut script = Script::new(full(RespVersion::V3));
    let packet = script.begin(&credentials(None, Some("secret")));
    assert_eq!(
        packet,
        [
            "HELLO 3 AUTH default secret SETNAME tour",
            "SELECT 3",
            "READONLY",
            "CLIENT SETINFO LIB-VER 0.1.0",
            "CLIENT SETINFO LIB-NAME oxredis(x)",
            "CLIENT TRACKING ON OPTIN",
            "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type external-ip",
        ]
    );
    assert_eq!(script.receive(HELLO), [Accepted::Absorbed]);
    assert_eq!(script.receive(&"+OK\r\n".repeat(5)), vec![Accepted::Absorbed; 5]);
    assert!(!script.session.is_ready());
    assert_eq!(script.receive("+OK\r\n"), [Accepted::Ready]);
    assert!(script.session.is_ready() && script.session.is_idle());
    assert_eq!(script.session.resp(), RespVersion::V3);
}

#[test]
fn the_zone_of_the_server_is_read() {
    for (fields, zone) in
        [("", None), ("+availability_zone\r\n$0\r\n\r\n", None), ("+availability_zone\r\n$2\r\nb1\r\n", Some("b1"))]
    {
        let mut script = Script::new(bare(RespVersion::V3));
        script.begin(&credentials(None, None));
        let count = if fields.is_empty() { 1 } else { 2 };
        assert_eq!(script.receive(&format!("%{count}\r\n+proto\r\n:3\r\n{fields}")), [Accepted::Ready]);
        assert_eq!(script.session.zone(), zone);
    }
}

#[test]
fn resp2_writes_one_packet_in_order() {
    let mut script = Script::new(full(RespVersion::V2));
    let packet = script.begin(&credentials(Some("me"), Some("secret")));
    assert_eq!(
        packet,
        [
            "AUTH me secret",
            "CLIENT SETNAME tour",
            "SELECT 3",
            "READONLY",
            "CLIENT SETINFO LIB-VER 0.1.0",
            "CLIENT SETINFO LIB-NAME oxredis(x)",
        ]
    );
    assert_eq!(script.receive(&"+OK\r\n".repeat(6)).last(), Some(&Accepted::Ready));
}

#[test]
fn credentials_are_sent_only_where_they_are_complete() {
    let packet = |resp, user, password| Script::new(bare(resp)).begin(&credentials(user, password));
    assert_eq!(packet(RespVersion::V3, Some("me"), None), ["HELLO 3"]);
    assert_eq!(packet(RespVersion::V3, Some("me"), Some("")), ["HELLO 3"]);
    assert_eq!(packet(RespVersion::V3, Some("me"), Some("pw")), ["HELLO 3 AUTH me pw"]);
    assert_eq!(packet(RespVersion::V2, Some("me"), None), ["AUTH me "]);
    assert_eq!(packet(RespVersion::V2, None, Some("pw")), ["AUTH pw"]);
    assert!(packet(RespVersion::V2, Some(""), Some("")).is_empty());
}

#[test]
fn any_bytes_may_be_in_a_password() {
    let mut script = Script::new(bare(RespVersion::V3));
    script.open(&credentials(None, Some("a b\r\n$3\r\n\u{e9}\"'")));
    let expected = "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$13\r\na b\r\n$3\r\n\u{e9}\"'\r\n";
    assert_eq!(String::from_utf8_lossy(&script.out), expected);
}

#[test]
fn an_empty_handshake_is_ready_at_once() {
    let mut script = Script::ready(RespVersion::V2);
    script.send([command(1)]);
    assert_eq!(script.receive("$1\r\nx\r\n"), [reply(1)]);
}

#[test]
fn errors_of_optional_steps_are_ignored() {
    let mut script = Script::new(full(RespVersion::V3));
    script.begin(&Credentials::default());
    let unknown = "-ERR unknown subcommand\r\n";
    let replies = format!("{HELLO}+OK\r\n+OK\r\n{unknown}{unknown}+OK\r\n{unknown}");
    assert_eq!(script.receive(&replies).last(), Some(&Accepted::Ready));
}

#[test]
fn other_errors_refuse_the_connection_with_the_servers_text() {
    let steps = ["HELLO", "SELECT", "READONLY", "", "", "TRACKING", "MAINT"];
    for (failing, step) in steps.iter().enumerate().filter(|(_, step)| !step.is_empty()) {
        let mut config = full(RespVersion::V3);
        config.maint_notifications = Some(MaintNotifications { endpoint_type: "none".into(), required: true });
        let mut script = Script::new(config);
        script.begin(&Credentials::default());
        let text = format!("WRONG {step} it is");
        script.receive(&"+OK\r\n".repeat(failing));
        let refused = script.receive_one(&format!("-{text}\r\n"));
        assert_eq!(reason(&refused), (ErrorKind::Server, text.as_str()));
        assert!(!script.session.is_ready());
        assert_eq!(script.receive("+OK\r\n+OK\r\n+OK\r\n"), vec![Accepted::Absorbed; 3]);
        assert!(script.end().is_empty());
    }
}

#[test]
fn hello_unknown_falls_back_to_resp2_on_the_same_connection() {
    for error in ["-ERR unknown command 'HELLO', with args beginning with: 'pw'\r\n", "-NOPROTO unsupported\r\n"] {
        let mut script = Script::new(full(RespVersion::V3));
        script.begin(&credentials(None, Some("pw")));
        assert_eq!(script.receive(error), [Accepted::Absorbed]);
        let packet = script.written();
        assert_eq!(packet[..3], ["AUTH pw", "CLIENT SETNAME tour", "SELECT 3"]);
        assert_eq!((packet.len(), script.session.resp()), (6, RespVersion::V2));
        let why = script.session.fallback().map(|error| error.message.clone()).unwrap();
        assert!(["ERR unknown command 'HELLO'", "NOPROTO unsupported"].contains(&why.as_str()), "{why}");
        let rest = "-NOAUTH Authentication required.\r\n".repeat(6);
        assert_eq!(script.receive(&rest), vec![Accepted::Absorbed; 6]);
        let second = script.receive(&"+OK\r\n".repeat(6));
        assert_eq!((second.len(), second.last()), (6, Some(&Accepted::Ready)));
    }
}

#[test]
fn every_connection_asks_for_resp3_again() {
    let mut script = Script::new(full(RespVersion::V3));
    script.begin(&Credentials::default());
    script.receive("-ERR unknown command 'HELLO'\r\n");
    let again = |script: &mut Script| {
        script.end();
        script.written();
        assert_eq!(script.begin(&credentials(None, Some("pw"))), ["HELLO 3 AUTH default pw SETNAME tour"]);
    };
    // HELLO is sent alone, because the last server did not know it.
    again(&mut script);
    assert_eq!(script.receive("-ERR unknown command 'HELLO'\r\n"), [Accepted::Absorbed]);
    assert_eq!(script.written()[..2], ["AUTH pw", "CLIENT SETNAME tour"]);
    assert_eq!(script.receive(&"+OK\r\n".repeat(6)).last(), Some(&Accepted::Ready));
    assert_eq!(script.session.resp(), RespVersion::V2);
    again(&mut script);
    assert_eq!(script.receive(HELLO), [Accepted::Absorbed]);
    assert_eq!(script.written().len(), 6);
    assert_eq!(script.receive(&"+OK\r\n".repeat(6)).last(), Some(&Accepted::Ready));
    assert_eq!((script.session.resp(), script.session.fallback()), (RespVersion::V3, None));
    // The last server knew HELLO: everything is sent together.
    script.end();
    assert_eq!(script.begin(&Credentials::default()).len(), 7);
}

#[test]
fn a_reset_asks_for_resp3_again() {
    let mut script = Script::new(bare(RespVersion::V3));
    script.begin(&Credentials::default());
    script.receive("-ERR unknown command 'HELLO'\r\n");
    script.send([Request::Reset { ticket: 1 }]);
    assert_eq!(script.receive("+RESET\r\n"), [Accepted::Absorbed]);
    assert_eq!(script.written(), ["HELLO 3"]);
    assert_eq!(script.receive(HELLO), [was_reset(1)]);
    assert_eq!(script.session.resp(), RespVersion::V3);
}

#[test]
fn an_error_of_authentication_is_no_sign_of_resp2() {
    let errors = [
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> \
         <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "NOPERM this user has no permissions to run the 'hello' command",
        "LOADING Redis is loading the dataset in memory",
        "ERR unknown subcommand 'HELLO'",
    ];
    for error in errors {
        let mut script = Script::new(bare(RespVersion::V3));
        script.begin(&Credentials::default());
        let refused = script.receive_one(&format!("-{error}\r\n"));
        assert_eq!(reason(&refused), (ErrorKind::Server, error));
        assert!(script.written().is_empty());
    }
}

#[test]
fn a_fallback_with_nothing_else_to_do_is_ready_at_once() {
    let mut script = Script::new(bare(RespVersion::V3));
    script.begin(&Credentials::default());
    assert_eq!(script.receive("-ERR unknown command 'HELLO'\r\n"), [Accepted::Ready]);
    assert!(script.written().is_empty());
}

#[test]
fn a_refused_fallback_says_why() {
    let mut script = Script::new(bare(RespVersion::V3));
    script.begin(&credentials(None, Some("pw")));
    script.receive("-ERR unknown command 'HELLO'\r\n");
    assert_eq!(script.written(), ["AUTH pw"]);
    let refused = script.receive_one("-ERR invalid password\r\n");
    assert_eq!(reason(&refused), (ErrorKind::Server, "ERR invalid password"));
}

#[test]
fn a_downgraded_server_is_met_in_resp2_on_the_next_connection() {
    let mut script = Script::ready(RespVersion::V3);
    script.subscribe(1, SubscriptionKind::Channels, &["a"]);
    script.receive(&frame('>', &["subscribe", "a", ":1"]));
    script.end();
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3", "subscribe a"]);
    let refused = script.receive_one("-ERR unknown command 'HELLO'\r\n");
    assert_eq!(reason(&refused).0, ErrorKind::Server);
    assert_eq!(script.receive(&frame('*', &["subscribe", "a", ":1"])), [Accepted::Absorbed]);
    script.end();
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3"]);
    assert_eq!(script.receive("-ERR unknown command 'HELLO'\r\n"), [Accepted::Absorbed]);
    assert_eq!(script.written(), ["subscribe a"]);
    assert_eq!(script.receive(&frame('*', &["subscribe", "a", ":1"])), [Accepted::Ready]);
}

#[test]
fn a_reconnect_restores_database_monitor_and_subscriptions() {
    let mut script = Script::ready(RespVersion::V3);
    script.subscribe(1, SubscriptionKind::Channels, &["b", "a"]);
    script.subscribe(2, SubscriptionKind::Sharded, &["s", "t"]);
    script.subscribe(3, SubscriptionKind::Patterns, &["p*"]);
    script.send([Request::Monitor { ticket: 4 }]);
    for (word, name) in
        [("subscribe", "b"), ("subscribe", "a"), ("ssubscribe", "s"), ("ssubscribe", "t"), ("psubscribe", "p*")]
    {
        script.receive(&frame('>', &[word, name, ":1"]));
    }
    assert_eq!(script.receive("+OK\r\n"), [monitoring(4)]);
    script.wishes.set_database(7);
    script.end();
    let packet = script.begin(&Credentials::default());
    assert_eq!(
        packet,
        ["HELLO 3", "SELECT 7", "MONITOR", "subscribe a b", "psubscribe p*", "ssubscribe s", "ssubscribe t"]
    );
    script.receive(&format!("{HELLO}+OK\r\n+OK\r\n"));
    let line = "+1339518083.107412 [7 127.0.0.1:60866] \"subscribe\" \"a\" \"b\"\r\n";
    assert_eq!(script.receive(line), [Accepted::MonitorLine]);
    for (word, name) in [("subscribe", "a"), ("subscribe", "b"), ("psubscribe", "p*"), ("ssubscribe", "s")] {
        assert_eq!(script.receive(&frame('>', &[word, name, ":1"])), [Accepted::Absorbed]);
        assert_eq!(script.receive(&frame('>', &["message", "a", "early"])), [Accepted::Push(PushKind::Message)]);
        assert!(!script.session.is_ready());
    }
    assert_eq!(script.receive(&frame('>', &["ssubscribe", "t", ":2"])), [Accepted::Ready]);
    assert_eq!(script.subscribed(SubscriptionKind::Channels), ["a", "b"]);
}

#[test]
fn a_moved_sharded_channel_does_not_refuse_the_connection() {
    let mut script = Script::ready(RespVersion::V3);
    script.subscribe(1, SubscriptionKind::Sharded, &["s", "t"]);
    script.receive(&frame('>', &["ssubscribe", "s", ":1"]));
    script.receive(&frame('>', &["ssubscribe", "t", ":2"]));
    let moved = |channel: &'static str, ready| Accepted::ShardedChannelMoved { channel: channel.into(), ready };
    script.end();
    script.begin(&Credentials::default());
    script.receive(HELLO);
    assert_eq!(script.receive("-MOVED 5 10.0.0.1:6379\r\n"), [moved("s", false)]);
    assert_eq!(script.receive(&frame('>', &["ssubscribe", "t", ":1"])), [Accepted::Ready]);
    script.end();
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3", "ssubscribe t"]);
    script.receive(HELLO);
    assert_eq!(script.receive("-MOVED 6 10.0.0.1:6379\r\n"), [moved("t", true)]);
    assert!(script.session.is_ready() && script.wishes.subscriptions().is_empty());
}

#[test]
fn one_forbidden_channel_does_not_refuse_the_connection() {
    let mut script = Script::ready(RespVersion::V3);
    let ack = |word, name| frame('>', &[word, name, ":1"]);
    script.subscribe(1, SubscriptionKind::Channels, &["a", "b", "c"]);
    script.subscribe(2, SubscriptionKind::Patterns, &["p"]);
    script.receive(&["a", "b", "c"].map(|name| ack("subscribe", name)).concat());
    script.receive(&ack("psubscribe", "p"));
    script.end();
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3", "subscribe a b c", "psubscribe p"]);
    script.receive(HELLO);
    let error = "NOPERM no permissions to access a channel";
    let refused = |kind, channel: &'static str, ready| {
        let what = Restored::Subscription(kind, channel.into());
        Accepted::NotRestored { what, error: EngineError::new(ErrorKind::Server, error), ready }
    };
    let denied = format!("-{error}\r\n");
    assert_eq!(script.receive(&denied), [Accepted::Absorbed]);
    assert_eq!(script.written(), ["subscribe a", "subscribe b", "subscribe c"]);
    assert_eq!(script.receive(&denied), [refused(SubscriptionKind::Patterns, "p", false)]);
    assert_eq!(script.receive(&ack("subscribe", "a")), [Accepted::Absorbed]);
    assert_eq!(script.receive(&denied), [refused(SubscriptionKind::Channels, "b", false)]);
    assert_eq!(script.receive(&ack("subscribe", "c")), [Accepted::Ready]);
    script.end();
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3", "subscribe a c"]);
    script.receive(HELLO);
    script.receive(&denied);
    script.receive(&ack("subscribe", "a"));
    assert_eq!(script.receive(&denied), [refused(SubscriptionKind::Channels, "c", true)]);
    assert!(script.session.is_ready());
}

#[test]
fn what_may_be_better_next_time_fails_the_attempt() {
    let mut script = Script::ready(RespVersion::V3);
    script.subscribe(1, SubscriptionKind::Sharded, &["a"]);
    script.receive(&frame('>', &["ssubscribe", "a", ":1"]));
    for error in ["CLUSTERDOWN Hash slot not served", "LOADING Redis is loading the dataset in memory"] {
        script.end();
        assert_eq!(script.begin(&Credentials::default()), ["HELLO 3", "ssubscribe a"]);
        script.receive(HELLO);
        assert_eq!(reason(&script.receive_one(&format!("-{error}\r\n"))), (ErrorKind::Server, error));
    }
}

#[test]
fn what_the_user_set_is_repeated_until_reset() {
    let mut script = Script::new(full(RespVersion::V3));
    let mut commands = vec![Bytes::from_static(b"*3\r\n$6\r\nCLIENT\r\n$8\r\nNO-EVICT\r\n$2\r\nON\r\n")];
    commands.push(Bytes::from_static(b"*1\r\n$9\r\nREADWRITE\r\n"));
    script.wishes.set_restored(commands);
    let packet = script.begin(&Credentials::default());
    assert_eq!(packet[7..], ["CLIENT NO-EVICT ON", "READWRITE"]);
    script.receive(HELLO);
    script.receive(&"+OK\r\n".repeat(6));
    let error = EngineError::new(ErrorKind::Server, "NOPERM no");
    let refused =
        |number, ready| Accepted::NotRestored { what: Restored::Command(number), error: error.clone(), ready };
    assert_eq!(script.receive("-NOPERM no\r\n-NOPERM no\r\n"), [refused(0, false), refused(1, true)]);
    script.send([Request::Reset { ticket: 1 }]);
    script.receive("+RESET\r\n");
    assert_eq!(script.written().len(), 7);
}

#[test]
fn the_end_gives_back_what_was_in_flight_in_order() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1), Request::Monitor { ticket: 2 }, command(3)]);
    script.subscribe(4, SubscriptionKind::Channels, &["a"]);
    assert_eq!(script.receive(":1\r\n"), [reply(1)]);
    assert_eq!(script.session.in_flight(), 3);
    let tickets: Vec<_> = script.end().iter().map(Request::ticket).collect();
    assert_eq!(tickets, [2, 3, 4]);
    assert!(script.session.is_idle() && !script.session.is_ready() && !script.wishes.is_monitoring());
    assert_eq!(script.receive("+late\r\n"), [Accepted::Absorbed]);
}

#[test]
fn a_reply_to_nothing_is_a_surplus() {
    for resp in [RespVersion::V2, RespVersion::V3] {
        let mut script = Script::ready(resp);
        script.send([command(1)]);
        let accepted = script.receive("+OK\r\n-ERR Protocol error: too big mbulk count string\r\n+OK\r\n");
        assert_eq!(accepted[0], reply(1));
        let (kind, text) = reason(&accepted[1]);
        assert_eq!(kind, ErrorKind::Protocol);
        assert!(text.ends_with("-ERR Protocol error: too big mbulk count string"), "{text}");
        assert_eq!(accepted[2], Accepted::Absorbed);
        assert!(!script.session.is_ready());
    }
}

#[test]
fn a_failed_monitor_changes_nothing() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([Request::Monitor { ticket: 1 }]);
    assert_eq!(script.receive("-NOPERM no permissions to run the 'monitor' command\r\n"), [failed(1)]);
    assert!(!script.wishes.is_monitoring());
}

#[test]
fn a_link_takes_over_what_another_one_had() {
    let mut script = Script::new(bare(RespVersion::V3));
    script.wishes.set_subscriptions(SubscriptionKind::Channels, vec!["b".into(), "a".into()]);
    script.wishes.set_subscriptions(SubscriptionKind::Sharded, vec!["s".into(), "t".into()]);
    script.wishes.set_monitor();
    for _ in 0..2 {
        // Nothing is known of the server, which may not know HELLO: the rest is sent only after its answer, and only
        // once.
        assert_eq!(script.begin(&Credentials::default()), ["HELLO 3"]);
        script.end();
    }
    script.begin(&Credentials::default());
    script.receive(HELLO);
    let rest = ["MONITOR", "subscribe a b", "ssubscribe s", "ssubscribe t"];
    assert_eq!(script.written(), rest);
    script.end();
    assert_eq!(script.begin(&Credentials::default())[1..], rest);
}

#[test]
fn a_link_takes_over_subscriptions_where_hello_is_unknown() {
    let mut script = Script::new(bare(RespVersion::V3));
    script.wishes.set_subscriptions(SubscriptionKind::Patterns, vec!["p".into()]);
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3"]);
    script.receive("-ERR unknown command 'HELLO'\r\n");
    assert_eq!(script.written(), ["psubscribe p"]);
    assert_eq!(script.receive(&frame('*', &["psubscribe", "p", ":1"])), [Accepted::Ready]);
}

#[test]
fn an_end_that_is_lost_counts() {
    let mut script = Script::ready(RespVersion::V3);
    script.subscribe(1, SubscriptionKind::Channels, &["a", "b"]);
    script.receive(&frame('>', &["subscribe", "a", ":1"]));
    script.receive(&frame('>', &["subscribe", "b", ":2"]));
    script.send([Request::unsubscribe(2, SubscriptionKind::Channels, Some(vec!["a".into()]))]);
    assert_eq!(script.end().len(), 1);
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3", "subscribe b"]);
    script.end();
    script.wishes.forsake(&Request::unsubscribe(3, SubscriptionKind::Channels, None));
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3"]);
}

#[test]
fn only_a_lasting_refusal_of_notices_is_noted() {
    let cases = [("+OK", false), ("-ERR unknown subcommand", true), ("-NOPERM no", true), ("-LOADING wait", false)];
    for (answer, is_refused) in cases {
        let mut config = bare(RespVersion::V3);
        config.maint_notifications = Some(MaintNotifications { endpoint_type: "auto".into(), required: false });
        let mut script = Script::new(config);
        script.wishes.set_endpoint_type(Some("internal-fqdn".into()));
        let packet = script.begin(&Credentials::default());
        assert_eq!(packet.last().unwrap(), "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-fqdn");
        assert_eq!(script.receive(&format!("{HELLO}{answer}\r\n")).last(), Some(&Accepted::Ready));
        assert_eq!(script.session.has_refused_maintenance(), is_refused, "{answer}");
    }
}

#[test]
fn notices_that_are_required_need_resp3() {
    let mut config = bare(RespVersion::V3);
    config.maint_notifications = Some(MaintNotifications { endpoint_type: "none".into(), required: true });
    let mut script = Script::new(config);
    script.begin(&Credentials::default());
    let refused = script.receive_one("-NOPROTO unsupported\r\n");
    assert_eq!(reason(&refused), (ErrorKind::Server, "NOPROTO unsupported"));
}

#[test]
fn notices_are_not_asked_for_where_they_were_refused() {
    let mut config = bare(RespVersion::V3);
    config.maint_notifications = Some(MaintNotifications { endpoint_type: "auto".into(), required: false });
    let mut script = Script::new(config);
    script.wishes.set_endpoint_type(None);
    assert_eq!(script.begin(&Credentials::default()), ["HELLO 3"]);
}
