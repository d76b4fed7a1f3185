/** All nodes of a cluster restart at once, where they were; and an event loop that stands still while a primary hands over. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onEachServer } from '../support/on-server';
import { until } from '../support/until';
import { clusterStage } from './scenarios/stage';
import { tagsOf } from './servers/migration';

const TAGS = tagsOf([100, 8000, 16_000]);
/** How long after the servers the client may be back, ms; several times what is promised, for busy machines. */
const BACK = 5 * 1000;

onEachServer((version) => describe(`restarts (${version})`, () => {
  const stage = clusterStage({ version, nodeTimeout: 3000 });

  test('all nodes restart at once on their ports: what waits is served, what was sent settles, subscriptions come back', async () => {
    const client = await stage.connected({ commandOptions: { timeout: 60_000 } });
    for (const tag of TAGS) await client.set(`{${tag}}`, 0);
    const heard: string[] = [];
    await client.subscribe('news', (message) => heard.push(message));
    await client.sSubscribe(`{${TAGS[1]}}`, (message) => heard.push(message));
    let isOver = false;
    const failures: (Error & { phase?: string })[] = [];
    const loops = TAGS.map(async (tag) => {
      while (!isOver) {
        await Promise.all([client.incr(`{${tag}}`), client.get(`{${tag}}`), client.multi().incr(`{${tag}}`).exec()].map((call) =>
          call.catch((error: Error) => failures.push(error))));
      }
    });
    await Promise.all(stage.cluster.nodes.map((node) => node.shutDown(true)));
    const waiting = TAGS.map((tag) => client.set(`{${tag}}again`, tag));
    await Promise.all(stage.cluster.nodes.map((node) => node.start()));
    await stage.cluster.untilInOrder();
    const servedAt = performance.now();
    assert.deepEqual(await Promise.all(waiting), ['OK', 'OK', 'OK']);
    assert.deepEqual(await client.mGet(TAGS.map((tag) => `{${tag}}again`)), TAGS);
    const took = performance.now() - servedAt;
    isOver = true;
    await Promise.all(loops);
    assert.ok(took < BACK, `served ${took} ms after the servers`);
    for (const error of failures) assert.equal(error.phase, 'written', String(error));
    await until(async () => {
      await client.publish('news', 'one');
      await client.sPublish(`{${TAGS[1]}}`, 'two');
      return heard.includes('one') && heard.includes('two');
    }, 'messages');
    await client.close();
  });

  test('the loop of the client stands still for 2 s while a primary hands over: no error', async () => {
    const client = await stage.connected();
    const nodeErrors: Error[] = [];
    client.on('node-error', (error: Error) => nodeErrors.push(error));
    const [primary] = await stage.cluster.primaries();
    assert.ok(primary);
    const [replica] = await stage.cluster.replicasOf(primary);
    assert.ok(replica);
    for (const tag of TAGS) await client.set(`{${tag}}`, 0);
    const calls: Promise<unknown>[] = [];
    const issue = (): void => {
      for (const tag of TAGS) calls.push(client.incr(`{${tag}}`), client.get(`{${tag}}`), client.multi().incr(`{${tag}}`).exec(), client.mGet([`{${tag}}`, `{${tag}}x`]));
    };
    for (let i = 0; i < 20; i++) issue();
    await replica.call('CLUSTER', 'FAILOVER');
    issue();
    const end = performance.now() + 2000;
    while (performance.now() < end) {
      // The servers go on.
    }
    for (let i = 0; i < 20; i++) issue();
    const settled = await Promise.allSettled(calls);
    for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
    await stage.cluster.untilInOrder();
    issue();
    await Promise.all(calls);
    const increments = calls.length / (4 * TAGS.length) * 2;
    for (const tag of TAGS) assert.equal(await client.get(`{${tag}}`), String(increments), 'each ran once');
    assert.deepEqual(client.errors, []);
    client.destroy();
  });
}));
