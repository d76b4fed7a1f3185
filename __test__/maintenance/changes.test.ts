/** What callers change while a client moves is in force at the new server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortError, createClientPool, type RedisSocketOptions } from '../../lib';
import { until } from '../support/until';
import { afterwards, connected, move, moved, serve, WAYS, type MaintainedClient, type Scene } from './stage';

/** A client that waits for the last replies of its old server, while the new connection is ready. */
async function draining(options = {}, way = WAYS[0]): Promise<Scene & { client: MaintainedClient; finish(): Promise<void> }> {
  const scene = await serve(2, way);
  const { a, b } = scene;
  const client = await connected(a, options, way);
  a.hold();
  const busy = client.incr('n');
  await until(() => a.commands('INCR').length === 1, 'the command at the server');
  a.moving(1, b);
  await until(() => b.commands('CLIENT').length > 2, 'the handshake at the new server');
  const finish = async (): Promise<void> => {
    a.release();
    assert.equal(await busy, 1);
    await moved(a, b);
    assert.deepEqual([client.errors, client.outages], [[], []]);
  };
  return { ...scene, client, finish };
}

test('a database that is selected meanwhile', async () => {
  const { client, finish, keys } = await draining({ database: 1 });
  const done = Promise.all([client.select(4), client.set('x', '1')]);
  await finish();
  await done;
  await client.set('y', '2');
  assert.deepEqual([keys.values.get('4:x'), keys.values.get('4:y')], ['1', '2']);
});

test('a subscription that is made meanwhile, and one that is ended', async () => {
  const scene = await serve();
  const { a, b, keys } = scene;
  const client = await connected(a);
  const got: string[] = [];
  const listener = (message: string, channel: string): unknown => got.push(`${channel} ${message}`);
  await client.subscribe(['one', 'two'], listener);
  a.moving(1, b);
  await Promise.all([client.subscribe('three', listener), client.unsubscribe('one')]);
  await moved(a, b);
  for (const channel of ['one', 'two', 'three']) keys.publish(channel, 'x');
  await until(() => got.includes('three x'), 'the messages');
  assert.deepEqual(got, ['two x', 'three x']);
  assert.deepEqual([client.errors, client.outages], [[], []]);
});

test('subscriptions while the old server is drained', async () => {
  const { client, finish, keys } = await draining();
  const got: string[] = [];
  const subscribed = client.subscribe('news', (message) => got.push(message));
  await finish();
  await subscribed;
  assert.equal(keys.publish('news', '1'), 1);
  await until(() => got.length > 0, 'the message');
  assert.deepEqual(got, ['1']);
});

test('the credentials of the last AUTH', async () => {
  const { a, b, c } = await serve(3);
  const client = await connected(a, { username: 'u', password: 'first' });
  await client.auth({ username: 'u', password: 'second' });
  await move(a, b);
  assert.deepEqual(b.commands('HELLO').map((words) => words.slice(2)), [['AUTH', 'u', 'second']]);
  await client.sendCommand(['AUTH', 'other', 'third']);
  await move(b, c);
  assert.deepEqual(c.commands('HELLO').map((words) => words.slice(2)), [['AUTH', 'other', 'third']]);
  assert.deepEqual(client.errors, []);
});

test('a name that is set by a command', async () => {
  const { client, finish, b } = await draining({ name: 'first' });
  const named = client.clientSetName('second');
  await finish();
  await named;
  assert.equal(b.session.name, 'second');
  assert.equal(await client.clientGetName(), 'second');
});

test('commands go on without an offline queue: the client is ready', async () => {
  const { client, finish } = await draining({ disableOfflineQueue: true });
  const waiting = client.incr('n');
  await finish();
  assert.equal(await waiting, 2);
});

test('a waiting command can be aborted, and is not run', async () => {
  const { client, finish, keys } = await draining();
  const controller = new AbortController();
  const aborted = assert.rejects(client.withAbortSignal(controller.signal).incr('n'), AbortError);
  const kept = client.incr('n');
  controller.abort();
  await aborted;
  await finish();
  assert.equal(await kept, 2);
  assert.equal(keys.get('n'), '2');
});

test('asap commands do not overtake what the old server has to answer', async () => {
  const { client, finish } = await draining();
  const both = [client.incr('n'), client.asap().incr('n')];
  await finish();
  assert.deepEqual((await Promise.all(both)).sort(), [2, 3]);
});

test('MULTI, commands and EXEC that are sent one by one are told that they were parted, as by a reconnect', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  assert.equal(await client.sendCommand(['MULTI']), 'OK');
  assert.equal(await client.sendCommand(['INCR', 'n']), 'QUEUED');
  await move(a, b);
  await assert.rejects(client.sendCommand(['EXEC']), { message: 'ERR EXEC without MULTI' });
  assert.equal(await client.incr('n'), 1);
});

for (const way of WAYS.slice(0, 2)) {
  test(`the function that looks up names is asked for the target's name (${way.name})`, async () => {
    const { a, b } = await serve();
    const asked: string[] = [];
    const lookup = (host: string, _options: unknown, done: (error: null, address: string, family: number) => void): void => {
      asked.push(host);
      done(null, '127.0.0.1', 4);
    };
    const client = await connected(a, { socket: { host: 'old.example', lookup } as unknown as RedisSocketOptions }, way);
    a.push('MOVING', 1, 5, `new.example:${b.port}`);
    await moved(a, b);
    assert.equal(await client.ping(), 'PONG');
    assert.deepEqual(asked, ['old.example', 'new.example']);
    await move(b, a);
    assert.deepEqual(asked, ['old.example', 'new.example']);
  });
}

for (const way of WAYS.slice(2)) {
  test(`TLS expects the announced name, and the configured one where an address is announced (${way.name})`, async () => {
    const { a, b, c } = await serve(3, way);
    const asked: string[] = [];
    const checkServerIdentity = (host: string): undefined => void asked.push(host);
    const lookup = (_host: string, _options: unknown, done: (error: null, address: string, family: number) => void): void => done(null, '127.0.0.1', 4);
    const client = await connected(a, { socket: { host: 'old.example', lookup, checkServerIdentity } as unknown as RedisSocketOptions }, way);
    a.push('MOVING', 1, 5, `127.0.0.1:${b.port}`);
    await moved(a, b);
    b.push('MOVING', 2, 5, `new.example:${c.port}`);
    await moved(b, c);
    assert.equal(await client.ping(), 'PONG');
    assert.deepEqual(asked, ['old.example', 'old.example', 'new.example']);
  });

  test(`TLS expects the user's own name wherever the client moves to (${way.name})`, async () => {
    const { a, b, c } = await serve(3, way);
    const asked: string[] = [];
    const checkServerIdentity = (host: string): undefined => void asked.push(host);
    const lookup = (_host: string, _options: unknown, done: (error: null, address: string, family: number) => void): void => done(null, '127.0.0.1', 4);
    const socket = { servername: 'own.example', lookup, checkServerIdentity } as unknown as RedisSocketOptions;
    const client = await connected(a, { socket }, way);
    a.push('MOVING', 1, 5, `127.0.0.1:${b.port}`);
    await moved(a, b);
    b.push('MOVING', 2, 5, `new.example:${c.port}`);
    await moved(b, c);
    assert.equal(await client.ping(), 'PONG');
    assert.deepEqual(asked, ['own.example', 'own.example', 'own.example']);
  });

  test(`the engine checks the same names (${way.name})`, async () => {
    const { a, b, c } = await serve(3, way);
    const lookup = (_host: string, _options: unknown, done: (error: null, address: string, family: number) => void): void => done(null, '127.0.0.1', 4);
    const client = await connected(a, { socket: { host: 'localhost', lookup } as unknown as RedisSocketOptions }, way);
    a.push('MOVING', 1, 5, `127.0.0.1:${b.port}`);
    await moved(a, b);
    // The certificate is not for this name.
    b.push('MOVING', 2, 5, `new.example:${c.port}`);
    await until(() => client.notices.length === 2, 'the notice');
    assert.equal(await client.incr('n'), 1);
    assert.deepEqual([b.commands('INCR').length, c.commands('HELLO').length, client.errors], [1, 0, []]);
  });
}

test('a client that is closed and connected again begins at the configured address', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  await move(a, b);
  await client.close();
  await client.connect();
  assert.equal(await client.incr('n'), 1);
  assert.deepEqual([a.open.length, b.open.length, a.commands('INCR').length], [1, 0, 1]);
});

test('tasks of a pool keep their client through a move', async () => {
  const { a, b, keys } = await serve();
  const pool = createClientPool({ socket: { host: '127.0.0.1', port: a.port } }, { minimum: 2 });
  afterwards(() => pool.destroy());
  pool.on('error', () => undefined);
  await pool.connect();
  await pool.execute(async (client) => {
    await client.set('x', '1');
    a.moving(1, b);
    await moved(a, b, 2);
    await client.set('x', '2');
  });
  assert.equal(keys.get('x'), '2');
  assert.equal(await pool.get('x'), '2');
});

test('MONITOR goes on at the new server', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  await client.monitor(() => undefined);
  await move(a, b);
  assert.equal(b.commands('MONITOR').length, 1);
  assert.deepEqual([client.errors, client.outages], [[], []]);
});
