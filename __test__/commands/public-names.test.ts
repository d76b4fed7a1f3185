// What the package exports is what npm redis exports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as theirs from 'redis';
import * as ours from '../../lib';

type Names = Readonly<Record<string, unknown>>;

/** Names of the documentation that npm redis itself does not export, what one needs to write a cache of one's own, and two of redis 4. */
const OURS_ONLY = [
  'CommandTimeoutDuringMaintenance', 'SocketTimeoutDuringMaintenance', 'CacheStats', 'ClientSideCacheProvider',
  'PooledClientSideCacheProvider', 'SchemaFieldTypes', 'VectorAlgorithms',
];

test('the names', () => {
  assert.deepEqual(Object.keys(ours).sort(), [...Object.keys(theirs), ...OURS_ONLY].sort());
});

for (const [name, value] of Object.entries(theirs as Names)) {
  test(name, () => {
    const own = (ours as Names)[name];
    if (typeof value !== 'function') return assert.deepEqual(own, value);
    assert.equal(typeof own, 'function');
    assert.equal(isClass(own), isClass(value), 'a class here and no class there');
  });
}

/** Only classes have a prototype that cannot be replaced. */
function isClass(value: unknown): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

test('what is not implemented says so', () => {
  const { createSentinel, OpenTelemetry, RedisSentinel, RedisSentinelClient } = ours;
  for (const call of [
    () => createSentinel({ name: 'a', sentinelRootNodes: [] }), () => OpenTelemetry.init({}),
    () => new RedisSentinel(), () => new RedisSentinelClient(),
  ]) assert.throws(call, { code: 'OXREDIS_NOT_IMPLEMENTED' });
});
