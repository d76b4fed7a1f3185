/** The client and its public names. */
import { RedisClient } from './redis-client';

/**
 * Makes a client for one server. It connects when `connect()` is called.
 *
 * @example
 * const client = await createClient({ url: 'redis://localhost:6379' })
 *   .on('error', (error) => log(error))
 *   .connect();
 */
export const createClient: typeof RedisClient.create = RedisClient.create;

export { RedisClient };
export type { MonitorCallback, RedisClientType } from './redis-client';
export type { CloseOptions } from './connection';
export type {
  AsyncCredentialsProvider, BasicAuth, CredentialsProvider, Disposable, StreamingCredentialsListener, StreamingCredentialsProvider,
} from './credentials';
export type { RedisLegacyClientType, RedisLegacyMultiType } from './legacy';
export type { ChannelListeners, PubSubListener, PubSubListeners, PubSubType, PubSubTypeListeners } from './pubsub-listeners';
export type { KeyScanOptions, ScanCommonOptions, ScanIteratorOptions } from './scan-iterators';
export type {
  AnyRedisClientOptions, CommandOptions, CommanderConfig, MovingEndpointType, ReconnectStrategy, RedisClientOptions,
  RedisSocketOptions, UrlText,
} from './types';
