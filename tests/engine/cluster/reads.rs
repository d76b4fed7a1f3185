//! Which nodes serve reads.

use oxredis::boundary::{ReadFrom, flags, read_from};
use oxredis::engine::cluster::ClusterConfig;

use super::{Cluster, ones, options};

/// Two primaries with two replicas each: nodes 2 and 4 follow node 0, nodes 3 and 5 follow node 1.
fn cluster(read_from: ReadFrom, zone: Option<&str>) -> Cluster {
    let zone = zone.map(str::to_owned);
    Cluster::with(2, 4, ClusterConfig { read_from, zone, ..options() })
}

/// How many commands each node has run since the last call.
fn runs(cluster: &mut Cluster) -> Vec<usize> {
    cluster.settle();
    cluster.check();
    cluster.nodes.iter().map(|node| node.run.len()).collect()
}

#[test]
fn reads_go_where_the_setting_says() {
    let mut any = cluster(ReadFrom::AnyNode, None);
    any.submit_with(&ones([0; 300]), flags::READ, 0);
    let counts = runs(&mut any);
    assert!([0, 2, 4].iter().all(|node| counts[*node] > 60), "{counts:?}");
    assert!([2, 3, 4, 5].iter().all(|node| any.nodes[*node].readonly) && !any.nodes[0].readonly);
    let mut replicas = cluster(ReadFrom::PreferReplica, None);
    replicas.submit_with(&ones([1; 100]), flags::READ, 0);
    replicas.submit(&ones([1; 100]));
    let counts = runs(&mut replicas);
    assert!(counts[1] == 100 && counts[3] > 20 && counts[5] > 20, "{counts:?}");
    let mut fastest = cluster(ReadFrom::LowestLatency, None);
    fastest.settle();
    fastest.submit_with(&ones([0; 100]), flags::READ, 0);
    let counts = runs(&mut fastest);
    assert!([0, 2, 4].iter().any(|node| counts[*node] == 100), "{counts:?}");
}

#[test]
fn a_command_may_say_itself_where_it_is_read() {
    let mut cluster = cluster(ReadFrom::Primary, None);
    assert!(!cluster.is_connected(2));
    let bits = flags::READ | (ReadFrom::PreferReplica as u32 + 1) << read_from::SHIFT;
    cluster.submit_with(&ones([0]), bits, 0);
    assert_eq!(runs(&mut cluster)[0], 1, "the replicas are connected from now on");
    cluster.connect_all();
    cluster.submit_with(&ones([0; 10]), bits, 0);
    cluster.submit_with(&ones([0; 10]), flags::READ, 0);
    let counts = runs(&mut cluster);
    assert_eq!((counts[0], counts[2] + counts[4]), (11, 10));
    assert_eq!(cluster.redirects, 0, "READONLY was sent before");
}

#[test]
fn reads_prefer_the_zone_of_the_client() {
    let mut cluster =
        Cluster::unopened(2, 4, ClusterConfig { read_from: ReadFrom::AzAffinity, zone: Some("b".into()), ..options() });
    cluster.discover();
    for (node, zone) in [(0, "a"), (1, "b"), (2, "a"), (3, "a"), (4, "b"), (5, "a")] {
        cluster.nodes[node].zone = Some(zone);
    }
    cluster.connect_all();
    cluster.settle();
    cluster.submit_with(&ones([0; 50]), flags::READ, 0);
    cluster.submit_with(&ones([1; 50]), flags::READ, 0);
    let counts = runs(&mut cluster);
    assert_eq!((counts[4], counts[1]), (50, 50), "{counts:?}");
    cluster.kill(4);
    cluster.submit_with(&ones([0; 50]), flags::READ, 0);
    let counts = runs(&mut cluster);
    assert!(counts[0] > 5 && counts[2] > 5, "{counts:?}");
}

#[test]
fn a_dead_replica_costs_no_error() {
    let mut cluster = cluster(ReadFrom::PreferReplica, None);
    cluster.submit_with(&ones([0; 100]), flags::READ, 0);
    cluster.kill(2);
    cluster.kill(4);
    cluster.submit_with(&ones([0; 100]), flags::READ, 0);
    assert_eq!(runs(&mut cluster)[0], 200);
    cluster.pass(2000, &[0, 1, 3, 5]);
    assert_eq!(cluster.layouts_read(), 1, "a replica that is away is no outage");
}

#[test]
fn a_replica_that_cannot_serve_sends_reads_to_the_primary() {
    for error in ["LOADING Redis is loading", "MASTERDOWN Link with MASTER is down"] {
        let mut cluster = cluster(ReadFrom::PreferReplica, None);
        cluster.nodes[2].refuses = Some(error);
        cluster.submit_with(&ones([0; 100]), flags::READ, 0);
        cluster.settle();
        cluster.check();
        let refused = cluster.redirects;
        assert!(refused > 20);
        cluster.submit_with(&ones([0; 100]), flags::READ, 0);
        cluster.settle();
        assert_eq!(cluster.redirects, refused, "it is left alone for a while");
        cluster.check();
    }
}

#[test]
fn servers_learn_of_new_roles() {
    let mut cluster = cluster(ReadFrom::PreferReplica, None);
    cluster.owners.iter_mut().filter(|owner| **owner == 0).for_each(|owner| *owner = 2);
    (cluster.follows[0], cluster.follows[2], cluster.follows[4]) = (Some(2), None, Some(2));
    cluster.submit(&ones([0]));
    cluster.pass(300, &[0, 1, 2, 3, 4, 5]);
    assert_eq!([0, 2, 4].map(|node| cluster.nodes[node].readonly), [true, false, true]);
    cluster.submit_with(&ones([0; 50]), flags::READ, 0);
    let counts = runs(&mut cluster);
    assert!(counts[0] > 5 && counts[4] > 5 && counts[2] == 1, "{counts:?}");
    // The next connection is told by its handshake.
    cluster.kill(2);
    cluster.retry(2, 0);
    cluster.connect(2);
    assert!(!cluster.nodes[2].readonly);
}
