// A thousand tasks at once on a pool whose connections are killed meanwhile: all settle, nothing is mixed up, nothing is left.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { WatchError } from '../../lib';
import { REPOSITORY } from '../support/paths';
import { counters, poolStage, type Pool } from './pool-stage';
import { liveStage, until } from './stage';

const stage = liveStage();
const pools = poolStage(stage);

/** Numbers that are the same in each run. */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What may come of an operation when connections are killed. A wrong reply is no such error. */
const EXPECTED = /^(Socket closed unexpectedly|Client reconnected after WATCH|One \(or more\) of the watched keys has been changed|.*ECONNRESET.*)$/;

type Operation = (pool: Pool, i: number) => Promise<void>;

const OPERATIONS: readonly Operation[] = [
  async (pool, i) => assert.equal(await pool.echo(`plain ${i}`), `plain ${i}`),
  async (pool, i) => assert.equal(await pool.sendCommand(['ECHO', `raw ${i}`]), `raw ${i}`),
  async (pool, i) => assert.deepEqual(await pool.multi().echo(`a${i}`).echo(`b${i}`).exec(), [`a${i}`, `b${i}`]),
  async (pool, i) => assert.deepEqual(await pool.multi().echo(`c${i}`).ping().execAsPipeline(), [`c${i}`, 'PONG']),
  async (pool, i) => assert.equal(await pool.eval('return ARGV[1]', { arguments: [`s${i}`] }), `s${i}`),
  async (pool, i) => {
    await pool.rPush(`list ${i}`, `item ${i}`);
    const popped = await pool.blPop(`list ${i}`, 1);
    assert.deepEqual(popped, { key: `list ${i}`, element: `item ${i}` });
  },
  (pool, i) => pool.execute(async (client) => {
    await client.watch(`watched ${i % 3}`);
    assert.equal(await client.echo(`w${i}`), `w${i}`);
    if (i % 2 === 0) {
      const replies = await client.multi().incr(`watched ${i % 3}`).echo(`x${i}`).exec();
      assert.equal(replies[1], `x${i}`);
    }
  }),
  (pool, i) => pool.execute(async (client) => {
    await client.select(1 + (i % 9));
    assert.equal((await client.clientInfo()).db, 1 + (i % 9));
    if (i % 3 === 0) throw new Error('the task failed');
  }).catch((error: Error) => {
    if (error.message !== 'the task failed') throw error;
  }),
  (pool, i) => pool.execute(async (client) => {
    await client.subscribe(`channel ${i}`, () => undefined);
  }),
  (pool, i) => pool.execute(async (client) => {
    if (i % 8 === 0) await client.monitor(() => undefined);
    else await client.sendCommand(['MULTI']);
  }),
  (pool, i) => pool.execute((client) => {
    void client.set(`forgotten ${i}`, '1').catch(() => undefined);
    if (i % 2 === 0) throw new Error('at once');
  }).catch((error: Error) => assert.equal(error.message, 'at once')),
];

/** Kills some connections of clients from outside. @returns how many */
async function kill(random: (below: number) => number): Promise<number> {
  const list = String(await stage.server.command('CLIENT', 'LIST', 'TYPE', 'normal'));
  let killed = 0;
  for (const [, id] of list.matchAll(/^id=(\d+) .*name=churn/gm)) {
    if (random(3) > 0) continue;
    // It may have gone meanwhile.
    killed += await stage.server.command('CLIENT', 'KILL', 'ID', id as string).catch(() => 0) as number;
  }
  return killed;
}

for (const seed of [1, 2, 3]) {
  test(`a thousand tasks at once while connections are killed (${seed})`, async () => {
    const random = randomly(seed);
    const pool = await pools.connected({ minimum: 1, maximum: 20, acquireTimeout: 0, cleanupDelay: 20 }, { name: 'churn' });
    let settled = 0;
    let lost = 0;
    const tasks = Array.from({ length: 1000 }, async (_, i) => {
      const operation = OPERATIONS[random(OPERATIONS.length)] as Operation;
      try {
        await operation(pool, i);
      } catch (error) {
        if (!(error instanceof WatchError) && !EXPECTED.test((error as Error).message)) throw error;
        lost++;
      }
      settled++;
    });
    let kills = 0;
    for (let round = 1; round <= 5; round++) {
      await until(() => settled >= round * 100, 'some to settle');
      kills += await kill(random);
    }
    assert.ok(kills > 0);
    await Promise.all(tasks);
    assert.equal(settled, 1000);
    assert.ok(lost < 500, `${lost} failed`);
    await until(() => counters(pool).join() === '1,1,0,0', `rest: ${counters(pool).join()}`);
    const states = await Promise.all(Array.from({ length: 20 }, () => pool.execute((client) => client.clientInfo())));
    for (const { db, sub, psub, multi, flags } of states) assert.deepEqual([db, sub, psub, multi, flags], [0, 0, 0, -1, 'N']);
    await pool.close();
    assert.deepEqual([pool.isOpen, ...counters(pool)], [false, 0, 0, 0, 0]);
  });
}

test('nothing keeps the process alive after close()', async () => {
  const program = `
    const { createClientPool } = require(${JSON.stringify(join(REPOSITORY, 'index.js'))});
    (async () => {
      const pool = createClientPool({ socket: { port: ${stage.server.port} } }, { minimum: 2, maximum: 9, cleanupDelay: 600000 });
      await pool.connect();
      await Promise.all(Array.from({ length: 20 }, () => pool.execute(client => client.ping())));
      await Promise.all(Array.from({ length: 20 }, () => pool.ping()));
      await pool.close();
      console.log('closed');
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { timeout: 20_000 });
  assert.equal(stdout, 'closed\n');
});
