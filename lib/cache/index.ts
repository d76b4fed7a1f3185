/** Client-side caches. */
export { BasicClientSideCache } from './basic-cache';
export type { ClientSideCacheConfig, ClientSideCacheMode } from './config';
export type { ClientSideCacheEntry } from './entries';
export type { NativeStore } from './native-store';
export { BasicPooledClientSideCache, PooledClientSideCacheProvider } from './pooled-cache';
export {
  ClientSideCacheProvider, EncodedCommandCopy, type CachedCommand, type CachingClient, type LoadReply, type TransformLoaded,
} from './provider';
export { CacheStats } from './statistics';
