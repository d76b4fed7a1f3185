/** The client. */
import { EventEmitter } from 'node:events';
import type { ClientSideCacheProvider } from '../../cache';
import { withDefaultModules, type RedisDefaultModules } from '../../commands/modules';
import type { MultiMode, RedisClientMultiCommandType } from '../../commands/multi-types';
import type { RedisClientExtensions } from '../../commands/types';
import type { NewLink } from '../../wire/client-link';
import type { Command, RedisFunctions, RedisModules, RedisScripts } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import { showAs } from '../../wire/inspection';
import { EngineLink } from '../../wire/link';
import type { EncodedCommand } from '../../wire/link-types';
import type { ReplyUnion, RespVersions, TypeMapping } from '../../wire/resp-types';
import { checkedCacheOptions } from '../cache/cache-of-options';
import { clientClass, isOwnClass } from './client-class';
import { attachClientCommands } from './client-commands';
import { ClientLife } from './client-life';
import { defaultCommandOptions, mergeCommandOptions, type CacheReadOptions, type CommandOptions } from '../options/command-options';
import { ConnectionMethods } from './connection-methods';
import { attachHImport, shareFieldsets } from '../run/himport';
import { legacyClient, type RedisLegacyClientType } from './legacy';
import { aliasUpperCase, define, keepListenersOnSelf, mixIn } from './mixin';
import { RedisClientMultiCommand } from '../run/multi-command';
import { completeOptions, copyOptions, duplicateOptions, givenOptions } from '../options/options';
import { PubSubMethods } from './pubsub-methods';
import { SubscribingMethods } from './subscribing-methods';
import type { Runner } from '../run/runner';
import { ScanMethods } from './scan-iterators';
import { SessionMethods } from './session-methods';
import type { Subscriptions } from '../pubsub/subscriptions';
import { executePipeline, executeTransaction } from '../run/transaction';
import type { AnyRedisClientOptions, CommanderConfig, RedisClientOptions, UrlText } from '../options/option-types';
import { parseOptions, parseUrl, type UrlOptions } from '../options/url';
import type { WatchState } from '../run/watch';

/** Creates links of the engine; tests pass doubles instead. */
const engineLink: NewLink = (handlers) => new EngineLink(handlers);

/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging -- `mixIn` gives the class what the interface of its name declares */
/**
 * A client of one Redis or Valkey server, created by `createClient`.
 *
 * Commands may be issued at any time after `connect()` was called: they are queued until the connection is ready, also during a
 * reconnect. Commands that were sent before the connection was lost are rejected, since the server may or may not have executed them.
 *
 * Events: `connect`, `ready`, `error`, `reconnecting`, `terminated`, `end`, `ping-interval`, `invalidate`, `sharded-channel-moved`,
 * `resp-fallback`.
 * Add a listener for `error`: as with every emitter, an `error` event without a listener ends the process.
 */
export class RedisClient<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends EventEmitter {
  /* eslint-enable @typescript-eslint/no-unsafe-declaration-merging */
  /** @internal The client itself: proxies inherit from it and carry other command options. */
  declare readonly _self: this;
  /** @internal Options of the commands that are issued on this object. */
  declare readonly _commandOptions: CommandOptions;
  /** @internal Prefix of keys. */
  declare readonly _keyPrefix: RedisArgument | undefined;
  /** @internal Opens and closes the client and handles the events of its connection. */
  declare readonly _life: ClientLife;
  /** @internal Runs the commands. */
  declare readonly _runner: Runner;
  /** @internal */
  declare readonly _multiClass: typeof RedisClientMultiCommand;
  readonly #newLink: NewLink;

  /**
   * Creates a client. It connects when `connect()` is called.
   *
   * @param options copied shallowly; a connection URL is short for `{url}`
   * @throws Error or TypeError for options that are contradictory or not supported
   */
  static create<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {},
    RESP extends RespVersions = 3, TYPE_MAPPING extends TypeMapping = {},
  >(
    this: void, options?: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING> & UrlText,
  ): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    return makeClient(options as AnyRedisClientOptions) as unknown as RedisClientType<M, F, S, RESP, TYPE_MAPPING>;
  }

  /** Fixes modules, functions, scripts and protocol version. @returns a function that creates clients from the other options */
  static factory<
    M extends RedisModules = {}, F extends RedisFunctions = {}, S extends RedisScripts = {}, RESP extends RespVersions = 3,
  >(config?: CommanderConfig<M, F, S, RESP>) {
    return <TYPE_MAPPING extends TypeMapping = {}>(
      options?: Omit<RedisClientOptions<M, F, S, RESP, TYPE_MAPPING>, keyof CommanderConfig<M, F, S, RESP>>,
    ): RedisClientType<M, F, S, RESP, TYPE_MAPPING> => RedisClient.create({ ...options, ...config });
  }

  /** Parses a connection URL. @throws TypeError for an invalid URL */
  static parseURL(url: string): UrlOptions {
    return parseUrl(url);
  }

  /** Merges `options.url` into the options. @throws TypeError if `socket.tls` contradicts the URL */
  static parseOptions<O extends AnyRedisClientOptions>(options: O): O {
    return parseOptions(options);
  }

  /** Use `createClient` instead, which infers the types of modules, functions and scripts and copies the options. */
  constructor(options?: RedisClientOptions<M, F, S, RESP, TYPE_MAPPING>);
  /** @internal @param newLink creates the links; tests pass doubles */
  constructor(options?: AnyRedisClientOptions, newLink?: NewLink);
  constructor(options?: AnyRedisClientOptions, newLink = engineLink) {
    super();
    const given = options ?? {};
    completeOptions(given);
    const { keyPrefix, commandOptions } = given;
    define(this, {
      _self: this,
      _commandOptions: defaultCommandOptions(commandOptions),
      _keyPrefix: keyPrefix === undefined || keyPrefix === null || keyPrefix.length === 0 ? undefined : keyPrefix,
    });
    this.#newLink = newLink;
    const life = new ClientLife(this, given, newLink);
    define(this, { _life: life, _runner: life.runner });
  }

  /** The options of this client: a copy of those given to `createClient`, with defaults. */
  get options(): RedisClientOptions<RedisModules, F, S, RESP, TYPE_MAPPING> {
    return this._self._options as RedisClientOptions<RedisModules, F, S, RESP, TYPE_MAPPING>;
  }

  /** @internal */
  get _options(): AnyRedisClientOptions {
    return this._self._life.options;
  }

  /** @internal */
  get _subscriptions(): Subscriptions {
    return this._self._life.subscriptions;
  }

  /** @internal */
  get _watch(): WatchState {
    return this._self._life.watch;
  }

  /** The client-side cache of this client: the object from the options, or the one created from a configuration. */
  get clientSideCache(): ClientSideCacheProvider | undefined {
    return this._self._runner.cache?.provider;
  }

  /**
   * Sends a command given as words. `keyPrefix` is not applied.
   *
   * @param args the command name and its arguments: strings and Buffers, at least one
   * @param options override the command options of this client
   * @returns the untransformed reply, decoded with the type mapping
   */
  sendCommand<T = ReplyUnion>(args: readonly RedisArgument[], options?: CommandOptions): Promise<T> {
    return this._sendWords(args, undefined, mergeCommandOptions(this._commandOptions, options)) as Promise<T>;
  }

  /**
   * @internal Sends a command given as words.
   *
   * @param command has the reply transform
   * @param isSelecting whether the client itself changes its database with the command
   */
  _sendWords(
    args: readonly RedisArgument[], command?: Command, options: CommandOptions = this._commandOptions, isSelecting = false,
  ): Promise<unknown> {
    return this._self._runner.runWords(args, command, options, isSelecting);
  }

  /** Creates a client with the same options and command options, overridden by `overrides`. It is not connected and has no listeners. */
  duplicate<
    _M extends RedisModules = M, _F extends RedisFunctions = F, _S extends RedisScripts = S,
    _RESP extends RespVersions = RESP, _TYPE_MAPPING extends TypeMapping = TYPE_MAPPING,
  >(
    overrides?: Partial<RedisClientOptions<_M, _F, _S, _RESP, _TYPE_MAPPING>>,
  ): RedisClientType<_M, _F, _S, _RESP, _TYPE_MAPPING> {
    const options = duplicateOptions(this._self._options, this._commandOptions, overrides as AnyRedisClientOptions);
    const { constructor } = Object.getPrototypeOf(this._self) as { constructor: new (options: AnyRedisClientOptions) => RedisClient };
    // A subclass of the user stays that class, as with npm `redis`.
    const duplicate = isOwnClass(constructor, RedisClient) ? makeClient(options, this._self.#newLink) : new constructor(options);
    shareFieldsets(this, duplicate);
    return duplicate as unknown as RedisClientType<_M, _F, _S, _RESP, _TYPE_MAPPING>;
  }

  /** Returns the callback API of node_redis 3 for this client. */
  legacy(): RedisLegacyClientType {
    return legacyClient(this);
  }

  /** Returns this client with command options that override its own. */
  withCommandOptions<OPTIONS extends CommandOptions & { typeMapping?: MAPPING }, MAPPING extends TypeMapping = TYPE_MAPPING>(
    options: OPTIONS,
  ): RedisClientType<M, F, S, RESP, MAPPING> {
    const commandOptions = mergeCommandOptions(this._commandOptions, options);
    return Object.create(this, { _commandOptions: { value: commandOptions } }) as RedisClientType<M, F, S, RESP, MAPPING>;
  }

  /** Returns this client with another type mapping, such as `{[RESP_TYPES.BLOB_STRING]: Buffer}`. */
  withTypeMapping<MAPPING extends TypeMapping>(typeMapping: MAPPING): RedisClientType<M, F, S, RESP, MAPPING> {
    return this.withCommandOptions<{ typeMapping: MAPPING }, MAPPING>({ typeMapping });
  }

  /** Returns this client with a signal that aborts commands which are not yet sent (with `abortInFlight`, also those that are). */
  withAbortSignal(abortSignal: AbortSignal): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    return this.withCommandOptions({ abortSignal });
  }

  /**
   * Returns this client with another use of its client-side cache: reads are cached, for `ttl` ms if given, also in a cache with
   * `mode: 'opt-in'`. With `false`, reads bypass the cache.
   *
   * @throws TypeError without a `clientSideCache`, or for an invalid `ttl`
   */
  withCache(cache?: CacheReadOptions | false): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    return this.withCommandOptions({ cache: checkedCacheOptions(cache ?? {}, this.clientSideCache) });
  }

  /** Returns this client such that its commands go to the front of the queue. */
  asap(): RedisClientType<M, F, S, RESP, TYPE_MAPPING> {
    return this.withCommandOptions({ asap: true });
  }

  /** Returns a builder for a transaction or pipeline: chain commands, then call `exec()` or `execAsPipeline()`. */
  multi<MODE extends MultiMode = 'typed'>(): RedisClientMultiCommandType<MODE, [], M, F, S, RESP, TYPE_MAPPING> {
    return new this._multiClass(this) as unknown as RedisClientMultiCommandType<MODE, [], M, F, S, RESP, TYPE_MAPPING>;
  }

  /** @internal Runs the commands of a builder as a transaction. */
  async _executeMulti(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    const run = (isSelecting: boolean): Promise<unknown[]> => executeTransaction(this, this._watch, commands, isSelecting);
    return selectedDB === undefined ? run(false) : this._self._life.database.change(() => run(true));
  }

  /** @internal Runs the commands of a builder as a pipeline. */
  async _executePipeline(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    const run = (isSelecting: boolean): Promise<unknown[]> => executePipeline(this, commands, isSelecting);
    return selectedDB === undefined ? run(false) : this._self._life.database.change(() => run(true));
  }

  /** @internal Emits an event. @throws what a listener throws, and an `error` without a listener */
  _emit(event: string, ...args: unknown[]): void {
    this._self.emit(event, ...args);
  }

  /** @internal Emits an event. An exception of a listener, or an `error` without a listener, becomes an uncaught exception. */
  _report(event: string, ...args: unknown[]): void {
    this._self._life.report(event, ...args);
  }

  /** @internal Whether `error` has a listener. */
  _hearsErrors(): boolean {
    return this.listenerCount('error') > 0;
  }

  /** @internal What `console.log` shows. */
  get _shown(): Record<string, unknown> {
    return this._self._life.shown;
  }

  declare MULTI: RedisClient<M, F, S, RESP, TYPE_MAPPING>['multi'];
}

/* eslint-disable @typescript-eslint/no-unused-vars -- the parameters must be those of the class */
export interface RedisClient<
  M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = RespVersions, TYPE_MAPPING extends TypeMapping = TypeMapping,
> extends ConnectionMethods, SessionMethods<TYPE_MAPPING>, SubscribingMethods, PubSubMethods, ScanMethods<TYPE_MAPPING> {}
/* eslint-enable @typescript-eslint/no-unused-vars */

/** What `createClient` returns: a client with the methods of all commands, modules, functions and scripts. */
export type RedisClientType<
  M extends RedisModules = {},
  F extends RedisFunctions = {},
  S extends RedisScripts = {},
  RESP extends RespVersions = 3,
  TYPE_MAPPING extends TypeMapping = {},
> = RedisClient<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>
  & RedisClientExtensions<RedisDefaultModules & M, F, S, RESP, TYPE_MAPPING>;

/** @internal Creates a client of the class that its modules, functions and scripts require. @param newLink creates the links */
export function makeClient(options?: AnyRedisClientOptions, newLink?: NewLink): RedisClient {
  const given = givenOptions(options);
  const copy = copyOptions(given, { modules: withDefaultModules(given.modules) });
  const Class = clientClass(RedisClient, copy);
  return new Class(copy, newLink);
}

const { prototype } = RedisClient;
const own = Object.getOwnPropertyDescriptors(prototype);
attachClientCommands(prototype);
mixIn(prototype, ConnectionMethods, SessionMethods, SubscribingMethods, PubSubMethods, ScanMethods);
// A method of the client takes precedence over a command of the same name.
Object.defineProperties(prototype, own);
keepListenersOnSelf(prototype);
attachHImport(prototype);
aliasUpperCase(prototype, ['multi']);
Object.defineProperty(prototype, '_multiClass', { value: RedisClientMultiCommand, configurable: true });
showAs(prototype, (client) => ['RedisClient', client._shown]);
