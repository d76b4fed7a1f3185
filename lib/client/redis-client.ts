/** The client. */
import { withDefaultModules } from '../commands/modules';
import type { MultiMode, RedisClientMultiCommandType } from '../commands/multi-types';
import { Context } from '../context';
import { ClientClosedError, refusedCommand } from '../errors';
import type { RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import { prefixKeys, type RedisVariadicArgument } from '../wire/command-parser';
import type { EncodedCommand } from '../wire/link';
import { RESP_TYPES, type ReplyWithTypeMapping, type RespVersions, type SimpleStringReply, type TypeMapping } from '../wire/resp-types';
import { clientClass } from './client-class';
import { ClientLifecycle } from './client-lifecycle';
import { define } from './client-core';
import { checkedCacheOptions } from './command-cache';
import { mergeCommandOptions, type CacheReadOptions, type CommandOptions } from './command-options';
import { attachHImport, forgetSession, shareFieldsets } from './himport';
import { legacyClient, type RedisLegacyClientType } from './legacy';
import { RedisClientMultiCommand } from './multi-command';
import { copyOptions, duplicateOptions, givenOptions } from './options';
import { aliasUpperCase } from './pubsub-methods';
import { executePipeline, executeTransaction } from './transaction';
import type { AnyRedisClientOptions, CommanderConfig, RedisClientOptions, RedisClientType, UrlText } from './types';
import { parseOptions, parseUrl, type UrlOptions } from './url';

/** Called with each line of MONITOR. */
export type MonitorCallback<TYPE_MAPPING extends TypeMapping = TypeMapping> =
  (line: ReplyWithTypeMapping<SimpleStringReply, TYPE_MAPPING>) => unknown;

/**
 * A connection to one Redis or Valkey server, made by `createClient`.
 *
 * Commands may be issued at any time after `connect()` was called: they wait for the connection, and for a new one when it is lost.
 * Commands that were sent when the connection was lost are rejected, since nobody knows whether they ran.
 *
 * Events: `connect`, `ready`, `error`, `reconnecting`, `terminated`, `end`, `ping-interval`, `invalidate`, `sharded-channel-moved`,
 * `resp-fallback`.
 * Listen to `error`: as with every emitter, an error without a listener ends the process.
 */
export class RedisClient<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends ClientLifecycle<TYPE_MAPPING> {
  #monitorCallback: ((line: Buffer) => unknown) | undefined;
  /** The database that was selected; `undefined` for the one of the options. */
  #selectedDB: number | undefined;
  /** The one of the options, where a reset returns to. */
  #ownDB = 0;
  /** SELECT and RESET that have not been answered. */
  #changesOfDB = 0;
  #isSelecting = false;
  /** @internal */
  declare readonly _multiClass: typeof RedisClientMultiCommand;

  /**
   * Makes a client that is not connected.
   *
   * @param options copied (not deeply); a connection URL stands for `{url}`
   * @throws Error or TypeError for options that contradict each other or cannot be honoured
   */
  static create<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
    RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
  >(
    this: void, options?: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING> & UrlText,
  ): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    const given = givenOptions(options);
    const copy = copyOptions(given, { modules: withDefaultModules(given.modules) });
    const Class = clientClass(RedisClient, copy);
    return new Class(copy) as unknown as RedisClientType<M, F, S, RESP, TYPE_MAPPING>;
  }

  /** Fixes modules, functions, scripts and protocol. @returns makes clients from the other options */
  static factory<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {}, RESP extends RespVersions = 3,
  >(config?: CommanderConfig<M, F, S, RESP>) {
    return <TYPE_MAPPING extends TypeMapping = {}>(
      options?: Omit<RedisClientOptions<M, F, S, RESP, TYPE_MAPPING>, keyof CommanderConfig<M, F, S, RESP>>,
    ): RedisClientType<M, F, S, RESP, TYPE_MAPPING> => RedisClient.create({ ...options, ...config });
  }

  /** Reads a connection URL. @throws TypeError when it is none */
  static parseURL(url: string): UrlOptions {
    return parseUrl(url);
  }

  /** Writes what `options.url` says into the options. @throws TypeError when `socket.tls` contradicts it */
  static parseOptions<O extends AnyRedisClientOptions>(options: O): O {
    return parseOptions(options);
  }

  /** Use `createClient`, which knows the types of modules, functions and scripts and copies the options. */
  constructor(options?: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING>) {
    super((options ?? {}) as AnyRedisClientOptions);
    define(this, { _database: this._options.database ?? 0 });
  }

  /** The options of this client: a copy of those given to `createClient`, completed. */
  get options(): RedisClientOptions<RedisModules, F, S, RESP, TYPE_MAPPING> {
    return this._self._options as RedisClientOptions<RedisModules, F, S, RESP, TYPE_MAPPING>;
  }

  /** Keys are watched: the next `multi().exec()` fails when they change. */
  get isWatching(): boolean {
    return this._self._watch.isWatching;
  }

  /** `setDirtyWatch` was called: the next `multi().exec()` fails. */
  get isDirtyWatch(): boolean {
    return this._self._watch.isDirty;
  }

  /** Makes the next `multi().exec()` fail with a `WatchError` of this text. */
  setDirtyWatch(message: string): void {
    this._self._watch.setDirty(message);
  }

  /** A client with the same options and command options, overridden by `overrides`. It is not connected and has no listeners. */
  duplicate<
    _M extends RedisModules = M, _F extends RedisFunctions = F, _S extends RedisScripts = S,
    _RESP extends RespVersions = RESP, _TYPE_MAPPING extends TypeMapping = TYPE_MAPPING,
  >(
    overrides?: Partial<RedisClientOptions<_M, _F, _S, _RESP, _TYPE_MAPPING>>,
  ): RedisClientType<_M, _F, _S, _RESP, _TYPE_MAPPING> {
    const options = duplicateOptions(this._self._options, this._commandOptions, overrides as AnyRedisClientOptions);
    const duplicate = RedisClient.create(options as RedisClientOptions<_M, _F, _S, _RESP, _TYPE_MAPPING>);
    shareFieldsets(this, duplicate);
    return duplicate;
  }

  /** The callback API of node_redis 3. */
  legacy(): RedisLegacyClientType {
    return legacyClient(this);
  }

  /** This client with command options over those it has. */
  withCommandOptions<OPTIONS extends CommandOptions & { typeMapping?: MAPPING }, MAPPING extends TypeMapping = TYPE_MAPPING>(
    options: OPTIONS,
  ): RedisClientType<M, F, S, RESP, MAPPING> {
    const commandOptions = mergeCommandOptions(this._commandOptions, options);
    return Object.create(this, { _commandOptions: { value: commandOptions } }) as RedisClientType<M, F, S, RESP, MAPPING>;
  }

  /** This client with another type mapping, such as `{[RESP_TYPES.BLOB_STRING]: Buffer}`. */
  withTypeMapping<MAPPING extends TypeMapping>(typeMapping: MAPPING): RedisClientType<M, F, S, RESP, MAPPING> {
    return this.withCommandOptions<{ typeMapping: MAPPING }, MAPPING>({ typeMapping });
  }

  /** This client with a signal that aborts commands which are not sent yet (with `abortInFlight`, also those that are). */
  withAbortSignal(abortSignal: AbortSignal): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    return this.withCommandOptions({ abortSignal });
  }

  /**
   * This client with another use of its client-side cache: reads are cached, as long as `ttl` says (ms), also where only those are
   * that ask for it (`mode: 'opt-in'`). `false`: reads go to the server and are not cached.
   *
   * @throws TypeError without a `clientSideCache`, or for a `ttl` that is no time
   */
  withCache(cache?: CacheReadOptions | false): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    return this.withCommandOptions({ cache: checkedCacheOptions(cache ?? {}, this.clientSideCache) });
  }

  /** This client, with commands going to the head of the queue. */
  asap(): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    return this.withCommandOptions({ asap: true });
  }

  /** Selects a database; reconnects select it again. */
  async select(db: number): Promise<void> {
    const self = this._self;
    await self.#changeDB(() => this._sendWords(['SELECT', db.toString()]));
  }

  /** Watches keys: the next `multi().exec()` fails with a `WatchError` when they change before it. */
  async watch(key: RedisVariadicArgument): Promise<'OK'> {
    const self = this._self;
    const reply = await this._sendWords(['WATCH', ...prefixKeys(self._keyPrefix, key)]);
    self._watch.watched(self._epoch);
    return reply as 'OK';
  }

  /** Watches no key any more. */
  async unwatch(): Promise<'OK'> {
    const reply = await this._sendWords(['UNWATCH']);
    this._self._watch.forget();
    return reply as 'OK';
  }

  /** Starts a transaction or pipeline: chain commands, then `exec()` or `execAsPipeline()`. */
  multi<MODE extends MultiMode = 'typed'>(): RedisClientMultiCommandType<MODE, [], M, F, S, RESP, TYPE_MAPPING> {
    return new this._multiClass(this) as unknown as RedisClientMultiCommandType<MODE, [], M, F, S, RESP, TYPE_MAPPING>;
  }

  /** @internal Runs the commands of a builder as a transaction. */
  async _executeMulti(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    return this._self.#whileSelecting(() => executeTransaction(this, this._self._watch, commands), selectedDB);
  }

  /** @internal Runs the commands of a builder as a pipeline. */
  async _executePipeline(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    return this._self.#whileSelecting(() => executePipeline(this, commands), selectedDB);
  }

  /**
   * Receives every command that the server runs, as a line of text, also after reconnects. `reset()` ends it.
   *
   * @param callback called with lines such as `1700000000.0 [0 127.0.0.1:5] "GET" "k"`; Buffers when the mapping says so
   */
  async monitor(callback: MonitorCallback<TYPE_MAPPING>): Promise<void> {
    const self = this._self;
    if (!self._link.isOpen) throw refusedCommand(new ClientClosedError(), 'MONITOR');
    const asBuffer = this._commandOptions.typeMapping?.[RESP_TYPES.SIMPLE_STRING] === Buffer;
    const onLine = callback as (line: string | Buffer) => unknown;
    const earlier = self.#monitorCallback;
    self.#monitorCallback = new Context().bind(asBuffer ? onLine : (line: Buffer) => onLine(line.toString()));
    try {
      await self._link.monitor();
    } catch (error) {
      self.#monitorCallback = earlier;
      throw error;
    }
  }

  /**
   * Puts the connection into the state it had after connecting: ends subscriptions, MONITOR and WATCH, selects the database of the
   * options, authenticates again.
   */
  async reset(): Promise<void> {
    const self = this._self;
    if (!self._link.isOpen) throw refusedCommand(new ClientClosedError(), 'RESET');
    self._disposeCredentials();
    self._subscriptions.reset();
    self.#monitorCallback = undefined;
    self._watch.forget();
    forgetSession(self);
    self._forgetState();
    await self.#changeDB(() => self._link.reset(), () => {
      self.#selectedDB = undefined;
      // RESET ended the tracking of everything that was read before.
      self._cache?.untracked();
    });
  }

  /** `reset()`, with a warning, when a database, a subscription, MONITOR or WATCH is left over. */
  resetIfDirty(): Promise<void> | undefined {
    const self = this._self;
    const remains = [
      self.#selectedDB !== undefined && self.#selectedDB !== self.#ownDB && 'SELECT',
      self.#monitorCallback !== undefined && 'MONITOR',
      self.isPubSubActive && 'pub/sub',
      (self.isWatching || self.isDirtyWatch) && 'WATCH',
    ].filter(Boolean);
    if (remains.length === 0) return undefined;
    console.warn(`Returning a client with state left over from ${remains.join(', ')}: it is reset`);
    return self.reset();
  }

  /** @internal What was selected earlier counts for later connections too. */
  _openedWith(database: number): void {
    this.#ownDB = database;
    if (this.#changesOfDB === 0) this._database = this.#selectedDB ?? database;
    if (this.#selectedDB !== undefined) this._link.setDatabase(this.#selectedDB);
  }

  /** @internal */
  get _isSelecting(): boolean {
    return this._self.#isSelecting;
  }

  #whileSelecting<T>(run: () => Promise<T>, db: number | undefined): Promise<T> {
    return db === undefined ? run() : this.#changeDB(run);
  }

  /** @param changed called when that succeeded; SELECT is noted by its reply */
  async #changeDB<T>(change: () => Promise<T>, changed?: () => void): Promise<T> {
    this.#changesOfDB++;
    this._database = undefined;
    try {
      this.#isSelecting = true;
      const running = change();
      this.#isSelecting = false;
      const result = await running;
      changed?.();
      return result;
    } finally {
      this.#isSelecting = false;
      this.#changesOfDB--;
      if (this.#changesOfDB === 0) this._database = this.#selectedDB ?? this.#ownDB;
    }
  }

  /** @internal */
  _selected(database: number | undefined): void {
    this.#selectedDB = database;
    const current = database ?? this.#ownDB;
    if (this.#changesOfDB === 0) this._database = current;
    this._link.setDatabase(current);
  }

  /** @internal */
  _monitored(line: Buffer): void {
    try {
      this.#monitorCallback?.(line);
    } catch (error) {
      this._report('error', error);
    }
  }

  declare SELECT: RedisClient<M, F, S, RESP, TYPE_MAPPING>['select'];
  declare WATCH: RedisClient<M, F, S, RESP, TYPE_MAPPING>['watch'];
  declare UNWATCH: RedisClient<M, F, S, RESP, TYPE_MAPPING>['unwatch'];
  declare MULTI: RedisClient<M, F, S, RESP, TYPE_MAPPING>['multi'];
  declare MONITOR: RedisClient<M, F, S, RESP, TYPE_MAPPING>['monitor'];
}

attachHImport(RedisClient.prototype);
aliasUpperCase(RedisClient.prototype, ['select', 'watch', 'unwatch', 'multi', 'monitor']);
Object.defineProperty(RedisClient.prototype, '_multiClass', { value: RedisClientMultiCommand, configurable: true });
