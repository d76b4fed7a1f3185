//! TLS on real sockets: which certificates are trusted, what errors say, and data under load.

mod support;

use std::io::Read;
use std::time::Duration;

use oxredis::config::{DialConfig, TlsConfig, TlsVersion};
use oxredis::error::{EngineError, ErrorKind};
use oxredis::transport::{Dialled, DialledSocket, PumpTransport, Transport, Want};
use rcgen::{DnType, date_time_ymd};
use support::tls::{Authority, Demands, Pair, echo_server, leaf, self_signed, trusting};
use support::{Desk, listener, tcp};

fn to(host: &str, port: u16, tls: TlsConfig) -> DialConfig {
    DialConfig { tls: Some(tls), ..tcp(host, port) }
}

/// Dials a server that uses `pair`, at the address 127.0.0.1.
fn attempt(pair: &Pair, tls: TlsConfig) -> Result<Dialled, EngineError> {
    let (port, server) = echo_server(pair, &Demands::default(), 1);
    let result = Desk::new().dial(to("127.0.0.1", port, tls), Want::Descriptor);
    // The result keeps the connection open; when it is dropped, the server ends.
    drop(server);
    result
}

fn code(result: Result<Dialled, EngineError>) -> String {
    let error = result.map(|_| ()).expect_err("the server must be refused");
    assert_eq!(error.kind, ErrorKind::Tls, "{error:?}");
    error.code.unwrap().into()
}

fn named(name: &str, tls: TlsConfig) -> TlsConfig {
    TlsConfig { servername: Some(name.to_owned()), ..tls }
}

#[test]
fn ten_megabytes_both_ways_and_a_goodbye() {
    let ca = Authority::new("ca");
    let (port, server) = echo_server(&ca.issue(&["localhost"]), &Demands::default(), 1);
    let desk = Desk::new();
    let tls = TlsConfig { alpn: vec![b"redis".to_vec()], ..trusting(&ca.pem) };
    let mut pump = desk.pump(to("localhost", port, tls));
    let sent: Vec<u8> = (0..10_000_000_u32).map(|i| (i ^ (i >> 9)) as u8).collect();
    desk.exchange(&mut pump, &sent, 0);
    drop(pump);
    let served = server.join().unwrap();
    assert!(served.goodbye);
    assert_eq!(served.sni.as_deref(), Some("localhost"));
    assert_eq!(served.alpn.as_deref(), Some(&b"redis"[..]));
}

#[test]
fn an_address_needs_its_own_altname() {
    let ca = Authority::new("ca");
    assert!(attempt(&ca.issue(&["127.0.0.1"]), trusting(&ca.pem)).is_ok());
    let error = attempt(&ca.issue(&["localhost", "10.0.0.1"]), trusting(&ca.pem)).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("ERR_TLS_CERT_ALTNAME_INVALID"));
    assert_eq!(
        error.message,
        "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: 10.0.0.1"
    );
}

#[test]
fn a_wrong_name_is_refused_in_nodes_words() {
    let ca = Authority::new("ca");
    let error = attempt(&ca.issue(&["a.example", "10.0.0.1"]), named("b.example", trusting(&ca.pem))).unwrap_err();
    assert_eq!(
        error.message,
        "Hostname/IP does not match certificate's altnames: \
         Host: b.example. is not in the cert's altnames: DNS:a.example, IP Address:10.0.0.1"
    );
    assert!(attempt(&ca.issue(&["*.a.example"]), named("x.a.example", trusting(&ca.pem))).is_ok());
}

#[test]
fn a_certificate_without_altnames_is_matched_by_its_common_name() {
    let ca = Authority::new("ca");
    let mut params = leaf(&[]);
    params.distinguished_name.push(DnType::CommonName, "old.example");
    let pair = ca.sign(params);
    assert!(attempt(&pair, named("old.example", trusting(&ca.pem))).is_ok());
    let error = attempt(&pair, named("new.example", trusting(&ca.pem))).unwrap_err();
    assert!(error.message.ends_with("Host: new.example. is not cert's CN: old.example"), "{error}");
}

#[test]
fn dates_count() {
    let ca = Authority::new("ca");
    let mut params = leaf(&["127.0.0.1"]);
    params.not_after = date_time_ymd(2020, 1, 1);
    assert_eq!(code(attempt(&ca.sign(params), trusting(&ca.pem))), "CERT_HAS_EXPIRED");
    let mut params = leaf(&["127.0.0.1"]);
    params.not_before = date_time_ymd(2090, 1, 1);
    assert_eq!(code(attempt(&ca.sign(params), trusting(&ca.pem))), "CERT_NOT_YET_VALID");
}

#[test]
fn a_self_signed_certificate_is_trusted_as_its_own_ca_only() {
    for ca in [false, true] {
        let pair = self_signed(&["127.0.0.1"], ca);
        assert!(attempt(&pair, trusting(&pair.cert)).is_ok(), "ca: {ca}");
        let stranger = Authority::new("stranger");
        assert_eq!(code(attempt(&pair, trusting(&stranger.pem))), "DEPTH_ZERO_SELF_SIGNED_CERT", "ca: {ca}");
        let misnamed = self_signed(&["elsewhere.example"], ca);
        assert_eq!(code(attempt(&misnamed, trusting(&misnamed.cert))), "ERR_TLS_CERT_ALTNAME_INVALID", "ca: {ca}");
    }
}

#[test]
fn strangers_are_told_apart() {
    let (ca, stranger) = (Authority::new("ca"), Authority::new("stranger"));
    let mut pair = ca.issue(&["127.0.0.1"]);
    assert_eq!(code(attempt(&pair, trusting(&stranger.pem))), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    pair.cert.push_str(&ca.pem);
    assert_eq!(code(attempt(&pair, trusting(&stranger.pem))), "SELF_SIGNED_CERT_IN_CHAIN");
    // The system's root certificates include neither of the two.
    let system = TlsConfig { ca: Vec::new(), ..trusting("") };
    assert_eq!(code(attempt(&pair, system)), "SELF_SIGNED_CERT_IN_CHAIN");
}

#[test]
fn several_cas_in_one_or_many_texts() {
    let (ca, other) = (Authority::new("ca"), Authority::new("other"));
    let pair = ca.issue(&["127.0.0.1"]);
    assert!(attempt(&pair, trusting(&format!("{}\n{}", other.pem, ca.pem))).is_ok());
    let mut two = trusting(&other.pem);
    two.ca.push(ca.pem.clone().into_bytes());
    assert!(attempt(&pair, two).is_ok());
}

#[test]
fn reject_unauthorized_off_takes_anything() {
    let mut params = leaf(&["elsewhere.example"]);
    params.not_after = date_time_ymd(2020, 1, 1);
    let pair = Authority::new("nobody").sign(params);
    let tls = TlsConfig { reject_unauthorized: false, ca: Vec::new(), ..trusting("") };
    assert!(attempt(&pair, tls).is_ok());
}

#[test]
fn a_custom_identity_check_gets_the_certificate() {
    let ca = Authority::new("ca");
    let pair = ca.issue(&["elsewhere.example"]);
    let custom = |ca: &str| TlsConfig { custom_identity: true, ..trusting(ca) };
    let dialled = attempt(&pair, custom(&ca.pem)).unwrap();
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let expected = CertificateDer::from_pem_slice(pair.cert.as_bytes()).unwrap();
    assert_eq!(dialled.peer_certificate.as_deref(), Some(expected.as_ref()));
    let stranger = Authority::new("stranger");
    assert_eq!(code(attempt(&pair, custom(&stranger.pem))), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
}

/// Makes one round trip, which in TLS 1.3 shows whether the server accepted the client's certificate.
fn round_trip(desk: &Desk, config: DialConfig) -> Result<(), EngineError> {
    let dialled = desk.dial(config, Want::Pump)?;
    let DialledSocket::Pump(mut pump) = dialled.socket else { panic!("TLS is pumped") };
    let tell = |error: std::io::Error| oxredis::transport::io_error("read", &error);
    pump.write(b"PING").map_err(tell)?;
    let mut buffer = [0; 4];
    match desk.read_something(&mut pump, &mut buffer).map_err(tell)? {
        0 => Err(EngineError::new(ErrorKind::SocketClosed, "end")),
        _ => Ok(()),
    }
}

#[test]
fn client_certificates_are_shown_when_asked_for() {
    let ca = Authority::new("ca");
    let (server, client) = (ca.issue(&["127.0.0.1"]), ca.issue(&["client"]));
    for version in rustls::ALL_VERSIONS {
        let demands = Demands { versions: &[*version], client_ca: Some(&ca.pem) };
        let (port, _server) = echo_server(&server, &demands, 2);
        let own = TlsConfig {
            cert: vec![client.cert.clone().into_bytes()],
            key: vec![client.key.clone().into_bytes()],
            ..trusting(&ca.pem)
        };
        let desk = Desk::new();
        round_trip(&desk, to("127.0.0.1", port, own)).unwrap();
        let error = round_trip(&desk, to("127.0.0.1", port, trusting(&ca.pem))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Tls, "{error:?}");
        let code = error.code.unwrap();
        assert!(
            &*code == "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" || &*code == "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"
        );
    }
}

#[test]
fn versions_are_kept() {
    let ca = Authority::new("ca");
    let old = Demands { versions: &[&rustls::version::TLS12], client_ca: None };
    let (port, _server) = echo_server(&ca.issue(&["127.0.0.1"]), &old, 2);
    let desk = Desk::new();
    round_trip(&desk, to("127.0.0.1", port, trusting(&ca.pem))).unwrap();
    let strict = TlsConfig { min_version: TlsVersion::V1_3, ..trusting(&ca.pem) };
    let error = round_trip(&desk, to("127.0.0.1", port, strict)).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"), "{error:?}");
    let none = TlsConfig { min_version: TlsVersion::V1_3, max_version: TlsVersion::V1_2, ..trusting(&ca.pem) };
    assert_eq!(desk.dial(to("127.0.0.1", port, none), Want::Pump).unwrap_err().kind, ErrorKind::Config);
}

#[test]
fn sessions_resume_between_connections_of_equal_settings() {
    let ca = Authority::new("ca");
    let (port, server) = echo_server(&ca.issue(&["127.0.0.1"]), &Demands::default(), 3);
    let desk = Desk::new();
    for _ in 0..3 {
        round_trip(&desk, to("127.0.0.1", port, trusting(&ca.pem))).unwrap();
    }
    assert_eq!(server.join().unwrap().resumed, 2);
}

#[test]
fn unusable_settings_say_what_to_do() {
    let pair = self_signed(&["127.0.0.1"], true);
    let (_listener, port) = listener();
    let (cert, key) = (pair.cert.clone().into_bytes(), pair.key.clone().into_bytes());
    let other = self_signed(&["x"], false).key.into_bytes();
    let encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n".to_vec();
    let cases = [
        (vec![cert.clone()], vec![encrypted], "passphrase"),
        (vec![cert.clone()], vec![other], "not the key"),
        (vec![cert.clone()], vec![], "has no key"),
        (vec![cert], vec![b"/etc/redis/key.pem".to_vec()], "not its path"),
        (vec![key.clone()], vec![key], "`socket.cert` holds a private key, where a certificate is expected"),
    ];
    for (cert, key, hint) in cases {
        let tls = TlsConfig { cert, key, ..trusting(&pair.cert) };
        let error = Desk::new().dial(to("127.0.0.1", port, tls), Want::Pump).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Config);
        assert!(error.message.contains(hint), "{error}");
    }
    let error = Desk::new().dial(to("127.0.0.1", port, trusting("ca.pem")), Want::Pump).unwrap_err();
    assert!(error.message.contains("`socket.ca` holds no certificate in PEM"), "{error}");
}

#[test]
fn a_server_without_tls_is_recognised() {
    use std::io::Write;
    let ca = Authority::new("ca");
    let (listener, port) = listener();
    let server = std::thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        first.write_all(b"-ERR Protocol error\r\n").unwrap();
        let mut hello = [0; 16];
        first.read_exact(&mut hello).unwrap();
        let (mut second, _) = listener.accept().unwrap();
        second.read_exact(&mut hello).unwrap();
        second.shutdown(std::net::Shutdown::Write).unwrap();
        // Waits until the client has closed the connection too.
        let _ = second.read_to_end(&mut Vec::new());
    });
    let desk = Desk::new();
    let dial = || desk.dial(to("127.0.0.1", port, trusting(&ca.pem)), Want::Pump).unwrap_err();
    assert_eq!(dial().code.as_deref(), Some("ERR_SSL_WRONG_VERSION_NUMBER"));
    let early = dial();
    assert_eq!(early.code.as_deref(), Some("ECONNRESET"));
    assert_eq!(early.message, "Client network socket disconnected before secure TLS connection was established");
    server.join().unwrap();
}

#[test]
fn garbage_after_the_handshake_is_an_error() {
    let ca = Authority::new("ca");
    let (port, server) = echo_server(&ca.issue(&["127.0.0.1"]), &Demands::default(), 1);
    // A proxy that passes the handshake on and then damages a record.
    let (listener, proxy_port) = listener();
    let proxy = std::thread::spawn(move || {
        use std::io::Write;
        let (client, _) = listener.accept().unwrap();
        let upstream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (mut from, mut into) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
        let up = std::thread::spawn(move || drop(std::io::copy(&mut from, &mut into)));
        let (mut upstream, mut client) = (upstream, client);
        let mut buffer = vec![0; 1 << 16];
        let mut echoed = false;
        while let Ok(count @ 1..) = upstream.read(&mut buffer) {
            if buffer[0] == 23 && count == 4 + 5 + 17 {
                // In TLS 1.3 this is the record with the echo of PING.
                buffer[10] ^= 1;
                echoed = true;
            }
            if client.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = upstream.shutdown(std::net::Shutdown::Both);
        let _ = client.shutdown(std::net::Shutdown::Both);
        up.join().unwrap();
        echoed
    });
    let desk = Desk::new();
    let mut pump: PumpTransport = desk.pump(to("127.0.0.1", proxy_port, trusting(&ca.pem)));
    std::thread::sleep(Duration::from_millis(100));
    pump.write(b"PING").unwrap();
    let error = desk.read_something(&mut pump, &mut [0; 8]).unwrap_err();
    let error = oxredis::transport::io_error("read", &error);
    assert_eq!(error.code.as_deref(), Some("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"));
    assert!(pump.write(b"PING").is_err());
    drop(pump);
    server.join().unwrap();
    assert!(proxy.join().unwrap());
}
