/** Closing a client in the middle of a move, and losses in each of its steps: every call ends, and no socket stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DisconnectsClientError } from '../../lib';
import type { HandoffEndpoint } from '../support/handoff-servers';
import { until } from '../support/until';
import { connected, moved, serve, WAYS, type MaintainedClient, type Scene } from './stage';

/** How far a move has come. */
interface Step {
  readonly name: string;
  /** Brings a move that far. Two commands are in flight at `a`, whose replies are held. */
  reach(scene: Scene): Promise<void>;
}

const STEPS: readonly Step[] = [
  {
    name: 'while the new connection waits for its handshake',
    async reach({ a, b }) {
      b.handshakes = 'hanging';
      a.moving(1, b);
      await until(() => b.commands('HELLO').length > 0, 'the attempt');
    },
  },
  {
    name: 'while the old connection is drained',
    async reach({ a, b }) {
      a.moving(1, b);
      await until(() => b.commands('CLIENT').length > 0, 'the handshake');
    },
  },
  {
    name: 'while the next attempt is awaited',
    async reach({ a, b }) {
      b.handshakes = 'closed';
      a.moving(1, b);
      await until(() => b.server.connections.length > 0 && b.open.length === 0, 'the failed attempt');
    },
  },
  {
    name: 'while half of the time has to pass',
    async reach({ a }) {
      a.moving(1, undefined, 60);
      await Promise.resolve();
    },
  },
];

/** A client in the middle of a move, with commands in flight. */
async function midway(step: Step, way = WAYS[0]): Promise<Scene & { client: MaintainedClient; replies: Promise<number[]> }> {
  const scene = await serve(2, way);
  const client = await connected(scene.a, {}, way);
  scene.a.hold();
  const replies = Promise.all([client.incr('n'), client.incr('n')]);
  replies.catch(() => undefined);
  await until(() => scene.a.commands('INCR').length === 2, 'the commands at the server');
  await step.reach(scene);
  await until(() => client.notices.length === 1, 'the notice');
  return { ...scene, client, replies };
}

async function gone(...endpoints: HandoffEndpoint[]): Promise<void> {
  await until(() => endpoints.every(({ open }) => open.length === 0), 'the end of all sockets');
}

for (const way of WAYS.slice(0, 2)) {
  for (const step of STEPS) {
    test(`close() ${step.name} waits for the replies (${way.name})`, async () => {
      const { client, replies, a, b } = await midway(step, way);
      const closed = client.close();
      a.release();
      assert.deepEqual(await replies, [1, 2]);
      await closed;
      await gone(a, b);
      assert.deepEqual([client.errors, client.outages, client.isOpen], [[], ['end'], false]);
    });

    test(`destroy() ${step.name} rejects at once (${way.name})`, async () => {
      const { client, replies, a, b } = await midway(step, way);
      client.destroy();
      await assert.rejects(replies, DisconnectsClientError);
      await gone(a, b);
      assert.deepEqual([client.errors, client.outages], [[], ['end']]);
    });

    test(`quit() ${step.name} is answered (${way.name})`, async () => {
      const { client, replies, a, b } = await midway(step, way);
      const quit = client.quit();
      a.release();
      assert.deepEqual(await replies, [1, 2]);
      assert.equal(await quit, 'OK');
      await gone(a, b);
      assert.deepEqual([client.errors, client.isOpen], [[], false]);
    });

    test(`the old connection is lost ${step.name} (${way.name})`, async () => {
      const { client, replies, a, b, keys } = await midway(step, way);
      b.handshakes = 'accepted';
      a.server.closeConnections();
      a.release();
      // They were sent, and may have been executed.
      await assert.rejects(replies);
      assert.equal(await client.incr('n'), 3);
      assert.equal(keys.get('n'), '3');
      assert.equal(client.isReady, true);
    });
  }
}

test('the new connection is lost while the old one is drained: it is made again', async () => {
  const { client, replies, a, b } = await midway(STEPS[1] as Step);
  b.server.closeConnections();
  await b.server.connection(2);
  a.release();
  assert.deepEqual(await replies, [1, 2]);
  await moved(a, b);
  assert.equal(await client.incr('n'), 3);
  assert.deepEqual([client.errors, client.outages], [[], []]);
});

test('replies that do not come end with the time of the move', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  a.hold();
  const stuck = client.incr('n');
  await until(() => a.commands('INCR').length === 1, 'the command at the server');
  a.moving(1, b, 1);
  await assert.rejects(stuck);
  await moved(a, b);
  assert.equal(await client.ping(), 'PONG');
  assert.deepEqual(client.outages, []);
});

test('a client that is destroyed keeps nothing that a notice without an address has begun', async () => {
  const { a } = await serve(1);
  const client = await connected(a);
  a.moving(1, undefined, 1);
  await until(() => client.notices.length === 1, 'the notice');
  client.destroy();
  await gone(a);
  const late = await connected(a);
  a.moving(2, undefined, 1);
  await a.server.connection(3);
  assert.equal(await late.ping(), 'PONG');
  assert.equal(a.server.connections.length, 3);
});
