/** Options that have no effect are told of, once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { RedisClient, createClient, createClientPool, type AnyRedisClientOptions } from '../../../lib';

interface Told {
  code: string;
  message: string;
}

/** The warnings of the process while `run` runs. */
async function warnings(run: () => unknown): Promise<Told[]> {
  const told: Told[] = [];
  const hear = (warning: Error & { code?: string }): void => void told.push({ code: String(warning.code), message: warning.message });
  process.on('warning', hear);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', hear);
  }
  return told;
}

const NAMES: [options: object, list: string][] = [
  [{ legacyMode: true }, 'legacyMode (use client.legacy() for callbacks)'],
  [{ retry_strategy: () => 1 }, 'retry_strategy (use socket.reconnectStrategy)'],
  [{ keyprefix: 'a' }, 'keyprefix (did you mean keyPrefix?)'],
  [{ key_prefix: 'a' }, 'key_prefix (did you mean keyPrefix?)'],
  [{ pasword: 'a' }, 'pasword (did you mean password?)'],
  [{ db: 1, prefix: 'a' }, 'db (use database); prefix (use keyPrefix)'],
  [{ host: 'h', port: 1, tls: {} }, 'host (use socket.host); port (use socket.port); tls (use socket.tls)'],
  [{ reconnectStrategy: false }, 'reconnectStrategy (use socket.reconnectStrategy)'],
  [{ enableOfflineQueue: false }, 'enableOfflineQueue (use disableOfflineQueue)'],
  [{ maxRetriesPerRequest: 3 }, 'maxRetriesPerRequest (commands are never sent twice; use commandOptions.timeout to limit their wait)'],
  [{ lazyConnect: true }, 'lazyConnect (not needed: a client connects when connect() is called)'],
  [{ no_ready_check: true }, 'no_ready_check (there is no such check)'],
  [{ return_buffers: true }, 'return_buffers (use client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }))'],
  [{ socket_keepalive: true }, 'socket_keepalive (use socket.keepAlive)'],
  [{ connect_timeout: 1 }, 'connect_timeout (use socket.connectTimeout)'],
  [{ timeout: 1 }, 'timeout (use commandOptions.timeout)'],
  [{ typeMapping: {} }, 'typeMapping (use commandOptions.typeMapping)'],
  [{ maximum: 3 }, 'maximum (use the second argument of createClientPool())'],
  [{ socket: { connectionTimeout: 1, reconnectStratgy: 1 } }, 'socket.connectionTimeout (did you mean socket.connectTimeout?); socket.reconnectStratgy (did you mean socket.reconnectStrategy?)'],
  [{ socket: { password: 'a' } }, 'socket.password (use password, beside socket)'],
  [{ commandOptions: { returnBuffers: true } }, 'commandOptions.returnBuffers (use client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }))'],
  [{ wholly: 1, unlike: 2 }, 'wholly; unlike'],
];

for (const [options, list] of NAMES) {
  test(`unknown: ${list}`, async () => {
    const told = await warnings(() => createClient(options));
    assert.deepEqual(told, [{ code: 'OXREDIS_UNKNOWN_OPTION', message: `Options that oxredis does not know are ignored: ${list}` }]);
    assert.deepEqual(await warnings(() => createClient(options)), [], 'once');
  });
}

test('options of pools and caches too', async () => {
  const [pool] = await warnings(() => createClientPool({}, { max: 5, acquireTimout: 1 } as object));
  assert.match(pool?.message ?? '', /max \(use maximum\); acquireTimout \(did you mean acquireTimeout\?\)/);
  const [cache] = await warnings(() => createClient({ clientSideCache: { maxsize: 1, TTL: 1 } as object }));
  assert.match(cache?.message ?? '', /clientSideCache\.TTL \(did you mean clientSideCache\.ttl\?\)/);
});

test('options that are known, or undefined, are not told of', async () => {
  const fine: AnyRedisClientOptions = {
    url: 'redis://localhost', username: 'u', password: 'p', name: 'n', database: 0, keyPrefix: 'k', commandsQueueMaxLength: 1,
    disableOfflineQueue: false, readonly: true, pingInterval: 1, commandOptions: { timeout: 1, asap: true }, emitInvalidate: true,
    disableClientInfo: true, clientInfoTag: 't', maintNotifications: 'auto', modules: {}, functions: {}, scripts: {}, RESP: 3,
    socket: { host: 'h', keepAlive: true, noDelay: true, reconnectStrategy: () => 1, servername: 's', timeout: 1, minDHSize: 1 } as object,
  };
  assert.deepEqual(await warnings(() => {
    createClient(fine);
    createClient({ ...createClient(fine).options });
    createClient(fine).duplicate().createPool({ minimum: 1 });
    createClient({ legacyMode: undefined, host: undefined } as object);
    createClient({ himportRegistry: {} } as object);
  }), []);
});

test('many unknown names make a short warning', async () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`unheard${index}`.padEnd(200, 'x'), 1]));
  const [told] = await warnings(() => createClient(many));
  assert.ok((told?.message.length ?? 0) < 1000);
  assert.match(told?.message ?? '', /and 490 more$/);
});

for (const strategy of ['exponential', true, {}, []]) {
  test(`a strategy that is ${JSON.stringify(strategy)} is told of, and the default is used`, async () => {
    const [told] = await warnings(() => createClient({ socket: { reconnectStrategy: strategy as never } }));
    assert.equal(told?.code, 'OXREDIS_INVALID_OPTION');
    assert.match(told?.message ?? '', /^socket\.reconnectStrategy must be a function, a number of ms or false, got .*: the default strategy is used$/);
  });
}

test('a URL stands for options', () => {
  for (const given of ['redis://u:p@h:1/2', new URL('redis://u:p@h:1/2'), runInNewContext('new URL("redis://u:p@h:1/2")', { URL }) as URL]) {
    for (const client of [createClient(given), RedisClient.create(given), createClient({ url: given as string })]) {
      const { url, socket, username, password, database } = client.options;
      assert.deepEqual({ url, socket, username, password, database }, {
        url: 'redis://u:p@h:1/2', socket: { host: 'h', port: 1, tls: false }, username: 'u', password: 'p', database: 2,
      });
    }
  }
  assert.throws(() => createClient('localhost:6379'), { message: /^Protocol - localhost: - is not a valid Redis protocol/ });
  assert.throws(() => createClient('nonsense'), { code: 'ERR_INVALID_URL', message: 'Invalid URL' });
  assert.equal(createClient(undefined).options.url, undefined);
  assert.equal(createClient(null as never).options.url, undefined);
});
