//! TLS on a connected socket.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio_rustls::TlsConnector;

use super::blocking;
use super::stream::Stream;
use super::tls_config::build;
use super::tls_error::handshake_error;
use super::tls_pem::config_error;
use crate::config::TlsConfig;
use crate::error::EngineError;

/// How many configurations are cached; a process rarely uses more than one or two.
const KEPT: usize = 16;

/// A cache of rustls configurations. Connections with equal settings share one, so that they can resume TLS sessions.
#[derive(Default)]
pub(super) struct TlsCache {
    /// The most recently used one comes first.
    built: Mutex<VecDeque<(TlsConfig, Arc<ClientConfig>)>>,
}

impl TlsCache {
    async fn get(&self, tls: &TlsConfig) -> Result<Arc<ClientConfig>, EngineError> {
        if let Some(config) = self.find(tls) {
            return Ok(config);
        }
        // Reading the system's root certificates and parsing keys takes milliseconds, so this runs on another thread
        // than the one that moves bytes.
        let settings = tls.clone();
        let built = blocking::run(move || build(&settings)).await;
        // If no thread could be created, the configuration is built on this one.
        let config = built.unwrap_or_else(|_| build(tls))?;
        // If another dial has cached an equal configuration meanwhile, that one is used, because it holds the TLS
        // sessions.
        Ok(self.find(tls).unwrap_or_else(|| self.keep(tls, Arc::new(config))))
    }

    fn find(&self, tls: &TlsConfig) -> Option<Arc<ClientConfig>> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let at = built.iter().position(|(settings, _)| settings == tls)?;
        let entry = built.remove(at)?;
        let config = Arc::clone(&entry.1);
        built.push_front(entry);
        Some(config)
    }

    fn keep(&self, tls: &TlsConfig, config: Arc<ClientConfig>) -> Arc<ClientConfig> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        built.push_front((tls.clone(), Arc::clone(&config)));
        built.truncate(KEPT);
        config
    }
}

/// A connection after the TLS handshake.
pub(super) struct Secured {
    pub(super) stream: Stream,
    pub(super) connection: ClientConnection,
    /// The peer's certificate (DER), if JS has to check it.
    pub(super) peer_certificate: Option<Vec<u8>>,
}

/// Everything that the TLS handshake needs besides the socket.
pub(super) struct Plan {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    wants_certificate: bool,
}

/// Checks the settings before anything is sent. `host` is the name to verify, unless the settings have a `servername`.
///
/// # Errors
/// `Config` if the settings cannot be used.
pub(super) async fn plan(cache: &TlsCache, tls: &TlsConfig, host: &str) -> Result<Plan, EngineError> {
    let name = server_name(tls, host)?;
    Ok(Plan { config: cache.get(tls).await?, name, wants_certificate: tls.custom_identity })
}

/// Does the TLS handshake.
///
/// # Errors
/// `Tls`, with Node's code if Node has one; `Io` if the connection was lost.
pub(super) async fn secure(plan: Plan, stream: Stream) -> Result<Secured, EngineError> {
    let connected = TlsConnector::from(plan.config).connect(plan.name, stream).await;
    let (stream, connection) = connected.map_err(|error| handshake_error(&error))?.into_inner();
    let leaf = connection.peer_certificates().and_then(<[_]>::first).filter(|_| plan.wants_certificate);
    let peer_certificate = leaf.map(|certificate| certificate.to_vec());
    Ok(Secured { stream, connection, peer_certificate })
}

fn server_name(tls: &TlsConfig, host: &str) -> Result<ServerName<'static>, EngineError> {
    let name = tls.servername.as_deref().filter(|name| !name.is_empty()).unwrap_or(host);
    let name = name.strip_suffix('.').unwrap_or(name);
    ServerName::try_from(name.to_owned()).map_err(|_| {
        config_error("ERR_TLS_SERVERNAME", format!("\"{name}\" is no host name for TLS; give `socket.servername`"))
    })
}
