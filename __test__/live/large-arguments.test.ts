/** Large arguments arrive as they are, in whatever command, and are held once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientPool, defineScript, RESP_TYPES, type AnyRedisClientOptions } from '../../lib';
import { scripted } from '../faults/client';
import { runProgram } from '../faults/run-program';
import { liveStage } from './stage';

const stage = liveStage({ tls: true });

/** Around the limit from which arguments are not copied, and beyond what a socket takes at once. */
const LENGTHS = [65_535, 65_536, 65_537, 262_144, 1_048_576, 12_000_000];

const bytesOf = (length: number, salt = 0): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 4) bytes.writeUInt8((i * 31 + (i >> 10) + salt) & 0xff, i);
  return bytes;
};

const WAYS: Record<string, () => AnyRedisClientOptions> = {
  uv: () => ({ socket: { transport: 'uv' } }),
  pump: () => ({ socket: { transport: 'pump' } }),
  TLS: () => ({ socket: { tls: true, host: 'localhost', port: stage.server.tlsPort, rejectUnauthorized: false } }) as AnyRedisClientOptions,
};

for (const [name, options] of Object.entries(WAYS)) {
  test(`values, lists, hashes, chains, pipelines and raw commands (${name})`, async () => {
    const client = await stage.connected(options());
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const same = async (key: string, right: Buffer): Promise<void> =>
      assert.ok((await bytes.get(key) as unknown as Buffer).equals(right), `${key}, ${right.length} bytes`);
    for (const length of LENGTHS) {
      const value = bytesOf(length);
      const text = `${'é€x'.repeat(length / 6 | 0)}${'y'.repeat(length % 6)}`;
      await Promise.all([client.set('b', value), client.set('t', text), client.ping()]);
      await same('b', value);
      await same('t', Buffer.from(text));
      await client.multi().set('m', value).set('n', 'small').set('o', value).exec();
      await same('m', value);
      await same('o', value);
      await client.multi().set('p', value).set('q', text).execAsPipeline();
      await same('p', value);
      await client.sendCommand(['SET', 'r', value]);
      await same('r', value);
    }
    const list = Array.from({ length: 40 }, (_, i) => bytesOf(60_000 + i * 1000, i));
    await client.del(['list', 'hash']);
    await client.rPush('list', list);
    const back = await bytes.lRange('list', 0, -1) as unknown as Buffer[];
    assert.ok(back.every((one, i) => one.equals(list[i])));
    await client.hSet('hash', { a: list[39], b: 'x', c: list[38] });
    assert.ok((await bytes.hGet('hash', 'c') as unknown as Buffer).equals(list[38]));
    const many = Array.from({ length: 30_000 }, (_, i) => `${i}`);
    await client.del('list');
    assert.equal(await client.rPush('list', [...many, list[39], ...many]), 60_001);
    assert.ok((await bytes.lIndex('list', 30_000) as unknown as Buffer).equals(list[39]));
    await client.flushAll();
    client.destroy();
  });
}

test('scripts that have to be sent as text, and builders that run twice', async () => {
  const script = defineScript({
    SCRIPT: 'return redis.call("SET", KEYS[1], ARGV[1])', NUMBER_OF_KEYS: 1,
    parseCommand(parser, key: string, value: Buffer) {
      parser.pushKey(key);
      parser.push(value);
    },
    transformReply: String,
  });
  const client = await stage.connected({ scripts: { script } } as AnyRedisClientOptions);
  await client.scriptFlush();
  const value = bytesOf(300_000, 3);
  await (client as unknown as { script(key: string, value: Buffer): Promise<string> }).script('scripted', value);
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  assert.ok((await bytes.get('scripted') as unknown as Buffer).equals(value));
  const text = 'z'.repeat(200_000);
  const builder = client.multi().set('twice', value).append('text', text);
  await builder.exec();
  await client.set('other', 'w'.repeat(200_000));
  await builder.exec();
  assert.ok((await bytes.get('twice') as unknown as Buffer).equals(value));
  assert.equal(await client.get('text'), text + text);
  client.destroy();
});

test('a pool, and a cache that hears of large writes', async () => {
  const pool = createClientPool({ url: stage.server.url }, { minimum: 2 });
  pool.on('error', () => undefined);
  await pool.connect();
  const value = bytesOf(500_000, 9);
  await Promise.all(Array.from({ length: 30 }, (_, i) => pool.set(`pool:${i}`, value)));
  assert.equal(await pool.strLen('pool:17'), 500_000);
  pool.destroy();
  const cached = await stage.connected({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0 } } as AnyRedisClientOptions);
  await cached.set('k', 'old');
  await cached.set('untouched', '1');
  assert.deepEqual([await cached.get('k'), await cached.get('untouched')], ['old', '1']);
  const [, now] = await Promise.all([cached.set('k', 'n'.repeat(100_000)), cached.strLen('k'), cached.get('k')]);
  assert.equal(now, 100_000);
  assert.equal((await cached.get('k') as string).length, 100_000);
  await cached.multi().set('k', value).exec();
  assert.equal(await cached.strLen('k'), 500_000);
  cached.destroy();
});

for (const transport of ['uv', 'pump']) {
  for (const kind of ['buffer', 'text']) {
    test(`2,000 values of 1 MB wait in less than 200 MB (${kind}, ${transport})`, async () => {
      const slow = await scripted({ onCommand: (_, connection) => connection.stopReading() });
      const { stdout, code, stderr } = await runProgram('large-backlog.js', String(slow.port), transport, kind);
      assert.equal(code, 0, stderr);
      assert.ok(Number(stdout) < 200, `${stdout} MB`);
    });
  }
}
