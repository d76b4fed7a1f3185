/** Values of another realm are what they are: Maps, Dates, promises, errors, bytes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { createClient, digest, type AnyRedisClientOptions, type RedisClientType } from '../../lib';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server';

const realm = createContext({ URL });

/** What an expression is in a realm with its own Map, Promise, Error, … */
function foreign<T>(expression: string): T {
  return runInContext(expression, realm) as T;
}

let server: ScriptedServer;
const made: RedisClientType[] = [];

before(async () => {
  server = await startScriptedServer();
});

after(async () => {
  for (const client of made) client.destroy();
  await server.stop();
});

function make(options: AnyRedisClientOptions = {}): RedisClientType {
  const client = createClient({ ...options, socket: { port: server.port, ...options.socket } }) as unknown as RedisClientType;
  made.push(client);
  return client;
}

/** The last command that the server got. */
function last(): string[] {
  return server.last.commands.at(-1) ?? [];
}

test('the values of this file are foreign', () => {
  for (const expression of ['new Map()', 'new Date()', 'Promise.resolve()', 'new Error()', '[]', '({})', 'new Uint8Array(1)']) {
    assert.equal(foreign<object>(expression) instanceof Object, false, expression);
  }
});

test('arguments of commands', async () => {
  const client = await make().connect();
  const sent = async (run: () => Promise<unknown>): Promise<string> => {
    await run().catch(() => undefined);
    return last().join(' ');
  };
  assert.equal(await sent(() => client.hSet('h', foreign<Record<string, string>>('new Map([["a", "1"], ["b", 2]])'))), 'HSET h a 1 b 2');
  assert.equal(await sent(() => client.hSet('h', foreign<Record<string, string>>('({ a: "1" })'))), 'HSET h a 1');
  assert.equal(await sent(() => client.hSet('h', foreign<Record<string, string>>('[["a", "1"]]'))), 'HSET h a 1');
  assert.equal(await sent(() => client.hSetEx('h', foreign('new Map([["a", "1"]])'), { expiration: 'KEEPTTL' })), 'HSETEX h KEEPTTL FIELDS 1 a 1');
  assert.equal(await sent(() => client.hSetEx('h', foreign('new Map()'))), 'HSETEX h FIELDS 0');
  assert.equal(await sent(() => client.expireAt('k', foreign('new Date(5000)'))), 'EXPIREAT k 5');
  assert.equal(await sent(() => client.getEx('k', { EXAT: foreign('new Date(7000)') })), 'GETEX k EXAT 7');
  assert.equal(await sent(() => client.xClaim('x', 'g', 'c', 1, '0-1', { TIME: foreign('new Date(5)') })), 'XCLAIM x g c 1 0-1 TIME 5');
  assert.equal(await sent(() => client.sAdd('s', foreign('["a", "b"]'))), 'SADD s a b');
  assert.equal(await sent(() => client.mSet(foreign('[["a", "1"]]'))), 'MSET a 1');
  assert.equal(await sent(() => client.zAdd('z', foreign('[{ score: 1, value: "a" }]'))), 'ZADD z 1 a');
  assert.equal(await sent(() => client.xAdd('x', '*', foreign('({ a: "1" })'))), 'XADD x * a 1');
  assert.equal(await sent(() => client.sendCommand(foreign('["ECHO", "a"]'))), 'ECHO a');
  assert.equal(await sent(() => client.set('k', 'v', foreign('({ EX: 10 })'))), 'SET k v EX 10');
  assert.equal(await sent(() => new Promise((resolve) => client.legacy().set('k', foreign<Date>('new Date(0)'), () => resolve(0)))), `set k ${String(new Date(0))}`);
});

const CREDENTIALS: [name: string, answer: () => unknown][] = [
  ['a promise of another realm', () => foreign('Promise.resolve({ username: "u", password: "p" })')],
  ['an async function of another realm', foreign('async () => ({ username: "u", password: "p" })')],
  ['a thenable', () => ({ then: (resolve: (pair: object) => void) => resolve({ username: 'u', password: 'p' }) })],
];

for (const [name, credentials] of CREDENTIALS) {
  for (const RESP of [2, 3] as const) {
    test(`credentials are ${name} (RESP${RESP})`, async () => {
      await make({ RESP, credentialsProvider: { type: 'async-credentials-provider', credentials: credentials as never } }).connect();
      const words = server.last.commands.map((command) => command.join(' '));
      assert.ok(words.includes(RESP === 3 ? 'HELLO 3 AUTH u p' : 'AUTH u p'), words.join('\n'));
    });
  }

  test(`a stream of credentials begins with ${name}`, async () => {
    const subscribe = foreign<(pair: unknown) => never>('async function subscribe() { return [{ username: "s", password: "t" }, { dispose() {} }]; } subscribe');
    await make({
      credentialsProvider: { type: 'streaming-credentials-provider', subscribe, onReAuthenticationError: () => undefined },
    }).connect();
    assert.deepEqual(server.last.commands[0], ['HELLO', '3', 'AUTH', 's', 't']);
  });
}

test('an Error of another realm that a provider rejects with is the one that connect() rejects with', async () => {
  const error = foreign<Error>('new TypeError("no token")');
  const client = make({ credentialsProvider: { type: 'async-credentials-provider', credentials: () => Promise.reject(error) } });
  await assert.rejects(client.connect(), (thrown) => thrown === error);
});

test('a strategy gives up with an Error of another realm', async () => {
  const enough = foreign<Error>('new Error("enough")');
  const client = make({ socket: { port: 1, host: '127.0.0.1', reconnectStrategy: () => enough } });
  await assert.rejects(client.connect(), (error: Error & { originalError?: unknown }) => error.originalError === enough);
});

test('what a strategy or a listener throws is emitted as it is', async () => {
  const thrown = foreign<Error>('new RangeError("mine")');
  const told: unknown[] = [];
  const client = make({ socket: { reconnectStrategy: () => {
    throw thrown;
  } } });
  client.on('error', (error) => told.push(error));
  await client.connect();
  const ready = new Promise((resolve) => client.once('ready', resolve));
  server.last.socket.destroy();
  await ready;
  assert.ok(told.includes(thrown));
});

test('a signal that looks like one aborts', async () => {
  const controller = new AbortController();
  const signal = {
    get aborted() {
      return controller.signal.aborted;
    },
    addEventListener: controller.signal.addEventListener.bind(controller.signal),
    removeEventListener: controller.signal.removeEventListener.bind(controller.signal),
  } as AbortSignal;
  const client = await make().connect();
  const waiting = client.withAbortSignal(signal).get('k');
  controller.abort();
  await assert.rejects(waiting, { code: 'OXREDIS_ABORTED' });
});

test('bytes of another realm', async () => {
  assert.equal(await digest(foreign<Buffer>('new Uint8Array([97, 98, 99])')), await digest('abc'));
  await make({ clientSideCache: { mode: 'broadcast', prefixes: [foreign<Buffer>('new Uint8Array([97, 58])')] } }).connect();
  assert.ok(server.last.commands.some((words) => words.join(' ') === 'CLIENT TRACKING ON BCAST PREFIX a:'));
});

test('a URL of another realm', () => {
  assert.equal(createClient(foreign<URL>('new URL("redis://h:1")')).options.socket?.port, 1);
});
