//! What a connection needs that takes the place of another one: what has changed since its handshake, and a barrier.

use bytes::Bytes;
use oxredis::config::{Credentials, RespVersion};
use oxredis::proto::command::SubscriptionKind;
use oxredis::proto::session::{Accepted, CatchUp};
use oxredis::proto::wishes::Wishes;

use crate::script::{Script, bare, channels, command, credentials, frame, reply};

const HELLO: &str = "%1\r\n+proto\r\n:3\r\n";

/// A ready connection, and what was wanted when its handshake was written.
fn ready(names: &[&str]) -> (Script, Wishes) {
    let mut script = Script::new(bare(RespVersion::V3));
    script.wishes.set_subscriptions(SubscriptionKind::Channels, channels(names));
    script.begin(&Credentials::default());
    script.receive(HELLO);
    let acknowledged: String = names.iter().map(|name| frame('>', &["subscribe", name, ":1"])).collect();
    script.receive(&acknowledged);
    assert!(script.session.is_ready());
    script.written();
    let before = script.wishes.clone();
    (script, before)
}

fn catch_up(script: &mut Script, before: &Wishes) -> (CatchUp, Vec<String>) {
    let caught_up = script.session.catch_up(before, &script.wishes, &mut script.out);
    (caught_up, script.written())
}

#[test]
fn without_changes_nothing_is_written() {
    let (mut script, before) = ready(&["a"]);
    assert_eq!(catch_up(&mut script, &before), (CatchUp::Done, vec![]));
    assert!(script.session.is_ready());
}

#[test]
fn what_has_changed_is_written_in_the_order_of_a_handshake() {
    let (mut script, before) = ready(&["gone", "kept"]);
    script.wishes.set_credentials(credentials(Some("u"), Some("p")));
    script.wishes.set_database(2);
    script.wishes.set_readonly(true);
    script.wishes.set_restored(vec![Bytes::from_static(b"*2\r\n$6\r\nCLIENT\r\n$2\r\nNO\r\n")]);
    script.wishes.set_monitor();
    script.wishes.set_subscriptions(SubscriptionKind::Channels, channels(&["kept", "new"]));
    script.wishes.set_subscriptions(SubscriptionKind::Sharded, channels(&["s", "t"]));
    let (caught_up, written) = catch_up(&mut script, &before);
    assert_eq!(caught_up, CatchUp::Begun);
    let expected = ["unsubscribe gone", "AUTH u p", "SELECT 2", "READONLY", "CLIENT NO", "MONITOR", "subscribe new"];
    assert_eq!(written, [&expected[..], &["ssubscribe s", "ssubscribe t"]].concat());
    assert!(!script.session.is_ready());
    script.receive(&frame('>', &["unsubscribe", "gone", ":1"]));
    script.receive(&"+OK\r\n".repeat(5));
    let last: String = [("subscribe", "new"), ("ssubscribe", "s"), ("ssubscribe", "t")]
        .iter()
        .map(|(word, name)| frame('>', &[word, name, ":1"]))
        .collect();
    assert_eq!(script.receive(&last).last(), Some(&Accepted::Ready));
    let before = script.wishes.clone();
    assert_eq!(catch_up(&mut script, &before), (CatchUp::Done, vec![]));
    // Back to what it was.
    script.wishes.set_database(0);
    script.wishes.set_readonly(false);
    assert_eq!(catch_up(&mut script, &before), (CatchUp::Begun, vec!["SELECT 0".into(), "READWRITE".into()]));
}

#[test]
fn what_cannot_be_undone_needs_another_connection() {
    let (mut script, mut before) = ready(&[]);
    before.set_monitor();
    assert_eq!(catch_up(&mut script, &before).0, CatchUp::Impossible);
    let (mut script, mut before) = ready(&[]);
    before.set_restored(vec![Bytes::from_static(b"*1\r\n$1\r\nX\r\n")]);
    assert_eq!(catch_up(&mut script, &before).0, CatchUp::Impossible);
}

#[test]
fn a_barrier_is_passed_when_all_of_its_pings_are_answered() {
    let (mut script, _) = ready(&["a"]);
    assert!(script.session.is_at_barrier() && script.session.listens());
    script.send([command(1)]);
    script.session.send_barrier(&mut script.out);
    script.session.send_barrier(&mut script.out);
    assert_eq!(script.session.in_flight(), 1);
    assert_eq!(script.receive("+x\r\n"), [reply(1)]);
    assert!(!script.session.is_at_barrier() && script.session.is_idle());
    script.receive("+PONG\r\n");
    assert!(!script.session.is_at_barrier());
    // What comes with the answer belongs before it; an error is an answer, too.
    let message = frame('>', &["message", "a", "m"]);
    script.receive(&format!("{message}-NOPERM no\r\n"));
    assert!(script.session.is_at_barrier());
    assert!(script.end().is_empty());
}
