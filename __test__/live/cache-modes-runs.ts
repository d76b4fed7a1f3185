/** What each mode of caching sends, seen by MONITOR, and what it keeps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as lib from '../../lib';
import type { ServerVersion } from '../support/server-program';
import { killed, liveStage, until } from './stage';

type Client = lib.RedisClientType;

/** Handshakes and the test's own words. */
const UNNOTED = /^(HELLO|CLIENT (SETINFO|KILL|ID|TRACKING|SETNAME)|INFO|ECHO|SET|FLUSHALL)/;

export function modeTests(version?: ServerVersion): void {
  const stage = liveStage({ version });

  const cacheOf = ({ clientSideCache }: Client): lib.ClientSideCacheProvider => clientSideCache as lib.ClientSideCacheProvider;

  async function cached(config: lib.ClientSideCacheConfig): Promise<Client> {
    await stage.server.command('FLUSHALL');
    for (const key of ['a', 'b', 'user:1']) await stage.server.command('SET', key, 'old');
    return stage.connected({ clientSideCache: config });
  }

  /** The commands that the server has seen since the last call. */
  async function watched(): Promise<() => Promise<string[]>> {
    const watcher = await stage.connected();
    const lines: string[] = [];
    await watcher.monitor((line) => lines.push([...String(line).matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word).join(' ')));
    let barriers = 0;
    return async () => {
      const barrier = `ECHO ${++barriers}`;
      await stage.server.command('ECHO', String(barriers));
      await until(() => lines.includes(barrier), 'MONITOR');
      return lines.splice(0).filter((line) => !UNNOTED.test(line));
    };
  }

  async function tracked(): Promise<number> {
    const info = String(await stage.server.command('INFO', 'stats'));
    return Number(/tracking_total_keys:(\d+)/.exec(info)?.[1]);
  }

  const OPT_IN = ['CLIENT CACHING YES', 'GET a'];

  test('opt-in: CLIENT CACHING YES is right before each read of withCache, and before no other', async () => {
    const client = await cached({ mode: 'opt-in' });
    const seen = await watched();
    const reads = client.withCache();
    assert.deepEqual([await client.get('a'), await client.get('a')], ['old', 'old']);
    assert.deepEqual(await seen(), ['GET a', 'GET a']);
    assert.deepEqual([await reads.get('a'), await reads.get('a')], ['old', 'old']);
    assert.deepEqual(await seen(), OPT_IN);
    await Promise.all([client.get('b'), client.withCache().get('b'), client.get('a'), client.withCache(false).get('a')]);
    assert.deepEqual(await seen(), ['GET b', 'CLIENT CACHING YES', 'GET b', 'GET a', 'GET a']);
    await stage.server.command('SET', 'a', 'new');
    await until(() => cacheOf(client).size() === 1, 'the invalidation');
    assert.equal(await reads.get('a'), 'new');
    assert.equal(await tracked(), 2);
  });

  test('opt-out: CLIENT CACHING NO is right before reads of withCache(false), which are not kept', async () => {
    const client = await cached({ mode: 'opt-out' });
    const seen = await watched();
    await Promise.all([client.withCache(false).get('a'), client.withCache(false).get('a')]);
    assert.deepEqual(await seen(), ['CLIENT CACHING NO', 'GET a', 'CLIENT CACHING NO', 'GET a']);
    assert.deepEqual([cacheOf(client).size(), await tracked()], [0, 0]);
    assert.deepEqual([await client.get('a'), await client.get('a'), await client.withCache({ ttl: 60_000 }).get('a')], ['old', 'old', 'old']);
    assert.deepEqual(await seen(), ['GET a']);
    await stage.server.command('SET', 'a', 'new');
    await until(() => cacheOf(client).size() === 0, 'the invalidation');
    assert.equal(await client.get('a'), 'new');
  });

  test('broadcast: only keys with a prefix are kept, others tell of them, and the server remembers none', async () => {
    const client = await cached({ mode: 'broadcast', prefixes: ['user:', Buffer.from('group:')] });
    const cache = cacheOf(client);
    const seen = await watched();
    assert.deepEqual([await client.get('user:1'), await client.get('user:1')], ['old', 'old']);
    assert.deepEqual([await client.get('a'), await client.get('a')], ['old', 'old']);
    await client.mGet(['user:1', 'a']);
    await client.mGet(['user:1', 'group:1']);
    await client.mGet(['user:1', 'group:1']);
    assert.deepEqual(await seen(), ['GET user:1', 'GET a', 'GET a', 'MGET user:1 a', 'MGET user:1 group:1']);
    assert.deepEqual([cache.size(), await tracked()], [2, 0]);
    await stage.server.command('SET', 'group:1', 'new');
    await until(() => cache.size() === 1, 'the invalidation');
    await stage.server.command('SET', 'user:1', 'new');
    await until(() => cache.size() === 0, 'the invalidation');
    assert.deepEqual(await client.mGet(['user:1', 'group:1']), ['new', 'new']);
  });

  test('a reconnect arms each mode again', async () => {
    for (const mode of ['default', 'opt-in', 'opt-out', 'broadcast'] as const) {
      const client = await cached({ mode });
      const cache = cacheOf(client);
      const reads = client.withCache();
      await reads.get('a');
      await killed(stage, client);
      assert.equal(cache.size(), 0, mode);
      assert.deepEqual([await reads.get('a'), await reads.get('a'), cache.stats().hitCount], ['old', 'old', 1], mode);
      await stage.server.command('SET', 'a', 'new');
      await until(() => cache.size() === 0, `the invalidation, ${mode}`);
      assert.equal(await reads.get('a'), 'new', mode);
    }
  });

  test('a time to live: of the cache, of a read, and of the key', async () => {
    const client = await cached({ ttl: 40 });
    const cache = cacheOf(client);
    const long = client.withCache({ ttl: 60_000 });
    await Promise.all([client.get('a'), long.get('b')]);
    await until(async () => (await client.get('a'), cache.stats().missCount === 3), 'the end of a');
    const { missCount } = cache.stats();
    await Promise.all([client.get('b'), long.get('b')]);
    assert.equal(cache.stats().missCount, missCount, 'b is still there');
    await stage.server.command('SET', 'b', 'soon', 'PX', '30');
    assert.equal(await until(async () => await client.withCache({ ttl: 0 }).get('b') === null, 'the server to announce it'), undefined);
  });

  for (const evictPolicy of ['LRU', 'FIFO'] as const) {
    test(`${evictPolicy}: who goes first, by number and by bytes`, async () => {
      for (const bound of [{ maxEntries: 3 }, { maxBytes: 1200 }]) {
        const client = await cached({ ...bound, evictPolicy });
        const cache = cacheOf(client);
        for (const key of ['a', 'b', 'c']) await client.get(key);
        assert.equal(cache.size(), 3);
        await client.get('a');
        await client.get('d');
        assert.deepEqual([cache.size(), cache.stats().evictionCount], [3, 1]);
        const { missCount } = cache.stats();
        await client.get(evictPolicy === 'LRU' ? 'a' : 'b');
        assert.equal(cache.stats().missCount, missCount, 'kept');
        await client.get(evictPolicy === 'LRU' ? 'b' : 'a');
        assert.equal(cache.stats().missCount, missCount + 1, 'gone');
      }
    });
  }
}
