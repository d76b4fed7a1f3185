import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerVersion } from '../../support/server-program';
import { giveSlot, slotRange, tagsOf } from '../servers/migration';
import { clusterStage } from './stage';

const COMMANDS = 10_000;
/** Slots that have moved when the commands are issued. */
const SLOTS = 50;
/** The commands by which a client reads the layout. */
const LAYOUT = /^cluster\|(slots|shards|nodes|links)$/;

export function movedTests(version?: ServerVersion): void {
  const stage = clusterStage({ version, replicas: 0 });

  test(`${COMMANDS} commands that are told at once that their slots have moved cause one request for the layout`, async (context) => {
    const { cluster } = stage;
    const client = await stage.connected();
    const [from, to] = await cluster.primaries();
    assert.ok(from && to);
    const slots = slotRange(0, SLOTS);
    const tags = tagsOf(slots);
    // All connections are made.
    await Promise.all(Array.from({ length: 300 }, (_, index) => client.get(`warm${index}`)));
    await Promise.all(tags.map((tag) => client.get(`{${tag}}`)));
    for (const slot of slots) await giveSlot(slot, from, to);
    await cluster.untilInOrder();
    await cluster.resetCounts();
    const values = await Promise.all(Array.from({ length: COMMANDS }, (_, index) => client.set(`{${tags[index % SLOTS]}}${index}`, `${index}`)));
    const [moved, requests] = [await cluster.errors(/^MOVED$/), await cluster.calls(LAYOUT)];
    context.diagnostic(`${moved} MOVED, ${requests} requests`);
    assert.ok(values.every((value) => value === 'OK'));
    assert.ok(moved >= COMMANDS / 2, `only ${moved} commands were told`);
    // The look of the test itself at the cluster is not counted: it was before.
    assert.equal(requests, 1);
    const read = await Promise.all(Array.from({ length: COMMANDS }, (_, index) => client.get(`{${tags[index % SLOTS]}}${index}`)));
    assert.deepEqual(read, Array.from({ length: COMMANDS }, (_, index) => `${index}`));
    assert.equal(await cluster.errors(/^MOVED$/), moved, 'the slots were not known afterwards');
    client.destroy();
  });
}
