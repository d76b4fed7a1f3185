/**
 * The cache of one client. The engine stores the entries of direct instances of this class; instances of user classes that extend it
 * store theirs in JavaScript.
 */
import { AbortError, TimeoutError, plainError } from '../errors';
import type { RedisArgument } from '../wire/command-parser';
import type { TypeMapping } from '../wire/resp-types';
import { completeCacheConfig, trackingCommand, type ClientSideCacheConfig, type CompleteCacheConfig } from './config';
import {
  ClientSideCacheEntryPromise, ClientSideCacheEntryValue, KeyIndex, freshCopy, type ClientSideCacheEntry, type LoadedReply,
} from './entries';
import { NativeStore } from './native-store';
import { ClientSideCacheProvider, type CachedCommand, type CachingClient, type LoadReply, type TransformLoaded } from './provider';
import { CacheStats, DISABLED_STATS_COUNTER, RecordingStatsCounter, type StatsCounter } from './statistics';

/** The arguments of `handleCache`. */
type Read = [
  client: CachingClient, parser: CachedCommand, fn: LoadReply, transformReply?: TransformLoaded, typeMapping?: TypeMapping,
];

/**
 * Caches replies until the server invalidates their keys, they expire, or a limit is reached. A read that equals one in flight waits
 * for the reply of that one.
 *
 * Events: `invalidate` (the key, or null for all), `cached-key` (cache key of a new entry), `cache-evict` (cache key of an expired entry).
 */
export class BasicClientSideCache extends ClientSideCacheProvider {
  /** How long an entry may be served, in ms; 0 for no limit. */
  readonly ttl: number;
  /** Maximum number of entries; 0 for no limit. */
  readonly maxEntries: number;
  /** Whether reading an entry makes it the newest one. */
  readonly lru: boolean;
  readonly #index = new KeyIndex();
  /** By cache key, oldest entry first. */
  readonly #entries = new Map<string, ClientSideCacheEntry>();
  /** Transformed replies of loads, so that the reads that joined a load do not transform its reply again. */
  readonly #loaded = new WeakMap<ClientSideCacheEntry, { value: unknown }>();
  readonly #config: CompleteCacheConfig;
  #counter: StatsCounter;
  #native: NativeStore | undefined;

  /** @throws TypeError for an invalid setting, or one that classes that extend this one do not support */
  constructor(config?: ClientSideCacheConfig) {
    super();
    this.#config = completeCacheConfig(config, !isOwnClass(new.target));
    const { ttl, maxEntries, lru, recordStats } = this.#config;
    this.ttl = ttl;
    this.maxEntries = maxEntries;
    this.lru = lru;
    this.#counter = recordStats ? new RecordingStatsCounter() : DISABLED_STATS_COUNTER;
  }

  /** @internal The store in the engine, created at first use. `undefined` for user classes and for objects with replaced methods. */
  _nativeStore(): NativeStore | undefined {
    if (this.#native === undefined && isOwnClass(this.constructor) && !hasOwnMethods(this)) {
      this.#native = new NativeStore(this.#config, this, (millis, isError) => {
        if (isError) this.#counter.recordLoadFailure(millis);
        else this.#counter.recordLoadSuccess(millis);
      });
    }
    return this.#native;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the reply of whatever command
  async handleCache(...read: Read): Promise<any> {
    const entry = this.get(read[1].cacheKey);
    if (entry === undefined) {
      this.#counter.recordMisses(1);
      return this.#load(read);
    }
    if (entry instanceof ClientSideCacheEntryValue) {
      this.#counter.recordHits(1);
      return freshCopy(entry.value);
    }
    if (!(entry instanceof ClientSideCacheEntryPromise)) throw plainError('unknown cache entry type', 'OXREDIS_INVALID_CACHE_ENTRY');
    // The load that this read joins has not finished, so it counts as a miss.
    this.#counter.recordMisses(1);
    return this.#join(entry, read);
  }

  async #load(read: Read): Promise<unknown> {
    const [client, { cacheKey, keys }, fn] = read;
    const started = performance.now();
    const promise = fn();
    // If `set` throws, the promise is not awaited below: prevent an unhandled rejection.
    promise.catch(() => undefined);
    const entry = this.createPromiseEntry(client, promise);
    this.set(cacheKey, entry, keys);
    let reply: unknown;
    try {
      reply = await promise as unknown;
    } catch (error) {
      this.#counter.recordLoadFailure(performance.now() - started);
      if (entry.validate()) this.delete(cacheKey);
      throw error;
    }
    this.#counter.recordLoadSuccess(performance.now() - started);
    return this.#keep(entry, reply, read);
  }

  /** Waits for another read's load. If that read's own signal or deadline ends it, this read must not fail by it. */
  async #join(entry: ClientSideCacheEntryPromise, read: Read): Promise<unknown> {
    let reply: unknown;
    try {
      reply = await entry.promise as unknown;
    } catch (error) {
      const isOthersLimit = error instanceof AbortError || error instanceof TimeoutError;
      if (isOthersLimit && !entry.validate()) return this.handleCache(...read);
      throw error;
    }
    const loaded = this.#loaded.get(entry);
    return loaded === undefined ? this.#keep(entry, reply, read) : freshCopy(loaded.value);
  }

  /** Transforms and stores a loaded reply; does not store it if it was invalidated meanwhile. */
  #keep(entry: ClientSideCacheEntry, reply: unknown, [client, parser, , transformReply, typeMapping]: Read): unknown {
    let value: unknown = reply;
    try {
      if (transformReply !== undefined) value = transformReply(reply, parser.preserve, typeMapping);
    } catch (error) {
      if (entry.validate()) this.delete(parser.cacheKey);
      throw error;
    }
    this.#loaded.set(entry, { value });
    if (entry.validate()) {
      this.set(parser.cacheKey, this.createValueEntry(client, value), parser.keys);
      this.emit('cached-key', parser.cacheKey);
    }
    return freshCopy(value);
  }

  trackingOn(): RedisArgument[] {
    return trackingCommand(this.#config);
  }

  /** Drops the entries that depend on a key; null drops all, which counts as evictions. Emits `invalidate`. */
  invalidate(key: RedisArgument | null): void {
    if (key === null) this.clear(false);
    else for (const cacheKey of this.#index.dependents(key)) this.#remove(cacheKey);
    if (key !== null) this.#native?.invalidate(key);
    this.emit('invalidate', key);
  }

  /** Drops all entries. @param resetStats false keeps the statistics and counts the dropped entries as evictions */
  clear(resetStats = true): void {
    const { size } = this.#entries;
    // Replies of loads in flight must not be stored.
    for (const entry of this.#entries.values()) entry.invalidate();
    this.#entries.clear();
    this.#index.clear();
    this.#native?.clear(resetStats);
    if (!resetStats) this.#counter.recordEvictions(size);
    else if (this.#counter !== DISABLED_STATS_COUNTER) this.#counter = new RecordingStatsCounter();
  }

  /** Returns the entry, if it may be served. An expired entry is evicted and `cache-evict` is emitted. */
  get(cacheKey: string): ClientSideCacheEntry | undefined {
    const entry = this.#entries.get(cacheKey);
    if (entry === undefined) return this.#native?.get(cacheKey);
    if (!entry.validate()) {
      this.delete(cacheKey);
      this.#counter.recordEvictions(1);
      this.emit('cache-evict', cacheKey);
      return undefined;
    }
    if (this.lru) {
      this.#entries.delete(cacheKey);
      this.#entries.set(cacheKey, entry);
    }
    return entry;
  }

  delete(cacheKey: string): void {
    this.#remove(cacheKey);
    this.#native?.delete(cacheKey);
  }

  has(cacheKey: string): boolean {
    return this.#entries.has(cacheKey) || this.#native?.has(cacheKey) === true;
  }

  /** Stores an entry. @param keys the Redis keys that the entry depends on */
  set(cacheKey: string, cacheEntry: ClientSideCacheEntry, keys: readonly RedisArgument[]): void {
    const earlier = this.#entries.get(cacheKey);
    earlier?.invalidate();
    const others = this.#entries.size - (earlier === undefined ? 0 : 1);
    if (this.maxEntries > 0 && others >= this.maxEntries) {
      this.deleteOldest();
      this.#counter.recordEvictions(1);
    }
    this.#entries.set(cacheKey, cacheEntry);
    this.#index.set(cacheKey, keys);
  }

  /** Number of entries, including reads in flight. */
  size(): number {
    return this.#entries.size + (this.#native?.size ?? 0);
  }

  createValueEntry(_client: CachingClient, value: unknown): ClientSideCacheEntryValue {
    return new ClientSideCacheEntryValue(this.ttl, value);
  }

  createPromiseEntry(_client: CachingClient, sendCommandPromise: Promise<LoadedReply>): ClientSideCacheEntryPromise {
    return new ClientSideCacheEntryPromise(this.ttl, sendCommandPromise);
  }

  /** The statistics since the start or the last reset. */
  stats(): CacheStats {
    const stats = this.#counter.snapshot();
    const evictions = this.#counter === DISABLED_STATS_COUNTER ? 0 : this.#native?.evictions ?? 0;
    return evictions === 0 ? stats : stats.plus(CacheStats.of(0, 0, 0, 0, 0, evictions));
  }

  recordEvictions(count: number): void {
    this.#counter.recordEvictions(count);
  }

  recordHits(count: number): void {
    this.#counter.recordHits(count);
  }

  recordMisses(count: number): void {
    this.#counter.recordMisses(count);
  }

  /** Drops everything and resets the statistics. */
  onError(): void {
    this.clear();
  }

  /** Drops everything and resets the statistics. */
  onClose(): void {
    this.clear();
  }

  /** Drops the oldest entry. */
  deleteOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest === undefined) this.#native?.deleteOldest();
    else this.#remove(oldest);
  }

  /** The entries by cache key, oldest first. */
  entryEntries(): IterableIterator<[string, ClientSideCacheEntry]> {
    return this.#entries.entries();
  }

  /** The cache keys of the entries that depend on a Redis key, by that key. */
  keySetEntries(): IterableIterator<[string, Set<string>]> {
    return this.#index.entries();
  }

  #remove(cacheKey: string): void {
    this.#entries.get(cacheKey)?.invalidate();
    this.#entries.delete(cacheKey);
    this.#index.delete(cacheKey);
  }
}

/** The classes of this library: the engine stores the entries of their direct instances. */
const ownClasses = new Set<unknown>([BasicClientSideCache]);

/** @internal Registers another class of this library. */
export function addOwnClass(ownClass: typeof BasicClientSideCache): void {
  ownClasses.add(ownClass);
}

function isOwnClass(candidate: unknown): boolean {
  return ownClasses.has(candidate);
}

/** Whether the user has replaced a method on the object itself. */
function hasOwnMethods(cache: object): boolean {
  return Object.values(cache).some((value) => typeof value === 'function');
}

const LISTENER_METHODS = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const;

// The engine collects news only for caches that have listeners.
for (const name of LISTENER_METHODS) {
  const method = ClientSideCacheProvider.prototype[name];
  Object.defineProperty(BasicClientSideCache.prototype, name, {
    configurable: true,
    writable: true,
    value(this: BasicClientSideCache, event: string | symbol, listener: (...args: unknown[]) => void): BasicClientSideCache {
      method.call(this, event, listener);
      this._nativeStore()?.listen();
      return this;
    },
  });
}
