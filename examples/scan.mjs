/** Walking through many keys: pages, not one big reply that holds up the server. */
import { createClient } from '../index.js'; // from 'oxredis' in a project of your own

// `await using client = await createClient(…).connect()` closes by itself, where the syntax is known (Node 24, TypeScript 5.2).
const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
client.on('error', (error) => console.error('error:', error.message));
await client.connect();

const names = Array.from({ length: 2500 }, (_, index) => `example:scan:${index}`);
await Promise.all(names.map((name, index) => client.set(name, String(index))));
await client.hSet('example:scan:hash', Object.fromEntries(names.map((name, index) => [name, index])));

// Each page is an array of keys. A key may come twice while the server rehashes, hence the Set.
const found = new Set();
let pages = 0;
for await (const keys of client.scanIterator({ MATCH: 'example:scan:*', COUNT: 500, TYPE: 'string' })) {
  pages += 1;
  for (const key of keys) found.add(key);
}
console.log(`${found.size} keys in ${pages} pages`);

let sum = 0;
for await (const entries of client.hScanIterator('example:scan:hash', { COUNT: 500 })) {
  for (const { value } of entries) sum += Number(value);
}
console.log('sum of the values of the hash:', sum);

const deleted = await client.unlink([...found, 'example:scan:hash']);
console.log('deleted:', deleted);
await client.close();
