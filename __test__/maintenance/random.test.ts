/**
 * Random timings of notices, losses, refusals and work. `OXREDIS_MAINTENANCE_RUNS` is the number of runs, `OXREDIS_MAINTENANCE_SEED` the seed
 * of the first one.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { Random } from '../chaos/random';
import { startHandoffServers, type HandoffEndpoint, type Handshakes } from '../support/handoff-servers';
import { PATIENCE, until } from '../support/until';
import { make, WAYS } from './stage';

const RUNS = Number(process.env.OXREDIS_MAINTENANCE_RUNS) || 40;
const SEED = Number(process.env.OXREDIS_MAINTENANCE_SEED) || Date.now() % 1_000_000;
/** Runs at the same time: most of a run is waiting. */
const TOGETHER = 8;
const STEPS = 12;

const HANDSHAKES: readonly Handshakes[] = ['accepted', 'accepted', 'accepted', 'refused', 'hanging', 'closed'];

/** One run. @returns how often a server was connected to @throws AssertionError */
async function run(seed: number): Promise<number> {
  const random = new Random(seed);
  const way = random.pick(WAYS);
  const servers = await startHandoffServers(3, way.tls ? { tls: true } : {});
  const { endpoints, keys } = servers;
  const [first] = endpoints as [HandoffEndpoint];
  const client = make(first, { commandOptions: { timeout: 0 } }, way);
  await client.connect();
  const got: number[] = [];
  let published = 0;
  await client.subscribe('news', (message) => got.push(Number(message)));
  // What was lost with its connection may have been executed, or not.
  let lost = 0;
  const replies: number[] = [];
  const order: number[] = [];
  const work: Promise<unknown>[] = [];
  let issued = 0;
  const issue = (): void => {
    const number = issued++;
    work.push(client.incr('n').then(
      (reply) => {
        replies.push(reply);
        order.push(number);
      },
      () => lost++,
    ));
  };
  let isLossy = false;
  for (let step = 0; step < STEPS; step++) {
    for (let i = random.below(20); i > 0; i--) issue();
    for (let i = random.below(4); i > 0; i--) keys.publish('news', String(published++));
    const endpoint = random.pick(endpoints);
    switch (random.below(8)) {
      case 0: case 1: case 2:
        for (const from of endpoints) from.moving(random.below(6), random.below(5) === 0 ? undefined : random.pick(endpoints), random.below(3));
        break;
      case 3:
        endpoint.handshakes = random.pick(HANDSHAKES);
        break;
      case 4:
        // A grace period may end before the replies come.
        isLossy = true;
        endpoint.hold();
        break;
      case 5:
        for (const one of endpoints) one.release();
        break;
      case 6:
        if (random.below(3) > 0) break;
        isLossy = true;
        endpoint.server.closeConnections(random.below(2) === 0);
        break;
      default:
        for (const from of endpoints) from.push(random.pick(['MIGRATING', 'FAILING_OVER']), random.below(4), 1, '["1"]');
    }
    if (random.below(3) > 0) await sleep(random.below(40));
  }
  // From now on everything works.
  for (const endpoint of endpoints) {
    endpoint.handshakes = 'accepted';
    endpoint.release();
  }
  for (let i = 0; i < 5; i++) issue();
  const all = Promise.all(work);
  await Promise.race([all, sleep(PATIENCE, undefined, { ref: false }).then(() => assert.fail(`${issued - replies.length - lost} of ${issued} commands hang`))]);
  assert.deepEqual(order, [...order].sort((one, other) => one - other), 'the replies come in the order of the commands');
  assert.deepEqual(replies, [...new Set(replies)].sort((one, other) => one - other), 'no reply is doubled, no command overtakes another');
  const executed = Number(keys.get('n') ?? 0);
  assert.ok(executed >= replies.length && executed <= issued, `${executed} executed, ${replies.length} answered, ${issued} issued`);
  // Only a lost connection, or the end of a grace period with replies outstanding, costs commands.
  if (!isLossy) assert.deepEqual([lost, client.errors, client.outages], [0, [], []]);
  if (lost === 0) assert.equal(executed, issued);
  assert.deepEqual(got, [...new Set(got)].sort((one, other) => one - other), 'no message is doubled, or overtakes another');
  if (!isLossy) await until(() => got.length === published, 'all messages');
  const closed = client.close();
  await until(() => !client.isOpen, 'the end of the client');
  await closed;
  await until(() => servers.open === 0, 'the end of all sockets');
  const connections = endpoints.reduce((sum, { server }) => sum + server.connections.length, 0);
  await servers.stop();
  return connections;
}

test(`${RUNS} runs from seed ${SEED} on`, async () => {
  let next = SEED;
  let connections = 0;
  const lane = async (): Promise<void> => {
    while (next < SEED + RUNS) {
      const seed = next++;
      try {
        const more = await run(seed);
        connections += more;
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
  assert.ok(connections > 2 * RUNS, `clients moved: ${connections} connections`);
});
