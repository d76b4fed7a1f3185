/** Timeouts, deadlines and signals of commands that wait in a cluster: when they take effect, and what their errors say. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbortError, type CommandPhase, ErrorReply, TimeoutError } from '../../lib';
import { hashSlot } from '../../lib/wire/hash-slot';
import { onServer } from '../support/on-server';
import { nextTurn, until } from '../support/until';
import { type Client, clusterStage } from './scenarios/stage';
import type { ClusterNode } from './servers/cluster-node';
import { tagsOf } from './servers/migration';

type Failure = Error & { phase?: CommandPhase; node?: string; slot?: number; attempts?: number; code?: string; cause?: Error & { code?: string } };

const failureOf = (promise: Promise<unknown>): Promise<Failure> => promise.then(() => assert.fail('it was served'), (error: Failure) => error);
/** How long a limit may take effect late on a busy machine, ms: less than what is not bounded would take. */
const LATE = 4000;

onServer('default', () => describe('limits of commands that wait', () => {
  const stage = clusterStage({ replicas: 0, nodeTimeout: 60_000 });
  let client: Client;
  before(async () => {
    client = await stage.connected();
  });

  describe('because a server refuses them', () => {
    const [tag] = tagsOf([100]) as [string];
    const keys = [`{${tag}}:here`, `{${tag}}:there`];
    let from: ClusterNode;
    let to: ClusterNode;
    before(async () => {
      // One of the keys is on its way to another node.
      [from, to] = await stage.cluster.primaries() as [ClusterNode, ClusterNode];
      await client.set(keys[0] as string, 1);
      await to.call('CLUSTER', 'SETSLOT', 100, 'IMPORTING', from.id);
      await from.call('CLUSTER', 'SETSLOT', 100, 'MIGRATING', to.id);
    });
    after(async () => {
      await from.call('CLUSTER', 'SETSLOT', 100, 'STABLE');
      await to.call('CLUSTER', 'SETSLOT', 100, 'STABLE');
    });

    const checkRefused = (error: Failure): void => {
      assert.match(error.message, /as the cluster has refused it \d+ times|to be written: the cluster has refused it \d+ times|as \d+ attempts had failed/);
      assert.match(error.message, /last error: TRYAGAIN /);
      assert.equal(error.phase, 'queued');
    };
    /** Resolves when servers have refused commands so often since the counts were reset. */
    const refusals = (count: number): Promise<void> =>
      until(async () => await stage.cluster.errors(/^TRYAGAIN$/) >= count, `${count} refusals`);

    test('their timeout', async () => {
      const error = await failureOf(client.withCommandOptions({ timeout: 300 }).mGet(keys));
      assert.ok(error instanceof TimeoutError);
      assert.match(error.message, /^MGET waited 300 ms to be written: /);
      checkRefused(error);
      assert.ok(error.cause instanceof ErrorReply && error.cause.kind === 'TRYAGAIN');
      assert.equal(error.slot, hashSlot(keys[0] as string));
      assert.ok(Number(error.attempts) > 1);
    });

    test('their deadline', async () => {
      const error = await failureOf(client.withCommandOptions({ deadline: 300 }).mGet(keys));
      assert.ok(error instanceof TimeoutError);
      assert.match(error.message, /within its deadline of 300ms: MGET waited to be written, as /);
      checkRefused(error);
      assert.ok(error.cause instanceof ErrorReply && error.cause.kind === 'TRYAGAIN');
      assert.ok(Number(error.attempts) > 1);
    });

    test('their signal', async () => {
      await stage.cluster.resetCounts();
      const controller = new AbortController();
      const failure = failureOf(client.withCommandOptions({ abortSignal: controller.signal, abortInFlight: true }).mGet(keys));
      await refusals(4);
      controller.abort(new Error('mine'));
      const error = await failure;
      assert.ok(error instanceof AbortError);
      // Unless it was on its way just then.
      if (error.phase === 'queued') checkRefused(error);
      assert.equal(error.cause?.message, 'mine');
    });

    test('the deadline of a transaction counts for all of its attempts', async () => {
      const since = performance.now();
      const error = await failureOf(client.withCommandOptions({ deadline: 700 }).multi().mGet(keys).exec());
      const took = performance.now() - since;
      assert.ok(error instanceof TimeoutError, String(error));
      assert.match(error.message, /within its deadline of 700ms: /);
      assert.ok(took >= 690 && took < 700 + LATE, `it took ${took} ms`);
    });

    test('a signal ends a transaction at once, also between two attempts', async () => {
      await stage.cluster.resetCounts();
      const controller = new AbortController();
      let error: Failure | undefined;
      const options = { abortSignal: controller.signal, abortInFlight: true, timeout: 60_000 };
      void failureOf(client.withCommandOptions(options).multi().mGet(keys).exec()).then((failure) => {
        error = failure;
      });
      // The pauses are 200 ms long by now.
      await refusals(6);
      controller.abort(new Error('mine'));
      await nextTurn();
      assert.ok(error instanceof AbortError, String(error));
      assert.equal(error.cause?.message, 'mine');
    });
  });

  describe('for a node', () => {
    let node: ClusterNode;
    let key: string;
    before(async () => {
      node = (await stage.cluster.primaries())[2] as ClusterNode;
      [key] = tagsOf([16_000]) as [string];
    });

    test('that hangs', async () => {
      node.pause();
      const sent = client.set(key, 1);
      try {
        let error: Failure | undefined;
        // What is sent before its silence is noticed is answered when it goes on.
        await until(async () => {
          error = await Promise.race([failureOf(client.withCommandOptions({ timeout: 300 }).get(key)), sleep(1000, undefined)]);
          return error;
        }, 'the silence to be noticed');
        assert.ok(error instanceof TimeoutError);
        assert.equal(error.message, `GET waited 300 ms to be written: the node ${node.address} does not answer`);
        assert.equal(error.node, node.address);
      } finally {
        node.resume();
      }
      await sent;
    });

    test('that is gone', async () => {
      await node.kill9();
      await until(() => client.masters.some(({ client: of }) => of?.isReady === false), 'the loss to be noticed');
      const error = await failureOf(client.withCommandOptions({ timeout: 500 }).set(key, 1));
      assert.ok(error instanceof TimeoutError);
      assert.match(error.message, new RegExp(`^SET waited 500 ms to be written: the node ${node.address} is not connected \\(last error: ECONNREFUSED ${node.address}\\)$`));
      assert.equal(error.cause?.code, 'ECONNREFUSED');
      assert.equal(error.node, node.address);
      const controller = new AbortController();
      const aborted = failureOf(client.withCommandOptions({ abortSignal: controller.signal }).set(key, 1));
      await nextTurn();
      controller.abort();
      const abortion = await aborted;
      assert.match(abortion.message, new RegExp(`SET waited to be written, as the node ${node.address} is not connected`));
      assert.equal((abortion as Failure).node, node.address);
    });
  });
}));
