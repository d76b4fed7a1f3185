/** The sentinel client: names and types only, until it is implemented. */
import { EventEmitter } from 'node:events';
import type { PooledClientSideCacheProvider } from '../cache';
import type { CommandOptions, PubSubListener } from '../client';
import type { RedisDefaultModules } from '../commands/modules';
import type { RedisClientMultiCommandType } from '../commands/multi-types';
import type { RedisClientExtensions } from '../commands/types';
import { notImplementedError } from '../errors';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { ReplyUnion, RespVersions, TypeMapping } from '../wire/resp-types';
import type { RedisNode, RedisSentinelOptions } from './types';

const INSTEAD = 'use createClient with the address of the master, or npm redis for this part';

/** Members that a sentinel client and its leases share. */
interface SentinelCommands<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly commandOptions: CommandOptions<TYPE_MAPPING> | undefined;
  sendCommand<T = ReplyUnion>(isReadonly: boolean | undefined, args: readonly RedisArgument[], options?: CommandOptions): Promise<T>;
  multi(): RedisClientMultiCommandType<'typed', [], M, F, S, RESP, TYPE_MAPPING>;
}

/** A client of the master that `acquire` leases. */
export declare interface RedisSentinelClient<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends SentinelCommands<M, F, S, RESP, TYPE_MAPPING> {
  withCommandOptions<MAPPING extends TypeMapping = TYPE_MAPPING>(options: CommandOptions<MAPPING>): RedisSentinelClientType<M, F, S, RESP, MAPPING>;
  withTypeMapping<MAPPING extends TypeMapping>(typeMapping: MAPPING): RedisSentinelClientType<M, F, S, RESP, MAPPING>;
  watch(key: RedisVariadicArgument): Promise<'OK'>;
  unwatch(): Promise<'OK'>;
  release(): Promise<void> | undefined;
}
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the class is never instantiated
export class RedisSentinelClient {
  /** @throws Error with code `OXREDIS_NOT_IMPLEMENTED` */
  constructor() {
    throw notImplementedError('RedisSentinelClient', INSTEAD);
  }
}

/** A client of the master that sentinels announce. Not in this release: the constructor throws. */
export declare interface RedisSentinel<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends SentinelCommands<M, F, S, RESP, TYPE_MAPPING> {
  readonly clientSideCache: PooledClientSideCacheProvider | undefined;
  connect(): Promise<RedisSentinelType<M, F, S, RESP, TYPE_MAPPING>>;
  close(): Promise<void>;
  destroy(): Promise<void>;
  duplicate(overrides?: Partial<RedisSentinelOptions<M, F, S, RESP, TYPE_MAPPING>>): RedisSentinelType<M, F, S, RESP, TYPE_MAPPING>;
  withCommandOptions<MAPPING extends TypeMapping = TYPE_MAPPING>(options: CommandOptions<MAPPING>): RedisSentinelType<M, F, S, RESP, MAPPING>;
  withTypeMapping<MAPPING extends TypeMapping>(typeMapping: MAPPING): RedisSentinelType<M, F, S, RESP, MAPPING>;
  use<T>(task: (client: RedisSentinelClientType<M, F, S, RESP, TYPE_MAPPING>) => Promise<T>): Promise<T>;
  acquire(): Promise<RedisSentinelClientType<M, F, S, RESP, TYPE_MAPPING>>;
  subscribe<T extends boolean = false>(channels: string | string[], listener: PubSubListener<T>, bufferMode?: T): Promise<void>;
  unsubscribe<T extends boolean = false>(channels?: string | string[], listener?: PubSubListener<T>, bufferMode?: T): Promise<void>;
  pSubscribe<T extends boolean = false>(patterns: string | string[], listener: PubSubListener<T>, bufferMode?: T): Promise<void>;
  pUnsubscribe<T extends boolean = false>(patterns?: string | string[], listener?: PubSubListener<T>, bufferMode?: T): Promise<void>;
  getMasterNode(): RedisNode | undefined;
  getSentinelNode(): RedisNode | undefined;
  getReplicaNodes(): Map<RedisNode, number>;
}
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the class is never instantiated
export class RedisSentinel extends EventEmitter {
  /** @throws Error with code `OXREDIS_NOT_IMPLEMENTED` */
  static create<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
    RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
  >(this: void, _options: RedisSentinelOptions<M, F, S, RESP, TYPE_MAPPING>): RedisSentinelType<M, F, S, RESP, TYPE_MAPPING> {
    throw notImplementedError('createSentinel', INSTEAD);
  }

  /** @throws Error with code `OXREDIS_NOT_IMPLEMENTED` */
  constructor(_options?: RedisSentinelOptions) {
    super();
    throw notImplementedError('RedisSentinel', INSTEAD);
  }
}

/** The type that `createSentinel` returns. */
export type RedisSentinelType<
  M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
  RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
> = RedisSentinel<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & RedisClientExtensions<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>;

/** The type of client that `acquire` and `use` lease: a client of the master. */
export type RedisSentinelClientType<
  M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
  RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
> = RedisSentinelClient<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & RedisClientExtensions<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>;

/**
 * Creates a client of the master that sentinels announce. @throws Error with code `OXREDIS_NOT_IMPLEMENTED`: not in
 * this release
 */
export const createSentinel: typeof RedisSentinel.create = RedisSentinel.create;
