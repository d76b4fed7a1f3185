/** Public names of the cluster client. */
export { createCluster, RedisCluster } from './redis-cluster';
export type { NodeAddress, NodeAddressMap, RedisClusterClientOptions, RedisClusterOptions, RedisClusterType, Shard, ShardNode } from './types';
