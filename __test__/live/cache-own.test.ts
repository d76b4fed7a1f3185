/** Where client-side caching is meant to be better than that of npm redis (docs/migrating.md). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as lib from '../../lib';
import { startScriptedServer } from '../support/scripted-server';
import { FACTORIES, type CacheFactory } from '../oracle/cache-factories';
import { liveStage, until } from './stage';

const stage = liveStage();
const { RESP_TYPES } = lib;
/** The caches of the library; what a user's own does is up to it. */
const OWN = FACTORIES.filter(({ name }) => name !== 'a provider of the user');

type Cached = [client: lib.RedisClientType, cache: lib.ClientSideCacheProvider];

async function cached(
  factory: CacheFactory, options: lib.AnyRedisClientOptions = {}, config: lib.ClientSideCacheConfig = {},
): Promise<Cached> {
  await stage.server.command('FLUSHALL');
  const client = await stage.connected({ ...options, clientSideCache: factory.make(lib, config) });
  return [client, client.clientSideCache as lib.ClientSideCacheProvider];
}

for (const factory of OWN) {
  const { name } = factory;

  test(`${name}: a reply that comes after clear() is not kept`, async () => {
    const [client, cache] = await cached(factory);
    await client.set('k', 'v');
    const reads = [client.get('k'), client.get('k')];
    cache.clear();
    assert.deepEqual(await Promise.all(reads), ['v', 'v']);
    assert.equal(cache.size(), 0);
  });

  test(`${name}: a reply that comes after close() is not kept`, async () => {
    const [client, cache] = await cached(factory);
    await client.set('k', 'v');
    const read = client.get('k');
    const closing = client.close();
    assert.equal(await read, 'v');
    await closing;
    assert.equal(cache.size(), 0);
  });

  test(`${name}: quit() empties the cache`, async () => {
    const [client, cache] = await cached(factory);
    await client.get('k');
    await client.quit();
    assert.equal(cache.size(), 0);
  });

  test(`${name}: reset() empties the cache, and keys are tracked after it`, async () => {
    const [client, cache] = await cached(factory);
    await client.set('k', '1');
    await client.get('k');
    await client.reset();
    assert.equal(cache.size(), 0);
    assert.equal(await client.get('k'), '1');
    assert.equal(cache.size(), 1);
    await stage.server.command('SET', 'k', '2');
    await until(() => cache.size() === 0, 'the invalidation');
    assert.equal(await client.get('k'), '2');
  });

  test(`${name}: databases are kept apart`, async () => {
    const [client, cache] = await cached(factory);
    await client.set('k', 'zero');
    assert.equal(await client.get('k'), 'zero');
    // Not awaited: the read runs in the new database, which the client has not been told of yet.
    const selecting = client.select(1);
    assert.equal(await client.get('k'), null);
    await selecting;
    assert.equal(await client.get('k'), null);
    await client.set('k', 'one');
    await until(() => cache.size() === 0, 'the invalidation');
    assert.deepEqual([await client.get('k'), await client.get('k')], ['one', 'one']);
    const running = client.multi().select(0).exec();
    assert.equal(await client.get('k'), 'zero');
    await running;
    assert.equal(await client.get('k'), 'zero');
    await client.select(1);
    const { hitCount } = cache.stats();
    assert.equal(await client.get('k'), 'one');
    assert.equal(cache.stats().hitCount, hitCount + 1);
  });

  test(`${name}: bytes stay bytes`, async () => {
    const [client] = await cached(factory, { commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } });
    await client.set('k', 'v');
    for (let round = 0; round < 3; round++) {
      const bytes = await client.get('k') as unknown as Buffer;
      assert.ok(Buffer.isBuffer(bytes));
      assert.equal(bytes.toString(), 'v');
      bytes[0] = 0;
    }
  });

  test(`${name}: the signal of one read is not that of another`, async () => {
    const [client] = await cached(factory);
    await client.set('k', 'v');
    const controller = new AbortController();
    const aborted = client.withAbortSignal(controller.signal).get('k');
    const others = [client.get('k'), client.get('k')];
    controller.abort();
    await assert.rejects(aborted, lib.AbortError);
    assert.deepEqual(await Promise.all(others), ['v', 'v']);
  });

  test(`${name}: what a function does to a reply is not kept`, async () => {
    const revived = {
      parseCommand: (parser: lib.CommandParser, key: string, reviver?: (text: string) => string) => {
        parser.push('GET');
        parser.pushKey(key);
        parser.preserve = reviver;
      },
      transformReply: (reply: string, reviver?: (text: string) => string) => reviver?.(reply) ?? reply,
    };
    const [client] = await cached(factory, { modules: { mine: { revived } } as unknown as lib.RedisModules });
    await client.set('k', 'v');
    const { mine } = client as unknown as { mine: { revived(key: string, reviver?: (text: string) => string): Promise<string> } };
    assert.deepEqual([await mine.revived('k', (text) => `${text}!`), await mine.revived('k'), await mine.revived('k')], ['v!', 'v', 'v']);
  });

  test(`${name}: without RESP3 nothing is cached`, async () => {
    const old = await startScriptedServer({ hello: 'unknown' });
    const client = stage.client({ socket: { port: old.port, host: '127.0.0.1' }, clientSideCache: factory.make(lib, {}) });
    const early = client.connect().then(() => undefined);
    await Promise.all([early, client.get('k'), client.get('k')]);
    const { commands } = await old.connection(1);
    const reads = (): number => commands.filter(([word]) => word === 'GET').length;
    const before = reads();
    await client.get('k');
    await client.get('k');
    assert.equal(reads() - before, 2);
    assert.equal((client.clientSideCache as lib.ClientSideCacheProvider).size(), 0);
    client.destroy();
    await old.stop();
  });
}

test('what a cache throws where nobody waits for it is an error event', async () => {
  class Throwing extends lib.BasicClientSideCache {
    readonly told: string[] = [];

    override invalidate(key: Buffer | string | null): void {
      this.told.push(String(key));
      throw new Error(`invalidate ${key?.toString()}`);
    }

    override onError(): void {
      throw new Error('onError');
    }

    override onClose(): void {
      throw new Error('onClose');
    }
  }
  const cache = new Throwing();
  const client = await stage.connected({ clientSideCache: cache });
  await client.mGet(['a', 'b']);
  await client.mSet({ a: '1', b: '2' });
  await until(() => cache.told.length === 2, 'both keys');
  assert.equal(await client.sendCommand(['GET', 'a']), '1');
  const id = String(await client.sendCommand(['CLIENT', 'ID']));
  const ready = new Promise((resolve) => client.once('ready', resolve));
  await stage.server.command('CLIENT', 'KILL', 'ID', id);
  await ready;
  await client.close();
  const messages = client.errors.map(({ message }) => message).filter((message) => message !== 'Socket closed unexpectedly');
  assert.deepEqual(messages, ['invalidate a', 'invalidate b', 'onError', 'onClose']);
});
