// The nodes of clusters and their clients.
import { onCluster, onEachCluster, sameOnCluster as same } from './stage';

onEachCluster(() => {
  for (const useReplicas of [false, true]) {
    same(`which nodes there are, useReplicas: ${useReplicas}`, async ({ connected, note, servers }) => {
      const one = await connected({ useReplicas });
      const own = servers.nodes.map(({ id, address }) => ({ id, address }));
      const named = (nodes: readonly { address: string }[]): string[] => nodes.map(({ address }) => address).sort();
      note(named(one.masters), named(one.replicas), named(one.getMasters()), [...one.nodeByAddress.keys()].sort());
      note(one.slots.length, one.slots.every((shard) => one.masters.includes(shard.master)));
      for (const node of [...one.masters, ...one.replicas].sort((a, b) => a.port - b.port)) {
        note(node.host, node.port, node.address, node.readonly, own.some(({ id, address }) => id === node.id && address === node.address));
        note(one.nodeByAddress.get(node.address) === node);
      }
      for (const slot of [0, 5000, 5461, 10922, 16383]) {
        const { master, replicas } = one.slots[slot] as { master: { address: string }; replicas?: { address: string }[] };
        note(slot, master.address, one.getSlotMaster(slot).address, replicas?.map(({ address }) => address));
        note(useReplicas || one.getSlotRandomNode(slot) === master);
      }
    });
  }

  same('clients of nodes', async ({ connected, note, outcome, lib }) => {
    const one = await connected();
    await one.set('k', 'v');
    for (const node of one.masters) {
      const client = await one.nodeClient(node);
      note(client === node.client, client.isReady, client instanceof lib.RedisClient, (await client.clusterMyId()) === node.id);
    }
    const client = await one.getNodeClientForKey('k');
    note(client === (await one.getNodeClientForKey('{k}x')), client === (await one.getNodeClientForKey(Buffer.from('k'))));
    await outcome('get', client.get('k'));
    await outcome('moved', client.get('l').catch((error: Error) => error.message.split(' ')[0]));
    note(client === (await one.getNodeClientForKey('k', true)));
    note(one.masters.includes(one.getRandomNode()));
    await outcome('dup', client.duplicate().connect().then(async (other) => {
      const value = await other.get('k');
      other.destroy();
      return value;
    }));
  });

  same('WATCH on the client of a node', async ({ connected, note, outcome }) => {
    const one = await connected();
    await one.set('k', '1');
    const client = await one.getNodeClientForKey('k');
    await client.watch('k');
    await outcome('undisturbed', client.multi().incr('k').exec());
    await client.watch('k');
    await one.set('k', '5');
    // A connection is shared with the cluster: what it changed itself disturbs as well.
    await outcome('disturbed', client.multi().incr('k').exec());
    note(await one.get('k'));
  });

  same('replicas serve reads', async ({ connected, note, until }) => {
    const one = await connected({ useReplicas: true });
    await one.set('k', 'v');
    await until(async () => (await Promise.all(Array.from({ length: 8 }, () => one.get('k')))).every((value) => value === 'v'), 'replicas to follow');
    const clients = new Set<unknown>();
    for (let i = 0; i < 8; i += 1) clients.add(await one.getNodeClientForKey('k', true));
    note(clients.size);
    clients.clear();
    for (let i = 0; i < 8; i += 1) clients.add(await one.getNodeClientForKey('k'));
    note(clients.size);
    const nodes = new Set(Array.from({ length: 8 }, () => one.getSlotRandomNode(3).address));
    note(nodes.size);
    const all = new Set(Array.from({ length: 60 }, () => one.getRandomNode().address));
    note(all.size);
  });

  same('nodes are given out in turn', async ({ connected, note }) => {
    const one = await connected({ useReplicas: true });
    const count = one.masters.length + one.replicas.length;
    const distinct = (times: number, next: () => { id: string }): number => new Set(Array.from({ length: times }, () => next().id)).size;
    for (let round = 0; round < 5; round += 1) note(count, distinct(count, () => one.getRandomNode()), distinct(2, () => one.getSlotRandomNode(0)));
    const clients = [await one.getNodeClientForKey('k', true), await one.getNodeClientForKey('k', true)];
    note(new Set(clients).size);
  });

  same('the fields of nodes', async ({ connected, cluster, note, attempt, lib }) => {
    const one = await connected();
    // With npm redis, nodes have `pubSub` only while sharded channels are subscribed.
    for (const { pubSub, ...fields } of one.masters) note(pubSub, Object.keys(fields).sort(), fields.client instanceof lib.RedisClient, fields.connectPromise);
    note(one.slots.length, Object.keys(one.slots[0] as object));
    one.destroy();
    note(one.slots.length);
    const two = cluster();
    note(two.slots.length, two.slots[0]);
    attempt('not yet', () => two.getRandomNode());
    const connecting = two.connect();
    attempt('connecting', () => two.getRandomNode());
    await connecting;
    note(two.masters.includes(two.getRandomNode()));
  });

  same('reads are spread over primaries and replicas', async ({ connected, note, servers }) => {
    const one = await connected({ useReplicas: true });
    await one.get('k');
    await servers.resetCounts();
    await Promise.all(Array.from({ length: 40 }, () => one.get('k')));
    const texts = await Promise.all(servers.nodes.map((node) => node.call('INFO', 'commandstats')));
    const counts = texts.map((text) => Number(/cmdstat_get:calls=(\d+)/.exec(String(text))?.[1] ?? 0)).filter((count) => count > 0);
    note(counts.length, counts.every((count) => count >= 10), counts.reduce((a, b) => a + b, 0));
    await servers.resetCounts();
    await Promise.all(Array.from({ length: 20 }, () => one.set('k', 'v')));
    note(await servers.calls(/^set$/) >= 20, await servers.errors(/^MOVED$/));
  });
});

onCluster('default', () => {
  same('minimizeConnections', async ({ cluster, note, outcome }) => {
    const one = cluster({ minimizeConnections: true });
    let connects = 0;
    one.on('node-connect', () => (connects += 1));
    await one.connect();
    note(connects, one.masters.map(({ client }) => client === undefined), one.isReady);
    await outcome('get', one.get('k'));
    note(connects, one.masters.filter(({ client }) => client !== undefined).length);
    await outcome('again', one.set('k', 'v'));
    note(connects);
    await outcome('mGet', one.mGet(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']));
    note(connects, one.masters.filter(({ client }) => client === undefined).length);
    const client = await one.nodeClient(one.masters[0] as never);
    note(client.isReady, connects);
    await one.close();
  });

  same('minimizeConnections, closed without a connection', async ({ cluster, note, outcome }) => {
    const one = cluster({ minimizeConnections: true });
    one.on('disconnect', () => note('disconnect'));
    await one.connect();
    await outcome('close', one.close());
    note(one.isOpen);
    await one.connect();
    one.destroy();
    note(one.isOpen);
  });

  same('minimizeConnections and pub/sub', async ({ cluster, note, until }) => {
    const one = cluster({ minimizeConnections: true });
    await one.connect();
    const seen: unknown[] = [];
    await one.subscribe('channel', (message, channel) => seen.push([message, channel]));
    await one.publish('channel', 'hello');
    await until(() => seen.length > 0);
    note(seen, typeof one.pubSubNode?.address);
    await one.unsubscribe('channel');
    note(one.pubSubNode === undefined);
  });

  same('minimizeConnections and replicas', async ({ cluster, note, outcome }) => {
    const one = cluster({ minimizeConnections: true, useReplicas: true });
    await one.connect();
    note(one.masters.length, one.replicas.length);
    await one.set('k', 'v');
    const [replica] = one.replicas;
    const client = await one.nodeClient(replica as never);
    await outcome('role', client.role().then((role) => role?.role));
    await outcome('readonly', client.get('none-of-these').catch((error: Error) => error.message.split(' ')[0]));
  });

  same('slots that are none', async ({ connected, attempt }) => {
    const one = await connected();
    for (const slot of [-1, 16384, 1.5, NaN]) attempt(String(slot), () => {
      try {
        one.getSlotMaster(slot);
      } catch {
        return 'an error';
      }
      return 'a node';
    });
  });
});
