/** Moving slots with their keys from one primary to another while clients use them. */
import { HASH_SLOTS, hashSlot } from '../../../lib/wire/hash-slot';
import { until } from '../../support/until';
import type { ClusterNode } from './cluster-node';
import type { TestCluster } from './test-cluster';

export interface MigrationOptions {
  /** How many slots are on their way at a time: 20 */
  slotsAtOnce?: number;
  /** How many keys go in one step: 1, so that slots are half here and half there in between. */
  keysAtOnce?: number;
  /** Called in the middle of each group of slots, when keys are on both sides. */
  halfway?: (slots: readonly number[]) => Promise<void> | void;
}

/** Moves slots with their keys, as redis-cli does it: ASK and TRYAGAIN are what commands meet on the way, MOVED after it. */
export async function moveSlots(
  cluster: TestCluster, slots: readonly number[], from: ClusterNode, to: ClusterNode, { slotsAtOnce = 20, keysAtOnce = 1, halfway }: MigrationOptions = {},
): Promise<void> {
  const others = (await cluster.primaries(to)).filter((node) => node !== to && node !== from);
  for (let start = 0; start < slots.length; start += slotsAtOnce) {
    const group = slots.slice(start, start + slotsAtOnce);
    for (const slot of group) {
      await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
      await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    }
    if (halfway) {
      for (const slot of group) await moveKeys(slot, from, to, keysAtOnce, 1);
      await halfway(group);
    }
    for (const slot of group) await moveKeys(slot, from, to, keysAtOnce);
    for (const slot of group) await giveSlot(slot, from, to, others);
  }
}

/**
 * Makes primaries know the new owner of a slot: the new owner first, so that the slot is never nobody's.
 * @param others that shall know at once; without that they hear of it from the others
 */
export async function giveSlot(slot: number, from: ClusterNode, to: ClusterNode, others: readonly ClusterNode[] = []): Promise<void> {
  await to.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  await Promise.all([from, ...others].map((node) => node.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)));
}

/** Moves slots by the server's own means: all keys at once, unseen by clients. Valkey 9 and later. */
export async function migrateAtomically(cluster: TestCluster, [first, last]: readonly [number, number], from: ClusterNode, to: ClusterNode): Promise<void> {
  await from.call('CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', first, last, 'NODE', to.id);
  await until(async () => await cluster.ownerOf(first, to) === to, `slots ${first} to ${last} to be migrated`);
  await cluster.untilInOrder();
}

/** Hash tags, one for each of the slots. */
export function tagsOf(slots: readonly number[]): string[] {
  const wanted = new Set(slots);
  const found = new Map<number, string>();
  for (let number = 0; found.size < wanted.size; number++) {
    const slot = hashSlot(`${number}`);
    if (wanted.has(slot) && !found.has(slot)) found.set(slot, `${number}`);
  }
  return slots.map((slot) => found.get(slot) as string);
}

/** So many slots from `first` on. */
export function slotRange(first: number, count: number): number[] {
  return Array.from({ length: Math.min(count, HASH_SLOTS - first) }, (_, index) => first + index);
}

async function moveKeys(slot: number, from: ClusterNode, to: ClusterNode, keysAtOnce: number, steps = Infinity): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const keys = await from.call('CLUSTER', 'GETKEYSINSLOT', slot, keysAtOnce) as string[];
    if (keys.length === 0) return;
    const auth = to.password === undefined ? [] : ['AUTH', to.password];
    await from.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, ...auth, 'KEYS', ...keys);
  }
}
