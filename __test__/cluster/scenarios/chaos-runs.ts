import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerVersion } from '../../support/server-program';
import { errorKind } from '../history/recording';
import { NAME, playChaos } from './chaos';
import { allowed, assertHistory, firstOf, OF_THE_CLUSTER, report } from './judgement';
import { clusterStage } from './stage';

/** How many things happen; `OXREDIS_CLUSTER_CHAOS=100` lets more happen. */
const EVENTS = Number(process.env.OXREDIS_CLUSTER_CHAOS ?? 8);
const SEED = Number(process.env.OXREDIS_CLUSTER_SEED ?? 1);
/** For how long after an event commands may still be written to a connection that is lost, ms. */
const UNNOTICED = 1000;

export function chaosTests(version?: ServerVersion): void {
  const stage = clusterStage({ version, nodeTimeout: 1500 });

  test(`${EVENTS} random kills, pauses and migrations from seed ${SEED}: all values right, nothing unsettled, no listener left`, async (context) => {
    const warnings: Error[] = [];
    const warned = (warning: Error): number => warnings.push(warning);
    process.on('warning', warned);
    const client = await stage.connected({ defaults: { name: NAME } });
    const counts = (): Record<string, number> => Object.fromEntries(client.eventNames().map((name) => [String(name), client.listenerCount(name)]));
    const before = counts();
    const { load, events, spans } = await playChaos(stage.cluster, client, SEED, EVENTS);
    report(context, load, events.join(', '));
    const after = counts();
    client.destroy();
    process.off('warning', warned);
    assertHistory(load);
    const surfaced = load.recording.failures.filter(({ error }) => OF_THE_CLUSTER.test(errorKind(error)));
    assert.equal(surfaced.length, 0, `errors of the cluster reached callers: ${firstOf(surfaced)}`);
    const unprovoked = load.recording.failures.filter(({ settled }) => !spans.some(([from, to]) => from <= settled && settled <= to + allowed(UNNOTICED, load)));
    assert.equal(unprovoked.length, 0, `commands failed while nothing happened: ${firstOf(unprovoked)}`);
    assert.deepEqual(after, before);
    assert.deepEqual(warnings, []);
  });
}
