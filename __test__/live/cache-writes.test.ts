/** What a client has written is what it reads, however late the server announces it: here it never does. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import * as lib from '../../lib';
import { reply } from '../support/resp';
import { startScriptedServer, SILENCE, type Answer, type ScriptedConnection, type ScriptedServer } from '../support/scripted-server';

/** Answers each read with the number of reads so far. */
let server: ScriptedServer;
let reads = 0;
let answer: ((command: string[], connection: ScriptedConnection) => Answer) | undefined;
const opened: { destroy(): void }[] = [];

before(async () => {
  server = await startScriptedServer({
    onCommand: (command, connection) => {
      const given = answer?.(command, connection);
      if (given !== undefined) return given;
      switch (command[0]) {
        case 'GET': return reply.bulk(`${++reads}`);
        case 'MGET': return reply.array(command.slice(1).map(() => reply.bulk(`${++reads}`)));
        case 'EXEC': return reply.array([reply.ok]);
        default: return undefined;
      }
    },
  });
});

beforeEach(() => {
  reads = 0;
  answer = undefined;
});

after(async () => {
  for (const one of opened) one.destroy();
  await server.stop();
});

async function connected(options: lib.AnyRedisClientOptions = {}): Promise<lib.RedisClientType> {
  const client = lib.createClient({ socket: { host: '127.0.0.1', port: server.port }, clientSideCache: {}, ...options });
  client.on('error', () => undefined);
  opened.push(client);
  return await client.connect() as unknown as lib.RedisClientType;
}

type Run = (client: lib.RedisClientType) => Promise<unknown>;

const WRITES: Record<string, Run> = {
  'set': (client) => client.set('k', 'v'),
  'set of many bytes': (client) => client.set('k', 'v'.repeat(100_000)),
  'del of several': (client) => client.del(['a', 'k', 'b']),
  'mSet': (client) => client.mSet({ a: '1', k: '2' }),
  'eval with keys': (client) => client.eval('return 1', { keys: ['k'] }),
  'flushAll': (client) => client.flushAll(),
  'flushDb': (client) => client.flushDb(),
  'swapDb': (client) => client.swapDb(0, 1),
  'sendCommand': (client) => client.sendCommand(['set', Buffer.from('k'), 'v']),
  'sendCommand of an unknown command': (client) => client.sendCommand(['MY.OWN', 'k']),
  'sendCommand FLUSHALL': (client) => client.sendCommand(['flushall']),
  'multi': (client) => client.multi().set('k', 'v').exec(),
  'a pipeline': (client) => client.multi().ping().set('k', 'v').execAsPipeline(),
  'the legacy API': (client) => new Promise((resolve) => {
    client.legacy().set('k', 'v', resolve);
  }),
};

for (const [name, write] of Object.entries(WRITES)) {
  test(`${name}: the next read is sent`, async () => {
    const client = await connected();
    assert.deepEqual([await client.get('k'), await client.get('k')], ['1', '1']);
    await write(client);
    assert.deepEqual([await client.get('k'), await client.get('k')], ['2', '2'], 'awaited');
    const writing = write(client);
    const reading = client.get('k');
    await writing;
    assert.equal(await reading, '3', 'not awaited');
    assert.equal(await client.get('k'), '3', 'it was sent behind the write');
  });
}

const HARMLESS: Record<string, Run> = {
  'a write of another key': (client) => client.set('other', 'v'),
  'ping': (client) => client.ping(),
  'publish': (client) => client.publish('k', 'v'),
  'a read that is not cached': (client) => client.ttl('k'),
  'a raw read': (client) => client.sendCommand(['STRLEN', 'k']),
  'multi with reads': (client) => client.multi().get('k').exec(),
};

for (const [name, run] of Object.entries(HARMLESS)) {
  test(`${name} drops nothing`, async () => {
    const client = await connected();
    await client.get('k');
    const before = reads;
    await run(client);
    await client.get('k');
    assert.ok(reads - before <= 1);
    const again = reads;
    await client.get('k');
    assert.equal(reads, again);
  });
}

test('several keys of one entry: each of them counts', async () => {
  const client = await connected();
  await client.mGet(['a', 'b']);
  await client.set('b', 'v');
  assert.deepEqual(await client.mGet(['a', 'b']), ['3', '4']);
});

test('the key prefix is part of the key', async () => {
  const client = await connected({ keyPrefix: 'p:' });
  await client.get('k');
  await client.set('k', 'v');
  assert.equal(await client.get('k'), '2');
  await client.multi().set('k', 'v').exec();
  assert.equal(await client.get('k'), '3');
});

test('a write that fails drops, too', async () => {
  const client = await connected();
  await client.get('k');
  answer = ([name]) => (name === 'SET' ? reply.error('ERR no') : undefined);
  await assert.rejects(client.set('k', 'v'), lib.ErrorReply);
  assert.equal(await client.get('k'), '2');
});

test('an announcement that was received with a reply is applied before the reply is heard of', async () => {
  const client = await connected();
  const keys = Array.from({ length: 256 }, (_, index) => `k${index}`);
  await Promise.all(keys.map((key) => client.get(key)));
  const { clientSideCache: cache } = client as { clientSideCache?: lib.ClientSideCacheProvider };
  assert.equal(cache?.size(), keys.length);
  // Wherever a batch of replies ends, it would end between one and its announcement.
  const replies = ['+PONG\r\n', ...keys.map((key) => `+PONG\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`)];
  let pings = 0;
  answer = ([name]) => (name !== 'PING' ? undefined : ++pings < replies.length ? SILENCE : replies.join(''));
  const stale: number[] = [];
  const others = keys.map(async (_, index) => {
    await client.ping();
    if (cache.size() > keys.length - index - 1) stale.push(index);
  });
  // Out of step by one, and the first one that is sent.
  await Promise.all([client.asap().ping(), ...others]);
  assert.deepEqual([stale, cache.size()], [[], 0]);
});

async function connectedPool(): Promise<lib.RedisClientPoolType> {
  const pool = lib.createClientPool(
    { socket: { host: '127.0.0.1', port: server.port } }, { minimum: 2, maximum: 2, clientSideCache: {} },
  );
  pool.on('error', () => undefined);
  opened.push(pool);
  return await pool.connect() as unknown as lib.RedisClientPoolType;
}

test('a pool reads what it has written, over whichever connection', async () => {
  const pool = await connectedPool();
  const writes: (() => Promise<unknown>)[] = [
    () => pool.set('k', 'v'), () => pool.sendCommand(['SET', 'k', 'v']), () => pool.multi().set('k', 'v').exec(),
    () => pool.execute((client) => client.set('k', 'v')),
  ];
  for (const write of writes) {
    await pool.get('k');
    const before = reads;
    await write();
    assert.equal(await pool.get('k'), `${before + 1}`);
    assert.equal(await pool.get('k'), `${before + 1}`);
  }
});

test('a pool: a read that was answered before the write is not kept, nor joined', async () => {
  const pool = await connectedPool();
  let late: ScriptedConnection | undefined;
  let settle!: () => void;
  const asked = new Promise<void>((resolve) => {
    settle = resolve;
  });
  await pool.execute(async (writer) => {
    await writer.ping();
    const writing = writer.set('k', 'v');
    answer = ([name], connection) => {
      if (name !== 'GET' || late !== undefined) return undefined;
      late = connection;
      settle();
      return SILENCE;
    };
    const old = pool.get('k');
    await Promise.all([asked, writing]);
    // Written on one connection; on the other one the answer from before is still to come.
    await writer.set('k', 'v');
    const fresh = pool.get('k');
    late?.send(reply.bulk('old'));
    assert.equal(await old, 'old');
    assert.equal(await fresh, '1');
    assert.equal(await pool.get('k'), '1');
  });
});
