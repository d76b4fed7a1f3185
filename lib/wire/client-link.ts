/** The interface between a client and its link, implemented by `EngineLink` and by test doubles. */
import type { CacheLoad, LoadObserver } from './cache-load';
import type { Command } from './command';
import type { CommandEncoder } from './encoder';
import type {
  Credentials, EncodedCommand, LinkCommandOptions, LinkHandlers, LinkOptions, Outstanding, PartRouting, ReplyPart, SubscriptionKind,
} from './link-types';

/** Encodes the commands of all links. */
export interface CommandEncoding {
  /** Returns the shared encoder at the start of a new command. */
  begin(keyPrefix?: string | Buffer): CommandEncoder;
}

/** Sends commands in parts. */
export interface PartRequests {
  /** The encoder of the parts. */
  readonly encoding: CommandEncoding;
  /** The protocol version of the replies. */
  readonly resp: 2 | 3;
  /**
   * Ends the command in the encoder, which will be sent in parts.
   *
   * @returns the rejection of a command that is not accepted (invalid arguments, a closed link, limits), else `undefined`
   */
  admit(encoder: CommandEncoder, options: LinkCommandOptions, name: string | undefined): Promise<unknown> | undefined;
  /** Why a command of `bytes` bytes cannot be accepted now; `undefined` if it can. */
  refusal(bytes: number, options?: LinkCommandOptions): Error | undefined;
  /** Queues what was encoded since `begin()`, a part of an admitted command. Never throws. */
  submitPart(encoder: CommandEncoder, part: ReplyPart, routing: PartRouting, options: LinkCommandOptions): void;
  /** Returns `reject` for the promise of a command: errors get the stack of the caller, if the options say so. */
  rejecting(reject: (error: unknown) => void): (error: unknown) => void;
}

/** The commands of a link. */
export interface LinkRequests extends Outstanding {
  /** The link is open and not closing: it accepts commands. */
  readonly isOpen: boolean;
  /** The protocol version of the replies; 2 also after a fallback from RESP3. */
  readonly resp: 2 | 3;
  /** Sets the function that is called whenever no request is queued or in flight any more, before the last one settles. */
  onDrained(listener: () => void): void;
  /** The encoder of the commands. */
  readonly encoding: CommandEncoding;
  /** Why a command of `bytes` bytes cannot be accepted now (closed client, limit reached, invalid options); `undefined` if it can. */
  refusal(bytes: number, options?: LinkCommandOptions): Error | undefined;
  /**
   * Queues what was encoded since `begin()`. Never throws.
   *
   * @param isWrite it was announced to the link's cache as a write
   */
  submit(
    encoder: CommandEncoder, command: Command | undefined, options: LinkCommandOptions, name?: string, isWrite?: boolean,
  ): Promise<unknown>;
  /**
   * Queues commands that are sent together and fail together; returns one promise for each. `options` limit the whole chain.
   *
   * @param isAccepted the chain was accepted before, and is sent again: a link that is closing takes it
   * @throws Error when the link is closed, or the chain exceeds the limits of outstanding commands
   */
  submitChain(commands: readonly EncodedCommand[], options: LinkCommandOptions, isAccepted?: boolean): Promise<unknown>[];
  /**
   * Creates a read whose reply the link's cache stores.
   *
   * @param ticket identifies the read in the cache
   * @param timeout how long the read may stay unwritten, in ms
   */
  newLoad(observer: LoadObserver, ticket: number, timeout: number | undefined): CacheLoad;
}

/** One logical connection to a server, which outlives its sockets (reconnection). It can be opened again after it ended. */
export interface Link {
  readonly requests: LinkRequests;
  /** `open()` was called, and the link has neither ended nor given up. */
  readonly isOpen: boolean;
  /** The handshake is done: commands are written without delay. */
  readonly isReady: boolean;
  /** Number of successful connections. */
  readonly epoch: number;
  /** Number of requests that were written and wait for their replies. */
  readonly inFlight: number;
  /** Starts to connect. @throws Error when the link is open already */
  open(options: LinkOptions): void;
  /** Waits for the accepted commands, then ends. If the link is not ready, queued commands are rejected. */
  close(): void;
  /** Rejects all commands with `DisconnectsClientError`, then ends. */
  destroy(): void;
  /** Answer to `disconnected`: the next attempt starts after `delay` ms. */
  retry(delay: number): void;
  /** Answer to `disconnected`: no further attempt; queued commands are rejected with `error`. */
  giveUp(error: Error): void;
  /** Keeps the process alive while the link is open (the default). */
  ref(): void;
  /** Does not keep the process alive. */
  unref(): void;
  /** Sets the database that later handshakes select. */
  setDatabase(database: number): void;
  /** Sets the encoded commands that later handshakes repeat. RESET clears them. */
  setRestored(commands: readonly Buffer[]): void;
  /** Takes over subscriptions of another link for later handshakes. Refusals of the server are reported through `subscriptionRefused`. */
  setSubscriptions(kind: SubscriptionKind, channels: readonly string[]): void;
  /** Takes over MONITOR from another link: later handshakes send it. */
  setMonitor(): void;
  /** Reads the credentials of later handshakes anew. */
  credentialsChanged(): void;
  /** Sets the credentials of later handshakes, including the one after RESET. */
  setCredentials(credentials: Credentials): void;
  /** SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE; resolves when all channels are acknowledged. */
  subscribe(kind: SubscriptionKind, channels: readonly (string | Buffer)[]): Promise<void>;
  /** UNSUBSCRIBE, PUNSUBSCRIBE or SUNSUBSCRIBE. @param channels `undefined` means all of that kind */
  unsubscribe(kind: SubscriptionKind, channels?: readonly (string | Buffer)[]): Promise<void>;
  /** MONITOR; lines go to `handlers.monitored`. */
  monitor(): Promise<void>;
  /** Sends RESET and repeats the handshake. */
  reset(): Promise<void>;
  /** Drops the cache entries read over this connection, and caches nothing more from it until the next connection or RESET. */
  untrack(): void;
}

/** Creates a link that is not open yet. */
export type NewLink = (handlers: LinkHandlers) => Link;
