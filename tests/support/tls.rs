//! Certificates created for a test, and a TLS server that echoes.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread::JoinHandle;

use oxredis::config::{TlsConfig, TlsVersion};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Pair {
    pub cert: String,
    pub key: String,
}

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Authority {
    /// Creates a self-signed authority.
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Issues a certificate for these names and addresses.
    pub fn issue(&self, names: &[&str]) -> Pair {
        self.sign(leaf(names))
    }

    /// Issues a certificate with these parameters.
    pub fn sign(&self, params: CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Pair { cert: cert.pem(), key: key.serialize_pem() }
    }
}

/// Parameters for a certificate of a server or client.
pub fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "leaf");
    params
}

/// Creates a self-signed certificate. `ca` marks it as an authority, as `openssl req -x509` does.
pub fn self_signed(names: &[&str], ca: bool) -> Pair {
    let key = KeyPair::generate().unwrap();
    let mut params = leaf(names);
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    Pair { cert: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

/// Client settings that trust `ca`.
pub fn trusting(ca: &str) -> TlsConfig {
    TlsConfig {
        ca: vec![ca.as_bytes().to_vec()],
        cert: Vec::new(),
        key: Vec::new(),
        reject_unauthorized: true,
        servername: None,
        custom_identity: false,
        min_version: TlsVersion::V1_2,
        max_version: TlsVersion::V1_3,
        alpn: Vec::new(),
    }
}

/// What a server demands from its clients.
pub struct Demands<'a> {
    pub versions: &'a [&'static SupportedProtocolVersion],
    pub client_ca: Option<&'a str>,
}

impl Default for Demands<'_> {
    fn default() -> Self {
        Self { versions: rustls::ALL_VERSIONS, client_ca: None }
    }
}

/// What the server observed of its connections.
#[derive(Debug, Default)]
pub struct Served {
    /// The number of handshakes that resumed a session.
    pub resumed: usize,
    /// The ALPN protocol of the last connection.
    pub alpn: Option<Vec<u8>>,
    /// The server name (SNI) that the last client sent.
    pub sni: Option<String>,
    /// Whether the last client sent `close_notify`.
    pub goodbye: bool,
}

/// Serves `connections` clients one after another and echoes what they send. Returns the port.
pub fn echo_server(pair: &Pair, demands: &Demands<'_>, connections: usize) -> (u16, JoinHandle<Served>) {
    let (listener, port) = super::listener();
    let config = Arc::new(server_config(pair, demands));
    let server = std::thread::spawn(move || {
        let mut served = Served::default();
        for _ in 0..connections {
            let (socket, _) = listener.accept().unwrap();
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(StreamOwned::new(connection, socket), &mut served);
        }
        served
    });
    (port, server)
}

fn server_config(pair: &Pair, demands: &Demands<'_>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(demands.versions).unwrap();
    let builder = match demands.client_ca {
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
        None => builder.with_no_client_auth(),
    };
    let chain = CertificateDer::pem_slice_iter(pair.cert.as_bytes()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = vec![b"redis".to_vec()];
    config
}

fn serve(mut stream: StreamOwned<ServerConnection, std::net::TcpStream>, served: &mut Served) {
    let mut buffer = vec![0; 1 << 16];
    served.goodbye = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => {
                if stream.write_all(&buffer[..count]).is_err() {
                    break false;
                }
            }
            Err(_) => break false,
        }
    };
    served.resumed += usize::from(stream.conn.handshake_kind() == Some(rustls::HandshakeKind::Resumed));
    served.alpn = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
    served.sni = stream.conn.server_name().map(str::to_owned);
    stream.conn.send_close_notify();
    let _ = stream.flush();
}
