import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BasicClientSideCache, BasicPooledClientSideCache, PooledClientSideCacheProvider } from '../../../lib/cache';

const client = { isOpen: true, isReady: true, socketEpoch: 1 };

function filled(): BasicPooledClientSideCache {
  const cache = new BasicPooledClientSideCache();
  cache.set('x', cache.createValueEntry(client, 1), ['k']);
  cache.recordHits(1);
  return cache;
}

test('a disabled cache serves nothing and keeps what it has', () => {
  const cache = filled();
  cache.disable();
  assert.deepEqual([cache.get('x'), cache.has('x'), cache.size()], [undefined, false, 1]);
  cache.enable();
  assert.deepEqual([cache.get('x') !== undefined, cache.has('x')], [true, true]);
});

test('statistics outlive a lost or closed client, and not the pool', () => {
  for (const [what, hits, evictions] of [['onError', 1, 1], ['onClose', 1, 1], ['onPoolClose', 0, 0]] as const) {
    const cache = filled();
    cache[what]();
    assert.deepEqual([cache.size(), cache.stats().hitCount, cache.stats().evictionCount], [0, hits, evictions], what);
  }
});

test('what is an instance of what', () => {
  assert.ok(filled() instanceof PooledClientSideCacheProvider);
  assert.ok(filled() instanceof BasicClientSideCache);
});
