/** Public names of the sentinel client. */
export {
  createSentinel, RedisSentinel, RedisSentinelClient, type RedisSentinelClientType, type RedisSentinelType,
} from './redis-sentinel';
export type { RedisNode, RedisSentinelNodeClientOptions, RedisSentinelOptions } from './types';
