/** TLS to a port for plain text, and the reverse. */
import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { ConnectionTimeoutError, SocketClosedUnexpectedlyError, createClient } from '../../lib';
import { certificate } from '../support/certificates';
import { startServer, type TestServer } from '../support/server';
import { TRANSPORTS } from './client';

interface Said extends Error {
  code?: string;
  cause?: Said;
}

let server: TestServer;
before(async () => {
  server = await startServer({ tls: true });
});
after(() => server.stop());

async function failure(socket: object): Promise<Said> {
  const client = createClient({ socket: { host: '127.0.0.1', reconnectStrategy: false, ...socket } as never });
  client.on('error', () => undefined);
  return client.connect().then(() => assert.fail('must not connect'), (error: Said) => error);
}

/** A server that does this with each connection once it has received something. */
async function answering(answer: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const listening = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { port: (listening.address() as { port: number }).port, server: listening };
}

const secure = { tls: true, ca: certificate('server').ca };

test('TLS to the plain port of a server that waits for more: the timeout says what it may be', async () => {
  const error = await failure({ ...secure, port: server.port, connectTimeout: 700 });
  assert.ok(error instanceof ConnectionTimeoutError);
  assert.equal(error.message, 'Connection timeout');
  assert.equal(error.cause?.code, 'OXREDIS_PLAIN_PORT');
  assert.match(error.cause?.message ?? '', /if it does not speak TLS on this port, connect without \(redis:\/\/ instead of rediss:\/\/\)/);
});

for (const words of ['-ERR Protocol error\r\n', "-ERR unknown command '\u0016\u0003'\r\n", '+OK\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n']) {
  test(`TLS to a server that answers ${JSON.stringify(words)}`, async () => {
    const plain = await answering((socket) => socket.end(words));
    const error = await failure({ ...secure, port: plain.port });
    plain.server.close();
    assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
    assert.match(error.message, /^the server does not speak TLS on this port/);
    assert.match(error.message, /redis:\/\/ instead of rediss:\/\//);
  });
}

test('TLS to a server that closes is told as Node does', async () => {
  const plain = await answering((socket) => socket.end());
  const error = await failure({ ...secure, port: plain.port });
  plain.server.close();
  assert.equal(error.code, 'ECONNRESET');
  assert.equal(error.message, 'Client network socket disconnected before secure TLS connection was established');
});

for (const transport of TRANSPORTS) {
  for (const RESP of [2, 3] as const) {
    test(`plain text to the TLS port of a server: the loss says what it may be (${transport}, RESP${RESP})`, async () => {
      const client = createClient({ RESP, socket: { host: '127.0.0.1', port: server.tlsPort, transport, reconnectStrategy: false } });
      client.on('error', () => undefined);
      const error = await client.connect().then(() => assert.fail('must not connect'), (reason: Said) => reason);
      // As in npm redis: what the system says of a server that closes with something unread.
      assert.ok(error.code === 'ECONNRESET' || error instanceof SocketClosedUnexpectedlyError, error.message);
      assert.equal(error.cause?.code, 'OXREDIS_TLS_PORT');
      assert.match(error.cause?.message ?? '', /if it speaks TLS on this port, use rediss:\/\/ or socket\.tls/);
    });
  }

  for (const alert of [[0x15, 3, 1, 0, 2, 2, 70], [0x15]]) {
    test(`plain text to a server that answers with an alert of TLS, ${alert.length} bytes (${transport})`, async () => {
      const tls = await answering((socket) => socket.write(Buffer.from(alert)));
      const error = await failure({ port: tls.port, transport });
      tls.server.close();
      assert.equal(error.code, 'OXREDIS_TLS_PORT');
      assert.equal(error.message, 'the server speaks TLS on this port: use rediss:// or socket.tls');
    });
  }

  test(`a server that has answered is no mix-up (${transport})`, async () => {
    const plain = await answering((socket) => socket.end('-ERR max number of clients reached\r\n'));
    const error = await failure({ port: plain.port, transport });
    plain.server.close();
    assert.equal(error.message, 'ERR max number of clients reached');
    assert.equal(error.cause, undefined);
  });
}
