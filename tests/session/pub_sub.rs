//! Subscriptions: acknowledgements in order with replies, messages, pub/sub mode of RESP2, slots that move.

use oxredis::config::{Credentials, RespVersion};
use oxredis::error::ErrorKind;
use oxredis::proto::command::SubscriptionKind::{Channels, Patterns, Sharded};
use oxredis::proto::session::Accepted;

use crate::script::{Script, command, failed, frame, reason, reply, settled};

/// Runs a test in both protocols: a ready session and the type of its pub/sub frames.
fn both(test: impl Fn(Script, char)) {
    test(Script::ready(RespVersion::V2), '*');
    test(Script::ready(RespVersion::V3), '>');
}

fn moved(channel: &'static str) -> Accepted {
    Accepted::ShardedChannelMoved { channel: channel.into(), ready: false }
}

/// A session that is subscribed to sharded channels.
fn sharded(resp: RespVersion, kind: char, names: &[&str]) -> Script {
    let mut script = Script::ready(resp);
    script.subscribe(1, Sharded, names);
    let acknowledged = names.iter().map(|name| script.receive_one(&frame(kind, &["ssubscribe", name, ":1"]))).last();
    assert_eq!(acknowledged, Some(settled(1)));
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
        assert_eq!(script.receive(&frame(kind, &["message", "a", "between"])), [Accepted::Push]);
        assert_eq!(script.receive(&ack("subscribe", "b")), [Accepted::Absorbed]);
        assert_eq!(script.receive(&ack("subscribe", "a")), [settled(2)]);
        assert_eq!(script.receive(&ack("psubscribe", "p*")), [settled(3)]);
        assert_eq!(script.subscribed(Channels), ["a", "b"]);
        assert_eq!(script.receive(&frame(kind, &["pmessage", "p*", "pa", "x"])), [Accepted::Push]);
        assert!(script.session.is_idle());
    });
}

#[test]
fn an_error_settles_a_subscription_as_a_reply() {
    both(|mut script, _| {
        script.subscribe(1, Channels, &["a", "b"]);
        script.send([command(2)]);
        assert_eq!(script.receive("-NOPERM no permissions\r\n:1\r\n"), [failed(1), reply(2)]);
        assert!(script.session.subscriptions().is_empty());
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
        assert_eq!(script.receive(&ack("unsubscribe", "unknown")), [settled(2)]);
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
        assert_eq!(script.receive(&ack("unsubscribe", "a")), [settled(3)]);
        assert_eq!(script.receive(&ack("unsubscribe", "nil")), [settled(4)]);
        assert_eq!(script.subscribed(Patterns), ["p*"]);
        assert_eq!(script.receive(&ack("punsubscribe", "p*")), [settled(5)]);
        assert!(script.session.subscriptions().is_empty());
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
        assert_eq!(script.session.end().len(), 1);
        assert_eq!(script.begin(&Credentials::default()).last().unwrap(), "subscribe old");
    });
}

#[test]
fn pushes_of_all_sorts_are_no_replies() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1)]);
    let pushes = [
        ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n".to_owned(),
        ">2\r\n$10\r\ninvalidate\r\n_\r\n".to_owned(),
        ">4\r\n+MOVING\r\n:1\r\n:15\r\n+10.0.0.1:6379\r\n".to_owned(),
        frame('>', &["MIGRATING", ":1", ":2"]),
        frame('>', &["smessage", "s", "x"]),
        frame('>', &["something"]),
        ">0\r\n".to_owned(),
        ">1\r\n*1\r\n:1\r\n".to_owned(),
    ];
    assert_eq!(script.receive(&pushes.concat()), vec![Accepted::Push; pushes.len()]);
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
        for (slot, lookalike) in (0..).zip(&lookalikes) {
            // A subscription on its way changes nothing: the server is not in pub/sub mode yet.
            script.send([command(slot)]);
            script.subscribe(100 + slot, Patterns, &["p"]);
            assert_eq!(script.receive(lookalike), [reply(slot)]);
            assert_eq!(script.receive("-ERR\r\n"), [failed(100 + slot)]);
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
    assert_eq!(script.receive(&frame('*', &["message", "a", "x"])), [Accepted::Push]);
    assert_eq!(script.receive(&frame('*', &["pong", ""])), [reply(2)]);
    assert_eq!(script.receive(&frame('*', &["message", "a", "y"])), [Accepted::Push]);
    assert_eq!(script.receive(&frame('*', &["pong", "text"])), [reply(3)]);
    assert_eq!(script.receive("-ERR Can't execute 'get': only (P|S)SUBSCRIBE / …\r\n"), [reply(4)]);
    script.unsubscribe(5, Channels, None);
    script.send([command(6)]);
    assert_eq!(script.receive(&frame('*', &["unsubscribe", "a", ":0"])), [settled(5)]);
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
        assert_eq!(script.receive(&ended("s")), [settled(3)]);
        assert!(script.session.subscriptions().is_empty());
    }
}

#[test]
fn a_moved_slot_does_not_count_for_an_unsubscription_of_the_same_channels() {
    for (resp, kind) in [(RespVersion::V2, '*'), (RespVersion::V3, '>')] {
        let ended = |name| frame(kind, &["sunsubscribe", name, ":1"]);
        for first in ["s", "t"] {
            let mut script = sharded(resp, kind, &["s", "t", "u"]);
            script.unsubscribe(2, Sharded, Some(&["s", "t"]));
            script.send([command(3)]);
            // By the server itself, then for each argument.
            assert_eq!(script.receive(&ended(first)), [Accepted::Absorbed]);
            assert_eq!(script.receive(&ended("s")), [Accepted::Absorbed]);
            assert_eq!(script.receive(&ended("t")), [settled(2)]);
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
        assert_eq!(script.receive(&frame(kind, &["sunsubscribe", "s", ":0"])), [settled(2)]);
        assert_eq!(script.receive(&frame(kind, &["sunsubscribe", "nil", ":0"])), [Accepted::Absorbed]);
        assert_eq!(script.receive(&frame('*', &["sunsubscribe", "nil", ":0"])), [reply(3)]);
    }
}

#[test]
fn a_raw_subscribe_gets_its_acknowledgement_as_the_reply() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1), command(2)]);
    assert_eq!(script.receive(&frame('>', &["subscribe", "a", ":1"])), [reply(1)]);
    assert_eq!(script.receive("$1\r\nx\r\n"), [reply(2)]);
    script.send([command(3)]);
    assert_eq!(script.receive(&frame('>', &["unsubscribe", "a", ":0"])), [reply(3)]);
    assert_eq!(script.receive(&frame('>', &["unsubscribe", "b", ":0"])), [Accepted::Push]);
    assert!(script.session.subscriptions().is_empty());
}

#[test]
fn acknowledgements_that_cannot_be_told_apart_break_the_connection() {
    let mut script = Script::ready(RespVersion::V3);
    script.send([command(1), command(2)]);
    assert_eq!(script.receive(&frame('>', &["subscribe", "a", ":1"])), [reply(1)]);
    let surplus = script.receive_one(&frame('>', &["subscribe", "b", ":2"]));
    assert_eq!(reason(&surplus).0, ErrorKind::Protocol);
    assert_eq!(script.receive("$1\r\nx\r\n"), [Accepted::Absorbed]);
    assert_eq!(script.session.end(), [command(2)]);
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
