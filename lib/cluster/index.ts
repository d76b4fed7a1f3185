/** Public names of the cluster client. */
export { createCluster, RedisCluster, type RedisClusterType } from './redis-cluster';
export type { NodeAddress, NodeAddressMap, RedisClusterClientOptions, RedisClusterOptions, Shard, ShardNode } from './types';
export type { ReadCandidate, ReadFromFunction, ReadFromName } from '../wire/read-from';
