import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerVersion } from '../../support/server-program';
import { assertHistory, assertNoFailures, report } from './judgement';
import { reshard, reshardAtomically } from './moves';
import { clusterStage } from './stage';

/** How many slots with keys move there and back; `OXREDIS_CLUSTER_SLOTS=1000` takes up to a minute and a half on a busy machine. */
const SLOTS = Number(process.env.OXREDIS_CLUSTER_SLOTS ?? 300);

export function reshardTests(version?: ServerVersion): void {
  const stage = clusterStage({ version });

  test(`${SLOTS} slots move there and back key by key: no command fails, nothing is run twice`, async (context) => {
    const client = await stage.connected();
    const { load, redirections, took } = await reshard(stage.cluster, client, SLOTS);
    report(context, load, JSON.stringify(redirections), `${Math.round(took)} ms`);
    client.destroy();
    assertHistory(load);
    assertNoFailures(load);
    for (const [kind, count] of Object.entries(redirections)) assert.ok(count > 0, `no server replied ${kind}`);
  });
}

export function atomicReshardTests(version: ServerVersion): void {
  const stage = clusterStage({ version });

  test(`${SLOTS} slots move there and back at once: no command fails, nothing is run twice`, async (context) => {
    const client = await stage.connected();
    const { load, redirections, took } = await reshardAtomically(stage.cluster, client, SLOTS);
    report(context, load, JSON.stringify(redirections), `${Math.round(took)} ms`);
    client.destroy();
    assertHistory(load);
    assertNoFailures(load);
    assert.ok(redirections.MOVED > 0, 'no server replied MOVED');
  });
}
