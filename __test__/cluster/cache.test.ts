/** The client-side cache of a cluster: what is kept, what goes when slots move and connections are lost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RESP_TYPES } from '../../lib';
import { hashSlot } from '../../lib/wire/hash-slot';
import { onServer } from '../support/on-server';
import { until } from '../support/until';
import { clusterStage, type Client } from './scenarios/stage';
import { giveSlot, moveSlots } from './servers/migration';

/** Reads a key twice, and tells how often the servers were asked. */
async function loads(cluster: Client, keys: readonly string[]): Promise<number> {
  const cache = cluster.clientSideCache;
  assert.ok(cache);
  const before = cache.stats().missCount;
  for (const key of keys) await cluster.get(key);
  return cache.stats().missCount - before;
}

onServer('default', () => describe('a client-side cache of a cluster', () => {
  const stage = clusterStage({ replicas: 1, nodeTimeout: 2000 });
  const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

  const filled = async (): Promise<Client> => {
    const cluster = await stage.connected({ clientSideCache: { ttl: 0 } });
    for (const key of KEYS) await cluster.set(key, `value of ${key}`);
    assert.equal(await loads(cluster, KEYS), KEYS.length);
    assert.equal(await loads(cluster, KEYS), 0);
    return cluster;
  };

  test('is shared by all nodes and hears of writes of others', async () => {
    const cluster = await filled();
    const other = await stage.connected();
    await other.set('a', 'changed');
    await until(async () => await cluster.get('a') === 'changed', 'the invalidation of a key');
    assert.equal(await loads(cluster, KEYS.slice(1)), 0);
  });

  test('serves the parts of reads with keys of several slots', async () => {
    const cluster = await filled();
    const cache = cluster.clientSideCache;
    assert.ok(cache);
    const values = KEYS.map((key) => `value of ${key}`);
    const slots = new Set(KEYS.map(hashSlot)).size;
    assert.deepEqual(await cluster.mGet(KEYS), values);
    const { missCount, hitCount } = cache.stats();
    assert.deepEqual(await cluster.mGet([...KEYS].reverse()), [...values].reverse());
    assert.equal(await cluster.exists(KEYS), KEYS.length);
    assert.equal(await cluster.exists(KEYS), KEYS.length);
    const later = cache.stats();
    assert.deepEqual([later.missCount - missCount, later.hitCount - hitCount], [slots, 2 * slots], 'each part is an entry');
    // A write of another client concerns one part.
    const other = await stage.connected();
    await other.set('c', 'changed');
    await until(async () => (await cluster.mGet(KEYS))[2] === 'changed', 'the invalidation of a part');
    assert.equal(cache.stats().missCount - later.missCount, 1);
    assert.deepEqual(await cluster.withCache(false).mGet(KEYS), KEYS.map((key) => (key === 'c' ? 'changed' : `value of ${key}`)));
    // Also with other types, errors, and a prefix of keys.
    assert.deepEqual(await cluster.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).mGet(['a', 'b', 'missing']), [Buffer.from('value of a'), Buffer.from('value of b'), null]);
    const prefixed = await stage.connected({ clientSideCache: {}, keyPrefix: 'p:' });
    await prefixed.mSet({ a: '1', b: '2' });
    for (let i = 0; i < 2; i++) assert.deepEqual(await prefixed.mGet(['a', 'b']), ['1', '2']);
    assert.equal(prefixed.clientSideCache?.stats().hitCount, 2);
    await prefixed.mSet({ a: '3', b: '4' });
    assert.deepEqual(await prefixed.mGet(['a', 'b']), ['3', '4'], 'its own writes count');
  });

  test('forgets what the cluster itself writes, in parts and transactions too', async () => {
    const cluster = await filled();
    await cluster.mSet({ a: '1', b: '2', c: '3' });
    assert.deepEqual([await cluster.get('a'), await cluster.get('b'), await cluster.get('c')], ['1', '2', '3']);
    await cluster.multi().set('d', '4').exec();
    assert.equal(await cluster.get('d'), '4');
    await cluster.del(['e', 'f']);
    assert.deepEqual([await cluster.get('e'), await cluster.get('f')], [null, null]);
    assert.equal(await loads(cluster, ['g', 'h']), 0, 'others stay');
  });

  test('forgets the keys of a slot that moves, and no others', async () => {
    const cluster = await filled();
    const slot = hashSlot('a');
    const from = await stage.cluster.ownerOf(slot);
    const to = (await stage.cluster.primaries()).find((node) => node !== from);
    assert.ok(to);
    const others = KEYS.filter((key) => hashSlot(key) !== slot);
    const own = cluster.clientSideCache?.stats().evictionCount ?? 0;
    await moveSlots(stage.cluster, [slot], from, to);
    // The client hears of it as soon as it sends something there.
    await cluster.set('{a}other', 'x');
    const next = await stage.connected();
    await next.set('a', 'from its new home');
    await until(async () => await cluster.get('a') === 'from its new home', 'the new value');
    assert.equal(await loads(cluster, others), 0);
    assert.ok((cluster.clientSideCache?.stats().evictionCount ?? 0) >= own);
    await moveSlots(stage.cluster, [slot], to, from);
    await giveSlot(slot, to, from);
    await next.set('a', 'back');
    await until(async () => await cluster.get('a') === 'back', 'the value after the way back');
  });

  test('forgets what a lost connection read, and nothing else', async () => {
    const cluster = await filled();
    const slot = hashSlot('b');
    const owner = await stage.cluster.ownerOf(slot);
    const { port } = owner;
    const ready = new Promise((resolve) => cluster.on('node-ready', (node: { port: number }) => node.port === port && resolve(undefined)));
    await owner.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await ready;
    const lost: string[] = [];
    for (const key of KEYS) if (await stage.cluster.ownerOf(hashSlot(key)) === owner) lost.push(key);
    assert.equal(await loads(cluster, KEYS.filter((key) => !lost.includes(key))), 0);
    assert.equal(await loads(cluster, lost), lost.length);
  });

  test('gives no old value after a failover', async () => {
    const cluster = await filled();
    const slot = hashSlot('c');
    const primary = await stage.cluster.ownerOf(slot);
    await stage.cluster.failOver(primary);
    const other = await stage.connected();
    await other.set('c', 'after');
    await until(async () => await cluster.get('c') === 'after', 'the value after the failover');
    await until(async () => await loads(cluster, ['c']) === 0, 'the value to be kept');
  });

  test('in the mode opt-in, reads follow their slots, too', async () => {
    const cluster = await stage.connected({ clientSideCache: { mode: 'opt-in' } as never });
    const slot = hashSlot('g');
    const from = await stage.cluster.ownerOf(slot);
    const to = (await stage.cluster.primaries()).find((node) => node !== from);
    assert.ok(to);
    await cluster.set('g', 'opted');
    assert.equal(await cluster.withCache().get('g'), 'opted');
    await moveSlots(stage.cluster, [slot], from, to);
    const other = await stage.connected();
    await other.set('g', 'moved');
    await until(async () => await cluster.withCache().get('g') === 'moved', 'the value at its new home');
    await moveSlots(stage.cluster, [slot], to, from);
  });
}));
