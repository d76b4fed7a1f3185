/** Clusters, and their public names. */
export { createCluster, RedisCluster } from './redis-cluster';
export type { NodeAddress, NodeAddressMap, RedisClusterClientOptions, RedisClusterOptions, RedisClusterType, Shard, ShardNode } from './types';
