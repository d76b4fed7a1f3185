// What compiles here and not with npm redis, or not in a reasonable time there: unions of clients and clusters take its types 80 s.
import {
  createClient, createCluster, createSentinel, RESP_TYPES, type RedisArgument, type RedisClientOptions, type RedisClientPoolType,
  type RedisClientType, type RedisClusterOptions, type RedisClusterType, type RedisSentinelOptions, type RedisSentinelType,
} from 'redis';

export const cluster = (options: RedisClusterOptions): RedisClusterType => createCluster(options);
export const duplicateWith = (options: RedisClientOptions): RedisClientType => createClient().duplicate(options);
export const text = createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: String, [RESP_TYPES.MAP]: Object });
export const sameReplies: RedisClientType = text;

export type Either = RedisClientType | RedisClusterType;
export type Any = RedisClientType | RedisClusterType | RedisSentinelType | RedisClientPoolType;

export class Clustered {
  private readonly cluster: RedisClusterType;
  readonly sentinel: RedisSentinelType | undefined;
  either: Either;
  constructor(options: RedisClusterOptions, sentinels?: RedisSentinelOptions) {
    this.cluster = createCluster(options);
    this.sentinel = sentinels && createSentinel(sentinels);
    this.either = sentinels ? createClient() : createCluster(options);
  }

  get = (key: string): Promise<string | null> => this.cluster.get(key);
}

export async function read(client: Either, key: RedisArgument): Promise<string | null> {
  return client.get(key);
}

export const readAny = (client: Any): Promise<string | null> => client.get('key');
export const isCluster = (client: Either): client is RedisClusterType => 'slots' in client;

export async function use(options: RedisClusterOptions): Promise<void> {
  const made = createCluster(options);
  await read(made, 'key');
  await read(createClient(), 'key');
  await readAny(createSentinel({ name: 'x', sentinelRootNodes: [] }));
}
