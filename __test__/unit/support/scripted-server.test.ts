import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificate } from '../../support/certificates';
import { RawClient } from '../../support/raw-client';
import { reply } from '../../support/resp';
import { SILENCE, startScriptedServer } from '../../support/scripted-server';

test('without a script it knows HELLO, PING and ECHO and says OK to the rest', async () => {
  const server = await startScriptedServer();
  const client = await RawClient.connect({ port: server.port });
  const hello = (await client.call('HELLO', '3')) as Map<string, unknown>;
  assert.equal(hello.get('proto'), 3);
  assert.equal(await client.call('PING'), 'PONG');
  assert.equal(await client.call('ECHO', 'ü'), 'ü');
  assert.equal(await client.call('SET', 'a', 'b'), 'OK');
  assert.deepEqual(server.commands.at(-1), ['SET', 'a', 'b']);
  client.close();
  await server.last.closed;
  await server.stop();
});

test('a script answers with raw bytes, late, in pieces or not at all, in order', async () => {
  const server = await startScriptedServer({
    hello: 'unknown',
    onCommand: async ([name], connection) => {
      if (name === 'SLOW') {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return reply.simple('slow');
      }
      if (name === 'PIECES') {
        await connection.sendInPieces(reply.bulk('in pieces'), 2);
        return SILENCE;
      }
      return name === 'FAIL' ? reply.error('ERR no') : undefined;
    },
  });
  const client = await RawClient.connect({ port: server.port });
  const all = [client.call('SLOW'), client.call('PIECES'), client.call('PING')];
  assert.deepEqual(await Promise.all(all), ['slow', 'in pieces', 'PONG']);
  await assert.rejects(client.call('FAIL'), /ERR no/);
  await assert.rejects(client.call('HELLO', '3'), /unknown command 'HELLO'/);
  server.last.send(reply.push([reply.simple('invalidate'), reply.nil]));
  await client.call('PING');
  assert.deepEqual(client.pushes, [['invalidate', null]]);
  client.close();
  await server.stop();
});

test('a mute server accepts and never answers; a reset reaches the client', async () => {
  const server = await startScriptedServer({ mute: true });
  const client = await RawClient.connect({ port: server.port });
  let settled = false;
  const ping = client.call('PING').finally(() => (settled = true));
  ping.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(settled, false);
  const failure = new Promise<NodeJS.ErrnoException>((resolve) => client.socket.once('error', resolve));
  (await server.connection(1)).reset();
  assert.equal((await failure).code, 'ECONNRESET');
  await assert.rejects(ping);
  await server.stop();
});

test('it speaks TLS', async () => {
  const server = await startScriptedServer({ tls: true });
  const tls = { ca: certificate('server').ca, servername: 'localhost' };
  const client = await RawClient.connect({ port: server.port, tls });
  assert.equal(await client.call('PING'), 'PONG');
  const expired = certificate('expired');
  client.close();
  await server.stop();
  const old = await startScriptedServer({ tls: { cert: expired.cert, key: expired.key } });
  await assert.rejects(RawClient.connect({ port: old.port, tls }), /certificate has expired/);
  await old.stop();
});
