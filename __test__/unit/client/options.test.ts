import assert from 'node:assert/strict';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from '../../../lib';
import { linkOptions } from '../../../lib/client/connection/link-options';
import type { RedisSocketOptions } from '../../../lib/client';
import type { LinkOptions } from '../../../lib/wire/link-types';
import { LIBRARY_NAME, LIBRARY_VERSION } from '../../../lib/client/options/version';
import { certificate } from '../../support/certificates';
import { REPOSITORY } from '../../support/paths';

test('name and version are those of the package', () => {
  const { name, version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as Record<string, string>;
  assert.deepEqual([LIBRARY_NAME, LIBRARY_VERSION], [name, version]);
});

test('the defaults of a link', () => {
  assert.deepEqual(linkOptions(createClient().options), {
    host: 'localhost', port: 6379, path: undefined, family: 0, localAddress: undefined, localPort: undefined,
    noDelay: true, keepAliveInitialDelay: 30_000, tcpUserTimeout: 30_000, connectTimeout: 5000, socketTimeout: undefined,
    transport: undefined, busyPoll: undefined, tls: undefined, lookup: undefined,
    resp: 3, name: undefined, database: 0, readonly: false, libName: LIBRARY_NAME, libVersion: LIBRARY_VERSION, tracking: undefined, cache: undefined,
    limits: undefined, maintNotifications: undefined, maintRelaxedCommandTimeout: 10_000, maintRelaxedSocketTimeout: 10_000,
    disableOfflineQueue: false, namesCallers: true,
  });
});

test('fields of the socket reach the link', () => {
  const socket = {
    host: '10.0.0.1', port: '7' as unknown as number, family: 6, localAddress: '127.0.0.1', localPort: 9, noDelay: false,
    keepAlive: false, tcpUserTimeout: 0, connectTimeout: 0, socketTimeout: 150, transport: 'pump', busyPoll: 60,
    // npm redis overwrites these itself
    timeout: 1, onread: {}, readable: false, writable: true,
  } as RedisSocketOptions;
  const options = linkOptions(createClient({ socket, clientInfoTag: 'tag', name: 'n', readonly: true, database: 3 }).options);
  assert.deepEqual(
    [options.host, options.port, options.family, options.localAddress, options.localPort, options.noDelay],
    ['10.0.0.1', 7, 6, '127.0.0.1', 9, false],
  );
  assert.deepEqual(
    [options.keepAliveInitialDelay, options.tcpUserTimeout, options.connectTimeout, options.socketTimeout, options.busyPoll],
    [undefined, undefined, 0, 150, 60],
  );
  assert.deepEqual([options.transport, options.libName, options.name, options.readonly, options.database], ['pump', 'oxredis(tag)', 'n', true, 3]);
});

const CONTRADICTIONS: [options: object, message: string | RegExp][] = [
  [{ RESP: 2, clientSideCache: {} }, 'Client Side Caching is only supported with RESP3'],
  [{ RESP: 2, emitInvalidate: true }, 'emitInvalidate is only supported with RESP3'],
  [{ clientSideCache: {}, emitInvalidate: true }, 'emitInvalidate is not supported (or necessary) when clientSideCache is enabled'],
  [{ RESP: 4 }, 'RESP must be 2 or 3, got the number 4'],
  [{ RESP: '4' }, 'RESP must be 2 or 3, got a value of type string'],
  [{ socket: { tls: 'yes' } }, /socket\.tls must be true or false/],
  [{ socket: { fd: 5 } }, /socket\.fd is not supported: .*use host and port/],
  [{ socket: { signal: new AbortController().signal } }, /socket\.signal is not supported/],
  [{ socket: { transport: 'carrier pigeon' } }, /socket\.transport must be/],
  [{ socket: { tls: true, pfx: Buffer.alloc(1) } }, /socket\.pfx is not supported: convert it to PEM/],
  [{ socket: { tls: true, ciphers: 'ALL' } }, /socket\.ciphers is not supported/],
  [{ socket: { tls: true, secureContext: {} } }, /socket\.secureContext is not supported: pass PEM text/],
  [{ socket: { tls: true, minVersion: 'TLSv1' } }, /TLSv1 is not supported: TLS 1.0 and 1.1 are broken/],
  [{ socket: { tls: true, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } }, /minVersion is above/],
  [{ socket: { tls: true, session: Buffer.alloc(1) } }, /socket\.session is not supported/],
];

for (const [options, message] of CONTRADICTIONS) {
  test(`refused: ${String(message)}`, () => assert.throws(() => createClient(options), { message }));
}

test('fields of TLS mean nothing without it, harmless ones pass', () => {
  createClient({ socket: { ciphers: 'ALL', ca: 'x' } as object });
  createClient({ socket: { tls: true, ciphers: undefined, requestCert: true, minDHSize: 1024, SNICallback: () => undefined } as object });
});

const UNUSABLE: [socket: object, message: RegExp][] = [
  [{ port: 99_999 }, /Port should be >= 0 and < 65536/],
  [{ family: 5 }, /socket\.family/],
  [{ localAddress: 'localhost' }, /socket\.localAddress/],
  [{ connectTimeout: -1 }, /socket\.connectTimeout/],
];

for (const [socket, message] of UNUSABLE) {
  test(`connect() rejects: ${String(message)}`, async () => {
    const client = createClient({ socket: socket as RedisSocketOptions });
    await assert.rejects(client.connect(), message);
    assert.equal(client.isOpen, false);
  });
}

test('PEM may be text, bytes or lists of them; encrypted keys are opened', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const clear = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }) as string;
  const tls = (socket: object) => linkOptions({ socket: { tls: true, ...socket } }).tls;
  assert.deepEqual(tls({ ca: 'A', cert: [Buffer.from('B'), 'C'] })?.ca, [Buffer.from('A')]);
  assert.deepEqual(tls({ cert: [Buffer.from('B'), 'C'] })?.cert, [Buffer.from('B'), Buffer.from('C')]);
  const keys = tls({ key: [clear, encrypted, { pem: encrypted, passphrase: 'secret' }], passphrase: 'secret' })?.key.map(String);
  assert.deepEqual(keys, [clear, clear, clear]);
  assert.throws(() => tls({ key: encrypted }), { message: 'socket.key is encrypted: pass socket.passphrase' });
  assert.throws(() => tls({ key: encrypted, passphrase: 'wrong' }));
  assert.throws(() => tls({ ca: 5 }), TypeError);
});

/** Runs with this NODE_EXTRA_CA_CERTS, which the machine may have of its own. */
function withExtraRoots<T>(file: string | undefined, run: () => T): T {
  const before = process.env.NODE_EXTRA_CA_CERTS;
  if (file === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
  else process.env.NODE_EXTRA_CA_CERTS = file;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
    else process.env.NODE_EXTRA_CA_CERTS = before;
  }
}

test('NODE_EXTRA_CA_CERTS adds to the roots, unless ca replaces them', () => {
  const { caFile, ca } = certificate('server');
  const trusted = withExtraRoots(caFile, () => linkOptions({ socket: { tls: true } }).tls?.ca ?? []);
  assert.equal(trusted.length, 2);
  assert.deepEqual(String(trusted[1]), ca);
  assert.deepEqual(withExtraRoots(caFile, () => linkOptions({ socket: { tls: true, ca: 'A' } }).tls?.ca), [Buffer.from('A')]);
});

test('TLS settings reach the link', () => {
  const checkServerIdentity = (): undefined => undefined;
  const { tls } = withExtraRoots(undefined, () => linkOptions({
    socket: { tls: true, servername: 's', rejectUnauthorized: true, checkServerIdentity, minVersion: 'TLSv1.3', ALPNProtocols: ['a', 'bc'] },
  }));
  assert.equal(typeof tls?.checkServerIdentity, 'function');
  assert.deepEqual({ ...tls, checkServerIdentity: 'asked' }, {
    ca: [], cert: [], key: [], rejectUnauthorized: true, servername: 's', checkServerIdentity: 'asked', minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3',
    alpn: ['a', 'bc'],
  });
  const wire = linkOptions({ socket: { tls: true, ALPNProtocols: Buffer.from('\x01a\x02bc') } }).tls;
  assert.deepEqual([wire?.alpn, wire?.checkServerIdentity], [['a', 'bc'], undefined]);
});

test('checkServerIdentity gets host and certificate', () => {
  const { cert } = certificate('server');
  const { raw } = new X509Certificate(cert);
  const seen: unknown[] = [];
  const { tls } = linkOptions({ socket: {
    tls: true,
    checkServerIdentity: (host, peer) => {
      seen.push(host, typeof peer.subject, typeof peer.fingerprint256, Buffer.isBuffer(peer.raw));
      return new Error('not mine');
    },
  } });
  assert.equal((tls?.checkServerIdentity?.('h', raw) as Error).message, 'not mine');
  assert.deepEqual(seen, ['h', 'object', 'string', true]);
});

/** The lookup of a link. */
function looked(socket: RedisSocketOptions): NonNullable<LinkOptions['lookup']> {
  const { lookup } = linkOptions({ socket });
  assert.ok(lookup !== undefined);
  return lookup;
}

test('lookup is asked for all addresses, in either form of its answer', async () => {
  const one = looked({ family: 4, lookup: (_host, _options, done) => done(null, '127.0.0.1', 4) });
  assert.deepEqual(await one('h'), [{ address: '127.0.0.1', family: 4 }]);
  const all = looked({
    lookup: (_host, options, done) => done(null, options.all ? [{ address: '::1', family: 6 }] : '::1', 6),
  });
  assert.deepEqual(await all('h'), [{ address: '::1', family: 6 }]);
  const none = looked({ lookup: (_host, _options, done) => done(new Error('ENOTFOUND'), '') });
  await assert.rejects(async () => none('h'), { message: 'ENOTFOUND' });
});
