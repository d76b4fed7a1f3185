import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ClientClosedError, ClientOfflineError, RESP_TYPES, RedisClient, SimpleError, createClient, defineScript } from '../../../lib';
import { PushKind } from '../../../lib/wire/boundary.generated';
import { readyRig, rig } from './scripted-link';

test('before connect() everything rejects with ClientClosedError, and nothing throws', async () => {
  const { client } = rig();
  const calls = [
    client.get('k'), client.sendCommand(['GET', 'k']), client.multi().get('k').exec(), client.multi().get('k').execAsPipeline(),
    client.select(1), client.watch('k'), client.monitor(() => undefined), client.reset(),
  ];
  for (const call of calls) await assert.rejects(call, ClientClosedError);
  assert.deepEqual(await client.multi().execAsPipeline(), []);
});

test('a client is no promise', () => {
  const { client } = rig();
  assert.equal((client as unknown as { then?: unknown }).then, undefined);
});

test('results of the factories and proxies are RedisClients', () => {
  const client = createClient({ scripts: { one: defineScript({ SCRIPT: 'return 1', parseCommand: () => undefined }) } });
  assert.ok(client instanceof RedisClient);
  assert.ok(client.asap() instanceof RedisClient);
  assert.ok(RedisClient.factory({ RESP: 2 })() instanceof RedisClient);
  assert.equal(RedisClient.factory({ RESP: 2 })().options.RESP, 2);
});

test('console.log of a client shows no password', () => {
  const { client } = rig({ url: 'redis://user:s3cret@h', password: 's3cret' });
  assert.doesNotMatch(inspect(client, { depth: 9 }) + JSON.stringify(client), /s3cret/);
});

test('commands have a timeout of 5 seconds unless it is switched off', async () => {
  const plain = await readyRig({}, () => 'v');
  await plain.client.get('k');
  await plain.client.asap().get('k');
  await plain.client.withCommandOptions({ timeout: undefined }).get('k');
  assert.deepEqual(plain.link.sent.map(({ options }) => options), [
    { timeout: 5000 }, { timeout: 5000, asap: true }, { timeout: undefined },
  ]);
  const off = await readyRig({ commandOptions: { timeout: undefined } }, () => 'v');
  await off.client.get('k');
  assert.deepEqual(off.link.sent[0]?.options, { timeout: undefined });
});

test('proxies merge options and share the connection', async () => {
  const { client, link } = await readyRig({}, () => 'v');
  const mapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
  const signal = new AbortController().signal;
  const proxy = client.asap().withCommandOptions({ typeMapping: mapping }).withAbortSignal(signal);
  await proxy.get('k');
  assert.deepEqual(link.sent[0]?.options, { timeout: 5000, asap: true, typeMapping: mapping, abortSignal: signal });
  assert.deepEqual([proxy.isOpen, proxy.isReady, proxy.options], [true, true, client.options]);
  await client.get('k');
  assert.deepEqual(link.sent[1]?.options, { timeout: 5000 });
});

test('listeners of a proxy are listeners of the client', async () => {
  const { client, link } = rig();
  const proxy = client.asap();
  let count = 0;
  const listener = (): void => void count++;
  assert.equal(proxy.on('ready', listener), proxy);
  const connecting = proxy.connect();
  link.becomeReady();
  assert.equal(await connecting, proxy);
  assert.equal(count, 1);
  proxy.off('ready', listener);
  link.becomeReady();
  assert.equal(count, 1);
});

test('sendCommand takes words and options, and prefixes nothing', async () => {
  const { client, link } = await readyRig({ keyPrefix: 'p:' }, () => 'v');
  assert.equal(await client.sendCommand(['GET', Buffer.from('k')], { timeout: 1 }), 'v');
  await client.get('k');
  assert.deepEqual(link.wire, ['GET k', 'GET p:k']);
  assert.deepEqual(link.sent[0]?.options, { timeout: 1 });
});

test('sendCommand refuses what is no command, and the next one is fine', async () => {
  const { client } = await readyRig({}, () => 'v');
  await assert.rejects(client.sendCommand([]), { constructor: TypeError, message: /at least one word/ });
  await assert.rejects(client.sendCommand('GET' as unknown as string[]), { constructor: TypeError, message: /must be an array/ });
  await assert.rejects(client.sendCommand(['GET', 5 as unknown as string]), {
    constructor: TypeError, message: '"arguments[1]" must be of type "string | Buffer", got number instead.',
  });
  assert.equal(await client.sendCommand(['GET', 'k']), 'v');
});

test('bad arguments reject their command only', async () => {
  const { client, link } = await readyRig({}, () => 'v');
  await assert.rejects(client.get(undefined as unknown as string), {
    constructor: TypeError, message: '"arguments[1]" must be of type "string | Buffer", got undefined instead.',
  });
  await assert.rejects(client.get(null as unknown as string), { message: /got null instead/ });
  await assert.rejects(client.getEx('k', undefined as never), TypeError);
  assert.equal(await client.get('k'), 'v');
  assert.deepEqual(link.wire, ['GET k']);
});

test('key prefixes may be Buffers, and an empty one is none', async () => {
  const bytes = await readyRig({ keyPrefix: Buffer.from('b:') }, () => 'OK');
  await bytes.client.get('k');
  await bytes.client.watch(['k', Buffer.from('l')]);
  assert.deepEqual(bytes.link.wire, ['GET b:k', 'WATCH b:k b:l']);
  const empty = await readyRig({ keyPrefix: '' }, () => 'v');
  await empty.client.get('k');
  assert.deepEqual(empty.link.wire, ['GET k']);
});

test('commandsQueueMaxLength counts what waits and what is in flight', async () => {
  const { client, link } = await readyRig({ commandsQueueMaxLength: 2 });
  const first = client.get('a');
  const second = client.get('b');
  await assert.rejects(client.get('c'), { constructor: Error, message: 'The queue is full' });
  await assert.rejects(client.multi().get('c').exec(), { message: 'The queue is full' });
  link.sent[0]?.reply('v');
  await first;
  const third = client.get('c');
  for (const { reply } of link.sent) reply('v');
  assert.deepEqual(await Promise.all([second, third]), ['v', 'v']);
});

test('commandsQueueMaxBytes counts bytes', async () => {
  const { client, link } = await readyRig({ commandsQueueMaxBytes: 1000 });
  const first = client.set('a', 'x'.repeat(600));
  await assert.rejects(client.set('b', 'x'.repeat(600)), { message: 'The queue is full' });
  await assert.rejects(client.multi().set('b', 'x'.repeat(600)).exec(), { message: 'The queue is full' });
  await assert.rejects(client.set('b', true as unknown as string), { message: /got boolean instead/ });
  link.sent[0]?.reply('OK');
  assert.equal(await first, 'OK');
  link.answer = () => 'OK';
  assert.equal(await client.set('b', 'x'.repeat(600)), 'OK');
});

test('disableOfflineQueue refuses commands while not ready, but not transactions', async () => {
  const { client, link } = rig({ disableOfflineQueue: true });
  const connecting = client.connect();
  assert.equal(link.options?.disableOfflineQueue, true);
  await assert.rejects(client.get('k'), ClientOfflineError);
  await assert.rejects(client.sendCommand(['GET', 'k']), ClientOfflineError);
  const transaction = client.multi().get('k').exec();
  link.becomeReady();
  await connecting;
  for (const [index, { reply }] of link.sent.entries()) reply(['OK', 'QUEUED', ['v']][index]);
  assert.deepEqual(await transaction, ['v']);
});

test('select is remembered, when it succeeded', async () => {
  const { client, link } = await readyRig({}, (words) => (words[1] === '99' ? new SimpleError('ERR DB index is out of range') : 'OK'));
  assert.equal(await client.select(5), undefined);
  assert.equal(await client.SELECT('1' as unknown as number), undefined);
  await assert.rejects(client.select(99), SimpleError);
  await assert.rejects(client.select(undefined as unknown as number), TypeError);
  assert.deepEqual(link.calls, ['open', 'setDatabase 5', 'setDatabase 1']);
});

test('resetIfDirty resets what is left over', async (context) => {
  const warn = context.mock.method(console, 'warn', () => undefined);
  const { client, link } = await readyRig({}, () => 'OK');
  assert.equal(client.resetIfDirty(), undefined);
  await client.select(3);
  await client.resetIfDirty();
  assert.equal(link.wire.at(-1), 'RESET');
  assert.equal(client.resetIfDirty(), undefined);
  await client.watch('k');
  await client.resetIfDirty();
  assert.equal(client.isWatching, false);
  assert.equal(warn.mock.callCount(), 2);
});

test('duplicate has the options and command options, but no listeners and no connection', async () => {
  const made = await readyRig({ url: 'redis://u:p@h:1', name: 'n' });
  const copy = made.client.asap().duplicate({ name: 'm' });
  assert.deepEqual([copy.isOpen, copy.listenerCount('error')], [false, 0]);
  assert.deepEqual([copy.options.name, made.client.options.name], ['m', 'n']);
  assert.deepEqual(copy.options.commandOptions, { timeout: 5000, asap: true });
  assert.notEqual(copy.options.socket, made.client.options.socket);
  const other = made.client.duplicate({ url: undefined, username: 'x', password: 'y' });
  const { credentialsProvider } = other.options;
  assert.ok(credentialsProvider?.type === 'async-credentials-provider');
  assert.deepEqual(await credentialsProvider.credentials(), { username: 'x', password: 'y' });
});

test('the options are a copy, the socket in it is not', () => {
  const options = { url: 'redis://h/2', socket: { noDelay: true } };
  const client = createClient(options);
  assert.notEqual(client.options, options);
  assert.equal(client.options.socket, options.socket);
  assert.deepEqual([client.options.database, 'database' in options], [2, false]);
  assert.equal(client.options.maintNotifications, 'auto');
});

test('monitor hands lines on as the mapping says', async () => {
  const { client, link } = await readyRig({}, () => 'OK');
  const lines: unknown[] = [];
  await client.monitor((line) => lines.push(line));
  link.handlers.monitored(Buffer.from('one'));
  await client.withTypeMapping({ [RESP_TYPES.SIMPLE_STRING]: Buffer }).monitor((line) => lines.push(line));
  link.handlers.monitored(Buffer.from('two'));
  assert.deepEqual(lines, ['one', Buffer.from('two')]);
  await client.reset();
  link.handlers.monitored(Buffer.from('three'));
  assert.equal(lines.length, 2);
});

test('emitInvalidate emits keys, or null for all', async () => {
  const { client, link, events } = await readyRig({ emitInvalidate: true });
  assert.deepEqual(link.options?.tracking, ['CLIENT', 'TRACKING', 'ON']);
  const keys: unknown[] = [];
  client.on('invalidate', (key) => keys.push(key));
  link.handlers.pushed(PushKind.Invalidate, ['invalidate', [Buffer.from('a'), Buffer.from('b')]]);
  link.handlers.pushed(PushKind.Invalidate, ['invalidate', null]);
  link.handlers.pushed(PushKind.Other, ['something', 'new']);
  assert.deepEqual(keys, [Buffer.from('a'), Buffer.from('b'), null]);
  assert.deepEqual(events.slice(2), ['invalidate a', 'invalidate b', 'invalidate null']);
});

test('scan iterators yield pages until the cursor is 0', async () => {
  const { client, link } = await readyRig({}, (words) => {
    const cursor = words[0] === 'SCAN' ? words[1] : words[2];
    return cursor === '0' ? ['7', []] : ['0', words[0] === 'ZSCAN' ? ['m', '1.5'] : ['a', 'b']];
  });
  const pages = async (iterator: AsyncIterable<unknown>): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const page of iterator) all.push(page);
    return all;
  };
  assert.deepEqual(await pages(client.scanIterator({ MATCH: 'x*', COUNT: 5, TYPE: 'hash' })), [[], ['a', 'b']]);
  assert.deepEqual(await pages(client.hScanIterator('h')), [[], [{ field: 'a', value: 'b' }]]);
  assert.deepEqual(await pages(client.hScanValuesIterator('h')), [[], ['b']]);
  assert.deepEqual(await pages(client.hScanNoValuesIterator('h')), [[], ['a', 'b']]);
  assert.deepEqual(await pages(client.sScanIterator('s', { cursor: '3' })), [['a', 'b']]);
  assert.deepEqual(await pages(client.zScanIterator('z')), [[], [{ value: 'm', score: 1.5 }]]);
  assert.equal(link.wire[0], 'SCAN 0 MATCH x* COUNT 5 TYPE hash');
  assert.equal(link.wire[1], 'SCAN 7 MATCH x* COUNT 5 TYPE hash');
});
