// Options of clusters: which ones are refused, what the nodes get of them, and what root nodes that are of no use come to.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as theirs from 'redis';
import * as ours from '../../../lib';
import { freePort } from '../../support/free-port';
import { startScriptedServer } from '../../support/scripted-server';
import { startServer } from '../../support/server';
import { onCluster, sameOnCluster as same } from './stage';

/** Options that no cluster can be made of: oxredis says so at once, npm redis later and in other words, or never. */
const BAD: Record<string, unknown> = {
  'no options': undefined,
  'null': null,
  'no rootNodes': {},
  'rootNodes: "x"': { rootNodes: 'x' },
  'a URL of another kind': { rootNodes: [{ url: 'http://localhost' }] },
  'RESP: 4': { rootNodes: [{}], RESP: 4 },
  'maxCommandRedirections: -1': { rootNodes: [{}], maxCommandRedirections: -1 },
  'maxCommandRedirections: "2"': { rootNodes: [{}], maxCommandRedirections: '2' },
  'nodeAddressMap: 5': { rootNodes: [{}], nodeAddressMap: 5 },
  'readFrom: "x"': { rootNodes: [{}], readFrom: 'x' },
  'topologyRefreshInterval: "x"': { rootNodes: [{}], topologyRefreshInterval: 'x' },
  'strategy: -1': { rootNodes: [{}], topologyRefreshOnReconnectionAttemptStrategy: -1 },
  'strategy: "x"': { rootNodes: [{}], topologyRefreshOnReconnectionAttemptStrategy: 'x' },
  'strategy: true': { rootNodes: [{}], topologyRefreshOnReconnectionAttemptStrategy: true },
  'strategy: NaN': { rootNodes: [{}], topologyRefreshOnReconnectionAttemptStrategy: NaN },
  'a cache with RESP 2': { rootNodes: [{}], RESP: 2, clientSideCache: {} },
};

for (const [name, options] of Object.entries(BAD)) {
  test(`refused: ${name}`, () => {
    assert.throws(() => ours.createCluster(options as never), (error: Error) => error instanceof Error && 'code' in error);
  });
}

/** Options that both take. */
const GOOD: Record<string, object> = {
  'strategy: 0': { topologyRefreshOnReconnectionAttemptStrategy: 0 },
  'strategy: false': { topologyRefreshOnReconnectionAttemptStrategy: false },
  'strategy: undefined': { topologyRefreshOnReconnectionAttemptStrategy: undefined },
  'strategy: a function': { topologyRefreshOnReconnectionAttemptStrategy: () => 'bad' },
  'maxCommandRedirections: 0': { maxCommandRedirections: 0 },
  'defaults: undefined': { defaults: undefined },
  'all undefined': { useReplicas: undefined, minimizeConnections: undefined, maxCommandRedirections: undefined, nodeAddressMap: undefined, keyPrefix: undefined, commandOptions: undefined },
  'unknown ones': { nonsense: 1 },
};

for (const [name, options] of Object.entries(GOOD)) {
  test(`taken: ${name}`, () => {
    for (const lib of [ours, theirs as unknown as typeof ours]) lib.createCluster({ rootNodes: [{}], ...options } as never);
  });
}

onCluster('default', () => {
  same('a factory', async ({ rootNodes, outcome, note, lib }) => {
    const double = lib.defineScript({
      SCRIPT: 'return ARGV[1] * 2',
      NUMBER_OF_KEYS: 0,
      parseCommand: (parser: ours.CommandParser, value: number) => parser.push(String(value)),
      transformReply: undefined as unknown as () => number,
    });
    const make = lib.RedisCluster.factory({ scripts: { double } });
    const [one, two] = [make({ rootNodes }), make({ rootNodes, keyPrefix: 'p:' })];
    try {
      await Promise.all([one, two].map((cluster) => cluster.on('error', () => undefined).connect()));
      note(one instanceof lib.RedisCluster);
      await outcome('script', one.double(4));
      await outcome('set', two.set('k', 'v'));
      await outcome('prefix', one.get('p:k'));
    } finally {
      for (const cluster of [one, two]) if (cluster.isOpen) cluster.destroy();
    }
  });

  same('no root nodes', async ({ cluster, note, lib }) => {
    const one = cluster({ rootNodes: [] });
    await one.connect().catch((error: unknown) => note(error instanceof lib.RootNodesUnavailableError));
    note(one.isOpen, one.isReady);
  });

  same('root nodes that refuse, beside one that answers', async ({ connected, outcome, rootNodes }) => {
    const port = await freePort();
    const dead = Array.from({ length: 4 }, () => ({ socket: { host: '127.0.0.1', port } }));
    const one = await connected({ rootNodes: [...dead, rootNodes[0] as object] });
    await outcome('get', one.get('k'));
  });

  same('only root nodes that refuse', async ({ cluster, lib, note }) => {
    const port = await freePort();
    const one = cluster({ rootNodes: [{ socket: { host: '127.0.0.1', port } }, { url: `redis://127.0.0.1:${port}` }] });
    const errors: Error[] = [];
    one.on('error', (error: Error) => errors.push(error));
    const error: unknown = await one.connect().catch((reason: unknown) => reason);
    note(error instanceof lib.RootNodesUnavailableError, (error as Error).message.startsWith('All the root nodes are unavailable'));
    // npm redis tells each of them twice.
    note([...new Set(errors.map((told) => `${(told as NodeJS.ErrnoException).code} ${told.message.replace(String(port), '<port>')}`))]);
    note(one.isOpen, one.isReady);
    await one.connect().catch((again: unknown) => note('again', again instanceof lib.RootNodesUnavailableError));
    await one.get('k').catch((closed: unknown) => note(closed));
  });

  same('a root node that is no cluster', async ({ cluster, lib, note }) => {
    const alone = await startServer();
    try {
      const one = cluster({ rootNodes: [{ socket: { host: '127.0.0.1', port: alone.port } }] });
      const error: unknown = await one.connect().catch((reason: unknown) => reason);
      note(error instanceof lib.RootNodesUnavailableError);
      note(one.isOpen);
    } finally {
      await alone.stop();
    }
  });

  same('a wrong password', async ({ cluster, lib, note, rootNodes }) => {
    const one = cluster({ rootNodes: rootNodes.map((root) => ({ ...root, username: 'nobody', password: 'wrong' })) });
    const error: unknown = await one.connect().catch((reason: unknown) => reason);
    note(error instanceof lib.RootNodesUnavailableError, one.isOpen);
  });

  same('defaults reach root nodes and nodes', async ({ connected, note }) => {
    const one = await connected({ defaults: { name: 'tester', socket: { noDelay: true } } });
    for (const { client } of one.masters) note(await client?.clientGetName());
    const info = await one.getNodeClientForKey('k').then((client) => client.clientInfo());
    note(info.name, info.resp);
  });

  for (const RESP of [2, 3] as const) {
    same(`RESP: ${RESP}`, async ({ connected, note, outcome }) => {
      const one = await connected({ RESP: RESP as 3 });
      await one.hSet('h', { a: '1' });
      await outcome('hGetAll', one.hGetAll('h'));
      await outcome('raw', one.sendCommand('h', true, ['HGETALL', 'h']));
      await one.zAdd('z', { score: 1.5, value: 'm' });
      await outcome('score', one.zScore('z', 'm'));
      note((await (await one.getNodeClientForKey('h')).clientInfo()).resp);
    });
  }

  same('key prefixes', async ({ connected, note, outcome }) => {
    const one = await connected({ keyPrefix: 'p:' });
    const plain = await connected();
    await one.mSet(['a', '1', 'b', '2', 'c', '3']);
    await outcome('mGet', one.mGet(['a', 'b', 'c', 'd']));
    note((await plain.keys('*')).sort(), (await one.keys('p:*')).sort(), await one.keys('a'));
    await outcome('exists', one.exists(['a', 'p:a', 'b']));
    await outcome('raw', one.sendCommand('p:a', true, ['GET', 'p:a']));
    await outcome('raw exists', one.sendCommand(undefined, true, ['EXISTS', 'p:a', 'a']));
    await outcome('multi', one.multi().set('{x}1', 'v').get('{x}1').exec());
    await outcome('routed', one.multi('k').set('k', 'v').get('k').exec());
    await outcome('pipeline', one.multi('k').set('k', 'w').get('k').execAsPipeline());
    await outcome('multi raw', (one.multi().get('k') as any).addCommand('p:k', true, ['GET', 'p:k']).exec());
    await outcome('node', one.getNodeClientForKey('p:k').then((client) => client.get('p:k')));
    await outcome('del', one.del(['a', 'b', 'c', 'k']));
    note((await plain.keys('*')).sort());
  });

  same('clients of nodes have no command options of the cluster', async ({ connected, outcome, lib }) => {
    const one = await connected({ commandOptions: { typeMapping: { [lib.RESP_TYPES.BLOB_STRING]: Buffer } } });
    await one.set('k', 'v');
    await outcome('cluster', one.get('k'));
    await outcome('node', one.getNodeClientForKey('k').then((client) => client.get('k')));
  });

  same('a prefix with a hash tag, and one of bytes', async ({ connected, note, outcome }) => {
    const tagged = await connected({ keyPrefix: '{tag}' });
    await outcome('mSetNX', tagged.mSetNX(['a', '1', 'b', '2']));
    await outcome('rename', tagged.rename('a', 'c'));
    const bytes = await connected({ keyPrefix: Buffer.from([0xff, 0x3a]) });
    await bytes.set('a', 'v');
    await outcome('get', bytes.get('a'));
    note(await bytes.dbSize());
  });

  same('nodeAddressMap', async ({ servers, cluster, note, outcome }) => {
    // The nodes tell addresses where nobody is; the map knows better.
    const real = new Map(servers.nodes.map(({ port }) => [`127.0.0.1:${port}`, port]));
    const asked = new Set<string>();
    const object = Object.fromEntries([...real].map(([address, port]) => [address, { host: 'localhost', port }]));
    for (const nodeAddressMap of [object, (address: string) => {
      asked.add(address);
      return address in object ? { host: 'localhost', port: real.get(address) as number } : undefined;
    }]) {
      const one = cluster({ nodeAddressMap });
      const hosts = new Set<string>();
      for (const event of ['node-connect', 'node-ready', 'node-disconnect']) one.on(event, ({ host }: { host: string }) => hosts.add(`${event} ${host}`));
      await one.connect();
      await outcome('set', one.set('k', 'v'));
      note(one.masters.map(({ host, address, port }) => [host, address, port]).sort(), [...one.nodeByAddress.keys()].sort());
      note(one.masters.map(({ client }) => client?.options.socket?.host));
      await one.close();
      note([...hosts].sort());
    }
    note([...asked].sort().filter((address) => !real.has(address)));
  });

  same('nodeAddressMap that knows nobody', async ({ connected, outcome }) => {
    const one = await connected({ nodeAddressMap: () => undefined });
    await outcome('set', one.set('k', 'v'));
    const two = await connected({ nodeAddressMap: {} });
    await outcome('get', two.get('k'));
  });
});

test('a silent root node does not keep connect() pending', async () => {
  const server = await startScriptedServer({ mute: true });
  try {
    const one = ours.createCluster({ rootNodes: [{ socket: { host: '127.0.0.1', port: server.port, connectTimeout: 300 } }] });
    one.on('error', () => undefined);
    await assert.rejects(one.connect(), ours.RootNodesUnavailableError);
    assert.equal(one.isOpen, false);
  } finally {
    await server.stop();
  }
});
