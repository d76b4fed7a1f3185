/** The cluster client. */
import { EventEmitter } from 'node:events';
import type { PooledClientSideCacheProvider } from '../cache';
import type { CloseOptions, CommandOptions, CommanderConfig, RedisClientType } from '../client';
import { define, keepListenersOnSelf, mixIn } from '../client/api/mixin';
import { ScanMethods } from '../client/api/scan-iterators';
import { SubscribingMethods } from '../client/api/subscribing-methods';
import { cacheOfOptions, checkedCacheOptions, sharedCacheOf } from '../client/cache/cache-of-options';
import { defaultCommandOptions, mergeCommandOptions, type CacheReadOptions } from '../client/options/command-options';
import { checkKinds } from '../client/options/option-kinds';
import { shareFieldsets } from '../client/run/himport';
import { multiCommandClass, type RedisClientMultiCommand } from '../client/run/multi-command';
import type { hotkeys } from '../commands/hotkeys';
import type { RedisDefaultModules } from '../commands/modules';
import type { MultiMode, RedisClientMultiCommandType } from '../commands/multi-types';
import type { WithCommands, WithFunctions, WithModules, WithScripts } from '../commands/types';
import { plainError, refusedCommand } from '../errors';
import { throwUncaught } from '../uncaught';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import { HASH_SLOTS, hashSlot } from '../wire/hash-slot';
import { showAs } from '../wire/inspection';
import type { EncodedCommand } from '../wire/link-types';
import type { ReplyUnion, RespVersions, TypeMapping } from '../wire/resp-types';
import { attachClusterCommands, attachClusterConfig } from './cluster-commands';
import { ClusterRunner } from './cluster-runner';
import { ClusterCore } from './core';
import { RedisClusterMultiCommand } from './multi';
import type { ClusterNode } from './node';
import { checkedOptions } from './options';
import { ClusterPubSubMethods } from './pubsub/methods';
import { ClusterSubscriptions } from './pubsub/subscriptions';
import { attachClusterHImport } from './routing/himport';
import { ClusterScanMethods } from './routing/scan-iterators';
import { executeClusterPipeline, executeClusterTransaction } from './transaction';
import type { AnyRedisClusterOptions, MasterNode, PubSubNode, RedisClusterOptions, Shard, ShardNode } from './types';

/** Maximum time in ms that the end of an `await using` block waits for commands. */
const DISPOSE_TIMEOUT = 5000;

let hasCommands = false;

/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging -- `mixIn` gives the class what the interface of its name declares */
/**
 * A client of a cluster, created by `createCluster`.
 *
 * Commands go to the node that owns the hash slot of their keys, and follow redirections, failovers and resharding.
 *
 * Events: `connect`, `disconnect`, `error`, `node-connect`, `node-ready`, `node-reconnecting`, `node-disconnect` (with the node's
 * `{host, port}`), `node-error` (error, `{host, port}`), `sharded-channel-moved-error` (error, channel, listeners).
 */
export class RedisCluster<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends EventEmitter {
  /* eslint-enable @typescript-eslint/no-unsafe-declaration-merging */
  /** @internal The cluster itself: proxies inherit from it and carry other command options. */
  declare readonly _self: this;
  /** @internal Options of the commands that are issued on this object. */
  declare readonly _commandOptions: CommandOptions;
  /** @internal Prefix of keys. */
  declare readonly _keyPrefix: RedisArgument | undefined;
  /** @internal */
  declare readonly _core: ClusterCore;
  /** @internal Runs the commands. */
  declare readonly _runner: ClusterRunner;
  /** @internal */
  declare readonly _cache: PooledClientSideCacheProvider | undefined;
  /** @internal */
  declare readonly _subscriptions: ClusterSubscriptions;
  /** @internal */
  declare readonly _multiClass: typeof RedisClientMultiCommand;
  readonly #options: AnyRedisClusterOptions;

  /** Fixes modules, functions, scripts and protocol version. @returns a function that creates clusters from the other options */
  static factory<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {}, RESP extends RespVersions = 3,
  >(config?: CommanderConfig<M, F, S, RESP>) {
    return <TYPE_MAPPING extends TypeMapping = {}>(
      options: Omit<RedisClusterOptions<M, F, S, RESP, TYPE_MAPPING>, keyof CommanderConfig<M, F, S, RESP>>,
    ): RedisClusterType<M, F, S, RESP, TYPE_MAPPING> => RedisCluster.create({ ...options, ...config } as RedisClusterOptions<M, F, S, RESP, TYPE_MAPPING>);
  }

  /**
   * Creates a client of a cluster. It connects when `connect()` is called.
   *
   * @param options not changed
   * @throws TypeError for invalid options
   */
  static create<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
    RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
  >(this: void, options: RedisClusterOptions<M, F, S, RESP, TYPE_MAPPING>): RedisClusterType<M, F, S, RESP, TYPE_MAPPING> {
    return new RedisCluster(options as AnyRedisClusterOptions) as unknown as RedisClusterType<M, F, S, RESP, TYPE_MAPPING>;
  }

  /** Use `createCluster` instead, which infers the types of modules, functions and scripts. */
  constructor(given: RedisClusterOptions<M, F, S, RESP, TYPE_MAPPING> | AnyRedisClusterOptions) {
    super();
    checkKinds(given);
    const own = { ...given } as AnyRedisClusterOptions;
    this.#options = own;
    const cache = sharedCacheOf(own.clientSideCache, 'a cluster');
    const checked = checkedOptions(own, cache);
    const execution = cacheOfOptions(cache, (error) => this.#report('error', error));
    const core = new ClusterCore(checked, {
      report: (event, ...args) => this.#report(event, ...args),
      hearsErrors: () => this.listenerCount('error') > 0,
      topologyChanged: () => subscriptions.topologyChanged(),
      leaving: (error) => {
        subscriptions.end(error);
        runner.cursors.clear();
        cache?.onPoolClose();
      },
    }, execution);
    const subscriptions = new ClusterSubscriptions(core, { report: (event, ...args) => this.#report(event, ...args) });
    const { keyPrefix } = own;
    const options = defaultCommandOptions(own.commandOptions);
    const runner = new ClusterRunner({ core, client: this as never, commandOptions: options, cache: execution });
    define(this, {
      _self: this,
      _core: core,
      _cache: cache,
      _runner: runner,
      _executor: runner,
      _subscriptions: subscriptions,
      _commandOptions: options,
      _keyPrefix: keyPrefix === undefined || keyPrefix === null || keyPrefix.length === 0 ? undefined : keyPrefix,
      _multiClass: multiCommandClass(checked.node.modules, own.functions, own.scripts, RedisClusterMultiCommand),
    });
    if (!hasCommands) {
      hasCommands = true;
      attachClusterCommands(RedisCluster.prototype);
      attachClusterHImport(RedisCluster.prototype);
    }
    attachClusterConfig(this, { modules: checked.node.modules, functions: own.functions, scripts: own.scripts });
  }

  /** Whether `connect()` was called and the cluster was not closed since. */
  get isOpen(): boolean {
    return this._self._core.isOpen;
  }

  /** Whether the topology is known and commands are accepted. */
  get isReady(): boolean {
    return this._self._core.isReady;
  }

  /** The nodes of each of the 16384 hash slots. */
  get slots(): Shard<M, F, S, RESP, TYPE_MAPPING>[] {
    return this._self._core.topology.slots as never;
  }

  /** The primaries. */
  get masters(): MasterNode<M, F, S, RESP, TYPE_MAPPING>[] {
    return this._self._core.topology.masters as never;
  }

  /** The replicas, if reads may go to them. */
  get replicas(): ShardNode<M, F, S, RESP, TYPE_MAPPING>[] {
    return this._self._core.topology.replicas as never;
  }

  /** The nodes by `host:port` as the cluster announces it. */
  get nodeByAddress(): Map<string, MasterNode<M, F, S, RESP, TYPE_MAPPING> | ShardNode<M, F, S, RESP, TYPE_MAPPING>> {
    return this._self._core.topology.nodeByAddress as never;
  }

  /** The client-side cache that all nodes share. */
  get clientSideCache(): PooledClientSideCacheProvider | undefined {
    return this._self._cache;
  }

  /**
   * Returns this cluster with another use of its client-side cache: reads are cached, for `ttl` ms if given, also in a cache with
   * `mode: 'opt-in'`. With `false`, reads bypass the cache.
   *
   * @throws TypeError without a `clientSideCache`, or for an invalid `ttl`
   */
  withCache(cache?: CacheReadOptions | false): RedisClusterType<M, F, S, RESP, TYPE_MAPPING> {
    return this.withCommandOptions({ cache: checkedCacheOptions(cache ?? {}, this._self._cache) });
  }

  /**
   * Reads the topology from a root node and connects to the nodes.
   *
   * @returns this cluster, when each primary has connected or failed once
   * @throws (rejects) RootNodesUnavailableError with the reason of each root node; an error if none of the announced nodes can be
   *   reached, or if the cluster is open already
   */
  async connect(): Promise<RedisClusterType<M, F, S, RESP, TYPE_MAPPING>> {
    await this._self._core.connect();
    return this as never;
  }

  /**
   * Closes the cluster after all commands that were issued before have finished.
   *
   * @param options `timeout`: time in ms after which unfinished commands are rejected
   */
  close(options?: CloseOptions): Promise<void> {
    return this._self._core.close(options);
  }

  /** Closes the cluster at once and rejects all commands with `DisconnectsClientError`. */
  destroy(): void {
    this._self._core.destroy();
  }

  /** @deprecated use `close` */
  quit(): Promise<void> {
    return this.close();
  }

  /** @deprecated use `destroy` */
  async disconnect(): Promise<void> {
    this.destroy();
  }

  /** Ends an `await using` block: closes the cluster, for at most 5 seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOpen) await this._self._core.close({ timeout: DISPOSE_TIMEOUT });
  }

  /** Creates a cluster client with the same options, overridden by `overrides`. It is not connected and has no listeners. */
  duplicate<
    _M extends RedisModules = M, _F extends RedisFunctions = F, _S extends RedisScripts = S,
    _RESP extends RespVersions = RESP, _TYPE_MAPPING extends TypeMapping = TYPE_MAPPING,
  >(overrides?: Partial<RedisClusterOptions<_M, _F, _S, _RESP, _TYPE_MAPPING>>): RedisClusterType<_M, _F, _S, _RESP, _TYPE_MAPPING> {
    const { constructor } = Object.getPrototypeOf(this._self) as { constructor: new (options: AnyRedisClusterOptions) => RedisCluster };
    const options = { ...this._self.#options, commandOptions: this._commandOptions, ...overrides } as AnyRedisClusterOptions;
    const duplicate = new constructor(options);
    shareFieldsets(this, duplicate);
    return duplicate as never;
  }

  /** Returns this cluster with command options that override its own. */
  withCommandOptions<OPTIONS extends CommandOptions & { typeMapping?: MAPPING }, MAPPING extends TypeMapping = TYPE_MAPPING>(
    options: OPTIONS,
  ): RedisClusterType<M, F, S, RESP, MAPPING> {
    const commandOptions = mergeCommandOptions(this._commandOptions, options);
    return Object.create(this, { _commandOptions: { value: commandOptions } }) as RedisClusterType<M, F, S, RESP, MAPPING>;
  }

  /** Returns this cluster with another type mapping, such as `{[RESP_TYPES.BLOB_STRING]: Buffer}`. */
  withTypeMapping<MAPPING extends TypeMapping>(typeMapping: MAPPING): RedisClusterType<M, F, S, RESP, MAPPING> {
    return this.withCommandOptions<{ typeMapping: MAPPING }, MAPPING>({ typeMapping });
  }

  /**
   * Sends a command given as words. `keyPrefix` is not applied.
   *
   * @param firstKey a key that determines the node; `undefined` for any node
   * @param isReadonly whether a replica may run it; `undefined` if that follows from the command
   * @param args the command name and its arguments: strings and Buffers, at least one
   * @param options override the command options of this cluster
   * @returns the untransformed reply, decoded with the type mapping
   */
  sendCommand<T = ReplyUnion>(
    firstKey: RedisArgument | undefined, isReadonly: boolean | undefined, args: readonly RedisArgument[], options?: CommandOptions,
  ): Promise<T> {
    return this._self._runner.sendWords(firstKey, isReadonly, args, mergeCommandOptions(this._commandOptions, options)) as Promise<T>;
  }

  /**
   * Returns a builder for a transaction or pipeline: chain commands, then call `exec()` or `execAsPipeline()`. The keys of a transaction
   * must be of one hash slot; those of a pipeline may be of any.
   *
   * @param routing a key, without `keyPrefix`, whose slot the commands without keys belong to
   */
  multi<MODE extends MultiMode = 'typed'>(routing?: RedisArgument): RedisClientMultiCommandType<MODE, [], M, F, S, RESP, TYPE_MAPPING, 'cluster'> {
    const { _core: core, _keyPrefix } = this._self;
    const options = this._commandOptions;
    const key = routing === undefined || routing === null ? undefined : prefixedKey(_keyPrefix, routing);
    return new this._multiClass({
      _keyPrefix,
      _executeMulti: (commands: readonly EncodedCommand[]) => executeClusterTransaction(core, commands, key, options),
      _executePipeline: (commands: readonly EncodedCommand[]) => executeClusterPipeline(this._self._runner, commands, key, options),
    }) as never;
  }

  /**
   * Returns the client of a node, connected.
   *
   * @param node one of this cluster, or a copy of it: its address counts
   * @throws (rejects) ClientClosedError if the node has left the cluster, TypeError for anything else
   */
  async nodeClient(node: ShardNode<M, F, S, RESP, TYPE_MAPPING>): Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>> {
    return await this._self._core.topology.present(node as unknown as ClusterNode).connected() as never;
  }

  /**
   * Returns one of the nodes, each in turn: primaries, and replicas if reads may go there.
   *
   * @throws ClientClosedError if the cluster is not open, ClientOfflineError while it is connecting
   */
  getRandomNode(): ShardNode<M, F, S, RESP, TYPE_MAPPING> {
    const { topology, isReady, requests } = this._self._core;
    const node = isReady ? topology.nextNode() : undefined;
    if (node === undefined) throw requests.closedError();
    return node as never;
  }

  /** Returns one of the nodes of a slot, each in turn: its primary, and replicas if reads may go there. @throws Error for a slot without nodes */
  getSlotRandomNode(slot: number): ShardNode<M, F, S, RESP, TYPE_MAPPING> {
    return this._self._core.topology.nextOf(this.#shardOf(slot)) as never;
  }

  /**
   * Returns the client of the node that owns a key, connected: for WATCH, or for commands that the cluster has no method for.
   *
   * @param isReadonly whether a replica will do, if reads may go there
   */
  async getNodeClientForKey(key: RedisArgument, isReadonly?: boolean): Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>> {
    if (!this.isReady) throw refusedCommand(this._self._core.requests.closedError(), undefined);
    const slot = hashSlot(key);
    const node = isReadonly ? this.getSlotRandomNode(slot) : this.#shardOf(slot).master;
    return await (node as unknown as ClusterNode).connected() as never;
  }

  /** @deprecated use `masters` */
  getMasters(): MasterNode<M, F, S, RESP, TYPE_MAPPING>[] {
    return this.masters;
  }

  /** @deprecated use `slots[slot].master` */
  getSlotMaster(slot: number): MasterNode<M, F, S, RESP, TYPE_MAPPING> {
    return this.#shardOf(slot).master as never;
  }

  #shardOf(slot: number): { master: ClusterNode; replicas?: ClusterNode[] } {
    const shard = this._self._core.topology.slots[slot];
    if (shard !== undefined) return shard;
    const isSlot = Number.isInteger(slot) && slot >= 0 && slot < HASH_SLOTS;
    throw plainError(isSlot ? `No node of the cluster serves slot ${slot}` : `A slot is a whole number from 0 to ${HASH_SLOTS - 1}, got ${String(slot)}`,
      isSlot ? 'OXREDIS_SLOT_UNSERVED' : 'OXREDIS_INVALID_SLOT');
  }

  #report(event: string, ...args: unknown[]): void {
    try {
      this.emit(event, ...args);
    } catch (error) {
      throwUncaught(error);
    }
  }

  /** @internal What `console.log` shows. */
  get _shown(): Record<string, unknown> {
    const { topology: { masters, replicas }, isOpen, isReady, requests } = this._self._core;
    const state = isReady ? 'ready' : isOpen ? 'connecting' : 'closed';
    return { state, masters: masters.map(({ address }) => address), replicas: replicas.map(({ address }) => address), outstanding: requests.outstanding };
  }

  declare readonly pubSubNode: PubSubNode<M, F, S, RESP, TYPE_MAPPING> | undefined;
  declare MULTI: RedisCluster<M, F, S, RESP, TYPE_MAPPING>['multi'];
}

/* eslint-disable @typescript-eslint/no-unused-vars -- the parameters must be those of the class */
export interface RedisCluster<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends SubscribingMethods, ClusterPubSubMethods, ClusterScanMethods<TYPE_MAPPING>,
  Omit<ScanMethods<TYPE_MAPPING>, 'scanIterator'> {}
/* eslint-enable @typescript-eslint/no-unused-vars */

/** HOTKEYS, which clusters do not offer, because its effect is limited to one node. */
type NotOnClusters = keyof typeof hotkeys | 'HOTKEYS_GET' | 'HOTKEYS_RESET' | 'HOTKEYS_START' | 'HOTKEYS_STOP';

/** The type that `createCluster` returns: a cluster with the methods of commands, modules, functions and scripts. */
export type RedisClusterType<
  M extends RedisModules = {},
  F extends RedisFunctions = {},
  S extends RedisScripts = {},
  RESP extends RespVersions = 3,
  TYPE_MAPPING extends TypeMapping = {},
> = RedisCluster<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & Omit<WithCommands<RESP, TYPE_MAPPING>, NotOnClusters> & WithModules<RedisDefaultModules & M, RESP, TYPE_MAPPING>
  & WithFunctions<F, RESP, TYPE_MAPPING> & WithScripts<S, RESP, TYPE_MAPPING>;

const { prototype } = RedisCluster;
mixIn(prototype, SubscribingMethods, ClusterPubSubMethods, ScanMethods, ClusterScanMethods);
keepListenersOnSelf(prototype);
showAs(prototype, (cluster) => ['RedisCluster', cluster._shown]);
Object.defineProperty(prototype, 'MULTI', { value: prototype.multi, configurable: true, writable: true });

function prefixedKey(prefix: RedisArgument | undefined, key: RedisArgument): RedisArgument {
  if (prefix === undefined) return key;
  return typeof prefix === 'string' && typeof key === 'string' ? prefix + key : Buffer.concat([Buffer.from(prefix as string), Buffer.from(key as string)]);
}

/** Creates a client of a cluster. It connects when `connect()` is called. */
export const createCluster: typeof RedisCluster.create = RedisCluster.create;

