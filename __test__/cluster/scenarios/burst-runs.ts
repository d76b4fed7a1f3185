import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerVersion } from '../../support/server-program';
import { assertHistory, assertNoFailures, report } from './judgement';
import { startLoad } from './outages';
import { clusterStage } from './stage';

/** Operations of one turn: more than a batch holds. */
const BURST = 3000;
const BURSTS = 8;

export function burstTests(version?: ServerVersion): void {
  const stage = clusterStage({ version, replicas: 0 });

  test(`bursts of ${BURST} mixed operations: every reply is right`, async (context) => {
    const client = await stage.connected();
    const load = await startLoad(stage.cluster, client, { rate: 1 });
    load.cease();
    for (let left = BURSTS; left > 0; left--) {
      load.burst(BURST);
      await load.settle();
    }
    await load.stop();
    report(context, load);
    client.destroy();
    assertHistory(load);
    assertNoFailures(load);
  });

  test(`${BURST} transactions in one turn, wherever batches end`, async () => {
    const client = await stage.connected();
    for (let offset = 0; offset < BURSTS; offset++) {
      // Batches end elsewhere each time.
      const before = Array.from({ length: offset }, () => client.get('before'));
      const replies = await Promise.all(Array.from({ length: BURST }, (_, index) => {
        const [key, value] = [`{${offset}:${index}}`, `${index}`];
        return client.multi().set(key, value).incr(`${key}count`).get(key).exec();
      }));
      await Promise.all(before);
      assert.deepEqual(replies, Array.from({ length: BURST }, (_, index) => ['OK', 1, `${index}`]));
    }
    client.destroy();
  });
}
