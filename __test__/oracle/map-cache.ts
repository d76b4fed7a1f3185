/** A cache as a user writes it from scratch: on the provider class alone. */
import { createRequire } from 'node:module';
import type * as ours from '../../lib';
import type { Library } from './compare';

type Classes = Pick<typeof ours, 'ClientSideCacheProvider' | 'CacheStats'>;
type HandleCache = Parameters<ours.ClientSideCacheProvider['handleCache']>;

interface Entry {
  readonly value: Promise<unknown>;
  readonly keys: readonly string[];
  readonly endsAt: number;
  isLoaded: boolean;
}

/** npm redis has these classes in an inner file. */
export function providerClasses(lib: Library): Classes {
  return 'ClientSideCacheProvider' in lib ? lib : createRequire(__filename)('@redis/client/dist/lib/client/cache') as Classes;
}

/** @param config as the library's own caches take it */
export function mapCache(lib: Library, config: ours.ClientSideCacheConfig): ours.ClientSideCacheProvider {
  const { ClientSideCacheProvider, CacheStats } = providerClasses(lib);
  const { ttl = 0, maxEntries = Infinity, evictPolicy = 'LRU', recordStats = true } = config;

  class MapCache extends ClientSideCacheProvider {
    readonly #entries = new Map<string, Entry>();
    #counts = { hits: 0, misses: 0, loads: 0, failures: 0, time: 0, evictions: 0 };

    async handleCache(...[_client, parser, fn, transformReply, typeMapping]: HandleCache): Promise<unknown> {
      const { cacheKey } = parser;
      const entry = this.#find(cacheKey);
      this.#counts[entry?.isLoaded === true ? 'hits' : 'misses']++;
      if (entry !== undefined) return structuredClone(await entry.value);
      const started = performance.now();
      const load = async (): Promise<unknown> => {
        const reply = await fn();
        return transformReply === undefined ? reply : transformReply(reply, parser.preserve, typeMapping) as unknown;
      };
      const own: Entry = { value: load(), keys: parser.keys.map(String), endsAt: ttl === 0 ? Infinity : Date.now() + ttl, isLoaded: false };
      this.#makeRoom();
      this.#entries.set(cacheKey, own);
      try {
        const value = await own.value;
        this.#counts.loads++;
        own.isLoaded = true;
        if (this.#entries.get(cacheKey) === own) this.emit('cached-key', cacheKey);
        return structuredClone(value);
      } catch (error) {
        this.#counts.failures++;
        if (this.#entries.get(cacheKey) === own) this.#entries.delete(cacheKey);
        throw error;
      } finally {
        this.#counts.time += performance.now() - started;
      }
    }

    #find(cacheKey: string): Entry | undefined {
      const entry = this.#entries.get(cacheKey);
      if (entry === undefined) return undefined;
      if (evictPolicy === 'LRU' || Date.now() >= entry.endsAt) this.#entries.delete(cacheKey);
      if (Date.now() >= entry.endsAt) {
        this.#counts.evictions++;
        this.emit('cache-evict', cacheKey);
        return undefined;
      }
      this.#entries.set(cacheKey, entry);
      return entry;
    }

    #makeRoom(): void {
      if (this.#entries.size < (maxEntries || Infinity)) return;
      this.#entries.delete([...this.#entries.keys()][0] as string);
      this.#counts.evictions++;
    }

    trackingOn(): string[] {
      return ['CLIENT', 'TRACKING', 'ON'];
    }

    invalidate(key: string | Buffer | null): void {
      if (key === null) this.#counts.evictions += this.#entries.size;
      for (const [cacheKey, { keys }] of this.#entries) if (key === null || keys.includes(key.toString())) this.#entries.delete(cacheKey);
      this.emit('invalidate', key);
    }

    clear(): void {
      this.#entries.clear();
      this.#counts = { hits: 0, misses: 0, loads: 0, failures: 0, time: 0, evictions: 0 };
    }

    stats(): ours.CacheStats {
      const { hits, misses, loads, failures, time, evictions } = this.#counts;
      return recordStats ? CacheStats.of(hits, misses, loads, failures, time, evictions) : CacheStats.empty();
    }

    size(): number {
      return this.#entries.size;
    }

    onError(): void {
      this.clear();
    }

    onClose(): void {
      this.clear();
    }
  }
  return new MapCache();
}
