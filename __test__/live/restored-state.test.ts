/** What users change on a connection at run time is there again on the next one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientClosedError, RESP_TYPES, type AnyRedisClientOptions, type ErrorReply, type RedisClientType } from '../../lib';
import { killed, liveStage, next, until } from './stage';

const stage = liveStage();
const { connected } = stage;

/** What the server says of the client's connection. */
async function info(client: RedisClientType): Promise<string> {
  const text = String(await client.sendCommand(['CLIENT', 'INFO']));
  const field = (name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(text)?.[1] ?? '';
  return `${field('user')} ${field('name')} ${field('db')}`;
}

type Change = (client: RedisClientType) => Promise<unknown>;

const legacyCommand = (client: RedisClientType, ...words: string[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    client.legacy().sendCommand(...words, (error: Error | null, reply?: unknown) => (error ? reject(error) : resolve(reply)));
  });

const legacyMulti = (client: RedisClientType, ...words: string[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    client.legacy().multi().sendCommand(...words).exec((error, reply) => (error ? reject(error) : resolve(reply)));
  });

const CHANGES: readonly [name: string, run: Change, after: string][] = [
  ['auth()', (client) => client.auth({ username: 'u', password: 'p' }), 'u mine 1'],
  ['auth() of a proxy', (client) => client.withTypeMapping({ [RESP_TYPES.SIMPLE_STRING]: Buffer }).auth({ username: 'u', password: 'p' }), 'u mine 1'],
  ['AUTH', (client) => client.sendCommand(['AUTH', 'u', 'p']), 'u mine 1'],
  ['auth in lower case, as Buffers', (client) => client.sendCommand(['auth', 'u', 'p'].map((word) => Buffer.from(word))), 'u mine 1'],
  ['AUTH in a transaction', (client) => client.multi().auth({ username: 'u', password: 'p' }).exec(), 'u mine 1'],
  ['HELLO', (client) => client.sendCommand(['HELLO', '3', 'AUTH', 'u', 'p', 'SETNAME', 'other']), 'u other 1'],
  ['hello()', (client) => client.hello(3, { AUTH: { username: 'u', password: 'p' }, SETNAME: 'other' }), 'u other 1'],
  ['clientSetName()', (client) => client.clientSetName('other'), 'default other 1'],
  ['CLIENT SETNAME', (client) => client.sendCommand(['client', 'setname', 'other']), 'default other 1'],
  ['CLIENT SETNAME in a transaction', (client) => client.multi().clientSetName('other').exec(), 'default other 1'],
  ['CLIENT SETNAME in a pipeline', (client) => client.multi().clientSetName('other').ping().execAsPipeline(), 'default other 1'],
  ['CLIENT SETNAME of nothing', (client) => client.clientSetName(''), 'default  1'],
  ['select()', (client) => client.select(5), 'default mine 5'],
  ['SELECT', (client) => client.sendCommand(['SELECT', '5']), 'default mine 5'],
  ['select in lower case, as a Buffer', (client) => client.sendCommand([Buffer.from('select'), Buffer.from('5')]), 'default mine 5'],
  ['multi().select()', (client) => client.multi().select(5).ping().exec(), 'default mine 5'],
  ['SELECT in a transaction', (client) => client.multi().addCommand(['SELECT', '5']).ping().exec(), 'default mine 5'],
  ['SELECT in a pipeline', (client) => client.multi().addCommand(['SELECT', '5']).ping().execAsPipeline(), 'default mine 5'],
  ['the last of several', (client) => client.multi().select(3).addCommand(['SELECT', '5']).exec(), 'default mine 5'],
  ['SELECT beside a command that fails', async (client) => {
    await client.set('text', 'x');
    await assert.rejects(client.multi().lPush('text', 'x').addCommand(['SELECT', '5']).exec());
  }, 'default mine 5'],
  ['SELECT in a pipeline that fails', async (client) => {
    await client.set('text', 'x');
    await assert.rejects(client.multi().lPush('text', 'x').addCommand(['SELECT', '5']).execAsPipeline());
  }, 'default mine 5'],
  ['SELECT between MULTI and EXEC', async (client) => {
    await client.sendCommand(['MULTI']);
    await client.sendCommand(['SELECT', '5']);
    await client.sendCommand(['EXEC']);
  }, 'default mine 5'],
  ['SELECT of the callback API', (client) => legacyCommand(client, 'SELECT', '5'), 'default mine 5'],
  ['SELECT in a transaction of the callback API', (client) => legacyMulti(client, 'SELECT', '5'), 'default mine 5'],
  // What the server did not do is not restored.
  ['SELECT that is refused', (client) => client.sendCommand(['SELECT', '999']).catch(() => undefined), 'default mine 1'],
  ['AUTH that is refused', (client) => client.auth({ username: 'u', password: 'wrong' }).catch(() => undefined), 'default mine 1'],
  ['SELECT that is discarded', async (client) => {
    for (const words of [['MULTI'], ['SELECT', '5'], ['DISCARD']]) await client.sendCommand(words);
  }, 'default mine 1'],
  ['SELECT in a transaction that does not run', async (client) => {
    await assert.rejects(client.multi().addCommand(['SELECT', '5']).addCommand(['NO-SUCH-COMMAND']).exec());
  }, 'default mine 1'],
  ['SELECT in a transaction that is refused', async (client) => {
    await assert.rejects(client.multi().addCommand(['SELECT', '999']).addCommand(['SELECT', '5']).addCommand(['SELECT', '999']).exec());
  }, 'default mine 5'],
];

for (const RESP of [3, 2] as const) {
  for (const [name, change, after] of CHANGES) {
    if (RESP === 2 && /hello/i.test(name)) continue;
    test(`RESP${RESP}: ${name}`, async () => {
      await stage.server.command('ACL', 'SETUSER', 'u', 'on', '>p', '~*', '&*', '+@all');
      const client = await connected({ RESP, name: 'mine', database: 1 });
      assert.equal(await info(client), 'default mine 1');
      await change(client);
      assert.equal(await info(client), after, 'on the same connection');
      await killed(stage, client);
      assert.equal(await info(client), after, 'on the next one');
      await killed(stage, client);
      assert.equal(await info(client), after, 'and on the one after that');
      await client.close();
      await client.connect();
      assert.equal(await info(client), after, 'also when it was closed in between');
      await client.reset();
      assert.equal(await info(client), 'default mine 1', 'reset() goes back to what is configured');
      await killed(stage, client);
      assert.equal(await info(client), 'default mine 1', 'for later connections too');
    });
  }
}

test('CLIENT NO-EVICT, NO-TOUCH and TRACKING', async () => {
  const client = await connected();
  await client.clientNoEvict(true);
  await client.clientTracking(true, { BCAST: true });
  await killed(stage, client);
  const list = String(await client.sendCommand(['CLIENT', 'INFO']));
  assert.match(list, / flags=\S*e/);
  assert.deepEqual([...(await client.clientTrackingInfo()).flags].sort(), ['bcast', 'on']);
});

test('tracking that the user turned off stays off', async () => {
  const client = await connected({ emitInvalidate: true });
  const modes = async (): Promise<string[]> => [...(await client.clientTrackingInfo()).flags].sort();
  await client.clientTracking(false);
  await killed(stage, client);
  assert.deepEqual(await modes(), ['off']);
  await client.clientTracking(true, { BCAST: true });
  await killed(stage, client);
  assert.deepEqual([await modes(), client.errors.filter((error) => 'code' in error && error.code === 'OXREDIS_NOT_RESTORED')], [['bcast', 'on'], []]);
  await client.reset();
  assert.deepEqual(await modes(), ['on']);
});

test('READONLY', async () => {
  const client = await connected();
  await client.sendCommand(['READONLY']).then(() => assert.fail('no cluster'), () => undefined);
  await killed(stage, client);
  assert.deepEqual(client.errors.length, 1, 'what the server refused is not repeated');
});

test('a setting that is refused later is an error, and the client is ready', async () => {
  await stage.server.command('ACL', 'SETUSER', 'limited', 'on', '>p', '~*', '&*', '+@all');
  const client = await connected({ username: 'limited', password: 'p' });
  await client.clientNoEvict(true);
  await client.clientSetName('kept');
  await stage.server.command('ACL', 'SETUSER', 'limited', '-client|no-evict');
  await killed(stage, client);
  assert.equal(await info(client), 'limited kept 0');
  const told = client.errors.filter((error) => (error as ErrorReply).code === 'OXREDIS_NOT_RESTORED');
  assert.equal(told.length, 1);
  assert.match((told[0] as Error).message, /^CLIENT NO-EVICT could not be repeated on the new connection: NOPERM/);
  assert.equal(((told[0] as Error).cause as ErrorReply).code, 'NOPERM');
  const { length } = client.errors;
  await killed(stage, client);
  assert.deepEqual([await info(client), client.errors.length], ['limited kept 0', length + 1]);
});

test('a provider of credentials counts more than auth()', async () => {
  await stage.server.command('ACL', 'SETUSER', 'provided', 'on', '>p', '~*', '&*', '+@all');
  await stage.server.command('ACL', 'SETUSER', 'u', 'on', '>p', '~*', '&*', '+@all');
  const credentialsProvider: AnyRedisClientOptions['credentialsProvider'] = {
    type: 'async-credentials-provider', credentials: async () => ({ username: 'provided', password: 'p' }),
  };
  const client = await connected({ credentialsProvider });
  await client.auth({ username: 'u', password: 'p' });
  assert.equal(await info(client), 'u  0');
  await killed(stage, client);
  assert.equal(await info(client), 'provided  0');
});

for (const RESP of [3, 2] as const) {
  test(`RESP${RESP}: one channel that the ACL no longer allows costs only itself`, async () => {
    await stage.server.command('ACL', 'SETUSER', 'reader', 'reset', 'on', '>p', '~*', '&*', '+@all');
    const client = await connected({ RESP, username: 'reader', password: 'p' });
    const heard: string[] = [];
    const listener = (message: string, channel: string): unknown => heard.push(channel + message);
    await client.subscribe(['a', 'b', 'c'], listener);
    await client.pSubscribe(['p*', 'q*'], listener);
    await client.sSubscribe('s', listener);
    // The server closes the connections of users who lose a channel.
    const lost = next(client, 'ready');
    await stage.server.command('ACL', 'SETUSER', 'reader', 'resetchannels', '&a', '&c', '&p*');
    await lost;
    const told = (): Error[] => client.errors.filter((error) => (error as ErrorReply).code === 'OXREDIS_SUBSCRIPTION_REFUSED');
    assert.deepEqual(told().map(({ message }) => /to (.*) could/.exec(message)?.[1]).sort(), ['channel "b"', 'pattern "q*"', 'sharded channel "s"']);
    assert.ok(told().every(({ cause }) => (cause as ErrorReply).code === 'NOPERM'));
    const counts = await Promise.all(['a', 'b', 'c', 'px', 'qx'].map((channel) => stage.server.command('PUBLISH', channel, '!')));
    assert.deepEqual(counts, [1, 0, 1, 1, 0]);
    await until(() => heard.length === 3, 'the messages');
    const names = (type: 'CHANNELS' | 'PATTERNS' | 'SHARDED'): string[] => [...client.getPubSubListeners(type).keys()];
    assert.deepEqual([names('CHANNELS'), names('PATTERNS'), names('SHARDED')], [['a', 'c'], ['p*'], []]);
    // Also when it was closed in between, and all are asked for anew.
    await stage.server.command('ACL', 'SETUSER', 'reader', 'resetchannels', '&a', '&p*');
    await until(() => client.isReady && told().length === 4, 'the fourth');
    await client.close();
    await stage.server.command('ACL', 'SETUSER', 'reader', 'resetchannels', '&p*');
    await client.connect();
    await until(() => told().length === 5, 'the fifth');
    assert.deepEqual([names('CHANNELS'), names('PATTERNS')], [[], ['p*']]);
    await client.close();
  });
}

const QUITS: readonly [name: string, run: (client: RedisClientType) => Promise<unknown>, replies: unknown][] = [
  ['quit()', (client) => client.quit(), 'OK'],
  ['sendCommand', (client) => client.sendCommand(['QUIT']), 'OK'],
  ['sendCommand in lower case', (client) => client.sendCommand(['quit']), 'OK'],
  ['a Buffer', (client) => client.sendCommand([Buffer.from('QUIT')]), 'OK'],
  ['a pipeline', (client) => client.multi().set('x', '1').addCommand(['QUIT']).execAsPipeline(), ['OK', 'OK']],
  ['the callback API', (client) => legacyCommand(client, 'QUIT'), 'OK'],
  ['a pipeline that goes on', (client) => client.multi().addCommand(['QUIT']).ping().execAsPipeline(), 'lost'],
  ['a transaction', (client) => client.multi().set('x', '1').addCommand(['QUIT']).exec(), 'lost'],
  ['a transaction of the callback API', (client) => legacyMulti(client, 'QUIT'), 'lost'],
];

for (const RESP of [3, 2] as const) {
  for (const [name, quit, replies] of QUITS) {
    test(`RESP${RESP}: QUIT by ${name} ends the client`, async () => {
      const client = await connected({ RESP });
      const events: string[] = [];
      for (const event of ['reconnecting', 'error', 'terminated', 'end']) client.on(event, () => events.push(event));
      const ended = next(client, 'end');
      const before = client.set('before', 'quit');
      const quitting = quit(client).catch((error: unknown) => (error instanceof ClientClosedError ? error : 'lost'));
      assert.equal(client.isOpen, false);
      await assert.rejects(client.get('after'), ClientClosedError);
      assert.equal(await before, 'OK');
      assert.deepEqual(await quitting, replies);
      await ended;
      assert.deepEqual([events, client.isReady], [['end'], false]);
      await assert.rejects(client.get('later'), ClientClosedError);
      await client.connect();
      assert.equal(await client.get('before'), 'quit');
      await client.close();
    });
  }
}
