/** Servers that do not know RESP3, or not now: when a client speaks RESP2, that it says so, and that it asks again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BasicClientSideCache, type ErrorReply, type RedisClientType } from '../../lib';
import { reply } from '../support/resp';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server';
import { startServer } from '../support/server';
import { liveStage, next } from './stage';

const stage = liveStage();

/** A server whose connections answer HELLO with these; `undefined`: it works. */
function server(...answers: (string | undefined)[]): Promise<ScriptedServer> {
  return startScriptedServer({
    onCommand: ([name], connection) => {
      if (name === 'HELLO') {
        const answer = answers[Math.min(connection.index, answers.length - 1)];
        return answer === undefined ? undefined : reply.error(answer);
      }
      // What HGETALL gives shows in which protocol the reply was read.
      if (name !== 'HGETALL') return undefined;
      return connection.protocol === 3 ? '%1\r\n$1\r\nf\r\n$1\r\nv\r\n' : '*2\r\n$1\r\nf\r\n$1\r\nv\r\n';
    },
  });
}

function reports(client: RedisClientType): string[] {
  const told: string[] = [];
  client.on('resp-fallback', (reason: Error) => told.push(reason.message));
  return told;
}

test('connect() without the password that a server wants fails, as with npm redis', async () => {
  const locked = await startServer({ password: 'secret' });
  const codes: unknown[] = [];
  const client = stage.client({
    socket: { host: '127.0.0.1', port: locked.port, reconnectStrategy: (retries, cause) => {
      codes.push((cause as ErrorReply).code);
      return retries < 2 ? 0 : new Error('enough');
    } },
  });
  const told = reports(client);
  await assert.rejects(client.connect(), /enough/);
  assert.deepEqual([codes, told, client.isOpen], [['NOAUTH', 'NOAUTH', 'NOAUTH'], [], false]);
  assert.match((client.errors[0] as Error).message, /^NOAUTH HELLO must be called/);
  await locked.stop();
});

const NO_FALLBACK = [
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
  'WRONGPASS invalid username-password pair or user is disabled.',
  'NOPERM this user has no permissions to run the \'hello\' command',
  'LOADING Redis is loading the dataset in memory',
  'ERR unknown subcommand \'HELLO\'',
  'ERR max number of clients reached, unknown command \'HELLO\'',
];

for (const error of NO_FALLBACK) {
  test(`no reason for RESP2: ${error.slice(0, 30)}`, async () => {
    const fake = await server(error, undefined);
    const client = stage.client({ socket: { port: fake.port, reconnectStrategy: 0 } });
    const told = reports(client);
    await client.connect();
    assert.deepEqual({ ...(await client.hGetAll('h')) }, { f: 'v' });
    assert.deepEqual([client.errors.map(({ message }) => message), told], [[error], []]);
    assert.deepEqual(fake.connections.map(({ protocol }) => protocol), [2, 3]);
    client.destroy();
    await fake.stop();
  });
}

test('a fall-back lasts for a connection, and what waits is read as the next one answers', async () => {
  const unknown = 'ERR unknown command \'HELLO\', with args beginning with: \'3\' \'AUTH\' \'default\' \'secret\' ';
  const fake = await server(unknown, 'NOPROTO unsupported protocol version', undefined, unknown);
  const client = stage.client({
    password: 'secret', name: 'mine', clientSideCache: new BasicClientSideCache(), socket: { port: fake.port, reconnectStrategy: 0 },
  });
  const told = reports(client);
  const order: string[] = [];
  for (const event of ['resp-fallback', 'ready']) client.on(event, () => order.push(event));
  await client.connect();
  const protocols: number[] = [];
  for (let round = 0; round < 4; round++) {
    assert.deepEqual({ ...(await client.hGetAll('h')) }, { f: 'v' });
    const { hitCount } = client.clientSideCache?.stats() as { hitCount: number };
    assert.deepEqual({ ...(await client.hGetAll('h')) }, { f: 'v' });
    const isCached = client.clientSideCache?.stats().hitCount === hitCount + 1;
    protocols.push(isCached ? 3 : 2);
    if (round === 3) break;
    const again = next(client, 'ready');
    fake.last.reset();
    // Queued while the protocol is not known yet.
    await next(client, 'reconnecting');
    const queued = client.hGetAll('h');
    await again;
    assert.deepEqual({ ...(await queued) }, { f: 'v' });
  }
  assert.deepEqual(protocols, [2, 2, 3, 2]);
  assert.deepEqual(told, ['ERR unknown command \'HELLO\'', 'NOPROTO unsupported protocol version', 'ERR unknown command \'HELLO\'']);
  assert.deepEqual(order, ['resp-fallback', 'ready', 'resp-fallback', 'ready', 'ready', 'resp-fallback', 'ready']);
  for (const { protocol, commands } of fake.connections) {
    const words = commands.map((command) => command.join(' '));
    assert.equal(words.includes('AUTH secret'), protocol === 2, words.join());
    assert.equal(words.includes('CLIENT SETNAME mine'), protocol === 2, words.join());
  }
  client.destroy();
  await fake.stop();
});

test('subscriptions follow a client to a server that does not know RESP3', async () => {
  const fake = await startScriptedServer({
    onCommand: ([name, channel], connection) => {
      if (name === 'HELLO' && connection.index > 0) return reply.error('ERR unknown command \'HELLO\'');
      if (name !== 'subscribe') return undefined;
      return `${connection.protocol === 3 ? '>' : '*'}3\r\n$9\r\nsubscribe\r\n${reply.bulk(channel as string).toString()}:1\r\n`;
    },
  });
  const client = stage.client({ socket: { port: fake.port, reconnectStrategy: 0 } });
  await client.connect();
  const message = new Promise((resolve) => {
    void client.subscribe('news', resolve);
  });
  await client.ping();
  const again = next(client, 'ready');
  fake.last.reset();
  await again;
  fake.last.send('*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n');
  assert.equal(await message, 'hi');
  client.destroy();
  await fake.stop();
});
