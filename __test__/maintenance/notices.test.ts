/** What a caller is told of maintenance: events, the diagnostics channel and the log; beside npm `redis`. */
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { after, before, test } from 'node:test';
import * as npm from 'redis';
import { createClientPool, createCluster, type MaintenanceNotice } from '../../lib';
import { notice, type NoticeWord } from '../support/handoff-servers';
import { reply } from '../support/resp';
import { until } from '../support/until';
import { afterwards, connected, moved, serve } from './stage';

interface Published {
  type: string;
  timestamp: number;
  data: { push?: string[]; kind?: string; why?: string; count?: number };
}

const published: Published[] = [];
const listen = (message: unknown): unknown => published.push(message as Published);
const diagnostics = channel('redis.maintenance');
before(() => {
  process.env.REDIS_EMIT_DIAGNOSTICS = '1';
  diagnostics.subscribe(listen);
});
after(() => {
  diagnostics.unsubscribe(listen);
  delete process.env.REDIS_EMIT_DIAGNOSTICS;
});

const nothing = { address: undefined, seconds: undefined, shards: undefined, moves: undefined, isRepeated: false };

const KINDS: [words: NoticeWord[], told: MaintenanceNotice][] = [
  [['MIGRATING', 1, 15, '["1","2"]'], { ...nothing, kind: 'MIGRATING', sequenceId: 1, seconds: 15, shards: '["1","2"]' }],
  [['MIGRATED', 2, '["1","2"]'], { ...nothing, kind: 'MIGRATED', sequenceId: 2, shards: '["1","2"]' }],
  [['FAILING_OVER', 3, 15, '["1"]'], { ...nothing, kind: 'FAILING_OVER', sequenceId: 3, seconds: 15, shards: '["1"]' }],
  [['FAILED_OVER', 4, '["1"]'], { ...nothing, kind: 'FAILED_OVER', sequenceId: 4, shards: '["1"]' }],
  [['SMIGRATING', 5, '123,789-1000'], { ...nothing, kind: 'SMIGRATING', sequenceId: 5, shards: '123,789-1000' }],
  [
    ['SMIGRATED', 6, [['127.0.0.1:1', '127.0.0.1:2', '1-5'], ['127.0.0.1:1', '127.0.0.1:3', '6']]],
    {
      ...nothing, kind: 'SMIGRATED', sequenceId: 6,
      moves: [
        { source: '127.0.0.1:1', target: '127.0.0.1:2', slots: '1-5' }, { source: '127.0.0.1:1', target: '127.0.0.1:3', slots: '6' },
      ],
    },
  ],
];

test('each notice is an event, with simple strings and with bulk strings, and a copy is told as one', async () => {
  const { a } = await serve(1);
  const client = await connected(a);
  for (const [words] of KINDS) a.push(...words);
  for (const [words] of KINDS) a.send(Buffer.from(notice(...words).toString().replace(/^(>\d\r\n)\+(\w+)/, (_all, head: string, kind: string) => `${head}$${kind.length}\r\n${kind}`)));
  await client.ping();
  assert.deepEqual(client.notices.slice(0, KINDS.length), KINDS.map(([, told]) => told));
  assert.deepEqual(client.notices.slice(KINDS.length), KINDS.map(([, told]) => ({ ...told, isRepeated: true })));
  assert.deepEqual(client.errors, []);
});

test('what is published is what npm redis publishes', async () => {
  const { a, b } = await serve();
  const mine = await connected(a);
  published.length = 0;
  for (const [words] of KINDS) a.push(...words);
  await mine.ping();
  const ours = published.splice(0);
  const { port } = b;
  const their = npm.createClient({ socket: { host: '127.0.0.1', port } });
  their.on('error', () => undefined);
  await their.connect();
  for (const [words] of KINDS) b.push(...words);
  await their.ping();
  await until(() => published.length >= KINDS.length, 'the messages of npm redis');
  their.destroy();
  const comparable = ({ type, data, timestamp, ...rest }: Published): unknown => ({ type, data, timestamp: typeof timestamp, rest });
  assert.deepEqual(ours.map(comparable), published.map(comparable));
});

test('nothing is published unless REDIS_EMIT_DIAGNOSTICS is set', async () => {
  const { a } = await serve(1);
  const client = await connected(a);
  published.length = 0;
  process.env.REDIS_EMIT_DIAGNOSTICS = '';
  a.push('MIGRATING', 1, 15, '["1"]');
  await client.ping();
  process.env.REDIS_EMIT_DIAGNOSTICS = '1';
  assert.deepEqual([client.notices.length, published], [1, []]);
});

const MALFORMED: (Buffer | string)[] = [
  notice('MOVING'), notice('MOVING', 'x', 'y', 'z'), notice('MOVING', 1, 15, 'no port'), notice('MOVING', 1, 15, 'h:99999'), notice('MOVING', 1, 15, ':1'),
  notice('MOVING', 1, 15, [['h:1']]), notice('SMIGRATED', 1, 'text'), notice('SMIGRATED', 1, [['only one']]), notice('SMIGRATED', 1, [[1, 2, 3]]),
  notice('SMIGRATED'),
];

test('malformed and unknown notices are ignored, counted and published, and the connection goes on', async () => {
  const { a } = await serve(1);
  const client = await connected(a);
  published.length = 0;
  const all = [...MALFORMED, reply.push([reply.simple('WEATHER'), reply.simple('fine')])];
  for (const one of all) a.send(one);
  assert.equal(await client.incr('n'), 1);
  const ignored = published.filter(({ type }) => type === 'IGNORED');
  assert.deepEqual(ignored.map(({ data }) => data.count), all.map((_, i) => i + 1), JSON.stringify(ignored));
  assert.deepEqual(ignored.map(({ data }) => data.kind), [...Array<string>(6).fill('MOVING'), ...Array<string>(4).fill('SMIGRATED'), 'WEATHER']);
  assert.ok(ignored.every(({ data }) => typeof data.why === 'string' && data.why !== ''));
  assert.deepEqual([client.notices, client.errors, client.outages], [[], [], []]);
  assert.equal(a.server.connections.length, 1);
});

for (const [form, address] of [['brackets', '[::1]'], ['none', '::1']] as const) {
  test(`the port of an IPv6 address follows the last colon (${form})`, async () => {
    const { a } = await serve(1);
    const client = await connected(a);
    a.push('MOVING', 1, 1, `${address}:6390`);
    await client.ping();
    assert.deepEqual(client.notices[0]?.address, { host: '::1', port: 6390 });
  });
}

test('the third value of MOVING may be missing', async () => {
  const { a } = await serve(1);
  const client = await connected(a);
  a.push('MOVING', 1, 1);
  await a.server.connection(2);
  await until(() => a.open.length === 1, 'the move');
  assert.equal(client.notices[0]?.address, null);
  assert.equal(await client.ping(), 'PONG');
});

test('a pool tells what its clients are told, and moves all of them', async () => {
  const { a, b } = await serve();
  const pool = createClientPool({ socket: { host: '127.0.0.1', port: a.port } }, { minimum: 3 });
  afterwards(() => pool.destroy());
  const told: MaintenanceNotice[] = [];
  const errors: Error[] = [];
  pool.on('maintenance', (one: MaintenanceNotice) => told.push(one));
  pool.on('error', (error: Error) => errors.push(error));
  await pool.connect();
  a.moving(1, b);
  await moved(a, b, 3);
  assert.equal(await pool.incr('n'), 1);
  assert.deepEqual(told.map(({ kind, sequenceId }) => [kind, sequenceId]), Array(3).fill(['MOVING', 1]));
  assert.deepEqual(errors, []);
});

test('a cluster tells which node has announced something', async () => {
  const { a, keys } = await serve(1);
  const { port } = a;
  keys.layout = reply.array([reply.array([
    reply.integer(0), reply.integer(16_383), reply.array([reply.bulk('127.0.0.1'), reply.integer(port), reply.bulk('n'.repeat(40))]),
  ])]);
  const cluster = createCluster({ rootNodes: [{ socket: { host: '127.0.0.1', port } }] });
  afterwards(() => cluster.destroy());
  cluster.on('error', () => undefined);
  const told: unknown[] = [];
  cluster.on('maintenance', (one: MaintenanceNotice, node: unknown) => told.push([one.kind, one.sequenceId, node]));
  await cluster.connect();
  a.push('SMIGRATING', 5, '1-5');
  await cluster.incr('n');
  assert.deepEqual(told, [['SMIGRATING', 5, { host: '127.0.0.1', port }]]);
});
