/** Defines `client.createPool()`. It is defined here because the client does not depend on pools. */
import { RedisClient } from '../client';
import { duplicateOptions } from '../client/options/options';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RespVersions, TypeMapping } from '../wire/resp-types';
import type { RedisPoolOptions } from './options';
import { RedisClientPool, type RedisClientPoolType } from './redis-client-pool';

declare module '../client/api/redis-client' {
  interface RedisClient<
    M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
    RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
  > {
    /** Creates a pool of clients with the options of this client, without connecting it. @throws RangeError for invalid pool options */
    createPool(options?: Partial<RedisPoolOptions>): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING>;
  }
}

Object.defineProperty(RedisClient.prototype, 'createPool', {
  value(this: RedisClient, options?: Partial<RedisPoolOptions>): unknown {
    const own = this._self._options;
    return RedisClientPool.create(duplicateOptions(own, own.commandOptions ?? {}), options);
  },
  configurable: true,
  writable: true,
});
