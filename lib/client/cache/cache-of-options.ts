/** Creates the configured cache, and checks the cache options of reads. */
import {
  BasicClientSideCache, BasicPooledClientSideCache, ClientSideCacheProvider, PooledClientSideCacheProvider, type ClientSideCacheConfig,
  type NativeStore,
} from '../../cache';
import { optionError } from '../../errors';
import type { CachedExecution } from './cached-execution';
import type { CacheReadOptions } from '../options/command-options';
import { EngineCache } from './engine-cache';
import { ProviderCache } from './provider-cache';

const METHODS = ['handleCache', 'trackingOn', 'invalidate', 'onError', 'onClose'] as const;

/**
 * Creates the cache that the options configure.
 *
 * @param setting `options.clientSideCache`
 * @param failed called with errors of the cache that no caller receives
 * @throws TypeError for a setting that is neither a configuration nor a provider
 */
export function cacheOfOptions(
  setting: ClientSideCacheProvider | ClientSideCacheConfig | undefined, failed: (error: unknown) => void,
): CachedExecution | undefined {
  if (!setting) return undefined;
  const provider = isProvider(setting) ? setting : new BasicClientSideCache(setting);
  const store = storeOf(provider);
  return store === undefined ? new ProviderCache(provider, failed) : new EngineCache(provider as BasicClientSideCache, store, failed);
}

/**
 * Returns the cache that the connections of a pool or cluster share, if it is configured.
 *
 * @param owner names it in errors: 'a pool'
 * @throws TypeError for a cache object that clients cannot share
 */
export function sharedCacheOf(
  setting: PooledClientSideCacheProvider | ClientSideCacheConfig | undefined, owner: string,
): PooledClientSideCacheProvider | undefined {
  if (!setting) return undefined;
  if (setting instanceof PooledClientSideCacheProvider) return setting;
  // A cache object of another copy of the package.
  if ('handleCache' in Object(setting)) {
    if ('onPoolClose' in setting) return setting as PooledClientSideCacheProvider;
    throw optionError(`clientSideCache of ${owner} must be a configuration or a cache that clients share, such as a BasicPooledClientSideCache`);
  }
  return new BasicPooledClientSideCache(setting);
}

/** Recognises a provider by its methods, since it may come from another copy of this package or from npm `redis`. */
function isProvider(setting: ClientSideCacheProvider | ClientSideCacheConfig): setting is ClientSideCacheProvider {
  const isNamed = setting instanceof ClientSideCacheProvider;
  if (!isNamed && !('handleCache' in Object(setting))) return false;
  for (const method of METHODS) {
    if (typeof setting[method as keyof typeof setting] === 'function') continue;
    throw optionError(`clientSideCache must be a configuration or a provider: it has no method ${method}`);
  }
  return true;
}

/** Checks the argument of `withCache`. @throws TypeError if it is invalid, or if the client has no suitable cache */
export function checkedCacheOptions(
  options: CacheReadOptions | false, cache: ClientSideCacheProvider | undefined,
): CacheReadOptions | false {
  if (cache === undefined) throw optionError('withCache needs the option clientSideCache');
  if (storeOf(cache) === undefined) throw optionError('withCache is not available with a cache of your own');
  const ttl: unknown = options === false ? undefined : options.ttl;
  if (ttl === undefined || (Number.isSafeInteger(ttl) && (ttl as number) >= 0 && (ttl as number) <= 0x7fff_ffff)) return options;
  throw optionError(`ttl must be a whole number of ms from 0 to 2147483647, got ${String(ttl)}`);
}

/** Returns the engine's store of a cache; `undefined` for a cache that the user has implemented. */
function storeOf(provider: ClientSideCacheProvider): NativeStore | undefined {
  return provider instanceof BasicClientSideCache ? provider._nativeStore() : undefined;
}
