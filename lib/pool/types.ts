/** The tasks of pools. */
import type { RedisClientType } from '../client';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RespVersions, TypeMapping } from '../wire/resp-types';

/** What `execute` runs: it has the client to itself until what it returns is settled. */
export type PoolTask<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
  T = unknown,
> = (client: RedisClientType<M, F, S, RESP, TYPE_MAPPING>) => T;
