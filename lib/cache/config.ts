/** The settings of a client-side cache. */

export interface ClientSideCacheConfig {
  /** How long an entry may be served, in ms. Default 0: until the server invalidates it. */
  ttl?: number;
  /** Most entries; the oldest goes when another one comes. Default 0: no limit. */
  maxEntries?: number;
  /** Which entry is the oldest: the one that was read (`'LRU'`, the default) or the one that was loaded (`'FIFO'`) the longest ago. */
  evictPolicy?: 'LRU' | 'FIFO';
  /** False counts nothing: `stats()` stays at 0. Default true. */
  recordStats?: boolean;
}

/** The settings with their defaults. */
export interface CompleteCacheConfig {
  readonly ttl: number;
  readonly maxEntries: number;
  readonly lru: boolean;
  readonly recordStats: boolean;
}

/** @throws TypeError for a setting that means nothing */
export function completeCacheConfig(config: ClientSideCacheConfig | undefined): CompleteCacheConfig {
  const { evictPolicy = 'LRU' } = config ?? {};
  if (evictPolicy !== 'LRU' && evictPolicy !== 'FIFO') {
    throw new TypeError(`evictPolicy must be 'LRU' or 'FIFO', got ${String(evictPolicy)}`);
  }
  return {
    ttl: amount('ttl', config?.ttl),
    maxEntries: amount('maxEntries', config?.maxEntries),
    lru: evictPolicy === 'LRU',
    recordStats: config?.recordStats !== false,
  };
}

function amount(name: string, value: number | undefined): number {
  const given: unknown = value ?? 0;
  if (typeof given === 'number' && given >= 0) return given;
  throw new TypeError(`${name} must be a number that is not negative, got ${String(given)}`);
}
