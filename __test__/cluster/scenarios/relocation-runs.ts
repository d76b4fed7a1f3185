import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerVersion } from '../../support/server-program';
import { addressMap } from '../servers/restarts';
import { allowed, assertHistory, assertOnlyLost, report } from './judgement';
import { relocateBehindMap, relocateOneByOne } from './moves';
import { clusterStage } from './stage';

/** The longest time until keys are served again after their node is, ms. */
const BACK = 1000;
/** For how long after the death of a node commands may still be written to it, because nobody knows, ms. */
const UNNOTICED = 100;

/** Writes that may be in flight when six nodes stop, one after another. */
const MOST_LOST = 12;

/** All nodes restart on new ports that they announce, one after another. */
export function relocationTests(version?: ServerVersion): void {
  const stage = clusterStage({ version });

  test('all nodes move to new ports, one after another: at most what was in flight to one that stops fails', async (context) => {
    const client = await stage.connected();
    const { load, gaps } = await relocateOneByOne(stage.cluster, client);
    report(context, load, `gaps ${gaps.map(Math.round).join(', ')} ms`);
    client.destroy();
    assertHistory(load);
    // A write that has just been sent to a node that stops: nobody knows what became of it.
    assertOnlyLost(load, new Set(load.groups), Infinity);
    assert.ok(load.recording.failures.length <= MOST_LOST, `${load.recording.failures.length} commands failed`);
    assert.equal(gaps.length, 6);
    for (const gap of gaps) assert.ok(gap <= allowed(BACK, load), `a gap of ${gap} ms`);
  });
}

/** All nodes restart on new ports that only `nodeAddressMap` knows. */
export function mappedRelocationTests(version?: ServerVersion): void {
  const stage = clusterStage({ version, replicas: 0 });

  test('all nodes move at once to new ports behind nodeAddressMap: what was in flight fails, the rest waits', async (context) => {
    const nodeAddressMap = (address: string): { host: string; port: number } | undefined => addressMap(stage.cluster)(address);
    // What waits for the servers must not run out of time meanwhile.
    const client = await stage.connected({ nodeAddressMap, commandOptions: { timeout: 30_000 } });
    const { load, endedAt, servedAt, backAt } = await relocateBehindMap(stage.cluster, client);
    report(context, load, `back ${Math.round(backAt - servedAt)} ms after the servers`);
    client.destroy();
    assertHistory(load);
    assertOnlyLost(load, new Set(load.groups), endedAt + allowed(UNNOTICED, load));
    assert.ok(backAt - servedAt <= allowed(BACK, load), `back ${backAt - servedAt} ms after the servers`);
  });
}
