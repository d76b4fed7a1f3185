/** Blocking commands on a primary that hands over, loses the slot, or dies: each settles, and what waits behind them is served. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ErrorReply, SocketClosedUnexpectedlyError } from '../../lib';
import { onEachServer } from '../support/on-server';
import { until } from '../support/until';
import { type Client, clusterStage } from './scenarios/stage';
import type { ClusterNode } from './servers/cluster-node';
import { moveSlots, tagsOf } from './servers/migration';

/** How long commands may block, s: longer than any test takes. */
const LONG = 60;
const PATIENT = { timeout: 60_000 };

interface Watched<T> {
  readonly promise: Promise<T>;
  outcome: 'waits' | 'served' | Error;
}

function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { promise, outcome: 'waits' };
  promise.then(() => {
    watched.outcome = 'served';
  }, (error: Error) => {
    watched.outcome = error;
  });
  return watched;
}

onEachServer((version) => describe(`blocking commands (${version})`, () => {
  const stage = clusterStage({ version, nodeTimeout: 1500 });
  const [tag, other, third] = tagsOf([100, 8000, 16_000]) as [string, string, string];
  /** The one that blocks, and one that is free. */
  let client: Client;
  let free: Client;
  before(async () => {
    client = await stage.connected({ commandOptions: PATIENT });
    free = await stage.connected({ commandOptions: PATIENT });
  });

  const ownerOf = async (index: number): Promise<ClusterNode> => (await stage.cluster.primaries())[index] as ClusterNode;
  /** Waits until a node has blocked clients. */
  const untilBlocked = (node: ClusterNode): Promise<void> =>
    until(async () => /blocked_clients:[1-9]/.test(String(await node.call('INFO', 'clients'))), 'a blocked client');
  /** Settles what still blocks, by giving it what it waits for. */
  const settled = async (watched: Watched<unknown>, give: () => Promise<unknown>): Promise<void> => {
    if (watched.outcome === 'waits') await give();
    await watched.promise.catch(() => undefined);
  };

  test('a primary hands over', async () => {
    const node = await ownerOf(0);
    const pop = watch(client.blPop(`{${tag}}list`, LONG));
    const read = watch(client.xRead({ key: `{${tag}}stream`, id: '$' }, { BLOCK: LONG * 1000 }));
    const behind = watch(client.get(`{${tag}}key`));
    await untilBlocked(node);
    assert.equal(await client.get(`{${other}}key`), null, 'other nodes are not concerned');
    await stage.cluster.failOver(node);
    await settled(pop, () => free.rPush(`{${tag}}list`, 'value'));
    if (pop.outcome === 'served') assert.deepEqual(await pop.promise, { key: `{${tag}}list`, element: 'value' });
    else assert.ok(pop.outcome instanceof ErrorReply && pop.outcome.kind === 'UNBLOCKED', String(pop.outcome));
    // It is sent again, and may wait for what comes after that only.
    await until(async () => {
      await free.xAdd(`{${tag}}stream`, '*', { field: 'value' });
      return read.outcome !== 'waits';
    }, 'a message to be read');
    assert.equal(read.outcome, 'served');
    assert.equal(await behind.promise, null);
    await client.del([`{${tag}}list`, `{${tag}}stream`]);
  });

  test('the slot moves to another node', async () => {
    const [from, to] = [await ownerOf(0), await ownerOf(1)];
    const pop = watch(client.blPop(`{${tag}}list`, LONG));
    const behind = watch(client.set(`{${tag}}key`, 1));
    const elsewhere = watch(client.get(`{${other}}key`));
    await untilBlocked(from);
    await moveSlots(stage.cluster, [100], from, to);
    assert.equal(await elsewhere.promise, null);
    // Both are at the new owner now, in the same order.
    await untilBlocked(to);
    assert.deepEqual([pop.outcome, behind.outcome], ['waits', 'waits']);
    await free.rPush(`{${tag}}list`, 'value');
    assert.deepEqual(await pop.promise, { key: `{${tag}}list`, element: 'value' });
    assert.equal(await behind.promise, 'OK');
    await client.del(`{${tag}}key`);
    await moveSlots(stage.cluster, [100], to, from);
    await stage.cluster.untilInOrder();
  });

  test('a primary dies: what was sent may have run and says so; reads and what comes later are served by the next one', async () => {
    const node = await ownerOf(2);
    const pop = watch(client.blPop(`{${third}}list`, LONG));
    const read = watch(client.xRead({ key: `{${third}}stream`, id: '$' }, { BLOCK: LONG * 1000 }));
    const behind = watch(client.get(`{${third}}key`));
    await untilBlocked(node);
    await node.kill9();
    const error = await pop.promise.then(() => assert.fail('it was served'), (reason: Error) => reason);
    assert.ok(error instanceof SocketClosedUnexpectedlyError, String(error));
    assert.deepEqual([error.phase, error.node, error.command], ['written', node.address, 'BLPOP']);
    const later = watch(client.blPop(`{${third}}list`, LONG));
    await stage.cluster.untilReplaced(node);
    // It may be ahead of the read there.
    await free.rPush(`{${third}}list`, 'value');
    await until(async () => {
      await free.xAdd(`{${third}}stream`, '*', { field: 'value' });
      return read.outcome !== 'waits';
    }, 'a message to be read');
    assert.equal(read.outcome, 'served');
    assert.equal(await behind.promise, null);
    assert.deepEqual(await later.promise, { key: `{${third}}list`, element: 'value' });
    await node.start();
    await stage.cluster.untilInOrder();
  });

  test('close() waits for a blocking command, destroy() rejects it', async () => {
    const closing = await stage.connected({ commandOptions: PATIENT });
    const pop = closing.blPop(`{${tag}}list`, LONG);
    await untilBlocked(await ownerOf(0));
    const closed = closing.close();
    await free.rPush(`{${tag}}list`, 'value');
    assert.deepEqual(await pop, { key: `{${tag}}list`, element: 'value' });
    await closed;
    const destroyed = await stage.connected({ commandOptions: PATIENT });
    const rejection = assert.rejects(destroyed.blPop(`{${tag}}list`, LONG), { code: 'OXREDIS_CLIENT_DESTROYED' });
    await untilBlocked(await ownerOf(0));
    destroyed.destroy();
    await rejection;
  });
}));
