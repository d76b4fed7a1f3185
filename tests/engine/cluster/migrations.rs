//! SMIGRATING and SMIGRATED: limits are relaxed, and commands go to the new owner without a redirection.

use oxredis::config::MaintNotifications;
use oxredis::engine::cluster::ClusterConfig;
use oxredis::event::LinkEvent;

use super::{Cluster, Node, SLOTS, ones, options};
use crate::js::name_of;

const NODES: usize = 3;

fn told() -> ClusterConfig {
    let mut options = options();
    options.node.session.maint_notifications =
        Some(MaintNotifications { endpoint_type: "auto".into(), required: false });
    options
}

fn notify(cluster: &mut Cluster, node: usize, bytes: &str) {
    let link = cluster.link_of(node);
    cluster.world.server(link).push_raw(bytes);
    cluster.world.server(link).deliver(usize::MAX);
    cluster.world.report(link, true, false);
}

fn migrated(sequence: u32, moves: &[(usize, usize, &str)]) -> String {
    let entries = moves.iter().map(|(from, to, slots)| {
        format!("*3\r\n+10.0.0.1:{}\r\n$13\r\n10.0.0.1:{}\r\n+{slots}\r\n", 7000 + from, 7000 + to)
    });
    format!(">3\r\n+SMIGRATED\r\n:{sequence}\r\n*{}\r\n{}", moves.len(), entries.collect::<String>())
}

fn names(cluster: &Cluster) -> Vec<&'static str> {
    cluster.world.js.events.iter().map(|(_, event)| name_of(event)).collect()
}

#[test]
fn slots_go_where_the_notice_says() {
    let mut cluster = Cluster::with(NODES, 0, told());
    notify(&mut cluster, 0, ">3\r\n+SMIGRATING\r\n:1\r\n+0,3\r\n");
    assert!(names(&cluster).contains(&"relaxed"));
    // Waits in the queue of the node that has the slots.
    let link = cluster.link_of(0);
    cluster.world.wire(link).borrow_mut().room = 0;
    cluster.submit(&ones([0, 3, 6]));
    (cluster.owners[0], cluster.owners[3]) = (1, 2);
    notify(&mut cluster, 0, &migrated(2, &[(0, 1, "0"), (0, 2, "3")]));
    assert!(names(&cluster).contains(&"unrelaxed"));
    cluster.world.wire(link).borrow_mut().room = usize::MAX;
    cluster.world.report(link, false, true);
    cluster.settle();
    cluster.submit(&ones(0..SLOTS));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 0);
}

#[test]
fn copies_have_no_effect_and_unknown_nodes_are_added() {
    let mut cluster = Cluster::with(NODES, 0, told());
    cluster.nodes.push(Node::new(NODES));
    cluster.follows.push(None);
    cluster.owners[1] = NODES;
    notify(&mut cluster, 1, &migrated(5, &[(1, NODES, "1")]));
    cluster.connect_all();
    cluster.settle();
    cluster.submit(&ones(0..SLOTS));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 0);
    // A copy over another connection, when the slot has moved on.
    cluster.owners[1] = 2;
    notify(&mut cluster, 1, &migrated(6, &[(NODES, 2, "1")]));
    notify(&mut cluster, 0, &migrated(5, &[(1, NODES, "1")]));
    notify(&mut cluster, 2, &migrated(6, &[(NODES, 2, "1")]));
    cluster.submit(&ones(0..SLOTS));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 0);
    let repeated: Vec<bool> = cluster
        .world
        .js
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            LinkEvent::Maintenance { is_repeated, .. } => Some(*is_repeated),
            _ => None,
        })
        .collect();
    assert_eq!(repeated, [false, false, true, true]);
}

#[test]
fn nodes_do_not_leave_because_of_moving() {
    let mut cluster = Cluster::with(NODES, 0, told());
    notify(&mut cluster, 0, ">4\r\n+MOVING\r\n:1\r\n:5\r\n+elsewhere:1\r\n");
    assert!(cluster.world.dials.borrow().is_empty());
    assert!(names(&cluster).contains(&"relaxed"));
    cluster.world.tick(5000);
    assert!(names(&cluster).contains(&"unrelaxed"));
}
