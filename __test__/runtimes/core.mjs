/**
 * The core of the live tests as a plain script, for runtimes other than the one that the test runner needs: it runs on
 * every Node from 20 on, on Bun and on Deno. tools/runtimes.mjs starts the server and runs it.
 *
 * REDIS_URL: a server of its own, which it flushes · REDIS_SOCKET: path of its UNIX socket · REDIS_TLS_URL and
 * REDIS_TLS_CA: its TLS url and the file with the authority to trust · OXREDIS_ENTRY: another package under test.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createClient, RESP_TYPES, AbortError, ErrorReply, WatchError } = require(process.env.OXREDIS_ENTRY ?? '../../index.js');
const env = process.env;
const url = env.REDIS_URL;
const tests = [];
const test = (name, action) => tests.push({ name, action });

/** Runs with a connected client and closes it, or destroys it if something failed. */
async function withClient(options, action) {
  const client = createClient({ url, ...options });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await action(client);
    await client.close();
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw error;
  }
}

for (const RESP of [2, 3]) {
  test(`strings, hashes, lists, sorted sets (RESP${RESP})`, () =>
    withClient({ RESP }, async (client) => {
      assert.equal(await client.set('s', 'grüße'), 'OK');
      assert.equal(await client.get('s'), 'grüße');
      assert.equal(await client.get('none'), null);
      assert.equal(await client.incrBy('n', 41), 41);
      assert.equal(await client.incr('n'), 42);
      assert.equal(await client.hSet('h', { a: '1', b: 'two' }), 2);
      assert.deepEqual({ ...(await client.hGetAll('h')) }, { a: '1', b: 'two' });
      assert.equal(await client.rPush('l', ['x', 'y', 'z']), 3);
      assert.deepEqual(await client.lRange('l', 0, -1), ['x', 'y', 'z']);
      await client.zAdd('z', [{ score: 1.5, value: 'm' }]);
      assert.deepEqual(await client.zRangeWithScores('z', 0, -1), [{ value: 'm', score: 1.5 }]);
      assert.deepEqual(await client.mGet(['s', 'none']), ['grüße', null]);
      await client.flushDb();
    }));
}

test('10,000 commands in one tick keep their order', () =>
  withClient({}, async (client) => {
    const sets = Array.from({ length: 10_000 }, (_, i) => client.set(`k${i}`, `value ${i}`));
    const gets = Array.from({ length: 10_000 }, (_, i) => client.get(`k${i}`));
    assert.ok((await Promise.all(sets)).every((reply) => reply === 'OK'));
    assert.deepEqual(await Promise.all(gets), gets.map((_, i) => `value ${i}`));
    await client.flushDb();
  }));

test('big values, in both directions, as text and as bytes', () =>
  withClient({}, async (client) => {
    const text = 'äbc'.repeat(500_000);
    await client.set('big', text);
    assert.equal(await client.get('big'), text);
    const bytes = Buffer.alloc(3_000_000, 7);
    await client.set('bytes', bytes);
    const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const read = await buffers.get('bytes');
    assert.ok(Buffer.isBuffer(read) && read.equals(bytes));
    await client.flushDb();
  }));

test('transactions, WATCH and pipelines', () =>
  withClient({}, async (client) => {
    assert.deepEqual(await client.multi().set('x', '1').incr('x').get('x').exec(), ['OK', 2, '2']);
    assert.deepEqual(await client.multi().get('x').get('none').execAsPipeline(), ['2', null]);
    await withClient({}, async (other) => {
      await client.watch('x');
      await other.set('x', 'changed');
      await assert.rejects(client.multi().set('x', 'mine').exec(), (error) => error instanceof WatchError);
    });
    assert.equal(await client.get('x'), 'changed');
    await client.flushDb();
  }));

test('errors of the server reject their own command only', () =>
  withClient({}, async (client) => {
    await client.set('s', 'v');
    const replies = await Promise.allSettled([client.get('s'), client.lPush('s', 'x'), client.get('s')]);
    assert.deepEqual(replies.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
    assert.ok(replies[1].reason instanceof ErrorReply);
    assert.match(replies[1].reason.message, /^WRONGTYPE/);
    await client.flushDb();
  }));

test('publish and subscribe, by channel and by pattern', () =>
  withClient({}, (client) =>
    withClient({}, async (subscriber) => {
      const heard = [];
      let enough;
      const all = new Promise((resolve) => (enough = resolve));
      const listener = (message, channel) => {
        heard.push(`${channel}: ${message}`);
        if (heard.length === 200) enough();
      };
      await subscriber.subscribe('news', listener);
      await subscriber.pSubscribe('new*', listener);
      await Promise.all(Array.from({ length: 100 }, (_, i) => client.publish('news', String(i))));
      await all;
      assert.deepEqual(heard, Array.from({ length: 200 }, (_, i) => `news: ${i >> 1}`));
      await subscriber.unsubscribe('news');
      await subscriber.pUnsubscribe();
    }),
  ));

test('a killed connection comes back, and commands issued meanwhile are answered', () =>
  withClient({ socket: { reconnectStrategy: 10 } }, async (client) => {
    const id = await client.sendCommand(['CLIENT', 'ID']);
    const ready = new Promise((resolve) => client.once('ready', resolve));
    await withClient({}, (other) => other.sendCommand(['CLIENT', 'KILL', 'ID', String(id)]));
    await ready;
    assert.equal(await client.ping(), 'PONG');
    assert.notEqual(await client.sendCommand(['CLIENT', 'ID']), id);
  }));

test('scan iterators see every key once', () =>
  withClient({}, async (client) => {
    const keys = Array.from({ length: 500 }, (_, i) => `key:${i}`);
    await client.mSet(keys.map((key) => [key, 'v']));
    const seen = [];
    for await (const batch of client.scanIterator({ COUNT: 50 })) seen.push(...batch);
    assert.deepEqual([...new Set(seen)].sort(), [...keys].sort());
    await client.flushDb();
  }));

test('a refused connection is an error, not a hang', async () => {
  const client = createClient({ url: 'redis://127.0.0.1:1', socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await assert.rejects(client.connect(), (error) => error.code === 'ECONNREFUSED');
});

test('a destroyed client rejects what is open, and can be connected again', () =>
  withClient({}, async (client) => {
    const settled = assert.rejects(client.blPop('never', 0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.destroy();
    await settled;
    await client.connect();
    assert.equal(await client.ping(), 'PONG');
  }));

test('an abort signal rejects a command that is not written yet', () =>
  withClient({}, async (client) => {
    const controller = new AbortController();
    const aborted = client.withAbortSignal(controller.signal).get('k');
    controller.abort();
    await assert.rejects(aborted, (error) => error instanceof AbortError);
    assert.equal(await client.ping(), 'PONG');
  }));

if (env.REDIS_SOCKET && process.platform !== 'win32') {
  test('a UNIX socket', () =>
    withClient({ url: undefined, socket: { path: env.REDIS_SOCKET } }, async (client) => {
      assert.equal(await client.ping(), 'PONG');
    }));
}

if (env.REDIS_TLS_URL) {
  test('TLS, with a big value both ways and an untrusted authority refused', async () => {
    const ca = readFileSync(env.REDIS_TLS_CA);
    await withClient({ url: env.REDIS_TLS_URL, socket: { ca } }, async (client) => {
      const text = 'x'.repeat(1_000_000);
      await client.set('tls', text);
      assert.equal(await client.get('tls'), text);
      await client.flushDb();
    });
    const stranger = createClient({ url: env.REDIS_TLS_URL, socket: { reconnectStrategy: false } });
    stranger.on('error', () => undefined);
    await assert.rejects(stranger.connect());
  });
}

const failed = [];
for (const { name, action } of tests) {
  const limit = new Promise((_, reject) => setTimeout(() => reject(new Error('took more than 20 s')), 20_000).unref?.());
  try {
    await Promise.race([action(), limit]);
    if (env.VERBOSE) console.log(`✓ ${name}`);
  } catch (error) {
    failed.push(name);
    console.log(`✗ ${name}\n${error?.stack ?? error}`);
  }
}
console.log(`${tests.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
