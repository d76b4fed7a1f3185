//! Nodes that die, hang, are replaced, move elsewhere, or refuse to serve.

use oxredis::boundary::{TraceReason, flags};
use oxredis::event::{Failure, LinkEvent};

use super::{Cluster, ones, options};
use crate::js::Outcome;
use crate::values::Shape;

/// A cluster of three primaries and three replicas: node `n + 3` follows node `n`.
fn replicated() -> Cluster {
    let mut cluster = Cluster::with(3, 3, options());
    cluster.pass(200, &[0, 1, 2]);
    cluster
}

/// The replica of a node takes its place.
fn promote(cluster: &mut Cluster, old: usize, new: usize) {
    cluster.owners.iter_mut().filter(|owner| **owner == old).for_each(|owner| *owner = new);
    cluster.follows[new] = None;
    cluster.follows[old] = Some(new);
}

#[test]
fn a_killed_primary_fails_only_what_was_in_flight() {
    let mut cluster = replicated();
    let lost = cluster.submit(&ones([0, 3]));
    cluster.kill(0);
    assert!(lost.iter().all(|serial| cluster.failure(*serial) == Some((Outcome::LOST, Outcome::WRITTEN))));
    let waiting = cluster.submit(&ones([0, 3, 1]));
    cluster.pass(1000, &[1, 2]);
    assert_eq!(cluster.world.js.waiting().len(), 2, "nobody serves the slots");
    promote(&mut cluster, 0, 3);
    cluster.pass(150, &[1, 2]);
    cluster.connect(3);
    cluster.settle_nodes(&[1, 2, 3]);
    cluster.check_once();
    assert_eq!(cluster.nodes[3].run, waiting[..2], "in order");
    assert_eq!(cluster.redirects, 0, "no server had to say so");
}

#[test]
fn a_planned_failover_costs_nothing() {
    let mut cluster = replicated();
    cluster.submit(&ones([0, 3, 6, 1]));
    promote(&mut cluster, 0, 3);
    cluster.submit(&ones([9, 12, 15]));
    cluster.settle();
    cluster.connect(3);
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.layouts_read(), 1);
}

#[test]
fn a_hung_primary_is_left_when_another_one_is_elected() {
    let mut cluster = replicated();
    let write = cluster.submit(&ones([0]))[0];
    let read = cluster.submit_with(&ones([3]), flags::READ, 0)[0];
    cluster.pass(3000, &[1, 2]);
    let polled = cluster.layouts_read();
    assert!(polled > 10, "{polled}");
    assert_eq!((cluster.failure(write), cluster.failure(read)), (None, None), "it may go on");
    // What is written from now on waits in the queue of the link.
    let link = cluster.link_of(0);
    cluster.world.wire(link).borrow_mut().room = 0;
    let queued = cluster.submit(&ones([6, 9]));
    promote(&mut cluster, 0, 3);
    cluster.pass(200, &[1, 2]);
    cluster.connect(3);
    cluster.pass(500, &[1, 2, 3]);
    assert_eq!(cluster.failure(write), Some((Outcome::LOST, Outcome::WRITTEN)));
    assert!([read, queued[0], queued[1]].iter().all(|serial| cluster.nodes[3].run.contains(serial)));
    cluster.check_once();
    // It comes back: nothing that was queued for it is sent to it.
    cluster.retry(0, 0);
    cluster.connect(0);
    cluster.pass(500, &[0, 1, 2, 3]);
    assert_eq!(cluster.nodes[0].run, Vec::<u32>::new());
}

#[test]
fn a_stalled_client_takes_no_node_for_hung() {
    let mut cluster = replicated();
    cluster.submit(&ones([0, 3]));
    promote(&mut cluster, 0, 3);
    // The loop of this process stood still. The answers are there, but they were not read yet.
    cluster.serve(0, 0);
    cluster.world.tick(5000);
    cluster.world.tick(0);
    assert!(cluster.is_connected(0));
    cluster.connect(3);
    cluster.settle();
    cluster.connect(3);
    cluster.settle();
    cluster.check();
}

#[test]
fn blocking_commands_are_no_silence() {
    let mut cluster = Cluster::new();
    cluster.pass(200, &[0, 1, 2]);
    cluster.submit_with(&ones([0]), flags::BLOCKING, 0);
    cluster.submit(&ones([3]));
    cluster.pass(5000, &[1, 2]);
    assert_eq!(cluster.layouts_read(), 0);
    cluster.settle();
    cluster.check();
}

#[test]
fn nodes_are_followed_to_other_addresses() {
    let mut cluster = Cluster::new();
    cluster.kill(0);
    let serials = cluster.submit(&ones([0, 3]));
    let old = cluster.link_of(0);
    cluster.nodes[0].port = 8000;
    cluster.pass(200, &[1, 2]);
    assert!(cluster.has_ended(old));
    cluster.connect(0);
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.nodes[0].run, serials);
    assert!(!cluster.told().contains(&"node removed"));
    assert_eq!(cluster.told().iter().filter(|name| **name == "node added").count(), 4);
}

#[test]
fn a_node_that_left_is_drained() {
    let mut cluster = Cluster::new();
    cluster.submit(&ones([0, 3, 6]));
    let link = cluster.link_of(0);
    // Node 0 has given all its slots away, and was removed; it serves what it got before.
    cluster.serve(0, 2);
    cluster.owners.iter_mut().filter(|owner| **owner == 0).for_each(|owner| *owner = 1);
    cluster.serve(0, 1);
    cluster.arrive(0, usize::MAX);
    cluster.settle();
    cluster.pass(200, &[0, 1, 2]);
    cluster.check();
    assert!(cluster.has_ended(link));
    assert!(cluster.told().contains(&"node removed"));
}

#[test]
fn refused_commands_wait_and_are_sent_again() {
    for (error, reason) in [
        ("TRYAGAIN Multiple keys request during rehashing of slot", TraceReason::TryAgain),
        ("CLUSTERDOWN Hash slot not served", TraceReason::ClusterDown),
        ("LOADING Redis is loading the dataset in memory", TraceReason::Loading),
        ("MASTERDOWN Link with MASTER is down", TraceReason::MasterDown),
    ] {
        let mut cluster = Cluster::new();
        cluster.pass(200, &[0, 1, 2]);
        cluster.nodes[0].refuses = Some(error);
        let serials = cluster.submit(&ones([0, 3]));
        cluster.pass(1000, &[0, 1, 2]);
        // 20, 40, 80, 160, 200, 200, 200 ms
        assert!((12..=16).contains(&cluster.redirects), "{}", cluster.redirects);
        cluster.nodes[0].refuses = None;
        cluster.pass(200, &[0, 1, 2]);
        cluster.check();
        assert_eq!(cluster.nodes[0].run, serials);
        // A limit of the command's own.
        cluster.nodes[0].refuses = Some(error);
        let limited = cluster.submit_with(&ones([6]), 0, 300)[0];
        cluster.pass(200, &[0, 1, 2]);
        assert_eq!(cluster.failure(limited), None);
        cluster.pass(150, &[0, 1, 2]);
        assert_eq!(cluster.failure(limited), Some((Outcome::TIMEOUT, Outcome::QUEUED)));
        let trace = cluster.world.js.traces.pop().expect("a trace");
        assert_eq!((trace[2], trace[4]), (-1, reason as i32));
        assert!(trace[3] >= 3);
        // And the one that all have.
        let unlimited = cluster.submit(&ones([9]))[0];
        cluster.world.js.asked.get_mut(&unlimited).expect("asked").shape = None;
        cluster.pass(59_000, &[0, 1, 2]);
        assert_eq!(cluster.world.outcome(unlimited), None);
        cluster.pass(1500, &[0, 1, 2]);
        assert!(matches!(cluster.world.outcome(unlimited), Some(Outcome::Reply(_))), "the server's error");
        assert_eq!(cluster.world.js.traces.pop().map(|trace| trace[4]), Some(reason as i32));
    }
}

#[test]
fn a_new_layout_ends_the_wait_of_refused_commands() {
    let mut cluster = replicated();
    cluster.nodes[0].refuses = Some("CLUSTERDOWN The cluster is down");
    cluster.submit(&ones([0, 3]));
    // Long enough that they wait for 200 ms each time.
    cluster.pass(2000, &[0, 1, 2]);
    promote(&mut cluster, 0, 3);
    cluster.pass(110, &[0, 1, 2]);
    cluster.connect(3);
    cluster.settle();
    cluster.check();
}

#[test]
fn what_waits_to_be_sent_again_can_be_taken_back() {
    let mut cluster = Cluster::new();
    cluster.nodes[0].refuses = Some("TRYAGAIN later");
    let serial = cluster.submit_with(&ones([0]), flags::CANCELLABLE, 0)[0];
    cluster.settle();
    assert!(cluster.world.cancel(serial));
    cluster.nodes[0].refuses = None;
    cluster.pass(500, &[0, 1, 2]);
    assert_eq!(cluster.nodes[0].run, Vec::<u32>::new());
    assert_eq!(cluster.world.js.waiting(), Vec::<u32>::new());
    // Its ticket is used again: nothing of the old command clings to it.
    cluster.submit(&[(3, vec![Shape::Error(5)])]);
    cluster.settle();
    assert_eq!(cluster.world.js.traces.pop().map(|trace| (trace[3], trace[4])), Some((1, 0)));
}

#[test]
fn reads_in_flight_are_sent_again_and_writes_are_not() {
    let mut cluster = Cluster::new();
    let read = cluster.submit_with(&ones([0]), flags::READ, 0)[0];
    let write = cluster.submit(&ones([3]))[0];
    let chained = cluster.submit_with(&[(6, vec![Shape::Number, Shape::Number])], flags::READ, 0);
    for round in 0..30 {
        cluster.kill(0);
        cluster.settle_nodes(&[1, 2]);
        cluster.world.tick(1);
        if round == 0 {
            assert_eq!(cluster.failure(read), None);
            for serial in [write, chained[0], chained[1]] {
                assert_eq!(cluster.failure(serial), Some((Outcome::LOST, Outcome::WRITTEN)));
            }
        }
        cluster.retry(0, 0);
        let link = cluster.link_of(0);
        assert!(cluster.world.dialled(link, true));
        cluster.world.server(link).execute();
        cluster.arrive(0, usize::MAX);
    }
    assert_eq!(cluster.failure(read), Some((Failure::ConnectionLost as i32, Outcome::WRITTEN)), "within limits");
    let trace = cluster.world.js.traces.last().expect("a trace");
    assert_eq!((trace[3], trace[4]), (17, TraceReason::ConnectionLost as i32));
    let again = cluster.submit_with(&ones([0]), flags::READ, 0)[0];
    cluster.kill(0);
    cluster.retry(0, 0);
    cluster.connect(0);
    cluster.settle();
    assert_eq!(cluster.nodes[0].run, [again]);
    cluster.check_once();
}

#[test]
fn what_a_command_waits_for_can_be_asked_and_is_told_when_its_time_is_over() {
    let mut cluster = Cluster::new();
    cluster.nodes[0].refuses = Some("TRYAGAIN some keys");
    let serial = cluster.submit_with(&ones([0]), flags::CANCELLABLE, 300)[0];
    let ticket = cluster.world.js.ticket_of(serial).expect("it waits");
    cluster.pass(200, &[0, 1, 2]);
    let place = cluster.world.engine.whereabouts(ticket).expect("it is queued");
    let words: Vec<&str> = place.splitn(6, ' ').collect();
    assert_eq!((words[0], words[2], words[4], words[5]), ("-1", "3", "0", "TRYAGAIN some keys"), "{place}");
    assert!(words[1].parse::<u32>().expect("attempts") > 1);
    cluster.pass(300, &[0, 1, 2]);
    assert_eq!(cluster.failure(serial).map(|(failure, _)| failure), Some(Failure::Timeout as i32));
    let told = |(_, event): &(u32, LinkEvent)| match event {
        LinkEvent::RefusedBefore { ticket, error } => Some((*ticket, error.clone())),
        _ => None,
    };
    let refusals: Vec<_> = cluster.world.js.events.iter().filter_map(told).collect();
    assert_eq!(refusals, [(ticket, "TRYAGAIN some keys".to_owned())]);
    assert_eq!(cluster.world.engine.whereabouts(ticket), None);
}

#[test]
fn a_command_that_waits_for_a_hung_node_says_so() {
    let mut cluster = Cluster::new();
    cluster.submit(&ones([0]));
    cluster.pass(1000, &[1, 2]);
    let waiting = cluster.submit_with(&ones([3]), flags::CANCELLABLE, 0)[0];
    let ticket = cluster.world.js.ticket_of(waiting).expect("it waits");
    let link = cluster.world.links[cluster.link_of(0)].id;
    let place = cluster.world.engine.whereabouts(ticket);
    assert_eq!(place, Some(format!("{link} 0 {} -1 -1 ", TraceReason::Silent as i32)));
    cluster.pass(500, &[0, 1, 2]);
    cluster.check();
}
