/** The public types of pools. */
import type { hotkeys } from '../commands/hotkeys';
import type { RedisDefaultModules } from '../commands/modules';
import type { WithCommands, WithFunctions, WithModules, WithScripts } from '../commands/types';
import type { RedisClientType } from '../client';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RespVersions, TypeMapping } from '../wire/resp-types';
import type { RedisClientPool } from './redis-client-pool';

/** What `execute` runs: it has the client to itself until what it returns is settled. */
export type PoolTask<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
  T = unknown,
> = (client: RedisClientType<M, F, S, RESP, TYPE_MAPPING>) => T;

/** Their effect is that of one connection. */
type NotOnPools = keyof typeof hotkeys | 'HOTKEYS_GET' | 'HOTKEYS_RESET' | 'HOTKEYS_START' | 'HOTKEYS_STOP';

/** What `createClientPool` returns: a pool with the methods of commands, modules, functions and scripts. */
export type RedisClientPoolType<
  M extends RedisModules = {},
  F extends RedisFunctions = {},
  S extends RedisScripts = {},
  RESP extends RespVersions = 3,
  TYPE_MAPPING extends TypeMapping = {},
> = RedisClientPool<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & Omit<WithCommands<RESP, TYPE_MAPPING>, NotOnPools> & WithModules<RedisDefaultModules & M, RESP, TYPE_MAPPING>
  & WithFunctions<F, RESP, TYPE_MAPPING> & WithScripts<S, RESP, TYPE_MAPPING>;
