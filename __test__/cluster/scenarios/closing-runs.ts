import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from '../../faults/run-program';
import type { ServerVersion } from '../../support/server-program';
import { until } from '../../support/until';
import type { Load } from '../history/load';
import type { Operation } from '../history/recording';
import { allowed, assertHistory, firstOf, report } from './judgement';
import { startLoad } from './outages';
import { clusterStage } from './stage';

/** Commands that are issued in the same turn as `close()` or `destroy()`. */
const BURST = 2000;
/** `destroy()` settles everything within this time, ms. */
const SETTLED = 1000;

export function closingTests(version?: ServerVersion): void {
  const stage = clusterStage({ version });
  let made = 0;
  const connections = async (name: string): Promise<number> => [...(await stage.cluster.connectionsOf(name)).values()].reduce((sum, ids) => sum + ids.length, 0);

  /** A load whose client is ended in the turn of a burst, while it runs; before that something may be begun. */
  async function burst(way: 'close' | 'destroy', prepare?: () => Promise<void>): Promise<{ load: Load; took: number; issued: Operation[] }> {
    const name = `closing${made++}`;
    const client = await stage.connected({ defaults: { name } });
    const load = await startLoad(stage.cluster, client);
    await load.during(300);
    assert.ok(await connections(name) > 0);
    await prepare?.();
    load.burst(BURST);
    const issued = [...load.recording.operations];
    const since = performance.now();
    await client[way]();
    await load.settle();
    const took = performance.now() - since;
    await until(async () => await connections(name) === 0, 'all connections to be closed');
    assert.equal(client.isOpen, false);
    return { load, took, issued };
  }

  /** Reads everything through another client, because the first one is closed. */
  async function verify(load: Load): Promise<void> {
    const reader = await stage.connected();
    await load.stop(reader);
    reader.destroy();
    assertHistory(load);
  }

  /** What was issued before `close()`, and what came of it. */
  function assertCompleted(issued: readonly Operation[]): void {
    assert.ok(issued.length > BURST);
    const failed = issued.filter(({ isFailure }) => isFailure);
    assert.equal(failed.length, 0, `commands that were issued before close() failed: ${firstOf(failed)}`);
  }

  test('close() completes everything that was issued before it', async (context) => {
    const { load, issued } = await burst('close');
    report(context, load);
    await verify(load);
    assertCompleted(issued);
  });

  test('close() completes everything that was issued before it while a primary hands over', async (context) => {
    let handover: Promise<unknown> | undefined;
    const { load, issued } = await burst('close', async () => {
      const primary = await stage.cluster.ownerOf(0);
      const [replica] = await stage.cluster.replicasOf(primary);
      handover = stage.cluster.failOver(primary);
      await until(() => /manual failover user request accepted/i.test(replica?.log ?? ''), 'the handover to begin');
    });
    await handover;
    report(context, load);
    await verify(load);
    assertCompleted(issued);
  });

  test('destroy() settles everything at once', async (context) => {
    const { load, took } = await burst('destroy');
    report(context, load, `${Math.round(took)} ms`);
    await verify(load);
    assert.ok(took < allowed(SETTLED, load), `${took} ms`);
  });

  test('destroy() settles everything at once while a primary hangs', async (context) => {
    const primary = await stage.cluster.ownerOf(0);
    const client = await stage.connected();
    const load = await startLoad(stage.cluster, client);
    await load.during(300);
    primary.pause();
    load.crashed(load.groups);
    load.burst(BURST);
    await load.during(300);
    const since = performance.now();
    client.destroy();
    load.cease();
    await load.settle();
    const took = performance.now() - since;
    primary.resume();
    await stage.cluster.untilInOrder();
    report(context, load, `${Math.round(took)} ms`);
    await verify(load);
    assert.ok(took < allowed(SETTLED, load), `${took} ms`);
  });

  for (const way of ['close', 'destroy', 'unused']) {
    test(`the process ends by itself: ${way}`, async () => {
      const roots = stage.cluster.live.map(({ url }) => url);
      const { code, signal, stdout, stderr } = await runProgram(join(__dirname, '..', 'programs', 'exits.js'), way, ...roots);
      assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
      if (way === 'close') assert.equal(stdout, 'close 100 of 100\n');
    });
  }
}
