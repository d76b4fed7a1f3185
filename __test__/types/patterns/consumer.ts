// Compiled against the declarations that the compiler writes of the other files here.
import type { RedisClientPoolType, RedisClientType } from 'redis';
import Cache, { Inferred, Late, Sessions } from './class-fields';
import { inferred as fromUrls, named, pair } from './collections';
import { client as scripted, makeFull, pool as scriptedPool, run } from './extensions';
import { chained, inferred, make, makePool } from './factories';
import { helper } from './generics';
import { container, decorated, limiter } from './injection';
import { read, task } from './pools';
import { binary, buffers, either, mapped, resp2 } from './proxies';
import shared, { client, getClient, type Shared } from './singletons';
import { exported, inferred as chain, pool, typed } from './transactions';

export const clients: RedisClientType[] = [
  make({}), inferred({}), client, shared, named.cache, decorated, new Cache().client, new Inferred().client, new Late().client, ...fromUrls([]), ...pair(),
];
export const pools: RedisClientPoolType[] = [makePool({}), new Inferred().pool];
export const same: Shared = client;

export async function use(): Promise<void> {
  const text: (string | null)[] = [
    await client.get('key'), await (await chained({})).get('key'), await (await getClient()).get('key'), await helper(client, 'key'), await new Cache().get('key'),
    await read(client), await resp2.get('key'), await either(3).get('key'), await container({ redis: {}, prefix: 'a' }).redis.get('key'),
  ];
  const bytes: (Buffer | null)[] = [await buffers.get('key'), await binary().get('key')];
  const numbers: number[] = [
    await scripted.add('key', 1), await makeFull('redis://localhost').math.square('key'), await scriptedPool.add('key', 1), await limiter('key'), await task(),
  ];
  const [set, value]: ['OK' | string | null, string | null] = await chain(client).execTyped();
  const [queued]: [number] = await exported.incr('key').execTyped();
  const { replies, count } = await typed(client);
  const first: string | null = replies[0];
  const [fromPool]: [string | null] = await (await pool()).chain.execTyped();
  // @ts-expect-error -- text or null, no number
  const wrong: number = await decorated.get('key');
  await run(scripted);
  await new Sessions().save('id', {});
  console.log(text, bytes, numbers, set, value, queued, count, first, fromPool, wrong, await mapped.hGetAll('key'), decorated.label.length);
}
