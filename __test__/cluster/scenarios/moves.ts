/** Slots and nodes that move under a load, whichever client carries it. */
import type { Contestant } from '../history/contestant';
import type { Load, LoadOptions } from '../history/load';
import type { Group } from '../history/registers';
import { migrateAtomically, moveSlots, slotRange, tagsOf } from '../servers/migration';
import { restartBehindMap, restartOneByOne } from '../servers/restarts';
import type { TestCluster } from '../servers/test-cluster';
import { startLoad } from './outages';

/** How long a load runs before and after something happens, ms. */
const CALM = 500;

/** What happened on the way. */
export interface Moves {
  readonly load: Load;
  /** Replies that servers gave in the meantime, by their first word. */
  readonly redirections: Readonly<Record<'ASK' | 'TRYAGAIN' | 'MOVED', number>>;
  /** How long it took, ms. */
  readonly took: number;
}

/**
 * Moves slots with keys from the first primary to the second one and back, key by key.
 * @param count of slots
 */
export async function reshard(cluster: TestCluster, client: Contestant, count: number, options: LoadOptions = {}): Promise<Moves> {
  return move(cluster, client, count, options, async ([from, to], slots, load) => {
    // In the middle of each group its slots have keys on both sides until commands have met that.
    const halfway = (): Promise<void> => load.during(30);
    await moveSlots(cluster, slots, from, to, { halfway });
    await moveSlots(cluster, slots, to, from, { halfway });
    await cluster.untilInOrder();
  });
}

/** Moves slots from the first primary to the second one and back by the server's own means. Valkey 9 and later. */
export async function reshardAtomically(cluster: TestCluster, client: Contestant, count: number, options: LoadOptions = {}): Promise<Moves> {
  return move(cluster, client, count, options, async ([from, to], slots, load) => {
    const range = [slots[0] as number, slots.at(-1) as number] as const;
    await migrateAtomically(cluster, range, from, to);
    await load.during(CALM);
    await migrateAtomically(cluster, range, to, from);
  });
}

type Pair = [Awaited<ReturnType<TestCluster['primaries']>>[number], Awaited<ReturnType<TestCluster['primaries']>>[number]];

async function move(
  cluster: TestCluster, client: Contestant, count: number, options: LoadOptions,
  act: (nodes: Pair, slots: number[], load: Load) => Promise<void>,
): Promise<Moves> {
  const nodes = (await cluster.primaries()).slice(0, 2) as Pair;
  const first = (await cluster.view(nodes[0])).find(({ isMyself }) => isMyself)?.slots[0]?.[0] ?? 0;
  const slots = slotRange(first, count);
  // Half of all operations are about slots that move.
  const still = Array.from({ length: count }, (_, index) => `still${index}`);
  await cluster.resetCounts();
  const load = await startLoad(cluster, client, { tags: [...tagsOf(slots), ...still], ...options });
  await load.during(CALM);
  const since = performance.now();
  await act(nodes, slots, load);
  const took = performance.now() - since;
  await load.during(CALM);
  const redirections = { ASK: await cluster.errors(/^ASK$/), TRYAGAIN: await cluster.errors(/^TRYAGAIN$/), MOVED: await cluster.errors(/^MOVED$/) };
  await load.stop();
  return { load, redirections, took };
}

/** Restarts every node on a new port, one after another. @returns the longest times without a success of each restart, ms */
export async function relocateOneByOne(cluster: TestCluster, client: Contestant, options?: LoadOptions): Promise<{ load: Load; gaps: number[] }> {
  const load = await startLoad(cluster, client, options);
  await load.during(CALM);
  const gaps: number[] = [];
  let since = performance.now() - CALM;
  await restartOneByOne(cluster, async () => {
    await load.during(CALM);
    gaps.push(longestGapOfAny(load, since));
    since = performance.now() - CALM;
  });
  await load.stop();
  return { load, gaps };
}

export interface MappedRelocation {
  readonly load: Load;
  /** When all nodes were gone. */
  readonly endedAt: number;
  /** When they served again. */
  readonly servedAt: number;
  /** When the client had served keys of all nodes again. */
  readonly backAt: number;
}

/** Restarts all nodes at once on new ports that they do not tell. */
export async function relocateBehindMap(cluster: TestCluster, client: Contestant, options?: LoadOptions): Promise<MappedRelocation> {
  const load = await startLoad(cluster, client, options);
  await load.during(CALM);
  const { endedAt, servedAt } = await restartBehindMap(cluster);
  let backAt = servedAt;
  for (const primary of await cluster.primaries()) {
    const [line] = (await cluster.view(primary)).filter(({ isMyself }) => isMyself);
    const own = load.groupsIn((slot) => line?.slots.some(([first, last]) => first <= slot && slot <= last) ?? false);
    backAt = Math.max(backAt, await load.untilServed(own, servedAt, 20_000));
  }
  await load.during(CALM);
  await load.stop();
  return { load, endedAt, servedAt, backAt };
}

/** The longest gap of any third of the keys, which the nodes have in turn. */
function longestGapOfAny(load: Load, since: number): number {
  const thirds: Set<Group>[] = [0, 1, 2].map((third) => load.groupsIn((slot) => Math.floor(slot * 3 / 16_384) === third));
  return Math.max(...thirds.map((groups) => load.recording.longestGap(groups, since).length));
}
