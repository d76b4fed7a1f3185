//! When the layout is read, and what it changes.

use oxredis::engine::cluster::ClusterConfig;

use super::{Cluster, SLOTS, ones, options};

const ALL: &[usize] = &[0, 1, 2];

/// What a server believes: each slot belongs to the node after its owner.
fn mistaken() -> (Vec<usize>, Vec<Option<usize>>) {
    ((0..usize::from(SLOTS)).map(|slot| (slot + 1) % 3).collect(), vec![None; 3])
}

fn refresh(cluster: &mut Cluster) {
    cluster.world.engine.refresh_cluster(cluster.id, cluster.world.now);
    cluster.pass(300, ALL);
}

#[test]
fn many_redirections_cause_one_reading_of_the_layout() {
    let mut cluster = Cluster::new();
    cluster.pass(200, ALL);
    cluster.owners.iter_mut().filter(|owner| **owner == 0).for_each(|owner| *owner = 1);
    cluster.submit(&ones((0..10_000).map(|n| n * 3 % 15)));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 10_000);
    assert_eq!(cluster.layouts_read(), 1);
    // Not longer: the node that is gone is looked for again after 1.6 to 2.4 s.
    cluster.pass(1500, ALL);
    assert_eq!((cluster.layouts_read(), cluster.nodes[1].asked), (1, 1), "who was named knows best");
    assert!(cluster.topology().ends_with("2:2-2,5-5,8-8,11-11,14-14"));
}

#[test]
fn demands_that_coincide_are_one() {
    let mut cluster = Cluster::new();
    cluster.pass(200, ALL);
    for _ in 0..100 {
        cluster.world.engine.refresh_cluster(cluster.id, cluster.world.now);
    }
    cluster.pass(1000, ALL);
    assert_eq!(cluster.layouts_read(), 1);
    assert_eq!(cluster.told().iter().filter(|name| **name == "topology").count(), 1, "nothing has changed");
}

#[test]
fn the_layout_is_read_periodically() {
    let mut cluster = Cluster::with(3, 0, ClusterConfig { refresh_interval: 1000, ..options() });
    cluster.pass(20_000, ALL);
    assert!((16..=25).contains(&cluster.layouts_read()), "{}", cluster.layouts_read());
    let mut cluster = Cluster::new();
    cluster.pass(20_000, ALL);
    assert_eq!(cluster.layouts_read(), 0);
}

#[test]
fn one_mistaken_node_convinces_nobody() {
    let mut cluster = Cluster::new();
    let before = cluster.topology();
    cluster.nodes[1].belief = Some(mistaken());
    (0..20).for_each(|_| refresh(&mut cluster));
    assert_eq!((cluster.topology(), cluster.told().len()), (before, 5));
    assert!(cluster.nodes[1].asked > 0 && cluster.layouts_read() > 20, "it was asked, and so were others");
    cluster.nodes[1].belief = None;
    cluster.submit(&ones(0..SLOTS));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 0);
}

#[test]
fn a_majority_convinces() {
    let mut cluster = Cluster::new();
    let old = (cluster.owners.clone(), cluster.follows.clone());
    cluster.owners = mistaken().0;
    cluster.nodes[2].belief = Some(old);
    for _ in 0..20 {
        refresh(&mut cluster);
    }
    cluster.nodes[2].belief = None;
    cluster.submit(&ones(0..SLOTS));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 0);
}

#[test]
fn who_does_not_answer_has_no_vote() {
    let mut cluster = Cluster::new();
    cluster.owners = mistaken().0;
    cluster.pass(200, ALL);
    cluster.world.engine.refresh_cluster(cluster.id, cluster.world.now);
    // Nobody answers for a while, then only one node does.
    cluster.pass(400, &[]);
    cluster.pass(2000, &[2]);
    assert_eq!(cluster.told().iter().filter(|name| **name == "topology").count(), 2);
    assert_eq!(cluster.nodes[2].asked, 1);
}

#[test]
fn the_layout_is_read_again_and_again_while_a_node_is_away() {
    let mut cluster = Cluster::new();
    cluster.pass(200, ALL);
    cluster.kill(1);
    cluster.pass(2000, &[0, 2]);
    let early = cluster.layouts_read();
    assert!((15..=26).contains(&early), "{early}");
    cluster.pass(40_000, &[0, 2]);
    let late = cluster.layouts_read();
    cluster.pass(10_000, &[0, 2]);
    assert!((8..=13).contains(&(cluster.layouts_read() - late)), "{}", cluster.layouts_read() - late);
    cluster.retry(1, 0);
    cluster.connect(1);
    let healthy = cluster.layouts_read();
    cluster.pass(5000, ALL);
    assert!(cluster.layouts_read() <= healthy + 1);
    assert!(!cluster.told().contains(&"unreachable"));
}

#[test]
fn js_is_told_when_no_node_can_be_asked() {
    let mut cluster = Cluster::new();
    ALL.iter().for_each(|node| cluster.kill(*node));
    cluster.pass(450, &[]);
    let count = |cluster: &Cluster| cluster.told().iter().filter(|name| **name == "unreachable").count();
    assert_eq!(count(&cluster), 0);
    cluster.pass(250, &[]);
    assert_eq!(count(&cluster), 1);
    cluster.pass(4300, &[]);
    assert!((6..=10).contains(&count(&cluster)), "{}", count(&cluster));
    cluster.pass(60_000, &[]);
    let long = count(&cluster);
    cluster.pass(20_000, &[]);
    assert!((3..=6).contains(&(count(&cluster) - long)), "{}", count(&cluster) - long);
    // A root tells that all have moved.
    let serials = cluster.submit(&ones(0..SLOTS));
    let old = ALL.iter().map(|node| cluster.link_of(*node)).collect::<Vec<_>>();
    cluster.nodes.iter_mut().for_each(|node| node.port += 100);
    cluster.discover();
    assert!(old.iter().all(|link| cluster.has_ended(*link)));
    cluster.connect_all();
    cluster.settle();
    cluster.check();
    assert_eq!(serials.len(), usize::from(SLOTS));
    let told = count(&cluster);
    cluster.pass(10_000, ALL);
    assert_eq!(count(&cluster), told);
    assert!(!cluster.told().contains(&"node removed"), "they are the same nodes");
}

#[test]
fn a_lazy_cluster_connects_a_node_to_ask() {
    let mut cluster = Cluster::with(3, 0, ClusterConfig { lazy: true, ..options() });
    cluster.pass(200, &[]);
    cluster.world.engine.refresh_cluster(cluster.id, cluster.world.now);
    cluster.world.deliver();
    cluster.connect_all();
    assert_eq!(ALL.iter().filter(|node| cluster.is_connected(**node)).count(), 1);
    cluster.pass(500, ALL);
    assert_eq!(cluster.layouts_read(), 1);
}
