/** The control: npm redis under the same load. What the proofs demand of oxredis, they have to be able to see missing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onServer } from '../support/on-server';
import { report } from './scenarios/judgement';
import { reshard } from './scenarios/moves';
import { kill, pause, startLoad } from './scenarios/outages';
import { clusterStage } from './scenarios/stage';

onServer('default', () => {
  const stage = clusterStage({ nodeTimeout: 1500 });

  test('npm redis: a killed primary makes thousands of commands fail, also those of other nodes', async (context) => {
    const client = await stage.connected({}, 'npm redis');
    const load = await startLoad(stage.cluster, client);
    const { backAt, replacedAt } = await kill(stage.cluster, load, await stage.cluster.ownerOf(0));
    await load.stop();
    report(context, load, `back ${Math.round(backAt - replacedAt)} ms after the servers`);
    assert.ok(load.recording.failures.length > 500);
    assert.ok((load.recording.failuresByKind.get('CLUSTERDOWN') ?? 0) > 0);
    client.destroy();
  });

  test('npm redis: a hanging primary acknowledges writes that are lost', async (context) => {
    const client = await stage.connected({}, 'npm redis');
    const load = await startLoad(stage.cluster, client);
    const { backAt, replacedAt } = await pause(stage.cluster, load, await stage.cluster.ownerOf(0), 8000);
    await load.stop();
    report(context, load, `back ${Math.round(backAt - replacedAt)} ms after the servers`, load.violations[0] ?? '');
    assert.ok(load.violations.length > 0);
    client.destroy();
  });
});

onServer('default', () => {
  const stage = clusterStage({});

  test('npm redis: slots that move with their keys make commands fail', async (context) => {
    const client = await stage.connected({}, 'npm redis');
    const { load, redirections } = await reshard(stage.cluster, client, 100);
    report(context, load, JSON.stringify(redirections));
    assert.ok((load.recording.failuresByKind.get('TRYAGAIN') ?? 0) > 0);
    client.destroy();
  });
});
