import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as their from '@redis/client/dist/lib/errors';
import * as ours from '../../../lib/errors';

type Make = (classes: typeof their) => Error;

const cause = new Error('cause');
const samples: Record<string, Make> = {
  AbortError: (e) => new e.AbortError(),
  WatchError: (e) => new e.WatchError(),
  'WatchError with a text': (e) => new e.WatchError('text'),
  ConnectionTimeoutError: (e) => new e.ConnectionTimeoutError(),
  SocketTimeoutError: (e) => new e.SocketTimeoutError(100),
  ClientClosedError: (e) => new e.ClientClosedError(),
  ClientOfflineError: (e) => new e.ClientOfflineError(),
  DisconnectsClientError: (e) => new e.DisconnectsClientError(),
  SocketClosedUnexpectedlyError: (e) => new e.SocketClosedUnexpectedlyError(),
  RootNodesUnavailableError: (e) => new e.RootNodesUnavailableError(),
  ScanIteratorInterruptedError: (e) => new e.ScanIteratorInterruptedError(cause),
  ReconnectStrategyError: (e) => new e.ReconnectStrategyError(new Error('strategy'), cause),
  ErrorReply: (e) => new e.ErrorReply('ERR text'),
  SimpleError: (e) => new e.SimpleError('ERR text'),
  BlobError: (e) => new e.BlobError('ERR text'),
  TimeoutError: (e) => new e.TimeoutError(),
  'TimeoutError with a text': (e) => new e.TimeoutError('text'),
  SocketTimeoutDuringMaintenanceError: (e) => new e.SocketTimeoutDuringMaintenanceError(100),
  CommandTimeoutDuringMaintenanceError: (e) => new e.CommandTimeoutDuringMaintenanceError(100),
  MultiErrorReply: (e) => new e.MultiErrorReply([new e.SimpleError('a'), 'x' as unknown as Error, new e.SimpleError('b')], [0, 2]),
  OpenTelemetryError: (e) => new e.OpenTelemetryError('text'),
  MaxCommandRedirectionsError: (e) => new e.MaxCommandRedirectionsError(cause)
};

test('every class of npm redis is there', () => {
  const covered = new Set(Object.keys(samples).map((name) => name.split(' ')[0]));
  for (const name of Object.keys(their)) {
    assert.equal(typeof (ours as Record<string, unknown>)[name], 'function', name);
    assert.ok(covered.has(name), name);
  }
});

test('errors look like those of npm redis', () => {
  const families = ['ErrorReply', 'TimeoutError'] as const;
  for (const [name, make] of Object.entries(samples)) {
    const expected = make(their);
    const error = make(ours as unknown as typeof their);
    assert.equal(error.message, expected.message, name);
    assert.equal(error.name, expected.name, name);
    assert.equal(error.cause, expected.cause, name);
    assert.deepEqual(Object.keys(error), Object.keys(expected), name);
    assert.deepEqual(JSON.stringify(error), JSON.stringify(expected), name);
    assert.equal(String(error), String(expected), name);
    for (const family of families) assert.equal(error instanceof ours[family], expected instanceof their[family], `${name}: ${family}`);
  }
});

test('every class of the client has a code of its own', () => {
  const codes = new Map<string, string>();
  for (const [name, make] of Object.entries(samples)) {
    const { code } = make(ours as unknown as typeof their) as ours.ClientError;
    const [className] = name.split(' ');
    if (className === 'MultiErrorReply' || !/Reply|SimpleError|BlobError/.test(className)) assert.match(String(code), /^OXREDIS_[A-Z_]+$/, name);
    else assert.equal(code, 'ERR');
    if (code === 'ERR') continue;
    assert.ok((codes.get(String(code)) ?? className) === className, String(code));
    codes.set(String(code), className);
  }
});

test('the code of a server error is its first word, when that is upper case', () => {
  const texts: [string, string | undefined][] = [
    ['WRONGTYPE Operation', 'WRONGTYPE'], ['NOAUTH', 'NOAUTH'], ['ERR', 'ERR'], ['Err x', undefined], ['', undefined],
    ['MOVED 3999 127.0.0.1:6381', 'MOVED'], ['unknown command', undefined], ['ERR: no', undefined], ['X_Y2 z', 'X_Y2']
  ];
  for (const [text, code] of texts) assert.equal(new ours.SimpleError(text).code, code, text);
});

test('details of a command are there, and invisible', () => {
  const errors = [new ours.SimpleError('ERR a'), new ours.ClientClosedError(), new Error('plain'), ours.queueFullError()];
  for (const error of errors) {
    const described = ours.describeError(error, { command: 'HSET', phase: 'written', cause }) as ours.ClientError;
    assert.equal(described, error);
    assert.equal(described.command, 'HSET');
    assert.equal(described.phase, 'written');
    assert.equal(described.cause, cause);
    assert.deepEqual(Object.keys(described), []);
  }
  const frozen = Object.freeze(new Error('frozen'));
  assert.equal(ours.describeError(frozen, { command: 'GET', cause }), frozen);
  const bare = new ours.AbortError();
  assert.deepEqual([bare.command, bare.phase, bare.cause], [undefined, undefined, undefined]);
  assert.deepEqual(ours.describeError(new ours.SimpleError('x'), { command: 'GET' }), new ours.SimpleError('x'));
});

test('users may assign a code', () => {
  for (const error of [new ours.SimpleError('ERR a'), new ours.AbortError(), new ours.MultiErrorReply([], [])]) {
    error.code = 'MINE';
    assert.equal(error.code, 'MINE');
    assert.deepEqual(Object.keys(error).includes('code'), true);
  }
});

test('the failed commands of a transaction', () => {
  const replies = [new ours.SimpleError('a'), 'OK' as unknown as ours.ErrorReply, new ours.SimpleError('b')];
  assert.deepEqual([...new ours.MultiErrorReply(replies, [0, 2]).errors()], [replies[0], replies[2]]);
});

test('a full queue is a plain Error', () => {
  const error = ours.queueFullError();
  assert.equal(Object.getPrototypeOf(error), Error.prototype);
  assert.equal((error as Error & { code: string }).code, 'OXREDIS_QUEUE_FULL');
  assert.deepEqual(error, new Error('The queue is full'));
});
