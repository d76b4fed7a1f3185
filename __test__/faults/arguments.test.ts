import assert from 'node:assert/strict';
import { freemem } from 'node:os';
import { after, before, test } from 'node:test';
import { RESP_TYPES } from '../../lib/wire/resp-types';
import { startServer, type TestServer } from '../support/server';
import { connected, errorOf, nextEvent, notHanging, outcome, TRANSPORTS, unsettled, type Client } from './client';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** A call that types forbid. */
type AnyCall = (client: Record<string, (...args: unknown[]) => Promise<unknown>>) => Promise<unknown>;

const text = (index: number, type: string): string => `"arguments[${index}]" must be of type "string | Buffer", got ${type} instead.`;

/** Calls with arguments of the wrong type, and the error. */
const WRONG: [what: string, call: AnyCall, message: string | RegExp][] = [
  ['get()', (client) => client.get(), text(1, 'undefined')],
  ['get(null)', (client) => client.get(null), text(1, 'null')],
  ['get(number)', (client) => client.get(5), text(1, 'number')],
  ['get(Uint8Array)', (client) => client.get(new Uint8Array(3)), text(1, 'Uint8Array')],
  ['get(symbol)', (client) => client.get(Symbol('s')), text(1, 'symbol')],
  ['get(function)', (client) => client.get(() => 'a'), text(1, 'function')],
  ['set(key)', (client) => client.set('k'), text(2, 'undefined')],
  ['set(key, boolean)', (client) => client.set('k', true), text(2, 'boolean')],
  ['set(key, bigint)', (client) => client.set('k', 5n), text(2, 'bigint')],
  ['set(key, Date)', (client) => client.set('k', new Date()), text(2, 'Date')],
  ['lPush(key, number)', (client) => client.lPush('l', 5), text(2, 'number')],
  ['lPush(key, holes)', (client) => client.lPush('l', ['a', undefined]), text(3, 'undefined')],
  ['del([null])', (client) => client.del([null]), text(1, 'null')],
  ['hSet(key, {f: undefined})', (client) => client.hSet('h', { f: undefined }), text(3, 'undefined')],
  ['mSet([[k, {}]])', (client) => client.mSet([['k', {}]]), text(2, 'object')],
  ['publish(channel)', (client) => client.publish('c'), text(2, 'undefined')],
  ['subscribe(number)', (client) => client.subscribe(5, () => undefined), text(1, 'number')],
  ['sendCommand([number])', (client) => client.sendCommand(['SET', 'k', 5]), text(2, 'number')],
  ['sendCommand([])', (client) => client.sendCommand([]), /at least one word/],
  ['sendCommand(string)', (client) => client.sendCommand('GET a'), /must be an array/],
  ['sendCommand()', (client) => client.sendCommand(), /must be an array/],
  ['a string that is an object', (client) => client.get(Object('k')), text(1, 'String')],
];

for (const transport of TRANSPORTS) {
  test(`wrong arguments reject their command, and nothing else (${transport})`, async () => {
    const { client, errors } = await connected(server.port, { socket: { transport } });
    for (const [what, call, message] of WRONG) {
      const good = [client.echo('before')];
      const bad = errorOf(call(client as never));
      good.push(client.echo('behind'));
      const error = await bad;
      assert.ok(error instanceof TypeError, what);
      if (typeof message === 'string') assert.equal(error.message, message, what);
      else assert.match(error.message, message, what);
      assert.deepEqual(await notHanging(Promise.all(good)), ['before', 'behind'], what);
    }
    assert.deepEqual([errors, unsettled()], [[], 0]);
    client.destroy();
  });
}

test('what the server refuses rejects its command with the words of the server', async () => {
  const { client } = await connected(server.port);
  await client.set('string', 's');
  const [unknown, arity, type, range, fine] = await Promise.all([
    outcome(client.sendCommand(['NOSUCH', 'x'])), outcome(client.del([])), outcome(client.lPush('string', 'x')),
    outcome(client.setEx('k', -1, 'v')), outcome(client.get('string')),
  ]);
  assert.match(unknown.error?.message ?? '', /^ERR unknown command 'NOSUCH'/);
  assert.match(arity.error?.message ?? '', /^ERR wrong number of arguments/);
  assert.match(type.error?.message ?? '', /^WRONGTYPE /);
  assert.deepEqual([type.error?.code, type.error?.command, type.error?.phase], ['WRONGTYPE', 'LPUSH', 'written']);
  assert.match(range.error?.message ?? '', /invalid expire time/);
  assert.equal(fine.value, 's');
  client.destroy();
});

test('an option that throws rejects its command, and the next one is whole', async () => {
  const { client } = await connected(server.port);
  const options = {
    get EX(): number {
      throw new Error('mine');
    },
  };
  const good = client.echo('before');
  const bad = (async () => client.set('throwing', 'v', options))();
  assert.equal((await errorOf(bad)).message, 'mine');
  assert.deepEqual([await good, await client.echo('behind'), await client.exists('throwing')], ['before', 'behind', 0]);
  client.destroy();
});

test('an option that sends commands of its own: its command is rejected or whole, and all others are whole', async () => {
  const { client, errors } = await connected(server.port);
  const inner: Promise<unknown>[] = [];
  const senders: (() => Promise<unknown>)[] = [
    () => client.echo('inner'),
    () => client.multi().echo('inner').exec(),
    () => client.subscribe(`inner:${inner.length}`, () => undefined),
    () => client.set('inner', 'x'.repeat(100_000)),
  ];
  for (const send of senders) {
    for (const filling of ['', 'x'.repeat(20_000), 'x'.repeat(70_000)]) {
      const options = {
        get EX(): number {
          inner.push(send());
          return 10;
        },
      };
      const good = [client.echo('before'), client.echo('before')];
      const interrupted = outcome(client.set('interrupted', filling, options));
      good.push(client.echo('behind'));
      const { value, error } = await interrupted;
      // What is not sent by way of the shared buffer may leave it whole.
      if (error === undefined) assert.deepEqual([value, await client.get('interrupted')], ['OK', filling]);
      else assert.match(error.message, /sent another one/);
      assert.deepEqual(await Promise.all(good), ['before', 'before', 'behind']);
    }
  }
  await notHanging(Promise.all(inner));
  assert.deepEqual(errors, []);
  client.destroy();
});

test('mappings that are none count as no mapping', async () => {
  const { client } = await connected(server.port);
  await client.hSet('mapping', { a: '1' });
  for (const typeMapping of [null, undefined, {}, { [RESP_TYPES.MAP]: String }, { 999: Buffer }]) {
    assert.deepEqual(await client.withTypeMapping(typeMapping as never).hGetAll('mapping'), { a: '1' });
  }
  client.destroy();
});

test('any text and any bytes come back as they were; what is no Unicode comes back as U+FFFD', async () => {
  const { client } = await connected(server.port);
  const texts = [
    '', '\0', 'a\0b', '\r\n', '$5\r\nhello\r\n', '\r\nFLUSHALL\r\n', '*1\r\n$8\r\nFLUSHALL\r\n', 'größe', '漢字', '😀'.repeat(1000), '\ufeffbom',
    ' ', '\u007f', '\u0080', 'x'.repeat(70_000), 'ü'.repeat(40_000), `${'a'.repeat(47)}ß`,
  ];
  const keep = await client.set('bystander', '1');
  assert.equal(keep, 'OK');
  for (const text of texts) {
    const key = `text:${text}`;
    const all = await Promise.all([client.set(key, text), client.get(key), client.echo(text), client.exists(key)]);
    assert.deepEqual(all, ['OK', text, text, 1]);
  }
  for (const lone of ['\ud800', 'a\udfffb', '\ud83d'.repeat(100)]) assert.equal(await client.echo(lone), Buffer.from(lone).toString());
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  assert.deepEqual(await buffers.echo(bytes), bytes);
  assert.deepEqual(await buffers.echo(Buffer.alloc(0)), Buffer.alloc(0));
  assert.equal(await client.get('bystander'), '1');
  client.destroy();
});

test('a command of a million words', async () => {
  const { client, errors } = await connected(server.port);
  const words = Array.from({ length: 1_000_000 }, (_, index) => `${index}`);
  const [length, range, after] = await notHanging(Promise.all([client.rPush('words', words), client.lRange('words', 0, -1), client.ping()]));
  assert.deepEqual([length, range, after], [1_000_000, words, 'PONG']);
  assert.deepEqual(errors, []);
  client.destroy();
});

/** The server answers with an error and closes: which of both is heard first is up to the network. */
async function refusedBy(client: Client, command: Promise<unknown>): Promise<void> {
  const again = nextEvent(client, 'ready');
  const error = await errorOf(command);
  const isClear = /^ERR Protocol error: /.test(error.message) || ['OXREDIS_SOCKET_CLOSED', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '');
  assert.ok(isClear, error.stack);
  await again;
  assert.equal(await client.echo('next'), 'next');
  assert.equal(unsettled(), 0);
}

for (const transport of TRANSPORTS) {
  test(`a command that the server cannot take is refused, and the next connection works (${transport})`, async () => {
    const strict = await startServer({ args: ['--proto-max-bulk-len', '1mb'] });
    const { client } = await connected(strict.port, { socket: { transport } });
    assert.equal(await client.set('limit', Buffer.alloc(1024 * 1024)), 'OK');
    await refusedBy(client, client.set('limit', Buffer.alloc(1024 * 1024 + 1)));
    client.destroy();
    await strict.stop();
  });
}

test('512 MB and one byte', { skip: freemem() < 4e9 ? 'needs 4 GB of free memory' : false }, async () => {
  const { client } = await connected(server.port);
  await refusedBy(client, client.set('huge', Buffer.alloc(512 * 1024 * 1024 + 1)));
  client.destroy();
});

test('a command that the engine cannot take is refused at once', async () => {
  const { client, errors } = await connected(server.port);
  const good = client.echo('before');
  // Never touched, so that it takes no memory.
  const huge = Buffer.allocUnsafeSlow(2 ** 31);
  const error = await errorOf(client.set('huge', huge));
  assert.ok(error instanceof RangeError);
  assert.match(error.message, /The command is too large: \d+ bytes/);
  assert.deepEqual([await good, await client.echo('behind')], ['before', 'behind']);
  assert.deepEqual([errors, unsettled()], [[], 0]);
  client.destroy();
});
