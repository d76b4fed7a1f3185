// What undoes a task's traces stays ahead of the commands that come later, also of those that go to the head of the queue.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisClientType } from '../../lib';
import { poolStage } from './pool-stage';
import { liveStage } from './stage';

const stage = liveStage();
const pools = poolStage(stage);

const changed = (): Promise<unknown> => stage.server.command('SET', 'watched', 'changed');

/** What a task may leave, by name. */
const LEAVING: Record<string, (client: RedisClientType) => Promise<unknown>> = {
  'SELECT': (client) => client.select(5),
  'a raw SELECT': (client) => client.sendCommand(['SELECT', '5']),
  'a SELECT in a transaction': (client) => client.multi().select(5).exec(),
  'WATCH': (client) => client.watch('watched').then(changed),
  'a raw WATCH': (client) => client.sendCommand(['WATCH', 'watched']).then(changed),
  'WATCH and SELECT': async (client) => {
    await client.watch('watched');
    await client.select(5);
    await changed();
  },
  'an open MULTI': (client) => client.sendCommand(['MULTI']),
  'a name': (client) => client.clientSetName('somebody'),
  'a subscription': (client) => client.subscribe('news', () => undefined),
};

/** How the next command or task comes, and what it finds. */
const NEXT = {
  'a command that waits': async (pool: RedisClientType): Promise<void> => found(String(await pool.sendCommand(['CLIENT', 'INFO']))),
  'a task that waits': (pool: RedisClientType): Promise<void> =>
    (pool as unknown as { execute(task: (client: RedisClientType) => Promise<void>): Promise<void> }).execute(async (client) => {
      const [info, ping] = await client.multi().addCommand(['CLIENT', 'INFO']).ping().exec();
      assert.equal(ping, 'PONG');
      found(String(info));
    }),
};

function found(info: string): void {
  assert.match(info, / name=pooled .* db=1 sub=0 psub=0 /);
}

for (const [name, task] of Object.entries(LEAVING)) {
  for (const [what, next] of Object.entries(NEXT)) {
    for (const RESP of [2, 3] as const) {
      for (const limits of [{}, { commandsQueueMaxLength: 4 }]) {
        test(`${name}, then ${what}, asap, RESP${RESP}${'commandsQueueMaxLength' in limits ? ', few commands at once' : ''}`, async () => {
          const pool = await pools.connected({ maximum: 1 }, { name: 'pooled', database: 1, RESP, ...limits });
          await changed();
          const leaving = pool.execute((client) => task(client as never));
          const waiting = next(pool.asap() as never);
          await Promise.all([leaving, waiting]);
          assert.deepEqual(pool.errors, []);
        });
      }
    }
  }
}

test('a queue that has no room for what undoes a task', async () => {
  const pool = await pools.connected({ maximum: 1 }, { database: 1, commandsQueueMaxLength: 1 });
  const leaving = pool.execute(async (client) => {
    await client.watch('watched');
    await client.select(5);
  });
  const waiting = pool.sendCommand(['CLIENT', 'INFO']);
  await leaving;
  assert.match(String(await waiting), / db=1 /);
});

test('the signal of all commands of a pool does not take back what undoes a task', async () => {
  const stop = new AbortController();
  const pool = await pools.connected({ maximum: 1 }, { database: 1, commandOptions: { abortSignal: stop.signal } });
  const leaving = pool.execute(async (client) => {
    await client.select(5);
    stop.abort();
  });
  const waiting = pool.withCommandOptions({ abortSignal: undefined }).sendCommand(['CLIENT', 'INFO']);
  await leaving;
  assert.match(String(await waiting), / db=1 /);
});
