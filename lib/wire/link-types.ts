/** What a client gives to its link and what it hears from it. */
import type { NativeTlsOptions } from './addon';
import type { PushKind } from './boundary.generated';
import type { Command } from './command';
import type { Keyed } from './hash-slot';
import type { TypeMapping } from './resp-types';

/** User name and password for one connection. */
export interface Credentials {
  username?: string;
  password?: string;
}

/** Where a link connects to: a path, or a host. `servername` is the name for TLS; without it that of the settings, or the host, is. */
export interface Endpoint {
  host?: string;
  port?: number;
  path?: string;
  servername?: string;
}

/** TLS settings: PEM as bytes, keys decrypted. */
export interface TlsOptions extends Omit<NativeTlsOptions, 'customIdentity'> {
  /**
   * Judges the peer's certificate in place of the engine. Nothing (or what is falsy) accepts it, possibly as a promise; anything else
   * is why it is refused.
   */
  checkServerIdentity?(host: string, certificateDer: Buffer): unknown;
}

/** Plain, validated settings of a link, and the functions that go with them. Times are milliseconds. */
export interface LinkOptions {
  host?: string;
  port?: number;
  path?: string;
  family: 0 | 4 | 6;
  localAddress?: string;
  localPort?: number;
  noDelay: boolean;
  /** `undefined` turns keep-alive off. */
  keepAliveInitialDelay?: number;
  tcpUserTimeout?: number;
  connectTimeout: number;
  socketTimeout?: number;
  transport?: 'uv' | 'pump';
  /** Microseconds. */
  busyPoll?: number;
  tls?: TlsOptions;
  /** Says where to connect to, before each attempt, in place of `host`, `port` and `path`. */
  endpoint?(): Endpoint | PromiseLike<Endpoint>;
  /** Resolves the host name in place of the engine. */
  lookup?(host: string): Promise<{ address: string; family: number }[]>;
  resp: 2 | 3;
  name?: string;
  database: number;
  readonly: boolean;
  libName?: string;
  libVersion?: string;
  /** The command that has keys tracked, sent in every handshake (RESP3 only): `['CLIENT', 'TRACKING', 'ON']`. */
  tracking?: readonly (string | Buffer)[];
  maintNotifications?: { endpointType: string; required: boolean };
  disableOfflineQueue: boolean;
  /** Stacks of errors name the line that issued the command. */
  namesCallers?: boolean;
  /** The cache that replies of loads are kept in. */
  cache?: number;
  /** What may be outstanding at a time; `undefined` for no limit. */
  limits?: RequestLimits;
  /** For commands that may go to one of several servers; `undefined` where all go to the same one. */
  routing?: Routing;
}

/** What a client that routes its commands knows of them. */
export interface Routing {
  /** Flags of the boundary: whether the command reads only, whether it may wait. @param name as it was given */
  flagsOf(name: string): number;
}

/** Decides which commands are accepted. */
export interface RequestLimits {
  /** Why a command of so many bytes may not be accepted beside what is outstanding; `undefined` when it may. */
  refusal(outstanding: Outstanding, bytes: number, isReady: boolean): Error | undefined;
  /** The same for commands that travel together. */
  chainRefusal(outstanding: Outstanding, count: number, bytes: number): Error | undefined;
}

/** The requests that are queued or in flight. */
export interface Outstanding {
  readonly outstanding: number;
  /** Bytes of their commands. */
  readonly outstandingBytes: number;
}

/** What a link tells its client, in order. */
export interface LinkHandlers {
  /** The socket is open; the handshake follows. */
  connected(): void;
  /** The handshake is done; `link.resp` is final. */
  ready(): void;
  /**
   * An attempt failed or a ready link was lost. The engine waits for `link.retry(ms)` or `link.giveUp(error)`.
   *
   * @param retries failed attempts so far in this outage
   */
  disconnected(error: Error, retries: number, wasReady: boolean): void;
  /** A new attempt starts. */
  reconnecting(): void;
  /** `close()` or `destroy()` is complete. */
  ended(): void;
  /** Asked for before every handshake whose credentials are not known when the attempt begins. */
  credentials(): Credentials | PromiseLike<Credentials>;
  /** Asked when an attempt begins: the credentials of its handshake, unless somebody has to be asked for them. */
  knownCredentials?(): Credentials | undefined;
  /** Something that the server pushed; blobs are Buffers, but for messages when `wantsText` says so. */
  pushed(kind: PushKind, push: unknown[]): void;
  /** Whether messages of subscriptions are wanted as strings: nobody looks at their bytes. */
  wantsText?(): boolean;
  /** A line of MONITOR. */
  monitored(line: Buffer): void;
  /** The server withdrew a sharded subscription. */
  shardedChannelMoved(channel: Buffer): void;
  /** The server does not know RESP3: this connection speaks RESP2. Comes before `ready`. */
  fellBack?(reason: Error): void;
  /** The server refused a subscription that the connection before had. It is no longer wanted. */
  subscriptionRefused?(kind: SubscriptionKind, channel: Buffer, reason: Error): void;
  /** The server refused a command that was given to `setRestored`, by its place there. */
  commandRefused?(number: number, reason: Error): void;
  /** Listeners of the cache have something to hear. */
  cacheNews?(): void;
  /** Something failed and the connection is kept. */
  failed(error: Error): void;
}

/** Options of one command. Times are milliseconds. */
export interface LinkCommandOptions {
  /** Limits the time until the command is written. */
  timeout?: number;
  /** Limits the time until the reply is here. */
  deadline?: number;
  abortSignal?: AbortSignal;
  /** The signal also rejects a command that was written; its reply is dropped. */
  abortInFlight?: boolean;
  /** Goes before the commands that are queued. */
  asap?: boolean;
  typeMapping?: TypeMapping;
}

/** A command that was encoded: a value, which may be sent over any link, and again. */
export interface EncodedCommand extends Keyed {
  /** What goes over the wire, in bytes: its own and those of its large arguments. */
  readonly length: number;
  /** Flags of the boundary that follow from the name: whether it reads only, may wait, or is answered by acknowledgements. */
  readonly flags: number;
  /** `undefined` gives the raw reply. */
  readonly command?: Command;
  readonly preserve?: unknown;
  /** For errors. */
  readonly name: string;
}

/** A command that only prepares the one behind it: nobody waits for its reply. */
export interface PreparingCommand extends EncodedCommand {
  /** The server refused it, or it got no reply. */
  refused(): void;
}

/** The three kinds of subscriptions. */
export type SubscriptionKind = 'CHANNELS' | 'PATTERNS' | 'SHARDED';
