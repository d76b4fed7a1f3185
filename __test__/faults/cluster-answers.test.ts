/** Clusters whose servers answer strangely, or not at all. The servers are scripted. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createCluster, DisconnectsClientError, ErrorReply, MaxCommandRedirectionsError, TimeoutError } from '../../lib';
import { reply } from '../support/resp';
import { SILENCE, startScriptedServer, type Answer, type ScriptedServer } from '../support/scripted-server';
import { until } from '../support/until';

const servers: ScriptedServer[] = [];
const ends: (() => void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

type Shard = [first: number, last: number, port: number];

function layout(...shards: Shard[]): Buffer {
  return reply.array(shards.map(([first, last, port]) => reply.array([
    reply.integer(first), reply.integer(last),
    reply.array([reply.bulk('127.0.0.1'), reply.integer(port), reply.bulk(String(port).padEnd(40, '0'))]),
  ])));
}

/** A server that answers the layout that `shards` returns, and `others` to other commands. */
async function node(shards: (port: number) => Shard[], others: (command: string[]) => Answer = () => undefined): Promise<ScriptedServer> {
  const server: ScriptedServer = await startScriptedServer({
    onCommand: (command) => (command[0] === 'CLUSTER' ? layout(...shards(server.port)) : others(command)),
  });
  servers.push(server);
  return server;
}

async function silentNode(): Promise<ScriptedServer> {
  const server = await startScriptedServer({ onCommand: () => SILENCE });
  servers.push(server);
  return server;
}

function clusterOf(root: ScriptedServer, options: Partial<Parameters<typeof createCluster>[0]> = {}) {
  const cluster = createCluster({ rootNodes: [{ url: root.url }], ...options });
  cluster.on('error', () => undefined);
  ends.push(() => {
    if (cluster.isOpen) cluster.destroy();
  });
  return cluster;
}

for (const how of ['close', 'destroy'] as const) {
  test(`connect() ends when ${how}() is called while nodes do not answer`, async () => {
    const silent = await silentNode();
    const root = await node(() => [[0, 16_383, silent.port]]);
    const cluster = clusterOf(root);
    const connecting = assert.rejects(cluster.connect(), DisconnectsClientError);
    await silent.connection(1);
    await cluster[how]();
    await connecting;
    assert.equal(cluster.isOpen, false);
  });
}

test('connect() does not wait for nodes that have left meanwhile', async () => {
  const silent = await silentNode();
  let readings = 0;
  const root = await node((port) => {
    readings += 1;
    return readings === 1 ? [[0, 8000, silent.port], [8001, 16_383, port]] : [[0, 16_383, port]];
  });
  const cluster = clusterOf(root, { defaults: { socket: { connectTimeout: 60_000 } } });
  await cluster.connect();
  await until(() => cluster.masters.length === 1, 'the node to be gone');
  assert.equal(cluster.masters[0]?.port, root.port);
});

test('connect() ends when a listener destroys the client of the only node', async () => {
  const root = await node((port) => [[0, 16_383, port]]);
  const cluster = clusterOf(root);
  cluster.on('node-connect', () => cluster.masters[0]?.client?.destroy());
  await assert.rejects(cluster.connect(), { code: 'OXREDIS_NODES_UNREACHABLE' });
});

test('nodes that were never needed end without a client', async () => {
  const root = await node((port) => [[0, 8000, port], [8001, 16_383, 1]]);
  const cluster = clusterOf(root, { minimizeConnections: true });
  await cluster.connect();
  const unneeded = cluster.masters.find(({ port }) => port === 1);
  await cluster.close();
  assert.equal(unneeded?.client, undefined);
});

test('ports that nodeAddressMap gives as texts are numbers', async () => {
  const root = await node(() => [[0, 16_383, 1]]);
  const cluster = clusterOf(root, { nodeAddressMap: { '127.0.0.1:1': { host: '127.0.0.1', port: String(root.port) as never } } });
  await cluster.connect();
  assert.equal(cluster.masters[0]?.client?.isReady, true);
});

/** A cluster of one node, which answers `answer` to GET within a transaction. */
async function clusterForTransactions(answer: (port: number) => string) {
  const root: ScriptedServer = await node((port) => [[0, 16_383, port]], ([name]) => {
    if (name === 'GET') return answer(root.port);
    return name === 'EXEC' ? reply.error('EXECABORT') : undefined;
  });
  const cluster = clusterOf(root);
  await cluster.connect();
  return cluster;
}

for (const address of ['', '127.0.0.1:0', '127.0.0.1:99999', '127.0.0.1:-1', '127.0.0.1', ':x']) {
  test(`a transaction that is redirected to "${address}" fails with the server's error as cause`, async () => {
    const cluster = await clusterForTransactions(() => reply.error(`ASK 15495 ${address}`));
    await assert.rejects(cluster.multi().get('a').exec(), (error: Error) => {
      assert.ok(error instanceof MaxCommandRedirectionsError);
      assert.ok(error.cause instanceof ErrorReply);
      return true;
    });
  });
}

test('ASK without a host names the host of the node that answers', async () => {
  let asked = 0;
  const root: ScriptedServer = await node((port) => [[0, 16_383, port]], ([name]) => {
    if (name === 'ASKING') asked += 1;
    if (name === 'GET') return asked === 0 ? reply.error(`ASK 15495 :${root.port}`) : reply.simple('QUEUED');
    if (name === 'EXEC') return asked === 0 ? reply.error('EXECABORT') : reply.array([reply.bulk('value')]);
    return undefined;
  });
  const cluster = clusterOf(root);
  await cluster.connect();
  assert.deepEqual(await cluster.multi().get('a').exec(), ['value']);
});

test('the deadline of a transaction counts for all its attempts', async () => {
  let attempts = 0;
  const cluster = await clusterForTransactions(() => {
    attempts += 1;
    return reply.error('CLUSTERDOWN');
  });
  const transaction = cluster.withCommandOptions({ deadline: 300 }).multi().get('a').exec();
  await assert.rejects(transaction, (error: Error) => {
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /within its deadline of 300ms/);
    return true;
  });
  assert.ok(attempts > 1, 'it was tried again meanwhile');
  await until(() => cluster.isReady, 'the cluster to go on');
});

/** A cluster whose server refuses the first transactions with `refusal`. */
async function refusingCluster(refusal: string, times: number) {
  let refused = 0;
  const root: ScriptedServer = await node((port) => [[0, 16_383, port]], ([name]) => {
    if (name === 'GET') return refused++ < times ? reply.error(refusal) : reply.simple('QUEUED');
    if (name === 'EXEC') return refused <= times ? reply.error('EXECABORT') : reply.array([reply.bulk('value')]);
    return undefined;
  });
  const cluster = clusterOf(root);
  await cluster.connect();
  return { cluster, refusals: () => refused };
}

test('close() waits for transactions that have to be sent again', async () => {
  const { cluster } = await refusingCluster('CLUSTERDOWN', 3);
  const transaction = cluster.multi().get('a').exec();
  const closing = cluster.close();
  await assert.rejects(cluster.get('a'), { code: 'OXREDIS_CLIENT_CLOSED' });
  assert.deepEqual(await transaction, ['value']);
  await closing;
});

test('destroy() ends transactions that have to be sent again, also after close()', async () => {
  const { cluster, refusals } = await refusingCluster('CLUSTERDOWN', Infinity);
  const transaction = assert.rejects(cluster.multi().get('a').exec());
  const closing = cluster.close();
  await until(() => refusals() > 1, 'the transaction to be sent again');
  cluster.destroy();
  await Promise.all([transaction, closing]);
});
