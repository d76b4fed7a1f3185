import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Load } from '../history/load';
import { errorKind } from '../history/recording';
import type { ServerVersion } from '../../support/server-program';
import { allowed, assertHistory, assertOnlyLost, report } from './judgement';
import { kill, type Outage, startLoad } from './outages';
import { clusterStage } from './stage';

/** The longest time from the election to the first command that is served again, ms. */
const BACK = 300;
/** How much slower the keys of other nodes may become. */
const SLOWER = 3;
/** Below this no time counts as slow, ms. */
const FAST = 20;
/** For how long after the death of a node commands may still be written to it, because nobody knows, ms. */
const UNNOTICED = 100;

export function killTests(version?: ServerVersion): void {
  const stage = clusterStage({ version, nodeTimeout: 1500 });

  async function killOne(context: TestContext, slot: number): Promise<[Load, Outage]> {
    const client = await stage.connected();
    const load = await startLoad(stage.cluster, client);
    const outage = await kill(stage.cluster, load, await stage.cluster.ownerOf(slot));
    await load.stop();
    const { struck, others, since, replacedAt, backAt } = outage;
    const p99 = [load.recording.p99(others, since - 900, since), load.recording.p99(others, since, backAt)];
    report(context, load, `back ${Math.round(backAt - replacedAt)} ms after the servers, p99 of others ${p99.map((time) => time.toFixed(1)).join(' → ')} ms`);
    client.destroy();
    assertHistory(load);
    assertOnlyLost(load, struck, since + allowed(UNNOTICED, load));
    assert.ok(backAt - replacedAt <= allowed(BACK, load), `back ${backAt - replacedAt} ms after the servers`);
    return [load, outage];
  }

  test('SIGKILL with full coverage: only what is in flight fails, and no CLUSTERDOWN is seen', async (context) => {
    const [load] = await killOne(context, 0);
    assert.ok(await stage.cluster.errors(/^CLUSTERDOWN$/) > 0, 'no server replied CLUSTERDOWN');
    assert.ok(load.recording.failures.every(({ error }) => errorKind(error) !== 'CLUSTERDOWN'));
  });

  test('SIGKILL without full coverage: the keys of other nodes are served as before', async (context) => {
    await stage.cluster.everywhere('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
    const [load, { others, since, backAt }] = await killOne(context, 16_383);
    const [before, during] = [load.recording.p99(others, since - 900, since), load.recording.p99(others, since, backAt)];
    assert.ok(during <= Math.max(SLOWER * before, allowed(FAST, load)), `p99 of other keys went from ${before} to ${during} ms`);
  });
}
