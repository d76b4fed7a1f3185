//! The back office on real loopback sockets: dialling, cancelling, and the pump.

mod support;

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener};
use std::time::{Duration, Instant};

use oxredis::error::ErrorKind;
use oxredis::transport::{DialledSocket, PumpTransport, Report, Transport, Want};
use support::{Desk, listener, tcp, unix};

/// Returns a port that nobody listens on.
fn closed_port() -> u16 {
    listener().1
}

#[test]
fn refused_is_told_as_node_does() {
    let port = closed_port();
    let error = Desk::new().dial(tcp("127.0.0.1", port), Want::Descriptor).unwrap_err();
    assert_eq!(error.message, format!("connect ECONNREFUSED 127.0.0.1:{port}"));
    assert_eq!(
        (error.kind, error.code.as_deref(), error.syscall),
        (ErrorKind::Io, Some("ECONNREFUSED"), Some("connect"))
    );
    assert_eq!((error.address.as_deref(), error.port), (Some("127.0.0.1"), Some(port)));
    assert!(error.causes.is_empty());
}

#[test]
fn all_addresses_refused_is_one_error_with_causes() {
    let port = closed_port();
    let mut config = tcp("redis.example", port);
    config.addresses = ["::1", "127.0.0.1"].map(|ip| ip.parse::<IpAddr>().unwrap()).to_vec();
    let error = Desk::new().dial(config, Want::Descriptor).unwrap_err();
    assert_eq!(error.code, error.causes[0].code);
    assert_eq!(error.causes.len(), 2);
    assert_eq!(error.causes[1].message, format!("connect ECONNREFUSED 127.0.0.1:{port}"));
    assert_eq!(error.message, format!("{}; {}", error.causes[0].message, error.causes[1].message));
}

#[test]
fn a_missing_unix_socket_is_enoent() {
    let error = Desk::new().dial(unix("/nonexistent/redis.sock"), Want::Descriptor).unwrap_err();
    assert_eq!(error.message, "connect ENOENT /nonexistent/redis.sock");
    assert_eq!((error.code.as_deref(), error.port), (Some("ENOENT"), None));
}

#[test]
fn an_unknown_name_is_told_as_node_does() {
    let error = Desk::new().dial(tcp("no-such-host.invalid", 1), Want::Descriptor).unwrap_err();
    let code = error.code.clone().unwrap();
    assert!(&*code == "ENOTFOUND" || &*code == "EAI_AGAIN", "{code}");
    assert_eq!(error.message, format!("getaddrinfo {code} no-such-host.invalid"));
    assert_eq!((error.kind, error.syscall), (ErrorKind::Dns, Some("getaddrinfo")));
}

#[test]
fn the_live_family_wins_beside_a_dead_one() {
    let (listener, port) = listener();
    let mut config = tcp("redis.example", port);
    // The first address (of the discard prefix) never answers, or is unreachable at once; in both cases the second one
    // is used.
    config.addresses = ["100::1", "127.0.0.1"].map(|ip| ip.parse::<IpAddr>().unwrap()).to_vec();
    let start = Instant::now();
    let dialled = Desk::new().dial(config, Want::Descriptor).unwrap();
    // The system would give up the first one only after two minutes.
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!(dialled.remote, format!("127.0.0.1:{port}"));
    listener.accept().unwrap();
}

#[test]
fn a_backlogged_first_address_does_not_hold_up_the_second() {
    // Connections to a full listener get no answer, so the second address must be tried after 250 ms.
    let dead = support::FullListener::new("127.0.0.2");
    let live = TcpListener::bind(("127.0.0.1", dead.port())).unwrap();
    let mut config = tcp("redis.example", dead.port());
    config.addresses = ["127.0.0.2", "127.0.0.1"].map(|ip| ip.parse::<IpAddr>().unwrap()).to_vec();
    let start = Instant::now();
    let dialled = Desk::new().dial(config, Want::Descriptor).unwrap();
    let took = start.elapsed();
    assert_eq!(dialled.remote, format!("127.0.0.1:{}", dead.port()));
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(60), "{took:?}");
    drop(live);
}

#[test]
fn options_and_local_address_reach_the_socket() {
    let (listener, port) = listener();
    let mut config = tcp("127.0.0.1", port);
    config.local_address = Some("127.0.0.3".parse().unwrap());
    config.keep_alive = Some(Duration::from_secs(5));
    config.tcp_user_timeout = Some(Duration::from_secs(30));
    let dialled = Desk::new().dial(config, Want::Descriptor).unwrap();
    let (_peer, from) = listener.accept().unwrap();
    assert_eq!(from.ip().to_string(), "127.0.0.3");
    let DialledSocket::Descriptor(descriptor) = dialled.socket else { panic!("no descriptor") };
    let socket = socket2::Socket::from(descriptor);
    assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap() && socket.nonblocking().unwrap());
    assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(5));
    #[cfg(target_os = "linux")]
    assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(30)));
}

#[test]
fn a_foreign_local_address_is_a_bind_error() {
    let (_listener, port) = listener();
    let mut config = tcp("127.0.0.1", port);
    config.local_address = Some("192.0.2.1".parse().unwrap());
    let error = Desk::new().dial(config, Want::Descriptor).unwrap_err();
    assert_eq!(error.message, "bind EADDRNOTAVAIL 192.0.2.1:0");
}

#[test]
fn unix_sockets_give_a_descriptor_and_a_pump() {
    let directory = support::Scratch::new("unix");
    let path = directory.path("redis.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let desk = Desk::new();
    let dialled = desk.dial(unix(&path), Want::Descriptor).unwrap();
    assert!(matches!(dialled.socket, DialledSocket::Descriptor(_)));
    assert_eq!(dialled.remote, path);
    let mut pump = desk.pump(unix(&path));
    listener.accept().unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"hello").unwrap();
    assert_eq!(desk.read_exactly(&mut pump, 5), b"hello");
}

#[test]
fn a_cancelled_dial_reports_nothing() {
    let (listener, port) = listener();
    let desk = Desk::new();
    // One dial is cancelled before it is done, the other one when its report is already queued.
    let dead = support::FullListener::new("127.0.0.2");
    drop(desk.office.dial(1, tcp("127.0.0.2", dead.port()), Want::Descriptor));
    let second = desk.office.dial(2, tcp("127.0.0.1", port), Want::Descriptor);
    desk.wait_woken();
    drop(second);
    let mut reports = Vec::new();
    desk.office.drain(&mut reports);
    assert!(reports.is_empty(), "{reports:?}");
    let (mut peer, _) = listener.accept().unwrap();
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0, "the socket of a cancelled dial is closed");
}

#[test]
fn nothing_is_reported_after_shutdown() {
    let (listener, port) = listener();
    let desk = Desk::new();
    let mut pump = desk.pump(tcp("127.0.0.1", port));
    let (mut peer, _) = listener.accept().unwrap();
    desk.office.shutdown();
    let woken = desk.wakes();
    let late = desk.office.dial(9, tcp("127.0.0.1", port), Want::Pump);
    peer.write_all(b"late").unwrap();
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0, "shutdown closes pump connections");
    assert!(pump.write(b"x").is_err());
    let mut reports = Vec::new();
    desk.office.drain(&mut reports);
    assert!(reports.is_empty());
    assert_eq!(desk.wakes(), woken);
    drop(late);
}

#[test]
fn the_pump_echoes_ten_megabytes_under_back_pressure() {
    let (listener, port) = listener();
    // Limits the kernel's buffer, so that it cannot accept everything.
    socket2::SockRef::from(&listener).set_recv_buffer_size(64 * 1024).unwrap();
    let (start, started) = std::sync::mpsc::channel::<()>();
    let server = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        started.recv().unwrap();
        let mut writer = peer.try_clone().unwrap();
        std::io::copy(&mut peer, &mut writer).unwrap();
    });
    let desk = Desk::new();
    let mut pump = desk.pump(tcp("127.0.0.1", port));
    let sent: Vec<u8> = (0..10_000_000_u32).map(|i| (i ^ (i >> 8)) as u8).collect();
    let mut taken = 0;
    // The peer does not read: the pump accepts what the kernel accepts and one megabyte more, and then nothing.
    loop {
        match pump.write(&sent[taken..]) {
            Ok(count) => taken += count,
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                let before = taken;
                std::thread::sleep(Duration::from_millis(100));
                taken += pump.write(&sent[taken..]).unwrap_or(0);
                if taken == before {
                    break;
                }
            }
        }
        assert!(taken < sent.len(), "a peer that does not read must be felt by the writer");
    }
    pump.watch_writable(true);
    start.send(()).unwrap();
    desk.exchange(&mut pump, &sent, taken);
    drop(pump);
    server.join().unwrap();
}

#[test]
fn an_unread_pump_stops_its_peer() {
    let (listener, port) = listener();
    let desk = Desk::new();
    let mut pump = desk.pump(tcp("127.0.0.1", port));
    let (mut peer, _) = listener.accept().unwrap();
    peer.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let chunk = vec![7; 1 << 20];
    let mut written = 0;
    while let Ok(count) = peer.write(&chunk) {
        written += count;
        assert!(written < 64 << 20, "nothing stops the peer");
    }
    let mut seen = 0;
    let mut buffer = vec![0; 1 << 16];
    let mut held = 0;
    while let Ok(count) = pump.read(&mut buffer) {
        held = held.max(count);
        seen += count;
        if seen == written {
            break;
        }
        desk.wait_readable();
    }
    assert_eq!(seen, written);
    assert!(held <= 1 << 16);
}

#[test]
fn the_end_comes_after_the_last_bytes_and_stays() {
    let (listener, port) = listener();
    let desk = Desk::new();
    let mut pump = desk.pump(tcp("127.0.0.1", port));
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"-ERR max number of clients reached\r\n").unwrap();
    drop(peer);
    assert_eq!(desk.read_exactly(&mut pump, 36), b"-ERR max number of clients reached\r\n");
    assert_eq!(desk.read_something(&mut pump, &mut [0; 8]).unwrap(), 0);
    assert_eq!(pump.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn a_reset_is_an_error_with_its_code() {
    let (listener, port) = listener();
    let desk = Desk::new();
    let mut pump = desk.pump(tcp("127.0.0.1", port));
    let (peer, _) = listener.accept().unwrap();
    support::reset(peer);
    let error = desk.read_something(&mut pump, &mut [0; 8]).unwrap_err();
    assert_eq!(oxredis::transport::io_error("read", &error).message, "read ECONNRESET");
}

#[test]
fn a_dropped_pump_sends_what_it_took() {
    let (listener, port) = listener();
    let desk = Desk::new();
    let mut pump = desk.pump(tcp("127.0.0.1", port));
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"never read").unwrap();
    let bytes = vec![42; 900_000];
    assert_eq!(pump.write(&bytes).unwrap(), bytes.len());
    drop(pump);
    let mut seen = Vec::new();
    peer.read_to_end(&mut seen).unwrap();
    assert_eq!(seen.len(), bytes.len());
}

#[test]
fn a_paused_pump_is_silent_until_resumed() {
    let (listener, port) = listener();
    let desk = Desk::new();
    let mut pump = desk.pump(tcp("127.0.0.1", port));
    let (mut peer, _) = listener.accept().unwrap();
    pump.pause_reading(true);
    peer.write_all(b"quiet").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(desk.poll().is_empty());
    pump.pause_reading(false);
    desk.wait_readable();
    let mut buffer = [0; 2];
    // Reports are level-triggered: the remaining bytes are reported again.
    assert_eq!(pump.read(&mut buffer).unwrap(), 2);
    desk.wait_readable();
    assert_eq!(desk.read_exactly(&mut pump, 3), b"iet");
}

#[test]
fn writable_is_reported_once_when_asked_for() {
    let (listener, port) = listener();
    let desk = Desk::new();
    let mut pump: PumpTransport = desk.pump(tcp("127.0.0.1", port));
    let (_peer, _) = listener.accept().unwrap();
    pump.watch_writable(true);
    let reports = desk.wait();
    assert!(matches!(reports[..], [Report::Writable { .. }]), "{reports:?}");
    assert!(desk.poll().is_empty());
}
