/** MOVING: the client moves to another server, and its callers notice nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatchError } from '../../lib';
import { until } from '../support/until';
import { connected, move, moved, serve, WAYS, type MaintainedClient } from './stage';

/** Nothing was told of an outage. */
function assertQuiet(client: MaintainedClient): void {
  assert.deepEqual([client.errors, client.outages], [[], []]);
  assert.deepEqual([client.isOpen, client.isReady], [true, true]);
}

for (const way of WAYS) {
  test(`a client moves with what it has set up (${way.name})`, async () => {
    const { a, b, keys } = await serve(2, way);
    const client = await connected(a, { name: 'me', database: 2, username: 'u', password: 'p' }, way);
    await client.set('x', '1');
    await move(a, b);
    assert.equal(await client.get('x'), '1');
    assert.equal(await client.incr('x'), 2);
    const handshake = b.server.last.commands;
    assert.deepEqual(handshake[0], ['HELLO', '3', 'AUTH', 'u', 'p', 'SETNAME', 'me']);
    assert.deepEqual(handshake.find(([name]) => name === 'SELECT'), ['SELECT', '2']);
    assert.deepEqual(handshake.find((words) => words[1] === 'MAINT_NOTIFICATIONS')?.slice(0, 4), ['CLIENT', 'MAINT_NOTIFICATIONS', 'ON', 'moving-endpoint-type']);
    assert.equal(keys.values.get('2:x'), '2');
    assert.deepEqual(client.notices.map(({ kind, address, seconds, isRepeated }) => [kind, address, seconds, isRepeated]), [
      ['MOVING', { host: '127.0.0.1', port: b.port }, 5, false],
    ]);
    assertQuiet(client);
  });

  test(`commands in flight are answered by the old server, later ones by the new one, in order (${way.name})`, async () => {
    const { a, b } = await serve(2, way);
    const client = await connected(a, {}, way);
    a.hold();
    const first = Array.from({ length: 10 }, () => client.incr('n'));
    await until(() => a.commands('INCR').length === 10, 'the commands at the old server');
    a.moving(1, b);
    await until(() => b.commands('CLIENT').length > 0, 'the handshake at the new server');
    const second = Array.from({ length: 10 }, () => client.incr('n'));
    a.release();
    assert.deepEqual(await Promise.all([...first, ...second]), Array.from({ length: 20 }, (_, i) => i + 1));
    await moved(a, b);
    assert.equal(a.commands('INCR').length + b.commands('INCR').length, 20);
    assertQuiet(client);
  });

  test(`subscriptions move, and each message is delivered once (${way.name})`, async () => {
    const { a, b, keys } = await serve(2, way);
    const client = await connected(a, {}, way);
    const got: string[] = [];
    await client.subscribe('news', (message) => got.push(message));
    let sent = 0;
    const publish = (): unknown => keys.publish('news', String(++sent));
    publish();
    a.moving(1, b);
    await until(() => {
      publish();
      return a.open.length === 0;
    }, 'the move');
    publish();
    await until(() => got.length >= sent, 'all messages');
    assert.deepEqual(got, Array.from({ length: sent }, (_, i) => String(i + 1)));
    await client.unsubscribe('news');
    assert.equal(keys.publish('news', 'nobody'), 0);
    assertQuiet(client);
  });
}

test('a transaction that relies on WATCH fails after a move', async () => {
  const { a, b, keys } = await serve();
  const client = await connected(a);
  await client.watch('x');
  await move(a, b);
  await assert.rejects(client.multi().set('x', 'lost').exec(), { constructor: WatchError, message: 'Client reconnected after WATCH' });
  assert.equal(keys.get('x'), undefined);
  await client.watch('x');
  assert.deepEqual(await client.multi().set('x', '1').exec(), ['OK']);
  assertQuiet(client);
});

test('a transaction that relies on WATCH and waits while the client moves is not run', async () => {
  const { a, b, keys } = await serve();
  const client = await connected(a);
  await client.watch('x');
  a.hold();
  const busy = client.incr('n');
  await until(() => a.commands('INCR').length === 1, 'a command in flight');
  a.moving(1, b);
  await until(() => b.commands('CLIENT').length > 0, 'the handshake at the new server');
  const lost = assert.rejects(client.multi().set('x', 'lost').exec(), WatchError);
  keys.set('x', 'of another');
  a.release();
  await Promise.all([busy, lost]);
  assert.equal(keys.get('x'), 'of another');
});

test('a transaction without WATCH runs as a whole, on either side', async () => {
  const { a, b, keys } = await serve();
  const client = await connected(a);
  const all: Promise<unknown>[] = [];
  a.moving(1, b);
  await until(() => {
    all.push(client.multi().incr('n').incr('n').exec());
    return a.open.length === 0;
  }, 'the move');
  const replies = await Promise.all(all) as [number, number][];
  assert.deepEqual(replies.flat(), Array.from({ length: 2 * all.length }, (_, i) => i + 1));
  assert.equal(keys.get('n'), String(2 * all.length));
  assertQuiet(client);
});

test('a cache forgets what the old connection vouched for, and is told of changes by the new one', async () => {
  const { a, b, keys } = await serve();
  keys.set('x', 'old');
  const client = await connected(a, { clientSideCache: {} });
  assert.deepEqual([await client.get('x'), await client.get('x')], ['old', 'old']);
  assert.equal(a.commands('GET').length, 1);
  await move(a, b);
  keys.values.set('0:x', 'changed in silence');
  assert.equal(await client.get('x'), 'changed in silence');
  assert.equal(await client.get('x'), 'changed in silence');
  keys.set('x', 'new');
  await until(async () => await client.get('x') === 'new', 'the invalidation');
  assertQuiet(client);
});

test('a copy of a notice has no effect, before, during and after the move', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  a.moving(7, b);
  a.moving(7, b);
  await moved(a, b);
  b.moving(7, b);
  await client.ping();
  assert.deepEqual(client.notices.map(({ sequenceId, isRepeated }) => [sequenceId, isRepeated]), [[7, false], [7, true], [7, true]]);
  assert.equal(b.server.connections.length, 1);
  assertQuiet(client);
});

test('of two notices the later one counts, while the first target hangs', async () => {
  const { a, b, c } = await serve(3);
  const client = await connected(a);
  b.handshakes = 'hanging';
  a.moving(1, b);
  await until(() => b.commands('HELLO').length === 1, 'the attempt');
  a.moving(2, c);
  await moved(a, c);
  assert.equal(await client.ping(), 'PONG');
  await until(() => b.open.length === 0, 'the end of the abandoned attempt');
  assertQuiet(client);
});

for (const handshakes of ['refused', 'closed'] as const) {
  test(`a target whose handshakes are ${handshakes} is tried again, while the old server serves`, async () => {
    const { a, b } = await serve();
    const client = await connected(a);
    b.handshakes = handshakes;
    a.moving(1, b);
    await until(() => b.server.connections.length >= 2, 'a second attempt');
    assert.equal(await client.incr('n'), 1);
    assert.equal(a.commands('INCR').length, 1);
    b.handshakes = 'accepted';
    await moved(a, b);
    assert.equal(await client.incr('n'), 2);
    assertQuiet(client);
  });
}

test('a target that hangs leaves the client at the old server, and the reconnect goes on from there', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  b.handshakes = 'hanging';
  a.moving(1, b, 1);
  await until(() => b.commands('HELLO').length === 1, 'the attempt');
  await until(() => b.open.length === 0, 'the end of the grace period');
  assert.equal(await client.incr('n'), 1);
  assertQuiet(client);
  b.handshakes = 'accepted';
  await a.server.stop();
  await until(() => client.outages.length > 0, 'the loss');
  // The target comes first.
  assert.equal(await client.incr('n'), 2);
  assert.equal(b.commands('INCR').length, 1);
  assert.deepEqual(client.outages, ['reconnecting']);
});

test('after a move, a client whose new server is gone reconnects to the configured one', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  await move(a, b);
  await b.server.stop();
  await until(() => client.outages.length > 0, 'the loss');
  assert.equal(await client.incr('n'), 1);
  assert.equal(a.commands('INCR').length, 1);
});

test('without an address the client reconnects to the configured one after half of the time', async () => {
  const { a } = await serve(1);
  const client = await connected(a);
  const start = performance.now();
  a.moving(1, undefined, 1);
  const first = a.server.last;
  await a.server.connection(2);
  assert.ok(performance.now() - start >= 490, 'not before half of the grace period');
  await first.closed;
  assert.equal(await client.incr('n'), 1);
  assert.deepEqual(client.notices.map(({ address }) => address), [null]);
  assertQuiet(client);
});

test('the options stay those of the user', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  await move(a, b);
  assert.equal((client.options.socket as { port: number }).port, a.port);
  const twin = client.duplicate();
  await twin.connect();
  assert.equal(a.open.length, 1);
  twin.destroy();
});
