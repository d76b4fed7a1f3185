/** The pool. */
import { EventEmitter } from 'node:events';
import type { hotkeys } from '../commands/hotkeys';
import { withDefaultModules, type RedisDefaultModules } from '../commands/modules';
import type { MultiMode, RedisClientMultiCommandType } from '../commands/multi-types';
import type { WithCommands, WithFunctions, WithModules, WithScripts } from '../commands/types';
import type { PooledClientSideCacheProvider } from '../cache';
import { clientClass } from '../client/api/client-class';
import { checkedCacheOptions, sharedCacheOf } from '../client/cache/cache-of-options';
import { defaultCommandOptions, mergeCommandOptions, type CacheReadOptions, type CommandOptions } from '../client/options/command-options';
import { shareFieldsets } from '../client/run/himport';
import { define, keepListenersOnSelf } from '../client/api/mixin';
import { multiCommandClass, type RedisClientMultiCommand } from '../client/run/multi-command';
import { targetOf } from '../client/options/inspection';
import { checkKinds } from '../client/options/option-kinds';
import { copyOptions, duplicateOptions, givenOptions } from '../client/options/options';
import type { AnyRedisClientOptions, CloseOptions, RedisClientOptions, RedisClientType, UrlText } from '../client';
import { throwUncaught } from '../uncaught';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import { showAs } from '../wire/inspection';
import type { EncodedCommand } from '../wire/link-types';
import type { ReplyUnion, RespVersions, TypeMapping } from '../wire/resp-types';
import { completePoolOptions, type RedisPoolOptions } from './options';
import { attachPoolCommands, attachPoolConfig } from './pool-commands';
import { PoolCore } from './pool-core';
import { PoolRunner } from './pool-runner';
import { PooledClient, withOptions } from './pooled-client';
import type { PoolTask } from './types';

/** Maximum time in ms that the end of an `await using` block waits for commands. */
const DISPOSE_TIMEOUT = 5000;

let hasCommands = false;

/**
 * A pool of clients for one server, created by `createClientPool` or `client.createPool()`.
 *
 * Commands, pipelines and transactions are sent at once on a client that is shared with other callers. Blocking commands (`blPop`,
 * `xRead` with `BLOCK`, `wait`, …) and tasks of `execute()` get a client exclusively.
 *
 * Event: `error`, from any of its clients. Add a listener: as with every emitter, an `error` event without one ends the process.
 */
export class RedisClientPool<
  M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
  RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
> extends EventEmitter {
  /** @internal The pool itself: proxies inherit from it and carry other command options. */
  declare readonly _self: this;
  /** @internal Options of the commands that are issued on this object. */
  declare readonly _commandOptions: CommandOptions;
  /** @internal Prefix of keys. */
  declare readonly _keyPrefix: RedisArgument | undefined;
  /** @internal */
  declare readonly _core: PoolCore;
  /** @internal Runs the commands. */
  declare readonly _runner: PoolRunner;
  /** @internal The client-side cache that all clients share. */
  declare readonly _cache: PooledClientSideCacheProvider | undefined;
  /** @internal */
  declare readonly _multiClass: typeof RedisClientMultiCommand;
  /** The address that its clients connect to. */
  readonly #target: Pick<AnyRedisClientOptions, 'url' | 'socket'>;

  /**
   * Creates a pool. It connects when `connect()` is called.
   *
   * @param clientOptions the options of every client, copied shallowly; a connection URL is short for `{url}`
   * @throws RangeError for pool options that are not valid numbers
   */
  static create<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
    RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
  >(
    this: void, clientOptions?: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING> & UrlText, options?: Partial<RedisPoolOptions>,
  ): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING> {
    const given = givenOptions(clientOptions);
    const own = copyOptions(given, { modules: withDefaultModules(given.modules) });
    return new RedisClientPool(own as never, options) as unknown as RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING>;
  }

  /** Use `createClientPool` instead, which infers the types of modules, functions and scripts. */
  constructor(clientOptions?: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING>, options?: Partial<RedisPoolOptions>) {
    super();
    const own = copyOptions((clientOptions ?? {}) as AnyRedisClientOptions);
    this.#target = own;
    checkKinds(options);
    const cache = sharedCacheOf(options?.clientSideCache, 'a pool');
    if (cache !== undefined) own.clientSideCache = cache;
    const { keyPrefix, commandOptions, commandsQueueMaxLength, commandsQueueMaxBytes } = own;
    const core = new PoolCore({
      makeClient: () => this.#makeClient(own),
      hasQueueLimits: Boolean(commandsQueueMaxLength || commandsQueueMaxBytes),
      failed: (error) => this.#failed(error),
      hearsErrors: () => this.listenerCount('error') > 0,
      ended: () => cache?.onPoolClose(),
    }, completePoolOptions(options));
    define(this, {
      _self: this,
      _core: core,
      _runner: new PoolRunner(core.lending),
      _cache: cache,
      _commandOptions: defaultCommandOptions(commandOptions),
      _keyPrefix: keyPrefix === undefined || keyPrefix === null || keyPrefix.length === 0 ? undefined : keyPrefix,
      _multiClass: multiCommandClass(own.modules, own.functions, own.scripts),
    });
    if (!hasCommands) {
      hasCommands = true;
      attachPoolCommands(RedisClientPool.prototype);
    }
    attachPoolConfig(this, own);
  }

  /** Number of idle clients. */
  get idleClients(): number {
    return this._self._core.idle;
  }

  /** Number of clients that are connecting, are lent to a task or run commands. */
  get clientsInUse(): number {
    return this._self._core.total - this._self._core.idle;
  }

  /** Number of all clients: connecting, idle and in use. */
  get totalClients(): number {
    return this._self._core.total;
  }

  /** Number of tasks and commands that wait for a client. */
  get tasksQueueLength(): number {
    return this._self._core.waiting;
  }

  /** Whether `connect()` was called and the pool was not closed since. */
  get isOpen(): boolean {
    return this._self._core.isOpen;
  }

  /** Whether `close()` was called and has not finished. */
  get isClosing(): boolean {
    return this._self._core.isClosing;
  }

  /** The client-side cache of this pool: the object from its options, or the one created from a configuration. */
  get clientSideCache(): PooledClientSideCacheProvider | undefined {
    return this._self._cache;
  }

  /**
   * Returns this pool with another use of its client-side cache: reads are cached, for `ttl` ms if given, also in a cache with
   * `mode: 'opt-in'`. With `false`, reads bypass the cache.
   *
   * @throws TypeError without a `clientSideCache`, or for an invalid `ttl`
   */
  withCache(cache?: CacheReadOptions | false): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING> {
    return proxyOf(this, { ...this._commandOptions, cache: checkedCacheOptions(cache ?? {}, this._self._cache) }) as never;
  }

  /** Returns this pool with command options. They replace those of earlier calls, and override those given to `createClientPool`. */
  withCommandOptions<OPTIONS extends CommandOptions<MAPPING>, MAPPING extends TypeMapping>(
    options: OPTIONS,
  ): RedisClientPoolType<M, F, S, RESP, MAPPING extends TypeMapping ? MAPPING : {}> {
    return proxyOf(this, mergeCommandOptions(this._self._commandOptions, options)) as never;
  }

  /** Returns this pool with another type mapping, such as `{[RESP_TYPES.BLOB_STRING]: Buffer}`. */
  withTypeMapping<MAPPING extends TypeMapping>(
    typeMapping: MAPPING,
  ): RedisClientPoolType<M, F, S, RESP, MAPPING extends TypeMapping ? MAPPING : {}> {
    return proxyOf(this, { ...this._commandOptions, typeMapping }) as never;
  }

  /** Returns this pool with a signal that aborts commands which are not yet sent (with `abortInFlight`, also those that are). */
  withAbortSignal(abortSignal: AbortSignal): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING> {
    return proxyOf(this, { ...this._commandOptions, abortSignal }) as never;
  }

  /** Returns this pool such that its commands go to the front of their client's queue. */
  asap(): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING> {
    return proxyOf(this, { ...this._commandOptions, asap: true }) as never;
  }

  /**
   * Connects `minimum` clients. Does nothing if the pool is already open.
   *
   * @returns this pool, once they are ready; `undefined` if it was already open
   * @throws (rejects) the error of a client that could not connect; the pool is then closed
   */
  async connect(): Promise<this | undefined> {
    return (await this._self._core.connect()) ? this : undefined;
  }

  /**
   * Lends a client to a task until the promise that the task returns settles. The task uses the client exclusively. Afterwards its
   * session changes (WATCH, a selected database, subscriptions, MONITOR, an open MULTI) are undone.
   *
   * @returns what the task returns
   * @throws (rejects) what the task throws; TimeoutError if no client was free within `acquireTimeout`; the error of a client that was
   *   opened for the task and could not connect; ClientClosedError if the pool is not open
   */
  execute<T>(task: PoolTask<M, F, S, RESP, TYPE_MAPPING, T>): Promise<Awaited<T>> {
    const { _self: self, _commandOptions: options } = this;
    const isProxy = options !== self._commandOptions;
    return self._core.lending.lend((client) => task((isProxy ? withOptions(client, options) : client) as unknown as
      RedisClientType<M, F, S, RESP, TYPE_MAPPING>));
  }

  /**
   * Sends a command given as words. `keyPrefix` is not applied.
   *
   * @param args the command name and its arguments: strings and Buffers, at least one
   * @param options override the command options of this pool
   * @returns the untransformed reply, decoded with the type mapping
   */
  sendCommand<T = ReplyUnion>(args: readonly RedisArgument[], options?: CommandOptions): Promise<T> {
    return this._self._runner.runWords(args, undefined, mergeCommandOptions(this._commandOptions, options)) as Promise<T>;
  }

  /** Returns a builder for a transaction or pipeline: chain commands, then call `exec()` or `execAsPipeline()`. */
  multi<MODE extends MultiMode = 'typed'>(): RedisClientMultiCommandType<MODE, [], M, F, S, RESP, TYPE_MAPPING> {
    return new this._multiClass(this) as unknown as RedisClientMultiCommandType<MODE, [], M, F, S, RESP, TYPE_MAPPING>;
  }

  /** @internal Runs the commands of a builder as a transaction. */
  _executeMulti(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    return this._self._runner.runBuilder(commands, true, this._commandOptions, (client) => client._executeMulti(commands, selectedDB));
  }

  /** @internal Runs the commands of a builder as a pipeline. */
  _executePipeline(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    if (commands.length === 0) return Promise.resolve([]);
    return this._self._runner.runBuilder(commands, false, this._commandOptions, (client) => client._executePipeline(commands, selectedDB));
  }

  /**
   * Closes the pool after all tasks and commands have finished, including waiting ones. New ones are rejected. Those that wait for a
   * connection which cannot be established are rejected too.
   *
   * @param options `timeout`: time in ms after which unfinished tasks and commands are rejected
   */
  close(options?: CloseOptions): Promise<void> {
    return this._self._core.close(options);
  }

  /** Closes the pool at once and rejects all commands and waiting tasks with `DisconnectsClientError`. Does nothing on a closed pool. */
  destroy(): void {
    this._self._core.destroy();
  }

  /** Ends an `await using` block: closes the pool, for at most 5 seconds. */
  [Symbol.asyncDispose](): Promise<void> {
    return this._self._core.close({ timeout: DISPOSE_TIMEOUT });
  }

  /** @internal What `console.log` shows. */
  get _shown(): Record<string, unknown> {
    const { idleClients, clientsInUse, tasksQueueLength, isOpen, isClosing } = this;
    const state = isClosing ? 'closing' : isOpen ? 'open' : 'closed';
    return { address: targetOf(this._self.#target), state, idleClients, clientsInUse, tasksQueueLength };
  }

  #makeClient(options: AnyRedisClientOptions): PooledClient {
    const own = duplicateOptions(options, options.commandOptions ?? {});
    const Class = clientClass(PooledClient, own);
    const client = new Class(own);
    shareFieldsets(this, client);
    return client;
  }

  #failed(error: unknown): void {
    try {
      this.emit('error', error);
    } catch (thrown) {
      throwUncaught(thrown);
    }
  }

  declare MULTI: RedisClientPool<M, F, S, RESP, TYPE_MAPPING>['multi'];
}

/** HOTKEYS, which pools do not offer, because its effect is limited to one connection. */
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

const { prototype } = RedisClientPool;
keepListenersOnSelf(prototype);
showAs(prototype, (pool) => ['RedisClientPool', pool._shown]);
Object.defineProperty(prototype, 'MULTI', { value: prototype.multi, configurable: true, writable: true });

function proxyOf(pool: object, commandOptions: CommandOptions): object {
  return Object.create(pool, { _commandOptions: { value: commandOptions } }) as object;
}
