/** Counters of client-side caches, and snapshots of them. */
import { plainError } from '../errors';

const COUNTS = ['hitCount', 'missCount', 'loadSuccessCount', 'loadFailureCount', 'totalLoadTime', 'evictionCount'] as const;

type Counts = [hits: number, misses: number, loadSuccesses: number, loadFailures: number, totalLoadTime: number, evictions: number];

/**
 * An immutable snapshot. A hit is a read that the cache answered; a miss is one that was sent to the server or waited for one that was. A
 * load is a request to the server; an eviction is an entry dropped because of its age, the size of the cache, or a flush.
 */
export class CacheStats {
  static #none: CacheStats | undefined;

  private constructor(
    readonly hitCount: number,
    readonly missCount: number,
    readonly loadSuccessCount: number,
    readonly loadFailureCount: number,
    /** Ms. */
    readonly totalLoadTime: number,
    readonly evictionCount: number,
  ) {
    if (COUNTS.some((count) => this[count] < 0)) throw plainError('All statistics values must be non-negative', 'OXREDIS_INVALID_ARGUMENT');
  }

  /**
   * Creates statistics from counts; missing ones are 0.
   *
   * @param totalLoadTime in ms
   * @throws Error when one is negative
   */
  static of(
    hitCount = 0, missCount = 0, loadSuccessCount = 0, loadFailureCount = 0, totalLoadTime = 0, evictionCount = 0,
  ): CacheStats {
    return new CacheStats(hitCount, missCount, loadSuccessCount, loadFailureCount, totalLoadTime, evictionCount);
  }

  /** Statistics in which all counts are 0; always the same object. */
  static empty(): CacheStats {
    return (CacheStats.#none ??= CacheStats.of());
  }

  /** Reads of the cache: hits and misses. */
  requestCount(): number {
    return this.hitCount + this.missCount;
  }

  /** The share of hits among the reads, from 0 to 1; 1 without a read. */
  hitRate(): number {
    return ratio(this.hitCount, this.requestCount(), 1);
  }

  /** The share of misses among the reads, from 0 to 1; 0 without a read. */
  missRate(): number {
    return ratio(this.missCount, this.requestCount(), 0);
  }

  /** Requests to the server, successful and failed. */
  loadCount(): number {
    return this.loadSuccessCount + this.loadFailureCount;
  }

  /** The share of failures among the loads, from 0 to 1; 0 without a load. */
  loadFailureRate(): number {
    return ratio(this.loadFailureCount, this.loadCount(), 0);
  }

  /** The mean time of a load in ms; 0 without a load. */
  averageLoadPenalty(): number {
    return ratio(this.totalLoadTime, this.loadCount(), 0);
  }

  /** The differences to `other`; never below 0. */
  minus(other: CacheStats): CacheStats {
    return this.#with(other, (own, others) => Math.max(0, own - others));
  }

  /** The sums of both. */
  plus(other: CacheStats): CacheStats {
    return this.#with(other, (own, others) => own + others);
  }

  #with(other: CacheStats, combine: (own: number, others: number) => number): CacheStats {
    return CacheStats.of(...COUNTS.map((count) => combine(this[count], other[count])) as Counts);
  }
}

function ratio(part: number, whole: number, ofNothing: number): number {
  return whole === 0 ? ofNothing : part / whole;
}

/** Counts the events of a cache. Times are milliseconds. */
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
