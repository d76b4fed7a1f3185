/** Sentinels, and their public names. */
export { createSentinel, RedisSentinel, RedisSentinelClient } from './redis-sentinel';
export type { RedisNode, RedisSentinelClientType, RedisSentinelNodeClientOptions, RedisSentinelOptions, RedisSentinelType } from './types';
