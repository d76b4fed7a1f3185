/** The cluster client: name and types only, until it is implemented. */
import { EventEmitter } from 'node:events';
import type { PooledClientSideCacheProvider } from '../cache';
import type { CommandOptions, PubSubListener, RedisClientType } from '../client';
import type { RedisDefaultModules } from '../commands/modules';
import type { RedisClientMultiCommandType } from '../commands/multi-types';
import type { RedisClientExtensions } from '../commands/types';
import { notImplementedError } from '../errors';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { ReplyUnion, RespVersions, TypeMapping } from '../wire/resp-types';
import type { RedisClusterOptions, Shard, ShardNode } from './types';

const INSTEAD = 'use createClient or createClientPool for one node, or npm redis for this part';

/** A client of a cluster. Not in this release: the constructor throws. */
export declare interface RedisCluster<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly slots: Shard<M, F, S, RESP, TYPE_MAPPING>[];
  readonly masters: ShardNode<M, F, S, RESP, TYPE_MAPPING>[];
  readonly replicas: ShardNode<M, F, S, RESP, TYPE_MAPPING>[];
  readonly nodeByAddress: Map<string, ShardNode<M, F, S, RESP, TYPE_MAPPING>>;
  readonly clientSideCache: PooledClientSideCacheProvider | undefined;
  connect(): Promise<RedisClusterType<M, F, S, RESP, TYPE_MAPPING>>;
  close(): Promise<void>;
  destroy(): void;
  quit(): Promise<void>;
  disconnect(): Promise<void>;
  duplicate(overrides?: Partial<RedisClusterOptions<M, F, S, RESP, TYPE_MAPPING>>): RedisClusterType<M, F, S, RESP, TYPE_MAPPING>;
  withCommandOptions<MAPPING extends TypeMapping = TYPE_MAPPING>(options: CommandOptions<MAPPING>): RedisClusterType<M, F, S, RESP, MAPPING>;
  withTypeMapping<MAPPING extends TypeMapping>(typeMapping: MAPPING): RedisClusterType<M, F, S, RESP, MAPPING>;
  sendCommand<T = ReplyUnion>(
    firstKey: RedisArgument | undefined, isReadonly: boolean | undefined, args: readonly RedisArgument[], options?: CommandOptions,
  ): Promise<T>;
  multi(routing?: RedisArgument): RedisClientMultiCommandType<'typed', [], M, F, S, RESP, TYPE_MAPPING>;
  subscribe<T extends boolean = false>(channels: string | string[], listener: PubSubListener<T>, bufferMode?: T): Promise<void>;
  unsubscribe<T extends boolean = false>(channels?: string | string[], listener?: PubSubListener<T>, bufferMode?: T): Promise<void>;
  pSubscribe<T extends boolean = false>(patterns: string | string[], listener: PubSubListener<T>, bufferMode?: T): Promise<void>;
  pUnsubscribe<T extends boolean = false>(patterns?: string | string[], listener?: PubSubListener<T>, bufferMode?: T): Promise<void>;
  sSubscribe<T extends boolean = false>(channels: string | string[], listener: PubSubListener<T>, bufferMode?: T): Promise<void>;
  sUnsubscribe<T extends boolean = false>(channels: string | string[], listener?: PubSubListener<T>, bufferMode?: T): Promise<void>;
  nodeClient(node: ShardNode<M, F, S, RESP, TYPE_MAPPING>): Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>>;
  getRandomNode(): ShardNode<M, F, S, RESP, TYPE_MAPPING>;
  getSlotRandomNode(slot: number): ShardNode<M, F, S, RESP, TYPE_MAPPING>;
  getNodeClientForKey(key: RedisArgument, isReadonly?: boolean): Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>>;
}
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the class is never instantiated
export class RedisCluster extends EventEmitter {
  /** @throws Error with code `OXREDIS_NOT_IMPLEMENTED` */
  static create<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
    RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
  >(this: void, _options: RedisClusterOptions<M, F, S, RESP, TYPE_MAPPING>): RedisClusterType<M, F, S, RESP, TYPE_MAPPING> {
    throw notImplementedError('createCluster', INSTEAD);
  }

  /** @throws Error with code `OXREDIS_NOT_IMPLEMENTED` */
  constructor(_options?: RedisClusterOptions) {
    super();
    throw notImplementedError('RedisCluster', INSTEAD);
  }
}

/** The type that `createCluster` returns: a cluster with the methods of commands, modules, functions and scripts. */
export type RedisClusterType<
  M extends RedisModules = {},
  F extends RedisFunctions = {},
  S extends RedisScripts = {},
  RESP extends RespVersions = 3,
  TYPE_MAPPING extends TypeMapping = {},
> = RedisCluster<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & RedisClientExtensions<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>;

/** Creates a client of a cluster. @throws Error with code `OXREDIS_NOT_IMPLEMENTED`: not in this release */
export const createCluster: typeof RedisCluster.create = RedisCluster.create;
