/** Raw commands that change what a connection is: the cache is not used until the client knows its connection again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as lib from '../../lib';
import { FACTORIES, type CacheFactory } from '../oracle/cache-factories';
import { killed, liveStage, until } from './stage';

const stage = liveStage();
/** What a provider of the user does with two databases is up to it; that it is not asked is the same code as for a subclass. */
const OWN = FACTORIES.filter(({ name }) => name !== 'a provider of the user');

async function cached(factory: CacheFactory): Promise<[lib.RedisClientType, lib.ClientSideCacheProvider]> {
  await stage.server.command('FLUSHALL');
  const client = await stage.connected({ clientSideCache: factory.make(lib, {}) });
  return [client, client.clientSideCache as lib.ClientSideCacheProvider];
}

const requests = (cache: lib.ClientSideCacheProvider): number => cache.stats().requestCount();

for (const factory of OWN) {
  const { name } = factory;

  test(`${name}: a raw SELECT`, async () => {
    const [client, cache] = await cached(factory);
    await client.set('k', 'zero');
    assert.equal(await client.get('k'), 'zero');
    const selecting = client.sendCommand(['SELECT', '1']);
    assert.equal(await client.get('k'), null, 'at once');
    await selecting;
    const before = requests(cache);
    assert.deepEqual([await client.get('k'), await client.get('k')], [null, null]);
    assert.equal(requests(cache), before, 'the cache is not asked');
    // The next connection is in the same database, and the client knows it.
    await killed(stage, client);
    assert.deepEqual([await client.get('k'), await client.get('k')], [null, null]);
    assert.ok(requests(cache) > 0);
    assert.equal(cache.stats().hitCount > 0, true);
  });

  test(`${name}: a raw SELECT that is refused changes nothing`, async () => {
    const [client, cache] = await cached(factory);
    await assert.rejects(client.sendCommand(['SELECT', '100000']), lib.ErrorReply);
    assert.deepEqual([await client.get('k'), await client.get('k')], [null, null]);
    assert.equal(cache.stats().hitCount, 1);
  });

  test(`${name}: select() is no raw SELECT`, async () => {
    const [client, cache] = await cached(factory);
    await client.select(1);
    await client.multi().select(2).get('k').exec();
    assert.deepEqual([await client.get('k'), await client.get('k')], [null, null]);
    assert.equal(cache.stats().hitCount, 1);
  });

  test(`${name}: CLIENT TRACKING OFF, until reset()`, async () => {
    for (const off of [
      (client: lib.RedisClientType) => client.sendCommand(['client', 'tracking', 'off']),
      (client: lib.RedisClientType) => client.clientTracking(false),
      (client: lib.RedisClientType) => client.sendCommand([Buffer.from('HELLO'), '3']),
    ]) {
      const [client, cache] = await cached(factory);
      await client.set('k', '1');
      await client.get('k');
      await off(client);
      const before = requests(cache);
      await stage.server.command('SET', 'k', '2');
      assert.deepEqual([await client.get('k'), await client.get('k')], ['2', '2']);
      assert.equal(requests(cache), before, 'the cache is not asked');
      await client.reset();
      assert.deepEqual([await client.get('k'), await client.get('k')], ['2', '2']);
      assert.ok(requests(cache) > before);
      await stage.server.command('SET', 'k', '3');
      await until(() => cache.size() === 0, 'the invalidation');
      assert.equal(await client.get('k'), '3');
    }
  });

  test(`${name}: a raw MULTI: nobody is given QUEUED from the cache`, async () => {
    const [client] = await cached(factory);
    await client.sendCommand(['MULTI']);
    assert.equal(await client.get('k'), 'QUEUED');
    assert.equal(await client.get('k'), 'QUEUED');
    assert.deepEqual(await client.sendCommand(['EXEC']), [null, null]);
    assert.equal(await client.get('k'), null);
  });
}

test('a shared cache keeps what other connections vouch for', async () => {
  await stage.server.command('MSET', 'one', '1', 'two', '2');
  const cache = new lib.BasicPooledClientSideCache();
  const [one, two] = [await stage.connected({ clientSideCache: cache }), await stage.connected({ clientSideCache: cache })];
  assert.deepEqual([await one.get('one'), await two.get('two'), cache.size()], ['1', '2', 2]);
  await one.sendCommand(['CLIENT', 'TRACKING', 'OFF']);
  assert.equal(cache.size(), 1);
  const { hitCount } = cache.stats();
  assert.deepEqual([await one.get('two'), await two.get('two')], ['2', '2']);
  assert.equal(cache.stats().hitCount, hitCount + 1);
  await two.sendCommand(['SELECT', '1']);
  assert.equal(cache.size(), 1, 'what was read before is still announced');
});

test('a pool: a borrower that changes the connection leaves a cache that is right', async () => {
  await stage.server.command('SET', 'k', 'zero');
  const pool = lib.createClientPool(
    { socket: { host: '127.0.0.1', port: stage.server.port } }, { minimum: 1, maximum: 1, clientSideCache: {} },
  );
  pool.on('error', () => undefined);
  await pool.connect();
  try {
    for (const word of [['SELECT', '1'], ['CLIENT', 'TRACKING', 'OFF'], ['MULTI'], ['CLIENT', 'CACHING', 'NO']]) {
      assert.equal(await pool.get('k'), 'zero', word.join(' '));
      await pool.execute((client) => client.sendCommand(word).catch(() => undefined));
      assert.deepEqual([await pool.get('k'), await pool.get('k')], ['zero', 'zero'], word.join(' '));
    }
  } finally {
    pool.destroy();
  }
});
