// Clients in arrays, maps, records and tuples.
import { createClient, createClientPool, type RedisClientOptions, type RedisClientPoolType, type RedisClientType } from 'redis';

export const clients = new Map<string, RedisClientType>();
export const pools: Record<string, RedisClientPoolType> = {};
export const list: RedisClientType[] = [];
export const weak = new WeakMap<RedisClientType, string>();
export const sets = new Set<ReturnType<typeof createClient>>();

export function clientFor(name: string, options: RedisClientOptions): RedisClientType {
  const existing = clients.get(name);
  if (existing) return existing;
  const client = createClient(options);
  clients.set(name, client);
  list.push(client, createClient(), createClient({ RESP: 3 }));
  weak.set(client, name);
  sets.add(createClient());
  pools[name] ??= createClientPool(options);
  return client;
}

export const several = (urls: readonly string[]): RedisClientType[] => urls.map((url) => createClient({ url }));
export const inferred = (urls: readonly string[]) => urls.map((url) => createClient({ url }));
export const byOptions = (options: RedisClientOptions[]): RedisClientType[] => options.map((one) => createClient(one));
export const connectAll = (options: RedisClientOptions[]): Promise<RedisClientType[]> =>
  Promise.all(options.map((one) => createClient(one).connect()));
export const closeAll = (all: Iterable<RedisClientType>) => Promise.all([...all].map((client) => client.close()));
export const named = { cache: createClient(), queue: createClient({ database: 1 }) } satisfies Record<string, RedisClientType>;
export const pair = (): [publisher: RedisClientType, subscriber: RedisClientType] => {
  const publisher = createClient();
  return [publisher, publisher.duplicate()];
};

export interface Registry {
  clients: { [name: string]: RedisClientType | undefined };
  ordered: readonly RedisClientType[];
  byName(name: string): RedisClientType | undefined;
}

export const registry = (options: RedisClientOptions): Registry => {
  const made = createClient(options);
  return { clients: { made }, ordered: [made, ...list], byName: (name) => clients.get(name) };
};

export async function lengths(): Promise<number[]> {
  const values = await Promise.all(list.map((client) => client.get('key')));
  const first: string | null | undefined = values[0];
  return [...values.map((value) => value?.length ?? 0), first?.length ?? 0];
}
