//! What servers tell of their maintenance: limits are relaxed while it lasts, and MOVING makes a link move.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use super::Engine;
use super::connection::ConnectionKey;
use super::moving::{Moving, Refuge};
use super::timers::{Millis, Timer, TimerKind};
use crate::boundary::PushKind;
use crate::event::{LinkEvent, Notice};

/// How long limits stay relaxed if the server does not tell of the end, in ms.
const MOST_RELAXED: Millis = 60_000;
/// How long a notice is remembered, so that its copies have no effect, in ms. Servers may begin to count anew.
const MEMORY: Millis = 600_000;
/// How many notices are remembered, the latest ones.
const MOST_SEEN: usize = 64;
/// How long it is remembered that a server does not tell of maintenance, in ms.
const REFUSED: Millis = 3_600_000;

/// What identifies a notice.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    kind: PushKind,
    sequence: Option<i64>,
    target: Option<(String, u16)>,
}

/// Maintenance that a server has announced and not ended.
#[derive(Debug)]
struct Ongoing {
    /// The connection that has told of it.
    serial: u32,
    kind: PushKind,
    sequence: Option<i64>,
    until: Millis,
}

/// What a link knows of the maintenance of its server.
#[derive(Debug, Default)]
pub struct Maintenance {
    /// The notices that were handled, with the time until which they are remembered and the connection that had them.
    seen: VecDeque<(Millis, u32, Seen)>,
    ongoing: Vec<Ongoing>,
    /// The move that MOVING has demanded.
    pub(super) moving: Option<Moving>,
    /// Where the link has moved to, for the next connections.
    pub(super) refuge: Option<Refuge>,
    is_relaxed: bool,
    /// When the earliest timer is due that was set.
    timer: Option<Millis>,
}

impl Maintenance {
    /// Whether limits are relaxed.
    pub fn is_relaxed(&self) -> bool {
        self.is_relaxed
    }

    /// Remembers a notice. Returns false if it is a copy of one that was handled.
    fn is_new(&mut self, serial: u32, notice: &Notice, now: Millis) -> bool {
        self.seen.retain(|(until, ..)| *until > now);
        let seen = Seen { kind: notice.kind, sequence: notice.sequence, target: notice.target.clone() };
        if self.seen.iter().any(|(.., known)| *known == seen) {
            return false;
        }
        // Without a number, another notice may look the same after a while.
        let memory = if seen.sequence.is_some() { MEMORY } else { MOST_RELAXED };
        if self.seen.len() == MOST_SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back((now + memory, serial, seen));
        true
    }

    fn begin(&mut self, serial: u32, notice: &Notice, now: Millis) {
        let (kind, sequence) = (notice.kind, notice.sequence);
        self.ongoing.push(Ongoing { serial, kind, sequence, until: now + MOST_RELAXED });
    }

    /// Ends the maintenance of this kind with the same number, or the oldest one if the server numbers each notice.
    fn end(&mut self, began_as: PushKind, sequence: Option<i64>) {
        let is_it = |ongoing: &Ongoing| ongoing.kind == began_as && ongoing.sequence == sequence;
        let found = self.ongoing.iter().position(is_it);
        let oldest = || self.ongoing.iter().position(|ongoing| ongoing.kind == began_as);
        if let Some(index) = found.or_else(oldest) {
            self.ongoing.remove(index);
        }
    }

    /// Forgets what servers have announced over other connections than this one.
    fn keep_only(&mut self, serial: u32) {
        self.ongoing.retain(|ongoing| ongoing.serial == serial);
        self.moving = self.moving.take().filter(|moving| moving.serial == serial);
    }

    /// A connection was lost and made anew: what its server had announced has to be heard again if it is told again,
    /// except that the link was to go where it is now.
    pub(super) fn on_reconnected(&mut self, serial: u32, is_refuge: bool) {
        let is_here =
            |seen: &Seen| seen.target.is_some() && seen.target.as_ref() == self.refuge.as_ref().map(Refuge::address);
        self.seen.retain(|(_, of, seen)| *of == serial || is_refuge && is_here(seen));
        if !is_refuge && self.moving.as_ref().is_none_or(|moving| moving.serial != serial) {
            self.refuge = None;
        }
        self.keep_only(serial);
    }

    /// The link has moved. Its new server may send it back under the same number.
    pub(super) fn on_moved(&mut self, serial: u32) {
        let here = self.refuge.as_ref().map(Refuge::address);
        let is_it = |seen: &Seen| here.is_some() && seen.target.as_ref() == here;
        let sequence = self.seen.iter().rev().find(|(.., seen)| is_it(seen)).map(|(.., seen)| seen.sequence);
        let may_come_again =
            |seen: &Seen| seen.kind == PushKind::Moving && Some(seen.sequence) == sequence && !is_it(seen);
        self.seen.retain(|(.., seen)| !may_come_again(seen));
        self.keep_only(serial);
    }

    fn next_at(&self) -> Option<Millis> {
        let ends = self.ongoing.iter().map(|ongoing| ongoing.until);
        ends.chain(self.moving.as_ref().map(Moving::next_at)).min()
    }
}

/// The type of endpoints to ask for: the configured one, or for `auto` one that suits the address of the server.
pub(super) fn endpoint_type(configured: &str, peer: Option<SocketAddr>, is_tls: bool) -> String {
    if configured != "auto" {
        return configured.to_owned();
    }
    let is_internal = peer.is_some_and(|peer| is_internal(peer.ip().to_canonical()));
    format!("{}-{}", if is_internal { "internal" } else { "external" }, if is_tls { "fqdn" } else { "ip" })
}

fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

impl Engine {
    /// Decides what the handshake that is about to be written asks of the server.
    pub(super) fn choose_endpoint_type(&mut self, key: ConnectionKey, now: Millis) {
        let Some(link) = self.links.get_mut(key.link as usize).and_then(Option::as_deref_mut) else { return };
        let Some(maint) = &link.config.session.maint_notifications else { return };
        let (configured, required) = (maint.endpoint_type.clone(), maint.required);
        let is_tls = link.config.dial.tls.is_some();
        let Some((connection, wishes)) = link.connection_by(key.serial) else { return };
        let peer = connection.peer;
        let refused = peer.and_then(|peer| self.refused_maintenance.get(&peer)).is_some_and(|until| *until > now);
        wishes.set_endpoint_type((required || !refused).then(|| endpoint_type(&configured, peer, is_tls)));
    }

    /// Remembers the address of a server that does not tell of maintenance.
    pub(super) fn note_refused_maintenance(&mut self, key: ConnectionKey) {
        let Some((connection, _)) = self.link(key.link).and_then(|link| link.connection_by(key.serial)) else { return };
        let (now, peer) = (connection.active_at, connection.peer);
        let Some(peer) = peer.filter(|_| connection.session.has_refused_maintenance()) else { return };
        self.refused_maintenance.retain(|_, until| *until > now);
        self.refused_maintenance.insert(peer, now + REFUSED);
    }

    /// Handles a notice that a connection has received.
    pub(super) fn on_notice(&mut self, key: ConnectionKey, notice: Box<Notice>, now: Millis) {
        let ConnectionKey { link: id, serial } = key;
        let Some(link) = self.link(id).filter(|link| link.is_open()) else { return };
        let cluster = link.cluster;
        let maintenance = link.maintenance.get_or_insert_default();
        let is_new = maintenance.is_new(serial, &notice, now);
        if is_new {
            use PushKind::{FailedOver, FailingOver, Migrated, Migrating, ShardMigrated, ShardMigrating};
            match notice.kind {
                Migrating | FailingOver | ShardMigrating => maintenance.begin(serial, &notice, now),
                Migrated => maintenance.end(Migrating, notice.sequence),
                FailedOver => maintenance.end(FailingOver, notice.sequence),
                ShardMigrated => maintenance.end(ShardMigrating, notice.sequence),
                _ => {}
            }
        }
        let concerns_cluster = notice.kind == PushKind::ShardMigrated && is_new;
        let is_known =
            !is_new || cluster.filter(|_| concerns_cluster).is_some_and(|id| !self.is_new_migration(id, &notice, now));
        self.emit(id, LinkEvent::Maintenance { notice: notice.clone(), is_repeated: is_known });
        if is_new && notice.kind == PushKind::Moving {
            self.move_link(key, &notice, now);
        }
        if let Some(cluster) = cluster.filter(|_| concerns_cluster && !is_known) {
            self.on_slots_migrated(cluster, &notice, now);
        }
        self.settle_relaxation(id, now);
        self.call_maintenance(id);
    }

    /// Relaxes the limits of a link if maintenance goes on, or ends that.
    pub(super) fn settle_relaxation(&mut self, id: u32, now: Millis) {
        let Some(link) = self.link(id) else { return };
        let Some(maintenance) = &mut link.maintenance else { return };
        let on = !maintenance.ongoing.is_empty() || maintenance.moving.is_some();
        if std::mem::replace(&mut maintenance.is_relaxed, on) == on {
            return;
        }
        let limit = u32::try_from(link.config.relaxed_command_timeout).unwrap_or(u32::MAX);
        link.backlog.relax(Some(limit).filter(|limit| on && *limit > 0), now);
        self.emit(id, LinkEvent::Relaxed { on });
        self.watch_silence(id);
        self.tidy(id);
    }

    /// Calls [`Engine::on_maintenance_timer`] when that is due.
    pub(super) fn call_maintenance(&mut self, id: u32) {
        let Some(maintenance) = self.link(id).and_then(|link| link.maintenance.as_mut()) else { return };
        let Some(at) = maintenance.next_at().filter(|at| maintenance.timer.is_none_or(|set| *at < set)) else { return };
        maintenance.timer = Some(at);
        self.timers.set(at, Timer { link: id, serial: 0, kind: TimerKind::Maintenance });
    }

    /// Handles the timer of a link's maintenance.
    pub(super) fn on_maintenance_timer(&mut self, id: u32, now: Millis) {
        let Some(maintenance) = self.link(id).and_then(|link| link.maintenance.as_mut()) else { return };
        if maintenance.timer.is_some_and(|at| at > now) {
            return;
        }
        maintenance.timer = None;
        maintenance.ongoing.retain(|ongoing| ongoing.until > now);
        self.advance_move(id, now);
        self.settle_relaxation(id, now);
        self.call_maintenance(id);
    }

    /// A connection was replaced, and what it had announced is forgotten: the limits follow in a later turn.
    pub(super) fn end_maintenance(&mut self, id: u32) {
        let Some(maintenance) = self.link(id).and_then(|link| link.maintenance.as_mut()) else { return };
        if maintenance.is_relaxed {
            maintenance.timer = Some(0);
            self.timers.set(0, Timer { link: id, serial: 0, kind: TimerKind::Maintenance });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_type_suits_the_address() {
        let of = |address: &str, is_tls| endpoint_type("auto", Some(address.parse().unwrap()), is_tls);
        for internal in [
            "10.1.2.3:1",
            "172.16.0.1:1",
            "172.31.9.9:1",
            "192.168.1.1:1",
            "[::1]:1",
            "[fc00::1]:1",
            "[fd12::1]:1",
            "[fe80::1]:1",
            "[::ffff:10.0.0.1]:1",
        ] {
            assert_eq!(of(internal, false), "internal-ip", "{internal}");
        }
        for external in ["127.0.0.1:1", "172.32.0.1:1", "8.8.8.8:1", "[2001:db8::1]:1", "169.254.0.1:1"] {
            assert_eq!(of(external, true), "external-fqdn", "{external}");
        }
        assert_eq!(endpoint_type("auto", None, false), "external-ip");
        assert_eq!(endpoint_type("none", None, true), "none");
    }
}
