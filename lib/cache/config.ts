/** The settings of a client-side cache. */
import { optionError } from '../errors';
import type { RedisArgument } from '../wire/command-parser';
import { warnOfUnknown } from '../wire/option-names';
import { isUint8Array } from '../wire/realms';

/** Which reads the server tracks (redis.io, "CLIENT TRACKING"). */
export type ClientSideCacheMode = 'default' | 'broadcast' | 'opt-in' | 'opt-out';

export interface ClientSideCacheConfig {
  /** How long an entry may be served, in ms. Default 0: until the server invalidates it. */
  ttl?: number;
  /** Most entries; a new one replaces the oldest. Default 0: no limit. */
  maxEntries?: number;
  /** Most memory of all entries together, in bytes; when it is exceeded, the oldest are dropped. Default 0: no limit. */
  maxBytes?: number;
  /** Which entry is dropped first: the least recently read one (`'LRU'`, the default) or the first loaded one (`'FIFO'`). */
  evictPolicy?: 'LRU' | 'FIFO';
  /** False turns statistics off: `stats()` stays at 0. Default true. */
  recordStats?: boolean;
  /**
   * - `'default'`: all cacheable reads are cached; the server remembers their keys.
   * - `'broadcast'`: the server remembers nothing and reports every change of keys with the `prefixes`; reads of other keys are not cached.
   * - `'opt-in'`: only reads through `client.withCache()` are cached.
   * - `'opt-out'`: all cacheable reads except those through `client.withCache(false)` are cached.
   */
  mode?: ClientSideCacheMode;
  /** With `'broadcast'`: the beginnings of the tracked keys, including `keyPrefix`. Default: all keys. */
  prefixes?: RedisArgument[];
}

/** The settings with defaults filled in. */
export interface CompleteCacheConfig {
  readonly ttl: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly lru: boolean;
  readonly recordStats: boolean;
  readonly mode: ClientSideCacheMode;
  readonly prefixes: readonly RedisArgument[];
}

const MODES: readonly unknown[] = ['default', 'broadcast', 'opt-in', 'opt-out'];

const NAMES = {
  prefix: 'clientSideCache.',
  known: new Set<keyof Required<ClientSideCacheConfig>>(['ttl', 'maxEntries', 'maxBytes', 'evictPolicy', 'recordStats', 'mode', 'prefixes']),
  hints: new Map([['max', 'use maxEntries'], ['maxSize', 'use maxEntries or maxBytes'], ['lru', "use evictPolicy: 'LRU'"]]),
};

/** The settings that only the store in the engine supports. */
const NATIVE_SETTINGS = ['maxBytes', 'mode', 'prefixes'] as const;

/**
 * @param extended whether a user class extends the cache and stores the entries in JavaScript
 * @throws TypeError for an invalid setting
 */
export function completeCacheConfig(config: ClientSideCacheConfig | undefined, extended: boolean): CompleteCacheConfig {
  const { evictPolicy = 'LRU', mode = 'default', prefixes = [] } = config ?? {};
  warnOfUnknown([[config, NAMES]]);
  if (evictPolicy !== 'LRU' && evictPolicy !== 'FIFO') {
    throw optionError(`evictPolicy must be 'LRU' or 'FIFO', got ${String(evictPolicy)}`);
  }
  if (!MODES.includes(mode)) {
    throw optionError(`mode must be 'default', 'broadcast', 'opt-in' or 'opt-out', got ${String(mode)}`);
  }
  checkPrefixes(prefixes, mode);
  const refused = extended ? NATIVE_SETTINGS.find((name) => config?.[name] !== undefined) : undefined;
  if (refused !== undefined) throw optionError(`${refused} is not available to classes that extend a cache`);
  return {
    ttl: amount('ttl', config?.ttl),
    maxEntries: amount('maxEntries', config?.maxEntries),
    maxBytes: amount('maxBytes', config?.maxBytes),
    lru: evictPolicy === 'LRU',
    recordStats: config?.recordStats !== false,
    mode,
    prefixes,
  };
}

/** The CLIENT TRACKING command that turns tracking on. */
export function trackingCommand({ mode, prefixes }: CompleteCacheConfig): RedisArgument[] {
  const words: RedisArgument[] = ['CLIENT', 'TRACKING', 'ON'];
  if (mode === 'opt-in') words.push('OPTIN');
  if (mode === 'opt-out') words.push('OPTOUT');
  if (mode === 'broadcast') words.push('BCAST', ...prefixes.flatMap((prefix) => ['PREFIX', prefix]));
  return words;
}

function checkPrefixes(prefixes: unknown, mode: ClientSideCacheMode): void {
  if (!Array.isArray(prefixes) || !prefixes.every((prefix) => typeof prefix === 'string' || isUint8Array(prefix))) {
    throw optionError('prefixes must be an array of strings and Buffers');
  }
  if (prefixes.length > 0 && mode !== 'broadcast') throw optionError("prefixes go with mode: 'broadcast'");
}

function amount(name: string, value: number | undefined): number {
  const given: unknown = value ?? 0;
  if (typeof given === 'number' && given >= 0) return given;
  throw optionError(`${name} must be a number that is not negative, got ${String(given)}`);
}
