// Chains of commands that are kept, passed and returned.
import { createClient, createClientPool, type RedisClientOptions, type RedisClientType } from 'redis';

export type Multi = ReturnType<RedisClientType['multi']>;
export type ByClient = ReturnType<ReturnType<typeof createClient>['multi']>;

export const start = (client: RedisClientType): Multi => client.multi();
export const inferred = (client: RedisClientType) => client.multi().set('key', 'value').get('key');
export const fromOptions = (options: RedisClientOptions): Multi => createClient(options).multi();
export const exported = createClient().multi();

export async function loop(client: RedisClientType, keys: string[]): Promise<unknown[]> {
  const multi = client.multi();
  for (const key of keys) multi.get(key);
  keys.forEach((key) => multi.expire(key, 60));
  return multi.exec();
}

export async function conditional(client: RedisClientType, ttl?: number) {
  const multi = client.multi();
  multi.set('key', 'value');
  if (ttl !== undefined) multi.expire('key', ttl);
  const [set] = await multi.exec();
  return set;
}

export async function untyped(client: RedisClientType): Promise<unknown[]> {
  let multi = client.multi<'untyped'>();
  multi = multi.set('key', 'value');
  multi = multi.get('key');
  return multi.exec();
}

export function add(multi: Multi, key: string): void {
  multi.incr(key).expire(key, 5);
}

export class Batch {
  private readonly multi: Multi;
  private other: ReturnType<RedisClientType['multi']> | undefined;
  constructor(private readonly client: RedisClientType) {
    this.multi = client.multi();
  }

  set(key: string, value: string): this {
    this.multi.set(key, value);
    this.other ??= this.client.multi();
    this.other.del(key);
    return this;
  }

  run() {
    return this.multi.exec();
  }
}

export async function typed(client: RedisClientType) {
  const replies: [string | null, number, Record<string, string>] = await client.multi().get('a').incr('b').hGetAll('c').execTyped();
  const [first, second] = await client.multi().get('a').incr('b').exec<'typed'>();
  const text: string | null = first;
  const count: number = second;
  const pipelined = await client.multi().ping().set('a', 'b').execAsPipelineTyped();
  const json = await client.multi().json.get('key').ft._list().execTyped();
  const all = await client.multi().lPush('list', ['a', 'b']).lRange('list', 0, -1).sAdd('set', 'x').zAdd('z', { score: 1, value: 'v' })
    .hSet('h', { a: 1 }).hIncrBy('h', 'a', 2).xAdd('s', '*', { a: 'b' }).expire('list', 5).exists('list').del('list').execTyped();
  const none = await client.multi().execTyped();
  return { replies, text, count, pipelined, json, all, none };
}

export async function pool() {
  const made = createClientPool();
  const [value, count] = await made.multi().get('key').incr('n').execTyped();
  const text: string | null = value;
  const number: number = count;
  return { text, number, chain: made.multi().get('key') };
}

export async function watched(client: RedisClientType): Promise<boolean> {
  await client.watch('key');
  const value = await client.get('key');
  const replies = await client.multi().set('key', `${value ?? ''}!`).exec();
  return replies.length === 1;
}

export async function given(multi: Multi): Promise<[string | null]> {
  return await multi.get('key').execTyped();
}

export async function reduced(client: RedisClientType, entries: [string, string][]): Promise<unknown[]> {
  return entries.reduce((multi, [key, value]) => {
    multi.set(key, value);
    return multi;
  }, client.multi()).exec();
}
