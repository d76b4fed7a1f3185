/** What can be made of the clients of single nodes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClientClosedError, WatchError } from '../../lib';
import { onServer } from '../support/on-server';
import { type Client, clusterStage } from './scenarios/stage';

onServer('default', () => describe('clients of nodes', () => {
  const stage = clusterStage({ replicas: 0 });

  const connected = (): Promise<Client> => stage.connected({
    nodeAddressMap: (address) => ({ host: 'localhost', port: Number(address.split(':').pop()) }),
  });

  test('a duplicate has a connection of its own, to the mapped address', async () => {
    const cluster = await connected();
    await cluster.set('stock', 5);
    const node = await cluster.getNodeClientForKey('stock');
    const own = node.duplicate();
    own.on('error', () => undefined);
    await own.connect();
    try {
      assert.equal(own.options.socket?.host, 'localhost');
      assert.notEqual(await own.clientId(), await node.clientId());
      await own.watch('stock');
      await cluster.set('stock', 4);
      await assert.rejects(own.multi().set('stock', 3).exec(), WatchError);
    } finally {
      own.destroy();
    }
    assert.equal(await cluster.get('stock'), '4');
  });

  test('so have the clients of a pool', async () => {
    const cluster = await connected();
    await cluster.set('jobs:done', 1);
    const node = await cluster.getNodeClientForKey('jobs:done');
    const pool = node.createPool({ maximum: 2 });
    pool.on('error', () => undefined);
    await pool.connect();
    try {
      const ids = await Promise.all([1, 2].map(() => pool.execute(async (client) => client.clientId())));
      assert.ok(!ids.includes(await node.clientId()));
      assert.equal(await pool.get('jobs:done'), '1');
    } finally {
      pool.destroy();
    }
  });

  test('are found by copies of nodes, and by nodes of an earlier connection', async () => {
    const cluster = await connected();
    const [first, second] = cluster.masters as [Client['masters'][number], Client['masters'][number]];
    assert.equal(await cluster.nodeClient({ ...first }), first.client);
    const { host, port, address } = second;
    assert.equal(await cluster.nodeClient({ host, port, address } as typeof second), second.client);
    await assert.rejects(cluster.nodeClient(undefined as never), TypeError);
    await assert.rejects(cluster.nodeClient({ address: 'elsewhere:1' } as never), TypeError);
    await cluster.close();
    await assert.rejects(cluster.nodeClient(first), ClientClosedError);
    await cluster.connect();
    assert.equal(await cluster.nodeClient(first).then((client) => client.clusterMyId()), first.id);
  });
}));
