// Pools: opening, lending, growing, closing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AbortError, ClientClosedError, DisconnectsClientError, RESP_TYPES, RedisClientPool, TimeoutError, createClient, createClientPool,
  defineScript,
} from '../../lib';
import { freePort } from '../support/free-port';
import { counters, gate, poolStage } from './pool-stage';
import { liveStage, until } from './stage';

const stage = liveStage();
const pools = poolStage(stage);
const closed = { name: 'Error', message: 'The client is closed' };

test('before connect() and after close() everything is refused; it opens again', async () => {
  const pool = pools.pool({ minimum: 2 });
  assert.equal(pool instanceof RedisClientPool, true);
  assert.equal((pool as { then?: unknown }).then, undefined);
  for (let round = 0; round < 2; round++) {
    assert.deepEqual([pool.isOpen, pool.isClosing, ...counters(pool)], [false, false, 0, 0, 0, 0]);
    for (const refused of [
      pool.get('k'), pool.sendCommand(['PING']), pool.multi().get('k').exec(), pool.multi().get('k').execAsPipeline(),
      pool.execute(() => 1), pool.blPop('k', 0), pool.hImportDiscardAll(),
    ]) await assert.rejects(refused, (error) => error instanceof ClientClosedError && error.message === closed.message);
    assert.deepEqual(await pool.multi().execAsPipeline(), []);
    assert.equal(await pool.close(), undefined);
    assert.equal(await pool.connect(), pool);
    assert.equal(await pool.connect(), undefined);
    assert.deepEqual([pool.isOpen, ...counters(pool)], [true, 2, 2, 0, 0]);
    assert.equal(await pool.set('k', 'v'), 'OK');
    await pool.close();
  }
});

test('a connect() that fails rejects with the network error and closes the pool', async () => {
  for (const heard of [true, false]) {
    const pool = createClientPool({ socket: { host: '127.0.0.1', port: await freePort(), reconnectStrategy: false } }, { minimum: 3 });
    if (heard) pool.on('error', () => undefined);
    const waiting = pool.connect();
    const task = pool.get('k');
    task.catch(() => undefined);
    await assert.rejects(waiting, { code: 'ECONNREFUSED' });
    await assert.rejects(task, { code: 'ECONNREFUSED' });
    assert.deepEqual([pool.isOpen, ...counters(pool)], [false, 0, 0, 0, 0]);
  }
  const wrong = createClientPool({ database: -1 });
  await assert.rejects(wrong.connect(), /database/);
  assert.equal(wrong.isOpen, false);
});

test('execute() lends a client, gives back what the task gives, and takes the client back', async () => {
  const pool = await pools.connected({ minimum: 1, maximum: 2 });
  const one = gate();
  const running = pool.execute((client) => one.promise.then(() => client.get('none')));
  assert.deepEqual(counters(pool), [1, 0, 1, 0]);
  const second = pool.execute((client) => client.ping());
  assert.deepEqual(counters(pool), [2, 0, 2, 1]);
  assert.equal(await second, 'PONG');
  one.open();
  assert.equal(await running, null);
  assert.deepEqual(counters(pool), [2, 2, 0, 0]);
  assert.equal(await pool.execute(() => 7), 7);
  await assert.rejects(pool.execute(() => { throw new Error('at once'); }), /at once/);
  await assert.rejects(pool.execute(async () => { throw new Error('later'); }), /later/);
  const foreign = { then: (resolve: (value: number) => void) => void setTimeout(() => resolve(8), 1) };
  assert.equal(await pool.execute(() => foreign), 8);
  assert.deepEqual(counters(pool), [2, 2, 0, 0]);
});

test('a task waits for acquireTimeout, in order', async () => {
  const pool = await pools.connected({ maximum: 1, acquireTimeout: 50 });
  const one = gate();
  const holder = pool.execute(() => one.promise);
  const waiting = [pool.execute(() => 1), pool.get('k'), pool.multi().get('k').exec(), pool.blPop('k', 1)];
  assert.deepEqual(counters(pool), [1, 0, 1, 4]);
  for (const task of waiting) {
    await assert.rejects(task, (error) =>
      error instanceof TimeoutError && error.message === 'Timeout waiting for a client after 50ms');
  }
  assert.equal(pool.tasksQueueLength, 0);
  one.open();
  await holder;
  const order: number[] = [];
  const two = gate();
  const tasks = [pool.execute(() => two.promise)];
  for (let i = 0; i < 3; i++) tasks.push(pool.execute(() => void order.push(i)), pool.set('k', String(i)).then(() => undefined));
  two.open();
  await Promise.all(tasks);
  assert.deepEqual([order, await pool.get('k')], [[0, 1, 2], '2']);
  const patient = await pools.connected({ maximum: 1, acquireTimeout: 0 });
  const three = gate();
  const held = patient.execute(() => three.promise);
  const task = patient.get('k');
  setTimeout(() => three.open(), 100);
  assert.equal(await task, '2');
  await held;
});

test('plain commands share clients: one client answers a thousand at once, and a waiting task is not starved', async () => {
  const pool = await pools.connected({ maximum: 1 });
  await pool.set('shared', 'x');
  const gets = Array.from({ length: 1000 }, () => pool.get('shared'));
  assert.deepEqual(counters(pool), [1, 0, 1, 0]);
  assert.deepEqual(new Set(await Promise.all(gets)), new Set(['x']));
  assert.deepEqual(counters(pool), [1, 1, 0, 0]);
  let stop = false;
  const load = Array.from({ length: 50 }, async () => {
    while (!stop) await pool.get('shared');
  });
  for (let i = 0; i < 20; i++) assert.equal(await pool.execute((client) => client.get('shared')), 'x');
  stop = true;
  await Promise.all(load);
  assert.deepEqual(counters(pool), [1, 1, 0, 0]);
});

test('a command that waits has a client to itself', async () => {
  const pool = await pools.connected({ maximum: 2 });
  const waiting = [pool.blPop('list', 0), pool.xRead({ key: 'stream', id: '$' }, { BLOCK: 0 })];
  await until(async () => String(await stage.server.command('INFO', 'clients')).includes('blocked_clients:2'), 'both');
  const queued = pool.get('shared');
  assert.equal(pool.tasksQueueLength, 1);
  await stage.server.command('RPUSH', 'list', 'item');
  assert.deepEqual(await waiting[0], { key: 'list', element: 'item' });
  assert.equal(await queued, 'x');
  // Without BLOCK it does not wait, and shares.
  assert.equal(await pool.xRead({ key: 'none', id: '0' }), null);
  await stage.server.command('XADD', 'stream', '*', 'f', 'v');
  assert.equal((await waiting[1] as unknown[]).length, 1);
  const raw = pool.sendCommand(['blpop', 'list', '0']);
  const piped = pool.multi().blPop('list', 0).execAsPipeline();
  await until(async () => String(await stage.server.command('INFO', 'clients')).includes('blocked_clients:2'), 'raw and piped');
  await stage.server.command('RPUSH', 'list', 'a', 'b');
  assert.deepEqual(await Promise.all([raw, piped]), [['list', 'a'], [{ key: 'list', element: 'b' }]]);
});

test('a client that cannot be opened fails the task it was opened for; plain commands stay with those that are there', async () => {
  let refusing = false;
  const pool = await pools.connected({ maximum: 3, acquireTimeout: 0 }, {
    socket: { reconnectStrategy: false },
    credentialsProvider: {
      type: 'async-credentials-provider',
      credentials: () => (refusing ? Promise.reject(new Error('no credentials')) : Promise.resolve({})),
    },
  });
  refusing = true;
  const one = gate();
  const holder = pool.execute(() => one.promise);
  await assert.rejects(pool.execute(() => 1), /no credentials/);
  one.open();
  await holder;
  const values = await Promise.all(Array.from({ length: 100 }, () => pool.get('shared')));
  assert.deepEqual(new Set(values), new Set(['x']));
  await until(() => pool.totalClients === 1, 'failed clients to be gone');
  assert.equal(await pool.execute(() => 2), 2);
});

test('the pool grows while all are busy, and shrinks to its minimum', async () => {
  const pool = await pools.connected({ minimum: 1, maximum: 4, cleanupDelay: 30 });
  const hold = gate();
  const tasks = Array.from({ length: 10 }, () => pool.execute(() => hold.promise));
  await until(() => pool.totalClients === 4 && pool.tasksQueueLength === 6, 'four clients');
  hold.open();
  await Promise.all(tasks);
  const last = gate();
  const held = pool.execute(() => last.promise);
  await until(() => pool.totalClients === 1, 'the cleanup');
  assert.deepEqual(counters(pool), [1, 0, 1, 0]);
  last.open();
  await held;
  assert.deepEqual(counters(pool), [1, 1, 0, 0]);
  let stop = false;
  const load = Array.from({ length: 200 }, async () => {
    while (!stop) await pool.ping();
  });
  await until(() => pool.totalClients === 4, 'growth under plain commands');
  stop = true;
  await Promise.all(load);
});

test('close() lets tasks, commands and what waits finish; destroy() rejects them', async () => {
  const pool = await pools.connected({ maximum: 1 });
  const hold = gate();
  const tasks = [pool.execute((client) => hold.promise.then(() => client.set('end', '1'))), pool.get('shared'), pool.execute(() => 3)];
  const closing = pool.close();
  assert.equal(pool.close(), closing);
  assert.deepEqual([pool.isOpen, pool.isClosing], [true, true]);
  await assert.rejects(pool.get('k'), ClientClosedError);
  hold.open();
  assert.deepEqual(await Promise.all(tasks), ['OK', 'x', 3]);
  await closing;
  assert.deepEqual([pool.isOpen, pool.isClosing, ...counters(pool)], [false, false, 0, 0, 0, 0]);

  await pool.connect();
  const rejected = [pool.blPop('nothing', 0), pool.get('k'), pool.execute(() => 1)];
  for (const one of rejected) one.catch(() => undefined);
  pool.destroy();
  assert.deepEqual([pool.isOpen, ...counters(pool)], [false, 0, 0, 0, 0]);
  for (const one of rejected) await assert.rejects(one, DisconnectsClientError);
  pool.destroy();

  await pool.connect();
  const never = pool.blPop('nothing', 0);
  const bounded = pool.close({ timeout: 20 });
  await assert.rejects(never, DisconnectsClientError);
  await bounded;
  await pool.connect();
  {
    await using disposed = pool;
    await disposed.ping();
  }
  assert.equal(pool.isOpen, false);
});

test('close() settles while clients cannot connect or have lost their connection', async () => {
  const pool = pools.pool({ acquireTimeout: 0, maximum: 2 }, { socket: { port: await freePort(), reconnectStrategy: 5 } });
  const connecting = pool.connect();
  const task = pool.execute((client) => client.ping());
  for (const one of [connecting, task]) one.catch(() => undefined);
  await until(() => pool.errors.length > 2, 'attempts');
  await pool.close();
  await assert.rejects(connecting);
  await assert.rejects(task);
  assert.deepEqual([pool.isOpen, ...counters(pool)], [false, 0, 0, 0, 0]);
});

test('the proxies, type mappings, abort signals', async () => {
  const pool = await pools.connected();
  const mapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
  const bytes = pool.withTypeMapping(mapping);
  assert.deepEqual(await bytes.get('shared'), Buffer.from('x'));
  assert.deepEqual(await bytes.asap().get('shared'), Buffer.from('x'));
  assert.deepEqual(await bytes.sendCommand(['GET', 'shared']), Buffer.from('x'));
  assert.deepEqual(await bytes.multi().get('shared').execAsPipeline(), [Buffer.from('x')]);
  assert.deepEqual(await bytes.execute((client) => client.get('shared')), Buffer.from('x'));
  assert.equal(await bytes.withCommandOptions({}).get('shared'), 'x');
  assert.equal(await pool.get('shared'), 'x');
  await assert.rejects(pool.withAbortSignal(AbortSignal.abort()).get('shared'), AbortError);
  const heard: Error[] = [];
  bytes.on('error', (error: Error) => heard.push(error));
  pool.emit('error', new Error('told'));
  assert.deepEqual(heard.map(({ message }) => message), ['told']);
  assert.deepEqual(counters(pool), [1, 1, 0, 0]);
});

test('key prefixes, modules, functions and scripts', async () => {
  const scripts = {
    twice: defineScript({
      SCRIPT: 'return {KEYS[1], ARGV[1]}', NUMBER_OF_KEYS: 1,
      parseCommand(parser, key: string, value: string) {
        parser.pushKey(key);
        parser.push(value);
      },
      transformReply: (reply: string[]) => reply.join(),
    }),
  };
  const modules = { own: { waitFor: { parseCommand(parser: { push(...words: string[]): void; pushKey(key: string): void }, key: string) {
    parser.push('BLPOP');
    parser.pushKey(key);
    parser.push('0');
  } } } };
  const socket = { host: '127.0.0.1', port: stage.server.port };
  const pool = createClientPool({ socket, keyPrefix: 'p:', scripts, modules }, { maximum: 2 });
  pool.on('error', () => undefined);
  await pool.connect();
  await pool.set('a', '1');
  assert.equal(await pool.execute((client) => client.get('a')), '1');
  assert.deepEqual(await pool.multi().get('a').twice('k', 'v').exec(), ['1', 'p:k,v']);
  assert.equal(await stage.server.command('GET', 'p:a'), '1');
  await stage.server.command('SCRIPT', 'FLUSH');
  assert.equal(await pool.twice('key', 'v'), 'p:key,v');
  const popped = pool.own.waitFor('l');
  await pool.rPush('l', 'x');
  assert.deepEqual(await popped, ['p:l', 'x']);
  assert.equal(typeof pool.json.get, 'function');
  await pool.close();
});

test('client.createPool() has the options of the client and is not connected', async () => {
  const client = await stage.connected({ database: 2, keyPrefix: 'q:' });
  const pool = client.createPool({ minimum: 2 });
  pool.on('error', () => undefined);
  await assert.rejects(pool.get('k'), ClientClosedError);
  await pool.connect();
  assert.deepEqual([pool.totalClients, await pool.execute(async (one) => (await one.clientInfo()).db)], [2, 2]);
  await pool.set('k', 'v');
  assert.equal(await client.get('k'), 'v');
  await pool.close();
});

test('clients with limited queues are lent for every command', async () => {
  const pool = await pools.connected({ maximum: 2 }, { commandsQueueMaxLength: 1 });
  const values = await Promise.all(Array.from({ length: 100 }, () => pool.get('shared')));
  assert.deepEqual(new Set(values), new Set(['x']));
});

test('pool options that cannot be used are refused', () => {
  for (const options of [
    { minimum: -1 }, { minimum: 1.5 }, { maximum: 0 }, { minimum: 3, maximum: 2 }, { acquireTimeout: -1 }, { cleanupDelay: NaN },
  ]) {
    assert.throws(() => createClientPool({}, options), RangeError, JSON.stringify(options));
    assert.throws(() => createClient().createPool(options), RangeError);
  }
  createClientPool({}, { minimum: 200 });
  createClientPool({}, { maximum: undefined, acquireTimeout: Infinity });
});
