/** What a client uses of its link: implemented by the engine's links, and by doubles in tests. */
import type { CacheLoad, LoadObserver } from './cache-load';
import type { Command } from './command';
import type { CommandEncoder } from './encoder';
import type { Credentials, EncodedCommand, LinkCommandOptions, LinkHandlers, LinkOptions, Outstanding, SubscriptionKind } from './link-types';

/** Where the commands of all links are encoded. */
export interface CommandEncoding {
  /** Returns the shared encoder at the start of a new command. */
  begin(keyPrefix?: string | Buffer): CommandEncoder;
}

/** The commands of a link. */
export interface LinkRequests extends Outstanding {
  /** The link is open, and not closing: commands are accepted. */
  readonly isOpen: boolean;
  /** The protocol that replies are read in: 2 also after a fallback. */
  readonly resp: 2 | 3;
  /** Has a function called whenever nothing is queued or in flight any more, before the last request settles. */
  onDrained(listener: () => void): void;
  /** Where commands are encoded. */
  readonly encoding: CommandEncoding;
  /** Why a command of so many bytes is not accepted now: the client is closed, a limit is reached, or its options forbid it. */
  refusal(bytes: number, options?: LinkCommandOptions): Error | undefined;
  /**
   * Queues what was encoded since `begin()`. Never throws.
   *
   * @param isWrite the cache of the link was told of it
   */
  submit(
    encoder: CommandEncoder, command: Command | undefined, options: LinkCommandOptions, name?: string, isWrite?: boolean,
  ): Promise<unknown>;
  /**
   * Queues commands that travel together and fail together; one promise each. Limits are those of the whole chain.
   *
   * @throws Error when the link is closed, or they are more than the limits allow
   */
  submitChain(commands: readonly EncodedCommand[], options: LinkCommandOptions): Promise<unknown>[];
  /**
   * A read whose reply is kept by the link's cache.
   *
   * @param ticket by which the cache knows it
   * @param timeout how long it may stay unwritten, in ms
   */
  newLoad(observer: LoadObserver, ticket: number, timeout: number | undefined): CacheLoad;
}

/** One logical connection to one server, over all its sockets. It can be opened again after it ended. */
export interface Link {
  readonly requests: LinkRequests;
  /** `open()` was called, and the link has neither ended nor given up. */
  readonly isOpen: boolean;
  /** Commands are written at once. */
  readonly isReady: boolean;
  /** Number of successful connections. */
  readonly epoch: number;
  /** Requests that were written and wait for their replies. */
  readonly inFlight: number;
  /** Starts to connect. @throws Error when it is open already */
  open(options: LinkOptions): void;
  /** Lets what was accepted finish, then ends. While not ready, what is queued is rejected. */
  close(): void;
  /** Rejects everything with `DisconnectsClientError`, then ends. */
  destroy(): void;
  /** Answer to `disconnected`: the next attempt starts after `delay` ms. */
  retry(delay: number): void;
  /** Answer to `disconnected`: no further attempt; queued commands are rejected with `error`. */
  giveUp(error: Error): void;
  /** Keeps the process alive while the link is open (the default). */
  ref(): void;
  /** Does not keep the process alive. */
  unref(): void;
  /** Remembers the database for the handshakes to come. */
  setDatabase(database: number): void;
  /** Commands that the handshakes to come repeat. RESET ends that. */
  setRestored(commands: readonly Buffer[]): void;
  /** Subscriptions that another link had, for the handshakes to come. What is refused then is told as `subscriptionRefused`. */
  setSubscriptions(kind: SubscriptionKind, channels: readonly string[]): void;
  /** Another link had MONITOR: the handshakes to come ask for it. */
  setMonitor(): void;
  /** The credentials of the handshakes to come, also of the one after RESET. */
  setCredentials(credentials: Credentials): void;
  /** SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE; resolves when all channels are acknowledged. */
  subscribe(kind: SubscriptionKind, channels: readonly (string | Buffer)[]): Promise<void>;
  /** The opposite. @param channels `undefined` means all of that kind */
  unsubscribe(kind: SubscriptionKind, channels?: readonly (string | Buffer)[]): Promise<void>;
  /** MONITOR; lines go to `handlers.monitored`. */
  monitor(): Promise<void>;
  /** RESET and the handshake again. */
  reset(): Promise<void>;
  /** What was read over this connection for a cache is dropped, and it is no longer trusted. */
  untrack(): void;
}

/** Makes a link that is not open. */
export type NewLink = (handlers: LinkHandlers) => Link;
