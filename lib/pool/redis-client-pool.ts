/** The pool. */
import { EventEmitter } from 'node:events';
import type { hotkeys } from '../commands/hotkeys';
import { withDefaultModules, type RedisDefaultModules } from '../commands/modules';
import type { MultiMode, RedisClientMultiCommandType } from '../commands/multi-types';
import type { WithCommands, WithFunctions, WithModules, WithScripts } from '../commands/types';
import type { PooledClientSideCacheProvider } from '../cache';
import { clientClass } from '../client/api/client-class';
import { checkedCacheOptions } from '../client/cache/cache-of-options';
import { defaultCommandOptions, mergeCommandOptions, type CacheReadOptions, type CommandOptions } from '../client/options/command-options';
import { shareFieldsets } from '../client/run/himport';
import { define, keepListenersOnSelf } from '../client/api/mixin';
import { multiCommandClass, type RedisClientMultiCommand } from '../client/run/multi-command';
import { targetOf } from '../client/options/inspection';
import { copyOptions, duplicateOptions, givenOptions } from '../client/options/options';
import type { AnyRedisClientOptions, CloseOptions, RedisClientOptions, RedisClientType, UrlText } from '../client';
import { throwUncaught } from '../uncaught';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import { showAs } from '../wire/inspection';
import type { EncodedCommand } from '../wire/link-types';
import type { ReplyUnion, RespVersions, TypeMapping } from '../wire/resp-types';
import { completePoolOptions, poolCacheOf, type RedisPoolOptions } from './options';
import { attachPoolCommands, attachPoolConfig } from './pool-commands';
import { PoolCore } from './pool-core';
import { PoolRunner } from './pool-runner';
import { PooledClient, withOptions } from './pooled-client';
import type { PoolTask } from './types';

/** Ms that the end of an `await using` block waits for commands. */
const DISPOSE_TIMEOUT = 5000;

let hasCommands = false;

/**
 * Several clients of one server, made by `createClientPool` or `client.createPool()`.
 *
 * Commands, pipelines and transactions go at once to a client that no task has to itself, together with those of others. Commands
 * that wait (`blPop`, `xRead` with `BLOCK`, `wait`, …) and `execute()` have a client to themselves.
 *
 * Event: `error`, from any of its clients. Listen to it: as with every emitter, an error without a listener ends the process.
 */
export class RedisClientPool<
  M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
  RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
> extends EventEmitter {
  /** @internal The pool itself: proxies inherit from it and carry other command options. */
  declare readonly _self: this;
  /** @internal Options of the commands that are run through this object. */
  declare readonly _commandOptions: CommandOptions;
  /** @internal Put in front of keys. */
  declare readonly _keyPrefix: RedisArgument | undefined;
  /** @internal */
  declare readonly _core: PoolCore;
  /** @internal Runs the commands. */
  declare readonly _runner: PoolRunner;
  /** @internal The cache of all clients. */
  declare readonly _cache: PooledClientSideCacheProvider | undefined;
  /** @internal */
  declare readonly _multiClass: typeof RedisClientMultiCommand;
  /** Says where its clients connect to. */
  readonly #target: Pick<AnyRedisClientOptions, 'url' | 'socket'>;

  /**
   * Makes a pool that is not connected.
   *
   * @param clientOptions those of every client, copied (not deeply); a connection URL stands for `{url}`
   * @throws RangeError for pool options that are no usable numbers
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

  /** Use `createClientPool`, which knows the types of modules, functions and scripts. */
  constructor(clientOptions?: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING>, options?: Partial<RedisPoolOptions>) {
    super();
    const own = copyOptions((clientOptions ?? {}) as AnyRedisClientOptions);
    this.#target = own;
    const cache = poolCacheOf(options?.clientSideCache);
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

  /** Clients that nobody uses. */
  get idleClients(): number {
    return this._self._core.idle;
  }

  /** Clients that are connecting, are lent to a task or run commands. */
  get clientsInUse(): number {
    return this._self._core.total - this._self._core.idle;
  }

  /** All clients: connecting, idle and in use. */
  get totalClients(): number {
    return this._self._core.total;
  }

  /** Tasks, and commands, that wait for a client. */
  get tasksQueueLength(): number {
    return this._self._core.waiting;
  }

  /** `connect()` was called, and the pool has not been closed since. */
  get isOpen(): boolean {
    return this._self._core.isOpen;
  }

  /** `close()` was called and has not finished. */
  get isClosing(): boolean {
    return this._self._core.isClosing;
  }

  /** The cache that reads through this pool go through: the one of the pool's options, or the one made from a configuration. */
  get clientSideCache(): PooledClientSideCacheProvider | undefined {
    return this._self._cache;
  }

  /**
   * This pool with another use of its client-side cache: reads are cached, as long as `ttl` says (ms), also where only those are
   * that ask for it (`mode: 'opt-in'`). `false`: reads go to the server and are not cached.
   *
   * @throws TypeError without a `clientSideCache`, or for a `ttl` that is no time
   */
  withCache(cache?: CacheReadOptions | false): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING> {
    return proxyOf(this, { ...this._commandOptions, cache: checkedCacheOptions(cache ?? {}, this._self._cache) }) as never;
  }

  /** This pool with command options instead of those it was given since `createClientPool`. */
  withCommandOptions<OPTIONS extends CommandOptions<MAPPING>, MAPPING extends TypeMapping>(
    options: OPTIONS,
  ): RedisClientPoolType<M, F, S, RESP, MAPPING extends TypeMapping ? MAPPING : {}> {
    return proxyOf(this, mergeCommandOptions(this._self._commandOptions, options)) as never;
  }

  /** This pool with another type mapping, such as `{[RESP_TYPES.BLOB_STRING]: Buffer}`. */
  withTypeMapping<MAPPING extends TypeMapping>(
    typeMapping: MAPPING,
  ): RedisClientPoolType<M, F, S, RESP, MAPPING extends TypeMapping ? MAPPING : {}> {
    return proxyOf(this, { ...this._commandOptions, typeMapping }) as never;
  }

  /** This pool with a signal that aborts commands which are not sent yet (with `abortInFlight`, also those that are). */
  withAbortSignal(abortSignal: AbortSignal): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING> {
    return proxyOf(this, { ...this._commandOptions, abortSignal }) as never;
  }

  /** This pool, with commands going to the head of their client's queue. */
  asap(): RedisClientPoolType<M, F, S, RESP, TYPE_MAPPING> {
    return proxyOf(this, { ...this._commandOptions, asap: true }) as never;
  }

  /**
   * Opens the clients that are always there. Does nothing when the pool is open.
   *
   * @returns this pool once they are ready; `undefined` when it was open
   * @throws (rejects) what a client could not be connected for; the pool is closed then
   */
  async connect(): Promise<this | undefined> {
    return (await this._self._core.connect()) ? this : undefined;
  }

  /**
   * Lends a client to a task until what it returns is settled. Nobody else uses the client meanwhile, and what the task leaves
   * on it (WATCH, a selected database, subscriptions, MONITOR, an open MULTI) is undone.
   *
   * @returns what the task returns
   * @throws (rejects) what the task throws; TimeoutError when no client was free for `acquireTimeout`; what a client that was opened
   *   for the task failed with; ClientClosedError
   */
  execute<T>(task: PoolTask<M, F, S, RESP, TYPE_MAPPING, T>): Promise<Awaited<T>> {
    const { _self: self, _commandOptions: options } = this;
    const isProxy = options !== self._commandOptions;
    return self._core.lending.lend((client) => task((isProxy ? withOptions(client, options) : client) as unknown as
      RedisClientType<M, F, S, RESP, TYPE_MAPPING>));
  }

  /**
   * Sends a command that is given as words.
   *
   * @param args the command name and its arguments: strings and Buffers only, at least one
   * @param options over those of this pool
   * @returns the reply as the server sent it, under the type mapping. Keys are not prefixed.
   */
  sendCommand<T = ReplyUnion>(args: readonly RedisArgument[], options?: CommandOptions): Promise<T> {
    return this._self._runner.runWords(args, undefined, mergeCommandOptions(this._commandOptions, options)) as Promise<T>;
  }

  /** Starts a transaction or pipeline: chain commands, then `exec()` or `execAsPipeline()`. */
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
   * Closes the pool when all tasks and commands have finished, also those that wait. New ones are rejected from now on. What waits
   * for a connection that cannot be had is rejected.
   *
   * @param options `timeout`: ms after which what still runs is rejected too
   */
  close(options?: CloseOptions): Promise<void> {
    return this._self._core.close(options);
  }

  /** Closes the pool at once and rejects all commands and waiting tasks with `DisconnectsClientError`. Harmless on a closed pool. */
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

const { prototype } = RedisClientPool;
keepListenersOnSelf(prototype);
showAs(prototype, (pool) => ['RedisClientPool', pool._shown]);
Object.defineProperty(prototype, 'MULTI', { value: prototype.multi, configurable: true, writable: true });

function proxyOf(pool: object, commandOptions: CommandOptions): object {
  return Object.create(pool, { _commandOptions: { value: commandOptions } }) as object;
}
