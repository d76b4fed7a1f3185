/** Opening and closing a client, and what happens in between: the part of `RedisClient` that owns the connection. */
import { debuglog } from 'node:util';
import { ClientClosedError, describeError, plainError, refusedCommand } from '../errors';
import { showAs } from '../wire/inspection';
import type { TypeMapping } from '../wire/resp-types';
import type { ClientSideCacheProvider } from '../cache';
import { define } from './client-core';
import { commandCacheOf } from './command-cache';
import { defaultCommandOptions } from './command-options';
import { Connection, type CloseOptions, type ConnectionOwner } from './connection';
import { ConnectionState } from './connection-state';
import { CredentialSource, type BasicAuth } from './credentials';
import { addressOf } from './inspection';
import { connectionSettings, type ConnectionSettings } from './link-options';
import { completeOptions } from './options';
import { PingInterval } from './ping-interval';
import { aliasUpperCase } from './pubsub-methods';
import { QueueLimits } from './queue-limits';
import { ScanMethods } from './scan-iterators';
import { Subscriptions } from './subscriptions';
import type { AnyRedisClientOptions } from './types';
import { WatchState } from './watch';

/** Shown with `NODE_DEBUG=oxredis`. */
const debug = debuglog('oxredis');

/** Ms that the end of an `await using` block waits for commands. */
const DISPOSE_TIMEOUT = 5000;

export abstract class ClientLifecycle<TYPE_MAPPING extends TypeMapping> extends ScanMethods<TYPE_MAPPING> {
  /** @internal */
  declare readonly _subscriptions: Subscriptions;
  /** @internal */
  declare readonly _watch: WatchState;
  /** A private field: nothing that shows properties shows what is secret in it. */
  readonly #options: AnyRedisClientOptions;
  /** Where the connection leads to that was opened last. */
  #address: string | undefined;
  readonly #connection: Connection;
  readonly #credentials: CredentialSource;
  #ping: PingInterval | undefined;
  /** The end that a QUIT has brought about. */
  #quitting: Promise<void> | undefined;

  /** @internal */
  protected constructor(options: AnyRedisClientOptions) {
    completeOptions(options);
    super(defaultCommandOptions(options.commandOptions), options.keyPrefix, QueueLimits.of(options));
    this.#credentials = new CredentialSource(() => options.credentialsProvider, (credentials) => this.#reauthenticate(credentials));
    const subscriptions = new Subscriptions({
      link: () => this._link,
      listenerFailed: (error) => this.#connection.run(() => this._report('error', error)),
    });
    const cache = commandCacheOf(options.clientSideCache, (error) => this._report('error', error));
    this.#options = options;
    define(this, { _subscriptions: subscriptions, _watch: new WatchState(), _cache: cache, _state: this.#connectionState() });
    this.#connection = new Connection(this.#connectionOwner());
    this._link = this.#connection.link;
  }

  /** @internal The server has selected a database; `undefined`: that of the options again. */
  abstract _selected(database: number | undefined): void;

  /** @internal A line of MONITOR. */
  abstract _monitored(line: Buffer): void;

  /** @internal A link was opened with this database, where a reset returns to. */
  abstract _openedWith(database: number): void;

  /** @internal */
  get _options(): AnyRedisClientOptions {
    return this._self.#options;
  }

  /** `connect()` was called, and the client has not been closed or given up since: also while it reconnects. */
  get isOpen(): boolean {
    return this._self._link.isOpen;
  }

  /** Connected, with the handshake done. */
  get isReady(): boolean {
    return this._self._link.isReady;
  }

  /** The cache that reads of this client go through: the one of the options, or the one that was made from a configuration. */
  get clientSideCache(): ClientSideCacheProvider | undefined {
    return this._self._cache?.provider;
  }

  /** How many connections this client has had. */
  get socketEpoch(): number {
    return this._self.#connection.epoch;
  }

  /** @internal */
  get _epoch(): number {
    return this._self.#connection.epoch;
  }

  /**
   * Connects.
   *
   * @returns this client, once it is ready
   * @throws (rejects) what the reconnect strategy gave up with; at once when nobody listens to `error`; when the client is open already
   */
  async connect(): Promise<this> {
    const self = this._self;
    await self.#connection.open(() => connectionSettings(self._options, self._cache));
    return this;
  }

  /**
   * Closes the client when all commands have finished. New ones are rejected from now on. While the client is not connected,
   * what is queued is rejected instead.
   *
   * @param options `timeout`: ms after which what still runs is rejected too
   * @throws (rejects) ClientClosedError when the client is not open
   */
  close(options?: CloseOptions): Promise<void> {
    return this._self.#close(options);
  }

  /**
   * Closes the client at once and rejects all commands with `DisconnectsClientError`. Harmless on a closed client.
   *
   * @throws what a listener of `end` throws; the client is closed all the same
   */
  destroy(): void {
    const self = this._self;
    self._subscriptions.destroyed();
    try {
      self.#connection.destroy();
    } finally {
      self.#leaveCache();
    }
  }

  /** @deprecated use `destroy` */
  async disconnect(): Promise<void> {
    this.destroy();
  }

  /** @deprecated use `close` */
  async quit(): Promise<string> {
    const self = this._self;
    if (!self._link.isOpen) throw refusedCommand(new ClientClosedError(), 'QUIT');
    const reply = self._sendWords(['QUIT'], undefined, {});
    const [text] = await Promise.all([reply, self.#quitting]);
    return text as string;
  }

  /** Ends an `await using` block: closes the client if it is open, for at most 5 seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this._self._link.isOpen) await this._self.#close({ timeout: DISPOSE_TIMEOUT });
  }

  /** Lets the connection keep the process alive, which is the default. */
  ref(): void {
    this._self.#connection.ref();
  }

  /** Lets the process end while the client is connected. Remembered for later connections. */
  unref(): void {
    this._self.#connection.unref();
  }

  /** @internal What `console.log` shows. */
  get _shown(): Record<string, unknown> {
    const self = this._self;
    const { _link: link, _options: options } = self;
    const inFlight = link.isReady ? link.inFlight : 0;
    return {
      address: self.#address ?? addressOf(options.socket),
      database: self._database,
      state: self.#connection.state,
      protocol: link.isReady ? link.resp : Number(options.RESP ?? 3),
      queued: link.outstanding - inFlight,
      inFlight,
    };
  }

  /** @internal Emits. What a listener throws, or an `error` that nobody listens to, becomes an uncaught exception of its own. */
  _report(event: string, ...args: unknown[]): void {
    try {
      this._emit(event, ...args);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /** @internal Emits. @throws what a listener throws, and an `error` that nobody listens to */
  _emit(event: string, ...args: unknown[]): void {
    this._self.emit(event, ...args);
  }

  /** @internal Whether somebody listens to `error`. */
  _hearsErrors(): boolean {
    return this.listenerCount('error') > 0;
  }

  /** @internal Forgets a stream of credentials; the next handshake starts another one. */
  _disposeCredentials(): void {
    this.#credentials.dispose();
  }

  /** @internal What is configured counts again, instead of what the user has set: RESET is about to be sent, or was. */
  _forgetState(): void {
    this._state.forget();
    const configured = this.#credentials.forget();
    if (configured !== undefined) this._link.setCredentials(configured);
  }

  #connectionState(): ConnectionState {
    return new ConnectionState({
      link: () => this._link,
      tracks: () => (this._cache === undefined ? this._options.emitInvalidate === true : 'always'),
      selected: (database) => this._selected(database),
      authenticated: (credentials) => this.#credentials.remember(credentials),
      quit: () => {
        // The server closes the connection: the client ends as by `close()`.
        if (this._link.isOpen) this.#quitting = this.#close();
      },
      wasReset: () => {
        this._forgetState();
        this._selected(undefined);
      },
    });
  }

  /** The link was opened: what else of the settings counts from now on. */
  #opened({ pingInterval, link }: ConnectionSettings): void {
    this.#address = addressOf(link);
    this._limits = QueueLimits.of(this._options);
    this.#ping = pingInterval === undefined ? undefined : this.#pings(pingInterval);
    this._openedWith(link.database);
    this._state.opened();
    this._subscriptions.opened();
  }

  #close(options?: CloseOptions): Promise<void> {
    const wasOpen = this._link.isOpen;
    const closing = this.#connection.close(options);
    if (wasOpen) this.#leaveCache();
    return closing;
  }

  /** A client that was never connected has nothing in a cache, which it may share with others that have. */
  #leaveCache(): void {
    if (this._epoch > 0) this._cache?.closed();
  }

  /** On the live connection only: a later one authenticates in its handshake. RESP2 subscribers may not send AUTH. */
  #reauthenticate({ username, password }: BasicAuth): Promise<unknown> | undefined {
    const link = this._link;
    if (!link.isReady || (link.resp === 2 && this.isPubSubActive)) return undefined;
    const words = username === undefined ? ['AUTH', password ?? ''] : ['AUTH', username, password ?? ''];
    return this._sendWords(words, undefined, { asap: true });
  }

  #pings(interval: number): PingInterval {
    return new PingInterval(interval, {
      ping: () => this._sendWords(['PING'], undefined, {}),
      answered: (reply) => this._report('ping-interval', reply),
      failed: (error) => this._report('error', error),
    });
  }

  #connectionOwner(): ConnectionOwner {
    return {
      emit: (event, ...args) => this._emit(event, ...args),
      hasErrorListener: () => this._hearsErrors(),
      linkChanged: (link) => {
        this._link = link;
      },
      opened: (settings) => this.#opened(settings),
      ready: () => {
        this.#ping?.start();
        // The server does not know RESP3: it tracks nothing, and what was cached in good faith would stay.
        this._cache?.connected();
        if (this._link.resp === 2) this._cache?.untracked();
      },
      gone: () => {
        this.#ping?.stop();
        this._watch.disconnected();
      },
      lost: () => {
        if (this._epoch > 0) this._cache?.lost();
      },
      closed: () => {
        this._watch.closed();
        this.#credentials.dispose();
      },
      credentials: () => this.#credentials.current(),
      pushed: (push) => this.#pushed(push),
      wantsText: () => this._subscriptions.wantsText,
      cacheNews: () => this._cache?.news(),
      monitored: (line) => this._monitored(line),
      fellBack: (reason) => {
        debug('the server does not know RESP3, this connection speaks RESP2: %s', reason.message);
        this._report('resp-fallback', reason);
      },
      subscriptionRefused: (kind, channel, reason) => this._subscriptions.refused(kind, channel, reason),
      commandRefused: (number, reason) => {
        const message = `${this._state.refused(number)} could not be repeated on the new connection: ${reason.message}`;
        this._report('error', describeError(plainError(message, 'OXREDIS_NOT_RESTORED'), { cause: reason }));
      },
      shardedChannelMoved: (channel) => {
        const listeners = this._subscriptions.moved(channel);
        this._report('sharded-channel-moved', channel.toString(), listeners);
      },
    };
  }

  #pushed(push: unknown[]): void {
    if (this._subscriptions.deliver(push) || push[0] !== 'invalidate') return;
    this.#connection.run(() => this.#invalidated(push[1] as Buffer[] | null));
  }

  #invalidated(keys: Buffer[] | null): void {
    if (this._cache !== undefined) return this._cache.invalidated(keys);
    if (!this._options.emitInvalidate) return;
    if (keys === null) this._report('invalidate', null);
    else for (const key of keys) this._report('invalidate', key);
  }

  declare QUIT: ClientLifecycle<TYPE_MAPPING>['quit'];
}

aliasUpperCase(ClientLifecycle.prototype, ['quit']);
showAs(ClientLifecycle.prototype, (client) => ['RedisClient', client._shown]);
