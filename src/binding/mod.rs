//! N-API: exports the engine as a JS class. Its methods only parse arguments and forward the calls.

mod answers;
mod boundary;
mod caching;
mod cluster_options;
mod digest;
mod environment;
mod event_detail;
mod faults;
mod hot;
mod hot_arguments;
mod hot_blocks;
mod hot_cache;
mod hot_loop;
mod hot_wake;
mod link_options;
mod network;

use std::rc::Rc;

use bytes::Bytes;
use napi::bindgen_prelude::*;
use napi_derive::napi;

use self::answers::NativeAnswer;
use self::caching::{NativeCacheCounts, NativeCacheNews, NativeCacheOptions};
use self::cluster_options::NativeClusterOptions;
use self::environment::Environment;
use self::hot_arguments::{HeldArgument, Spares};
use self::hot_cache::ReplyMemory;
use self::link_options::NativeLinkOptions;
use crate::boundary::lent;
use crate::cache::{KeyedCommand, Keys};
use crate::config::Credentials;
use crate::engine::connection::ConnectionKey;
use crate::proto::command::{Request, SubscriptionKind};
use crate::topology::Address;

/// The engine of one environment; `lib/wire/addon.ts` documents its methods.
#[napi]
pub struct NativeEngine {
    environment: Rc<Environment>,
    spares: Rc<Spares>,
}

#[napi]
impl NativeEngine {
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, callbacks: Object, memory: Object, use_libuv: bool) -> Result<Self> {
        let js = hot::JsSide::new(&env, &callbacks, &memory)?;
        let environment = Environment::new(&env, js, use_libuv)?;
        hot_wake::close_with(&env, &environment)?;
        let spares = environment.spares();
        Ok(Self { environment, spares })
    }

    #[napi(catch_unwind)]
    pub fn flush(&self) {
        self.environment.flush();
    }

    #[napi(catch_unwind)]
    pub fn lend(&self, env: &Env, argument: Unknown<'_>, length: u32, index: u32, at: u32, flags: u32) -> Result<()> {
        let spares = (flags & lent::ONCE != 0).then(|| Rc::clone(&self.spares));
        let argument = HeldArgument::new(env, &argument, length as usize, spares)?;
        self.environment.lend(index, at as usize, argument, flags & lent::FIRST != 0);
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn take_spare<'env>(&self, env: &'env Env, size: u32) -> Option<Unknown<'env>> {
        self.spares.take(env, size as usize)
    }

    #[napi(catch_unwind)]
    pub fn open(&self, options: NativeLinkOptions) -> Result<u32> {
        let config = options.into_config()?;
        Ok(self.environment.open(config))
    }

    #[napi(catch_unwind)]
    pub fn open_cluster(&self, options: NativeClusterOptions) -> Result<u32> {
        let config = options.into_config()?;
        Ok(self.environment.with_engine(|engine, _| engine.open_cluster(config)))
    }

    #[napi(catch_unwind)]
    pub fn discover(&self, cluster: u32, link: u32) {
        self.environment.with_engine(|engine, now| engine.discover(cluster, link, now));
    }

    #[napi(catch_unwind)]
    pub fn refresh_cluster(&self, cluster: u32) {
        self.environment.with_engine(|engine, now| engine.refresh_cluster(cluster, now));
    }

    #[napi(catch_unwind)]
    pub fn open_node(&self, link: u32) {
        self.environment.with_engine(|engine, now| engine.open_node(link, now));
    }

    #[napi(catch_unwind)]
    pub fn node_at(&self, cluster: u32, host: String, port: u16) -> i32 {
        let address = Address { host, port };
        self.environment.with_engine(|engine, _| engine.node_at(cluster, &address)).map_or(-1, |link| link as i32)
    }

    #[napi(catch_unwind)]
    pub fn close_cluster(&self, cluster: u32) {
        self.environment.with_engine(|engine, now| engine.close_cluster(cluster, now));
    }

    #[napi(catch_unwind)]
    pub fn destroy_cluster(&self, cluster: u32) {
        self.environment.with_engine(|engine, _| engine.destroy_cluster(cluster));
    }

    #[napi(catch_unwind)]
    pub fn release(&self, link: u32) {
        self.environment.release(link);
    }

    #[napi(catch_unwind)]
    pub fn close(&self, link: u32) {
        self.environment.with_engine(|engine, _| engine.close(link));
    }

    #[napi(catch_unwind)]
    pub fn destroy(&self, link: u32) {
        self.environment.with_engine(|engine, _| engine.destroy(link));
    }

    #[napi(catch_unwind)]
    pub fn give_up(&self, link: u32) {
        self.environment.with_engine(|engine, _| engine.give_up(link));
    }

    #[napi(catch_unwind)]
    pub fn answer(&self, link: u32, serial: u32, answer: NativeAnswer) -> Result<()> {
        let answer = answer.into_answer()?;
        self.environment.with_engine(|engine, now| engine.answer(ConnectionKey { link, serial }, answer, now));
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn set_database(&self, link: u32, database: u32) {
        self.environment.with_engine(|engine, _| {
            if let Some(link) = engine.link(link) {
                link.wishes.set_database(database);
            }
        });
    }

    /// Number of requests that were written and wait for their replies.
    #[napi(catch_unwind)]
    pub fn in_flight(&self, link: u32) -> u32 {
        self.environment.with_engine(|engine, _| engine.link(link).map_or(0, |link| link.in_flight() as u32))
    }

    #[napi(catch_unwind)]
    pub fn set_restored(&self, link: u32, commands: Vec<Buffer>) {
        self.environment.with_engine(|engine, _| {
            if let Some(link) = engine.link(link) {
                link.wishes.set_restored(bytes_of(commands));
            }
        });
    }

    #[napi(catch_unwind)]
    pub fn set_subscriptions(&self, link: u32, kind: u32, channels: Vec<Buffer>) {
        self.environment.with_engine(|engine, _| {
            if let Some(link) = engine.link(link) {
                link.wishes.set_subscriptions(kind_of(kind), bytes_of(channels));
            }
        });
    }

    #[napi(catch_unwind)]
    pub fn set_monitor(&self, link: u32) {
        self.environment.with_engine(|engine, _| {
            if let Some(link) = engine.link(link) {
                link.wishes.set_monitor();
            }
        });
    }

    #[napi(catch_unwind)]
    pub fn set_credentials(&self, link: u32, username: Option<String>, password: Option<String>) {
        let credentials = Credentials { username, password };
        self.environment.with_engine(|engine, _| engine.set_credentials(link, Some(credentials)));
    }

    #[napi(catch_unwind)]
    pub fn ask_credentials(&self, link: u32) {
        self.environment.with_engine(|engine, _| engine.set_credentials(link, None));
    }

    #[napi(catch_unwind)]
    pub fn set_referenced(&self, link: u32, referenced: bool) {
        self.environment.with_engine(|engine, _| engine.set_referenced(link, referenced));
    }

    #[napi(catch_unwind)]
    pub fn subscribe(&self, link: u32, ticket: u32, kind: u32, channels: Vec<Buffer>) {
        let request = Request::subscribe(ticket, kind_of(kind), bytes_of(channels));
        self.environment.with_engine(|engine, now| engine.request(link, request, now));
    }

    #[napi(catch_unwind)]
    pub fn unsubscribe(&self, link: u32, ticket: u32, kind: u32, channels: Option<Vec<Buffer>>) {
        let request = Request::unsubscribe(ticket, kind_of(kind), channels.map(bytes_of));
        self.environment.with_engine(|engine, now| engine.request(link, request, now));
    }

    #[napi(catch_unwind)]
    pub fn monitor(&self, link: u32, ticket: u32) {
        self.environment.with_engine(|engine, now| engine.request(link, Request::Monitor { ticket }, now));
    }

    #[napi(catch_unwind)]
    pub fn reset(&self, link: u32, ticket: u32) {
        self.environment.with_engine(|engine, now| engine.request(link, Request::Reset { ticket }, now));
    }

    #[napi(catch_unwind)]
    pub fn cancel(&self, ticket: u32) -> bool {
        self.environment.with_engine(|engine, _| engine.cancel(ticket))
    }

    #[napi(catch_unwind)]
    pub fn whereabouts(&self, ticket: u32) -> Option<String> {
        self.environment.with_engine(|engine, _| engine.whereabouts(ticket))
    }

    #[napi(catch_unwind)]
    pub fn provoke_fault(&self, place: u32) {
        self.environment.provoke_fault(place);
    }

    #[napi(catch_unwind)]
    pub fn tick(&self) {
        self.environment.tick();
    }

    #[napi(catch_unwind)]
    pub fn attend(&self) {
        self.environment.attend();
    }

    #[napi(catch_unwind)]
    pub fn take_block<'env>(&self, env: &'env Env, size: u32) -> Option<Unknown<'env>> {
        hot_blocks::take(env, size as usize)
    }

    #[napi(catch_unwind)]
    pub fn trim_blocks(&self) -> bool {
        hot_blocks::trim()
    }

    #[napi(catch_unwind)]
    pub fn make_cache(&self, options: NativeCacheOptions) -> u32 {
        self.environment.with_engine(|engine, _| engine.caches.add(options.into_config()))
    }

    #[napi(catch_unwind)]
    pub fn drop_cache(&self, cache: u32) {
        self.environment.with_engine(|engine, _| engine.caches.remove(cache));
    }

    #[napi(catch_unwind)]
    pub fn cache_finder<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        hot_cache::function::<hot_cache::Find>(env, &self.environment)
    }

    #[napi(catch_unwind)]
    pub fn cache_writer<'env>(&self, env: &'env Env) -> Result<Unknown<'env>> {
        hot_cache::function::<hot_cache::NoteWrite>(env, &self.environment)
    }

    #[napi(catch_unwind)]
    pub fn write_cached(&self, cache: u32, command: &[u8], key_at: u32, key_count: u32, ticket: Option<u32>) {
        let keys = Keys { at: key_at as usize, count: key_count as usize };
        let command = KeyedCommand { bytes: command, database: 0, keys };
        self.environment.with_cache(cache, |cache| cache.write(&command, ticket));
    }

    #[napi(catch_unwind)]
    pub fn untrack(&self, link: u32) {
        self.environment.with_engine(|engine, _| engine.untrack(link));
    }

    #[napi(catch_unwind)]
    pub fn set_reply_memory(&self, env: &Env, bytes: Unknown<'_>, words: Unknown<'_>) -> Result<()> {
        self.environment.set_reply_memory(ReplyMemory::new(env, &bytes, &words)?);
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn abandon_load(&self, cache: u32, ticket: u32) {
        self.environment.with_cache(cache, |cache| cache.abandon(ticket));
    }

    #[napi(catch_unwind)]
    pub fn clear_cache(&self, cache: u32, counted: bool) {
        self.environment.with_cache(cache, |cache| cache.clear(counted));
    }

    #[napi(catch_unwind)]
    pub fn invalidate_cached(&self, cache: u32, key: Option<&[u8]>) {
        self.environment.with_cache(cache, |cache| match key {
            Some(key) => cache.invalidate(key),
            None => cache.invalidate_all(),
        });
    }

    #[napi(catch_unwind)]
    pub fn has_cached(&self, cache: u32, command: &[u8], database: u32) -> bool {
        let command = caching::command(command, database);
        self.environment.with_cache(cache, |cache| cache.has(&command)).unwrap_or(false)
    }

    #[napi(catch_unwind)]
    pub fn remove_cached(&self, cache: u32, command: &[u8], database: u32) {
        let command = caching::command(command, database);
        self.environment.with_cache(cache, |cache| cache.remove(&command));
    }

    #[napi(catch_unwind)]
    pub fn remove_oldest_cached(&self, cache: u32) {
        self.environment.with_cache(cache, |cache| cache.remove_oldest());
    }

    #[napi(catch_unwind)]
    pub fn cache_counts(&self, cache: u32) -> NativeCacheCounts {
        let counts = self.environment.with_cache(cache, |cache| cache.counts()).unwrap_or_default();
        NativeCacheCounts {
            entries: counts.entries as f64,
            bytes: counts.bytes as f64,
            loads: counts.loads as f64,
            evictions: counts.evictions as f64,
        }
    }

    #[napi(catch_unwind)]
    pub fn set_cache_heard(&self, cache: u32, heard: bool) {
        self.environment.with_cache(cache, |cache| cache.set_heard(heard));
    }

    #[napi(catch_unwind)]
    pub fn cache_news(&self, cache: u32) -> Vec<NativeCacheNews> {
        let news = self.environment.with_cache(cache, |cache| cache.take_news()).unwrap_or_default();
        news.into_iter().map(NativeCacheNews::from).collect()
    }
}

/// The subscription kind with this number.
fn kind_of(kind: u32) -> SubscriptionKind {
    let is_it = |known: &SubscriptionKind| *known as u32 == kind;
    SubscriptionKind::ALL.into_iter().find(is_it).unwrap_or(SubscriptionKind::Sharded)
}

fn bytes_of(buffers: Vec<Buffer>) -> Vec<Bytes> {
    buffers.into_iter().map(|buffer| Bytes::from(buffer.to_vec())).collect()
}
