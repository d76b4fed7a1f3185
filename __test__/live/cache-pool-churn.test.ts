// A thousand tasks at once on a pool with a cache while connections are killed: all settle, what is read is right, nothing is left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatchError } from '../../lib';
import { Floor, History, randomly, type Value } from './cache-history';
import { counters, poolStage, type Pool } from './pool-stage';
import { liveStage, until } from './stage';

const stage = liveStage();
const pools = poolStage(stage);
const KEYS = 20;

interface Scene {
  readonly pool: Pool;
  readonly history: History;
  readonly floor: Floor;
  /** Of each key, the last write: the next one waits for it. */
  readonly turns: Promise<unknown>[];
}

type Operation = (scene: Scene, index: number) => Promise<unknown>;

const keyOf = (index: number): string => `k${index % KEYS}`;

/** Writes a new number to a key, after the writes of it that were begun before. */
function write({ history, floor, turns }: Scene, index: number, run: (key: string, value: string) => Promise<unknown>): Promise<unknown> {
  const key = keyOf(index);
  const act = (): Promise<void> => {
    const value = history.fresh(key);
    return history.write(new Map([[key, value]]), () => run(key, value), floor);
  };
  const turn = (turns[index % KEYS] as Promise<unknown>).then(act, act);
  turns[index % KEYS] = turn;
  return turn;
}

function read({ history, floor }: Scene, keys: string[], run: () => Promise<Value[]>): Promise<void> {
  return history.read(keys, floor, run, 'the pool');
}

const READS: readonly Operation[] = [
  (scene, index) => read(scene, [keyOf(index)], async () => [await scene.pool.get(keyOf(index))]),
  (scene, index) => {
    const keys = [keyOf(index), keyOf(index + 1)];
    return read(scene, keys, () => scene.pool.mGet(keys));
  },
  (scene, index) => scene.pool.execute((client) => read(scene, [keyOf(index)], async () => [await client.get(keyOf(index))])),
];

const OPERATIONS: readonly Operation[] = [
  ...READS, ...READS, ...READS,
  (scene, index) => write(scene, index, (key, value) => scene.pool.set(key, value)),
  (scene, index) => write(scene, index, (key, value) => scene.pool.sendCommand(['SET', key, value])),
  (scene, index) => write(scene, index, (key, value) => scene.pool.multi().set(key, value).get(key).exec()),
  (scene, index) => write(scene, index, (key, value) => scene.pool.eval('return redis.call("SET", KEYS[1], ARGV[1])', { keys: [key], arguments: [value] })),
  (scene, index) => write(scene, index, (key, value) => scene.pool.execute((client) => client.set(key, value))),
  (scene, index) => scene.pool.execute(async (client) => {
    await client.sendCommand(['SELECT', '5']);
    assert.equal(await client.get(keyOf(index)), null, 'nothing is in database 5');
  }),
  (scene) => scene.pool.execute((client) => client.sendCommand(['CLIENT', 'TRACKING', 'OFF'])),
];

/** Kills some connections of the pool. @returns how many */
async function kill(random: (below: number) => number): Promise<number> {
  let killed = 0;
  const list = String(await stage.server.command('CLIENT', 'LIST', 'TYPE', 'normal'));
  for (const [, id] of list.matchAll(/^id=(\d+) .*name=churn/gm)) {
    if (random(3) > 0) continue;
    killed += await stage.server.command('CLIENT', 'KILL', 'ID', id as string).catch(() => 0) as number;
  }
  return killed;
}

for (const seed of [1, 2, 3]) {
  test(`a thousand tasks on a pool with a cache (${seed})`, async () => {
    await stage.server.command('FLUSHALL');
    const random = randomly(seed);
    const pool = await pools.connected(
      { minimum: 1, maximum: 20, acquireTimeout: 0, cleanupDelay: 20, clientSideCache: { maxEntries: 30 } }, { name: 'churn' },
    );
    const scene: Scene = { pool, history: new History(), floor: new Floor(), turns: Array.from({ length: KEYS }, () => Promise.resolve()) };
    let settled = 0;
    let lost = 0;
    const task = async (_: unknown, index: number): Promise<void> => {
      // Each task does a few things in a row, so that there is something to find in the cache.
      for (let step = 0; step < 10; step++) {
        try {
          await (OPERATIONS[random(OPERATIONS.length)] as Operation)(scene, index + step * random(KEYS));
        } catch (error) {
          if (!(error instanceof WatchError) && !/^(Socket closed unexpectedly|.*ECONNRESET.*)$/.test((error as Error).message)) throw error;
          lost++;
        }
      }
      settled++;
    };
    const tasks = Promise.all(Array.from({ length: 1000 }, task));
    tasks.catch(() => undefined);
    let kills = 0;
    for (let round = 1; round <= 5; round++) {
      await Promise.race([tasks, until(() => settled >= round * 100, 'some to settle')]);
      kills += await kill(random);
    }
    await tasks;
    const { checked } = scene.history;
    const { hitCount } = pool.clientSideCache?.stats() ?? { hitCount: 0 };
    assert.ok(kills > 0);
    assert.ok(settled === 1000 && lost < 5000, `${settled} settled, ${lost} failed`);
    assert.ok(checked > 3000 && hitCount > 50, `${checked} values checked, ${hitCount} hits`);
    await until(() => counters(pool).join() === '1,1,0,0', 'rest');
    await pool.close();
    assert.deepEqual([pool.isOpen, ...counters(pool), pool.clientSideCache?.size()], [false, 0, 0, 0, 0, 0]);
  });
}
