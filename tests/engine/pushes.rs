//! Pushes of the server reach JS with their kind, or are handled by the cache.

use oxredis::boundary::PushKind;
use oxredis::cache::{CacheConfig, EvictPolicy};
use oxredis::engine::link::LinkConfig;

use crate::driver::World;
use crate::setup::{Options, config};
use crate::values::Shape;

fn push(word: &str) -> String {
    format!(">2\r\n${}\r\n{word}\r\n_\r\n", word.len())
}

/// Returns the kinds of the pushes that JS got, in order.
fn kinds(world: &World) -> Vec<i32> {
    world.js.pushes.iter().map(|(_, kind, _)| *kind).collect()
}

fn receive(world: &mut World, link: usize, bytes: &str) {
    world.server(link).push_raw(bytes);
    world.server(link).deliver(usize::MAX);
    world.report(link, true, false);
}

#[test]
fn each_push_has_its_kind_between_replies() {
    let mut world = World::new();
    let link = world.ready(config());
    let words = [
        ("invalidate", PushKind::Invalidate),
        ("MOVING", PushKind::Moving),
        ("MIGRATING", PushKind::Migrating),
        ("MIGRATED", PushKind::Migrated),
        ("FAILING_OVER", PushKind::FailingOver),
        ("FAILED_OVER", PushKind::FailedOver),
        ("SMIGRATING", PushKind::ShardMigrating),
        ("SMIGRATED", PushKind::ShardMigrated),
        ("message", PushKind::Message),
        ("anything", PushKind::Other),
    ];
    for (word, _) in words {
        world.submit(link, &[Shape::Number], Options::default());
        world.server(link).execute();
        receive(&mut world, link, &push(word));
    }
    assert_eq!(kinds(&world), words.map(|(_, kind)| kind as i32));
    assert_eq!(world.js.waiting(), Vec::<u32>::new());
}

#[test]
fn invalidations_are_for_the_cache_where_there_is_one() {
    let mut world = World::new();
    let cache = world.engine.caches.add(CacheConfig {
        ttl: 0,
        max_entries: 0,
        max_bytes: 0,
        evict_policy: EvictPolicy::Lru,
        prefixes: Vec::new(),
    });
    let link = world.ready(LinkConfig { cache: Some(cache), ..config() });
    receive(&mut world, link, &(push("invalidate") + &push("Invalidate") + &push("MOVING")));
    assert_eq!(kinds(&world), [PushKind::Other as i32, PushKind::Moving as i32]);
}

#[test]
fn a_successor_tells_of_nothing_before_it_serves() {
    let mut world = World::new();
    let link = world.ready(config());
    world.submit(link, &[Shape::Number], Options::default());
    world.hand_over(link);
    assert!(world.dialled(link, true));
    let new = world.links[link].servers.len() - 1;
    world.exchange_with(link, new);
    world.links[link].servers[new].push_raw(&push("MOVING"));
    world.links[link].servers[new].deliver(usize::MAX);
    world.report_from(link, new, true, false);
    assert_eq!(kinds(&world), []);
    world.exchange(link);
    receive(&mut world, link, &push("MOVING"));
    assert_eq!(kinds(&world), [PushKind::Moving as i32]);
}
