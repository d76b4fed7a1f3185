// Clients as dependencies: providers and modules as frameworks have them, contexts, hooks, middleware.
import { createClient, createClientPool, type RedisClientOptions, type RedisClientPoolType, type RedisClientType } from 'redis';

export const REDIS = Symbol('REDIS');
export interface FactoryProvider<T> { provide: symbol; inject?: unknown[]; useFactory(...args: never[]): T | Promise<T> }

export const provider: FactoryProvider<RedisClientType> = {
  provide: REDIS,
  useFactory: async (options: RedisClientOptions) => {
    const client = createClient(options);
    client.on('error', (error: Error) => console.error(error.message));
    await client.connect();
    return client;
  },
};

export const sync: FactoryProvider<RedisClientType> = { provide: REDIS, useFactory: () => createClient({ url: 'redis://localhost' }) };
export const pools: FactoryProvider<RedisClientPoolType> = { provide: REDIS, useFactory: (options: RedisClientOptions) => createClientPool(options) };

const inject = (_token: symbol) => (_target: object, _key: string | undefined, _index: number): void => { /* nothing */ };

export class Service {
  constructor(private readonly redis: RedisClientType, private readonly token = inject(REDIS)) {}
  async read(key: string): Promise<string | null> {
    void this.token;
    return this.redis.get(key);
  }
}

export interface Config { redis: RedisClientOptions; prefix: string }
export interface Container { redis: RedisClientType; subscriber: RedisClientType; service: Service }

export function container({ redis, prefix }: Config): Container {
  const client = createClient({ ...redis, name: prefix });
  return { redis: client, subscriber: client.duplicate(), service: new Service(client) };
}

export class Options {
  static forRoot(options: RedisClientOptions & { isGlobal?: boolean }): FactoryProvider<RedisClientType> {
    const { isGlobal, ...rest } = options;
    void isGlobal;
    return { provide: REDIS, useFactory: () => createClient(rest) };
  }

  static forRootAsync(given: { useFactory: () => Promise<RedisClientOptions> | RedisClientOptions }): FactoryProvider<RedisClientType> {
    return { provide: REDIS, useFactory: async () => createClient(await given.useFactory()).connect() };
  }
}

export interface StoreOptions<T extends RedisClientType | RedisClientPoolType = RedisClientType> { client: T; prefix?: string; ttl?: number }

export class Store {
  constructor(private readonly options: StoreOptions) {}
  get = (id: string) => this.options.client.get(`${this.options.prefix ?? ''}${id}`);
  set = async (id: string, value: string): Promise<void> => {
    await this.options.client.set(id, value, { EX: this.options.ttl ?? 60 });
  };
}

export const store = new Store({ client: createClient() });
export const storeOf = (options: RedisClientOptions) => new Store({ client: createClient(options), ttl: 5 });
export const poolStore: StoreOptions<RedisClientPoolType> = { client: createClientPool() };

export type Context = { redis: RedisClientType; user?: string };
export type Handler = (context: Context) => Promise<unknown>;
export const withRedis = (options: RedisClientOptions, handler: Handler) => () => handler({ redis: createClient(options) });
export const rateLimit = (client: { incr: RedisClientType['incr']; expire: RedisClientType['expire'] }) => async (key: string) => {
  const count = await client.incr(key);
  if (count === 1) await client.expire(key, 60);
  return count;
};
export const limiter = rateLimit(createClient());
export const poolLimiter = rateLimit(createClientPool());
export const sendCommand = (client: RedisClientType) => (...args: string[]) => client.sendCommand(args);
export const decorated = Object.assign(createClient(), { label: 'cache' });
