/** A pool: plain commands share its connections, tasks have one to themselves. */
import { createClientPool } from '../index.js'; // from 'oxredis' in a project of your own

const pool = createClientPool({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' }, { minimum: 2, maximum: 8 });
pool.on('error', (error) => console.error(error));
await pool.connect();

// Plain commands need no client of their own: a thousand at once are fine.
await pool.set('example:stock', 100);
await Promise.all(Array.from({ length: 1000 }, (_, i) => pool.hSet('example:visits', `page ${i % 10}`, i)));
console.log('pages:', await pool.hLen('example:visits'));

// WATCH belongs to a connection: execute() lends one. Twenty buyers at once; who loses the race tries again.
async function buy() {
  for (;;) {
    const bought = await pool.execute(async (client) => {
      await client.watch('example:stock');
      const stock = Number(await client.get('example:stock'));
      try {
        return await client.multi().set('example:stock', stock - 1).exec();
      } catch {
        return undefined;
      }
    });
    if (bought) return;
  }
}
await Promise.all(Array.from({ length: 20 }, buy));
console.log('stock:', await pool.get('example:stock')); // 80

// A command that waits has a client to itself, and holds nobody up.
const job = pool.blPop('example:jobs', 5);
await pool.rPush('example:jobs', 'first job');
console.log('job:', (await job).element);

console.log('clients:', pool.totalClients <= 8, 'waiting:', pool.tasksQueueLength);
await pool.del(['example:stock', 'example:visits']);
await pool.close();
