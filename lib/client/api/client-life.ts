/** The life of a client: opening, closing, and the events of its connection. */
import { debuglog } from 'node:util';
import type { CachingClient } from '../../cache';
import { Context } from '../../context';
import { ClientClosedError, describeError, plainError, refusedCommand } from '../../errors';
import { throwUncaught } from '../../uncaught';
import { PushKind } from '../../wire/boundary.generated';
import type { NewLink } from '../../wire/client-link';
import type { Command } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import { cacheOfOptions } from '../cache/cache-of-options';
import type { CommandOptions } from '../options/command-options';
import { Connection, type CloseOptions, type ConnectionOwner } from '../connection/connection';
import { ConnectionState } from '../connection/connection-state';
import { CredentialSource, type BasicAuth } from '../options/credentials';
import { DatabaseChoice } from '../connection/database';
import { addressOf } from '../options/inspection';
import { connectionSettings, type ConnectionSettings } from '../connection/link-options';
import { MaintenanceReports } from '../connection/maintenance-reports';
import { PingInterval } from '../connection/ping-interval';
import { Runner } from '../run/runner';
import { Subscriptions } from '../pubsub/subscriptions';
import type { AnyRedisClientOptions } from '../options/option-types';
import { WatchState } from '../run/watch';

/** Logs to stderr if `NODE_DEBUG=oxredis` is set. */
const debug = debuglog('oxredis');

/** The client, as its {@link ClientLife} sees it. */
export interface LivingClient extends CachingClient {
  readonly _commandOptions: CommandOptions;
  /** Emits an event. @throws what a listener throws, and an `error` without a listener */
  _emit(event: string, ...args: unknown[]): void;
  /** Whether `error` has a listener. */
  _hearsErrors(): boolean;
  _sendWords(words: readonly RedisArgument[], command?: Command, options?: CommandOptions): Promise<unknown>;
}

export class ClientLife {
  readonly runner: Runner;
  readonly subscriptions: Subscriptions;
  readonly watch = new WatchState();
  readonly #maintenance = new MaintenanceReports((event, notice) => this.report(event, notice));
  readonly database: DatabaseChoice;
  /** A private field, so that inspecting the object cannot show the secrets in it. */
  readonly #options: AnyRedisClientOptions;
  readonly #client: LivingClient;
  readonly #connection: Connection;
  readonly #credentials: CredentialSource;
  /** The address of the connection that was opened last. */
  #address: string | undefined;
  #ping: PingInterval | undefined;
  /** The close that was started by a raw QUIT. */
  #quitting: Promise<void> | undefined;
  #monitorCallback: ((line: Buffer) => unknown) | undefined;

  /** @param options after `completeOptions` */
  constructor(client: LivingClient, options: AnyRedisClientOptions, newLink: NewLink) {
    this.#client = client;
    this.#options = options;
    this.#credentials = new CredentialSource(() => options.credentialsProvider, (credentials) => this.#reauthenticate(credentials));
    this.subscriptions = new Subscriptions({
      link: () => this.runner.link,
      listenerFailed: (error) => this.#connection.run(() => this.report('error', error)),
    });
    this.#connection = new Connection(this.#connectionOwner(), newLink);
    this.runner = new Runner({
      client,
      commandOptions: client._commandOptions,
      cache: cacheOfOptions(options.clientSideCache, (error) => this.report('error', error)),
      state: this.#connectionState(),
      link: this.#connection.link,
    });
    this.database = new DatabaseChoice(this.runner, options.database ?? 0);
  }

  get options(): AnyRedisClientOptions {
    return this.#options;
  }

  get isMonitoring(): boolean {
    return this.#monitorCallback !== undefined;
  }

  connect(): Promise<void> {
    return this.#connection.open(() => connectionSettings(this.#options, this.runner.cache));
  }

  close(options?: CloseOptions): Promise<void> {
    const wasOpen = this.runner.link.isOpen;
    const closing = this.#connection.close(options);
    if (wasOpen) this.#leaveCache();
    return closing;
  }

  /** @throws what a listener of `end` throws; the client is closed nevertheless */
  destroy(): void {
    this.subscriptions.destroyed();
    try {
      this.#connection.destroy();
    } finally {
      this.#leaveCache();
    }
  }

  async quit(): Promise<string> {
    if (!this.runner.link.isOpen) throw refusedCommand(new ClientClosedError(), 'QUIT');
    const reply = this.#client._sendWords(['QUIT'], undefined, {});
    const [text] = await Promise.all([reply, this.#quitting]);
    return text as string;
  }

  ref(): void {
    this.#connection.ref();
  }

  unref(): void {
    this.#connection.unref();
  }

  /** @param callback called with each line, in the async context of this call */
  async monitor(callback: (line: Buffer) => unknown): Promise<void> {
    const { link } = this.runner;
    if (!link.isOpen) throw refusedCommand(new ClientClosedError(), 'MONITOR');
    const earlier = this.#monitorCallback;
    this.#monitorCallback = new Context().bind(callback);
    try {
      await link.monitor();
    } catch (error) {
      this.#monitorCallback = earlier;
      throw error;
    }
  }

  /** Sends RESET. Forgets the user's changes of the connection first, so that a reconnect does not restore them. */
  async reset(): Promise<void> {
    // Ends a stream of credentials; the next handshake starts another one.
    this.#credentials.dispose();
    this.subscriptions.reset();
    this.#monitorCallback = undefined;
    this.watch.forget();
    this.#forgetState();
    await this.database.change(() => this.runner.link.reset(), () => {
      this.database.wasReset();
      // RESET ended the tracking of all keys that were read before.
      this.runner.cache?.untracked();
    });
  }

  /** What `console.log` shows of the client. */
  get shown(): Record<string, unknown> {
    const { link, requests, database } = this.runner;
    const inFlight = link.isReady ? link.inFlight : 0;
    return {
      address: this.#address ?? addressOf(this.#options.socket),
      database,
      state: this.#connection.state,
      protocol: link.isReady ? requests.resp : Number(this.#options.RESP ?? 3),
      queued: requests.outstanding - inFlight,
      inFlight,
    };
  }

  /** Emits an event. An exception of a listener, or an `error` without a listener, becomes an uncaught exception of the process. */
  report(event: string, ...args: unknown[]): void {
    try {
      this.#client._emit(event, ...args);
    } catch (error) {
      throwUncaught(error);
    }
  }

  /** Goes back from the user's changes of the connection to the configured state, before or after a RESET. */
  #forgetState(): void {
    this.runner.state.forget();
    const configured = this.#credentials.forget();
    if (configured !== undefined) this.runner.link.setCredentials(configured);
  }

  #connectionState(): ConnectionState {
    return new ConnectionState({
      link: () => this.runner.link,
      tracks: () => (this.runner.cache === undefined ? this.#options.emitInvalidate === true : 'always'),
      selected: (database) => this.database.selected(database),
      authenticated: (credentials) => {
        this.#credentials.remember(credentials);
        this.runner.link.credentialsChanged();
      },
      quit: () => {
        // The server closes the connection after QUIT: end the client as `close()` does.
        if (this.runner.link.isOpen) this.#quitting = this.close();
      },
      wasReset: () => {
        this.#forgetState();
        this.database.selected(undefined);
      },
    });
  }

  /** Applies the settings that do not concern the link, once it was opened. */
  #opened({ pingInterval, link }: ConnectionSettings): void {
    this.#address = addressOf(link);
    this.#ping = pingInterval === undefined ? undefined : this.#pings(pingInterval);
    this.database.opened(link.database);
    if (this.#monitorCallback !== undefined) this.runner.link.setMonitor();
    this.runner.state.opened();
    this.subscriptions.opened();
  }

  /** Tells the cache that the client was closed, unless it never connected: then a cache shared with others has nothing of it. */
  #leaveCache(): void {
    if (this.runner.epoch > 0) this.runner.cache?.closed();
  }

  /** Sends AUTH if the client is ready; later connections authenticate in their handshake. RESP2 subscribers may not send AUTH. */
  #reauthenticate({ username, password }: BasicAuth): Promise<unknown> | undefined {
    const { link, requests } = this.runner;
    if (!link.isReady || (requests.resp === 2 && this.subscriptions.isActive)) return undefined;
    const words = username === undefined ? ['AUTH', password ?? ''] : ['AUTH', username, password ?? ''];
    return this.#client._sendWords(words, undefined, { asap: true });
  }

  #pings(interval: number): PingInterval {
    return new PingInterval(interval, {
      ping: () => this.#client._sendWords(['PING'], undefined, {}),
      answered: (reply) => this.report('ping-interval', reply),
      failed: (error) => this.report('error', error),
    });
  }

  #connectionOwner(): ConnectionOwner {
    return {
      emit: (event, ...args) => this.#client._emit(event, ...args),
      hasErrorListener: () => this.#client._hearsErrors(),
      linkChanged: (link) => this.runner.use(link),
      opened: (settings) => this.#opened(settings),
      ready: () => {
        this.#ping?.start();
        const { cache, requests } = this.runner;
        // A server without RESP3 does not track keys, so replies cached before would never be invalidated.
        cache?.connected();
        if (requests.resp === 2) cache?.untracked();
      },
      gone: () => {
        this.#ping?.stop();
        this.watch.disconnected();
      },
      lost: () => {
        if (this.runner.epoch > 0) this.runner.cache?.lost();
      },
      closed: () => {
        this.watch.closed();
        this.#credentials.dispose();
      },
      credentials: () => this.#credentials.current(),
      knownCredentials: () => this.#credentials.known(),
      pushed: (kind, push) => this.#pushed(kind, push),
      wantsText: () => this.subscriptions.wantsText,
      cacheNews: () => this.runner.cache?.news(),
      monitored: (line) => this.#monitored(line),
      fellBack: (reason) => {
        debug('the server does not know RESP3, this connection speaks RESP2: %s', reason.message);
        this.report('resp-fallback', reason);
      },
      subscriptionRefused: (kind, channel, reason) => this.subscriptions.refused(kind, channel, reason),
      commandRefused: (number, reason) => {
        const message = `${this.runner.state.refused(number)} could not be repeated on the new connection: ${reason.message}`;
        this.report('error', describeError(plainError(message, 'OXREDIS_NOT_RESTORED'), { cause: reason }));
      },
      maintenance: (notice) => this.#maintenance.told(notice),
      maintenanceIgnored: (kind, why) => this.#maintenance.ignored(kind, why),
      relaxed: (isRelaxed) => this.#maintenance.relaxed(isRelaxed),
      handedOver: () => {
        // The new connection knows nothing of WATCH.
        this.watch.disconnected();
        this.#maintenance.handedOver();
      },
      handOverFailed: (error) => this.#maintenance.handOverFailed(error),
      shardedChannelMoved: (channel) => {
        const listeners = this.subscriptions.moved(channel);
        this.report('sharded-channel-moved', channel.toString(), listeners);
      },
    };
  }

  #monitored(line: Buffer): void {
    try {
      this.#monitorCallback?.(line);
    } catch (error) {
      this.report('error', error);
    }
  }

  #pushed(kind: PushKind, push: unknown[]): void {
    if (kind === PushKind.Invalidate) this.#connection.run(() => this.#invalidated(push[1] as Buffer[] | null));
    else if (kind !== PushKind.Other && kind < PushKind.Invalidate) this.subscriptions.deliver(kind, push);
    else this.#connection.run(() => this.#maintenance.pushed(kind, push));
  }

  #invalidated(keys: Buffer[] | null): void {
    const { cache } = this.runner;
    if (cache !== undefined) return cache.invalidated(keys);
    if (!this.#options.emitInvalidate) return;
    if (keys === null) this.report('invalidate', null);
    else for (const key of keys) this.report('invalidate', key);
  }
}
