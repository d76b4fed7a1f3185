import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerVersion } from '../../support/server-program';
import { allowed, assertHistory, assertOnlyLost, report } from './judgement';
import { pause, startLoad } from './outages';
import { clusterStage } from './stage';

/** How long a primary hangs, ms: its replica takes over in the meantime. */
const HANGS = 8000;
/** The longest time from the election until the hanging primary is left, ms. */
const LEFT = 1000;

export function pauseTests(version?: ServerVersion): void {
  const stage = clusterStage({ version, nodeTimeout: 1500 });

  test('SIGSTOP of a primary: it is left after the election, and no write is acknowledged that is lost', async (context) => {
    const client = await stage.connected();
    const load = await startLoad(stage.cluster, client);
    const primary = await stage.cluster.ownerOf(0);
    const { struck, since, replacedAt, backAt } = await pause(stage.cluster, load, primary, HANGS);
    await load.stop();
    report(context, load, `back ${Math.round(backAt - replacedAt)} ms after the servers`);
    client.destroy();
    assertHistory(load);
    assert.ok(backAt - replacedAt <= allowed(LEFT, load), `back ${backAt - replacedAt} ms after the servers`);
    assert.ok(backAt < since + HANGS, 'back only when the hanging primary was');
    assertOnlyLost(load, struck, replacedAt + allowed(LEFT, load));
  });
}
