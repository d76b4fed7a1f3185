/** Sizes come from the memory that a Buffer has, whatever its properties say. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { runInThisContext } from 'node:vm';
import { createClient, defineScript, digest, RESP_TYPES } from '../../lib';
import { copyOfBytes } from '../../lib/wire/bytes';
import { startServer, type TestServer } from '../support/server';
import { connected, errorOf, notHanging, type Client } from './client';

let server: TestServer;
let client: Client;
before(async () => {
  server = await startServer();
  ({ client } = await connected(server.port));
});
after(() => {
  client.destroy();
  return server.stop();
});

class Liar extends Buffer {
  override get length(): number { return 3; }
  override get byteLength(): number { return 3; }
  override get byteOffset(): number { return 9; }
}

/** Buffers that lie about themselves, in all ways. */
const DISGUISES: Record<string, (bytes: Buffer) => Buffer> = {
  'a negative length': (bytes) => Object.defineProperty(bytes, 'length', { value: -1000 }),
  'a length that is too large': (bytes) => Object.defineProperty(bytes, 'length', { value: 100_000_000 }),
  'half a byte': (bytes) => Object.defineProperty(bytes, 'length', { value: 0.5 }),
  'no number at all': (bytes) => Object.defineProperty(bytes, 'length', { value: NaN }),
  'a getter that throws': (bytes) => Object.defineProperty(bytes, 'length', { get() { throw new Error('asked'); } }),
  'another place': (bytes) => Object.defineProperties(bytes, {
    byteLength: { value: 7 }, byteOffset: { value: -3 }, buffer: { value: new ArrayBuffer(2) },
  }),
  'methods of its own': (bytes) => Object.assign(bytes, {
    subarray: () => Buffer.from('wrong'), copy: () => 3, set: () => undefined, slice: () => Buffer.from('wrong'),
  }),
  'a subclass': (bytes) => Object.setPrototypeOf(bytes, Liar.prototype) as Buffer,
  'shared memory': (bytes) => {
    const shared = Buffer.from(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  },
  "WebAssembly's memory": (bytes) => {
    const memory = Buffer.from(webMemory(), 5, bytes.length);
    memory.set(bytes);
    return memory;
  },
};

/** Short ones are copied byte by byte, long ones at once, large ones not at all. */
const SIZES = [0, 5, 24, 25, 4000, 65_535, 65_536, 300_000];

/** The type definitions of Node do not have it. */
const webMemory = runInThisContext('() => new WebAssembly.Memory({ initial: 20 }).buffer') as () => ArrayBuffer;

const plain = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, i) => i * 7 + (i >> 8)));

for (const [name, disguise] of Object.entries(DISGUISES)) {
  test(`${name}: keys, values, chains, raw commands and channels`, async () => {
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    for (const size of SIZES) {
      const right = plain(size);
      const made = (): Buffer => disguise(plain(size));
      await notHanging(client.set(made(), made()));
      assert.ok((await bytes.get(right) as unknown as Buffer).equals(right), `${size} bytes`);
      await notHanging(client.multi().set('m', made()).rPush('l', [made(), made()]).exec());
      assert.ok((await bytes.get('m') as unknown as Buffer).equals(right));
      await client.sendCommand(['HSET', 'h', made(), made()]);
      assert.ok((await bytes.hGet('h', right) as unknown as Buffer).equals(right));
      await client.del(['l', 'm', 'h', right]);
    }
    const subscriber = client.duplicate();
    subscriber.on('error', () => undefined);
    await subscriber.connect();
    // Its name as a string is what its properties say, or cannot be made: that is the caller's affair.
    await notHanging((async () => subscriber.subscribe(disguise(Buffer.from('channel')) as never, () => undefined))().catch(() => undefined));
    assert.equal(await notHanging(subscriber.ping()), 'PONG');
    subscriber.destroy();
  });
}

test('key prefixes, digests and scripts', async () => {
  const liar = (text: string): Buffer => Object.defineProperty(Buffer.from(text), 'length', { value: 1 });
  const prefixed = createClient({ url: server.url, keyPrefix: liar('prefix:') } as never);
  prefixed.on('error', () => undefined);
  await prefixed.connect();
  await prefixed.set('a', '1');
  await prefixed.set(liar('bb'), '2');
  assert.deepEqual(await client.mGet(['prefix:a', 'prefix:bb']), ['1', '2']);
  prefixed.destroy();
  assert.equal(await digest(liar('hello')), await digest('hello'));
  const scripted = createClient({
    url: server.url,
    scripts: { five: defineScript({ SCRIPT: liar('return ARGV[1]') as never, parseCommand: (parser) => parser.push('0', liar('five')), transformReply: String }) },
  });
  scripted.on('error', () => undefined);
  await scripted.connect();
  await scripted.scriptFlush();
  assert.equal(await scripted.five(), 'five');
  scripted.destroy();
});

test('what only pretends to be a Buffer is refused, and so is one without memory', async () => {
  const gone = Buffer.from(new ArrayBuffer(100_000));
  structuredClone(gone.buffer, { transfer: [gone.buffer as ArrayBuffer] });
  const resizable = new (ArrayBuffer as new (size: number, options: object) => ArrayBuffer)(100, { maxByteLength: 200 });
  const cut = Buffer.from(resizable, 50, 20);
  (resizable as unknown as { resize(size: number): void }).resize(10);
  const fakes: [unknown, RegExp][] = [
    [new Proxy(Buffer.from('abc'), {}), /must be of type "string \| Buffer"/],
    [Object.create(Buffer.prototype), /must be of type "string \| Buffer"/],
    [gone, /transferred or resized/],
    [cut, /transferred or resized/],
  ];
  for (const [fake, text] of fakes) {
    for (const send of [
      () => client.set('k', fake as Buffer), () => client.set(fake as Buffer, 'v'), () => client.sendCommand(['SET', 'k', fake as Buffer]),
      () => client.multi().set('k', fake as Buffer).exec(), () => client.hSet('h', { a: fake as Buffer }),
    ]) {
      const error = await errorOf((async () => send() as Promise<unknown>)());
      assert.ok(error instanceof TypeError, error.message);
      assert.match(error.message, text);
    }
    assert.throws(() => copyOfBytes(fake as Buffer), TypeError);
    assert.ok(await errorOf(digest(fake as Buffer)) instanceof TypeError);
  }
  assert.equal(await client.ping(), 'PONG');
});

test('a resizable Buffer is sent as long as it is', async () => {
  for (const size of [100, 70_000]) {
    const memory = new (ArrayBuffer as new (size: number, options: object) => ArrayBuffer)(size, { maxByteLength: size * 2 });
    const bytes = Buffer.from(new Uint8Array(memory).fill(7).buffer);
    (memory as unknown as { resize(size: number): void }).resize(size * 2);
    await client.set('r', bytes);
    const back = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get('r') as unknown as Buffer;
    assert.equal(createHash('sha1').update(back).digest('hex'), createHash('sha1').update(bytes).digest('hex'));
  }
});
