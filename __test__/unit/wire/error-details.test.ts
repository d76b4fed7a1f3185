/** What `console.log` shows of errors, and that each has a code. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { createClient, createClientPool } from '../../../lib';
import * as errors from '../../../lib/errors';
import { CredentialsError, UnableToObtainNewCredentialsError } from '../../../lib/client/options/credentials';
import { REPOSITORY } from '../../support/paths';

const failed = (): errors.SimpleError =>
  errors.describeError(new errors.SimpleError('WRONGTYPE no'), { command: 'GET', phase: 'written' });

test('beyond the depth that is shown, the message is there', () => {
  for (const text of [inspect({ results: [{ reason: failed() }] }), inspect([[[failed()]]]), inspect({ error: failed() }, { depth: 0 })]) {
    assert.match(text, /WRONGTYPE no/);
  }
});

test('code, command and phase are shown', () => {
  const described = [
    failed(), errors.refusedCommand(new errors.ClientClosedError(), 'GET'), errors.refusedCommand(errors.queueFullError(), 'GET'),
    errors.describeError(new Error('connect ECONNREFUSED'), { command: 'GET', phase: 'queued' }),
  ];
  for (const error of described) {
    const text = inspect(error);
    assert.match(text, /command: 'GET',\s+phase: '(queued|written)'/);
    if (error !== described[3]) assert.match(text, /code: '(WRONGTYPE|OXREDIS_\w+)'/);
    for (const around of [[error], { error }, new Error('outer', { cause: error }), new AggregateError([error])]) {
      assert.match(inspect(around), /command: 'GET'/);
    }
  }
  assert.match(inspect(failed()), /^SimpleError: WRONGTYPE no/);
  assert.match(inspect(new errors.WatchError()), /code: 'OXREDIS_WATCH'/);
});

test('and nothing else has changed', () => {
  const error = failed();
  assert.deepEqual([Object.keys(error), JSON.stringify(error), String(error)], [[], '{}', 'Error: WRONGTYPE no']);
  assert.deepEqual(error, new errors.SimpleError('WRONGTYPE no'));
  assert.doesNotMatch(inspect({ a: { b: { c: error } } }), /command/);
  assert.match(inspect(error, { showHidden: true, getters: true }), /command: 'GET'/);
  assert.match(inspect(error, { colors: true }), /\u001b\[32m'GET'/);
  assert.doesNotMatch(inspect(error, { customInspect: false }), /command/);
  const circle = Object.assign(failed(), { self: undefined as unknown });
  circle.self = circle;
  circle.cause = circle;
  assert.match(inspect(circle, { depth: null }), /Circular \*1/);
  assert.match(inspect(Object.freeze(failed())), /command: 'GET'/);
  assert.match(inspect(new errors.MultiErrorReply([failed()], [0])), /replies: \[[^]*command: 'GET'/);
  class Own extends Error {
    [inspect.custom](): string {
      return 'mine';
    }
  }
  assert.equal(inspect(errors.describeError(new Own(), { command: 'GET' })), 'mine');
});

test('what users throw is an error: theirs if it is one, of any realm', () => {
  const foreign = runInNewContext('new Error("foreign")') as Error;
  assert.equal(errors.thrownError(foreign), foreign);
  const text = errors.thrownError('text') as Error & { code: string };
  assert.deepEqual([text.message, text.code], ['text', 'OXREDIS_THROWN_VALUE']);
});

test('options and urls that are refused have a code', async () => {
  const refused: [() => unknown, string][] = [
    [() => createClient({ url: 'http://a' }), 'OXREDIS_INVALID_URL'],
    [() => createClient({ url: 'redis://a/x' }), 'OXREDIS_INVALID_URL'],
    [() => createClient({ url: 'redis://:%zz@a' }), 'OXREDIS_INVALID_URL'],
    [() => createClient({ url: 'unix:x' }), 'OXREDIS_INVALID_URL'],
    [() => createClient({ url: 'no url' }), 'ERR_INVALID_URL'],
    [() => createClient({ url: 'redis://a', socket: { tls: true } as never }), 'OXREDIS_INVALID_OPTION'],
    [() => createClient({ RESP: 2, emitInvalidate: true } as never), 'OXREDIS_INVALID_OPTION'],
    [() => createClientPool({}, { minimum: -1 }), 'OXREDIS_INVALID_OPTION'],
    [() => createClient({ database: -1 }).connect(), 'OXREDIS_INVALID_OPTION'],
    [() => createClient({ socket: { family: 5 } }).connect(), 'OXREDIS_INVALID_OPTION'],
    [() => createClient({ socket: { connectTimeout: -1 } }).connect(), 'OXREDIS_INVALID_OPTION'],
    [() => createClient({ clientSideCache: { evictPolicy: 'x' } as never }), 'OXREDIS_INVALID_OPTION'],
  ];
  for (const [call, code] of refused) {
    await assert.rejects(async () => call(), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, `${String(call)}: ${error.message}`);
      return true;
    });
  }
  assert.equal(new CredentialsError().code, 'OXREDIS_CREDENTIALS_REFUSED');
  assert.equal(new UnableToObtainNewCredentialsError().code, 'OXREDIS_NO_CREDENTIALS');
});

test('the text about a url and socket.tls that differ names no password', () => {
  assert.throws(() => createClient({ url: 'redis://user:secret@a', socket: { tls: true } as never }), (error: Error) =>
    !error.message.includes('secret') && error.message.includes('redis://user:***@a'));
});

/** Errors about arguments have codes of their own; those of the other files are given one by who makes them, or never thrown. */
const EXCEPT = [
  'errors.ts', 'wire/load-addon.ts', 'wire/encoder.ts', 'wire/digest.ts', 'wire/native-errors.ts', 'client/encoded-command.ts',
  'client/subscriptions.ts', 'client/socket-options.ts', 'client/refused-options.ts', 'wire/request-limits.ts', 'call-site.ts',
];

test('no error is made without a code', () => {
  const folder = join(REPOSITORY, 'lib');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('commands') && !EXCEPT.includes(file.replaceAll('\\', '/')));
  assert.ok(files.length > 50);
  for (const file of files) {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    for (const [index, line] of lines.entries()) {
      if (!/new (Aggregate|Type|Range|Syntax|URI|Reference)?Error\(/.test(line)) continue;
      // In the same statement or the next one.
      assert.match(lines.slice(index, index + 3).join(' '), /withCode\(new |coded\(new |\bcode\b/, `lib/${file}:${index + 1}`);
    }
  }
});
