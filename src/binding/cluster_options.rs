//! Converts settings of JS to `ClusterConfig`.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::link_options::{NativeLinkOptions, whole_millis};
use crate::boundary::ReadFrom;
use crate::engine::cluster::ClusterConfig;

/// Settings of a cluster; see `NativeClusterOptions` in `lib/wire/addon.ts`.
#[napi(object)]
pub struct NativeClusterOptions {
    pub node: NativeLinkOptions,
    pub most_redirections: u32,
    pub read_from: u32,
    pub zone: Option<String>,
    pub lazy: bool,
    pub refresh_interval: f64,
}

impl NativeClusterOptions {
    /// Checks and converts the settings.
    pub fn into_config(self) -> Result<ClusterConfig> {
        let all = [
            ReadFrom::Primary,
            ReadFrom::AnyNode,
            ReadFrom::PreferReplica,
            ReadFrom::AzAffinity,
            ReadFrom::LowestLatency,
        ];
        let read_from = all.into_iter().find(|known| *known as u32 == self.read_from);
        Ok(ClusterConfig {
            node: self.node.into_config()?,
            most_redirections: self.most_redirections,
            read_from: read_from.ok_or_else(|| Error::new(Status::InvalidArg, "readFrom is none of ReadFrom"))?,
            zone: self.zone,
            lazy: self.lazy,
            refresh_interval: whole_millis(self.refresh_interval),
        })
    }
}
