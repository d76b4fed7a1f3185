/** Limits during maintenance: those of commands and of the socket are relaxed, and return to what they were. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as npm from 'redis';
import {
  CommandTimeoutDuringMaintenanceError, SocketTimeoutDuringMaintenanceError, SocketTimeoutError, TimeoutError, type AnyRedisClientOptions,
} from '../../lib';
import type { HandoffEndpoint } from '../support/handoff-servers';
import { until } from '../support/until';
import { connected, serve, WAYS } from './stage';

/** Longer than limits that are not relaxed. Ms. */
const LONG = 500;

/** How long a promise takes to be rejected, in ms, and with what. */
async function rejection(promise: Promise<unknown>): Promise<[number, Error]> {
  const start = performance.now();
  try {
    await promise;
  } catch (error) {
    return [performance.now() - start, error as Error];
  }
  throw new Error('nothing was rejected');
}

/** Begins a move that does not get on: commands that come now wait until the old server answers. */
async function stuck(a: HandoffEndpoint, b: HandoffEndpoint, options: AnyRedisClientOptions): ReturnType<typeof connected> {
  const client = await connected(a, options);
  a.hold();
  void client.withCommandOptions({ timeout: 0 }).incr('n').catch(() => undefined);
  await until(() => a.commands('INCR').length === 1, 'the command at the server');
  a.moving(1, b, 60);
  await until(() => b.commands('CLIENT').length > 0 && client.notices.length === 1, 'the handshake');
  return client;
}

test('commands that wait during maintenance get the relaxed timeout, and its error', async () => {
  const { a, b } = await serve();
  const client = await stuck(a, b, { maintRelaxedCommandTimeout: LONG, commandOptions: { timeout: 50 } });
  const [ms, error] = await rejection(client.incr('n'));
  assert.ok(error instanceof CommandTimeoutDuringMaintenanceError && error instanceof TimeoutError);
  assert.equal(error.message, `Command timeout during maintenance. Waited to write command for more than ${LONG}ms.`);
  assert.equal((error as Error & { code?: string }).code, 'OXREDIS_COMMAND_TIMEOUT_MAINTENANCE');
  assert.ok(ms >= LONG - 20, `${ms} ms`);
  assert.equal(b.commands('INCR').length, 0);
});

test('no timeout becomes shorter', async () => {
  const { a, b } = await serve();
  const client = await stuck(a, b, { maintRelaxedCommandTimeout: 50, commandOptions: { timeout: LONG } });
  const [ms] = await rejection(client.incr('n'));
  assert.ok(ms >= LONG - 20, `${ms} ms`);
});

test('0 is no limit', async () => {
  const { a, b } = await serve();
  const client = await stuck(a, b, { maintRelaxedCommandTimeout: 0, commandOptions: { timeout: 50 } });
  const late = client.incr('n');
  // Four times its own timeout passes at another server.
  const slow = await connected(b, { socket: { socketTimeout: 200, reconnectStrategy: false } });
  await until(() => slow.errors.length > 0, 'the time to pass');
  a.release();
  assert.equal(await late, 2);
});

test('a deadline is extended, and no longer than that', async () => {
  const { a } = await serve(1);
  const client = await connected(a, { maintRelaxedCommandTimeout: LONG });
  const brief = client.withCommandOptions({ deadline: 100 });
  a.hold();
  const before = rejection(brief.incr('n'));
  await until(() => a.commands('INCR').length === 1, 'the command at the server');
  a.push('MIGRATING', 1, 15, '["1"]');
  await until(() => client.notices.length === 1, 'the notice');
  const during = rejection(brief.incr('n'));
  const [[first, firstError], [second]] = await Promise.all([before, during]);
  assert.ok(firstError instanceof TimeoutError);
  assert.ok(first >= LONG - 20 && second >= LONG - 20, `${first} and ${second} ms`);
  a.push('MIGRATED', 1, '["1"]');
  await until(() => client.notices.length === 2, 'the end');
  const [after] = await rejection(brief.incr('n'));
  assert.ok(after < first, `${after} ms`);
});

for (const way of WAYS.slice(0, 2)) {
  test(`the socket gets the relaxed timeout, and its error (${way.name})`, async () => {
    const { a } = await serve(1, way);
    const options = { maintRelaxedSocketTimeout: LONG, socket: { socketTimeout: 100, reconnectStrategy: false } } as const;
    const client = await connected(a, options, way);
    const start = performance.now();
    a.push('MIGRATING', 1, 15, '["1"]');
    await until(() => client.errors.length > 0, 'the timeout');
    const [error] = client.errors;
    assert.ok(error instanceof SocketTimeoutDuringMaintenanceError, String(error));
    assert.equal(error.message, `Socket timeout during maintenance. Expecting data, but didn't receive any in ${LONG}ms.`);
    assert.ok(performance.now() - start >= LONG - 20);
  });
}

test('the end notice ends it: the next silence is an ordinary timeout', async () => {
  const { a } = await serve(1);
  const client = await connected(a, { maintRelaxedSocketTimeout: 60_000, socket: { socketTimeout: 100, reconnectStrategy: false } });
  a.push('MIGRATING', 1, 15, '["1"]');
  a.push('FAILING_OVER', 2, 15, '["1"]');
  a.push('FAILING_OVER', 2, 15, '["1"]');
  a.push('MIGRATED', 1, '["1"]');
  a.push('FAILED_OVER', 2, '["1"]');
  await until(() => client.errors.length > 0, 'the timeout');
  assert.ok(client.errors[0] instanceof SocketTimeoutError, String(client.errors[0]));
});

test('nested maintenance is over when all of it is', async () => {
  const { a } = await serve(1);
  const client = await connected(a, { maintRelaxedSocketTimeout: LONG, socket: { socketTimeout: 50, reconnectStrategy: false } });
  a.push('MIGRATING', 1, 15, '["1"]');
  a.push('FAILING_OVER', 2, 15, '["1"]');
  a.push('MIGRATED', 1, '["1"]');
  await until(() => client.errors.length > 0, 'the timeout');
  assert.ok(client.errors[0] instanceof SocketTimeoutDuringMaintenanceError, String(client.errors[0]));
});

test('a reconnect ends it', async () => {
  const { a } = await serve(1);
  const client = await connected(a, {
    maintRelaxedSocketTimeout: 60_000, socket: { socketTimeout: 200, reconnectStrategy: (_retries, cause) => (cause instanceof SocketTimeoutError ? false : 0) },
  });
  a.push('MIGRATING', 1, 15, '["1"]');
  await until(() => client.notices.length === 1, 'the notice');
  a.server.closeConnections();
  await until(() => client.outages.includes('terminated'), 'the timeout of the new connection');
  assert.ok(client.errors.at(-1) instanceof SocketTimeoutError);
});

test('the error of the socket is that of npm redis', async () => {
  const { a, b } = await serve();
  const options = { maintRelaxedSocketTimeout: 200, socket: { socketTimeout: 100, reconnectStrategy: false } } as const;
  const mine = await connected(a, options);
  const { port } = b;
  const their = npm.createClient({ ...options, socket: { ...options.socket, host: '127.0.0.1', port } });
  const errors: Error[] = [];
  their.on('error', (error: Error) => errors.push(error));
  await their.connect();
  for (const one of [a, b]) one.push('MIGRATING', 1, 15, '["1"]');
  await until(() => mine.errors.length > 0 && errors.length > 0, 'both timeouts');
  const [ours, other] = [mine.errors[0] as Error, errors[0] as Error];
  assert.deepEqual([ours.constructor.name, ours.message], [other.constructor.name, other.message]);
});
