// What a task leaves on a client is not found by the next one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatchError, type RedisClientType } from '../../lib';
import { counters, poolStage, type Pool } from './pool-stage';
import { liveStage, until } from './stage';

const stage = liveStage();
const pools = poolStage(stage);

type Task = (client: RedisClientType) => unknown;

/** What a task may leave, by name; `replaced` where only another connection helps. */
const LEAVING: Record<string, { task: Task; replaced?: boolean }> = {
  'WATCH': { task: (client) => client.watch('watched') },
  'a raw watch': { task: (client) => client.sendCommand(['watch', 'watched']) },
  'a WATCH that nobody awaited': { task: (client) => void client.watch('watched') },
  'a dirty WATCH': {
    task: async (client) => {
      await client.watch('watched');
      client.setDirtyWatch('dirty');
    },
  },
  'a WATCH whose transaction was refused': {
    task: async (client) => {
      await client.watch('watched');
      client.setDirtyWatch('dirty');
      await assert.rejects(client.multi().get('k').exec(), WatchError);
    },
  },
  'SELECT': { task: (client) => client.select(5) },
  'a SELECT that nobody awaited': { task: (client) => void client.select(5) },
  'a raw SELECT': { task: (client) => client.sendCommand([Buffer.from('select'), '5']) },
  'a SELECT in a transaction': { task: (client) => client.multi().select(5).exec() },
  'an open MULTI': { task: (client) => client.sendCommand(['MULTI']) },
  'MULTI with commands': {
    task: async (client) => {
      await client.sendCommand(['MULTI']);
      await client.sendCommand(['SET', 'k', 'v']);
    },
  },
  'a subscription': { task: (client) => client.subscribe('news', () => undefined) },
  'a pattern that nobody awaited': { task: (client) => void client.pSubscribe('n*', () => undefined) },
  'MONITOR': { task: (client) => client.monitor(() => undefined) },
  'another protocol': { task: (client) => client.hello(2) },
  'a name': { task: (client) => client.clientSetName('somebody') },
  'a raw MONITOR': { task: (client) => client.sendCommand(['MONITOR']), replaced: true },
  'a closed client': { task: (client) => client.close(), replaced: true },
  'a destroyed client': { task: (client) => client.destroy(), replaced: true },
  'QUIT': { task: (client) => client.quit(), replaced: true },
};

/** What the next task finds. */
async function found(pool: Pool): Promise<unknown[]> {
  return pool.execute(async (client) => {
    const { db, multi, name, resp, flags } = await client.clientInfo();
    await stage.server.command('SET', 'watched', 'changed');
    return [db, multi, name, resp, flags, await client.multi().ping().exec(), client.isWatching, client.isPubSubActive, client.isOpen];
  });
}

for (const [name, { task, replaced = false }] of Object.entries(LEAVING)) {
  for (const thrown of [false, true]) {
    test(`${name}${thrown ? ', and an error' : ''}`, async () => {
      const pool = await pools.connected({ maximum: 1, acquireTimeout: 5000 }, { name: 'pooled', database: 1 });
      const id = await pool.clientId();
      const leaving = pool.execute(async (client) => {
        await task(client as never);
        if (thrown) throw new Error('the task failed');
      });
      const plain = pool.sendCommand(['CLIENT', 'INFO']);
      if (thrown) await assert.rejects(leaving, /the task failed/);
      else await leaving;
      assert.match(String(await plain), / db=1 /);
      assert.deepEqual(await found(pool), [1, -1, 'pooled', 3, 'N', ['PONG'], false, false, true]);
      assert.equal((await pool.clientId()) !== id, replaced);
      assert.deepEqual(counters(pool), [1, 1, 0, 0]);
      assert.deepEqual(pool.errors, []);
    });
  }
}

test('commands of the pool that change a connection change none for long', async () => {
  const pool = await pools.connected({ maximum: 1 });
  const selected = pool.multi().select(5).set('in-5', 'x').exec();
  const after = pool.set('in-0', 'y');
  assert.deepEqual(await Promise.all([selected, after]), [['OK', 'OK'], 'OK']);
  await pool.sendCommand(['SELECT', '7']);
  await pool.sendCommand(['WATCH', 'watched']);
  await pool.sendCommand(['MULTI']);
  await pool.clientSetName('somebody');
  await pool.hello();
  assert.deepEqual(await found(pool), [0, -1, '', 3, 'N', ['PONG'], false, false, true]);
  assert.deepEqual(await pool.mGet(['in-0', 'in-5']), ['y', null]);
});

test('the database of the pool is that of later connections too', async () => {
  const pool = await pools.connected({ maximum: 1 }, { database: 1 });
  await pool.execute((client) => client.select(5));
  await stage.server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until(() => pool.errors.length > 0, 'the loss');
  assert.equal((await pool.clientInfo()).db, 1);
});

test('a connection that is lost fails what was sent on it; its client reconnects and is used again', async () => {
  const pool = await pools.connected({ minimum: 2, maximum: 2 });
  const id = await pool.clientId();
  const blocked = pool.blPop('nothing', 0);
  blocked.catch(() => undefined);
  await until(async () => String(await stage.server.command('INFO', 'clients')).includes('blocked_clients:1'), 'BLPOP');
  await stage.server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await assert.rejects(blocked, { message: 'Socket closed unexpectedly' });
  await until(() => pool.errors.length === 2, 'both losses');
  assert.equal(await pool.set('again', '1'), 'OK');
  await until(() => pool.idleClients === 2, 'both to be back');
  assert.equal(pool.totalClients, 2);
  assert.notEqual(await pool.clientId(), id);
});

test('a client that gives up is replaced', async () => {
  const pool = await pools.connected({ minimum: 2, maximum: 2 }, { socket: { reconnectStrategy: false } });
  await stage.server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until(() => pool.errors.length === 2, 'the losses');
  await until(() => pool.idleClients === 2, 'other clients');
  assert.equal(await pool.ping(), 'PONG');
});
