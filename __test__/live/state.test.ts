import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DisconnectsClientError, RESP_TYPES, SocketClosedUnexpectedlyError, WatchError } from '../../lib';
import { killed, liveStage, next, until } from './stage';

const stage = liveStage();
const { connected } = stage;

test('a reconnect restores name, database, subscriptions and MONITOR', async () => {
  const client = await connected({ name: 'mine', database: 1 });
  await client.select(5);
  const lines: string[] = [];
  const messages: string[] = [];
  await client.subscribe('news', (message) => messages.push(message));
  await client.monitor((line) => lines.push(line as string));
  await killed(stage, client);
  const list = String(await stage.server.command('CLIENT', 'LIST'));
  assert.match(list, /name=mine .*db=5 /);
  await until(async () => (await stage.server.command('PUBLISH', 'news', 'again')) === 1, 'the subscription');
  await until(() => messages.length > 0, 'the message');
  await stage.server.command('SET', 'monitored', '1');
  await until(() => lines.some((line) => line.includes('monitored')), 'the line');
  await client.reset();
  assert.deepEqual([client.isPubSubActive, (await client.clientInfo()).db], [false, 1]);
});

test('what was sent is rejected, what was not runs later, in order', async () => {
  const client = await connected();
  const blocked = client.blPop('nothing', 0);
  blocked.catch(() => undefined);
  await until(async () => String(await stage.server.command('INFO', 'clients')).includes('blocked_clients:1'), 'BLPOP');
  const list = String(await stage.server.command('CLIENT', 'LIST', 'TYPE', 'NORMAL'));
  const id = /^id=(\d+).*cmd=blpop/m.exec(list)?.[1] as string;
  const lost = next(client, 'error');
  await stage.server.command('CLIENT', 'KILL', 'ID', id);
  await lost;
  const later = [client.set('n', '1'), client.incr('n'), client.multi().incr('n').exec(), client.get('n')];
  await assert.rejects(blocked, (error: SocketClosedUnexpectedlyError) => {
    assert.ok(error instanceof SocketClosedUnexpectedlyError);
    assert.deepEqual([error.phase, error.command], ['written', 'BLPOP']);
    return true;
  });
  assert.deepEqual(await Promise.all(later), ['OK', 2, [3], '3']);
});

test('close() waits for what runs; close({timeout}) does not wait for ever', async () => {
  const client = await connected();
  const popped = client.blPop('list', 0);
  const closing = client.close();
  await stage.server.command('RPUSH', 'list', 'x');
  assert.deepEqual(await popped, { key: 'list', element: 'x' });
  await closing;
  await client.connect();
  const never = client.blPop('nothing', 0);
  const bounded = client.close({ timeout: 30 });
  await assert.rejects(never, DisconnectsClientError);
  await bounded;
  assert.equal(client.isOpen, false);
});

test('close() while the server is away settles', async () => {
  const client = await connected({ socket: { reconnectStrategy: 50 } });
  const lost = next(client, 'error');
  await stage.server.kill9();
  await lost;
  const queued = client.get('k');
  const [outcome] = await Promise.allSettled([queued, client.close()]);
  assert.equal(outcome.status, 'rejected');
  await stage.server.start();
});

test('WATCH does not survive its connection', async () => {
  const client = await connected();
  await client.watch('k');
  await killed(stage, client);
  await assert.rejects(client.multi().set('k', '1').exec(), { constructor: WatchError, message: 'Client reconnected after WATCH' });
  await client.watch('k');
  await stage.server.command('SET', 'k', '2');
  await assert.rejects(client.multi().set('k', '3').exec(), { message: 'One (or more) of the watched keys has been changed' });
  assert.equal(await client.get('k'), '2');
});

test('a long pipeline and a long transaction keep their order', async () => {
  const client = await connected();
  const [pipeline, transaction] = [client.multi(), client.multi()];
  const numbers = Array.from({ length: 5000 }, (_, index) => index);
  for (const number of numbers) {
    pipeline.echo(`p${number}`);
    transaction.echo(`t${number}`);
  }
  const [first, second] = await Promise.all([pipeline.execAsPipeline(), transaction.exec()]);
  assert.deepEqual(first, numbers.map((number) => `p${number}`));
  assert.deepEqual(second, numbers.map((number) => `t${number}`));
});

test('binary keys, values and large values survive', async () => {
  const client = await connected();
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const key = Buffer.from([0, 13, 10, 255]);
  const value = Buffer.alloc(3_000_000, 'äb');
  assert.equal(await client.set(key, value), 'OK');
  assert.ok(value.equals((await bytes.get(key)) as Buffer));
  assert.equal(await client.get(key), value.toString());
  const text = '😀'.repeat(100_000);
  await client.set('text', text);
  assert.equal(await client.get('text'), text);
});

test('emitInvalidate tells of changed keys and of a flush, also after a reconnect', async () => {
  const client = await connected({ emitInvalidate: true });
  const keys: unknown[] = [];
  client.on('invalidate', (key) => keys.push(key));
  await client.get('tracked');
  await stage.server.command('SET', 'tracked', '1');
  await until(() => keys.length === 1, 'the key');
  assert.deepEqual(keys, [Buffer.from('tracked')]);
  await killed(stage, client);
  await client.get('tracked');
  await stage.server.command('FLUSHALL');
  await until(() => keys.length === 2, 'the flush');
  assert.equal(keys[1], null);
});

test('RESP2 invalidations of another connection are lists of keys', async () => {
  const [listener, reader] = [await connected({ RESP: 2 }), await connected({ RESP: 2 })];
  const id = String(await listener.sendCommand(['CLIENT', 'ID']));
  const seen: unknown[] = [];
  await listener.subscribe('__redis__:invalidate', (keys) => seen.push(keys));
  await reader.sendCommand(['CLIENT', 'TRACKING', 'ON', 'REDIRECT', id]);
  await reader.get('redirected');
  await stage.server.command('SET', 'redirected', '1');
  await until(() => seen.length === 1, 'the key');
  await stage.server.command('FLUSHALL');
  await until(() => seen.length === 2, 'the flush');
  assert.deepEqual(seen, [['redirected'], null]);
});

for (const RESP of [2, 3] as const) {
  test(`RESP${RESP}: many messages arrive once, in order, as strings and Buffers`, async () => {
    const client = await connected({ RESP });
    const [texts, buffers]: [string[], Buffer[]] = [[], []];
    await client.subscribe('many', (message) => texts.push(message));
    await client.subscribe('many', (message) => buffers.push(message), true);
    const publisher = await connected();
    const numbers = Array.from({ length: 2000 }, (_, index) => String(index));
    await Promise.all(numbers.map((number) => publisher.publish('many', number)));
    await until(() => texts.length === numbers.length && buffers.length === numbers.length, 'the messages');
    assert.deepEqual(texts, numbers);
    assert.deepEqual(buffers.map(String), numbers);
    const binary = Buffer.from([0, 13, 10, 255]);
    await publisher.publish('many', binary);
    await until(() => buffers.length > numbers.length, 'the binary message');
    assert.deepEqual(buffers.at(-1), binary);
  });

  test(`RESP${RESP}: a listener that throws does not stop the messages`, async () => {
    const client = await connected({ RESP });
    const messages: string[] = [];
    await client.subscribe('throwing', (message) => {
      messages.push(message);
      throw new Error(`at ${message}`);
    });
    const publisher = await connected();
    await Promise.all(['1', '2', '3'].map((text) => publisher.publish('throwing', text)));
    await until(() => messages.length === 3, 'the messages');
    assert.deepEqual(client.errors.map(({ message }) => message), ['at 1', 'at 2', 'at 3']);
    await client.unsubscribe('throwing');
    assert.equal(await client.ping(), 'PONG');
  });
}

test('reset() ends everything and the client goes on', async () => {
  const client = await connected({ RESP: 3 });
  await client.subscribe('a', () => undefined);
  await client.watch('k');
  await client.select(2);
  await client.reset();
  assert.deepEqual([client.isPubSubActive, client.isWatching], [false, false]);
  assert.equal(await client.set('k', 'v'), 'OK');
  assert.equal((await client.clientInfo()).db, 0);
  assert.equal(await stage.server.command('PUBLISH', 'a', 'x'), 0);
});

test('subscriptions of a client that was closed come back when it connects', async () => {
  const client = await connected();
  const messages: string[] = [];
  await client.sSubscribe(['s1', 's2'], (message) => messages.push(message));
  client.destroy();
  await client.connect();
  await until(async () => (await stage.server.command('SPUBLISH', 's2', 'x')) === 1, 'the subscription');
  await until(() => messages.length === 1, 'the message');
});
