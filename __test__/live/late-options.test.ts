/** Options that are set between `createClient` and `connect()`, or while a client is connected. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createClient, createClientPool, type AnyRedisClientOptions, type RedisClientType, type RedisSocketOptions } from '../../lib';
import { certificate } from '../support/certificates';
import { startScriptedServer, type ScriptedServer, type ScriptedServerOptions } from '../support/scripted-server';

const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing.reverse()) await close();
});

async function serve(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const server = await startScriptedServer(options);
  closing.push(() => server.stop());
  return server;
}

function make(options: AnyRedisClientOptions): RedisClientType {
  const client = createClient(options) as unknown as RedisClientType;
  closing.push(() => client.destroy());
  return client;
}

/** The words of AUTH in the handshake of a connection. */
function authOf(server: ScriptedServer, connection: number): string[] {
  const hello = server.connections[connection]?.commands.find(([name]) => name === 'HELLO') ?? [];
  return hello.slice(2);
}

const { ca } = certificate('server');
const SECURE = { ca, host: 'localhost' } as const;
const refusing = () => Object.assign(new Error('not this one'), { code: 'MINE' });

for (const transport of ['uv', 'pump'] as const) {
  test(`checkServerIdentity that is set after createClient judges (${transport})`, async () => {
    const server = await serve({ tls: true });
    const asked: string[] = [];
    const client = make({ socket: { ...SECURE, port: server.port, tls: true, transport } });
    (client.options.socket as RedisSocketOptions).checkServerIdentity = (host) => {
      asked.push(host);
      return refusing();
    };
    await assert.rejects(client.connect(), { code: 'MINE' });
    assert.deepEqual(asked, ['localhost']);
    assert.deepEqual(server.commands, []);
  });

  test(`tls that is set after createClient is TLS with all its checks (${transport})`, async () => {
    const server = await serve({ tls: true });
    const asked: string[] = [];
    const judged = make({ socket: { ...SECURE, port: server.port, transport, checkServerIdentity: refusing } as RedisSocketOptions });
    (judged.options.socket as RedisSocketOptions).tls = true;
    await assert.rejects(judged.connect(), { code: 'MINE' });
    const named = make({ socket: { ...SECURE, port: server.port, transport, servername: 'other.example' } as RedisSocketOptions });
    (named.options.socket as RedisSocketOptions).tls = true;
    await assert.rejects(named.connect(), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    assert.deepEqual([server.commands, asked], [[], []]);
  });
}

test('what is set while a client is connected does not count for that connection', async () => {
  const server = await serve({ tls: true });
  let asked = 0;
  const socket: RedisSocketOptions = {
    ...SECURE, port: server.port, tls: true,
    checkServerIdentity: () => {
      asked++;
      return undefined;
    },
  };
  const client = make({ socket });
  client.on('error', () => undefined);
  await client.connect();
  Object.assign(socket, { checkServerIdentity: undefined, tls: false, host: 'other.example', reconnectStrategy: false });
  const ready = new Promise((resolve) => client.once('ready', resolve));
  server.last.socket.destroy();
  await ready;
  assert.deepEqual([asked, client.isReady], [2, true]);
});

test('lookup, strategy and ping interval that are set after createClient count together', async () => {
  const server = await serve();
  const client = make({ socket: { host: 'nowhere.invalid', port: server.port } });
  const asked: string[] = [];
  Object.assign(client.options.socket as object, {
    lookup: (host: string, _options: object, done: (error: null, address: string, family: number) => void) => {
      asked.push(host);
      done(null, '127.0.0.1', 4);
    },
    reconnectStrategy: () => new Error('enough'),
  });
  Object.assign(client.options, { pingInterval: 1, name: 'late', disableOfflineQueue: true, database: 4 });
  const pinged = new Promise((resolve) => client.once('ping-interval', resolve));
  await client.connect();
  assert.equal(await pinged, 'PONG');
  assert.deepEqual(asked, ['nowhere.invalid']);
  assert.ok(server.commands.some((words) => words.join(' ') === 'HELLO 3 SETNAME late'));
  assert.ok(server.commands.some((words) => words.join(' ') === 'SELECT 4'));
  const terminated = new Promise<Error>((resolve) => client.once('terminated', resolve));
  client.on('error', () => undefined);
  server.closeConnections();
  assert.equal((await terminated).message, 'enough');
});

test('a lookup that finds nothing does not leave it to the system', async () => {
  const server = await serve();
  const lookup = ((_host: string, _options: object, done: (error: null, addresses: []) => void) => done(null, [])) as never;
  await assert.rejects(make({ socket: { host: '127.0.0.1', port: server.port, lookup } }).connect(), { code: 'ENOTFOUND' });
  assert.equal(server.connections.length, 0);
});

test('options that contradict each other after createClient are refused by connect()', async () => {
  const client = make({ socket: { host: 'localhost', port: 1 } });
  Object.assign(client.options.socket as object, { tls: true, pfx: Buffer.alloc(1) });
  await assert.rejects(client.connect(), { code: 'OXREDIS_UNSUPPORTED_OPTION' });
  Object.assign(client.options, { RESP: 4 });
  await assert.rejects(client.connect(), { code: 'OXREDIS_INVALID_OPTION' });
  assert.equal(client.isOpen, false);
});

for (const url of [true, false]) {
  test(`a password that is changed is used by the next connection (${url ? 'of a URL' : 'of the options'})`, async () => {
    const server = await serve();
    const client = make(url ? { url: server.url.replace('//', '//u:one@') } : { username: 'u', password: 'one', socket: { port: server.port } });
    client.on('error', () => undefined);
    await client.connect();
    client.options.password = 'two';
    const ready = new Promise((resolve) => client.once('ready', resolve));
    server.last.socket.destroy();
    await ready;
    assert.deepEqual([authOf(server, 0), authOf(server, 1)], [['AUTH', 'u', 'one'], ['AUTH', 'u', 'two']]);
  });
}

test('a provider that is set after createClient is asked', async () => {
  const server = await serve();
  const client = make({ socket: { port: server.port } });
  client.options.credentialsProvider = { type: 'async-credentials-provider', credentials: async () => ({ password: 'late' }) };
  await client.connect();
  assert.deepEqual(authOf(server, 0), ['AUTH', 'default', 'late']);
});

test('a member of a pool looks at the options when it is made, all together', async () => {
  const server = await serve({ tls: true });
  const socket: RedisSocketOptions = { ...SECURE, port: server.port, tls: true };
  const pool = createClientPool({ socket });
  socket.checkServerIdentity = refusing;
  await assert.rejects(pool.connect(), { code: 'MINE' });
  assert.deepEqual(server.commands, []);
});
