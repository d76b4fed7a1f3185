import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from '../support/fault-proxy';
import { reply } from '../support/resp';
import { SILENCE } from '../support/scripted-server';
import { startServer } from '../support/server';
import { clientOf, connected, errorOf, nextEvent, notHanging, outcome, scripted, TRANSPORTS, unsettled } from './client';

const FULL = '-ERR max number of clients reached\r\n';

for (const transport of TRANSPORTS) {
  const socket = { transport, reconnectStrategy: false } as const;

  test(`a server that speaks first and closes is quoted (${transport})`, async () => {
    const full = await scripted({
      onConnection: (connection) => {
        connection.send(FULL);
        connection.end();
      },
      onCommand: () => SILENCE,
    });
    const slowly = {
      type: 'async-credentials-provider',
      credentials: () => sleep(30).then(() => ({ password: 'secret' })),
    } as const;
    for (const credentialsProvider of [undefined, slowly]) {
      const { client } = clientOf(full.port, { socket, credentialsProvider });
      const error = await errorOf(client.connect());
      assert.equal(error.message, 'ERR max number of clients reached');
      assert.equal(client.isOpen, false);
    }
    await full.stop();
  });

  test(`a client waits until a full server has room (${transport})`, async () => {
    const server = await scripted({
      onConnection: (connection) => {
        if (connection.index > 2) return;
        connection.send(FULL);
        connection.end();
      },
    });
    const { client, errors } = clientOf(server.port, { socket: { transport } });
    const connecting = client.connect();
    const early = client.get('a');
    await notHanging(connecting);
    assert.equal(await early, 'OK');
    assert.deepEqual(errors.map(({ message }) => message), Array(3).fill('ERR max number of clients reached'));
    client.destroy();
    await server.stop();
  });

  test(`connectTimeout covers a server that never answers (${transport})`, async () => {
    const mute = await scripted({ mute: true });
    const halfway = await scripted({ onCommand: ([name]) => (name === 'SELECT' ? SILENCE : undefined) });
    for (const { port } of [mute, halfway]) {
      const { client } = clientOf(port, { database: 1, socket: { ...socket, connectTimeout: 50 } });
      const connecting = errorOf(client.connect());
      const queued = errorOf(client.get('a'));
      const error = await connecting;
      assert.deepEqual([error.constructor.name, error.message, error.code], ['ConnectionTimeoutError', 'Connection timeout', 'OXREDIS_CONNECTION_TIMEOUT']);
      assert.deepEqual([(await queued).constructor.name, (await queued).phase], ['ConnectionTimeoutError', 'queued']);
    }
    await Promise.all([mute.stop(), halfway.stop()]);
  });

  test(`connectTimeout covers credentials and lookups that never come (${transport})`, async () => {
    const server = await scripted();
    const never = new Promise<never>(() => undefined);
    const stuck = [
      clientOf(server.port, {
        socket: { ...socket, connectTimeout: 50 },
        credentialsProvider: { type: 'async-credentials-provider', credentials: () => never },
      }),
      clientOf(server.port, { socket: { ...socket, host: 'a.name', connectTimeout: 50, lookup: () => undefined } }),
    ];
    for (const { client } of stuck) assert.equal((await errorOf(client.connect())).message, 'Connection timeout');
    await server.stop();
  });

  test(`a custom lookup is asked for every attempt, and its answer is used (${transport})`, async () => {
    const server = await scripted();
    const asked: string[] = [];
    const { client } = clientOf(server.port, {
      socket: {
        transport,
        host: 'a.name',
        lookup: (host: string, _options: unknown, answer: (error: Error | null, address: string, family: number) => void) => {
          asked.push(host);
          answer(asked.length === 1 ? new Error('no such name') : null, '127.0.0.1', 4);
        },
      },
    });
    await notHanging(client.connect());
    assert.deepEqual(asked, ['a.name', 'a.name']);
    const again = nextEvent(client, 'ready');
    server.last.reset();
    await again;
    assert.equal(asked.length, 3);
    client.destroy();
    await server.stop();
  });

  test(`what a lookup or a credentials provider fails with is the error of the attempt (${transport})`, async () => {
    const server = await scripted();
    const failure = new Error('no answer');
    const fail = (): never => {
      throw failure;
    };
    type Answer = (error: Error, address: string, family: number) => void;
    const lookups = [
      (_host: string, _options: unknown, answer: Answer) => answer(failure, '', 4),
      (_host: string, _options: unknown, answer: Answer) => void setImmediate(answer, failure, '', 4),
      fail,
    ];
    for (const lookup of lookups) {
      const { client } = clientOf(server.port, { socket: { ...socket, host: 'a.name', lookup } });
      assert.equal(await errorOf(client.connect()), failure);
    }
    for (const credentials of [fail, () => Promise.reject(failure)]) {
      const { client } = clientOf(server.port, { socket, credentialsProvider: { type: 'async-credentials-provider', credentials } });
      assert.equal(await errorOf(client.connect()), failure);
    }
    assert.equal(unsettled(), 0);
    await server.stop();
  });

  test(`a lookup of nothing, or of no address, is an error (${transport})`, async () => {
    const server = await scripted();
    for (const found of [[], [{ address: 'not an address', family: 4 }]]) {
      const lookup = (_host: string, _options: unknown, answer: (error: null, found: unknown) => void): void => answer(null, found);
      const { client } = clientOf(server.port, { socket: { ...socket, host: 'a.name', lookup: lookup as never } });
      assert.notEqual((await errorOf(client.connect())).message, '');
    }
    await server.stop();
  });

  test(`a half-open connection ends with socketTimeout; what is in flight fails with it (${transport})`, async () => {
    const server = await startServer();
    const proxy = await startFaultProxy({ port: server.port });
    const { client, errors } = await connected(proxy.port, { socket: { transport, socketTimeout: 100 } });
    assert.equal(await client.set('half', '1'), 'OK');
    const again = nextEvent(client, 'ready');
    proxy.blackhole();
    const lost = errorOf(client.get('half'));
    const { constructor, code, phase } = await lost;
    assert.deepEqual([constructor.name, code, phase], ['SocketTimeoutError', 'OXREDIS_SOCKET_TIMEOUT', 'written']);
    proxy.heal();
    await again;
    assert.equal(await client.get('half'), '1');
    assert.equal(errors[0]?.constructor.name, 'SocketTimeoutError');
    client.destroy();
    await proxy.stop();
    await server.stop();
  });

  test(`a slow network changes nothing but the time (${transport})`, async () => {
    const server = await startServer();
    const proxy = await startFaultProxy({ port: server.port });
    proxy.delay(15);
    const { client } = await connected(proxy.port, { socket: { transport } });
    const keys = Array.from({ length: 100 }, (_, index) => `slow:${index}`);
    const all = keys.flatMap((key) => [client.set(key, key), client.get(key)]);
    assert.deepEqual(await notHanging(Promise.all(all)), keys.flatMap((key) => ['OK', key]));
    client.destroy();
    await proxy.stop();
    await server.stop();
  });

  test(`a server without HELLO is spoken to in RESP2 (${transport})`, async () => {
    const server = await scripted({
      hello: 'unknown',
      onCommand: ([name]) => (name === 'HGETALL' ? reply.array([reply.bulk('f'), reply.bulk('v')]) : undefined),
    });
    const { client, errors } = await connected(server.port, {
      password: 'secret', name: 'me', database: 2, socket: { transport },
    });
    assert.deepEqual(await client.hGetAll('h'), Object.assign({}, { f: 'v' }));
    const again = nextEvent(client, 'ready');
    server.last.reset();
    await again;
    assert.deepEqual(await client.hGetAll('h'), { f: 'v' });
    for (const { commands } of server.connections) {
      const words = commands.map((command) => command.join(' '));
      for (const needed of ['AUTH secret', 'CLIENT SETNAME me', 'SELECT 2']) assert.ok(words.includes(needed), `${needed} in ${words.join()}`);
    }
    assert.equal(errors.length, 1);
    client.destroy();
    await server.stop();
  });

  test(`a refused handshake is a failed attempt, and what is queued waits for a good one (${transport})`, async () => {
    const server = await scripted({
      onCommand: ([name], connection) => (name === 'SELECT' && connection.index === 0 ? reply.error('ERR DB index is out of range') : undefined),
    });
    const { client, errors } = clientOf(server.port, { database: 9, socket: { transport } });
    const connecting = client.connect();
    const early = client.get('a');
    await notHanging(connecting);
    assert.equal(await early, 'OK');
    assert.equal(errors[0]?.message, 'ERR DB index is out of range');
    assert.equal(server.connections[0]?.commands.some(([name]) => name === 'GET'), false);
    client.destroy();
    await server.stop();
  });
}

test('destroy() in the middle of anything leaves nothing behind', async () => {
  const server = await scripted();
  for (let turns = 0; turns < 40; turns++) {
    const { client } = clientOf(server.port, { socket: { transport: turns % 2 === 0 ? 'uv' : 'pump' } });
    const connecting = outcome(client.connect());
    const queued = outcome(client.get('a'));
    for (let turn = 0; turn < turns / 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    client.destroy();
    await connecting;
    await queued;
  }
  assert.equal(unsettled(), 0);
  await server.stop();
});
