/** Loads of a cache when something goes wrong: each of those who wait is settled once, and nothing doubtful is kept. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { promisify } from 'node:util';
import * as lib from '../../lib';
import { REPOSITORY } from '../support/paths';
import { reply } from '../support/resp';
import { SILENCE, startScriptedServer, type Answer, type ScriptedConnection, type ScriptedServer } from '../support/scripted-server';
import { startServer } from '../support/server';
import { until } from './stage';

interface Scene {
  server: ScriptedServer;
  client: lib.RedisClientType;
  cache: lib.BasicClientSideCache;
  /** GETs that the server has seen. */
  gets(): number;
}

const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function scene(
  onCommand: (command: string[], connection: ScriptedConnection) => Answer, options: lib.AnyRedisClientOptions = {},
): Promise<Scene> {
  const server = await startScriptedServer({ onCommand });
  ended.push(() => server.stop());
  const client = lib.createClient({ clientSideCache: {}, ...options, socket: { port: server.port, host: '127.0.0.1' } }) as unknown as lib.RedisClientType;
  client.on('error', () => undefined);
  ended.push(() => client.destroy());
  await client.connect();
  const cache = client.clientSideCache as lib.BasicClientSideCache;
  return { server, client, cache, gets: () => server.commands.filter(([name]) => name === 'GET').length };
}

/** Answers GET with nothing, until it is told to. */
const silent = ([name]: string[]): Answer => (name === 'GET' ? SILENCE : undefined);

const outcomes = async (reads: Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(reads)).map((one) => (one.status === 'fulfilled' ? String(one.value) : (one.reason as Error).constructor.name));

test('a connection that is lost fails the first reader and those who joined', async () => {
  const { client, cache, server, gets } = await scene(silent);
  const reads = [client.get('k'), client.get('k'), client.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer }).get('k'), client.get('l')];
  await until(() => gets() === 2);
  server.closeConnections();
  assert.deepEqual(await outcomes(reads), Array.from(reads, () => 'SocketClosedUnexpectedlyError'));
  assert.equal(cache.size(), 0);
});

for (const how of ['close', 'destroy'] as const) {
  test(`${how}() with loads under way settles all of them`, async () => {
    const { client, cache, server, gets } = await scene(silent);
    const reads = [client.get('k'), client.get('k')];
    await until(() => gets() === 1);
    reads.push(client.get('k'));
    const closing = how === 'close' ? client.close() : client.destroy();
    if (how === 'close') server.last.send(reply.bulk('v'));
    assert.deepEqual(await outcomes(reads), how === 'close' ? ['v', 'v', 'v'] : Array.from(reads, () => 'DisconnectsClientError'));
    await closing;
    assert.equal(cache.size(), 0);
  });
}

test('limits of one reader are not those of the others, whoever came first', async () => {
  for (const limited of [0, 1]) {
    for (const limit of ['abort', 'deadline'] as const) {
      const { client, server, gets, cache } = await scene(silent);
      const controller = new AbortController();
      const strict = client.withCommandOptions(limit === 'abort' ? { abortSignal: controller.signal } : { deadline: 30 } as lib.CommandOptions);
      const reads = [limited === 0 ? strict.get('k') : client.get('k'), limited === 1 ? strict.get('k') : client.get('k'), client.get('k')];
      if (limit === 'abort') controller.abort();
      else await until(() => gets() === 1);
      await assert.rejects(reads[limited] as Promise<unknown>, limit === 'abort' ? lib.AbortError : lib.TimeoutError);
      await until(() => gets() === 1);
      server.last.send(reply.bulk('v'));
      assert.deepEqual((await outcomes(reads)).filter((_, index) => index !== limited), ['v', 'v'], `${limit} of ${limited}`);
      assert.equal(cache.size(), 1);
    }
  }
});

test('a read that all have given up is taken back, and the next one is sent', async () => {
  const { client, gets, cache } = await scene(([name]) => (name === 'GET' ? reply.bulk('v') : undefined));
  const controller = new AbortController();
  const reads = [1, 2].map(() => client.withAbortSignal(controller.signal).get('k'));
  controller.abort();
  assert.deepEqual(await outcomes(reads), ['AbortError', 'AbortError']);
  assert.equal(await client.get('k'), 'v');
  assert.deepEqual([gets(), cache.size()], [1, 1]);
});

test('a joined reader whose reply cannot be decoded fails alone', async () => {
  const strict = {
    parseCommand(parser: lib.CommandParser, key: string) {
      parser.push('GET');
      parser.pushKey(key);
    },
    transformReply() {
      throw new Error('not decoded');
    },
  };
  const { client, gets } = await scene(([name]) => (name === 'GET' ? reply.bulk('v') : undefined), { modules: { mine: { strict } } as never });
  const { mine } = client as unknown as { mine: { strict(key: string): Promise<string> } };
  const reads = await Promise.allSettled([client.get('k'), mine.strict('k'), client.get('k')]);
  assert.deepEqual(reads.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
  await assert.rejects(mine.strict('k'), { message: 'not decoded' });
  assert.deepEqual([await client.get('k'), gets()], ['v', 1]);
});

test('an error is given to all who wait, and not kept', async () => {
  let answers = 0;
  const { client, cache } = await scene(([name]) => (name === 'GET' ? ++answers === 1 ? reply.error('ERR once') : reply.bulk('v') : undefined));
  assert.deepEqual(await outcomes([client.get('k'), client.get('k')]), ['SimpleError', 'SimpleError']);
  assert.equal(cache.size(), 0);
  assert.equal(await client.get('k'), 'v');
});

test('an invalidation between request and reply: the value is given and not kept, and later reads do not join', async () => {
  const { client, cache, server, gets } = await scene(silent);
  let told = 0;
  cache.on('invalidate', () => told++);
  const first = client.get('k');
  await until(() => gets() === 1);
  server.last.send('>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n');
  await until(() => told === 1);
  const second = client.get('k');
  await until(() => gets() === 2);
  server.last.send(reply.bulk('old'));
  assert.equal(await first, 'old');
  server.last.send(reply.bulk('new'));
  assert.deepEqual([await second, await client.get('k'), gets()], ['new', 'new', 2]);
});

test('a server that refuses CLIENT CACHING: values are given, none is kept', async () => {
  const { client, cache } = await scene(
    ([name, word]) => (name === 'GET' ? reply.bulk('v') : name === 'CLIENT' && word === 'CACHING' ? reply.error('ERR no') : undefined),
    { clientSideCache: { mode: 'opt-in' } },
  );
  const reads = client.withCache();
  assert.deepEqual([await reads.get('k'), await reads.get('k')], ['v', 'v']);
  assert.deepEqual([cache.size(), cache.stats().hitCount], [0, 0]);
});

test('a refusal of CLIENT CACHING that comes ahead of the reply: the value is given and not kept', async () => {
  const { client, cache, server, gets } = await scene(
    ([name, word]) => (name === 'GET' ? SILENCE : name === 'CLIENT' && word === 'CACHING' ? reply.error('ERR no') : undefined),
    { clientSideCache: { mode: 'opt-in' } },
  );
  let told = 0;
  cache.on('invalidate', () => told++);
  const read = client.withCache().get('k');
  await until(() => gets() === 1);
  // Says that the refusal has arrived.
  server.last.send('>2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nother\r\n');
  await until(() => told === 1);
  server.last.send(reply.bulk('v'));
  assert.deepEqual([await read, cache.size()], ['v', 0]);
});

test('withCache says what it cannot do', async () => {
  const plain = lib.createClient();
  assert.throws(() => plain.withCache(), { message: 'withCache needs the option clientSideCache' });
  const { client } = await scene(() => undefined);
  for (const ttl of [-1, 1.5, 2 ** 31, '5' as never]) assert.throws(() => client.withCache({ ttl }), TypeError);
  class Own extends lib.BasicClientSideCache {
    override size(): number {
      return super.size();
    }
  }
  assert.throws(() => lib.createClient({ clientSideCache: new Own() }).withCache(), { message: 'withCache is not available with a cache of your own' });
});

async function inChild(program: string, flags: string[] = []): Promise<string> {
  const server = await startServer();
  ended.push(() => server.stop());
  const code = `const { createClient } = require(${JSON.stringify(join(REPOSITORY, 'index.js'))}); const port = ${server.port};
    const connect = () => createClient({ socket: { port, host: '127.0.0.1' }, clientSideCache: {} }).on('error', () => {}).connect();
    (async () => { ${program} })();`;
  return (await promisify(execFile)(process.execPath, [...flags, '-e', code], { timeout: 60_000 })).stdout;
}

test('a loop of hits lets the event loop run', async () => {
  const out = await inChild(`
    const client = await connect();
    await client.get('k');
    let waiting = true;
    setTimeout(() => { waiting = false; }, 5);
    while (waiting) await client.get('k');
    const { hitCount, missCount } = client.clientSideCache.stats();
    console.log(hitCount > 0, missCount);
    await client.close();`);
  assert.equal(out, 'true 1\n');
});

test('threads that are terminated while they read through a cache do no harm', async () => {
  const out = await inChild(`
    const { Worker } = require('node:worker_threads');
    const source = \`const { createClient } = require(${JSON.stringify(join(REPOSITORY, 'index.js'))});
      const { parentPort, workerData } = require('node:worker_threads');
      (async () => {
        const client = await createClient({ socket: { port: workerData, host: '127.0.0.1' }, clientSideCache: { maxEntries: 50 } }).on('error', () => {}).connect();
        let reads = 0;
        await Promise.all(Array.from({ length: 50 }, async () => {
          for (;;) { await client.get('k' + reads++ % 100); if (reads === 1000) parentPort.postMessage('running'); }
        }));
      })();\`;
    await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => {
      const worker = new Worker(source, { eval: true, workerData: port });
      worker.on('error', reject);
      worker.on('message', () => worker.terminate());
      worker.on('exit', resolve);
    })));
    console.log('done');`);
  assert.equal(out, 'done\n');
});

test('caches that nobody holds any more are given back', async () => {
  const out = await inChild(`
    const { BasicClientSideCache } = require(${JSON.stringify(join(REPOSITORY, 'index.js'))});
    const big = 'v'.repeat(2 ** 20);
    const writer = await createClient({ socket: { port, host: '127.0.0.1' } }).connect();
    await writer.set('big', big);
    await writer.close();
    const turn = async () => {
      const client = await connect();
      await client.get('big');
      client.unref();
      const { clientSideCache } = client;
      if (clientSideCache.size() !== 1) throw new Error('not kept');
      await client.close();
    };
    const rss = () => process.memoryUsage.rss() / 2 ** 20;
    const settle = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise(resolve => setTimeout(resolve, 10)); } };
    const many = async (count) => { for (let i = 0; i < count; i++) await turn(); await settle(); };
    await many(20);
    const before = rss();
    await many(100);
    const unconnected = () => { for (let i = 0; i < 1000; i++) new BasicClientSideCache(); };
    unconnected();
    await settle();
    console.log(rss() - before < 40 ? 'given back' : 'grown by ' + (rss() - before));`, ['--expose-gc']);
  assert.equal(out, 'given back\n');
});
