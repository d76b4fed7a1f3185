import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineScript } from '../../lib';
import { clientOf, connected, errorOf, scripted, slowServer, type FaultError } from './client';

/** What an error says of its command, and that nothing of it shows. */
function said(error: FaultError): unknown[] {
  assert.deepEqual(['command', 'phase'].filter((key) => Object.keys(error).includes(key)), []);
  return [error.constructor.name, error.code, error.command, error.phase];
}

test('a closed client says which command it refused', async () => {
  const { client } = clientOf(1);
  const closed = (command: string): unknown[] => ['ClientClosedError', 'OXREDIS_CLIENT_CLOSED', command, 'queued'];
  assert.deepEqual(said(await errorOf(client.hSet('h', 'f', 'v'))), closed('HSET'));
  assert.deepEqual(said(await errorOf(client.sendCommand(['GET', 'secret']))), closed('GET'));
  assert.deepEqual(said(await errorOf(client.multi().get('k').exec())), closed('MULTI'));
  assert.deepEqual(said(await errorOf(client.multi().get('k').execAsPipeline())), closed('GET'));
  assert.deepEqual(said(await errorOf(client.quit())), closed('QUIT'));
  assert.deepEqual(said(await errorOf(client.monitor(() => undefined))), closed('MONITOR'));
  assert.deepEqual(said(await errorOf(client.reset())), closed('RESET'));
});

test('an offline client says which command it refused', async () => {
  const echo = defineScript({ SCRIPT: 'return 1', NUMBER_OF_KEYS: 0, parseCommand: () => undefined, transformReply: undefined });
  const mute = await scripted({ mute: true });
  const { client } = clientOf(mute.port, { disableOfflineQueue: true, scripts: { echo } });
  client.connect().catch(() => undefined);
  const offline = (command: string): unknown[] => ['ClientOfflineError', 'OXREDIS_CLIENT_OFFLINE', command, 'queued'];
  assert.deepEqual(said(await errorOf(client.get('k'))), offline('GET'));
  assert.deepEqual(said(await errorOf((client as unknown as { echo(): Promise<unknown> }).echo())), offline('EVALSHA'));
  client.destroy();
  await mute.stop();
});

test('a full queue says which command it refused', async () => {
  const { slow, answer, holding } = await slowServer();
  const { client } = await connected(slow.port, { commandsQueueMaxLength: 1 });
  const kept = client.blPop('a', 0);
  const full = (command: string): unknown[] => ['Error', 'OXREDIS_QUEUE_FULL', command, 'queued'];
  assert.deepEqual(said(await errorOf(client.get('k'))), full('GET'));
  assert.deepEqual(said(await errorOf(client.multi().get('k').exec())), full('MULTI'));
  // An argument that cannot be sent is no matter of the queue.
  assert.ok((await errorOf(client.get(5 as unknown as string))) instanceof TypeError);
  await holding();
  answer('*-1\r\n');
  assert.equal(await kept, null);
  client.destroy();
  await slow.stop();
});

test('an aborted signal says which command it kept from being sent', async () => {
  const server = await scripted();
  const { client } = await connected(server.port);
  const aborted = client.withAbortSignal(AbortSignal.abort());
  const refused = (command: string): unknown[] => ['AbortError', 'OXREDIS_ABORTED', command, 'queued'];
  assert.deepEqual(said(await errorOf(aborted.get('k'))), refused('GET'));
  assert.deepEqual(said(await errorOf(aborted.sendCommand(['TTL', 'k']))), refused('TTL'));
  assert.deepEqual(said(await errorOf(aborted.multi().get('k').exec())), refused('MULTI'));
  assert.deepEqual(said(await errorOf(aborted.multi().get('k').ttl('k').execAsPipeline())), refused('GET'));
  assert.deepEqual(server.commands.filter(([name]) => ['GET', 'TTL', 'MULTI'].includes(String(name))), []);
  client.destroy();
  await server.stop();
});

test('a subscription that fails says what it was', async () => {
  const server = await scripted({ onCommand: ([name]) => (name === 'ssubscribe' ? '-NOPERM no\r\n' : undefined) });
  const { client } = await connected(server.port);
  const error = await errorOf(client.sSubscribe('s', () => undefined));
  assert.deepEqual(said(error), ['SimpleError', 'NOPERM', 'SSUBSCRIBE', 'written']);
  const { client: closed } = clientOf(server.port);
  const waiting = errorOf(closed.subscribe('a', () => undefined));
  closed.destroy();
  assert.equal((await waiting).code, 'OXREDIS_CLIENT_DESTROYED');
  client.destroy();
  await server.stop();
});
