/** Which nodes reads go to. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RedisClusterOptions } from '../../../lib';
import { hashSlot } from '../../../lib/wire/hash-slot';
import type { ServerVersion } from '../../support/server-program';
import { until } from '../../support/until';
import type { ClusterNode } from '../servers/cluster-node';
import { parseCalls } from '../servers/layout';
import { clusterStage, type Client } from './stage';

const KEYS = Array.from({ length: 60 }, (_, index) => `key ${index}`);

export function readFromTests(version?: ServerVersion): void {
  const options = { version, nodeTimeout: 2000 };
  const stage = clusterStage(options);

  /** GETs that the primaries, and the replicas, have run. */
  async function counted(read: () => Promise<unknown>): Promise<{ primaries: number; replicas: number }> {
    const { cluster } = stage;
    const primaries = await cluster.primaries();
    const gets = async (nodes: readonly ClusterNode[]): Promise<number> => {
      const counts = await Promise.all(nodes.map(async (node) => parseCalls(String(await node.call('INFO', 'commandstats'))).get('get') ?? 0));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    const replicas = cluster.live.filter((node) => !primaries.includes(node));
    const before = [await gets(primaries), await gets(replicas)] as const;
    await read();
    return { primaries: await gets(primaries) - before[0], replicas: await gets(replicas) - before[1] };
  }

  const client = async (own: Partial<RedisClusterOptions>): Promise<Client> => {
    const cluster = await stage.connected(own);
    await Promise.all(KEYS.map((key) => cluster.set(key, key)));
    // Replicas serve reads once the writes have reached them.
    const primaries = await stage.cluster.primaries();
    await Promise.all(primaries.map((node) => node.call('WAIT', 1, 2000)));
    return cluster;
  };

  const readAll = async (cluster: Client): Promise<void> => {
    const values = await Promise.all(KEYS.map((key) => cluster.get(key)));
    assert.deepEqual(values, KEYS);
  };

  describe('reads', () => {
    test('go to primaries unless told otherwise', async () => {
      const cluster = await client({});
      assert.deepEqual(await counted(() => readAll(cluster)), { primaries: KEYS.length, replicas: 0 });
      assert.equal(cluster.replicas.length, 0);
    });

    for (const own of [{ useReplicas: true }, { readFrom: 'any' }] as const) {
      test(`go to primaries and replicas in turn with ${JSON.stringify(own)}`, async () => {
        const cluster = await client(own);
        await until(() => cluster.replicas.every((node) => node.client?.isReady), 'connections to replicas');
        const { primaries, replicas } = await counted(() => readAll(cluster));
        assert.equal(primaries + replicas, KEYS.length);
        assert.ok(primaries > 0 && replicas > 0, `${primaries} and ${replicas}`);
        assert.equal(cluster.replicas.length, 3);
      });
    }

    test('prefer replicas, and single commands may want the primary', async () => {
      const cluster = await client({ readFrom: 'preferReplica' });
      await until(() => cluster.replicas.every((node) => node.client?.isReady), 'connections to replicas');
      assert.deepEqual(await counted(() => readAll(cluster)), { primaries: 0, replicas: KEYS.length });
      const primary = cluster.withCommandOptions({ readFrom: 'primary' });
      assert.deepEqual(await counted(() => readAll(primary as unknown as Client)), { primaries: KEYS.length, replicas: 0 });
    });

    test('go to what a function chooses; nonsense means the primary', async () => {
      const seen = new Set<string>();
      const cluster = await client({
        readFrom: (nodes, command) => {
          seen.add(`${command} ${nodes.map(({ isReplica }) => isReplica).join()}`);
          return nodes.length - 1;
        },
      });
      assert.deepEqual(await counted(() => readAll(cluster)), { primaries: 0, replicas: KEYS.length });
      assert.deepEqual([...seen], ['GET false,true']);
      const odd = cluster.withCommandOptions({ readFrom: () => NaN });
      assert.deepEqual(await counted(() => readAll(odd as unknown as Client)), { primaries: KEYS.length, replicas: 0 });
      const broken = cluster.withCommandOptions({ readFrom: () => { throw new RangeError('cannot decide'); } });
      await assert.rejects(broken.get('a'), RangeError);
      await assert.rejects(cluster.withCommandOptions({ readFrom: 'nowhere' as never }).get('a'), { code: 'OXREDIS_INVALID_OPTION' });
    });

    test('all strategies read the right values', async () => {
      for (const readFrom of ['azAffinity', 'lowestLatency'] as const) {
        const cluster = await client({ readFrom, availabilityZone: 'here' });
        await readAll(cluster);
        cluster.destroy();
      }
    });

    test('a replica that dies costs no error', async () => {
      const cluster = await client({ readFrom: 'preferReplica' });
      await until(() => cluster.replicas.every((node) => node.client?.isReady), 'connections to replicas');
      const [primary] = await stage.cluster.primaries();
      assert.ok(primary);
      const [replica] = await stage.cluster.replicasOf(primary);
      assert.ok(replica);
      let isOver = false;
      const reading = (async () => {
        while (!isOver) await readAll(cluster);
      })();
      await replica.kill9();
      for (let round = 0; round < 20; round++) await readAll(cluster);
      isOver = true;
      await reading;
      await replica.start();
      await stage.cluster.untilInOrder();
    });

    test('roles change: the old primary is read as a replica, the new one is written to', async () => {
      // Servers do not name a primary that has just become a replica at once: the next reading does.
      const cluster = await client({ readFrom: 'preferReplica', topologyRefreshInterval: 500 });
      const key = KEYS[0] as string;
      const primary = await stage.cluster.ownerOf(hashSlot(key));
      await stage.cluster.failOver(primary);
      await cluster.set(key, 'written after it');
      await until(async () => await cluster.get(key) === 'written after it', 'the value on the replica');
      await cluster.set(key, key);
      const now = await stage.cluster.primaries();
      await Promise.all(now.map((node) => node.call('WAIT', 1, 2000)));
      await until(() => cluster.replicas.length === 3 && cluster.replicas.every((node) => node.client?.isReady), 'connections to replicas');
      assert.deepEqual(await counted(() => readAll(cluster)), { primaries: 0, replicas: KEYS.length });
    });
  });
}
