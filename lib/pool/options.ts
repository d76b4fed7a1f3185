/** The options of a pool, its defaults, and what is refused. */
import { BasicPooledClientSideCache, PooledClientSideCacheProvider, type ClientSideCacheConfig } from '../cache';
import { optionError, withCode } from '../errors';
import { warnOfUnknown } from '../wire/option-names';

/** Options of a pool. Times are milliseconds. */
export interface RedisPoolOptions {
  /** Clients that `connect()` opens and that are kept. Default 1. */
  minimum: number;
  /** Most clients; the pool grows while all are in use. Default 100, or `minimum` where that is more. */
  maximum: number;
  /** How long a task may wait for a client; then it rejects with `TimeoutError`. Default 3000; 0 for no limit. */
  acquireTimeout: number;
  /** How long clients beyond `minimum` are kept while nobody needs them. Default 3000. */
  cleanupDelay: number;
  /**
   * One client-side cache for all clients of the pool: a configuration, or a cache object such as
   * `new BasicPooledClientSideCache()`. RESP3 only.
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
 * Fills in the defaults.
 *
 * @throws RangeError for an option that is no usable number, or when `maximum` is less than `minimum`
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

/** The cache of a pool, if it has one. @throws TypeError for a cache object that clients cannot share */
export function poolCacheOf(setting: RedisPoolOptions['clientSideCache']): PooledClientSideCacheProvider | undefined {
  if (!setting) return undefined;
  if (setting instanceof PooledClientSideCacheProvider) return setting;
  // One that was made with the classes of another copy of the package.
  if ('handleCache' in setting) {
    if ('onPoolClose' in setting) return setting as PooledClientSideCacheProvider;
    throw optionError('clientSideCache of a pool must be a configuration or a cache that clients share, such as a BasicPooledClientSideCache');
  }
  return new BasicPooledClientSideCache(setting);
}

function invalid(name: string, rule: string, value: unknown): RangeError {
  return withCode(new RangeError(`The pool option ${name} must be ${rule}, got ${String(value)}`), 'OXREDIS_INVALID_OPTION');
}
