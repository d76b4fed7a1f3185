/** The control: npm redis under the same load. What the proofs demand of oxredis, they have to be able to see missing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onServer } from '../support/on-server';
import { report } from './scenarios/judgement';
import { failOverAll, kill, pause, startLoad } from './scenarios/outages';
import { clusterStage } from './scenarios/stage';

onServer('default', () => {
  const stage = clusterStage({ nodeTimeout: 1500 });

  test('npm redis: a handover', async (context) => {
    const client = await stage.connected({}, 'npm redis');
    const { load, gaps } = await failOverAll(stage.cluster, client);
    report(context, load, `gaps ${gaps.map(Math.round).join(', ')} ms`);
    client.destroy();
  });

  test('npm redis: a killed primary makes thousands of commands fail, also those of other nodes', async (context) => {
    const client = await stage.connected({}, 'npm redis');
    const load = await startLoad(stage.cluster, client);
    const [primary] = await stage.cluster.primaries();
    const { backAt, replacedAt } = await kill(stage.cluster, load, primary as never);
    await load.stop();
    report(context, load, `back ${Math.round(backAt - replacedAt)} ms after the servers`);
    assert.ok(load.recording.failures.length > 500);
    assert.ok((load.recording.failuresByKind.get('CLUSTERDOWN') ?? 0) > 0);
    client.destroy();
  });

  test('npm redis: a hanging primary acknowledges writes that are lost', async (context) => {
    const client = await stage.connected({}, 'npm redis');
    const load = await startLoad(stage.cluster, client);
    const [primary] = await stage.cluster.primaries();
    const { backAt, replacedAt } = await pause(stage.cluster, load, primary as never, 8000);
    await load.stop();
    report(context, load, `back ${Math.round(backAt - replacedAt)} ms after the servers`, load.violations[0] ?? '');
    assert.ok(load.violations.length > 0);
    client.destroy();
  });
});
