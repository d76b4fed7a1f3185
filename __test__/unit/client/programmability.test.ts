import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESP_TYPES, RedisClient, SimpleError, createClient, defineScript, type CommandParser } from '../../../lib';
import { readyRig, rig } from './scripted-link';

const add = defineScript({
  SCRIPT: 'return redis.call("INCRBY",KEYS[1],ARGV[1])',
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, key: string, by: number): void {
    parser.pushKey(key);
    parser.push(by.toString());
  },
  transformReply: (reply: number) => `t${reply}`,
});
const peek = defineScript({ SCRIPT: 'return 1', IS_READ_ONLY: true, parseCommand: (parser: CommandParser) => parser.push('0') });
const noScript = new SimpleError('NOSCRIPT No matching script');

test('a script runs by digest, and with its text where the server lacks it', async () => {
  const { client, link } = await readyRig({ scripts: { add, peek }, keyPrefix: 'p:' });
  const scripts = client as unknown as { add(key: string, by: number): Promise<unknown>; peek(): Promise<unknown> };
  link.answer = ([name]) => (name?.startsWith('EVALSHA') ? noScript : 3);
  assert.equal(await scripts.add('k', 1), 't3');
  assert.equal(await scripts.peek(), 3);
  assert.deepEqual(link.wire, [
    `EVALSHA ${add.SHA1} 1 p:k 1`, `EVAL ${add.SCRIPT} 1 p:k 1`, `EVALSHA_RO ${peek.SHA1} 0`, `EVAL ${peek.SCRIPT} 0`,
  ]);
  link.answer = () => new SimpleError('ERR else');
  await assert.rejects(scripts.add('k', 1), { message: 'ERR else' });
});

test('arguments that change meanwhile do not change what EVAL sends', async () => {
  const list = defineScript({ SCRIPT: 'return ARGV', NUMBER_OF_KEYS: 0, parseCommand: (parser: CommandParser, words: string[]) => {
    parser.push(...words);
  } });
  const { client, link } = await readyRig({ scripts: { list } });
  const words = Array.from({ length: 12 }, (_, index) => `w${index}`);
  const running = (client as unknown as { list(words: string[]): Promise<unknown> }).list(words);
  words.length = 0;
  link.answer = () => 'done';
  link.sent[0]?.reply(noScript);
  assert.equal(await running, 'done');
  assert.match(link.wire[1] ?? '', /^EVAL return ARGV 0 w0 .* w11$/);
});

test('bad arguments of a script reject', async () => {
  const { client } = await readyRig({ scripts: { add } });
  const scripts = client as unknown as { add(key: unknown, by: unknown): Promise<unknown> };
  await assert.rejects(scripts.add('k', undefined), TypeError);
  await assert.rejects(scripts.add(5, 1), /"arguments\[3\]" must be of type/);
});

test('in a transaction a script goes with its text once', async () => {
  const { client, link } = await readyRig({ scripts: { add } }, ([name]) => (name === 'EXEC' ? [1, 3] : 'OK'));
  type Builder = { add(key: string, by: number): Builder; exec(): Promise<unknown[]> };
  const builder = client.multi() as unknown as Builder;
  assert.deepEqual(await builder.add('k', 1).add('k', 2).exec(), ['t1', 't3']);
  assert.deepEqual(link.wire, ['MULTI', `EVAL ${add.SCRIPT} 1 k 1`, `EVALSHA ${add.SHA1} 1 k 2`, 'EXEC']);
});

test('modules are namespaces that obey the options of the object they are read from', async () => {
  const SHOUT = {
    parseCommand(parser: CommandParser, key: string): void {
      parser.push('SHOUT');
      parser.pushKey(key);
      parser.preserve = '!';
    },
    transformReply: (reply: string, preserve?: string) => reply + preserve,
  };
  const { client, link } = await readyRig({ modules: { noise: { SHOUT, shout: SHOUT } } }, ([name]) => (name === 'EXEC' ? ['hey'] : 'hey'));
  type Noise = { noise: { shout(key: string): Promise<string>; SHOUT(key: string): Promise<string> } };
  const mapping = { [RESP_TYPES.SIMPLE_STRING]: String };
  assert.equal(await (client as unknown as Noise).noise.shout('k'), 'hey!');
  assert.equal(await (client.withTypeMapping(mapping) as unknown as Noise).noise.SHOUT('k'), 'hey!');
  assert.deepEqual(link.sent.map(({ options }) => options.typeMapping), [undefined, mapping]);
  const builder = client.multi() as unknown as { noise: { shout(key: string): { exec(): Promise<unknown> } } };
  assert.deepEqual(await builder.noise.shout('k').exec(), ['hey!']);
});

test('functions are called by their names', async () => {
  const functions = {
    library: {
      sum: { NUMBER_OF_KEYS: 1, parseCommand: (parser: CommandParser, key: string) => parser.pushKey(key), transformReply: (reply: number) => -reply },
      look: { IS_READ_ONLY: true, parseCommand: (parser: CommandParser, keys: string[]) => parser.pushKeysLength(keys) },
    },
  };
  const { client, link } = await readyRig({ functions, keyPrefix: 'p:' }, () => 2);
  const { library } = client as unknown as { library: Record<string, (arg: unknown) => Promise<unknown>> };
  assert.equal(await library.sum?.('k'), -2);
  assert.equal(await library.look?.(['a', 'b']), 2);
  assert.deepEqual(link.wire, ['FCALL sum 1 p:k', 'FCALL_RO look 2 p:a p:b']);
});

test('scripts may shadow commands, for their clients only', async () => {
  const { client } = await readyRig({ scripts: { get: peek } }, () => 'script');
  assert.equal(await client.get('k'), 'script');
  const plain = await readyRig({}, ([name]) => name);
  assert.equal(await plain.client.get('k'), 'GET');
});

test('clients with the same tables share a class, others do not', () => {
  const scripts = { add };
  const [one, two, other] = [createClient({ scripts }), createClient({ scripts }), createClient({ scripts: { add } })];
  assert.equal(one.constructor, two.constructor);
  assert.notEqual(one.constructor, other.constructor);
  assert.equal(createClient().constructor, createClient({ modules: undefined }).constructor);
  assert.ok(createClient() instanceof RedisClient);
  assert.equal(one.duplicate().constructor, one.constructor);
});

test('the callback API sends what it is called, flattened, and gives raw replies but for HGETALL', async () => {
  const { client, link } = await readyRig({ RESP: 2 }, ([name]) => (name === 'hGetAll' ? ['f', 'v'] : 'OK'));
  const legacy = client.legacy();
  const calls: unknown[][] = [];
  const note = (...args: unknown[]): void => void calls.push(args);
  legacy.set('k', 5, note);
  legacy.hSet('h', ['a', [1, new Date(0)]], note);
  legacy.hGetAll('h', note);
  legacy.sendCommand('GET', ['k'], note);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(link.wire, ['set k 5', `hSet h a 1 ${new Date(0).toString()}`, 'hGetAll h', 'GET k']);
  assert.deepEqual(calls, [[null, 'OK'], [null, 'OK'], [null, { f: 'v' }], [null, 'OK']]);
});

test('failures of the callback API go to the callback, or to the error event', async () => {
  const { client, events } = await readyRig({}, () => new SimpleError('ERR no'));
  const legacy = client.legacy();
  const error = await new Promise((resolve) => legacy.get('k', resolve));
  assert.ok(error instanceof SimpleError);
  legacy.get('k');
  legacy.sendCommand('GET', {} as never);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(events.slice(2), [
    'error SimpleError: ERR no', 'error TypeError: "arguments[1]" must be of type "string | Buffer", got object instead.',
  ]);
});

test('transactions of the callback API', async () => {
  const { client, link } = await readyRig({}, ([name]) => (name === 'EXEC' ? ['OK', 'v'] : 'QUEUED'));
  const replies = await new Promise((resolve) =>
    client.legacy().multi().set('k', 6).sendCommand('GET', 'k').exec((error, reply) => resolve([error, reply])));
  assert.deepEqual(replies, [null, ['OK', 'v']]);
  assert.deepEqual(link.wire, ['MULTI', 'set k 6', 'GET k', 'EXEC']);
});

test('quit of the callback API', async () => {
  const { client } = rig();
  const error = await new Promise<Error | null>((resolve) => client.legacy().quit(resolve));
  assert.equal(error?.message, 'The client is closed');
});
