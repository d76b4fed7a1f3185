import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RedisClient } from '../../../lib';

/** Without the provider, which is a function of user and password. */
function parsed(url: string): object {
  const { credentialsProvider, ...rest } = RedisClient.parseURL(url);
  assert.equal(credentialsProvider !== undefined, 'username' in rest || 'password' in rest);
  return rest;
}

const GOOD: [url: string, options: object][] = [
  ['redis://localhost', { socket: { host: 'localhost', tls: false } }],
  ['redis://u:p%40@h:1/2', { socket: { host: 'h', tls: false, port: 1 }, username: 'u', password: 'p@', database: 2 }],
  ['rediss://:pw@h', { socket: { host: 'h', tls: true }, password: 'pw' }],
  ['redis://u@h', { socket: { host: 'h', tls: false }, username: 'u' }],
  ['redis://[::1]:7/', { socket: { host: '::1', tls: false, port: 7 } }],
  ['redis://h:0', { socket: { host: 'h', tls: false, port: 0 } }],
  ['REDIS://H', { socket: { host: 'H', tls: false } }],
  ['redis://h?db=3', { socket: { host: 'h', tls: false } }],
  ['redis:///2', { socket: { host: '', tls: false }, database: 2 }],
  ['redis://:@h', { socket: { host: 'h', tls: false } }],
  ['unix:///tmp/a.sock', { socket: { path: '/tmp/a.sock', tls: false } }],
  ['unix://u:p@/tmp/a%20b.sock?db=3', { socket: { path: '/tmp/a b.sock', tls: false }, username: 'u', password: 'p', database: 3 }],
  ['unix://%20:a%40@/x', { socket: { path: '/x', tls: false }, username: ' ', password: 'a@' }],
  ['unix:///a?db=', { socket: { path: '/a', tls: false }, database: 0 }],
  ['unix:///a?foo=1#b', { socket: { path: '/a', tls: false } }],
];

for (const [url, options] of GOOD) {
  test(`${url} is read`, () => assert.deepEqual(parsed(url), options));
}

const BAD: [url: string, message: string][] = [
  ['http://h', 'Protocol - http: - is not a valid Redis protocol. Expected redis: or rediss:'],
  ['redis://h/x', 'Invalid pathname'],
  ['redis://h/1/2', 'Invalid pathname'],
  ['unix://u:p@host/tmp/x', 'Invalid unix URL'],
  ['unix://', 'Invalid unix URL'],
  ['unix:/tmp/x', 'Invalid unix URL'],
  ['unix:tmp', 'Invalid unix URL'],
  ['unix:///a?db=x', 'Invalid db query parameter'],
  ['foo', 'Invalid URL'],
];

for (const [url, message] of BAD) {
  test(`${url} is refused`, () => assert.throws(() => RedisClient.parseURL(url), { constructor: TypeError, message }));
}

test('the URL wins over socket and credentials, in place', () => {
  const socket = { host: 'z', port: 3, tls: true };
  const options = { url: 'rediss://u:p@h:1/4', socket, username: 'a', database: 2 };
  assert.equal(RedisClient.parseOptions(options), options);
  assert.equal(options.socket, socket);
  assert.deepEqual(socket, { host: 'h', port: 1, tls: true });
  assert.equal(options.username, 'u');
  assert.equal(options.database, 4);
});

test('a field that the URL does not have keeps its value', () => {
  const options = RedisClient.parseOptions({ url: 'redis://h', socket: { port: 3 }, database: 4, password: 'z' });
  assert.deepEqual(options, { url: 'redis://h', socket: { host: 'h', port: 3, tls: false }, database: 4, password: 'z' });
});

for (const [url, tls] of [['redis://h:1', true], ['rediss://h:1', false], ['unix:///a', true]] as const) {
  test(`tls: ${tls} contradicts ${url}`, () => {
    assert.throws(() => RedisClient.parseOptions({ url, socket: { tls } }), {
      constructor: TypeError,
      message: `tls socket option is set to ${tls} which is mismatch with protocol or the URL ${url} passed`,
    });
  });
}
