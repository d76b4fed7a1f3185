/** The cache that options ask for, and what reads may ask of it. */
import { BasicClientSideCache, ClientSideCacheProvider, type ClientSideCacheConfig, type NativeStore } from '../../cache';
import { optionError } from '../../errors';
import type { CachedExecution } from './cached-execution';
import type { CacheReadOptions } from '../options/command-options';
import { EngineCache } from './engine-cache';
import { ProviderCache } from './provider-cache';

const METHODS = ['handleCache', 'trackingOn', 'invalidate', 'onError', 'onClose'] as const;

/**
 * The cache that options ask for.
 *
 * @param setting `options.clientSideCache`
 * @param failed told what the cache throws where nobody waits for it
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

/** By its methods: a provider may be made with the classes of another copy of this package, or of npm `redis`. */
function isProvider(setting: ClientSideCacheProvider | ClientSideCacheConfig): setting is ClientSideCacheProvider {
  const isNamed = setting instanceof ClientSideCacheProvider;
  if (!isNamed && !('handleCache' in Object(setting))) return false;
  for (const method of METHODS) {
    if (typeof setting[method as keyof typeof setting] === 'function') continue;
    throw optionError(`clientSideCache must be a configuration or a provider: it has no method ${method}`);
  }
  return true;
}

/** What `withCache` is given. @throws TypeError when it means nothing to the client */
export function checkedCacheOptions(
  options: CacheReadOptions | false, cache: ClientSideCacheProvider | undefined,
): CacheReadOptions | false {
  if (cache === undefined) throw optionError('withCache needs the option clientSideCache');
  if (storeOf(cache) === undefined) throw optionError('withCache is not available with a cache of your own');
  const ttl: unknown = options === false ? undefined : options.ttl;
  if (ttl === undefined || (Number.isSafeInteger(ttl) && (ttl as number) >= 0 && (ttl as number) <= 0x7fff_ffff)) return options;
  throw optionError(`ttl must be a whole number of ms from 0 to 2147483647, got ${String(ttl)}`);
}

/** Where the engine has the entries of a cache; `undefined` for one of the user. */
function storeOf(provider: ClientSideCacheProvider): NativeStore | undefined {
  return provider instanceof BasicClientSideCache ? provider._nativeStore() : undefined;
}
