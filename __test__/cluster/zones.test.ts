/** Reads from the zone of the client, on servers that know their zones. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { RedisClusterOptions } from '../../lib';
import { onServer } from '../support/on-server';
import { until } from '../support/until';
import { type Client, clusterStage } from './scenarios/stage';
import type { ClusterNode } from './servers/cluster-node';
import { parseCalls } from './servers/layout';
import { tagsOf } from './servers/migration';

const TAGS = tagsOf([100, 8000, 16_000]);
/** Reads of each key. */
const ROUNDS = 20;

onServer('valkey-9', () => describe('azAffinity where nodes tell their zones', () => {
  const stage = clusterStage({ version: 'valkey-9', replicas: 2, nodeTimeout: 1500 });
  /** Primaries are in zone a, their replicas in b and c. */
  let shards: { a: ClusterNode; b: ClusterNode; c: ClusterNode }[];
  before(async () => {
    shards = [];
    for (const primary of await stage.cluster.primaries()) {
      const [b, c] = await stage.cluster.replicasOf(primary);
      assert.ok(b && c);
      shards.push({ a: primary, b, c });
      for (const [zone, node] of Object.entries({ a: primary, b, c })) await node.call('CONFIG', 'SET', 'availability-zone', zone);
    }
  });

  const gets = async (node: ClusterNode): Promise<number> => (parseCalls(String(await node.call('INFO', 'commandstats'))).get('get') ?? 0);
  async function reading(options: Partial<RedisClusterOptions>): Promise<Client> {
    const client = await stage.connected({ ...options, readFrom: 'azAffinity' });
    await until(() => [...client.masters, ...client.replicas].every(({ client: of }) => of?.isReady), 'all connections');
    return client;
  }
  /** How many reads each zone has served. */
  async function served(client: Client): Promise<Record<'a' | 'b' | 'c', number>> {
    const live = (node: ClusterNode): boolean => node.isUp;
    for (const { a, b, c } of shards) for (const node of [a, b, c].filter(live)) await node.call('CONFIG', 'RESETSTAT');
    for (let round = 0; round < ROUNDS; round++) for (const tag of TAGS) await client.get(`{${tag}}`);
    const counts = { a: 0, b: 0, c: 0 };
    for (const shard of shards) for (const zone of ['a', 'b', 'c'] as const) if (live(shard[zone])) counts[zone] += await gets(shard[zone]);
    return counts;
  }
  const ALL = ROUNDS * TAGS.length;
  /** The zones are asked for when connections are ready: reads before that may go anywhere. */
  const untilServedBy = async (client: Client, wanted: Record<'a' | 'b' | 'c', number>): Promise<void> => {
    let last: unknown;
    await until(async () => {
      last = await served(client);
      return JSON.stringify(last) === JSON.stringify(wanted);
    }, 'reads in the zone').catch((error: Error) => assert.deepEqual(last, wanted, error.message));
  };

  test('a zone with replicas serves all reads', async () => {
    for (const [availabilityZone, wanted] of [['b', { a: 0, b: ALL, c: 0 }], ['c', { a: 0, b: 0, c: ALL }]] as const) {
      const client = await reading({ availabilityZone });
      await untilServedBy(client, wanted);
      assert.deepEqual(client.errors, []);
      client.destroy();
    }
  });

  test('the zone of the primaries is served by them', async () => {
    const client = await reading({ availabilityZone: 'a' });
    await untilServedBy(client, { a: ALL, b: 0, c: 0 });
    client.destroy();
  });

  test('a zone without nodes is served by any', async () => {
    const client = await reading({ availabilityZone: 'elsewhere' });
    const counts = await served(client);
    assert.equal(counts.a + counts.b + counts.c, ALL);
    client.destroy();
  });

  test('without a zone, reads are served', async () => {
    const client = await reading({});
    const counts = await served(client);
    assert.equal(counts.a + counts.b + counts.c, ALL);
    client.destroy();
  });

  test('writes go to the primary', async () => {
    const client = await reading({ availabilityZone: 'b' });
    for (const tag of TAGS) assert.equal(await client.set(`{${tag}}`, tag), 'OK');
    await until(async () => {
      const values = await Promise.all(TAGS.map((tag) => client.get(`{${tag}}`)));
      return values.every((value, index) => value === TAGS[index]);
    }, 'the replicas of the zone to have them');
    client.destroy();
  });

  test('the loss of the replica of the zone costs no error, and it serves again when it is back', async () => {
    const client = await reading({ availabilityZone: 'b' });
    await untilServedBy(client, { a: 0, b: ALL, c: 0 });
    const { b } = shards[0] as { b: ClusterNode };
    await b.kill9();
    const counts = await served(client);
    assert.equal(counts.a + counts.b + counts.c, ALL);
    assert.equal(counts.b, ALL / TAGS.length * 2, 'the other shards are read in the zone');
    await b.start();
    await stage.cluster.untilInOrder();
    await b.call('CONFIG', 'SET', 'availability-zone', 'b');
    // Who came before was told of no zone.
    await b.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await untilServedBy(client, { a: 0, b: ALL, c: 0 });
    assert.deepEqual(client.errors, []);
    client.destroy();
  });
}));
