/** SMIGRATING and SMIGRATED: slots move from one node of a cluster to another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster, type MaintenanceNotice, type RedisClusterType } from '../../lib';
import type { HandoffEndpoint } from '../support/handoff-servers';
import { reply } from '../support/resp';
import { until } from '../support/until';
import { afterwards, serve, type Scene } from './stage';

type Range = [start: number, end: number, owner: HandoffEndpoint];

/** Sets the reply to CLUSTER SLOTS. */
function lay({ keys, servers }: Scene, ...ranges: Range[]): void {
  keys.layout = reply.array(ranges.map(([start, end, { port }]) => {
    const id = String(servers.endpoints.findIndex((endpoint) => endpoint.port === port)).repeat(40);
    return reply.array([reply.integer(start), reply.integer(end), reply.array([reply.bulk('127.0.0.1'), reply.integer(port), reply.bulk(id)])]);
  }));
}

type Told = RedisClusterType & { notices: MaintenanceNotice[]; errors: Error[] };

async function clustered({ a }: Scene, options: object = {}): Promise<Told> {
  const cluster = Object.assign(createCluster({ rootNodes: [{ socket: { host: '127.0.0.1', port: a.port } }], ...options }) as unknown as RedisClusterType, {
    notices: [] as MaintenanceNotice[], errors: [] as Error[],
  });
  for (const event of ['error', 'node-error']) cluster.on(event, (error: Error) => cluster.errors.push(error));
  cluster.on('maintenance', (notice: MaintenanceNotice) => cluster.notices.push(notice));
  afterwards(() => cluster.destroy());
  await cluster.connect();
  return cluster;
}

const ALL: [number, number] = [0, 16_383];

test('slots that have migrated are served by their new node, each command once and in order', async () => {
  const scene = await serve(2);
  const { a, b, keys } = scene;
  lay(scene, [0, 8191, a], [8192, 16_383, b]);
  const cluster = await clustered(scene);
  const incr = (): Promise<number> => cluster.incr('{x}n');
  const key = '{x}n';
  const [from, to] = await (async () => {
    await incr();
    return a.commands('INCR').length === 1 ? [a, b] : [b, a];
  })();
  from.push('SMIGRATING', 1, '0-16383');
  const replies = [incr(), incr()];
  lay(scene, [...ALL, to]);
  from.push('SMIGRATED', 2, [[from.address, to.address, '0-16383']]);
  to.push('SMIGRATED', 2, [[from.address, to.address, '0-16383']]);
  await until(() => cluster.notices.filter(({ kind }) => kind === 'SMIGRATED').length === 2, 'the notice');
  for (let i = 0; i < 5; i++) replies.push(incr());
  assert.deepEqual(await Promise.all(replies), [2, 3, 4, 5, 6, 7, 8]);
  assert.equal(keys.get(key), '8');
  assert.ok(to.commands('INCR').length >= 5);
  assert.deepEqual(cluster.notices.filter(({ kind }) => kind === 'SMIGRATED').map(({ isRepeated }) => isRepeated), [false, true]);
  await until(() => from.open.length === 0, 'the end of the node without slots');
  assert.deepEqual(cluster.errors, []);
});

test('a node without slots stays until its commands are answered', async () => {
  const scene = await serve(2);
  const { a, b } = scene;
  lay(scene, [0, 16_383, a]);
  const cluster = await clustered(scene);
  a.hold();
  const busy = [cluster.incr('n'), cluster.incr('n')];
  await until(() => a.commands('INCR').length === 2, 'the commands at the node');
  lay(scene, [...ALL, b]);
  a.push('SMIGRATED', 1, [[a.address, b.address, '0-16383']]);
  await until(() => b.open.length > 0, 'the connection to the new node');
  const late = cluster.incr('n');
  assert.ok(a.open.length > 0);
  a.release();
  assert.deepEqual(await Promise.all([...busy, late]), [1, 2, 3]);
  await until(() => a.open.length === 0, 'the end of the node without slots');
  assert.equal(b.commands('INCR').length, 1);
  assert.deepEqual(cluster.errors, []);
});

test('sharded listeners go with their slots', async () => {
  const scene = await serve(2);
  const { a, b, keys } = scene;
  lay(scene, [0, 16_383, a]);
  const cluster = await clustered(scene);
  const got: string[] = [];
  await cluster.sSubscribe('news', (message) => got.push(message));
  assert.equal(keys.publish('news', '1', true), 1);
  lay(scene, [...ALL, b]);
  a.push('SMIGRATED', 1, [[a.address, b.address, '0-16383']]);
  await until(() => b.commands('SSUBSCRIBE').length > 0, 'the subscription at the new node');
  await until(() => a.open.length === 0, 'the end of the node without slots');
  assert.equal(keys.publish('news', '2', true), 1);
  await until(() => got.includes('2'), 'the message');
  assert.deepEqual(got, ['1', '2']);
  assert.deepEqual(cluster.errors, []);
});

test('a target that refuses does not stop commands for slots that stay', async () => {
  const scene = await serve(2);
  const { a, b } = scene;
  lay(scene, [0, 16_383, a]);
  const cluster = await clustered(scene);
  b.handshakes = 'closed';
  a.push('SMIGRATED', 1, [[a.address, b.address, '0']]);
  await until(() => cluster.notices.length === 1, 'the notice');
  assert.equal(await cluster.incr('n'), 1);
  assert.equal(a.commands('INCR').length, 1);
});

test('deadlines of a cluster are extended while a node is under maintenance', async () => {
  const scene = await serve(1);
  const { a } = scene;
  lay(scene, [0, 16_383, a]);
  const cluster = await clustered(scene, { defaults: { maintRelaxedCommandTimeout: 500 } });
  a.push('SMIGRATING', 1, '0-16383');
  await until(() => cluster.notices.length === 1, 'the notice');
  a.hold();
  const start = performance.now();
  await assert.rejects(cluster.withCommandOptions({ deadline: 50 }).incr('n'), { code: 'OXREDIS_TIMEOUT' });
  assert.ok(performance.now() - start >= 480, `${performance.now() - start} ms`);
});
