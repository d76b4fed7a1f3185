/** Time limits and signals: the error says what waited, how long and why. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { AbortError, TimeoutError, type RedisClientType } from '../../lib';
import { freePort } from '../support/free-port';
import { door } from './door';
import { liveStage, next, until } from './stage';

type Failure = Error & { code?: string; command?: string; phase?: string };

const stage = liveStage();
const failureOf = (promise: Promise<unknown>): Promise<Failure> => promise.then(() => assert.fail('it was served'), (error: Failure) => error);

/** A client whose attempts to connect fail for ever, after the first one. */
async function unconnected(timeout: number): Promise<RedisClientType> {
  const client = stage.client({ socket: { host: '127.0.0.1', port: await freePort(), reconnectStrategy: 5 }, commandOptions: { timeout } });
  const failed = next(client, 'error');
  client.connect().catch(() => undefined);
  await failed;
  return client;
}

test('a command of a client that is not connected yet', async () => {
  const client = await unconnected(50);
  const { port } = client.options.socket as { port: number };
  const error = await failureOf(client.get('secret'));
  assert.ok(error instanceof TimeoutError);
  assert.equal(error.message, `GET waited 50 ms to be written: the client is not connected yet (last error: ECONNREFUSED 127.0.0.1:${port})`);
  assert.deepEqual([error.code, error.command, error.phase], ['OXREDIS_TIMEOUT', 'GET', 'queued']);
  assert.equal((error.cause as Failure).code, 'ECONNREFUSED');
  const chain = await failureOf(client.multi().set('secret', '1').execAsPipeline());
  assert.match(chain.message, /^SET waited 50 ms to be written: the client is not connected yet/);
  client.destroy();
});

test('a command of a client that reconnects', async () => {
  const { port, shut } = await door(stage.server.port);
  const client = await stage.connected({ socket: { host: '127.0.0.1', port, reconnectStrategy: 60_000 } });
  await shut();
  // The loss, then the first attempt, which does not wait for the strategy.
  await until(() => client.errors.length === 2, 'the failed attempt');
  const error = await failureOf(client.withCommandOptions({ timeout: 10 }).get('k'));
  assert.equal(error.message, `GET waited 10 ms to be written: the client is reconnecting (last error: ECONNREFUSED 127.0.0.1:${port})`);
  client.destroy();
});

test('a command behind a server that does not read', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', () => {
      socket.pause();
      socket.write('-ERR unknown command \'HELLO\'\r\n'.replace('HELLO', 'x'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = stage.client({ RESP: 2, disableClientInfo: true, socket: { host: '127.0.0.1', port }, commandOptions: { timeout: 100 } });
  await client.connect();
  const large = Buffer.alloc(8 * 1024 * 1024);
  const written = [1, 2].map(() => client.withCommandOptions({ timeout: undefined }).set('k', large).catch(() => undefined));
  const error = await failureOf(client.get('k'));
  assert.equal(error.message, 'GET waited 100 ms to be written: the connection takes no more bytes at present');
  assert.equal(error.cause, undefined);
  client.destroy();
  await Promise.all(written);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('a deadline, before and after a command was sent', async () => {
  const client = await stage.connected();
  const sent = await failureOf(client.withCommandOptions({ deadline: 20 }).blPop('none', 0));
  assert.equal(sent.message, 'The command was not answered within its deadline of 20ms: BLPOP was sent and had no reply yet');
  assert.deepEqual([sent.code, sent.command, sent.phase], ['OXREDIS_TIMEOUT', 'BLPOP', 'written']);
  const offline = await unconnected(60_000);
  const queued = await failureOf(offline.withCommandOptions({ deadline: 20 }).get('k'));
  assert.match(queued.message, /deadline of 20ms: GET waited to be written, as the client is not connected yet \(last error: ECONNREFUSED /);
  assert.equal((queued.cause as Failure).code, 'ECONNREFUSED');
  offline.destroy();
});

test('signals: their reason is the cause', async () => {
  const client = await stage.connected();
  const reason = new Error('the user left');
  const before = await failureOf(client.withAbortSignal(AbortSignal.abort(reason)).get('k'));
  assert.ok(before instanceof AbortError);
  assert.deepEqual([before.message, before.cause], ['The command was aborted: its signal had fired before it was issued', reason]);
  const controller = new AbortController();
  const waiting = failureOf(client.withCommandOptions({ abortSignal: controller.signal, abortInFlight: true }).blPop('none', 0));
  await until(async () => String(await stage.server.command('CLIENT', 'LIST')).includes('cmd=blpop'), 'BLPOP');
  controller.abort(reason);
  const sent = await waiting;
  assert.deepEqual([sent.message, sent.cause, sent.phase], ['The command was aborted: BLPOP was sent and had no reply yet', reason, 'written']);
  const fresh = new AbortController();
  const unwritten = failureOf(client.withAbortSignal(fresh.signal).get('k'));
  fresh.abort(reason);
  assert.equal((await unwritten).message, 'The command was aborted: GET was not written yet');
  const offline = await unconnected(60_000);
  const other = new AbortController();
  const queued = failureOf(offline.withAbortSignal(other.signal).get('k'));
  other.abort(reason);
  assert.match((await queued).message, /^The command was aborted: GET waited to be written, as the client is not connected yet/);
  offline.destroy();
});

test('commands that a lost connection fails have errors of their own', async () => {
  const client = await stage.connected({ socket: { socketTimeout: 50, reconnectStrategy: false } });
  const errors = await Promise.all([client.blPop('none', 0), client.brPop('none', 0)].map(failureOf));
  assert.deepEqual(errors.map(({ code, command }) => [code, command]), [
    ['OXREDIS_SOCKET_TIMEOUT', 'BLPOP'], ['OXREDIS_SOCKET_TIMEOUT', 'BRPOP'],
  ]);
  assert.notEqual(errors[0], errors[1]);
  assert.equal(errors[0]?.cause, errors[1]?.cause);
});

test('close() of a client that cannot connect: the network error is the cause', async () => {
  const client = await unconnected(60_000);
  const error = failureOf(client.get('k'));
  await client.close();
  assert.deepEqual([(await error).code, ((await error).cause as Failure).code], ['OXREDIS_CLIENT_CLOSED', 'ECONNREFUSED']);
});

test('with callerStacks, the stack of a server\'s error begins at the line that called', async () => {
  const here = /^[^\n]*\n {4}at [^\n]*limit-errors\.test/;
  const client = await stage.connected({ callerStacks: true });
  await client.set('text', 'x');
  for (const call of [
    () => client.incr('text'), () => client.sendCommand(['INCR', 'text']), () => client.eval('return redis.error_reply("ERR own")'),
    () => client.multi().incr('text').execAsPipeline(), () => client.withCommandOptions({ deadline: 10 }).blPop('none', 0),
  ]) {
    const error = await failureOf(call());
    assert.match(error.stack as string, here, String(call));
    assert.ok((error.stack as string).startsWith(String(error)));
  }
  const bare = await stage.connected({ callerStacks: false });
  assert.doesNotMatch((await failureOf(bare.incr('text'))).stack as string, here);
});

test('in tests callerStacks is on', async () => {
  const client = await stage.connected();
  await client.set('text', 'x');
  assert.match((await failureOf(client.incr('text'))).stack as string, /limit-errors\.test/);
});
