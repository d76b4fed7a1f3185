// Clusters and sentinels: their types as applications name them.
import {
  createCluster, createSentinel, type RedisClusterOptions, type RedisClusterType, type RedisFunctions, type RedisModules, type RedisScripts,
  type RedisSentinelClientType, type RedisSentinelOptions, type RedisSentinelType,
} from 'redis';

export const cluster = (options: RedisClusterOptions): RedisClusterType => createCluster(options) as unknown as RedisClusterType;
export const clusterOf = (urls: string[]): RedisClusterType => createCluster({ rootNodes: urls.map((url) => ({ url })), defaults: { password: 'x' } });
export const inferred = (options: RedisClusterOptions) => createCluster(options);
export const sentinel = (options: RedisSentinelOptions): RedisSentinelType => createSentinel(options);
export const sentinelOf = (name: string): RedisSentinelType => createSentinel({ name, sentinelRootNodes: [{ host: 'localhost', port: 26379 }] });
export const duplicated = (given: RedisClusterType): RedisClusterType => given.duplicate();
export const asapCluster = (given: RedisClusterType) => given.withCommandOptions({ asap: true });

export type Cluster = ReturnType<typeof createCluster>;
export type Sentinel = ReturnType<typeof createSentinel>;

export class Clustered {
  private readonly cluster: RedisClusterType;
  private readonly sentinel: RedisSentinelType | undefined;
  constructor(options: RedisClusterOptions, sentinels?: RedisSentinelOptions) {
    this.cluster = cluster(options);
    this.sentinel = sentinels && createSentinel(sentinels);
  }

  async open(): Promise<void> {
    await this.cluster.connect();
    await this.sentinel?.connect();
  }

  get = (key: string): Promise<string | null> => this.cluster.get(key);
  lease = (): Promise<string | null> | undefined => this.sentinel?.use((client) => client.get('key'));
}

export async function connected(urls: string[]): Promise<RedisClusterType> {
  const made = createCluster({ rootNodes: urls.map((url) => ({ url })) });
  made.on('error', (error) => console.error(error));
  await made.connect();
  return made;
}

export const readLeased = (client: RedisSentinelClientType): Promise<string | null> => client.get('key');
export const clusters = new Map<string, RedisClusterType>();
export const helper = <M extends RedisModules, F extends RedisFunctions, S extends RedisScripts>(client: RedisClusterType<M, F, S>) => client.get('key');
export async function use(options: RedisClusterOptions): Promise<void> {
  const made = createCluster({ rootNodes: options.rootNodes });
  clusters.set('one', made);
  await helper(made);
  const replies: [string | null, number] = await made.multi().get('{a}b').incr('{a}c').execTyped();
  for (const node of made.masters) console.log(node.address, node.client);
  console.log(replies);
}
