//! Converts settings of JS to `LinkConfig`.

use std::net::IpAddr;
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::config::{
    ClientInfo, Credentials, DialConfig, Endpoint, Family, MaintNotifications, RespVersion, SessionConfig, TlsConfig,
    TlsVersion,
};
use crate::engine::link::LinkConfig;

/// Longest busy-poll, in microseconds. It blocks the event loop meanwhile.
const MOST_BUSY_POLL: f64 = 1000.0;

/// TLS settings; see `NativeTlsOptions` in `lib/wire/addon.ts`.
#[napi(object)]
pub struct NativeTlsOptions {
    pub ca: Vec<Buffer>,
    pub cert: Vec<Buffer>,
    pub key: Vec<Buffer>,
    pub reject_unauthorized: bool,
    pub servername: Option<String>,
    pub custom_identity: bool,
    pub min_version: String,
    pub max_version: String,
    pub alpn: Vec<String>,
}

/// Settings of a link; see `NativeLinkOptions` in `lib/wire/addon.ts`. Times are milliseconds.
#[napi(object)]
pub struct NativeLinkOptions {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub path: Option<String>,
    pub family: u8,
    pub local_address: Option<String>,
    pub local_port: Option<u16>,
    pub no_delay: bool,
    pub keep_alive_initial_delay: Option<f64>,
    pub tcp_user_timeout: Option<f64>,
    pub connect_timeout: f64,
    pub socket_timeout: f64,
    pub pump: bool,
    pub busy_poll: f64,
    pub tls: Option<NativeTlsOptions>,
    pub custom_endpoint: bool,
    pub custom_lookup: bool,
    pub asks_credentials: bool,
    pub username: Option<String>,
    pub password: Option<String>,
    pub resp: u8,
    pub name: Option<String>,
    pub database: u32,
    pub readonly: bool,
    pub lib_name: Option<String>,
    pub lib_version: Option<String>,
    pub tracking: Option<Vec<Buffer>>,
    pub maint_endpoint_type: Option<String>,
    pub maint_required: bool,
    pub maint_relaxed_command_timeout: Option<f64>,
    pub maint_relaxed_socket_timeout: Option<f64>,
    pub disable_offline_queue: bool,
    pub cache: Option<u32>,
}

impl NativeLinkOptions {
    /// Checks and converts the settings.
    pub fn into_config(self) -> Result<LinkConfig> {
        let session = self.session();
        let connect_timeout = whole_millis(self.connect_timeout);
        let socket_timeout = whole_millis(self.socket_timeout);
        let relaxed_command_timeout = whole_millis(self.maint_relaxed_command_timeout.unwrap_or(0.0));
        let relaxed_socket_timeout = whole_millis(self.maint_relaxed_socket_timeout.unwrap_or(0.0));
        let (disable_offline_queue, custom_lookup, pump) = (self.disable_offline_queue, self.custom_lookup, self.pump);
        let (cache, custom_endpoint) = (self.cache, self.custom_endpoint);
        let credentials = (!self.asks_credentials)
            .then(|| Credentials { username: self.username.clone(), password: self.password.clone() });
        let busy_poll = Duration::from_micros(self.busy_poll.clamp(0.0, MOST_BUSY_POLL) as u64);
        let dial = self.into_dial()?;
        Ok(LinkConfig {
            dial,
            session,
            connect_timeout,
            socket_timeout,
            relaxed_command_timeout,
            relaxed_socket_timeout,
            disable_offline_queue,
            custom_endpoint,
            custom_lookup,
            credentials,
            pump,
            busy_poll,
            cache,
        })
    }

    fn session(&self) -> SessionConfig {
        let client_info = match (&self.lib_name, &self.lib_version) {
            (Some(name), Some(version)) => Some(ClientInfo { lib_name: name.clone(), lib_version: version.clone() }),
            _ => None,
        };
        let required = self.maint_required;
        let maint = self.maint_endpoint_type.clone();
        SessionConfig {
            resp: if self.resp == 2 { RespVersion::V2 } else { RespVersion::V3 },
            name: self.name.clone(),
            database: self.database,
            readonly: self.readonly,
            client_info,
            tracking: self.tracking.as_ref().map(|words| words.iter().map(|word| word.to_vec()).collect()),
            keeps_commands: false,
            maint_notifications: maint.map(|endpoint_type| MaintNotifications { endpoint_type, required }),
        }
    }

    fn into_dial(self) -> Result<DialConfig> {
        let endpoint = match self.path {
            Some(path) => Endpoint::Unix { path: path.into() },
            None => Endpoint::Tcp {
                host: self.host.unwrap_or_else(|| "localhost".to_owned()),
                port: self.port.unwrap_or(6379),
            },
        };
        let family = match self.family {
            4 => Family::V4,
            6 => Family::V6,
            _ => Family::Any,
        };
        Ok(DialConfig {
            endpoint,
            addresses: Vec::new(),
            family,
            local_address: self.local_address.map(|address| parse_address(&address)).transpose()?,
            local_port: self.local_port.unwrap_or(0),
            no_delay: self.no_delay,
            keep_alive: self.keep_alive_initial_delay.map(|delay| Duration::from_millis(whole_millis(delay))),
            tcp_user_timeout: self
                .tcp_user_timeout
                .filter(|timeout| *timeout > 0.0)
                .map(|timeout| Duration::from_millis(whole_millis(timeout))),
            tls: self.tls.map(NativeTlsOptions::into_config),
        })
    }
}

impl NativeTlsOptions {
    fn into_config(self) -> TlsConfig {
        let bytes = |buffers: Vec<Buffer>| buffers.into_iter().map(|buffer| buffer.to_vec()).collect();
        let version = |name: &str| if name == "TLSv1.3" { TlsVersion::V1_3 } else { TlsVersion::V1_2 };
        TlsConfig {
            ca: bytes(self.ca),
            cert: bytes(self.cert),
            key: bytes(self.key),
            reject_unauthorized: self.reject_unauthorized,
            servername: self.servername,
            custom_identity: self.custom_identity,
            min_version: version(&self.min_version),
            max_version: version(&self.max_version),
            alpn: self.alpn.into_iter().map(String::into_bytes).collect(),
        }
    }
}

/// Parses an IP address. Fails with `InvalidArg`.
pub fn parse_address(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| Error::new(Status::InvalidArg, format!("\"{text}\" is not an IP address")))
}

pub fn whole_millis(millis: f64) -> u64 {
    if millis.is_finite() && millis > 0.0 { millis.ceil() as u64 } else { 0 }
}
