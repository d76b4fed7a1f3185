/** Client-side caches. */
export { BasicClientSideCache } from './basic-cache';
export { CacheStats } from './cache-stats';
export { EncodedCommandCopy, type CachedCommand } from './cached-command';
export type { ClientSideCacheConfig, ClientSideCacheMode } from './config';
export type { ClientSideCacheEntry } from './entries';
export type { NativeStore } from './native-store';
export { BasicPooledClientSideCache, PooledClientSideCacheProvider } from './pooled-cache';
export { ClientSideCacheProvider, type CachingClient, type LoadReply, type TransformLoaded } from './provider';
