/** What a client asks of its cache: the part that is the same for caches of users and for those of the library. */
import { BasicClientSideCache, ClientSideCacheProvider, type ClientSideCacheConfig, type NativeStore } from '../cache';
import { optionError } from '../errors';
import type { Command } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import type { EncodedCommand } from '../wire/link';
import type { ClientCore } from './client-core';
import type { CacheReadOptions, CommandOptions } from './command-options';
import { EngineCache } from './engine-cache';
import { ProviderCache } from './provider-cache';

export interface CommandCache {
  /** What `client.clientSideCache` is. */
  readonly provider: ClientSideCacheProvider;
  /** The reply from the cache or a load through it; undefined when the command is not for the cache, and is sent as always. */
  run(
    client: ClientCore, encoder: CommandEncoder, command: Command, options: CommandOptions, name?: string,
  ): Promise<unknown> | undefined;
  /** Sends a raw command, which may have effects on the cache. */
  sendWords(
    client: ClientCore, encoder: CommandEncoder, words: readonly RedisArgument[], command: Command | undefined, options: CommandOptions,
  ): Promise<unknown>;
  /** Commands that were encoded earlier are on their way. */
  sentChain(client: ClientCore, commands: readonly EncodedCommand[], replies: readonly Promise<unknown>[]): void;
  /** An invalidation push: keys, or null for all. */
  invalidated(keys: readonly Buffer[] | null): void;
  /** What was read before is not tracked any more: the connection was reset, or speaks RESP2. */
  untracked(): void;
  /** There is a new connection. */
  connected(): void;
  /** Listeners of the cache have something to hear. */
  news(): void;
  /** The number of the cache in the engine; `undefined` for one in JavaScript. */
  readonly engineCache: number | undefined;
  /** The connection was lost, or could not be had back. */
  lost(): void;
  /** The client was closed or destroyed. */
  closed(): void;
}

const METHODS = ['handleCache', 'trackingOn', 'invalidate', 'onError', 'onClose'] as const;

/**
 * The cache that options ask for.
 *
 * @param setting `options.clientSideCache`
 * @param failed told what the cache throws where nobody waits for it
 * @throws TypeError for a setting that is neither a configuration nor a provider
 */
export function commandCacheOf(
  setting: ClientSideCacheProvider | ClientSideCacheConfig | undefined, failed: (error: unknown) => void,
): CommandCache | undefined {
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
