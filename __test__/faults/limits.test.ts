import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from '../support/server';
import { nextTurn } from '../support/until';
import {
  clientOf, connected, errorOf, nextEvent, notHanging, outcome, scripted, slowServer, unsettled, TRANSPORTS,
} from './client';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** A client that can connect to nothing: what it is given stays queued. */
async function offline() {
  const closed = await scripted();
  await closed.stop();
  const made = clientOf(closed.port, { socket: { reconnectStrategy: () => 60_000 } });
  const connecting = made.client.connect();
  connecting.catch(() => undefined);
  await nextEvent(made.client, 'error');
  return made;
}

test('timeout covers the time until a command is written', async () => {
  const { client } = await offline();
  const error = await errorOf(client.withCommandOptions({ timeout: 20 }).set('a', '1'));
  assert.equal(error.constructor.name, 'TimeoutError');
  assert.deepEqual([error.message.replace(/:.*/, ''), error.code, error.command, error.phase], ['SET waited 20 ms to be written', 'OXREDIS_TIMEOUT', 'SET', 'queued']);
  const chain = client.withCommandOptions({ timeout: 20 }).multi().set('a', '1').get('a').exec();
  assert.equal((await errorOf(chain)).code, 'OXREDIS_TIMEOUT');
  client.destroy();
  assert.equal(unsettled(), 0);
});

test('timeout ends with the write', async () => {
  const { client } = await connected(server.port);
  assert.equal(await client.withCommandOptions({ timeout: 20 }).blPop('timeout:none', 0.2), null);
  client.destroy();
});

test('a timeout that is no time rejects its command only', async () => {
  const { client } = await connected(server.port);
  for (const timeout of [-1, 0.5, Infinity, '5' as unknown as number]) {
    const bad = client.withCommandOptions({ timeout }).set('timeout:bad', '1');
    const good = client.ping();
    const { code } = await errorOf(bad);
    assert.equal(code, typeof timeout === 'string' ? 'ERR_INVALID_ARG_TYPE' : 'ERR_OUT_OF_RANGE');
    assert.equal(await good, 'PONG');
  }
  assert.equal(await client.exists('timeout:bad'), 0);
  for (const timeout of [0, NaN, false as unknown as number, '' as unknown as number, undefined, 2 ** 32 - 1]) assert.equal(await client.withCommandOptions({ timeout }).ping(), 'PONG');
  client.destroy();
});

for (const transport of TRANSPORTS) {
  test(`deadline covers queue and flight, and the late reply is nobody's (${transport})`, async () => {
    const { slow, answer } = await slowServer();
    const { client } = await connected(slow.port, { socket: { transport } });
    const error = await errorOf(client.withCommandOptions({ deadline: 20 }).blPop('a', 0));
    assert.deepEqual([error.constructor.name, error.code, error.command, error.phase], ['TimeoutError', 'OXREDIS_TIMEOUT', 'BLPOP', 'written']);
    assert.match(error.message, /20ms/);
    const next = client.ping();
    answer('*2\r\n$1\r\na\r\n$1\r\nv\r\n');
    assert.equal(await next, 'PONG');
    assert.equal(unsettled(), 0);
    client.destroy();
    await slow.stop();
  });
}

test('deadline ends what is queued; a long one is none', async () => {
  const { client } = await offline();
  const error = await errorOf(client.withCommandOptions({ deadline: 20, timeout: 0 }).get('a'));
  assert.deepEqual([error.code, error.phase], ['OXREDIS_TIMEOUT', 'queued']);
  client.destroy();
  const { client: online } = await connected(server.port);
  assert.equal(await online.withCommandOptions({ deadline: 2 ** 31 }).blPop('deadline:none', 0.1), null);
  assert.equal((await errorOf(online.withCommandOptions({ deadline: -1 }).ping())).code, 'ERR_OUT_OF_RANGE');
  online.destroy();
});

test('a deadline gives up a chain as a whole', async () => {
  const { slow, answer } = await slowServer();
  const { client } = await connected(slow.port);
  const limited = client.withCommandOptions({ deadline: 20 });
  const pipeline = limited.multi().ping().addCommand(['BLPOP', 'a', '0']).ping().execAsPipeline();
  assert.equal((await errorOf(pipeline)).code, 'OXREDIS_TIMEOUT');
  // Two replies are still to come: they will be dropped.
  assert.equal(unsettled(), 2);
  answer('*-1\r\n');
  assert.equal(await client.echo('mine'), 'mine');
  assert.equal(unsettled(), 0);
  client.destroy();
  await slow.stop();
});

test('abortSignal takes back what is queued, in the batch and in the backlog', async () => {
  const { client } = await connected(server.port);
  const [first, second] = [new AbortController(), new AbortController()];
  const aborted = [client.withAbortSignal(first.signal).set('abort:1', '1')];
  first.abort();
  // This one gets the ticket of the first one.
  aborted.push(client.withAbortSignal(second.signal).set('abort:2', '2'));
  second.abort();
  const others = [client.get('abort:none'), client.ping(), client.echo('x')];
  for (const promise of aborted) {
    const error = await errorOf(promise);
    assert.deepEqual([error.constructor.name, error.code, error.command, error.phase], ['AbortError', 'OXREDIS_ABORTED', 'SET', 'queued']);
  }
  assert.deepEqual(await Promise.all(others), [null, 'PONG', 'x']);
  assert.equal(await client.exists(['abort:1', 'abort:2']), 0);
  client.destroy();
  const { client: waiting } = await offline();
  const late = new AbortController();
  const queued = waiting.withAbortSignal(late.signal).set('a', '1');
  await nextTurn();
  late.abort();
  assert.equal((await errorOf(queued)).phase, 'queued');
  assert.equal(unsettled(), 0);
  waiting.destroy();
});

test('abortSignal does nothing after the write, unless abortInFlight', async () => {
  const { slow, answer, holding } = await slowServer();
  const { client } = await connected(slow.port);
  const controller = new AbortController();
  const { signal } = controller;
  const kept = client.withAbortSignal(signal).blPop('a', 0);
  const dropped = client.withCommandOptions({ abortSignal: signal, abortInFlight: true }).echo('b');
  await holding();
  controller.abort();
  const error = await errorOf(dropped);
  assert.deepEqual([error.code, error.command, error.phase], ['OXREDIS_ABORTED', 'ECHO', 'written']);
  answer('*2\r\n$1\r\na\r\n$1\r\n1\r\n');
  assert.deepEqual(await notHanging(kept), { key: 'a', element: '1' });
  assert.equal(await client.ping(), 'PONG');
  assert.equal((await errorOf(client.withAbortSignal(signal).ping())).code, 'OXREDIS_ABORTED');
  assert.equal(unsettled(), 0);
  client.destroy();
  await slow.stop();
});

test('an aborted transaction is not sent, not even in part', async () => {
  const { client } = await offline();
  const controller = new AbortController();
  const big = 'x'.repeat(20_000);
  // The early flush of a large batch takes the head of the chain away before its tail is there.
  const chain = client.withAbortSignal(controller.signal).multi().set('a', big).set('b', big).set('c', '1').exec();
  const other = outcome(client.get('a'));
  controller.abort();
  const error = await errorOf(chain);
  assert.deepEqual([error.code, error.phase], ['OXREDIS_ABORTED', 'queued']);
  assert.equal(unsettled(), 1);
  client.destroy();
  assert.equal((await other).error?.code, 'OXREDIS_CLIENT_DESTROYED');
});

test('a transaction that relies on a lost WATCH is not sent on the next connection', async () => {
  const slow = await scripted();
  const { client } = await connected(slow.port);
  await client.watch('a');
  slow.last.stopReading();
  // More than the socket takes: the transaction stays queued behind it.
  const flood = outcome(client.set('flood', Buffer.alloc(64 * 1024 * 1024)));
  const chain = client.multi().set('b', '1').exec();
  await nextTurn();
  slow.last.reset();
  const error = await errorOf(chain);
  assert.deepEqual([error.constructor.name, error.message], ['WatchError', 'Client reconnected after WATCH']);
  assert.notEqual((await flood).error, undefined);
  assert.equal(await client.ping(), 'PONG');
  assert.equal(slow.last.commands.some(([name]) => name === 'MULTI'), false);
  client.destroy();
  await slow.stop();
});

test('one signal for many commands leaves no listener and no warning', async () => {
  const { client } = await connected(server.port);
  const warnings: Error[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning);
  process.on('warning', onWarning);
  const controller = new AbortController();
  const proxy = client.withAbortSignal(controller.signal);
  assert.equal((await Promise.all(Array.from({ length: 200 }, () => proxy.ping()))).length, 200);
  await nextTurn();
  assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
  controller.abort();
  assert.equal(await client.ping(), 'PONG');
  client.destroy();
});

test('a signal that is none rejects its command only', async () => {
  const { client } = await connected(server.port);
  const bad = client.withCommandOptions({ abortSignal: 'no' as unknown as AbortSignal }).set('signal:bad', '1');
  assert.ok((await errorOf(bad)) instanceof TypeError);
  assert.equal(await client.ping(), 'PONG');
  assert.equal(unsettled(), 0);
  client.destroy();
});

test('commandsQueueMaxBytes and commandsQueueMaxLength refuse the surplus only', async () => {
  const { slow, answer, holding } = await slowServer();
  const { client } = await connected(slow.port, { commandsQueueMaxBytes: 1000, commandsQueueMaxLength: 5 });
  const kept = client.blPop('a', 0);
  const error = await errorOf(client.set('a', 'x'.repeat(1000)));
  assert.deepEqual([error.message, error.code], ['The queue is full', 'OXREDIS_QUEUE_FULL']);
  assert.equal((await errorOf(client.multi().set('a', 'x'.repeat(1000)).exec())).code, 'OXREDIS_QUEUE_FULL');
  const pings = Promise.all([client.ping(), client.ping(), client.ping(), client.ping()]);
  assert.equal((await errorOf(client.ping())).code, 'OXREDIS_QUEUE_FULL');
  await holding();
  answer('*-1\r\n');
  assert.equal(await notHanging(kept), null);
  assert.equal((await pings).length, 4);
  // Everything was given back.
  for (let i = 0; i < 20; i++) assert.equal(await client.set('a', 'x'.repeat(900)), 'OK');
  client.destroy();
  await slow.stop();
});

test('close({timeout}) settles when the server does not answer', async () => {
  const { slow, holding } = await slowServer();
  const { client } = await connected(slow.port);
  const stuck = outcome(client.blPop('a', 0));
  await holding();
  await notHanging(client.close({ timeout: 20 }));
  const { error } = await stuck;
  assert.deepEqual([error?.code, error?.command, error?.phase], ['OXREDIS_CLIENT_DESTROYED', 'BLPOP', 'written']);
  await slow.stop();
});

test('close() waits as long as it may, however long that is', async () => {
  const { slow, answer, holding } = await slowServer();
  for (const timeout of [60_000, 2 ** 31, Infinity]) {
    const { client } = await connected(slow.port);
    const last = client.blPop('a', 0);
    await holding();
    const closing = client.close({ timeout });
    await nextTurn();
    answer('*-1\r\n');
    assert.equal(await notHanging(last), null);
    await notHanging(closing);
  }
  await slow.stop();
});

test('close() settles in every phase of a connection', async () => {
  const { client: waiting } = await offline();
  const queued = outcome(waiting.get('a'));
  await notHanging(waiting.close());
  assert.equal((await queued).error?.code, 'OXREDIS_CLIENT_CLOSED');
  const mute = await scripted({ mute: true });
  for (const socket of [{}, { connectTimeout: 0 }]) {
    const { client } = clientOf(mute.port, { socket });
    const connecting = errorOf(client.connect());
    await nextEvent(client, 'connect');
    await notHanging(client.close());
    assert.equal((await connecting).constructor.name, 'DisconnectsClientError');
  }
  await mute.stop();
  const { client } = await connected(server.port);
  const last = client.set('close', '1');
  await notHanging(client.close());
  assert.equal(await last, 'OK');
  assert.equal((await errorOf(client.ping())).code, 'OXREDIS_CLIENT_CLOSED');
});

test('subscribe() before connect() ends with destroy()', async () => {
  const { client } = clientOf(server.port);
  const waiting = errorOf(client.subscribe('a', () => undefined));
  client.destroy();
  assert.equal((await waiting).code, 'OXREDIS_CLIENT_DESTROYED');
  await notHanging(client.connect());
  assert.equal(client.isPubSubActive, false);
  client.destroy();
});
