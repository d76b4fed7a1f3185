// Functions that make clients, with every spelling of their types.
import {
  createClient, createClientPool, type RedisClientOptions, type RedisClientPoolType, type RedisClientType, type RedisFunctions,
  type RedisModules, type RedisPoolOptions, type RedisScripts, type RespVersions, type TypeMapping,
} from 'redis';

export function make(options: RedisClientOptions): RedisClientType {
  return createClient(options);
}

export function makeMaybe(options?: RedisClientOptions): RedisClientType {
  return createClient(options);
}

export const arrow = (options: RedisClientOptions): RedisClientType => createClient(options);
export const inferred = (options: RedisClientOptions) => createClient(options);
export const literal = (url: string) => createClient({ url });
export const byParameters = (options: Parameters<typeof createClient>[0]): RedisClientType => createClient(options) as RedisClientType;
export const merged = (url: string, rest: Partial<RedisClientOptions>): RedisClientType => createClient({ ...rest, url });
export const omitted = (rest: Omit<RedisClientOptions, 'url'>): RedisClientType => createClient({ url: 'redis://localhost', ...rest });
export const picked = (rest: Pick<RedisClientOptions, 'url' | 'socket' | 'database'>): RedisClientType => createClient(rest);
export const plain = (): RedisClientType => createClient();
export const asserted = (options: RedisClientOptions) => createClient(options) as RedisClientType;
export const throughInferred = (options: RedisClientOptions): RedisClientType => inferred(options);

export async function connected(options: RedisClientOptions): Promise<RedisClientType> {
  const client = createClient(options);
  await client.connect();
  return client;
}

export async function chained(options: RedisClientOptions): Promise<RedisClientType> {
  return await createClient(options).on('error', (error) => console.error(error)).connect();
}

export function notAsync(options: RedisClientOptions): Promise<RedisClientType> {
  return createClient(options).connect();
}

export const listening = (options: RedisClientOptions): RedisClientType =>
  createClient(options).on('error', console.error).once('ready', () => console.log('ready'));

/** Hands everything through. */
export function makeGeneric<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
>(options: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING>): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
  return createClient(options);
}

export function makeThree<M extends RedisModules, F extends RedisFunctions, S extends RedisScripts>(
  options: RedisClientOptions<M, F, S>,
): RedisClientType<M, F, S> {
  return createClient(options) as unknown as RedisClientType<M, F, S>;
}

export function makePool(options: RedisClientOptions, pool?: Partial<RedisPoolOptions>): RedisClientPoolType {
  return createClientPool(options, pool);
}

export const poolOf = (options: Omit<RedisClientOptions, 'clientSideCache'>): RedisClientPoolType => createClientPool(options, { maximum: 5 });
export const poolFrom = (client: RedisClientType): RedisClientPoolType => client.createPool({ minimum: 1 });
export const poolFromOptions = (options: RedisClientOptions): RedisClientPoolType => createClient(options).createPool();
export const plainPool = (): RedisClientPoolType => createClientPool();
export const inferredPool = (options: RedisClientOptions) => createClientPool(options);

export async function connectedPool(options: RedisClientOptions): Promise<RedisClientPoolType> {
  const pool = createClientPool(options);
  await pool.connect();
  return pool;
}

export async function use(): Promise<string> {
  const client = make({ url: 'redis://localhost', socket: { reconnectStrategy: (retries) => Math.min(retries * 50, 500) } });
  const value: string | null = await client.get('key');
  const other: string | null = await inferred({ database: 1 }).get('key');
  const generic: string | null = await makeGeneric({ RESP: 2, url: 'redis://localhost' }).get('key');
  const pooled: string | null = await makePool({}).get('key');
  return [value, other, generic, pooled].join();
}
