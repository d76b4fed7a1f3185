import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimpleError, SocketClosedUnexpectedlyError, type BasicAuth, type StreamingCredentialsListener, type StreamingCredentialsProvider } from '../../../lib';
import { readyRig, rig, settled } from './scripted-link';

test('user name and password are at hand without a wait', async () => {
  const { client, link } = rig({ username: 'u', password: 'p' });
  assert.deepEqual(link.handlers.credentials(), { username: 'u', password: 'p' });
  const { credentialsProvider } = client.options;
  assert.ok(credentialsProvider?.type === 'async-credentials-provider');
  assert.deepEqual(await credentialsProvider.credentials(), { username: 'u', password: 'p' });
  assert.deepEqual(rig().link.handlers.credentials(), {});
});

test('a provider wins, and is asked for every connection', async () => {
  let asked = 0;
  const { link } = rig({
    username: 'u',
    credentialsProvider: { type: 'async-credentials-provider', credentials: async () => ({ password: `p${++asked}` }) },
  });
  assert.deepEqual(await link.handlers.credentials(), { password: 'p1' });
  assert.deepEqual(await link.handlers.credentials(), { password: 'p2' });
});

class Stream implements StreamingCredentialsProvider {
  readonly type = 'streaming-credentials-provider';
  listeners: StreamingCredentialsListener<BasicAuth>[] = [];
  disposed = 0;
  errors: string[] = [];

  async subscribe(listener: StreamingCredentialsListener<BasicAuth>): Promise<[BasicAuth, { dispose(): void }]> {
    this.listeners.push(listener);
    return [{ username: 'u', password: 'p0' }, { dispose: () => void this.disposed++ }];
  }

  onReAuthenticationError(error: Error): void {
    this.errors.push(`${error.constructor.name}: ${error.message}`);
  }

  next(password: string): void {
    this.listeners.at(-1)?.onNext({ username: 'u', password });
  }
}

test('a stream authenticates the live connection again, and gives the latest credentials to the next', async () => {
  const stream = new Stream();
  const { client, link } = await readyRig({ credentialsProvider: stream }, () => 'OK');
  assert.deepEqual(await link.handlers.credentials(), { username: 'u', password: 'p0' });
  stream.next('p1');
  assert.deepEqual(link.wire, ['AUTH u p1']);
  link.lose(new SocketClosedUnexpectedlyError());
  stream.next('p2');
  assert.deepEqual(link.wire, ['AUTH u p1']);
  assert.deepEqual(await link.handlers.credentials(), { username: 'u', password: 'p2' });
  assert.equal(stream.listeners.length, 1);
  client.destroy();
  assert.equal(stream.disposed, 1);
  stream.next('p3');
  assert.deepEqual(await link.handlers.credentials(), { username: 'u', password: 'p0' });
  assert.equal(stream.listeners.length, 2);
});

test('errors of a stream and of the server go to the provider', async () => {
  const stream = new Stream();
  const { link } = await readyRig({ credentialsProvider: stream }, () => new SimpleError('WRONGPASS no'));
  await link.handlers.credentials();
  stream.listeners[0]?.onError(new Error('token'));
  stream.next('p1');
  await settled();
  assert.deepEqual(stream.errors, [
    'UnableToObtainNewCredentialsError: Error from streaming credentials provider: token', 'CredentialsError: WRONGPASS no',
  ]);
});

test('a RESP2 subscriber does not send AUTH', async () => {
  const stream = new Stream();
  const { client, link } = await readyRig({ credentialsProvider: stream, RESP: 2 }, () => 'OK');
  await link.handlers.credentials();
  await client.subscribe('a', () => undefined);
  stream.next('p1');
  assert.deepEqual(link.wire, ['subscribe CHANNELS a']);
});

test('a stream that starts after the client was closed is ended', async () => {
  const stream = new Stream();
  const { client, link } = rig({ credentialsProvider: stream });
  const connecting = client.connect();
  const asked = link.handlers.credentials();
  client.destroy();
  await assert.rejects(connecting);
  await asked;
  assert.equal(stream.disposed, 1);
});

test('reset() asks the stream anew', async () => {
  const stream = new Stream();
  const { client, link } = await readyRig({ credentialsProvider: stream }, () => 'OK');
  await link.handlers.credentials();
  await client.reset();
  assert.equal(stream.disposed, 1);
});

test('a stream is subscribed to again when its credentials led to no connection', async () => {
  const stream = new Stream();
  const { client, link } = await readyRig({ credentialsProvider: stream }, () => 'OK');
  await link.handlers.credentials();
  stream.next('refused');
  link.lose(new SocketClosedUnexpectedlyError());
  assert.deepEqual(await link.handlers.credentials(), { username: 'u', password: 'refused' });
  assert.deepEqual(await link.handlers.credentials(), { username: 'u', password: 'p0' });
  assert.deepEqual([stream.listeners.length, stream.disposed], [2, 1]);
  client.destroy();
});
