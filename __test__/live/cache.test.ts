/** Client-side caching with every kind of cache, on a real server. The same is compared with npm redis in `oracle/cache*`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as lib from '../../lib';
import { FACTORIES, type CacheFactory } from '../oracle/cache-factories';
import { killed, liveStage, until } from './stage';

const stage = liveStage();

interface Cached {
  client: lib.RedisClientType;
  cache: lib.ClientSideCacheProvider;
  /** Keys that the cache was told of. */
  invalidated: (string | null)[];
}

async function cached(factory: CacheFactory, config: lib.ClientSideCacheConfig = {}): Promise<Cached> {
  await stage.server.command('FLUSHALL');
  const client = await stage.connected({ clientSideCache: factory.make(lib, config) });
  const cache = client.clientSideCache as lib.ClientSideCacheProvider;
  const invalidated: (string | null)[] = [];
  cache.on('invalidate', (key: Buffer | null) => invalidated.push(key === null ? null : key.toString()));
  return { client, cache, invalidated };
}

/** How often the server ran a command. */
async function calls(command: string): Promise<number> {
  const stats = String(await stage.server.command('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

const counts = (cache: lib.ClientSideCacheProvider): number[] => {
  const { hitCount, missCount, loadSuccessCount, evictionCount } = cache.stats();
  return [hitCount, missCount, loadSuccessCount, evictionCount];
};

for (const factory of FACTORIES) {
  const { name } = factory;

  test(`${name}: one GET for many reads, and another one after another client's SET`, async () => {
    const { client, cache, invalidated } = await cached(factory);
    await stage.server.command('SET', 'city', 'Athens');
    const before = await calls('get');
    assert.deepEqual([await client.get('city'), await client.get('city')], ['Athens', 'Athens']);
    assert.equal(await calls('get') - before, 1);
    assert.deepEqual(counts(cache), [1, 1, 1, 0]);
    await stage.server.command('SET', 'city', 'Oslo');
    await until(() => invalidated.includes('city'), 'the invalidation');
    assert.equal(cache.size(), 0);
    assert.equal(await client.get('city'), 'Oslo');
    assert.equal(await calls('get') - before, 2);
  });

  test(`${name}: a read right after an own write gives what was written`, async () => {
    const { client } = await cached(factory);
    for (let value = 0; value < 100; value++) {
      await client.set('k', `${value}`);
      assert.equal(await client.get('k'), `${value}`);
    }
  });

  test(`${name}: a flush empties the cache`, async () => {
    const { client, cache, invalidated } = await cached(factory);
    await client.mSet({ a: '1', b: '2' });
    await client.mGet(['a', 'b']);
    await stage.server.command('FLUSHALL');
    await until(() => invalidated.includes(null), 'the flush');
    assert.equal(cache.size(), 0);
    assert.deepEqual(await client.mGet(['a', 'b']), [null, null]);
  });

  test(`${name}: what changed while the connection was lost is read anew`, async () => {
    const { client, cache, invalidated } = await cached(factory);
    await client.set('k', '1');
    await client.get('k');
    const id = String(await client.sendCommand(['CLIENT', 'ID']));
    const ready = new Promise((resolve) => client.once('ready', resolve));
    await stage.server.command('MULTI');
    await stage.server.command('CLIENT', 'KILL', 'ID', id);
    await stage.server.command('SET', 'k', '2');
    await stage.server.command('EXEC');
    await ready;
    assert.equal(cache.size(), 0);
    assert.equal(await client.get('k'), '2');
    await stage.server.command('SET', 'k', '3');
    await until(() => invalidated.filter((key) => key === 'k').length > 0 && cache.size() === 0, 'the invalidation');
    assert.equal(await client.get('k'), '3');
  });

  test(`${name}: reads while the connection is lost are settled, and right`, async () => {
    const { client } = await cached(factory);
    await client.set('k', 'v');
    const id = String(await client.sendCommand(['CLIENT', 'ID']));
    await stage.server.command('CLIENT', 'KILL', 'ID', id);
    const replies = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => client.get(index % 2 ? 'k' : `none${index}`)));
    for (const [index, reply] of replies.entries()) {
      if (reply.status === 'fulfilled') assert.equal(reply.value, index % 2 ? 'v' : null);
      else assert.ok(reply.reason instanceof lib.SocketClosedUnexpectedlyError, String(reply.reason));
    }
    assert.equal(await client.get('k'), 'v');
  });

  test(`${name}: destroy() settles reads that several wait for`, async () => {
    const { client } = await cached(factory);
    const reads = [client.get('k'), client.get('k'), client.get('k')];
    client.destroy();
    for (const { status } of await Promise.allSettled(reads)) assert.equal(status, 'rejected');
    await assert.rejects(client.get('k'), lib.ClientClosedError);
  });

  test(`${name}: at most so many entries`, async () => {
    const { client, cache } = await cached(factory, { maxEntries: 10 });
    await Promise.all(Array.from({ length: 300 }, (_, index) => client.get(`k${index}`)));
    assert.equal(cache.size(), 10);
    assert.equal(cache.stats().evictionCount, 290);
  });
}

test('a cache of several clients', async () => {
  const cache = new lib.BasicPooledClientSideCache();
  const [one, two] = [await stage.connected({ clientSideCache: cache }), await stage.connected({ clientSideCache: cache })];
  await stage.server.command('SET', 'shared', '1');
  assert.deepEqual([await one.get('shared'), await two.get('shared')], ['1', '1']);
  assert.deepEqual(counts(cache), [1, 1, 1, 0]);
  stage.client({ clientSideCache: cache }).destroy();
  assert.equal(cache.size(), 1, 'one that was never connected');
  assert.equal(await two.get('other'), null);
  await killed(stage, two);
  assert.deepEqual([cache.size(), ...counts(cache)], [1, 1, 2, 2, 1], 'one that was lost: what it had read is gone');
  assert.equal(await two.get('shared'), '1');
  assert.equal(await two.get('other'), null);
  assert.deepEqual([cache.size(), ...counts(cache)], [2, 2, 3, 3, 1], 'it is connected again');
  await one.close();
  await until(() => cache.size() === 1);
  assert.deepEqual(counts(cache), [2, 3, 3, 2], 'one that was closed');
  assert.equal(await two.get('shared'), '1');
  cache.onPoolClose();
  assert.deepEqual([cache.size(), ...counts(cache)], [0, 0, 0, 0, 0]);
});

test('every mapping is served, from the same entry', async () => {
  const { client, cache } = await cached(FACTORIES[1] as CacheFactory, {});
  await client.hSet('h', { a: 'é', b: '2' });
  await client.set('k', 'v');
  await until(() => cache.size() === 0);
  const bytes = client.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer });
  const maps = client.withTypeMapping({ [lib.RESP_TYPES.MAP]: Map });
  assert.deepEqual([await client.get('k'), await bytes.get('k')], ['v', Buffer.from('v')]);
  assert.deepEqual(await bytes.hGetAll('h'), { a: Buffer.from('é'), b: Buffer.from('2') });
  assert.deepEqual(await client.hGetAll('h'), { a: 'é', b: '2' });
  assert.deepEqual(await maps.hGetAll('h'), new Map([['a', 'é'], ['b', '2']]));
  assert.deepEqual(counts(cache), [3, 2, 2, 0]);
});
