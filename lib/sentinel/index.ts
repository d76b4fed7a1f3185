/** Public names of the sentinel client. */
export { createSentinel, RedisSentinel, RedisSentinelClient } from './redis-sentinel';
export type { RedisNode, RedisSentinelClientType, RedisSentinelNodeClientOptions, RedisSentinelOptions, RedisSentinelType } from './types';
