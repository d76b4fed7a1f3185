/**
 * The data that all workloads read. Each key has a different value, so that a reply to the wrong request is noticed.
 */

export const LOOPS = 1000;
export const HASH_FIELDS = 50;
export const LIST_ITEMS = 1000;
export const MGET_KEYS = 100;
export const SLOTS_64K = 100;
export const CLUSTER_KEYS = 10_000;

/** Returns a value of `length` ASCII characters that begins with its number. */
export function valueOf(number, length) {
  const head = `v${number}:`;
  return head + 'abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(length / 26)).slice(0, length - head.length);
}

export const smallKey = index => `small:${index}`;
export const kiloKey = index => `kilo:${index}`;
export const blockKey = index => `block:${index}`;
export const clusterKey = index => `user:${index}:name`;
export const HASH_KEY = 'hash';
export const LIST_KEY = 'list';
export const MEGA_KEY = 'mega';

export const SMALL_LENGTH = 16;
export const KILO_LENGTH = 1024;
export const BLOCK_LENGTH = 64 * 1024;
export const MEGA_LENGTH = 1024 * 1024;

export const fieldName = index => `field:${index}`;
export const fieldValue = index => valueOf(index, 20);
export const listItem = index => valueOf(index, 16);

/** Yields the commands that fill an empty server, as arrays of strings. */
export function* seedCommands() {
  for (let i = 0; i < LOOPS; i++) yield ['SET', smallKey(i), valueOf(i, SMALL_LENGTH)];
  for (let i = 0; i < 100; i++) yield ['SET', kiloKey(i), valueOf(i, KILO_LENGTH)];
  for (let i = 0; i < SLOTS_64K; i++) yield ['SET', blockKey(i), valueOf(i, BLOCK_LENGTH)];
  yield ['SET', MEGA_KEY, valueOf(0, MEGA_LENGTH)];
  for (let i = 0; i < HASH_FIELDS; i++) yield ['HSET', HASH_KEY, fieldName(i), fieldValue(i)];
  for (let i = 0; i < LIST_ITEMS; i++) yield ['RPUSH', LIST_KEY, listItem(i)];
}

/** Yields the commands that fill an empty cluster. */
export function* clusterSeedCommands() {
  for (let i = 0; i < CLUSTER_KEYS; i++) yield ['SET', clusterKey(i), valueOf(i, SMALL_LENGTH)];
}
