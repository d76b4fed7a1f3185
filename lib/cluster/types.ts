/** Public types of the cluster client. */
import type { ClientSideCacheConfig, PooledClientSideCacheProvider } from '../cache';
import type { CommandOptions, CommanderConfig, RedisClientOptions, RedisClientType } from '../client';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { ReadFromFunction, ReadFromName } from '../wire/read-from';
import type { RespVersions, TypeMapping } from '../wire/resp-types';

/** The address of a node. */
export interface NodeAddress {
  host: string;
  port: number;
}

/** Maps addresses that the cluster announces (`host:port`) to addresses to connect to; `undefined` keeps an address. */
export type NodeAddressMap = { [address: string]: NodeAddress } | ((address: string) => NodeAddress | undefined);

/** Options of the client of one node, without those that apply to the whole cluster. */
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
  /** Options that apply to every command. */
  commandOptions?: CommandOptions<TYPE_MAPPING>;
  /** Prefix that is put before every key. */
  keyPrefix?: RedisArgument;
  /** Some of the nodes, from which the others are discovered. Three are enough. */
  rootNodes: RedisClusterClientOptions[];
  /** Options of the clients of all nodes: credentials, TLS, timeouts. */
  defaults?: Partial<RedisClusterClientOptions>;
  /** True: a node is connected only when it is first needed. */
  minimizeConnections?: boolean;
  /** True: reads go to primaries and replicas in turn, as with `readFrom: 'any'`. */
  useReplicas?: boolean;
  /** The nodes that serve reads. Takes precedence over `useReplicas`; commands override it with their options. Default: `'primary'`. */
  readFrom?: ReadFromName | ReadFromFunction;
  /** The availability zone of this client, for `readFrom: 'azAffinity'`. */
  availabilityZone?: string;
  /** Interval in ms at which the topology is read, besides the times that errors cause; `false` or 0 for never. Default: 60000. */
  topologyRefreshInterval?: number | false;
  /** Whether nodes get credentials and TLS settings of a root node where `defaults` says nothing of them. Default: true. */
  inheritFromRoots?: boolean;
  /** Maximum number of redirections (MOVED, ASK) per command. Default: 16. */
  maxCommandRedirections?: number;
  /**
   * Time in ms after which the topology is read again because a node is still reconnecting, or a function that returns it; `false` or 0
   * for never. Default: 5000.
   */
  topologyRefreshOnReconnectionAttemptStrategy?: false | number | ((firstAttemptTimestamp: number) => false | number | undefined);
  /** Maps the addresses that the cluster announces to addresses to connect to. */
  nodeAddressMap?: NodeAddressMap;
  /** A cache shared by all nodes. RESP3 only. */
  clientSideCache?: PooledClientSideCacheProvider | ClientSideCacheConfig;
}

/** A node, with its client once one has been created. */
export interface ShardNode<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> extends NodeAddress {
  address: string;
  id: string;
  readonly: boolean;
  client?: RedisClientType<M, F, S, RESP, TYPE_MAPPING>;
  /** Resolves to the client when it is connected. */
  connectPromise?: Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>>;
}

/** A primary. */
export interface MasterNode<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> extends ShardNode<M, F, S, RESP, TYPE_MAPPING> {
  /** The client on which sharded channels of its slots are subscribed. */
  pubSub?: {
    client: RedisClientType<M, F, S, RESP, TYPE_MAPPING>;
    connectPromise?: Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>>;
  };
}

/** The node at which channels and patterns are subscribed, with the client that does it. */
export interface PubSubNode<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> {
  address: string;
  client: RedisClientType<M, F, S, RESP, TYPE_MAPPING>;
  connectPromise?: Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>>;
}

/** The nodes that serve a slot. */
export interface Shard<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> {
  master: MasterNode<M, F, S, RESP, TYPE_MAPPING>;
  replicas?: ShardNode<M, F, S, RESP, TYPE_MAPPING>[];
}

/** Options of a cluster with any modules, functions, scripts and type mapping. */
export type AnyRedisClusterOptions = RedisClusterOptions<RedisModules, RedisFunctions, RedisScripts, RespVersions, TypeMapping>;
