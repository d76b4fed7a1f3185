//! When the layout of a cluster is read, from which node, and whether one view of it is enough.
//!
//! Only one round runs at a time. A round asks one node. If its view contradicts what is known, two more nodes are
//! asked and the majority decides for each slot ([`super::votes`]).

use std::collections::{HashMap, HashSet};

use super::votes::{Owners, is_contested, majority};
use super::{Layout, NodeId, Random, Topology};

/// How long a node may take to tell the layout, in ms.
const PATIENCE: u64 = 500;
/// The least time between the end of a round and the next one that events demand, in ms.
const SPACING: u64 = 100;
/// The least and the most time between two rounds during an outage, in ms. In between it is a twentieth of the outage.
const POLL: (u64, u64) = (100, 1000);
/// How long no node may be reachable before JS is told, and the most time until it is told again, in ms. In between it
/// is a tenth of the outage.
const UNREACHABLE: (u64, u64) = (500, 5000);
/// The first and the longest pause before a round that looks whether nodes have come back, in ms. It doubles.
const COMEBACK: (u64, u64) = (2000, 32_000);

/// What the caller must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Ask this node for the layout, and report what it tells with [`Refresh::answered`].
    Ask(NodeId),
    /// Connect this node: no other could be asked.
    Connect(NodeId),
    /// Take over this layout. The slots in the map have these owners, whatever the layout says.
    Apply(Layout, HashMap<u16, NodeId>),
    /// No node can be asked: JS must ask other servers.
    Unreachable,
}

/// What a decision depends on.
pub struct View<'a> {
    /// The known nodes and owners.
    pub topology: &'a Topology,
    /// The nodes that can be asked now.
    pub ready: &'a [NodeId],
    /// The nodes that nobody has tried to connect.
    pub unopened: &'a [NodeId],
    /// The nodes that do not answer.
    pub unhealthy: &'a HashSet<NodeId>,
}

/// A round of questions.
#[derive(Debug, Default)]
struct Round {
    asked: Vec<NodeId>,
    /// Who has not answered yet, and until when the answer counts.
    waiting: Vec<(NodeId, u64)>,
    views: Vec<Layout>,
    is_vote: bool,
    /// Owners that MOVED has named since the last round.
    named: HashSet<NodeId>,
    /// Owners that MOVED has named during the round: newer than its views.
    during: HashMap<u16, NodeId>,
}

#[derive(Debug)]
struct Outage {
    since: u64,
    poll_at: u64,
    unreachable_at: u64,
}

/// The schedule of one cluster. Times are milliseconds of the caller's clock.
#[derive(Debug)]
pub struct Refresh {
    interval: u64,
    random: Random,
    periodic_at: Option<u64>,
    wanted_at: Option<u64>,
    /// The node that knows best: MOVED has named it.
    best: Option<NodeId>,
    named: HashSet<NodeId>,
    round: Option<Round>,
    ended_at: Option<u64>,
    outage: Option<Outage>,
    /// When to look whether nodes have come back that the last layout lacked, and the pause before that.
    comeback: Option<(u64, u64)>,
}

impl Refresh {
    /// A schedule with a round every `interval` ms (0: only when there is a reason).
    pub fn new(interval: u64, random: Random) -> Self {
        Self {
            interval,
            random,
            periodic_at: None,
            wanted_at: None,
            best: None,
            named: HashSet::new(),
            round: None,
            ended_at: None,
            outage: None,
            comeback: None,
        }
    }

    /// Demands a round as soon as possible. A round that runs satisfies it.
    pub fn want(&mut self, now: u64) {
        if self.round.is_none() {
            let at = self.ended_at.map_or(now, |ended| now.max(ended + SPACING));
            self.wanted_at = Some(self.wanted_at.map_or(at, |wanted| wanted.min(at)));
        }
    }

    /// A redirection has named the owner of a slot. `is_new`: it was not known to be the owner.
    pub fn moved(&mut self, slot: u16, owner: NodeId, is_new: bool, now: u64) {
        if let Some(round) = &mut self.round {
            round.during.insert(slot, owner);
            round.named.insert(owner);
        } else if is_new {
            self.named.insert(owner);
            self.best = Some(owner);
            self.want(now);
        }
    }

    /// A layout lacks nodes that were known. Servers leave out a primary that becomes a replica, and replicas that are
    /// down for a moment: some more rounds follow.
    pub fn lacks_known_nodes(&mut self, now: u64) {
        self.comeback = Some((now + self.random.jittered(COMEBACK.0), COMEBACK.0));
    }

    /// Whether a node that owns slots is out of order at this time.
    pub fn note_health(&mut self, is_outage: bool, now: u64) {
        if !is_outage {
            self.outage = None;
        } else if self.outage.is_none() {
            self.outage = Some(Outage {
                since: now,
                poll_at: now + self.random.jittered(POLL.0),
                unreachable_at: now + UNREACHABLE.0,
            });
        }
    }

    /// A node that was asked has told the layout (without empty hosts), or will not.
    pub fn answered(&mut self, node: NodeId, layout: Option<Layout>) {
        let Some(round) = &mut self.round else { return };
        let before = round.waiting.len();
        round.waiting.retain(|(waiting, _)| *waiting != node);
        if round.waiting.len() < before {
            round.views.extend(layout);
        }
    }

    /// A server that JS has asked for has told the layout. It counts as the first view of a round.
    pub fn offered(&mut self, layout: Layout) {
        match &mut self.round {
            Some(round) => round.views.push(layout),
            None => self.round = Some(self.new_round(vec![layout])),
        }
    }

    /// Whether a round is under way.
    pub fn is_running(&self) -> bool {
        self.round.is_some()
    }

    /// When [`Refresh::advance`] must be called next.
    pub fn next_at(&self) -> Option<u64> {
        if let Some(round) = &self.round {
            return Some(round.waiting.iter().map(|(_, until)| *until).min().unwrap_or(0));
        }
        let poll = self.outage.as_ref().map(|outage| outage.poll_at);
        let comeback = self.comeback.map(|(at, _)| at);
        [self.wanted_at, self.periodic_at, poll, comeback].into_iter().flatten().min()
    }

    /// Goes on, and returns what to do.
    pub fn advance(&mut self, view: &View<'_>, now: u64) -> Vec<Order> {
        let mut orders = Vec::new();
        if let Some(mut round) = self.round.take() {
            round.waiting.retain(|(_, until)| *until > now);
            if round.waiting.is_empty() {
                self.conclude(round, view, now, &mut orders);
            } else {
                self.round = Some(round);
            }
        }
        if self.round.is_none() {
            self.begin(view, now, &mut orders);
        }
        orders
    }

    fn new_round(&mut self, views: Vec<Layout>) -> Round {
        (self.wanted_at, self.best) = (None, None);
        Round { views, named: std::mem::take(&mut self.named), ..Round::default() }
    }

    /// Starts a round if one is due.
    fn begin(&mut self, view: &View<'_>, now: u64, orders: &mut Vec<Order>) {
        if self.periodic_at.is_none() && self.interval > 0 {
            self.periodic_at = Some(now + self.random.jittered(self.interval));
        }
        let is_due = |at: Option<u64>| at.is_some_and(|at| at <= now);
        let is_polled = is_due(self.outage.as_ref().map(|outage| outage.poll_at));
        let is_comeback = is_due(self.comeback.map(|(at, _)| at));
        if !is_due(self.wanted_at) && !is_due(self.periodic_at) && !is_polled && !is_comeback {
            return;
        }
        if let Some((_, pause)) = self.comeback.filter(|_| is_comeback) {
            let next = (2 * pause <= COMEBACK.1).then_some(2 * pause);
            self.comeback = next.map(|pause| (now + self.random.jittered(pause), pause));
        }
        if let Some(outage) = &mut self.outage {
            let pause = ((now - outage.since) / 20).clamp(POLL.0, POLL.1);
            outage.poll_at = now + self.random.jittered(pause);
        }
        if self.interval > 0 {
            self.periodic_at = Some(now + self.random.jittered(self.interval));
        }
        let Some(node) = self.choose(view, &[], self.best) else {
            self.wanted_at = self.wanted_at.map(|_| now + SPACING);
            return self.lacks_nodes(view, now, orders);
        };
        if let Some(outage) = &mut self.outage {
            outage.unreachable_at = now + UNREACHABLE.0;
        }
        let mut round = self.new_round(Vec::new());
        ask(&mut round, node, now, orders);
        self.round = Some(round);
    }

    /// No node can be asked.
    fn lacks_nodes(&mut self, view: &View<'_>, now: u64, orders: &mut Vec<Order>) {
        if !view.unopened.is_empty() {
            return orders.push(Order::Connect(view.unopened[self.random.below(view.unopened.len())]));
        }
        if let Some(outage) = self.outage.as_mut().filter(|outage| outage.unreachable_at <= now) {
            let pause = ((now - outage.since) / 10).clamp(UNREACHABLE.0, UNREACHABLE.1);
            outage.unreachable_at = now + self.random.jittered(pause);
            orders.push(Order::Unreachable);
        }
    }

    /// A node to ask: `best` if it can be asked, else any, preferably one that is in order.
    fn choose(&mut self, view: &View<'_>, except: &[NodeId], best: Option<NodeId>) -> Option<NodeId> {
        let ready: Vec<NodeId> = view.ready.iter().copied().filter(|node| !except.contains(node)).collect();
        if let Some(best) = best.filter(|best| ready.contains(best)) {
            return Some(best);
        }
        let well: Vec<NodeId> = ready.iter().copied().filter(|node| !view.unhealthy.contains(node)).collect();
        let nodes = if well.is_empty() { ready } else { well };
        (!nodes.is_empty()).then(|| nodes[self.random.below(nodes.len())])
    }

    /// Ends a round in which nobody is waited for, or asks more nodes.
    fn conclude(&mut self, mut round: Round, view: &View<'_>, now: u64, orders: &mut Vec<Order>) {
        let needed = match round.views.first() {
            None => 1,
            Some(first) if !round.is_vote && is_contested(first, view, &round.named) => {
                round.is_vote = true;
                2
            }
            Some(_) => 0,
        };
        for _ in 0..needed {
            if let Some(node) = self.choose(view, &round.asked, None) {
                ask(&mut round, node, now, orders);
            }
        }
        if !round.waiting.is_empty() {
            self.round = Some(round);
            return;
        }
        self.ended_at = Some(now);
        let layout =
            if round.views.len() > 1 { Some(majority(&round.views, view.topology)) } else { round.views.pop() };
        let Some(layout) = layout else {
            self.named.extend(round.named);
            return self.want(now);
        };
        let owners = Owners::of(&layout);
        let differs = |(slot, owner): (&u16, &NodeId)| {
            let seen = owners.owner(*slot).map(|shard| &layout.shards[shard].primary);
            seen.and_then(|seen| view.topology.nodes().find(seen)) != Some(*owner)
        };
        if round.during.iter().any(differs) {
            self.named.extend(round.during.values());
            self.best = round.during.values().next().copied();
            self.want(now);
        }
        orders.push(Order::Apply(layout, round.during));
    }
}

fn ask(round: &mut Round, node: NodeId, now: u64, orders: &mut Vec<Order>) {
    round.asked.push(node);
    round.waiting.push((node, now + PATIENCE));
    orders.push(Order::Ask(node));
}
