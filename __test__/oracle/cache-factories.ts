/** Every way to ask for a client-side cache: the same scenarios run with each of them. */
import type * as caches from '../../lib';
import type { Library } from './compare';
import { mapCache } from './map-cache';

/** What an application reads of a cache, whoever wrote it. */
export type AnyCache = caches.ClientSideCacheProvider;

export interface CacheFactory {
  readonly name: string;
  /** A value for the option `clientSideCache`. */
  make(lib: Library, config: caches.ClientSideCacheConfig): AnyCache | caches.ClientSideCacheConfig;
}

/** What the subclass was called with, for transcripts. */
export interface Overriding {
  readonly calls: string[];
}

/** A subclass as users write them: every override calls what it overrides. */
function subclass({ BasicClientSideCache }: Library, config: caches.ClientSideCacheConfig): AnyCache {
  type Base = InstanceType<Library['BasicClientSideCache']>;
  class Overrides extends BasicClientSideCache implements Overriding {
    readonly calls: string[] = [];

    override async handleCache(...args: Parameters<Base['handleCache']>): Promise<unknown> {
      this.calls.push(`handleCache ${args[1].redisArgs.join(' ')} (${args[1].keys.join(' ')})`);
      return super.handleCache(...args) as unknown;
    }

    override get(cacheKey: string): ReturnType<Base['get']> {
      const entry = super.get(cacheKey);
      this.calls.push(`get ${cacheKey} ${entry !== undefined}`);
      return entry;
    }

    override set(...args: Parameters<Base['set']>): void {
      this.calls.push(`set ${args[0]} (${args[2].join(' ')})`);
      super.set(...args);
    }

    override delete(cacheKey: string): void {
      this.calls.push(`delete ${cacheKey}`);
      super.delete(cacheKey);
    }

    override invalidate(key: Parameters<Base['invalidate']>[0]): void {
      this.calls.push(`invalidate ${key === null ? key : `${key.constructor.name} ${key.toString()}`}`);
      super.invalidate(key);
    }

    override clear(resetStats?: boolean): void {
      this.calls.push(`clear ${resetStats}`);
      super.clear(resetStats);
    }

    override deleteOldest(): void {
      this.calls.push('deleteOldest');
      super.deleteOldest();
    }
  }
  return new Overrides(config);
}

export const FACTORIES: readonly CacheFactory[] = [
  { name: 'a configuration', make: (_lib, config) => config },
  { name: 'BasicClientSideCache', make: (lib, config) => new lib.BasicClientSideCache(config) },
  { name: 'BasicPooledClientSideCache', make: (lib, config) => new lib.BasicPooledClientSideCache(config) },
  { name: 'a subclass', make: subclass },
  { name: 'a provider of the user', make: mapCache },
];
