import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy';
import { RawClient } from '../../support/raw-client';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server';
import { until } from '../../support/until';

let server: ScriptedServer;
before(async () => {
  server = await startScriptedServer();
});
after(() => server.stop());

/** Runs with a proxy of its own. */
async function withProxy(action: (proxy: FaultProxy) => Promise<void>): Promise<void> {
  const proxy = await startFaultProxy({ port: server.port });
  try {
    await action(proxy);
  } finally {
    await proxy.stop();
  }
}

/** Opens a connection, writes, and collects what comes until the end. */
function collect(port: number, bytes: string): { socket: Socket; received: Promise<string> } {
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  return { socket, received: new Promise((resolve) => socket.once('close', () => resolve(text))) };
}

test('it forwards both ways and counts', () =>
  withProxy(async (proxy) => {
    const client = await RawClient.connect({ port: proxy.port });
    assert.equal(await client.call('PING'), 'PONG');
    assert.deepEqual(proxy.forwarded, { toServer: 14, toClient: 7 });
    assert.equal(proxy.accepted, 1);
    client.close();
  }));

test('a cut towards the client lets exactly N bytes through, for every N', () =>
  withProxy(async (proxy) => {
    const exchange = '+PONG\r\n+OK\r\n';
    for (let bytes = 0; bytes < exchange.length; bytes += 1) {
      proxy.cutAfter(bytes, 'toClient');
      const { received } = collect(proxy.port, '*1\r\n$4\r\nPING\r\n*1\r\n$1\r\nX\r\n');
      assert.equal(await received, exchange.slice(0, bytes));
    }
    const client = await RawClient.connect({ port: proxy.port });
    assert.equal(await client.call('PING'), 'PONG', 'only one connection is cut each time');
    client.close();
  }));

test('a cut towards the server lets exactly N bytes through', () =>
  withProxy(async (proxy) => {
    const before = server.connections.length;
    proxy.cutAfter(20, 'toServer');
    const { received } = collect(proxy.port, '*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nECHO\r\n');
    await received;
    const connection = await server.connection(before + 1);
    await connection.closed;
    assert.equal(connection.socket.bytesRead, 20);
    assert.deepEqual(connection.commands, [['PING']]);
  }));

test('open connections can be cut later, in order or with a reset', () =>
  withProxy(async (proxy) => {
    const first = await RawClient.connect({ port: proxy.port });
    await first.call('PING');
    proxy.cutOpenAfter(3, 'toClient');
    await assert.rejects(first.call('PING'));
    assert.equal(first.socket.bytesRead, 7 + 3);

    // A reset that arrives together with data is an orderly end to node's sockets, hence no data here.
    const second = await RawClient.connect({ port: proxy.port });
    await second.call('PING');
    const failure = new Promise<NodeJS.ErrnoException>((resolve) => second.socket.once('error', resolve));
    proxy.killAll(true);
    assert.equal((await failure).code, 'ECONNRESET');
  }));

test('a delay keeps the order, also when it is taken back', () =>
  withProxy(async (proxy) => {
    const client = await RawClient.connect({ port: proxy.port });
    proxy.delay(60, 'toClient');
    const started = performance.now();
    assert.equal(await client.call('ECHO', 'slow'), 'slow');
    assert.ok(performance.now() - started >= 55);
    const first = client.call('ECHO', 'first');
    await sleep(20);
    proxy.delay(0);
    const second = client.call('ECHO', 'second');
    assert.deepEqual(await Promise.all([first, second]), ['first', 'second']);
    client.close();
  }));

test('a black hole keeps the connection and loses nothing when it heals', () =>
  withProxy(async (proxy) => {
    const client = await RawClient.connect({ port: proxy.port });
    await client.call('PING');
    proxy.blackhole();
    let settled = false;
    const ping = client.call('PING').finally(() => (settled = true));
    await sleep(60);
    assert.equal(settled, false);
    assert.equal(client.socket.destroyed, false);
    proxy.heal();
    assert.equal(await ping, 'PONG');
    client.close();
  }));

test('garbage is injected, all connections are killed, new ones refused and accepted again', () =>
  withProxy(async (proxy) => {
    const { received } = collect(proxy.port, '*1\r\n$4\r\nPING\r\n');
    await until(() => proxy.forwarded.toClient > 0, 'the reply');
    proxy.inject('garbage');
    proxy.killAll();
    assert.equal(await received, '+PONG\r\ngarbage');
    await proxy.refuse();
    await assert.rejects(RawClient.connect({ port: proxy.port }), { code: 'ECONNREFUSED' });
    await proxy.accept();
    const client = await RawClient.connect({ port: proxy.port });
    assert.equal(await client.call('PING'), 'PONG');
    client.close();
  }));
