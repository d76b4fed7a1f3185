import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimpleError, SocketClosedUnexpectedlyError, type RedisClientType } from '../../../lib';
import { PushKind } from '../../../lib/wire/boundary.generated';
import { readyRig, rig, settled, type ScriptedLink } from './scripted-link';

const acknowledge = (): string => 'done';

function message(link: ScriptedLink, channel: string, text: string): void {
  link.handlers.pushed(PushKind.Message, ['message', Buffer.from(channel), Buffer.from(text)]);
}

/** Listeners that note what they get. */
function recorder(): { log: unknown[][]; listener: (name: string) => (message: unknown, channel: unknown) => void } {
  const log: unknown[][] = [];
  return { log, listener: (name) => (text, channel) => void log.push([name, text, channel]) };
}

test('Buffer listeners come first, then strings in the order of subscription, each function once', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  const { log, listener } = recorder();
  const one = listener('one');
  assert.equal(await client.subscribe(['a', 'b'], one), undefined);
  await client.subscribe('a', listener('two'));
  await client.subscribe('a', one);
  await client.subscribe('a', listener('bytes'), true);
  message(link, 'a', 'x');
  assert.deepEqual(log, [['bytes', Buffer.from('x'), Buffer.from('a')], ['one', 'x', 'a'], ['two', 'x', 'a']]);
  assert.deepEqual(link.wire, ['subscribe CHANNELS a b']);
});

test('patterns and sharded channels have listeners of their own', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  const { log, listener } = recorder();
  await client.pSubscribe('a*', listener('pattern'));
  await client.sSubscribe('s', listener('sharded'));
  link.handlers.pushed(PushKind.PatternMessage, ['pmessage', Buffer.from('a*'), Buffer.from('ab'), Buffer.from('x')]);
  link.handlers.pushed(PushKind.ShardedMessage, ['smessage', Buffer.from('s'), Buffer.from('y')]);
  message(link, 's', 'not listened to');
  assert.deepEqual(log, [['pattern', 'x', 'ab'], ['sharded', 'y', 's']]);
  assert.deepEqual([...client.getPubSubListeners('PATTERNS').keys()], ['a*']);
});

test('a message in the same chunk as the acknowledgement is delivered', async () => {
  const { client, link } = await readyRig();
  const { log, listener } = recorder();
  const subscribing = client.subscribe('a', listener('one'));
  link.sent[0]?.reply('done');
  message(link, 'a', 'x');
  await subscribing;
  assert.deepEqual(log, [['one', 'x', 'a']]);
});

test('the last listener of a channel unsubscribes it', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  const { log, listener } = recorder();
  const [one, two] = [listener('one'), listener('two')];
  await client.subscribe('a', one);
  await client.subscribe('a', two, true);
  await client.unsubscribe('a', two); // is in buffer mode, not here
  await client.unsubscribe('a', one);
  assert.deepEqual(link.wire, ['subscribe CHANNELS a']);
  assert.equal(client.isPubSubActive, true);
  await client.unsubscribe('a', two, true);
  assert.deepEqual(link.wire, ['subscribe CHANNELS a', 'unsubscribe CHANNELS a']);
  assert.equal(client.isPubSubActive, false);
  message(link, 'a', 'x');
  assert.deepEqual(log, []);
});

test('unsubscribing what is unknown resolves; without channels all of the kind end', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  await client.unsubscribe('nothing');
  await client.unsubscribe('nothing', () => undefined);
  await client.subscribe(['a', 'b'], () => undefined);
  await client.pSubscribe('p*', () => undefined);
  await client.unsubscribe();
  assert.deepEqual([client.getPubSubListeners('CHANNELS').size, client.isPubSubActive], [0, true]);
  await client.pUnsubscribe();
  assert.equal(client.isPubSubActive, false);
  assert.deepEqual(link.wire.slice(2), ['unsubscribe CHANNELS ', 'unsubscribe PATTERNS '].map((line) => line.trimEnd()));
});

test('before connect() subscriptions wait', async () => {
  const made = rig();
  made.link.answer = acknowledge;
  const { log, listener } = recorder();
  const subscribing = made.client.subscribe('a', listener('one'));
  await settled();
  assert.deepEqual([made.link.sent.length, made.client.isPubSubActive], [0, true]);
  const connecting = made.client.connect();
  made.link.becomeReady();
  await Promise.all([connecting, subscribing]);
  assert.deepEqual(made.link.wire, ['subscribe CHANNELS a']);
  message(made.link, 'a', 'x');
  assert.equal(log.length, 1);
});

test('subscriptions come back after close() and connect()', async () => {
  const made = await readyRig({}, acknowledge);
  await made.client.subscribe(['a', 'b'], () => undefined);
  await made.client.sSubscribe(['s', 't'], () => undefined);
  made.client.destroy();
  const later = made.client.subscribe('later', () => undefined);
  const connecting = made.client.connect();
  made.link.becomeReady();
  made.link.sent[0]?.reply('OK');
  await Promise.all([connecting, later]);
  assert.deepEqual(made.link.calls, ['open', 'setSubscriptions CHANNELS a b', 'setSubscriptions SHARDED s t']);
  assert.deepEqual(made.link.wire, ['subscribe CHANNELS later']);
});

test('a subscription that was under way when the client was closed is that of the next connection, too', async () => {
  const made = await readyRig();
  const first = made.link;
  const outcomes = [made.client.subscribe('a', () => undefined), made.client.subscribe('b', () => undefined)];
  void made.client.close();
  const connecting = made.client.connect();
  made.link.answer = acknowledge;
  made.link.becomeReady();
  await connecting;
  assert.deepEqual(made.link.calls, ['open', 'setSubscriptions CHANNELS a b']);
  first.sent[0]?.reply('OK');
  first.sent[1]?.reply(new SimpleError('NOPERM no'));
  const [one, other] = await Promise.allSettled(outcomes);
  assert.deepEqual([one?.status, other?.status], ['fulfilled', 'rejected']);
  assert.deepEqual([...made.client.getPubSubListeners('CHANNELS').keys()], ['a']);
  assert.deepEqual(made.link.wire, ['unsubscribe CHANNELS b']);
});

test('a subscription that the server refuses is forgotten', async () => {
  const { client } = await readyRig({}, () => new SimpleError('NOPERM no'));
  await assert.rejects(client.subscribe('a', () => undefined), { message: 'NOPERM no' });
  assert.equal(client.isPubSubActive, false);
});

test('later subscribers of a channel wait for its acknowledgement', async () => {
  const { client, link } = await readyRig();
  const [first, second] = [client.subscribe('a', () => undefined), client.subscribe('a', () => 1)];
  let isDone = false;
  void second.then(() => (isDone = true));
  await settled();
  assert.deepEqual([isDone, link.sent.length], [false, 1]);
  link.sent[0]?.reply('done');
  await Promise.all([first, second]);
});

test('unsubscribing and subscribing at once ends up subscribed', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  const { log, listener } = recorder();
  await client.subscribe('a', listener('old'));
  await Promise.all([client.unsubscribe('a'), client.subscribe('a', listener('new'))]);
  assert.deepEqual(link.wire, ['subscribe CHANNELS a', 'unsubscribe CHANNELS a', 'subscribe CHANNELS a']);
  message(link, 'a', 'x');
  assert.deepEqual(log, [['new', 'x', 'a']]);
});

test('bad channels reject and are not kept', async () => {
  const { client } = await readyRig({}, acknowledge);
  await assert.rejects(client.subscribe(5 as unknown as string, () => undefined), {
    constructor: TypeError, message: '"arguments[1]" must be of type "string | Buffer", got number instead.',
  });
  await assert.rejects(client.subscribe(['a', undefined as unknown as string], () => undefined), /arguments\[2\]/);
  assert.equal(client.isPubSubActive, false);
});

test('a listener that throws or is none becomes an error event; the others get the message', async () => {
  const { client, link, events } = await readyRig({}, acknowledge);
  const { log, listener } = recorder();
  await client.subscribe('a', () => {
    throw new Error('boom');
  });
  await client.subscribe('a', undefined as never);
  await client.subscribe('a', listener('one'));
  message(link, 'a', 'x');
  assert.deepEqual(events.slice(2), ['error Error: boom', 'error TypeError: listener is not a function']);
  assert.deepEqual(log, [['one', 'x', 'a']]);
});

test('__redis__:invalidate gives a list of keys, or null', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  const { log, listener } = recorder();
  await client.subscribe('__redis__:invalidate', listener('one') as never);
  const channel = Buffer.from('__redis__:invalidate');
  link.handlers.pushed(PushKind.Message, ['message', channel, [Buffer.from('k')]]);
  link.handlers.pushed(PushKind.Message, ['message', channel, null]);
  assert.deepEqual(log.map(([, keys]) => keys), [['k'], null]);
});

test('a moved sharded channel is told with its listeners, and forgotten', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  const listener = (): void => undefined;
  await client.sSubscribe('s', listener);
  const moved = new Promise<unknown[]>((resolve) => client.on('sharded-channel-moved', (...args) => resolve(args)));
  link.handlers.shardedChannelMoved(Buffer.from('s'));
  assert.deepEqual(await moved, ['s', { unsubscribing: false, buffers: new Set(), strings: new Set([listener]) }]);
  assert.equal(client.isPubSubActive, false);
});

test('listeners can be handed from client to client', async () => {
  const one = await readyRig({}, acknowledge);
  const { log, listener } = recorder();
  await one.client.subscribe('a', listener('one'));
  await one.client.subscribe('b', listener('two'), true);
  const other = await readyRig({}, acknowledge);
  await other.client.extendPubSubListeners('CHANNELS', one.client.getPubSubListeners('CHANNELS'));
  const [entry] = one.client.getPubSubListeners('CHANNELS').values();
  await other.client.extendPubSubChannelListeners('CHANNELS', 'c', entry as never);
  for (const channel of ['a', 'b', 'c']) message(other.link, channel, 'x');
  assert.deepEqual(log.map(([name]) => name), ['one', 'two', 'one']);
  assert.deepEqual(other.link.wire, ['subscribe CHANNELS a b', 'subscribe CHANNELS c']);
});

test('the link itself keeps subscriptions over a reconnect', async () => {
  const { client, link } = await readyRig({}, acknowledge);
  await (client as RedisClientType).subscribe('a', () => undefined);
  link.lose(new SocketClosedUnexpectedlyError());
  link.becomeReady();
  assert.deepEqual(link.wire, ['subscribe CHANNELS a']);
  assert.equal(client.isPubSubActive, true);
});
