import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';

/** Creates a cache in a namespace; the library creates the client for it. */
export function createCache(url: string, namespace: string) {
  const cache = new Keyv<{ text: string }>(new KeyvRedis(url), { namespace });
  cache.on('error', (error: Error) => console.error('cache', error.message));
  return { cache, close: () => cache.disconnect() };
}
