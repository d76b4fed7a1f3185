// Options that are built up, narrowed and passed on.
import {
  createClient, BasicClientSideCache, BasicPooledClientSideCache, createClientPool, type AnyRedisClientOptions, type RedisClientOptions,
  type RedisClientType, type RedisPoolOptions,
} from 'redis';

export interface AppOptions extends RedisClientOptions { prefix: string; label?: string }
export interface Settings extends Omit<RedisClientOptions, 'socket'> { hosts: string[] }
export type Socket = NonNullable<RedisClientOptions['socket']>;
export type Given = NonNullable<Parameters<typeof createClient>[0]>;

export const base: RedisClientOptions = { url: 'redis://localhost', socket: { tls: true, connectTimeout: 500, rejectUnauthorized: false } };
export const three: RedisClientOptions = { RESP: 3 };
export const known = { url: 'redis://localhost', database: 2 } satisfies RedisClientOptions;
export const constant = { url: 'redis://localhost', RESP: 3 } as const satisfies RedisClientOptions;
export const socket: Socket = { host: 'localhost', port: 6379, reconnectStrategy: (retries, cause) => (retries > 5 ? cause : 100) };
export const strategy: Socket['reconnectStrategy'] = (retries: number) => (retries > 10 ? new Error('enough') : Math.min(retries * 100, 3000));

export function build(host: string, port?: number, password?: string): RedisClientOptions {
  const options: RedisClientOptions = { socket: { host, port: port ?? 6379 } };
  if (password) options.password = password;
  options.socket = { ...options.socket, host, reconnectStrategy: strategy ?? 100 };
  return options;
}

export class Builder {
  private options: RedisClientOptions = {};
  with<K extends keyof RedisClientOptions>(name: K, value: RedisClientOptions[K]): this {
    this.options = { ...this.options, [name]: value };
    return this;
  }

  build(): RedisClientType {
    return createClient(this.options);
  }
}

export const fromApp = ({ prefix, label, ...rest }: AppOptions): RedisClientType => createClient({ ...rest, name: label ?? prefix });
export const direct = (options: AppOptions): RedisClientType => createClient(options);
export const settings = ({ hosts, ...rest }: Settings): RedisClientType[] => hosts.map((host) => createClient({ ...rest, socket: { host } }));
export const given = (options: Given) => createClient(options);
export const any = (options: AnyRedisClientOptions) => createClient(options);
export const readBack = (client: RedisClientType): string | undefined => client.options?.url;
export const reuse = (client: RedisClientType) => createClient({ ...client.options, database: 3 });
export const fromEnvironment = (): RedisClientType => createClient({
  url: process.env['REDIS_URL'], username: process.env['REDIS_USER'], password: process.env['REDIS_PASSWORD'], pingInterval: 1000,
});
export const cached = (): RedisClientType => createClient({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: 'LRU' } });
export const cache = new BasicClientSideCache({ ttl: 5 });
export const withCache = createClient({ RESP: 3, clientSideCache: cache });
export const pooledCache = createClientPool({ RESP: 3 }, { clientSideCache: new BasicPooledClientSideCache({ ttl: 0 }), maximum: 4 });
export const poolOptions: Partial<RedisPoolOptions> = { maximum: 4 };
export const spread = (options: RedisClientOptions) => {
  const { RESP, url, commandOptions, ...rest } = options;
  return { version: RESP, url, commandOptions, rest };
};
export const normalise = (options: string | RedisClientOptions): RedisClientType =>
  createClient(typeof options === 'string' ? { url: options } : options);
export const conditional = (options: RedisClientOptions, tls: boolean): RedisClientType => createClient(tls ? { ...options, socket: { tls: true } } : options);
