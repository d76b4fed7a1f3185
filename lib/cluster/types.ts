/** The public types of clusters. */
import type { ClientSideCacheConfig, PooledClientSideCacheProvider } from '../cache';
import type { CommandOptions, CommanderConfig, RedisClientOptions, RedisClientType } from '../client';
import type { RedisDefaultModules } from '../commands/modules';
import type { RedisClientExtensions } from '../commands/types';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { RespVersions, TypeMapping } from '../wire/resp-types';
import type { RedisCluster } from './redis-cluster';

/** An address. */
export interface NodeAddress {
  host: string;
  port: number;
}

/** Where to connect to for an address that the cluster tells, by `host:port`; `undefined` takes it as it is. */
export type NodeAddressMap = { [address: string]: NodeAddress } | ((address: string) => NodeAddress | undefined);

/** Options of the client of one node: what concerns the whole cluster stands beside them. */
export type RedisClusterClientOptions =
  Omit<RedisClientOptions, 'clientSideCache' | 'commandOptions' | 'functions' | 'keyPrefix' | 'modules' | 'RESP' | 'scripts'>;

/** Options of `createCluster`. */
export interface RedisClusterOptions<
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
  /** Some nodes, from which the others are discovered. Three are enough. */
  rootNodes: RedisClusterClientOptions[];
  /** Options of the clients of all nodes: credentials, TLS, time limits. */
  defaults?: Partial<RedisClusterClientOptions>;
  /** True connects to a node when it is first needed. */
  minimizeConnections?: boolean;
  /** True sends reads to replicas, too. */
  useReplicas?: boolean;
  /** Most redirections (MOVED, ASK) of one command. Default 16. */
  maxCommandRedirections?: number;
  /** Ms of reconnecting to a node after which the topology is read again; `false` or 0 for never. Default 5000. */
  topologyRefreshOnReconnectionAttemptStrategy?: false | number | (() => false | number | undefined);
  /** Addresses to use instead of those that the cluster tells. */
  nodeAddressMap?: NodeAddressMap;
  /** A cache that all nodes share. RESP3 only. */
  clientSideCache?: PooledClientSideCacheProvider | ClientSideCacheConfig;
}

/** A node, and its client once there is one. */
export interface ShardNode<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> extends NodeAddress {
  address: string;
  id: string;
  readonly: boolean;
  client?: RedisClientType<M, F, S, RESP, TYPE_MAPPING>;
}

/** The nodes that have a slot. */
export interface Shard<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> {
  master: ShardNode<M, F, S, RESP, TYPE_MAPPING>;
  replicas?: ShardNode<M, F, S, RESP, TYPE_MAPPING>[];
}

/** What `createCluster` returns: a cluster with the methods of commands, modules, functions and scripts. */
export type RedisClusterType<
  M extends RedisModules = {},
  F extends RedisFunctions = {},
  S extends RedisScripts = {},
  RESP extends RespVersions = 3,
  TYPE_MAPPING extends TypeMapping = {},
> = RedisCluster<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & RedisClientExtensions<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>;
