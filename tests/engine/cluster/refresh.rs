//! When the layout is read, and what it changes.

use super::{Cluster, ones};

#[test]
fn many_redirections_cause_one_reading_of_the_layout() {
    let mut cluster = Cluster::new();
    cluster.pass(200, &[0, 1, 2]);
    cluster.owners.iter_mut().filter(|owner| **owner == 0).for_each(|owner| *owner = 1);
    cluster.submit(&ones((0..10_000).map(|n| n * 3 % 15)));
    cluster.settle();
    cluster.check();
    assert_eq!(cluster.redirects, 10_000);
    assert_eq!(cluster.layouts_read(), 1);
    cluster.pass(2000, &[0, 1, 2]);
    assert_eq!(cluster.layouts_read(), 1);
}
