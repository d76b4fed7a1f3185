import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerVersion } from '../../support/server-program';
import { allowed, assertHistory, assertNoFailures, report } from './judgement';
import { failOverAll } from './outages';
import { clusterStage } from './stage';

/** The longest time that a primary's keys may not be served while its replica takes over, ms. */
const GAP = 150;

export function failoverTests(version?: ServerVersion): void {
  const stage = clusterStage({ version });

  test('CLUSTER FAILOVER of each primary in turn: no command fails and no gap is long', async (context) => {
    const client = await stage.connected();
    const { load, gaps } = await failOverAll(stage.cluster, client);
    report(context, load, `gaps ${gaps.map(Math.round).join(', ')} ms`);
    assertHistory(load);
    assertNoFailures(load);
    assert.equal(gaps.length, 3);
    for (const gap of gaps) assert.ok(gap <= allowed(GAP, load), `a gap of ${gap} ms`);
  });
}
