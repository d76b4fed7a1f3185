/** What counts the events of a cache. */
import { CacheStats } from './cache-stats';

/** Counts. Times are milliseconds. */
export interface StatsCounter {
  recordHits(count: number): void;
  recordMisses(count: number): void;
  recordLoadSuccess(loadTime: number): void;
  recordLoadFailure(loadTime: number): void;
  recordEvictions(count: number): void;
  snapshot(): CacheStats;
}

export class RecordingStatsCounter implements StatsCounter {
  #hits = 0;
  #misses = 0;
  #loadSuccesses = 0;
  #loadFailures = 0;
  #loadTime = 0;
  #evictions = 0;

  recordHits(count: number): void {
    this.#hits += count;
  }

  recordMisses(count: number): void {
    this.#misses += count;
  }

  recordLoadSuccess(loadTime: number): void {
    this.#loadSuccesses++;
    this.#loadTime += loadTime;
  }

  recordLoadFailure(loadTime: number): void {
    this.#loadFailures++;
    this.#loadTime += loadTime;
  }

  recordEvictions(count: number): void {
    this.#evictions += count;
  }

  snapshot(): CacheStats {
    return CacheStats.of(this.#hits, this.#misses, this.#loadSuccesses, this.#loadFailures, this.#loadTime, this.#evictions);
  }
}

/** Counts nothing: for `recordStats: false`. */
export const DISABLED_STATS_COUNTER: StatsCounter = {
  recordHits: () => undefined,
  recordMisses: () => undefined,
  recordLoadSuccess: () => undefined,
  recordLoadFailure: () => undefined,
  recordEvictions: () => undefined,
  snapshot: () => CacheStats.empty(),
};
