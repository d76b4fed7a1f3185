/** What waits in a pool and can no longer be served is told why: by the network error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientPool, type RedisPoolOptions } from '../../lib';
import { freePort } from '../support/free-port';
import { door } from './door';
import { gate, poolStage, type Pool } from './pool-stage';
import { liveStage, until } from './stage';

type Failure = Error & { code?: string };

const stage = liveStage();
const { connected } = poolStage(stage);

function failing(port: number, options: Partial<RedisPoolOptions>, strategy: false | number = false): Pool {
  const pool = createClientPool({ socket: { host: '127.0.0.1', port, reconnectStrategy: strategy } }, options) as Pool;
  return pool.on('error', () => undefined);
}

const failureOf = (promise: Promise<unknown>): Promise<Failure> => promise.then(() => assert.fail('it was served'), (error: Failure) => error);

for (const strategy of [false, 5] as const) {
  test(`tasks and commands that wait while connect() fails (strategy ${strategy})`, async () => {
    const pool = failing(await freePort(), { minimum: 1, maximum: 1 }, strategy);
    const opening = failureOf(pool.connect());
    const waiting = [pool.execute((client) => client.ping()), pool.ping(), pool.multi().ping().exec()].map(failureOf);
    if (strategy !== false) {
      await new Promise((resolve) => pool.once('error', resolve));
      await pool.close();
    }
    for (const error of await Promise.all([opening, ...waiting])) assert.equal(error.code, 'ECONNREFUSED', String(error));
    assert.equal(pool.isOpen, false);
    pool.destroy();
  });
}

test('tasks that wait when the pool closes and its last client cannot be connected', async () => {
  const port = await freePort();
  const pool = failing(port, { minimum: 0, maximum: 1, acquireTimeout: 0 }, 5);
  await pool.connect();
  const waiting = [1, 2, 3].map(() => failureOf(pool.execute((client) => client.ping())));
  await new Promise((resolve) => pool.once('error', resolve));
  await pool.close();
  assert.deepEqual((await Promise.all(waiting)).map(({ code }) => code), ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
});

test('what waits when the server goes away and every client gives up', async () => {
  const { port, shut } = await door(stage.server.port);
  const pool = failing(port, { minimum: 1, maximum: 2, acquireTimeout: 0 });
  await pool.connect();
  const { promise, open } = gate();
  let running = 0;
  const held = [1, 2].map(() => pool.execute(async () => {
    running++;
    await promise;
  }));
  await until(() => running === 2, 'both tasks');
  const waiting = [pool.execute((client) => client.ping()), pool.ping(), pool.execute((client) => client.ping())].map(failureOf);
  await shut();
  open();
  await Promise.all(held);
  // The loss itself, for what had been handed to a client that then gave up.
  const codes = (await Promise.all(waiting)).map(({ code }) => String(code));
  for (const code of codes) assert.match(code, /^(ECONNREFUSED|OXREDIS_SOCKET_CLOSED)$/);
  pool.destroy();
});

test('a task that no client was free for says why none could be connected', async () => {
  const port = await freePort();
  const pool = failing(port, { minimum: 0, maximum: 1, acquireTimeout: 60 }, 5);
  await pool.connect();
  pool.execute((client) => client.ping()).catch(() => undefined);
  await new Promise((resolve) => pool.once('error', resolve));
  const error = await failureOf(pool.execute((client) => client.ping()));
  assert.deepEqual([error.code, error.message], ['OXREDIS_TIMEOUT', 'Timeout waiting for a client after 60ms']);
  assert.equal((error.cause as Failure).code, 'ECONNREFUSED');
  pool.destroy();
});

test('a task that waits for busy clients has no network error', async () => {
  const pool = await connected({ minimum: 1, maximum: 1, acquireTimeout: 30 });
  const { promise, open } = gate();
  const held = pool.execute(() => promise);
  const error = await failureOf(pool.execute((client) => client.ping()));
  assert.deepEqual([error.code, error.cause], ['OXREDIS_TIMEOUT', undefined]);
  open();
  await held;
});

test('close() and destroy() of a pool that is connected say so themselves', async () => {
  const pool = await connected({ minimum: 1, maximum: 1 });
  const { promise, open } = gate();
  const held = pool.execute(() => promise);
  const waiting = failureOf(pool.execute((client) => client.ping()));
  pool.destroy();
  assert.equal((await waiting).code, 'OXREDIS_CLIENT_DESTROYED');
  assert.equal((await failureOf(pool.ping())).code, 'OXREDIS_CLIENT_CLOSED');
  open();
  await held;
});
