/** Workloads for client-side caching: cache hits, awaited in batches of 100. */
import * as data from './dataset.mjs';

const BATCH = 100;

/**
 * Runs whole batches until the clock stops. Now and then it waits for a turn of the event loop, because cache hits
 * alone would never let the clock stop. In each turn the replies of the first batch are compared completely, those of
 * the others with `glance`.
 */
async function batches(clock, send, check, glance) {
  let done = 0;
  do {
    for (let i = 0; i < 20; i++) {
      const pending = new Array(BATCH);
      for (let j = 0; j < BATCH; j++) pending[j] = send(j);
      const replies = await Promise.all(pending);
      const judge = i === 0 ? check : glance;
      for (let j = 0; j < BATCH; j++) judge(replies[j], j);
      done += BATCH;
    }
    await new Promise(setImmediate);
  } while (!clock.stopped);
  return done;
}

function expect(right, reply) {
  if (!right) throw new Error(`wrong reply from the cache: ${String(reply).slice(0, 60)}`);
}

/** Runs the workload. Throws unless all replies came from the cache. */
async function onlyHits(client, run) {
  const before = client.cacheStats();
  const done = await run();
  const { hitCount, missCount } = client.cacheStats().minus(before);
  if (missCount > BATCH || hitCount < done - BATCH) throw new Error(`${hitCount} hits and ${missCount} misses`);
  return done;
}

async function cachedGets(context, clock) {
  const client = await context.cachingClient();
  const keys = Array.from({ length: BATCH }, (_, i) => data.smallKey(i));
  const values = keys.map((_, i) => data.valueOf(i, data.SMALL_LENGTH));
  const check = (reply, i) => expect(reply === values[i], reply);
  const glance = (reply, i) => expect(reply.length === data.SMALL_LENGTH && reply[2] === values[i][2], reply);
  return onlyHits(client, () => batches(clock, i => client.get(keys[i]), check, glance));
}

async function cachedHashes(context, clock) {
  const client = await context.cachingClient();
  const field = data.fieldName(data.HASH_FIELDS - 1);
  const value = data.fieldValue(data.HASH_FIELDS - 1);
  const check = hash => expect(client.hashField(hash, field) === value, hash);
  const first = await client.hGetAll(data.HASH_KEY);
  expect(client.hashSize(first) === data.HASH_FIELDS, first);
  return onlyHits(client, () => batches(clock, () => client.hGetAll(data.HASH_KEY), check, check));
}

const prepare = context => context.cachingClient();

/** Contenders with a client-side cache. */
const CACHING = ['oxredis', 'redis', 'redis-notimeout'];

export const CACHE_WORKLOADS = [
  { name: 'cachehit', title: 'cached GET of 16 bytes, in batches of 100', contenders: CACHING, prepare, run: cachedGets },
  { name: 'cachehash', title: 'cached HGETALL of 50 fields, in batches of 100', contenders: CACHING, prepare, run: cachedHashes }
];
