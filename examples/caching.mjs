/** A client-side cache: reads are answered from memory until the server says that a key has changed. */
import { createClient } from '../index.js'; // from 'oxredis' in a project of your own

const url = process.env.REDIS_URL ?? 'redis://localhost:6379';
const client = createClient({ url, clientSideCache: { maxBytes: 10 * 1024 * 1024 } });
const other = createClient({ url });
for (const one of [client, other]) one.on('error', (error) => console.error(error));
await Promise.all([client.connect(), other.connect()]);
const cache = client.clientSideCache;

await other.set('example:price', '10');
for (let i = 0; i < 1000; i++) await client.get('example:price');
const { hitCount, missCount } = cache.stats();
console.log('hits:', hitCount, 'misses:', missCount); // 999, 1

// Somebody else changes the key: the server says so, and the entry is gone.
const changed = new Promise((resolve) => cache.once('invalidate', resolve));
await other.set('example:price', '12');
console.log('changed:', String(await changed)); // example:price
console.log('now:', await client.get('example:price')); // 12

// One's own writes are seen at once, awaited or not.
const [, price] = await Promise.all([client.incr('example:price'), client.get('example:price')]);
console.log('then:', price); // 13

// Past the cache, and with a time to live of its own.
await client.withCache(false).get('example:price');
await client.withCache({ ttl: 1000 }).get('example:price');

await other.del('example:price');
await Promise.all([client.close(), other.close()]);
