import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { certificate } from '../../support/certificates';
import { RawClient } from '../../support/raw-client';
import { startServer } from '../../support/server';
import { onEachServer } from '../../support/on-server';

test('a server is private: its own port, no data, gone after stop', async () => {
  const server = await startServer();
  assert.equal(await server.command('SET', 'k', 'v'), 'OK');
  assert.equal(await server.command('GET', 'k'), 'v');
  await assert.rejects(server.command('NOSUCH'), /unknown command/);
  const pid = server.pid as number;
  await server.stop();
  assert.throws(() => process.kill(pid, 0));
  await assert.rejects(RawClient.connect({ port: server.port }));
});

test('a password, a UNIX socket and TLS', async () => {
  const server = await startServer({ password: 'p@ss', unixSocket: true, tls: true });
  try {
    assert.equal(server.url, `redis://:p%40ss@127.0.0.1:${server.port}`);
    assert.equal(await server.command('PING'), 'PONG');
    const local = await RawClient.connect({ path: server.path as string });
    await assert.rejects(local.call('PING'), /NOAUTH/);
    local.close();
    const { ca } = certificate('server');
    const tls = { ca, servername: 'localhost' };
    const secure = await RawClient.connect({ port: server.tlsPort as number, tls, password: 'p@ss' });
    assert.equal(await secure.call('PING'), 'PONG');
    secure.close();
  } finally {
    await server.stop();
  }
  assert.equal(existsSync(server.path as string), false);
});

test('mutual TLS turns a client without a certificate away', async () => {
  const server = await startServer({ tls: 'mutual' });
  try {
    const port = server.tlsPort as number;
    const { ca, cert, key } = certificate('client');
    const bare = RawClient.connect({ port, tls: { ca, servername: 'localhost' } }).then((client) => client.call('PING'));
    await assert.rejects(bare);
    const known = await RawClient.connect({ port, tls: { ca, cert, key, servername: 'localhost' } });
    assert.equal(await known.call('PING'), 'PONG');
    known.close();
  } finally {
    await server.stop();
  }
});

test('a paused server accepts and does not answer until it is resumed', async () => {
  const server = await startServer();
  try {
    await server.command('PING');
    server.pause();
    let answered = false;
    const ping = server.command('PING').then((value) => {
      answered = true;
      return value;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(answered, false);
    server.resume();
    assert.equal(await ping, 'PONG');
  } finally {
    await server.stop();
  }
});

test('a killed server drops its connections and can be started again on its port', async () => {
  const server = await startServer();
  try {
    const client = await server.connectRaw();
    const dropped = new Promise((resolve) => client.socket.once('close', resolve));
    await server.kill9();
    await dropped;
    await server.restart();
    assert.equal(await server.command('PING'), 'PONG');
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
  } finally {
    await server.stop();
  }
});

test('a server that cannot start is an error with its own words', async () => {
  await assert.rejects(startServer({ args: ['--no-such-option', 'x'] }), /no-such-option|Bad directive/);
});

onEachServer((version) => {
  test(`${version} starts and is what it is called`, async () => {
    const server = await startServer({ version, tls: true });
    try {
      assert.match(String(await server.command('INFO', 'server')), /(redis|valkey)_version:/);
      if (version !== 'default') assert.equal(`${server.kind}-${server.version[0]}`, version);
    } finally {
      await server.stop();
    }
  });
});
