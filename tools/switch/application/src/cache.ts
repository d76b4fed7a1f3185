import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';

/** A cache in a namespace; it has a client of its own, which the library makes. */
export function createCache(url: string, namespace: string) {
  const cache = new Keyv<{ text: string }>(new KeyvRedis(url), { namespace });
  cache.on('error', (error: Error) => console.error('cache', error.message));
  return { cache, close: () => cache.disconnect() };
}
