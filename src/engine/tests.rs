//! Tests of internal state: timers and other memory must not accumulate.

use std::time::Duration;

use super::*;
use crate::config::{DialConfig, Endpoint, Family, RespVersion, SessionConfig};
use crate::engine::link::LinkConfig;

struct Nowhere;

impl Network for Nowhere {
    fn dial(&mut self, _token: u64, _config: DialConfig, _pump: bool) -> Dial {
        Box::new(())
    }
}

fn config(connect_timeout: Millis) -> LinkConfig {
    LinkConfig {
        dial: DialConfig {
            endpoint: Endpoint::Tcp { host: "localhost".into(), port: 6379 },
            addresses: Vec::new(),
            family: Family::Any,
            local_address: None,
            local_port: 0,
            no_delay: true,
            keep_alive: None,
            tcp_user_timeout: None,
            tls: None,
        },
        session: SessionConfig {
            resp: RespVersion::V3,
            name: None,
            database: 0,
            readonly: false,
            client_info: None,
            tracking: None,
            keeps_commands: false,
            maint_notifications: None,
        },
        connect_timeout,
        socket_timeout: 0,
        relaxed_command_timeout: 0,
        relaxed_socket_timeout: 0,
        disable_offline_queue: false,
        custom_endpoint: false,
        custom_lookup: false,
        credentials: None,
        pump: false,
        busy_poll: Duration::ZERO,
        cache: None,
    }
}

fn engine() -> Engine {
    Engine::new(Box::new(Nowhere))
}

fn drain(engine: &mut Engine) {
    while engine.next_output().is_some() {}
}

#[test]
fn attempts_leave_few_timers_behind() {
    let mut engine = engine();
    let id = engine.open(config(1_000_000), 0);
    for now in 1..10_000 {
        let serial = engine.link(id).unwrap().serial;
        let key = ConnectionKey { link: id, serial };
        engine.on_attempt_failed(key, EngineError::new(ErrorKind::Io, "connect ECONNREFUSED"));
        engine.answer(key, Answer::Retry(0), now);
        drain(&mut engine);
    }
    assert!(engine.timers.len() < 4 * FEW_TIMERS, "{} timers", engine.timers.len());
}

#[test]
fn links_leave_few_timers_and_their_ids_behind() {
    let mut engine = engine();
    let stays = engine.open(config(1_000_000), 0);
    for now in 1..10_000 {
        let id = engine.open(config(1_000_000), now);
        engine.destroy(id);
        drain(&mut engine);
        engine.release(id);
        engine.release(id);
        assert_ne!(id, stays);
    }
    assert!(engine.timers.len() < 4 * FEW_TIMERS, "{} timers", engine.timers.len());
    assert_eq!((engine.links.len(), engine.free_ids.len()), (2, 1));
}

#[test]
fn timeouts_leave_few_timers_behind() {
    let mut engine = engine();
    let id = engine.open(config(0), 0) as i32;
    // Each request expires before the previous one, so each needs a timer of its own. Then all expire.
    for round in 0..100u64 {
        for step in 0..20 {
            engine.submit(&[id, 1, 1, 0, 100 - step, -1], b"x", round * 200);
        }
        engine.tick(round * 200 + 90);
        engine.tick(round * 200 + 199);
        assert_eq!(engine.timers.len(), 0);
        drain(&mut engine);
    }
}

#[test]
fn timers_of_queues_do_not_multiply() {
    let mut engine = engine();
    let id = engine.open(config(0), 0) as i32;
    for now in 0..10_000 {
        engine.submit(&[id, 1, 1, 0, if now % 2 == 0 { 100 } else { 50 }, -1], b"x", now);
        engine.tick(now);
        drain(&mut engine);
        assert!(engine.timers.len() < 200, "{} timers at {now}", engine.timers.len());
    }
}

#[test]
fn a_large_batch_is_not_kept() {
    let mut engine = engine();
    let id = engine.open(config(0), 0) as i32;
    let meta: Vec<i32> = (0..100_000).flat_map(|ticket| [id, ticket, 1, 0, 0, -1]).collect();
    engine.submit(&meta, &vec![b'x'; 100_000], 0);
    engine.destroy(0);
    let mut failed = 0;
    while let Some(output) = engine.next_output() {
        if let Output::Batch(batch) = output {
            failed += batch.len();
            engine.recycle(batch);
        }
    }
    assert_eq!(failed, 100_000);
    assert!(engine.spare.is_none_or(|batch| batch.words.capacity() < 100_000));
}
