/** Streams: a producer and a consumer group of two workers that share the entries and acknowledge them. */
import { createClient } from '../index.js'; // from 'oxredis' in a project of your own

const STREAM = 'example:stream';
const GROUP = 'workers';
const ENTRIES = 10;

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
client.on('error', (error) => console.error('error:', error.message));
await client.connect();
await client.del(STREAM);
await client.xGroupCreate(STREAM, GROUP, '0', { MKSTREAM: true });

let left = ENTRIES;

/** Takes entries until all are done. A blocking read holds up its connection, so each worker has its own. */
async function work(name) {
  const own = client.duplicate();
  own.on('error', (error) => console.error('error:', error.message));
  await own.connect();
  const done = [];
  while (left > 0) {
    const read = await own.xReadGroup(GROUP, name, { key: STREAM, id: '>' }, { COUNT: 2, BLOCK: 100 });
    for (const { id, message } of read?.[0].messages ?? []) {
      done.push(message.number);
      await own.xAck(STREAM, GROUP, id);
      left -= 1;
    }
  }
  await own.close();
  return { name, done };
}

const workers = [work('one'), work('two')];
for (let number = 0; number < ENTRIES; number += 1) await client.xAdd(STREAM, '*', { number: String(number) });
for (const { name, done } of await Promise.all(workers)) console.log(`worker ${name} did ${done.length} entries:`, done.join(' '));

console.log('waiting for acknowledgement:', (await client.xPending(STREAM, GROUP)).pending);
console.log('the first entry:', (await client.xRange(STREAM, '-', '+', { COUNT: 1 }))[0].message);

await client.del(STREAM);
await client.close();
