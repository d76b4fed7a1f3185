/** Nothing that shows a client shows a secret. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect, type InspectOptions } from 'node:util';
import { RESP_TYPES, RedisClient, createClient, createClientPool, type AnyRedisClientOptions } from '../../../lib';
import { urlWithoutPassword } from '../../../lib/client/options/url';
import { readyRig, rig } from './scripted-link';

const SECRET = 'hunter-two';
const KEY = '-----BEGIN PRIVATE KEY----- hunter-two';

const WAYS: InspectOptions[] = [
  {}, { showHidden: true }, { showHidden: true, depth: Infinity }, { showHidden: true, depth: Infinity, getters: true },
  { showHidden: true, depth: Infinity, customInspect: false }, { depth: Infinity, getters: true, sorted: true, compact: false },
];

class Provider {
  readonly type = 'async-credentials-provider';
  readonly token = SECRET;
  credentials = () => Promise.resolve({ password: this.token });
}

const OPTIONS: [name: string, options: () => AnyRedisClientOptions][] = [
  ['a password', () => ({ username: 'u', password: SECRET })],
  ['a URL', () => ({ url: `redis://u:${SECRET}@localhost:1/2` })],
  ['a URL of a UNIX socket', () => ({ url: `unix://u:${SECRET}@/tmp/s` })],
  ['a provider', () => ({ credentialsProvider: new Provider() })],
  ['a key', () => ({ socket: { tls: true, key: KEY, passphrase: SECRET } })],
];

/** Everything that a user can have in hand of a client with these options. */
function objects(options: () => AnyRedisClientOptions): Record<string, object> {
  const client = createClient(options());
  const pool = createClientPool(options());
  const multi = client.multi().auth({ username: 'u', password: SECRET }).set('k', SECRET);
  return {
    client, pool, multi, proxy: client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }), twice: client.asap().asap(),
    duplicate: client.duplicate(), namespace: client.json, legacy: client.legacy(), 'legacy multi': client.legacy().multi().set('k', SECRET),
    'proxy of the pool': pool.asap(), 'pool of the client': client.createPool(), 'multi of the pool': pool.multi().set('k', SECRET),
    nested: { deep: [client, new Map([[pool, client]])] },
  };
}

for (const [name, options] of OPTIONS) {
  for (const [what, object] of Object.entries(objects(options))) {
    test(`${what} of a client with ${name} does not show it`, () => {
      for (const way of WAYS) assert.doesNotMatch(inspect(object, way), /hunter|private key/i, JSON.stringify(way));
      assert.doesNotMatch(format('%s %o %O %j', object, object, object, object), /hunter|private key/i);
      assert.doesNotMatch(JSON.stringify(object), /hunter|private key/i);
    });
  }

  test(`the options of a client with ${name} have it for code, and do not show it`, () => {
    const client = createClient(options());
    assert.doesNotMatch(inspect(client.options, { showHidden: true, depth: Infinity }), /hunter|private key/i);
    assert.match(inspect({ ...client.options }, { depth: Infinity }), /hunter/);
    assert.deepEqual(Object.keys(client.options), Reflect.ownKeys(client.options).filter((key) => typeof key === 'string'));
    assert.doesNotThrow(() => createClient({ ...client.options }));
  });
}

test('the link and what else belongs to a connection show no secret', async () => {
  const { client } = await readyRig({ password: SECRET });
  const internals = client as unknown as Record<string, object>;
  for (const name of ['_subscriptions', '_watch']) {
    assert.doesNotMatch(inspect(internals[name], { showHidden: true, depth: Infinity }), /hunter/, name);
  }
});

test('what is shown of a client', async () => {
  const { client, link } = rig({ url: 'redis://example.org:1234/3' });
  const shown = (state: string, queued: number, inFlight: number): string => inspect({
    address: 'example.org:1234', database: 3, state, protocol: 3, queued, inFlight,
  });
  assert.equal(inspect(client), `RedisClient ${shown('closed', 0, 0)}`);
  const connecting = client.connect();
  link.outstanding = 2;
  assert.equal(inspect(client), `RedisClient ${shown('connecting', 2, 0)}`);
  link.becomeReady();
  await connecting;
  link.outstanding = 3;
  link.inFlight = 2;
  assert.equal(inspect(client.asap()), `RedisClient ${shown('ready', 1, 2)}`);
  client.on('error', () => undefined);
  link.lose(new Error('lost'));
  assert.match(inspect(client), /state: 'reconnecting'/);
  link.becomeReady();
  const closing = client.close();
  assert.match(inspect(client), /state: 'closing'/);
  link.end();
  await closing;
  assert.match(inspect(client), /state: 'closed'/);
  assert.equal(inspect({ a: { b: { c: client } } }, { depth: 1 }), '{ a: { b: [Object] } }');
  assert.equal(inspect({ a: client }, { depth: 0 }), '{ a: [RedisClient] }');
});

test('addresses', () => {
  const address = (options: AnyRedisClientOptions): string | undefined => /address: '(.*)'/.exec(inspect(createClient(options)))?.[1];
  assert.equal(address({}), 'localhost:6379');
  assert.equal(address({ socket: { host: '::1', port: 7 } }), '[::1]:7');
  assert.equal(address({ url: 'unix:///tmp/a' }), '/tmp/a');
  assert.match(inspect(createClientPool('redis://h:7')), /^RedisClientPool \{.*address: 'h:7'.*state: 'closed'/s);
  assert.match(inspect(createClientPool({ url: 'nonsense' })), /address: undefined/);
});

test('as JSON a client is {}', () => {
  for (const object of [createClient(), createClient().asap(), createClientPool(), createClientPool().asap()]) {
    assert.equal(JSON.stringify(object), '{}');
  }
  assert.equal(JSON.stringify({ client: createClient() }), '{"client":{}}');
});

test('classes and prototypes can be shown too', () => {
  assert.match(inspect(RedisClient), /class RedisClient/);
  assert.doesNotThrow(() => inspect([RedisClient.prototype, Object.getPrototypeOf(RedisClient.prototype)], { showHidden: true }));
});

const BAD_URLS = [
  `redis://u:${SECRET}@ho st`, `redis://u:${SECRET}@h:99999`, `http://u:${SECRET}@h`, `redis://u:${SECRET}@h/x`, `unix://u:${SECRET}@host/x`,
  `unix://u:${SECRET}@/`, `redis:/u:${SECRET}`,
];

for (const url of BAD_URLS) {
  test(`the error for ${urlWithoutPassword(url)} does not show the password`, () => {
    assert.throws(() => createClient({ url }), (error) => {
      assert.doesNotMatch(inspect(error, { showHidden: true, depth: Infinity }).replace(/^ +at .*$/gm, ''), /hunter/);
      return true;
    });
  });
}

test('the error for a URL that contradicts tls does not show the password', () => {
  for (const [url, tls] of [[`redis://u:${SECRET}@h`, true], [`rediss://:p@${SECRET}@h`, false], [`unix://:${SECRET}@/s`, true]] as const) {
    assert.throws(() => createClient({ url, socket: { tls } }), (error: Error) => !error.message.includes('hunter'));
  }
});
