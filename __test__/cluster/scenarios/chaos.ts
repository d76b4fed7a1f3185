/** Random kills, pauses, migrations and the like, drawn from a seed, under a load. */
import { Random } from '../../chaos/random';
import type { Contestant } from '../history/contestant';
import type { Load } from '../history/load';
import type { Group } from '../history/registers';
import type { ClusterNode } from '../servers/cluster-node';
import { moveSlots } from '../servers/migration';
import type { TestCluster } from '../servers/test-cluster';
import { startLoad } from './outages';

export interface Chaos {
  readonly load: Load;
  /** What happened, in words. */
  readonly events: readonly string[];
  /** When the last writes could be lost in flight, by event: spans from its begin to the order after it. */
  readonly spans: readonly (readonly [number, number])[];
}

/** The name of the clients under test, whose connections may be closed. */
export const NAME = 'chaos';

type Event = (scene: Scene) => Promise<string>;

interface Scene {
  readonly cluster: TestCluster;
  readonly load: Load;
  readonly random: Random;
}

/** A node is stopped for so long at most when nobody shall be elected in its place, as a part of the node timeout. */
const SHORT = 0.3;

const EVENTS: readonly { weight: number; event: Event }[] = [
  { weight: 3, event: killPrimary }, { weight: 2, event: killReplica }, { weight: 3, event: pauseShortly }, { weight: 2, event: hangUntilReplaced },
  { weight: 3, event: handOver }, { weight: 3, event: migrate }, { weight: 4, event: closeConnections },
];

/** Lets so many random events happen, one after another; between them the cluster is in order. */
export async function playChaos(cluster: TestCluster, client: Contestant, seed: number, count: number): Promise<Chaos> {
  const random = new Random(seed);
  const load = await startLoad(cluster, client, { seed: random.below(2 ** 31) });
  const events: string[] = [];
  const spans: [number, number][] = [];
  await load.during(300);
  for (let number = 0; number < count; number++) {
    const since = performance.now();
    const wrong = load.violations.length;
    const event = await random.weighted(EVENTS).event({ cluster, load, random });
    await cluster.untilInOrder();
    const more = load.violations.length - wrong;
    const at = [since, performance.now()].map(Math.round).join('-');
    events.push(more > 0 ? `${at} ${event} (${more} WRONG)` : `${at} ${event}`);
    spans.push([since, performance.now()]);
    await load.during(random.between(0, 400));
  }
  // The client has had time to find everything.
  await load.during(1500);
  await load.stop();
  return { load, events, spans };
}

async function killPrimary({ cluster, load, random }: Scene): Promise<string> {
  const primary = random.pick(await cluster.primaries());
  const owned = await groupsOf(cluster, load, primary);
  const since = performance.now();
  await primary.kill9();
  load.crashed(owned, since);
  const { at } = await cluster.untilReplaced(primary);
  // What it had replied may have been read a moment later.
  load.crashed(owned, since, at);
  await load.during(random.between(0, 500));
  await primary.start();
  return `${primary.name}, a primary, is killed at ${Math.round(since)}, replaced at ${Math.round(at)}`;
}

async function killReplica({ cluster, load, random }: Scene): Promise<string> {
  const primaries = await cluster.primaries();
  const replica = random.pick(cluster.nodes.filter((node) => !primaries.includes(node)));
  await replica.kill9();
  await load.during(random.between(0, 500));
  await replica.start();
  return `${replica.name}, a replica, is killed`;
}

async function pauseShortly({ cluster, load, random }: Scene): Promise<string> {
  const node = random.pick(cluster.nodes);
  const time = random.between(20, cluster.nodeTimeout * SHORT);
  // On a busy machine somebody may be elected all the same.
  const owned = await groupsOf(cluster, load, node);
  const since = performance.now();
  node.pause();
  await load.during(time);
  node.resume();
  load.crashed(owned, since);
  return `${node.name} stops for ${time} ms`;
}

async function hangUntilReplaced({ cluster, load, random }: Scene): Promise<string> {
  const primary = random.pick(await cluster.primaries());
  const owned = await groupsOf(cluster, load, primary);
  const since = performance.now();
  primary.pause();
  load.crashed(owned, since);
  const { at } = await cluster.untilReplaced(primary);
  load.crashed(owned, since, at);
  // It is left by then: whoever would still wait for it had its writes acknowledged in vain.
  await load.untilServed(owned, performance.now(), 5000);
  await load.during(1000);
  primary.resume();
  return `${primary.name}, a primary, hangs at ${Math.round(since)} until it is replaced at ${Math.round(at)}`;
}

async function handOver({ cluster, random }: Scene): Promise<string> {
  const primary = random.pick(await cluster.primaries());
  await cluster.failOver(primary);
  return `${primary.name} hands over`;
}

async function migrate({ cluster, load, random }: Scene): Promise<string> {
  const from = random.pick(await cluster.primaries());
  const to = random.pick((await cluster.primaries()).filter((node) => node !== from));
  const slots = [...new Set([...await groupsOf(cluster, load, from)].map(({ slot }) => slot))];
  // A primary keeps some slots: without any it would be none.
  const moving = slots.slice(0, Math.min(random.between(1, 30), slots.length - 1));
  await moveSlots(cluster, moving, from, to);
  return `${moving.length} slots of ${from.name} move to ${to.name}`;
}

async function closeConnections({ cluster, random }: Scene): Promise<string> {
  const node = random.pick(cluster.nodes);
  const count = await cluster.killConnections(NAME, node);
  return `${node.name} closes ${count} connections`;
}

async function groupsOf(cluster: TestCluster, load: Load, node: ClusterNode): Promise<Set<Group>> {
  const line = (await cluster.view(node)).find(({ isMyself }) => isMyself);
  return load.groupsIn((slot) => line?.slots.some(([first, last]) => first <= slot && slot <= last) ?? false);
}
