/** The options of a pool: types, defaults and validation. */
import type { ClientSideCacheConfig, PooledClientSideCacheProvider } from '../cache';
import { withCode } from '../errors';
import { warnOfUnknown } from '../wire/option-names';

/** Options of a pool. Times are milliseconds. */
export interface RedisPoolOptions {
  /** Number of clients that `connect()` opens, and that stay open while idle. Default 1. */
  minimum: number;
  /** Maximum number of clients. The pool opens more clients while all are in use. Default 100, or `minimum` if that is greater. */
  maximum: number;
  /** Maximum time in ms that a task may wait for a client; after it the task rejects with `TimeoutError`. Default 3000; 0 for no limit. */
  acquireTimeout: number;
  /** Time in ms after which idle clients in excess of `minimum` are closed. Default 3000. */
  cleanupDelay: number;
  /**
   * The client-side cache that all clients of the pool share. Takes a configuration or a cache object such as
   * `new BasicPooledClientSideCache()`. Requires RESP3.
   */
  clientSideCache?: PooledClientSideCacheProvider | ClientSideCacheConfig;
}

const DEFAULT_MAXIMUM = 100;

const NAMES = {
  prefix: '',
  known: new Set<keyof RedisPoolOptions>(['minimum', 'maximum', 'acquireTimeout', 'cleanupDelay', 'clientSideCache']),
  hints: new Map([
    ['min', 'use minimum'], ['max', 'use maximum'], ['acquireTimeoutMillis', 'use acquireTimeout'],
    ['idleTimeoutMillis', 'use cleanupDelay'], ['evictionRunIntervalMillis', 'use cleanupDelay'],
  ]),
};

/**
 * Returns the options with defaults.
 *
 * @throws RangeError for an option that is not a valid number, or if `maximum` is less than `minimum`
 */
export function completePoolOptions(given: Partial<RedisPoolOptions> | undefined): Readonly<Omit<RedisPoolOptions, 'clientSideCache'>> {
  warnOfUnknown([[given, NAMES]]);
  const minimum = given?.minimum ?? 1;
  const options = {
    minimum,
    maximum: given?.maximum ?? Math.max(DEFAULT_MAXIMUM, minimum),
    acquireTimeout: given?.acquireTimeout ?? 3000,
    cleanupDelay: given?.cleanupDelay ?? 3000,
  };
  if (!Number.isInteger(minimum) || minimum < 0) throw invalid('minimum', 'a whole number that is not negative', minimum);
  const { maximum } = options;
  const isCount = Number.isInteger(maximum) || maximum === Infinity;
  if (!isCount || maximum < Math.max(1, minimum)) throw invalid('maximum', `a whole number of at least ${Math.max(1, minimum)}`, maximum);
  for (const name of ['acquireTimeout', 'cleanupDelay'] as const) {
    const value = options[name];
    if (typeof value !== 'number' || !(value >= 0)) throw invalid(name, 'a number of ms that is not negative', value);
  }
  return options;
}

function invalid(name: string, rule: string, value: unknown): RangeError {
  return withCode(new RangeError(`The pool option ${name} must be ${rule}, got ${String(value)}`), 'OXREDIS_INVALID_OPTION');
}
