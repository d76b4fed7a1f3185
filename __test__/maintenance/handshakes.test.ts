/** What the handshake asks of the server, and what becomes of a refusal; beside npm `redis`. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as npm from 'redis';
import { SimpleError, type AnyRedisClientOptions } from '../../lib';
import type { HandoffEndpoint } from '../support/handoff-servers';
import { connected, make, moved, serve, WAYS } from './stage';

const REFUSAL = 'ERR Unknown subcommand or wrong number of arguments';

const theirs: npm.RedisClientType[] = [];
after(() => {
  for (const one of theirs) if (one.isOpen) one.destroy();
});

/** A connected client of npm `redis`. */
async function theirClient(endpoint: HandoffEndpoint, options: npm.RedisClientOptions = {}): Promise<npm.RedisClientType> {
  const { port } = endpoint;
  const client = npm.createClient({ ...options, socket: { host: '127.0.0.1', port, ...options.socket } as npm.RedisClientOptions['socket'] });
  client.on('error', () => undefined);
  theirs.push(client as unknown as npm.RedisClientType);
  await client.connect();
  return client as unknown as npm.RedisClientType;
}

const asked = (endpoint: HandoffEndpoint): string[][] => endpoint.commands('CLIENT').filter(([, sub]) => sub === 'MAINT_NOTIFICATIONS');

const SETTINGS: readonly AnyRedisClientOptions[] = [
  {},
  { maintNotifications: 'enabled' },
  { maintNotifications: 'disabled' },
  { maintEndpointType: 'internal-fqdn' },
  { maintEndpointType: 'none', username: 'u', password: 'p', name: 'n', database: 3, readonly: true },
  { emitInvalidate: true },
];

for (const settings of SETTINGS) {
  test(`the handshake is that of npm redis: ${JSON.stringify(settings)}`, async () => {
    const { a, b } = await serve();
    const options = { ...settings, disableClientInfo: true };
    await connected(a, options);
    await theirClient(b, options as npm.RedisClientOptions);
    assert.deepEqual(a.server.commands, b.server.commands);
    assert.equal(asked(a).length, settings.maintNotifications === 'disabled' ? 0 : 1);
  });
}

test('the address decides what `auto` asks for', async () => {
  const { a } = await serve(1);
  await connected(a);
  assert.deepEqual(asked(a), [['CLIENT', 'MAINT_NOTIFICATIONS', 'ON', 'moving-endpoint-type', 'external-ip']]);
});

for (const way of WAYS) {
  test(`all of it is one packet with the first commands (${way.name})`, async () => {
    const { a } = await serve(1, way);
    const client = make(a, { disableClientInfo: true }, way);
    const connecting = client.connect();
    assert.equal(await client.incr('n'), 1);
    await connecting;
    const type = way.tls ? 'external-fqdn' : 'external-ip';
    assert.deepEqual(a.server.commands.map((words) => words.join(' ')), [
      'HELLO 3', `CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type ${type}`, 'INCR n',
    ]);
  });
}

test('a server that refuses is not asked again: not by a reconnect, nor by another client', async () => {
  const { a } = await serve(1);
  a.refusal = REFUSAL;
  const client = await connected(a);
  assert.equal(asked(a).length, 1);
  assert.deepEqual(client.errors, []);
  a.server.closeConnections();
  await a.server.connection(2);
  assert.equal(await client.ping(), 'PONG');
  const other = await connected(a);
  assert.equal(await other.ping(), 'PONG');
  assert.equal(asked(a).length, 1);
});

test('a demand is made again where the server has refused, and ends connect() with its error, as in npm redis', async () => {
  const { a } = await serve(1);
  a.refusal = REFUSAL;
  await connected(a);
  const options = { maintNotifications: 'enabled', socket: { reconnectStrategy: false } } as const;
  const client = make(a, options);
  await assert.rejects(client.connect(), { constructor: SimpleError, message: REFUSAL });
  assert.equal(client.isOpen, false);
  await assert.rejects(theirClient(a, options as never), { constructor: npm.SimpleError, message: REFUSAL });
  assert.equal(asked(a).length, 3);
});

test('a demand with only a port is heard, which npm redis ignores', async () => {
  const { a, b } = await serve();
  await connected(a, { maintNotifications: 'enabled', socket: { host: undefined } });
  await theirClient(b, { maintNotifications: 'enabled', socket: { host: undefined } } as never);
  assert.deepEqual([asked(a).length, asked(b).length], [1, 0]);
});

test('each new connection asks: after a reconnect and after a move', async () => {
  const { a, b } = await serve();
  const client = await connected(a);
  a.server.closeConnections();
  await a.server.connection(2);
  assert.equal(await client.ping(), 'PONG');
  a.moving(1, b);
  await moved(a, b);
  assert.equal(await client.ping(), 'PONG');
  assert.deepEqual([asked(a).length, asked(b).length], [2, 1]);
});
