// What the package exports is what npm redis exports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as theirs from 'redis';
import * as ours from '../../lib';

type Names = Readonly<Record<string, unknown>>;

/** Parts of npm redis that are not here yet. A name that has arrived has to be taken out. */
const NOT_YET: Record<string, readonly string[]> = {
  clusters: ['createCluster', 'RedisCluster'],
  sentinels: ['createSentinel', 'RedisSentinel', 'RedisSentinelClient'],
  telemetry: ['CHANNELS', 'OpenTelemetry'],
};

/** Names of the documentation that npm redis itself does not export, and what one needs to write a cache of one's own. */
const OURS_ONLY = [
  'CommandTimeoutDuringMaintenance', 'SocketTimeoutDuringMaintenance', 'CacheStats', 'ClientSideCacheProvider',
  'PooledClientSideCacheProvider',
];

const missing = new Set(Object.values(NOT_YET).flat());

test('the names', () => {
  const expected = [...Object.keys(theirs).filter((name) => !missing.has(name)), ...OURS_ONLY];
  assert.deepEqual(Object.keys(ours).sort(), expected.sort());
  assert.deepEqual([...missing].filter((name) => !(name in theirs)), [], 'npm redis does not export it either');
});

for (const [name, value] of Object.entries(theirs as Names)) {
  if (missing.has(name)) continue;
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
