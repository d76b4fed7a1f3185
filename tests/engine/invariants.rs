//! Invariants of every request, whatever happened, checked against the bytes that the servers received.

use std::collections::{BTreeMap, BTreeSet};

use crate::driver::World;
use crate::js::{Asked, Outcome};
use crate::server::{Server, encode};

/// Checks all requests of a world, each of which must be settled.
pub fn check(world: &mut World) {
    world.js.check_handed();
    world.links.iter_mut().flat_map(|link| &mut link.servers).for_each(Server::receive);
    for link in 0..world.links.len() {
        let servers = &world.links[link].servers;
        let asked: BTreeMap<u32, &Asked> = world
            .js
            .asked
            .iter()
            .filter(|(_, asked)| asked.link == link)
            .map(|(serial, asked)| (*serial, asked))
            .collect();
        let arrived: Vec<u32> = servers.iter().flat_map(|server| server.arrived.iter().copied()).collect();
        check_phases(&asked, servers, &arrived);
        check_order(&asked, &arrived);
        for server in servers {
            check_chains(&asked, &server.arrived);
        }
        check_whole_chains(&asked, servers);
    }
}

/// A request that failed while it was queued must not have sent anything; one that failed after it was written must
/// have.
fn check_phases(asked: &BTreeMap<u32, &Asked>, servers: &[Server], arrived: &[u32]) {
    let unique: BTreeSet<u32> = arrived.iter().copied().collect();
    assert_eq!(unique.len(), arrived.len(), "sent twice");
    let mut begun: Vec<u32> = Vec::new();
    for (serial, asked) in asked.iter().filter(|(_, asked)| asked.shape.is_some()) {
        match asked.outcome.as_ref().expect("settled") {
            Outcome::Failed(failure, Outcome::QUEUED) => {
                assert!(!unique.contains(serial), "request {serial} was sent and is said to be queued");
                assert!(*failure != Outcome::TIMEOUT || asked.expires_at.is_some(), "timeout of a request without");
            }
            Outcome::Failed(failure, _) => {
                assert_ne!(*failure, Outcome::TIMEOUT, "timeout of a written request");
                if !unique.contains(serial) {
                    begun.push(*serial);
                }
            }
            Outcome::Cancelled => assert!(!unique.contains(serial), "request {serial} was taken back and sent"),
            Outcome::Reply(_) | Outcome::Text(_) => {
                assert!(unique.contains(serial), "request {serial} has a reply and was not sent");
            }
        }
    }
    // Commands of which only a part was sent: one for each connection that ended within a user's command.
    let parts: Vec<_> = servers.iter().map(Server::unfinished).filter(|rest| !rest.is_empty()).collect();
    let certain = parts.iter().filter(|rest| rest.starts_with(b"*6")).count();
    assert!(begun.len() <= parts.len(), "requests {begun:?} are said to be written");
    assert!(begun.len() >= certain, "a request that was begun is said to be queued");
    for serial in begun {
        let bytes = encode(serial, asked[&serial].shape.expect("a command"), asked[&serial].continues);
        assert!(parts.iter().any(|rest| bytes.starts_with(rest)), "request {serial} was not begun");
    }
}

/// Requests of the same kind are sent in the order in which they were made.
fn check_order(asked: &BTreeMap<u32, &Asked>, arrived: &[u32]) {
    for asap in [false, true] {
        let serials: Vec<_> = arrived.iter().filter(|serial| asked[serial].asap == asap).collect();
        assert!(serials.is_sorted(), "out of order: {serials:?}");
    }
}

/// Nothing is sent between the commands of a chain.
fn check_chains(asked: &BTreeMap<u32, &Asked>, arrived: &[u32]) {
    for pair in arrived.windows(2) {
        if asked[&pair[0]].continues {
            assert_eq!(pair[1], pair[0] + 1, "cut into a chain");
        }
    }
}

/// A chain is sent over one connection, from its beginning, and expires as a whole.
fn check_whole_chains(asked: &BTreeMap<u32, &Asked>, servers: &[Server]) {
    for server in servers {
        for serial in &server.arrived {
            if let Some(first) = asked[serial].chain {
                assert!(server.arrived.contains(&first), "a chain without its beginning");
            }
        }
    }
    for (serial, member) in asked {
        if let Some(first) = member.chain {
            let timeout = |asked: &Asked| matches!(asked.outcome, Some(Outcome::Failed(Outcome::TIMEOUT, _)));
            assert_eq!(timeout(member), timeout(asked[&first]), "request {serial}: a part of a chain expired");
        }
    }
}
