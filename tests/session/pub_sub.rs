//! Subscriptions: acknowledgements in order with replies, messages, pub/sub mode in RESP2, slots that move.

use oxredis::boundary::PushKind;
use oxredis::config::{Credentials, RespVersion};
use oxredis::error::ErrorKind;
use oxredis::proto::command::Request;
use oxredis::proto::command::SubscriptionKind::{Channels, Patterns, Sharded};
use oxredis::proto::session::Accepted;

use crate::script::{Script, command, failed, frame, raw, reason, reply, subscribed, unsubscribed};

/// Runs a test in both protocols, with a ready session and the type byte of its pub/sub frames.
fn both(test: impl Fn(Script, char)) {
    test(Script::ready(RespVersion::V2), '*');
    test(Script::ready(RespVersion::V3), '>');
}

fn moved(channel: &'static str) -> Accepted {
    Accepted::ShardedChannelMoved { channel: channel.into(), ready: false }
}

/// Creates a session that is subscribed to sharded channels.
fn sharded(resp: RespVersion, kind: char, names: &[&str]) -> Script {
    let mut script = Script::ready(resp);
    script.subscribe(1, Sharded, names);
    let acknowledged = names.iter().map(|name| script.receive_one(&frame(kind, &["ssubscribe", name, ":1"]))).last();
    assert_eq!(acknowledged, Some(subscribed(1)));
    script
}

#[test]
fn every_channel_is_acknowledged_in_order_with_replies() {
    both(|mut script, kind| {
        script.send([command(1)]);
        script.subscribe(2, Channels, &["a", "b", "a"]);
        script.subscribe(3, Patterns, &["p*"]);
        let ack = |word, name| frame(kind, &[word, name, ":1"]);
        assert_eq!(script.receive("$1\r\nx\r\n"), [reply(1)]);
        assert_eq!(script.receive(&ack("subscribe", "a")), [Accepted::Absorbed]);
        assert_eq!(script.subscribed(Channels), ["a"]);
        assert_eq!(script.receive(&frame(kind, &["message", "a", "between"])), [Accepted::Push(PushKind::Message)]);
        assert_eq!(script.receive(&ack("subscribe", "b")), [Accepted::Absorbed]);
        assert_eq!(script.receive(&ack("subscribe", "a")), [subscribed(2)]);
        assert_eq!(script.receive(&ack("psubscribe", "p*")), [subscribed(3)]);
        assert_eq!(script.subscribed(Channels), ["a", "b"]);
        assert_eq!(
            script.receive(&frame(kind, &["pmessage", "p*", "pa", "x"])),
            [Accepted::Push(PushKind::PatternMessage)]
        );
        assert!(script.session.is_idle());
    });
}

#[test]
fn an_error_settles_a_subscription_as_a_reply() {
    both(|mut script, _| {
        script.subscribe(1, Channels, &["a", "b"]);
        script.send([command(2)]);
        assert_eq!(script.receive("-NOPERM no permissions\r\n:1\r\n"), [failed(1), reply(2)]);
        assert!(script.wishes.subscriptions().is_empty());
    });
}

#[test]
fn unsubscribing_from_named_channels() {
    both(|mut script, kind| {
        script.subscribe(1, Channels, &["a", "b"]);
        let ack = |word, name| frame(kind, &[word, name, ":1"]);
        script.receive(&(ack("subscribe", "a") + &ack("subscribe", "b")));
        script.unsubscribe(2, Channels, Some(&["a", "unknown"]));
        assert_eq!(script.receive(&ack("unsubscribe", "a")), [Accepted::Absorbed]);
        assert_eq!(script.receive(&ack("unsubscribe", "unknown")), [unsubscribed(2)]);
        assert_eq!(script.subscribed(Channels), ["b"]);
    });
}

#[test]
fn unsubscribing_from_all_counts_what_is_subscribed_by_then() {
    both(|mut script, kind| {
        let ack = |word, name| frame(kind, &[word, name, ":1"]);
        script.subscribe(1, Patterns, &["p*"]);
        script.receive(&ack("psubscribe", "p*"));
        script.subscribe(2, Channels, &["a", "b"]);
        script.unsubscribe(3, Channels, None);
        script.unsubscribe(4, Channels, None);
        script.unsubscribe(5, Patterns, None);
        script.receive(&(ack("subscribe", "a") + &ack("subscribe", "b")));
        assert_eq!(script.receive(&ack("unsubscribe", "b")), [Accepted::Absorbed]);
        assert_eq!(script.receive(&ack("unsubscribe", "a")), [unsubscribed(3)]);
        assert_eq!(script.receive(&ack("unsubscribe", "nil")), [unsubscribed(4)]);
        assert_eq!(script.subscribed(Patterns), ["p*"]);
        assert_eq!(script.receive(&ack("punsubscribe", "p*")), [unsubscribed(5)]);
        assert!(script.wishes.subscriptions().is_empty());
    });
}

#[test]
fn half_a_subscription_is_not_restored() {
    both(|mut script, kind| {
        script.subscribe(1, Channels, &["old"]);
        script.receive(&frame(kind, &["subscribe", "old", ":1"]));
        script.subscribe(2, Channels, &["old", "new", "other"]);
        script.receive(&frame(kind, &["subscribe", "old", ":1"]));
        script.receive(&frame(kind, &["subscribe", "new", ":2"]));
        assert_eq!(script.end().len(), 1);
        assert_eq!(script.begin(&Credentials::default()).last().unwrap(), "subscribe old");
    });
}

#[test]
fn pushes_of_all_sorts_are_no_replies() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1)]);
    let pushes = [
        (PushKind::Invalidate, ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n".to_owned()),
        (PushKind::Invalidate, ">2\r\n$10\r\ninvalidate\r\n_\r\n".to_owned()),
        (PushKind::Moving, ">4\r\n+MOVING\r\n:1\r\n:15\r\n+10.0.0.1:6379\r\n".to_owned()),
        (PushKind::Migrating, frame('>', &["MIGRATING", ":1", ":2"])),
        (PushKind::ShardMigrated, frame('>', &["SMIGRATED", ":1", ":2"])),
        (PushKind::ShardedMessage, frame('>', &["smessage", "s", "x"])),
        (PushKind::Other, frame('>', &["something"])),
        (PushKind::Other, ">0\r\n".to_owned()),
        (PushKind::Other, ">1\r\n*1\r\n:1\r\n".to_owned()),
    ];
    for (kind, push) in pushes {
        assert_eq!(script.receive(&push), [Accepted::Push(kind)], "{push:?}");
    }
    assert_eq!(script.receive("_\r\n"), [reply(1)]);
}

#[test]
fn a_list_that_looks_like_a_message_is_a_reply() {
    both(|mut script, _| {
        let lookalikes = [
            frame('*', &["message", "a", "x"]),
            frame('*', &["pmessage", "a", "a", "x"]),
            frame('*', &["subscribe", "a", ":1"]),
            frame('*', &["unsubscribe", "a", ":0"]),
            frame('*', &["sunsubscribe", "a", ":0"]),
            frame('*', &["sunsubscribe", "nil", ":0"]),
        ];
        for (ticket, lookalike) in (0..).zip(&lookalikes) {
            // A subscription in progress changes nothing: the server is not in pub/sub mode yet.
            script.send([command(ticket)]);
            script.subscribe(100 + ticket, Patterns, &["p"]);
            assert_eq!(script.receive(lookalike), [reply(ticket)]);
            assert_eq!(script.receive("-ERR\r\n"), [failed(100 + ticket)]);
        }
    });
}

#[test]
fn in_resp3_a_list_that_looks_like_a_message_is_a_reply_even_when_subscribed() {
    let mut script = Script::ready(RespVersion::V3);
    script.subscribe(1, Channels, &["a"]);
    script.receive(&frame('>', &["subscribe", "a", ":1"]));
    script.send([command(2)]);
    assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [reply(2)]);
}

#[test]
fn resp2_pub_sub_mode_answers_pings_and_errors() {
    let mut script = Script::ready(RespVersion::V2);
    script.subscribe(1, Channels, &["a"]);
    script.receive(&frame('*', &["subscribe", "a", ":1"]));
    script.send([command(2), command(3), command(4)]);
    assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [Accepted::Push(PushKind::Message)]);
    assert_eq!(script.receive(&frame('*', &["pong", ""])), [reply(2)]);
    assert_eq!(script.receive(&frame('*', &["message", "a", "y"])), [Accepted::Push(PushKind::Message)]);
    assert_eq!(script.receive(&frame('*', &["pong", "text"])), [reply(3)]);
    assert_eq!(script.receive("-ERR Can't execute 'get': only (P|S)SUBSCRIBE / …\r\n"), [reply(4)]);
    script.unsubscribe(5, Channels, None);
    script.send([command(6)]);
    assert_eq!(script.receive(&frame('*', &["unsubscribe", "a", ":0"])), [unsubscribed(5)]);
    assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [reply(6)]);
}

#[test]
fn a_moved_slot_ends_a_sharded_subscription() {
    for (resp, kind) in [(RespVersion::V2, '*'), (RespVersion::V3, '>')] {
        let mut script = sharded(resp, kind, &["s", "t", "u"]);
        let ended = |name| frame(kind, &["sunsubscribe", name, ":1"]);
        assert_eq!(script.receive(&ended("s")), [moved("s")]);
        script.send([command(2)]);
        assert_eq!(script.receive(&ended("t")), [moved("t")]);
        assert_eq!(script.receive(&frame('*', &["pong", ""])), [reply(2)]);
        script.unsubscribe(3, Sharded, Some(&["s"]));
        assert_eq!(script.receive(&ended("u")), [moved("u")]);
        assert_eq!(script.receive(&ended("s")), [unsubscribed(3)]);
        assert!(script.wishes.subscriptions().is_empty());
    }
}

#[test]
fn a_moved_ticket_does_not_count_for_an_unsubscription_of_the_same_channels() {
    for (resp, kind) in [(RespVersion::V2, '*'), (RespVersion::V3, '>')] {
        let ended = |name| frame(kind, &["sunsubscribe", name, ":1"]);
        for first in ["s", "t"] {
            let mut script = sharded(resp, kind, &["s", "t", "u"]);
            script.unsubscribe(2, Sharded, Some(&["s", "t"]));
            script.send([command(3)]);
            // First the server ends a subscription by itself, then it acknowledges each argument.
            assert_eq!(script.receive(&ended(first)), [Accepted::Absorbed]);
            assert_eq!(script.receive(&ended("s")), [Accepted::Absorbed]);
            assert_eq!(script.receive(&ended("t")), [unsubscribed(2)]);
            assert_eq!(script.receive("+PONG\r\n"), [reply(3)]);
            assert_eq!(script.subscribed(Sharded), ["u"]);
        }
    }
}

#[test]
fn a_null_after_all_sharded_channels_had_moved_is_no_reply() {
    for (resp, kind) in [(RespVersion::V2, '*'), (RespVersion::V3, '>')] {
        let mut script = sharded(resp, kind, &["s"]);
        script.unsubscribe(2, Sharded, None);
        script.send([command(3)]);
        assert_eq!(script.receive(&frame(kind, &["sunsubscribe", "s", ":0"])), [unsubscribed(2)]);
        assert_eq!(script.receive(&frame(kind, &["sunsubscribe", "nil", ":0"])), [Accepted::Absorbed]);
        assert_eq!(script.receive(&frame('*', &["sunsubscribe", "nil", ":0"])), [reply(3)]);
    }
}

#[test]
fn a_raw_subscribe_gets_its_last_acknowledgement_as_the_reply() {
    both(|mut script, kind| {
        let ack = |word, name| frame(kind, &[word, name, ":1"]);
        script.send([raw(1, &["SUBSCRIBE", "a", "b"]), command(2)]);
        assert_eq!(script.receive(&ack("subscribe", "a")), [Accepted::Absorbed]);
        assert_eq!(script.receive(&frame(kind, &["message", "a", "between"])), [Accepted::Push(PushKind::Message)]);
        assert_eq!(script.receive(&ack("subscribe", "b")), [reply(1)]);
        assert_eq!(script.receive(&frame(kind, &["message", "a", "x"])), [Accepted::Push(PushKind::Message)]);
        assert_eq!(script.receive(&frame('*', &["pong", ""])), [reply(2)]);
        assert!(script.wishes.subscriptions().is_empty(), "nobody listens to it: it is not restored");
        script.send([raw(3, &["UNSUBSCRIBE"]), command(4)]);
        assert_eq!(script.receive(&ack("unsubscribe", "b")), [Accepted::Absorbed]);
        assert_eq!(script.receive(&ack("unsubscribe", "a")), [reply(3)]);
        assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [reply(4)]);
        script.send([raw(5, &["PUNSUBSCRIBE"]), raw(6, &["SUBSCRIBE", "a"]), command(7)]);
        assert_eq!(script.receive(&ack("punsubscribe", "nil")), [reply(5)]);
        assert_eq!(script.receive("-NOPERM no permissions\r\n"), [reply(6)]);
        assert_eq!(script.receive("+PONG\r\n"), [reply(7)]);
    });
}

#[test]
fn ending_all_covers_what_raw_commands_opened() {
    both(|mut script, kind| {
        let ack = |word, name| frame(kind, &[word, name, ":1"]);
        script.send([raw(1, &["SUBSCRIBE", "a"])]);
        script.subscribe(2, Channels, &["b"]);
        script.unsubscribe(3, Channels, None);
        script.send([command(4)]);
        script.receive(&(ack("subscribe", "a") + &ack("subscribe", "b")));
        assert_eq!(script.receive(&ack("unsubscribe", "a")), [Accepted::Absorbed]);
        assert_eq!(script.receive(&ack("unsubscribe", "b")), [unsubscribed(3)]);
        assert_eq!(script.receive("+PONG\r\n"), [reply(4)]);
    });
}

#[test]
fn a_push_that_nobody_asked_for_answers_nothing() {
    let mut script = Script::ready(RespVersion::V3);
    let unasked = ["subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe"];
    for word in unasked {
        script.send([command(1), raw(2, &["PSUBSCRIBE", "p"])]);
        script.subscribe(3, Channels, &["b"]);
        script.unsubscribe(4, Channels, Some(&["b"]));
        let kind = if word.contains("un") { PushKind::Unsubscribed } else { PushKind::Subscribed };
        let push = || frame('>', &[word, "x", ":1"]);
        assert_eq!(script.receive(&push()), [Accepted::Push(kind)]);
        assert_eq!(script.receive("+PONG\r\n"), [reply(1)]);
        assert_eq!(script.receive(&push()), [Accepted::Push(kind)]);
        assert_eq!(script.receive(&frame('>', &["psubscribe", "p", ":1"])), [reply(2)]);
        assert_eq!(script.receive(&push()), [Accepted::Push(kind)]);
        assert_eq!(script.receive(&frame('>', &["subscribe", "b", ":1"])), [subscribed(3)]);
        assert_eq!(script.receive(&push()), [Accepted::Push(kind)]);
        assert_eq!(script.receive(&frame('>', &["unsubscribe", "b", ":1"])), [unsubscribed(4)]);
        assert_eq!(script.receive(&push()), [Accepted::Push(kind)]);
    }
}

#[test]
fn a_reply_in_place_of_an_acknowledgement_breaks_the_connection() {
    both(|mut script, kind| {
        script.subscribe(1, Channels, &["a", "b"]);
        script.send([command(2)]);
        script.receive(&frame(kind, &["subscribe", "a", ":1"]));
        assert_eq!(reason(&script.receive_one("$1\r\nx\r\n")).0, ErrorKind::Protocol);
        assert_eq!(script.receive("$1\r\nx\r\n"), [Accepted::Absorbed]);
        assert_eq!(script.end().iter().map(Request::ticket).collect::<Vec<_>>(), [1, 2]);
        assert!(script.wishes.subscriptions().is_empty());
    });
}

#[test]
fn a_transaction_may_subscribe_to_one_channel_at_a_time() {
    both(|mut script, kind| {
        script.send([command(1), raw(2, &["SUBSCRIBE", "a"]), raw(3, &["UNSUBSCRIBE", "a"]), command(4), command(5)]);
        script.send([command(6)]);
        let queued = script.receive("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n");
        assert_eq!(queued[1..3], [reply(2), reply(3)]);
        let exec = ["subscribe", "unsubscribe"].map(|word| frame(kind, &[word, "a", ":1"])).concat();
        assert_eq!(script.receive(&format!("*3\r\n{exec}$1\r\nv\r\n")), [reply(5)]);
        // Nothing is subscribed any more, so in RESP2 this is an ordinary reply.
        assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [reply(6)]);
        script.send([command(7), raw(8, &["SUBSCRIBE", "a"]), command(9)]);
        script.receive("+OK\r\n+QUEUED\r\n");
        assert_eq!(script.receive(&format!("*1\r\n{}", frame(kind, &["subscribe", "a", ":1"]))), [reply(9)]);
        assert_eq!(script.receive(&frame(kind, &["message", "a", "x"])), [Accepted::Push(PushKind::Message)]);
    });
}

#[test]
fn several_acknowledgements_in_a_transaction_break_the_connection_before_exec() {
    let cases: [&[Request]; 3] = [
        &[raw(2, &["SUBSCRIBE", "a", "b"])],
        &[raw(2, &["SUBSCRIBE", "a"]), raw(3, &["SUBSCRIBE", "a"]), raw(4, &["UNSUBSCRIBE"])],
        &[Request::subscribe(2, Patterns, crate::script::channels(&["a", "b"]))],
    ];
    for requests in cases {
        both(|mut script, _| {
            script.send([command(1)]);
            script.send(requests.iter().cloned());
            script.send([command(9), command(10)]);
            let accepted = script.receive(&("+OK\r\n".to_owned() + &"+QUEUED\r\n".repeat(requests.len())));
            assert_eq!(reason(accepted.last().unwrap()).0, ErrorKind::Protocol);
            let last = requests.last().unwrap().ticket();
            assert_eq!(script.end().iter().map(Request::ticket).collect::<Vec<_>>(), [last, 9, 10]);
        });
    }
}

#[test]
fn a_discarded_transaction_subscribes_to_nothing() {
    for end in ["+OK\r\n", "*-1\r\n", "-EXECABORT Transaction discarded because of previous errors.\r\n"] {
        let mut script = Script::ready(RespVersion::V2);
        script.send([command(1), raw(2, &["SUBSCRIBE", "a"]), command(3), command(4), command(5)]);
        script.receive("+OK\r\n+QUEUED\r\n-ERR no such command\r\n");
        assert_eq!(script.receive(end), [reply(4)]);
        assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [reply(5)]);
    }
}

#[test]
fn within_a_users_transaction_a_subscription_is_only_queued() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1)]);
    script.subscribe(2, Channels, &["a"]);
    script.send([command(3)]);
    assert_eq!(script.receive("+OK\r\n+QUEUED\r\n"), [reply(1), failed(2)]);
    assert_eq!(script.receive(&format!("*1\r\n{}", frame('>', &["subscribe", "a", ":1"]))), [reply(3)]);
}
