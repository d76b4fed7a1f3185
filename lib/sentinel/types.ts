/** The public types of sentinels. */
import type { ClientSideCacheConfig, PooledClientSideCacheProvider } from '../cache';
import type { CommandOptions, CommanderConfig, RedisClientOptions } from '../client';
import type { RedisDefaultModules } from '../commands/modules';
import type { RedisClientExtensions } from '../commands/types';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { RespVersions, TypeMapping } from '../wire/resp-types';
import type { RedisSentinel, RedisSentinelClient } from './redis-sentinel';

/** The address of a server or a sentinel. */
export interface RedisNode {
  host: string;
  port: number;
}

/** Options of the clients of nodes and sentinels: what concerns the whole stands beside them. */
export type RedisSentinelNodeClientOptions =
  Omit<RedisClientOptions, 'commandOptions' | 'functions' | 'keyPrefix' | 'modules' | 'RESP' | 'scripts'>;

/** Options of `createSentinel`. */
export interface RedisSentinelOptions<
  M extends RedisModules = RedisModules,
  F extends RedisFunctions = RedisFunctions,
  S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = 3,
  TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends CommanderConfig<M, F, S, RESP> {
  /** Options of every command. */
  commandOptions?: CommandOptions<TYPE_MAPPING>;
  /** Put in front of every key that is sent. */
  keyPrefix?: RedisArgument;
  /** The name under which the sentinels know the master. */
  name: string;
  /** Some sentinels, from which the others are discovered. */
  sentinelRootNodes: RedisNode[];
  /** How often a command is tried again while the topology changes. Default 16. */
  maxCommandRediscovers?: number;
  /** Options of the clients of master and replicas. */
  nodeClientOptions?: RedisSentinelNodeClientOptions;
  /** Options of the clients of sentinels. */
  sentinelClientOptions?: RedisSentinelNodeClientOptions;
  /** Clients of the master. Default 1. */
  masterPoolSize?: number;
  /** Clients of each replica; from 1 on, replicas serve reads. Default 0. */
  replicaPoolSize?: number;
  /** Addresses to use instead of those that the sentinels tell. */
  nodeAddressMap?: { [address: string]: RedisNode } | ((address: string) => RedisNode | undefined);
  /** Ms between looks at the topology; 0 for none. */
  scanInterval?: number;
  /** True emits errors of all clients as `error`. */
  passthroughClientErrorEvents?: boolean;
  /** True keeps a client of the master for commands outside of leases. */
  reserveClient?: boolean;
  /** A cache that all clients share. RESP3 only. */
  clientSideCache?: PooledClientSideCacheProvider | ClientSideCacheConfig;
}

/** What `createSentinel` returns. */
export type RedisSentinelType<
  M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
  RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
> = RedisSentinel<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & RedisClientExtensions<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>;

/** What `acquire` and `use` lend: a client of the master. */
export type RedisSentinelClientType<
  M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
  RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
> = RedisSentinelClient<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & RedisClientExtensions<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>;
