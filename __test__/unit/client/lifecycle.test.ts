import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  RedisClient, ClientClosedError, DisconnectsClientError, ReconnectStrategyError, SocketClosedUnexpectedlyError, SocketTimeoutError,
} from '../../../lib';
import { until } from '../../support/until';
import { readyRig, rig, settled } from './scripted-link';

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

test('connect() gives the client, after connect and ready', async () => {
  const { client, link, events } = rig();
  assert.deepEqual([client.isOpen, client.isReady], [false, false]);
  const connecting = client.connect();
  await settled();
  assert.deepEqual([client.isOpen, client.isReady], [true, false]);
  link.becomeReady();
  assert.equal(await connecting, client);
  assert.deepEqual(events, ['connect', 'ready']);
  assert.deepEqual([client.isOpen, client.isReady, client.socketEpoch], [true, true, 1]);
});

test('isOpen is true as soon as connect() was called', () => {
  const { client } = rig();
  void client.connect();
  assert.equal(client.isOpen, true);
});

test('connect() twice is an error', async () => {
  const { client } = await readyRig();
  await assert.rejects(client.connect(), { constructor: Error, message: 'Socket already opened' });
});

test('a loss is error, then a new attempt at once', async () => {
  const { client, link, events } = await readyRig({ socket: { reconnectStrategy: 700 } });
  events.length = 0;
  link.lose(new SocketClosedUnexpectedlyError());
  assert.deepEqual(events, ['error SocketClosedUnexpectedlyError: Socket closed unexpectedly', 'reconnecting']);
  assert.equal(link.calls.at(-1), 'retry 0');
  assert.deepEqual([client.isOpen, client.isReady], [true, false]);
  link.becomeReady();
  assert.deepEqual(events.slice(2), ['connect', 'ready']);
});

test('a failed attempt is error, then the delay of the strategy', async () => {
  const seen: unknown[] = [];
  const { client, link, events } = rig({ socket: { reconnectStrategy: (retries, cause) => (seen.push([retries, cause.message]), 30) } });
  const connecting = client.connect();
  link.lose(refused(), 0);
  link.lose(refused(), 1);
  assert.deepEqual(seen, [[0, 'connect ECONNREFUSED'], [1, 'connect ECONNREFUSED']]);
  assert.deepEqual(events, ['error Error: connect ECONNREFUSED', 'error Error: connect ECONNREFUSED']);
  assert.deepEqual(link.calls, ['open', 'retry 30', 'retry 30']);
  link.becomeReady();
  await connecting;
});

test('reconnectionStrategy is another name of reconnectStrategy, which wins', () => {
  const one = rig({ socket: { reconnectionStrategy: 11 } });
  one.client.connect().catch(() => undefined);
  one.link.lose(refused());
  assert.equal(one.link.calls.at(-1), 'retry 11');
  const both = rig({ socket: { reconnectionStrategy: 11, reconnectStrategy: 12 } });
  both.client.connect().catch(() => undefined);
  both.link.lose(refused());
  assert.equal(both.link.calls.at(-1), 'retry 12');
});

test('the default strategy backs off to two seconds with jitter', () => {
  const { client, link } = rig();
  client.connect().catch(() => undefined);
  for (const [retries, least] of [[0, 50], [1, 100], [3, 400], [20, 2000]] as const) {
    link.lose(refused(), retries);
    const delay = Number(link.calls.at(-1)?.split(' ')[1]);
    assert.ok(delay >= least && delay < least + 200, `${retries} retries: ${delay}`);
  }
});

test('the default strategy gives up on an idle connection', async () => {
  const { client, link, events } = await readyRig();
  link.lose(new SocketTimeoutError(150));
  assert.equal(client.isOpen, false);
  assert.deepEqual(events.slice(2).map((event) => event.split(' ')[0]), ['terminated', 'error']);
});

test('a strategy that is false: terminated before error, no end, connect() rejects with the network error', async () => {
  const { client, links, events } = rig({ socket: { reconnectStrategy: false } });
  const connecting = client.connect();
  const command = client.get('k');
  const openness: boolean[] = [];
  client.on('terminated', () => openness.push(client.isOpen));
  links[0]?.lose(refused());
  await assert.rejects(connecting, { message: 'connect ECONNREFUSED' });
  await assert.rejects(command, { message: 'connect ECONNREFUSED' });
  assert.deepEqual(events, ['terminated Error: connect ECONNREFUSED', 'error Error: connect ECONNREFUSED']);
  assert.deepEqual(openness, [false]);
  await assert.rejects(client.get('k'), ClientClosedError);
});

test('a strategy that returns an Error: the cause for terminated and connect(), the network error for the rest', async () => {
  const mine = new Error('mine');
  const { client, links, events } = rig({ socket: { reconnectStrategy: () => mine } });
  const connecting = client.connect();
  const command = client.get('k');
  const network = refused();
  links[0]?.lose(network);
  await assert.rejects(connecting, (error: ReconnectStrategyError) => {
    assert.ok(error instanceof ReconnectStrategyError);
    assert.deepEqual([error.message, error.originalError, error.socketError], ['mine', mine, network]);
    return true;
  });
  await assert.rejects(command, network);
  assert.deepEqual(events, ['terminated ReconnectStrategyError: mine', 'error Error: connect ECONNREFUSED']);
});

for (const [result, text] of [['nope', 'nope'], [undefined, 'undefined'], [{}, '[object Object]']] as const) {
  test(`a strategy that returns ${text} is complained about, and the default delay used`, () => {
    const { client, link, events } = rig({ socket: { reconnectStrategy: () => result as unknown as number } });
    client.connect().catch(() => undefined);
    link.lose(refused());
    assert.deepEqual(events, [
      'error Error: connect ECONNREFUSED',
      `error TypeError: Reconnect strategy should return \`false | Error | number\`, got ${text} instead`,
    ]);
    assert.match(link.calls.at(-1) ?? '', /^retry \d+$/);
  });
}

test('a strategy that throws is complained about, and the default delay used', () => {
  const { client, link, events } = rig({
    socket: {
      reconnectStrategy: () => {
        throw new Error('mine');
      },
    },
  });
  client.connect().catch(() => undefined);
  link.lose(refused());
  assert.deepEqual(events, ['error Error: connect ECONNREFUSED', 'error Error: mine']);
  assert.match(link.calls.at(-1) ?? '', /^retry \d+$/);
});

test('without an error listener a failing first connect rejects at once and closes', async () => {
  const { client, links } = rig({ socket: { reconnectStrategy: 10 } }, false);
  const connecting = client.connect();
  links[0]?.lose(refused());
  await assert.rejects(connecting, { message: 'connect ECONNREFUSED' });
  assert.equal(client.isOpen, false);
  const again = client.connect();
  links.at(-1)?.becomeReady();
  await again;
});

test('an error without a listener after the first connect is an uncaught exception, and the client reconnects', async () => {
  const { client, link } = rig({}, false);
  const connecting = client.connect();
  link.becomeReady();
  await connecting;
  // The test runner listens to uncaught exceptions as well: they are set aside for a moment.
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const uncaught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
  link.lose(new SocketClosedUnexpectedlyError());
  assert.ok((await uncaught) instanceof SocketClosedUnexpectedlyError);
  for (const listener of others) process.on('uncaughtException', listener);
  assert.equal(link.calls.at(-1), 'retry 0');
});

test('close() lets commands finish, refuses new ones, and ends once', async () => {
  const { client, link, events } = await readyRig();
  const running = client.get('k');
  const closing = client.close();
  assert.deepEqual([client.isOpen, client.isReady], [false, true]);
  await assert.rejects(client.ping(), ClientClosedError);
  await assert.rejects(client.close(), ClientClosedError);
  link.sent[0]?.reply('v');
  assert.equal(await running, 'v');
  link.end();
  assert.equal(await closing, undefined);
  assert.deepEqual(events.slice(2), ['end']);
});

test('close() and quit() of a client that is not open reject, destroy() and disconnect() do nothing', async () => {
  const { client, events } = rig();
  await assert.rejects(client.close(), ClientClosedError);
  await assert.rejects(client.quit(), ClientClosedError);
  assert.equal(client.destroy(), undefined);
  assert.equal(await client.disconnect(), undefined);
  assert.deepEqual(events, []);
});

test('destroy() rejects what runs and ends once', async () => {
  const { client, events } = await readyRig();
  const running = client.get('k');
  client.destroy();
  client.destroy();
  await assert.rejects(running, DisconnectsClientError);
  assert.deepEqual(events.slice(2), ['end']);
});

test('destroy() settles a close() that still drains', async () => {
  const { client, events } = await readyRig();
  const running = client.get('k');
  const closing = client.close();
  client.destroy();
  await assert.rejects(running, DisconnectsClientError);
  await closing;
  assert.deepEqual(events.slice(2), ['end']);
});

test('close({timeout}) destroys what does not finish', async () => {
  const { client } = await readyRig();
  const running = client.get('k');
  const closing = client.close({ timeout: 5 });
  await assert.rejects(running, DisconnectsClientError);
  await closing;
});

test('destroy() while connecting rejects connect() with the last network error, or as destroyed', async () => {
  const failed = rig();
  const first = failed.client.connect();
  failed.link.lose(refused());
  failed.client.destroy();
  await assert.rejects(first, { message: 'connect ECONNREFUSED' });
  const stuck = rig();
  const second = stuck.client.connect();
  stuck.client.destroy();
  await assert.rejects(second, DisconnectsClientError);
});

test('a closed client can connect again, and counts its connections', async () => {
  const made = await readyRig();
  const { client, links } = made;
  client.destroy();
  const again = client.connect();
  made.link.becomeReady();
  assert.equal(await again, client);
  assert.equal(client.socketEpoch, 2);
  const closing = client.close();
  const third = client.connect();
  assert.equal(client.isOpen, true);
  made.link.becomeReady();
  await third;
  for (const link of links) if (!link.isOpen) link.end();
  await closing;
  assert.equal(client.socketEpoch, 3);
});

test('events of a client that was closed while connecting are not heard', async () => {
  const { client, link, events } = rig();
  const connecting = client.connect();
  const closing = client.close();
  link.becomeReady();
  link.end();
  await assert.rejects(connecting, DisconnectsClientError);
  await closing;
  assert.deepEqual(events, ['end']);
});

test('an error listener may destroy the client', async () => {
  const { client, link } = await readyRig();
  client.on('error', () => client.destroy());
  link.lose(new SocketClosedUnexpectedlyError());
  assert.ok(!link.calls.some((call) => call.startsWith('retry')));
  assert.equal(client.isOpen, false);
});

test('ref and unref are remembered for later connections', async () => {
  const made = await readyRig();
  made.client.unref();
  made.client.destroy();
  made.client.connect().catch(() => undefined);
  assert.deepEqual(made.links.map((link) => link.calls.includes('unref')), made.links.map(() => true));
  made.client.ref();
  assert.equal(made.link.calls.at(-1), 'ref');
  made.client.destroy();
});

test('quit() sends QUIT behind what was sent, and closes', async () => {
  const { client, link } = await readyRig();
  const before = client.get('k');
  const quitting = client.quit();
  await assert.rejects(client.get('k'), ClientClosedError);
  assert.deepEqual(link.wire, ['GET k', 'QUIT']);
  link.sent[0]?.reply('v');
  link.sent[1]?.reply('OK');
  link.end();
  assert.deepEqual(await Promise.all([before, quitting]), ['v', 'OK']);
});

test('await using closes the client', async () => {
  const { client, link } = await readyRig();
  const disposed = client[Symbol.asyncDispose]();
  assert.equal(client.isOpen, false);
  link.end();
  await disposed;
  await client[Symbol.asyncDispose]();
});

test('a listener of ready that throws does not disturb the client', async () => {
  const { client, link, events } = rig();
  client.on('ready', () => {
    throw new Error('of the listener');
  });
  const connecting = client.connect();
  link.becomeReady();
  await connecting;
  assert.ok(events.includes('error Error: of the listener'), events.join());
});

test('pingInterval pings while ready and emits the answers', async () => {
  const { client, link, events } = await readyRig({ pingInterval: 5 }, (words) => (words[0] === 'PING' ? 'PONG' : undefined));
  await until(() => events.filter((event) => event === 'ping-interval PONG').length >= 2, 'two answers');
  link.lose(new SocketClosedUnexpectedlyError());
  const before = link.sent.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(link.sent.length, before);
  client.destroy();
});

test('a failed ping is an error', async () => {
  const { client, events } = await readyRig({ pingInterval: 5 }, () => new Error('no ping'));
  await until(() => events.includes('error Error: no ping'), 'the error');
  client.destroy();
});

test('a duplicate is of the class of its original', () => {
  class Mine extends RedisClient {
    readonly mark = 'mine';
  }
  const original = new Mine({ database: 3 });
  for (const duplicate of [original.duplicate(), original.withTypeMapping({}).duplicate()] as unknown as Mine[]) {
    assert.ok(duplicate instanceof Mine && duplicate !== original);
    assert.deepEqual([duplicate.mark, duplicate.options.database], ['mine', 3]);
  }
});
