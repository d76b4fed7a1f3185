/** Public types of the sentinel client. */
import type { ClientSideCacheConfig, PooledClientSideCacheProvider } from '../cache';
import type { CommandOptions, CommanderConfig, RedisClientOptions } from '../client';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { RespVersions, TypeMapping } from '../wire/resp-types';

/** The address of a server or a sentinel. */
export interface RedisNode {
  host: string;
  port: number;
}

/** Options of the clients of nodes and sentinels, without those that apply to the whole. */
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
  /** Options that apply to every command. */
  commandOptions?: CommandOptions<TYPE_MAPPING>;
  /** Prefix that is put before every key. */
  keyPrefix?: RedisArgument;
  /** The name of the master in the configuration of the sentinels. */
  name: string;
  /** Some of the sentinels, from which the others are discovered. */
  sentinelRootNodes: RedisNode[];
  /** How often a command is retried while the topology changes. Default: 16. */
  maxCommandRediscovers?: number;
  /** Options of the clients of master and replicas. */
  nodeClientOptions?: RedisSentinelNodeClientOptions;
  /** Options of the clients of sentinels. */
  sentinelClientOptions?: RedisSentinelNodeClientOptions;
  /** Number of clients of the master. Default: 1. */
  masterPoolSize?: number;
  /** Number of clients of each replica. If it is 1 or more, replicas serve reads. Default: 0. */
  replicaPoolSize?: number;
  /** Maps the addresses that the sentinels announce to addresses to connect to. */
  nodeAddressMap?: { [address: string]: RedisNode } | ((address: string) => RedisNode | undefined);
  /** Milliseconds between two checks of the topology; 0 for no checks. */
  scanInterval?: number;
  /** Emit the errors of all clients as `error` events. */
  passthroughClientErrorEvents?: boolean;
  /** Reserve a client of the master for commands outside of leases. */
  reserveClient?: boolean;
  /** A cache shared by all clients. RESP3 only. */
  clientSideCache?: PooledClientSideCacheProvider | ClientSideCacheConfig;
}
