/** Subscriptions, MONITOR and their ends leave a client-side cache alone; RESET empties it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisClientType } from '../../lib';
import { liveStage } from './stage';

const stage = liveStage();
const KEYS = Array.from({ length: 100 }, (_, index) => `cached:${index}`);

/** A client whose cache holds 100 entries, and how many of them are still served. */
async function filled(): Promise<[client: RedisClientType, kept: () => Promise<number>, evictions: () => number]> {
  const client = await stage.connected({ clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' } });
  for (const key of KEYS) await client.set(key, 'x');
  for (const key of KEYS) await client.get(key);
  const stats = (): { hitCount: number; evictionCount: number } => client.clientSideCache?.stats() as never;
  const kept = async (): Promise<number> => {
    const before = stats().hitCount;
    for (const key of KEYS) await client.get(key);
    return stats().hitCount - before;
  };
  return [client, kept, () => stats().evictionCount];
}

const listener = (): void => undefined;
const HARMLESS: readonly [name: string, run: (client: RedisClientType) => Promise<unknown>][] = [
  ['subscribe', (client) => client.subscribe('news', listener)],
  ['unsubscribe', (client) => client.subscribe('news', listener).then(() => client.unsubscribe('news'))],
  ['pSubscribe and pUnsubscribe', (client) => client.pSubscribe('n*', listener).then(() => client.pUnsubscribe())],
  ['sSubscribe and sUnsubscribe', (client) => client.sSubscribe('s', listener).then(() => client.sUnsubscribe())],
  ['monitor', (client) => client.monitor(listener)],
  ['a raw SUBSCRIBE', (client) => client.sendCommand(['SUBSCRIBE', 'raw', 'more'])],
];

for (const [name, run] of HARMLESS) {
  test(`${name} keeps 100 entries`, async () => {
    const [client, kept, evictions] = await filled();
    assert.equal(await kept(), 100);
    await run(client);
    assert.deepEqual([await kept(), evictions()], [100, 0]);
    // Redis 7 lets a client that monitors read nothing.
    if (name === 'monitor') return;
    await stage.server.command('SET', KEYS[0] as string, 'changed');
    await client.ping();
    assert.equal(await client.get(KEYS[0] as string), 'changed', 'the connection is still told of changes');
  });
}

test('reset() empties the cache, and what is read then is cached', async () => {
  const [client, kept] = await filled();
  await client.reset();
  assert.deepEqual([await kept(), await kept()], [0, 100]);
});

test('after CLIENT TRACKING OFF no acknowledgement brings the cache back', async () => {
  const [client, kept] = await filled();
  await client.clientTracking(false);
  await client.subscribe('news', listener);
  await client.unsubscribe('news');
  await client.pSubscribe('n*', listener);
  assert.deepEqual([await kept(), await kept()], [0, 0]);
  await client.reset();
  assert.deepEqual([await kept(), await kept()], [0, 100]);
});
