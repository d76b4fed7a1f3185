/** In which context of `AsyncLocalStorage` the functions of users run. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { lookup } from 'node:dns';
import { test } from 'node:test';
import { freePort } from '../support/free-port';
import { gate, poolStage } from './pool-stage';
import { killed, liveStage, next, until } from './stage';

const stage = liveStage();
const { connected: connectedPool, pool: makePool } = poolStage(stage);
const current = new AsyncLocalStorage<string>();
const where = (): string => current.getStore() ?? 'none';

test('a task of a pool runs in the context of execute(), whoever gives the client back', async () => {
  const pool = await connectedPool({ minimum: 1, maximum: 1 });
  const { promise, open } = gate();
  const seen: string[] = [];
  const first = current.run('first', () => pool.execute(() => promise));
  const others = ['second', 'third'].map((name) => current.run(name, () => pool.execute(async (client) => {
    seen.push(where());
    await client.ping();
    seen.push(where());
  })));
  const builder = current.run('fourth', () => pool.execute((client) => client.multi().ping().exec()).then(() => seen.push(where())));
  assert.equal(pool.tasksQueueLength, 3);
  open();
  await Promise.all([first, ...others, builder]);
  assert.deepEqual(seen, ['second', 'second', 'third', 'third', 'fourth']);
});

test('plain commands of a pool that wait keep their context', async () => {
  const pool = await connectedPool({ minimum: 1, maximum: 1 });
  const { promise, open } = gate();
  const first = current.run('first', () => pool.execute(() => promise));
  const asked = current.run('asked', async () => {
    await pool.ping();
    return where();
  });
  open();
  await first;
  assert.equal(await asked, 'asked');
});

test('clients of a pool belong to the context of connect(), whoever made it grow', async () => {
  const seen: string[] = [];
  const socket = {
    reconnectStrategy: () => {
      seen.push(where());
      return false as const;
    },
  };
  const pool = makePool({ minimum: 1, maximum: 2, cleanupDelay: 60_000 }, { socket });
  pool.on('error', () => seen.push(where()));
  await current.run('connect', () => pool.connect());
  const { promise, open } = gate();
  const ids: unknown[] = [];
  const tasks = [1, 2].map((name) => current.run(`task ${name}`, () => pool.execute(async (client) => {
    ids.push(await client.sendCommand(['CLIENT', 'ID']));
    await promise;
  })));
  await until(() => ids.length === 2, 'both tasks');
  open();
  await Promise.all(tasks);
  for (const id of ids) await stage.server.command('CLIENT', 'KILL', 'ID', String(id));
  await until(() => seen.length >= 4, 'both losses');
  assert.deepEqual(new Set(seen), new Set(['connect']));
});

test('a listener of pub/sub runs in the context of its subscribe()', async () => {
  const client = await current.run('connect', () => stage.connected());
  const seen: string[] = [];
  const listen = (name: string): ((message: string) => void) => (message) => seen.push(`${name} ${message} ${where()}`);
  await current.run('one', () => client.subscribe('channel', listen('a')));
  await current.run('two', () => client.subscribe(['channel', 'other'], listen('b')));
  await current.run('three', () => client.pSubscribe('chan*', listen('p')));
  await current.run('four', () => client.subscribe('channel', (message: Buffer) => seen.push(`buffer ${message.toString()} ${where()}`), true));
  await client.subscribe('channel', listen('c'));
  await stage.server.command('PUBLISH', 'channel', '1');
  await until(() => seen.length === 5, 'the message');
  assert.deepEqual(seen.splice(0), ['buffer 1 four', 'a 1 one', 'b 1 two', 'c 1 none', 'p 1 three']);
  await current.run('lost', () => killed(stage, client));
  await until(async () => Number((await stage.server.command('PUBSUB', 'NUMSUB', 'other') as unknown[])[1]) === 1, 'the subscription');
  await stage.server.command('PUBLISH', 'other', '2');
  await until(() => seen.length === 1, 'the message');
  assert.deepEqual(seen, ['b 2 two']);
});

test('listeners that are handed over to another client keep their contexts', async () => {
  const [from, to] = [await stage.connected(), await stage.connected()];
  const seen: string[] = [];
  await current.run('mine', () => from.subscribe('handed', () => seen.push(where())));
  await current.run('other', () => to.extendPubSubListeners('CHANNELS', from.getPubSubListeners('CHANNELS')));
  from.destroy();
  await stage.server.command('PUBLISH', 'handed', 'x');
  await until(() => seen.length === 1, 'the message');
  assert.deepEqual(seen, ['mine']);
});

for (const transport of ['uv', 'pump'] as const) {
  test(`events and the strategy run in the context of connect() (${transport})`, async () => {
    const seen: string[] = [];
    const note = (what: string): void => void seen.push(`${what} ${where()}`);
    const client = current.run('create', () => stage.client({
      socket: {
        host: 'localhost',
        port: stage.server.port,
        family: 4,
        transport,
        lookup: ((name: string, options: object, callback: () => void) => {
          note('lookup');
          lookup(name, options, callback);
        }) as never,
        reconnectStrategy: () => {
          note('strategy');
          return 0;
        },
      },
      credentialsProvider: {
        type: 'async-credentials-provider',
        credentials: async () => {
          note('credentials');
          return {};
        },
      },
    }));
    for (const event of ['connect', 'ready', 'error', 'reconnecting', 'end']) current.run('on', () => client.on(event, () => note(event)));
    await current.run('connect', () => client.connect());
    await current.run('killer', () => killed(stage, client));
    const ended = next(client, 'end');
    await current.run('close', () => client.close());
    await ended;
    assert.deepEqual(new Set(seen.map((line) => line.split(' ')[1])), new Set(['connect']), seen.join(', '));
    const events = new Set(seen.map((line) => line.split(' ')[0]));
    for (const event of ['lookup', 'credentials', 'connect', 'ready', 'strategy', 'error', 'reconnecting', 'end']) assert.ok(events.has(event), event);
  });
}

test('the strategy of a first attempt runs in the context of connect()', async () => {
  const seen: string[] = [];
  const strategy = (retries: number): number | false => {
    seen.push(where());
    return retries < 2 ? 1 : false;
  };
  const client = stage.client({ socket: { host: '127.0.0.1', port: await freePort(), reconnectStrategy: strategy } });
  await assert.rejects(current.run('connect', () => client.connect()));
  assert.deepEqual(seen, ['connect', 'connect', 'connect']);
});

test('what a listener throws is an error event in the context of connect()', async () => {
  const client = await current.run('connect', () => stage.connected());
  await current.run('listen', () => client.subscribe('broken', () => {
    throw new Error('broken listener');
  }));
  const told = new Promise<string>((resolve) => client.once('error', () => resolve(where())));
  await stage.server.command('PUBLISH', 'broken', 'x');
  assert.equal(await told, 'connect');
});

test('lines of MONITOR come in the context of monitor(), invalidations in that of connect()', async () => {
  const watcher = await current.run('connect', () => stage.connected());
  const line = new Promise<string>((resolve) => void current.run('monitor', () => watcher.monitor(() => resolve(where()))));
  await until(async () => String(await stage.server.command('CLIENT', 'LIST')).includes('cmd=monitor'), 'MONITOR');
  await stage.server.command('PING');
  assert.equal(await line, 'monitor');
  const tracking = await current.run('tracking', () => stage.connected({ emitInvalidate: true }));
  const invalidated = new Promise<string>((resolve) => tracking.once('invalidate', () => resolve(where())));
  await current.run('reader', () => tracking.get('tracked'));
  await stage.server.command('SET', 'tracked', '1');
  assert.equal(await invalidated, 'tracking');
});

test('the interval of PINGs keeps the context of connect()', async () => {
  const client = stage.client({ pingInterval: 5 });
  const told = new Promise<string>((resolve) => client.once('ping-interval', () => resolve(where())));
  await current.run('connect', () => client.connect());
  assert.equal(await told, 'connect');
});

test('timers that all share keep nobody\'s data', async () => {
  const script = `
    const { AsyncLocalStorage } = require('node:async_hooks');
    const { createClient, createClientPool } = require(${JSON.stringify(require.resolve('../../lib'))});
    const current = new AsyncLocalStorage();
    (async () => {
      const socket = { host: '127.0.0.1', port: ${stage.server.port} };
      const client = await createClient({ socket, socketTimeout: 60000 }).connect();
      const pool = await createClientPool({ socket }, { cleanupDelay: 60000 }).connect();
      const request = async () => {
        const data = { of: 'a request' };
        await current.run(data, async () => {
          await client.withCommandOptions({ timeout: 60000 }).get('k');
          await Promise.all([1, 2, 3].map(() => pool.execute((one) => one.ping())));
        });
        return new WeakRef(data);
      };
      const gone = await request();
      for (let turn = 0; turn < 50 && gone.deref() !== undefined; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        global.gc();
      }
      console.log(gone.deref() === undefined ? 'collected' : 'kept');
      client.destroy();
      pool.destroy();
    })();`;
  const { spawnSync } = await import('node:child_process');
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', script], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(stdout.trim(), 'collected', stderr);
});
