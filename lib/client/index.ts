/** The client and its public names. */
import { RedisClient } from './api/redis-client';

/**
 * Creates a client for one server. The client connects when `connect()` is called.
 *
 * @example
 * const client = await createClient({ url: 'redis://localhost:6379' })
 *   .on('error', (error) => log(error))
 *   .connect();
 */
export const createClient: typeof RedisClient.create = RedisClient.create;

export { RedisClient };
export type { RedisClientType } from './api/redis-client';
export type { MonitorCallback } from './api/session-methods';
export type { CloseOptions } from './connection/connection';
export type {
  AsyncCredentialsProvider, BasicAuth, CredentialsProvider, Disposable, StreamingCredentialsListener, StreamingCredentialsProvider,
} from './options/credentials';
export type { RedisLegacyClientType, RedisLegacyMultiType } from './api/legacy';
export type { ChannelListeners, PubSubListener, PubSubListeners, PubSubType, PubSubTypeListeners } from './pubsub/pubsub-listeners';
export type { KeyScanOptions, ScanCommonOptions, ScanIteratorOptions } from './api/scan-iterators';
export type {
  AnyRedisClientOptions, CommandOptions, CommanderConfig, MovingEndpointType, ReconnectStrategy, RedisClientOptions,
  RedisSocketOptions, UrlText,
} from './options/option-types';
