import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ConnectionTimeoutError, type RedisSocketOptions } from '../../lib';
import { certificate, PASSPHRASE } from '../support/certificates';
import { REPOSITORY } from '../support/paths';
import { startScriptedServer } from '../support/scripted-server';
import { killed, liveStage, next, until } from './stage';

const plain = liveStage({ unixSocket: true });
const secure = liveStage({ tls: 'mutual', password: 'secret' });

test('TCP by address, name and URL', async () => {
  const { port } = plain.server;
  for (const options of [
    { socket: { port } }, { socket: { host: 'localhost', port } }, { socket: { host: '127.0.0.1', port, family: 4 } },
    { url: `redis://127.0.0.1:${port}/3` }, { url: `redis://localhost:${port}` },
  ] as const) {
    const client = await plain.connected(options);
    assert.equal(await client.ping(), 'PONG');
    assert.equal((await client.clientInfo()).db, JSON.stringify(options).includes('/3') ? 3 : 0);
  }
});

test('a UNIX socket by path and URL', async () => {
  const path = plain.server.path as string;
  for (const options of [{ socket: { path } }, { url: `unix://${path}?db=2` }]) {
    const client = await plain.connected(options as object);
    const { addr, db } = await client.clientInfo();
    assert.match(addr, /^(\/|.*:0$)/);
    assert.equal(db, 'url' in options ? 2 : 0);
  }
});

test('the handshake sets name, database and library', async () => {
  const client = await plain.connected({ name: 'mine', database: 4, clientInfoTag: 'tag' });
  const info = await client.clientInfo();
  assert.deepEqual([info.name, info.db, info.resp], ['mine', 4, 3]);
  const [major, minor] = plain.server.version;
  if (major > 7 || (major === 7 && minor >= 2)) assert.equal(info.libName, 'oxredis(tag)');
  const old = await plain.connected({ RESP: 2, name: 'old' });
  const oldInfo = await old.clientInfo();
  assert.deepEqual([oldInfo.name, oldInfo.resp], ['old', 2]);
});

test('a lookup of one\'s own resolves the host', async () => {
  const hosts: string[] = [];
  const lookup: RedisSocketOptions['lookup'] = (host, _options, done) => {
    hosts.push(host);
    done(null, '127.0.0.1', 4);
  };
  const client = await plain.connected({ socket: { host: 'redis.example', port: plain.server.port, lookup } });
  assert.equal(await client.ping(), 'PONG');
  await killed(plain, client);
  assert.deepEqual(hosts, ['redis.example', 'redis.example']);
});

function tls(over: object = {}): { url: string; socket: RedisSocketOptions } {
  const { ca } = certificate('server');
  const { cert, key } = certificate('client-encrypted');
  return { url: secure.server.tlsUrl as string, socket: { tls: true, ca, cert, key, passphrase: PASSPHRASE, ...over } };
}

test('TLS with a client certificate, an encrypted key and a password', async () => {
  const client = await secure.connected(tls());
  assert.equal(await client.set('k', 'v'), 'OK');
  assert.equal((await client.clientInfo()).user, 'default');
  const lists = await secure.connected(tls({ ca: [Buffer.from(certificate('server').ca)], cert: [certificate('client').cert], key: Buffer.from(certificate('client').key), passphrase: undefined }));
  assert.equal(await lists.get('k'), 'v');
  const newest = await secure.connected(tls({ minVersion: 'TLSv1.3' }));
  assert.equal(await newest.ping(), 'PONG');
});

test('an unknown authority is refused, unless everything is accepted', async () => {
  const strict = secure.client(tls({ ca: certificate('self-signed').ca, reconnectStrategy: false }));
  await assert.rejects(strict.connect(), (error: NodeJS.ErrnoException) => /CERT|SIGNED|ISSUER/.test(error.code ?? ''));
  const lax = await secure.connected(tls({ ca: undefined, rejectUnauthorized: false }));
  assert.equal(await lax.ping(), 'PONG');
});

test('the name must be that of the certificate, or what checkServerIdentity says', async () => {
  const other = secure.client(tls({ servername: 'other.example', reconnectStrategy: false }));
  await assert.rejects(other.connect(), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  const seen: string[] = [];
  const checked = await secure.connected(tls({
    servername: 'other.example',
    checkServerIdentity: (host: string, { subjectaltname }: { subjectaltname: string }) => void seen.push(host, subjectaltname),
  }));
  assert.equal(await checked.ping(), 'PONG');
  assert.equal(seen[0], 'other.example');
  assert.match(seen[1] ?? '', /DNS:localhost/);
  const refused = secure.client(tls({ checkServerIdentity: () => new Error('not this one'), reconnectStrategy: false }));
  await assert.rejects(refused.connect(), { message: 'not this one' });
});

test('a wrong password fails the attempt', async () => {
  const { port } = secure.server;
  const client = secure.client({ password: 'wrong', socket: { port, reconnectStrategy: false } });
  await assert.rejects(client.connect(), /WRONGPASS|invalid/);
  assert.equal(client.isOpen, false);
  const right = await secure.connected({ username: 'default', password: 'secret', socket: { port } });
  assert.equal(await right.ping(), 'PONG');
});

test('credentials are asked for every connection, slowly if need be', async () => {
  let asked = 0;
  const client = await secure.connected({
    socket: { port: secure.server.port },
    credentialsProvider: {
      type: 'async-credentials-provider',
      credentials: async () => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { password: 'secret' };
      },
    },
  });
  await killed({ ...secure, server: secure.server }, client);
  assert.equal(asked, 2);
});

test('a provider that fails fails the attempt', async () => {
  const client = plain.client({
    socket: { reconnectStrategy: false },
    credentialsProvider: { type: 'async-credentials-provider', credentials: () => Promise.reject(new Error('no token')) },
  });
  await assert.rejects(client.connect(), { message: 'no token' });
});

test('a stream of credentials authenticates the live connection again', async () => {
  await plain.server.command('ACL', 'SETUSER', 'rotating', 'on', '+@all', '~*', '&*', '>one', '>two');
  const errors: Error[] = [];
  let push: ((password: string) => void) | undefined;
  let disposed = 0;
  const client = await plain.connected({
    credentialsProvider: {
      type: 'streaming-credentials-provider',
      subscribe: async ({ onNext }) => {
        push = (password) => onNext({ username: 'rotating', password });
        return [{ username: 'rotating', password: 'one' }, { dispose: () => void (disposed += 1) }];
      },
      onReAuthenticationError: (error) => errors.push(error),
    },
  });
  assert.equal((await client.clientInfo()).user, 'rotating');
  push?.('wrong');
  await until(() => errors.length === 1, 'the refusal');
  assert.match(errors[0]?.message ?? '', /WRONGPASS/);
  push?.('two');
  assert.equal(await client.ping(), 'PONG');
  await killed(plain, client);
  assert.equal((await client.clientInfo()).user, 'rotating');
  await client.close();
  assert.equal(disposed, 1);
});

test('connectTimeout covers the handshake', async () => {
  const mute = await startScriptedServer({ mute: true });
  const client = plain.client({ socket: { port: mute.port, connectTimeout: 80, reconnectStrategy: false } });
  const started = performance.now();
  await assert.rejects(client.connect(), ConnectionTimeoutError);
  // Timers may be a millisecond early.
  assert.ok(performance.now() - started >= 78);
  await mute.stop();
});

test('a server that does not know HELLO is spoken to in RESP2', async () => {
  const old = await startScriptedServer({ hello: 'unknown' });
  const client = await plain.connected({ socket: { port: old.port }, name: 'mine' });
  assert.equal(await client.ping(), 'PONG');
  assert.deepEqual(old.commands.filter(([name]) => name === 'HELLO').length, 1);
  client.destroy();
  await old.stop();
});

test('await using closes at the end of the block', async () => {
  let inside;
  {
    await using client = await plain.client().connect();
    inside = client;
    void client.set('k', 'v');
  }
  assert.equal(inside.isOpen, false);
});

test('the process ends when the client is closed or unreferenced, and not before', async () => {
  const run = promisify(execFile);
  const script = (ending: string): string => `
    const { createClient } = require(${JSON.stringify(join(REPOSITORY, 'dist-test', 'lib', 'index.js'))});
    const client = createClient({ socket: { port: ${plain.server.port} } }).on('error', console.error);
    client.connect().then(async () => { await client.set('k', 'v'); ${ending} });
    process.on('exit', () => console.log('exit', client.isReady));`;
  for (const [ending, expected] of [
    ['await client.close();', 'exit false'], ['client.destroy();', 'exit false'], ['client.unref();', 'exit true'],
    ['client.unref(); client.ref(); setTimeout(() => client.destroy(), 50);', 'exit false'],
  ]) {
    const { stdout } = await run(process.execPath, ['-e', script(ending as string)], { timeout: 20_000 });
    assert.equal(stdout.trim(), expected, ending);
  }
});

test('a client that was closed connects again, also after the server was away', async () => {
  const client = await plain.connected();
  await client.close();
  await client.connect();
  const lost = next(client, 'error');
  const reconnected = next(client, 'ready');
  await plain.server.kill9();
  await lost;
  const queued = client.set('k', 'after');
  await plain.server.start();
  await reconnected;
  assert.equal(await queued, 'OK');
  assert.equal(client.socketEpoch, 3);
});
