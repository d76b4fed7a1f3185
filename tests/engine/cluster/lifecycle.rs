//! Opening, closing, destroying and releasing of clusters, and what JS is told.

use oxredis::engine::cluster::ClusterConfig;
use oxredis::error::ErrorKind;
use oxredis::event::{Failure, LinkEvent};
use oxredis::topology::Address;

use super::{Cluster, ones, options};
use crate::js::Outcome;
use crate::setup::config;

#[test]
fn js_hears_of_nodes_and_slots_before_it_hears_that_they_were_found() {
    let mut cluster = Cluster::with(2, 2, options());
    cluster.settle();
    assert_eq!(cluster.told(), ["node added", "node added", "node added", "node added", "topology", "discovered"]);
    assert_eq!(
        cluster.topology(),
        "0,2:0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14;1,3:1-1,3-3,5-5,7-7,9-9,11-11,13-13,15-15"
    );
    let added = cluster.world.js.events.iter().find(|(id, _)| *id == cluster.id).map(|(_, event)| event.clone());
    let link = cluster.world.links[cluster.link_of(0)].id;
    let expected = LinkEvent::NodeAdded { link, node: 0, host: "10.0.0.1".into(), port: 7000, node_id: "node0".into() };
    assert_eq!(added, Some(expected));
    // Replicas are not connected if nobody reads from them.
    assert!(cluster.is_connected(0) && cluster.is_connected(1));
    assert!(!cluster.is_connected(2) && !cluster.is_connected(3));
}

#[test]
fn servers_that_know_no_cluster_are_told_so() {
    for (slots, shards, kind) in [
        ("-ERR This instance has cluster support disabled\r\n", Some("-ERR This instance has…\r\n"), ErrorKind::Server),
        ("-NOAUTH Authentication required.\r\n", None, ErrorKind::Server),
        ("*0\r\n", None, ErrorKind::Protocol),
        ("+OK\r\n", None, ErrorKind::Protocol),
    ] {
        let mut cluster = Cluster::unopened(3, 0, options());
        let root = cluster.world.links[cluster.root].id;
        cluster.world.engine.discover(cluster.id, root, cluster.world.now);
        let server = cluster.world.server(cluster.root);
        server.receive();
        server.inbox.clear();
        server.push_raw(slots);
        cluster.world.exchange(cluster.root);
        if let Some(shards) = shards {
            // exchange() has answered CLUSTER SHARDS with OK, unless it is done here.
            assert!(!shards.is_empty());
        }
        let (_, event) = cluster.world.js.events.last().expect("an event");
        let LinkEvent::NotDiscovered { link, error } = event else { panic!("{event:?}") };
        assert_eq!(*link, root);
        assert!(error.kind == kind || slots.starts_with("-ERR"), "{error:?}");
    }
    let mut cluster = Cluster::unopened(3, 0, options());
    let away = cluster.world.open(config());
    let away = cluster.world.links[away].id;
    cluster.world.engine.discover(cluster.id, away, cluster.world.now);
    cluster.world.deliver();
    assert_eq!(cluster.told(), ["not discovered"]);
}

#[test]
fn shards_are_read_where_slots_are_unknown() {
    let mut cluster = Cluster::unopened(1, 0, options());
    let root = cluster.world.links[cluster.root].id;
    cluster.world.engine.discover(cluster.id, root, cluster.world.now);
    let node = "*8\r\n+id\r\n+a\r\n+port\r\n:7000\r\n+endpoint\r\n+10.0.0.1\r\n+role\r\n+master\r\n";
    let server = cluster.world.server(cluster.root);
    server.receive();
    server.inbox.clear();
    server.push_raw("-ERR unknown subcommand 'slots'\r\n");
    server.deliver(usize::MAX);
    cluster.world.report(cluster.root, true, false);
    let server = cluster.world.server(cluster.root);
    server.receive();
    assert_eq!(server.inbox.pop_front().as_deref(), Some("CLUSTER SHARDS"));
    server.push_raw(&format!("*1\r\n*4\r\n+slots\r\n*2\r\n:0\r\n:16383\r\n+nodes\r\n*1\r\n{node}"));
    cluster.world.exchange(cluster.root);
    assert_eq!(cluster.told(), ["node added", "topology", "discovered"]);
    assert_eq!(cluster.topology(), "0:0-16383");
}

#[test]
fn a_lazy_cluster_connects_what_it_needs() {
    let mut cluster = Cluster::with(3, 0, ClusterConfig { lazy: true, ..options() });
    assert!((0..3).all(|node| !cluster.is_connected(node)));
    cluster.submit(&ones([1, 1, 4]));
    cluster.connect_all();
    assert_eq!([0, 1, 2].map(|node| cluster.is_connected(node)), [false, true, false]);
    cluster.settle();
    cluster.check();
    let link = cluster.link_of(2);
    let id = cluster.world.links[link].id;
    cluster.world.engine.open_node(id, cluster.world.now);
    cluster.connect_all();
    assert!(cluster.is_connected(2));
}

#[test]
fn nodes_are_found_by_their_address() {
    let mut cluster = Cluster::new();
    let address = |port| Address { host: "10.0.0.1".into(), port };
    let known = cluster.world.engine.node_at(cluster.id, &address(7001));
    assert_eq!(known, Some(cluster.world.links[cluster.link_of(1)].id));
    let new = cluster.world.engine.node_at(cluster.id, &address(9999));
    assert!(new.is_some() && new != known);
    assert_eq!(cluster.world.engine.node_at(cluster.id, &address(9999)), new);
    assert_eq!(cluster.world.engine.node_at(cluster.id, &Address { host: String::new(), port: 1 }), None);
    assert_eq!(cluster.world.engine.node_at(cluster.id + 1, &address(7001)), None);
}

#[test]
fn close_completes_what_was_accepted_and_then_ends_everything() {
    let mut cluster = Cluster::new();
    cluster.owners[2] = 1;
    cluster.submit(&ones(0..16));
    cluster.world.engine.close_cluster(cluster.id, cluster.world.now);
    cluster.world.deliver();
    assert!(!cluster.is_ended());
    cluster.settle();
    cluster.check();
    assert!(cluster.is_ended());
    assert!((0..3).all(|node| cluster.has_ended(cluster.link_of(node))));
    cluster.world.engine.release(cluster.id);
    assert_eq!(cluster.world.engine.open_cluster(options()), cluster.id, "its id is given again");
}

#[test]
fn close_of_an_idle_or_unopened_cluster_ends_it() {
    for lazy in [false, true] {
        let mut cluster = Cluster::with(3, 0, ClusterConfig { lazy, ..options() });
        cluster.world.engine.close_cluster(cluster.id, cluster.world.now);
        cluster.settle();
        assert!(cluster.is_ended());
    }
    let mut cluster = Cluster::unopened(3, 0, options());
    cluster.world.engine.close_cluster(cluster.id, cluster.world.now);
    cluster.settle();
    assert!(cluster.is_ended());
}

#[test]
fn close_waits_for_no_node_that_is_gone() {
    let mut cluster = Cluster::new();
    cluster.kill(1);
    let serials = cluster.submit(&ones([1, 0]));
    cluster.world.engine.close_cluster(cluster.id, cluster.world.now);
    cluster.settle_nodes(&[0, 2]);
    assert!(!cluster.is_ended(), "JS may try again");
    cluster.retry(1, 0);
    let link = cluster.link_of(1);
    assert!(cluster.world.dialled(link, false));
    cluster.settle_nodes(&[0, 2]);
    assert_eq!(cluster.failure(serials[0]), Some((Outcome::LOST, Outcome::QUEUED)));
    assert_eq!(cluster.failure(serials[1]), None);
    cluster.check_once();
    assert!(cluster.is_ended());
}

#[test]
fn destroy_settles_everything_at_once() {
    let mut cluster = Cluster::new();
    cluster.nodes[2].refuses = Some("TRYAGAIN later");
    let serials = cluster.submit(&ones(0..16));
    cluster.serve(2, usize::MAX);
    cluster.arrive(2, usize::MAX);
    cluster.world.engine.destroy_cluster(cluster.id);
    cluster.world.deliver();
    assert!(cluster.is_ended());
    assert!(
        serials
            .iter()
            .all(|serial| cluster.failure(*serial).is_some_and(|(failure, _)| failure == Failure::Destroyed as i32))
    );
    cluster.check_once();
    cluster.world.engine.release(cluster.id);
    cluster.settle();
    let late = cluster.submit(&ones([3]));
    assert_eq!(cluster.failure(late[0]), Some((Failure::Closed as i32, Outcome::QUEUED)));
}

#[test]
fn a_link_that_js_ends_is_replaced_when_it_is_needed() {
    let mut cluster = Cluster::new();
    let before = cluster.link_of(1);
    cluster.world.close(before);
    cluster.settle();
    assert!(cluster.has_ended(before));
    cluster.submit(&ones([1, 2]));
    let after = cluster.link_of(1);
    assert_ne!(before, after);
    cluster.connect(1);
    cluster.settle();
    cluster.check();
    let added = cluster.told().iter().filter(|name| **name == "node added").count();
    assert_eq!((added, cluster.told().contains(&"node removed")), (4, false));
}

#[test]
fn clusters_keep_the_process_alive_while_they_are_referenced() {
    let mut cluster = Cluster::new();
    let root = cluster.world.links[cluster.root].id;
    cluster.world.engine.set_referenced(root, false);
    assert!(cluster.world.engine.keeps_alive());
    cluster.world.engine.set_referenced(cluster.id, false);
    assert!(!cluster.world.engine.keeps_alive());
    cluster.world.engine.set_referenced(cluster.id, true);
    // The end of the last link is not the end of the cluster, which JS waits for.
    cluster.world.engine.close_cluster(cluster.id, cluster.world.now);
    cluster.world.deliver();
    assert!((0..3).all(|node| cluster.has_ended(cluster.link_of(node))));
    assert!(cluster.is_ended() || cluster.world.engine.keeps_alive());
    cluster.settle();
    assert!(cluster.is_ended() && !cluster.world.engine.keeps_alive());
}
