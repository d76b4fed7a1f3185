// One client for a module, for a process, or for all reloads of a development server.
import { createClient, type RedisClientOptions, type RedisClientType } from 'redis';

declare global {
  // eslint-disable-next-line no-var
  var redisOfTheProcess: RedisClientType | undefined;
  // eslint-disable-next-line no-var
  var redisByReturnType: ReturnType<typeof createClient> | undefined;
}

export const client = createClient();
export const withUrl = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' });
export const typed: RedisClientType = createClient({ socket: { host: 'localhost', port: 6379 } });

export const shared: RedisClientType = globalThis.redisOfTheProcess ?? createClient();
globalThis.redisOfTheProcess = shared;
globalThis.redisByReturnType ??= createClient({ url: 'redis://localhost' });

const globalForRedis = globalThis as unknown as { redis: RedisClientType };
export const reloaded = globalForRedis.redis || createClient();
globalForRedis.redis = reloaded;

let lazy: RedisClientType | undefined;
export async function getClient(options?: RedisClientOptions): Promise<RedisClientType> {
  if (!lazy) {
    lazy = createClient(options);
    lazy.on('error', () => { lazy = undefined; });
    await lazy.connect();
  }
  return lazy;
}

let unset: RedisClientType | null = null;
export function current(): RedisClientType {
  if (unset === null) {
    unset = createClient({ url: 'redis://localhost' }) as RedisClientType;
  }
  return unset;
}

let promise: Promise<RedisClientType> | undefined;
export const once = (): Promise<RedisClientType> => (promise ??= createClient().connect());

type Client = ReturnType<typeof createClient>;
type Connected = Awaited<ReturnType<Client['connect']>>;
let byReturnType: Client | undefined;
let connected: Connected | undefined;

export async function open(options: RedisClientOptions): Promise<Client> {
  byReturnType = createClient({ url: 'redis://localhost' });
  byReturnType = createClient();
  connected = await byReturnType.connect();
  void options;
  return connected;
}

export const asReturnType = (given: RedisClientType): Client => given as Client;
export const fromReturnType = (given: Client): RedisClientType => given as RedisClientType;
export type Shared = typeof client;
export default client;
