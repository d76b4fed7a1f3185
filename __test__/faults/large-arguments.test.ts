/** Large arguments are written from the caller's memory, which may be taken away at any time. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESP_TYPES } from '../../lib';
import { SILENCE } from '../support/scripted-server';
import { startServer, type TestServer } from '../support/server';
import { clientOf, connected, errorOf, nextEvent, notHanging, outcome, scripted, TRANSPORTS, unsettled, type Client } from './client';

/** More than the buffers of both sides of a connection hold. */
const HUGE = 10 * 1024 * 1024;
const LARGE = 200_000;

const memory = (size: number, fill = 1): Buffer => Buffer.from(new Uint8Array(size).fill(fill).buffer);
const transfer = ({ buffer }: Buffer): void => void structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** A promise that is looked at later. */
function later<T extends Promise<unknown>>(promise: T): T {
  promise.catch(() => undefined);
  return promise;
}

/** A server that reads nothing after the handshake until it is told to. */
async function unread(transport: 'uv' | 'pump', tls: boolean) {
  const slow = await scripted({ tls, onCommand: ([name]) => (name === 'BLPOP' ? SILENCE : undefined) });
  const socket = { transport, ...(tls ? { tls: true as const, rejectUnauthorized: false } : {}) };
  const { client, errors } = await connected(slow.port, { socket, commandOptions: { timeout: 0 } });
  slow.last.stopReading();
  return { slow, client, errors };
}

async function offline(transport: 'uv' | 'pump') {
  const { client } = clientOf(server.port, { socket: { transport }, commandOptions: { timeout: 0 } });
  return client;
}

async function holds(client: Client, key: string): Promise<Buffer> {
  return await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get(key) as unknown as Buffer;
}

for (const [transport, tls] of [...TRANSPORTS.map((one) => [one, false] as const), ['pump', true] as const]) {
  const name = `${transport}${tls ? ', TLS' : ''}`;

  test(`memory taken away half-way ends the connection; the others fail as at any loss (${name})`, async () => {
    const { client, slow, errors } = await unread(transport, tls);
    const before = later(client.ping());
    const bytes = memory(HUGE);
    const half = later(client.set('huge', bytes));
    const behind = client.set('next', 'kept');
    // The first pieces are on their way, the rest is not.
    await sleep(20);
    transfer(bytes);
    const reconnected = nextEvent(client, 'ready');
    slow.last.readAgain();
    const error = await errorOf(half);
    assert.deepEqual([error.code, error.command, error.phase], ['OXREDIS_ARGUMENT_GONE', 'SET', 'written']);
    const first = await outcome(before);
    assert.ok(first.error === undefined || first.error.phase === 'written');
    await reconnected;
    assert.equal((errors[0] as { code?: string }).code, 'OXREDIS_ARGUMENT_GONE');
    assert.equal(await notHanging(behind), 'OK');
    assert.equal(unsettled(), 0);
    client.destroy();
  });

  test(`what waits fails alone when its memory is gone, and its chain whole (${name})`, async () => {
    const { client, slow } = await unread(transport, tls);
    const plug = client.set('plug', memory(HUGE));
    const [one, two] = [memory(LARGE), memory(LARGE)];
    const lost = later(client.set('lost', one));
    const chain = [later(client.multi().set('a', '1').set('b', two).set('c', '2').exec()), client.get('d')] as const;
    transfer(one);
    transfer(two);
    slow.last.readAgain();
    assert.equal(await notHanging(plug), 'OK');
    for (const error of [await errorOf(lost), await errorOf(chain[0])]) {
      assert.deepEqual([error.code, error.phase], ['OXREDIS_ARGUMENT_GONE', 'queued']);
    }
    assert.equal(await notHanging(chain[1]), 'OK');
    const names = slow.last.commands.map(([command, key]) => `${command} ${key}`);
    assert.ok(!names.includes('MULTI undefined') && !names.includes('SET lost'), names.join());
    assert.equal(unsettled(), 0);
    client.destroy();
  });

  test(`what is aborted, expires or is destroyed leaves nothing behind (${name})`, async () => {
    const { client, slow } = await unread(transport, tls);
    const half = later(client.set('half', memory(HUGE)));
    const abort = new AbortController();
    const aborted = later(client.withCommandOptions({ abortSignal: abort.signal }).set('aborted', memory(LARGE)));
    const expired = later(client.withCommandOptions({ timeout: 10 }).set('expired', memory(LARGE)));
    abort.abort();
    assert.equal((await errorOf(aborted)).code, 'OXREDIS_ABORTED');
    assert.equal((await errorOf(expired)).code, 'OXREDIS_TIMEOUT');
    const waiting = later(client.set('waiting', memory(LARGE)));
    client.destroy();
    assert.deepEqual([(await errorOf(half)).phase, (await errorOf(waiting)).phase], ['written', 'queued']);
    assert.equal(unsettled(), 0);
    slow.closeConnections();
  });

  test(`a chain cut in its middle fails, and is not sent again (${name})`, async () => {
    const { client, slow } = await unread(transport, tls);
    const chain = later(client.multi().set('a', '1').set('b', memory(HUGE)).set('c', '2').exec());
    const behind = client.set('behind', memory(LARGE, 5));
    await sleep(20);
    slow.last.reset();
    assert.ok(['written', 'queued'].includes((await errorOf(chain)).phase as string));
    assert.equal(await notHanging(behind), 'OK');
    const again = slow.last.commands.find(([command]) => command === 'SET') as string[];
    assert.deepEqual([again[1], again[2]?.length, again[2]?.[9]], ['behind', LARGE, '\u0005']);
    assert.ok(!slow.last.commands.some(([command]) => command === 'MULTI'));
    client.destroy();
  });
}

for (const transport of TRANSPORTS) {
  test(`what is queued offline is by reference, and fails if it is gone (${transport})`, async () => {
    const client = await offline(transport);
    const [kept, gone] = [memory(LARGE, 3), memory(LARGE)];
    const connecting = client.connect();
    const results = [client.set('kept', kept), later(client.set('gone', gone))] as const;
    transfer(gone);
    await connecting;
    assert.equal(await notHanging(results[0]), 'OK');
    assert.equal((await errorOf(results[1])).code, 'OXREDIS_ARGUMENT_GONE');
    assert.ok((await holds(client, 'kept')).equals(kept));
    assert.equal(unsettled(), 0);
    client.destroy();
  });

  test(`memory that shrinks below what was announced is gone; what grows is sent as it was (${transport})`, async () => {
    const client = await offline(transport);
    const make = (size: number) => new (ArrayBuffer as new (size: number, options: object) => ArrayBuffer)(size, { maxByteLength: 2 * size });
    const resize = (buffer: ArrayBuffer, size: number): void => (buffer as unknown as { resize(size: number): void }).resize(size);
    const [shrunk, grown] = [make(LARGE), make(LARGE)];
    const connecting = client.connect();
    const results = [later(client.set('shrunk', Buffer.from(shrunk))), client.set('grown', Buffer.from(grown))] as const;
    resize(shrunk, LARGE / 2);
    resize(grown, LARGE + 1000);
    await connecting;
    assert.equal((await errorOf(results[0])).code, 'OXREDIS_ARGUMENT_GONE');
    assert.equal(await results[1], 'OK');
    assert.equal((await holds(client, 'grown')).length, LARGE);
    client.destroy();
  });

  test(`memory that a getter of a later argument takes away is noticed (${transport})`, async () => {
    const { client } = await connected(server.port, { socket: { transport } });
    const bytes = memory(LARGE);
    const fields = { get a() { return bytes; }, get b() { transfer(bytes); return 'x'; } };
    const error = await errorOf(client.hSet('getter', fields));
    assert.equal(error.code, 'OXREDIS_ARGUMENT_GONE');
    assert.equal(await client.ping(), 'PONG');
    client.destroy();
  });
}

test('the shared memory of commands cannot be transferred', async () => {
  const { client } = await connected(server.port);
  const encoder = (client as unknown as { _self: { _runner: { begin(): { buffer: Buffer } } } })._self._runner.begin();
  const memory = encoder.buffer.buffer as ArrayBuffer;
  // Refused, or a copy is made, depending on the version of Node.
  try {
    structuredClone(memory, { transfer: [memory] });
  } catch { /* refused */ }
  assert.ok(memory.byteLength > 0);
  assert.equal(await client.ping(), 'PONG');
  client.destroy();
});
