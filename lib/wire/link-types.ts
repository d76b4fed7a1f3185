/** The types that a client passes to its link, and the handlers that the link calls. */
import type { NativeTlsOptions } from './addon';
import type { PushKind } from './boundary.generated';
import type { Command } from './command';
import type { Keyed } from './hash-slot';
import type { MaintenanceNotice } from './maintenance';
import type { ReadFromFunction, ReadFromName } from './read-from';
import type { TypeMapping } from './resp-types';

/** User name and password for one connection. */
export interface Credentials {
  username?: string;
  password?: string;
}

/** Where a link connects to: a path, or a host. `servername` is the name for TLS; the default is that of the settings, then the host. */
export interface Endpoint {
  host?: string;
  port?: number;
  path?: string;
  servername?: string;
}

/** TLS settings: PEM as bytes, keys decrypted. */
export interface TlsOptions extends Omit<NativeTlsOptions, 'customIdentity'> {
  /**
   * Checks the peer's certificate in place of the engine. A falsy result, or a promise of one, accepts it; any other is the reason to
   * refuse it.
   */
  checkServerIdentity?(host: string, certificateDer: Buffer): unknown;
}

/** Validated settings of a link, and its callbacks. Times are milliseconds. */
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
  /** Returns where to connect to; called before each attempt, in place of `host`, `port` and `path`. */
  endpoint?(): Endpoint | PromiseLike<Endpoint>;
  /** Resolves the host name in place of the engine. */
  lookup?(host: string): Promise<{ address: string; family: number }[]>;
  resp: 2 | 3;
  name?: string;
  database: number;
  readonly: boolean;
  libName?: string;
  libVersion?: string;
  /** The command that turns key tracking on, such as `['CLIENT', 'TRACKING', 'ON']`; sent in every handshake (RESP3 only). */
  tracking?: readonly (string | Buffer)[];
  /** Asks for notices of maintenance; `required`: the handshake fails if the server refuses. */
  maintNotifications?: { endpointType: string; required: boolean };
  /** Replaces the `timeout` of commands during maintenance, if it is longer. */
  maintRelaxedCommandTimeout?: number;
  /** Replaces `socketTimeout`, if that is set, during maintenance. */
  maintRelaxedSocketTimeout?: number;
  disableOfflineQueue: boolean;
  /** Stacks of errors contain the line that issued the command. */
  namesCallers?: boolean;
  /** The number of the cache that stores the replies of loads. */
  cache?: number;
  /** Limits of outstanding commands; `undefined` for no limit. */
  limits?: RequestLimits;
  /** Set by clients that choose one of several servers for each command; `undefined` when there is only one server. */
  routing?: Routing;
}

/** Describes commands for a client that routes them. */
export interface Routing {
  /** Flags of the boundary: whether the command only reads, whether it may block. @param name as the caller wrote it */
  flagsOf(name: string): number;
}

/** Decides which commands are accepted. */
export interface RequestLimits {
  /** Why a command of `bytes` bytes cannot be accepted in addition to the outstanding ones; `undefined` when it can. */
  refusal(outstanding: Outstanding, bytes: number, isReady: boolean): Error | undefined;
  /** The same for a chain of commands that are sent together. */
  chainRefusal(outstanding: Outstanding, count: number, bytes: number): Error | undefined;
}

/** The requests that are queued or in flight. */
export interface Outstanding {
  readonly outstanding: number;
  /** Bytes of their encoded commands. */
  readonly outstandingBytes: number;
}

/** The handlers that a link calls on its client, in the order of the events. */
export interface LinkHandlers {
  /** The socket is open; the handshake follows. */
  connected(): void;
  /** The handshake is done; `link.requests.resp` is final. */
  ready(): void;
  /**
   * A connection attempt failed, or a ready connection was lost. The engine waits for `link.retry(ms)` or `link.giveUp(error)`.
   *
   * @param retries failed attempts so far in this outage
   */
  disconnected(error: Error, retries: number, wasReady: boolean): void;
  /** The connection was lost while the link was closing. Commands fail of it. */
  lostWhileClosing?(error: Error): void;
  /** A new attempt starts. */
  reconnecting(): void;
  /** `close()` or `destroy()` is complete. */
  ended(): void;
  /** Called before every handshake whose credentials `knownCredentials` did not give. */
  credentials(): Credentials | PromiseLike<Credentials>;
  /** Called when an attempt begins. Returns the credentials of its handshake; `undefined` when `credentials` must be called later. */
  knownCredentials?(): Credentials | undefined;
  /** A push of the server. Its blobs are Buffers; those of pub/sub messages are strings when `wantsText` returns true. */
  pushed(kind: PushKind, push: unknown[]): void;
  /** Whether pub/sub messages should be strings, since no listener wants Buffers. */
  wantsText?(): boolean;
  /** A line of MONITOR. */
  monitored(line: Buffer): void;
  /** The server ended a sharded subscription, as the slot moved to another node. */
  shardedChannelMoved(channel: Buffer): void;
  /** The server does not support RESP3, so this connection speaks RESP2. Called before `ready`. */
  fellBack?(reason: Error): void;
  /** The server refused to restore a subscription. The link has dropped it. */
  subscriptionRefused?(kind: SubscriptionKind, channel: Buffer, reason: Error): void;
  /** The server refused a command of `setRestored`. @param number its index there */
  commandRefused?(number: number, reason: Error): void;
  /** The server has announced maintenance, or its end. */
  maintenance?(notice: MaintenanceNotice): void;
  /** A notice was ignored. @param why a short reason */
  maintenanceIgnored?(kind: PushKind, why: string): void;
  /** Limits are relaxed because of maintenance (`true`), or no longer are. */
  relaxed?(isRelaxed: boolean): void;
  /** A new connection has taken the place of the old one, without an outage. What it was not told is lost, such as WATCH. */
  handedOver?(): void;
  /** The new connection could not be made. The old one goes on. */
  handOverFailed?(error: Error): void;
  /** There are events for the listeners of the cache. */
  cacheNews?(): void;
  /** An error that does not end the connection. */
  failed(error: Error): void;
}

/** Options of one command. Times are milliseconds. */
export interface LinkCommandOptions {
  /** Limits the time until the command is written. */
  timeout?: number;
  /** Limits the time until the reply arrives. */
  deadline?: number;
  abortSignal?: AbortSignal;
  /** The signal also rejects a command that was written; its reply is dropped. */
  abortInFlight?: boolean;
  /** The command is sent before those that are queued. */
  asap?: boolean;
  typeMapping?: TypeMapping;
  /** Clusters only: the nodes that a read may go to. Names reach the engine; functions are asked by the cluster. */
  readFrom?: ReadFromName | ReadFromFunction;
}

/** An encoded command. It can be sent over any link, and more than once. */
export interface EncodedCommand extends Keyed {
  /** Total length in bytes, including its large arguments. */
  readonly length: number;
  /** Flags of the boundary that follow from the name: whether it only reads, may block, or is answered by pub/sub acknowledgements. */
  readonly flags: number;
  /** `undefined`: the reply is not transformed. */
  readonly command?: Command;
  readonly preserve?: unknown;
  /** Names the command in errors. */
  readonly name: string;
}

/** A command that only prepares the next one; no caller waits for its reply. */
export interface PreparingCommand extends EncodedCommand {
  /** The server refused it, or it got no reply. */
  refused(): void;
}

/** Receives the reply of one part of a command that was split. Exactly one of the two is called, once. */
export interface ReplyPart {
  /** @param reply decoded, and not transformed */
  resolved(reply: unknown): void;
  rejected(error: unknown): void;
}

/** Where a part of a command goes. */
export interface PartRouting {
  /** Names the command in errors. */
  readonly name: string | undefined;
  /** Flags of the boundary that follow from the name. */
  readonly flags: number;
  readonly slot: number;
}

/** The three kinds of subscriptions. */
export type SubscriptionKind = 'CHANNELS' | 'PATTERNS' | 'SHARDED';
