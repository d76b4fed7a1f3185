/** Types of pools. */
import type { RedisClientType } from '../client';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RespVersions, TypeMapping } from '../wire/resp-types';

/** A task for `execute`. It uses the client exclusively until the promise that it returns settles. */
export type PoolTask<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
  T = unknown,
> = (client: RedisClientType<M, F, S, RESP, TYPE_MAPPING>) => T;
