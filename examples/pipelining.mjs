/** Pipelining: commands of one tick travel together without being asked to. Await them together, not one by one. */
import { createClient } from '../index.js'; // from 'oxredis' in a project of your own

const COUNT = 5000;
const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
client.on('error', (error) => console.error('error:', error.message));
await client.connect();

const keys = Array.from({ length: COUNT }, (_, index) => `example:pipelining:${index}`);

/** Runs an action and prints how long it took. */
async function timed(title, action) {
  const started = performance.now();
  await action();
  console.log(`${title}: ${(performance.now() - started).toFixed(0)} ms`);
}

await timed(`${COUNT} SETs, one awaited after another`, async () => {
  for (const [index, key] of keys.entries()) await client.set(key, String(index));
});
await timed(`${COUNT} SETs, awaited together`, () => Promise.all(keys.map((key, index) => client.set(key, String(index)))));

// A pipeline is a chain with one promise for all replies. Other commands of this client may run in between on the server.
const [first, length, missing] = await client.multi().get(keys[0]).strLen(keys[COUNT - 1]).get('example:pipelining:none').execAsPipeline();
console.log('pipeline:', { first, length, missing });

// Each promise fails for itself.
const settled = await Promise.allSettled([client.incr(keys[1]), client.lPush(keys[1], 'x'), client.incr(keys[1])]);
console.log('outcomes:', settled.map(({ value, reason }) => value ?? reason.message));

await client.del(keys);
await client.close();
