import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { CacheStats } from '../../../lib/cache';

const theirs = (createRequire(__filename)('@redis/client/dist/lib/client/cache') as { CacheStats: typeof CacheStats }).CacheStats;

type Counts = [number, number, number, number, number, number];

const METHODS = ['requestCount', 'hitRate', 'missRate', 'loadCount', 'loadFailureRate', 'averageLoadPenalty'] as const;
const counts = fc.tuple(...Array.from({ length: 6 }, () => fc.nat(50))) as fc.Arbitrary<Counts>;

const described = (stats: CacheStats): unknown => [{ ...stats }, METHODS.map((method) => stats[method]())];

test('all figures are those of npm redis', () => {
  fc.assert(fc.property(counts, counts, (one, other) => {
    const [ours, npms] = [CacheStats.of(...one), theirs.of(...one)];
    const [otherOurs, otherNpms] = [CacheStats.of(...other), theirs.of(...other)];
    assert.deepEqual(described(ours), described(npms));
    assert.deepEqual(described(ours.plus(otherOurs)), described(npms.plus(otherNpms)));
    assert.deepEqual(described(ours.minus(otherOurs)), described(npms.minus(otherNpms)));
  }));
});

test('nothing counted', () => {
  assert.deepEqual(described(CacheStats.empty()), described(theirs.empty()));
  assert.deepEqual(described(CacheStats.of()), described(theirs.of()));
  assert.equal(CacheStats.empty(), CacheStats.empty());
  assert.deepEqual([CacheStats.empty().hitRate(), CacheStats.empty().missRate()], [1, 0]);
});

test('negative counts are refused', () => {
  for (let index = 0; index < 6; index++) {
    const given = Array.from({ length: 6 }, (_, other) => (other === index ? -1 : 0)) as Counts;
    const texts = [CacheStats, theirs].map((stats) => {
      try {
        return stats.of(...given);
      } catch (error) {
        return (error as Error).message;
      }
    });
    assert.deepEqual(texts, ['All statistics values must be non-negative', 'All statistics values must be non-negative']);
  }
});
