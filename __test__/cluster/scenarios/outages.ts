/** What happens to a cluster under a load, whichever client carries it; what that shows is judged elsewhere. */
import { Load, type LoadOptions } from '../history/load';
import type { Contestant } from '../history/contestant';
import type { Group } from '../history/registers';
import type { ClusterNode } from '../servers/cluster-node';
import type { TestCluster } from '../servers/test-cluster';

/** How long a load runs before and after something happens, ms. */
const CALM = 1000;
/** How long clients are given to find out that the slots of a dead node are served elsewhere, ms. */
const FINDING = 6000;

/** A primary that stopped serving, and how that went. */
export interface Outage {
  /** The groups whose keys it had. */
  readonly struck: ReadonlySet<Group>;
  readonly others: ReadonlySet<Group>;
  /** When it was killed or stopped. */
  readonly since: number;
  /** When its replica served in its place. */
  readonly replacedAt: number;
  /** When the client served the struck keys again. */
  readonly backAt: number;
  /** When it was over: the node was there again, too. */
  readonly over: number;
}

/** Starts a load on an empty cluster. */
export async function startLoad(cluster: TestCluster, client: Contestant, options?: LoadOptions): Promise<Load> {
  for (const primary of await cluster.primaries()) await primary.call('FLUSHALL');
  const load = new Load(client, options);
  load.start();
  return load;
}

/** Hands over each primary in turn. */
export async function failOverAll(cluster: TestCluster, client: Contestant, options?: LoadOptions): Promise<{ load: Load; gaps: number[] }> {
  const load = await startLoad(cluster, client, options);
  await load.during(CALM);
  const gaps: number[] = [];
  for (const primary of await cluster.primaries()) {
    const { struck } = await shares(cluster, primary, load);
    const since = performance.now();
    await cluster.failOver(primary);
    await load.during(CALM);
    gaps.push(load.recording.longestGap(struck, since - CALM / 2).length);
  }
  await load.stop();
  return { load, gaps };
}

/** Kills a primary and starts it again after its replica has taken over. */
export async function kill(cluster: TestCluster, load: Load, primary: ClusterNode): Promise<Outage> {
  return outage(cluster, load, primary, async () => {
    await primary.kill9();
  }, async (struck, replacedAt) => {
    await load.untilServed(struck, replacedAt, FINDING);
    await primary.start();
  });
}

/** Stops a primary with SIGSTOP; it goes on after a time, ms, or after its replica has taken over if that is later. */
export async function pause(cluster: TestCluster, load: Load, primary: ClusterNode, time: number): Promise<Outage> {
  let since = 0;
  return outage(cluster, load, primary, async () => {
    since = performance.now();
    primary.pause();
  }, async () => {
    await load.during(Math.max(0, since + time - performance.now()));
    primary.resume();
  });
}

async function outage(
  cluster: TestCluster, load: Load, primary: ClusterNode, strike: () => Promise<void>, restore: (struck: ReadonlySet<Group>, replacedAt: number) => Promise<void>,
): Promise<Outage> {
  await load.during(CALM);
  const { struck, others } = await shares(cluster, primary, load);
  const since = performance.now();
  await strike();
  load.crashed(struck, since);
  const { at: replacedAt } = await cluster.untilReplaced(primary);
  // What it had replied may have been read a moment later.
  load.crashed(struck, since, replacedAt);
  await restore(struck, replacedAt);
  await cluster.untilInOrder();
  await load.untilServed(struck, performance.now(), FINDING);
  await load.during(CALM);
  const over = performance.now();
  const backAt = load.recording.longestGap(struck, since - CALM / 2).to;
  return { struck, others, since, replacedAt, backAt, over };
}

/** Which groups have their keys on a node, and which have not. */
async function shares(cluster: TestCluster, primary: ClusterNode, load: Load): Promise<{ struck: Set<Group>; others: Set<Group> }> {
  const line = (await cluster.view(primary)).find(({ isMyself }) => isMyself);
  const owns = (slot: number): boolean => line?.slots.some(([first, last]) => first <= slot && slot <= last) ?? false;
  return { struck: load.groupsIn(owns), others: load.groupsIn((slot) => !owns(slot)) };
}
