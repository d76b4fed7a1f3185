/** The options of a client. */
import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import type { TcpNetConnectOpts } from 'node:net';
import type { ClientSideCacheConfig, ClientSideCacheProvider } from '../../cache';
import type { RedisFunctions, RedisModules, RedisScripts } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import type { RespVersions, TypeMapping } from '../../wire/resp-types';
import type { CredentialsProvider } from './credentials';
import type { CommandOptions } from './command-options';

export type { CommandOptions } from './command-options';

/** Modules, functions and scripts that become methods of the client, and the protocol version. */
export interface CommanderConfig<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions,
> {
  /** Custom commands, by namespace: `client.<namespace>.<name>()`. */
  modules?: M;
  /** Functions of loaded libraries: `client.<library>.<name>()` calls the function `name`. */
  functions?: F;
  /** Lua scripts made by `defineScript`: `client.<name>()`. */
  scripts?: S;
  /** RESP version, 3 by default. Servers that do not know HELLO are spoken to in RESP2. */
  RESP?: RESP;
}

/**
 * Decides what happens after a failed attempt to connect, or after the loss of a connection.
 *
 * @param retries failed attempts so far, from 0
 * @param cause the network error
 * @returns the delay in ms before the next attempt; `false` or an `Error` to give up
 */
export type ReconnectStrategy = (retries: number, cause: Error) => false | Error | number;

type NetOptions = Omit<Partial<TcpNetConnectOpts>, 'port' | 'host' | 'timeout' | 'onread' | 'readable' | 'writable'>;
type TlsOptions = Omit<TlsConnectionOptions, keyof NetOptions | 'port' | 'host' | 'path' | 'socket' | 'timeout'>;

/**
 * How the server is reached. With `tls: true` the fields of `tls.connect` stand here too (`ca`, `cert`, `key`, `servername`, …).
 * A field that cannot be honoured is refused with an error that says what to use instead.
 */
export interface RedisSocketOptions extends NetOptions, TlsOptions {
  /** Host name or IP address. Default `localhost`. */
  host?: string;
  /** Port. Default 6379. */
  port?: number;
  /** Path of a UNIX domain socket, instead of host and port. */
  path?: string;
  /** True for TLS. Default false. */
  tls?: boolean;
  /** Ms until a connection must be ready, handshake included. Default 5000; 0 waits for ever. */
  connectTimeout?: number;
  /** Ms without any data after which the connection is closed; the default strategy does not reconnect then. Default: none. */
  socketTimeout?: number;
  /** Whether and when to reconnect: a strategy, a fixed delay in ms, or `false` for never. Default: exponential backoff up to 2 s. */
  reconnectStrategy?: false | number | ReconnectStrategy;
  /** Another name of `reconnectStrategy`, which wins when both are given. */
  reconnectionStrategy?: false | number | ReconnectStrategy;
  /** Ms that sent data may stay unacknowledged before the connection counts as dead (`TCP_USER_TIMEOUT`). Default 30000; 0 leaves it to the system. */
  tcpUserTimeout?: number;
  /** Microseconds to poll the socket for replies before the event loop sleeps. Lowers latency, uses CPU. Default 0. */
  busyPoll?: number;
  /** Who reads the socket: Node's event loop (`uv`) or a thread (`pump`). Default: `uv` where it is possible. */
  transport?: 'uv' | 'pump';
}

/** Options of `createClient`. */
export interface RedisClientOptions<
  M extends RedisModules = RedisModules,
  F extends RedisFunctions = RedisFunctions,
  S extends RedisScripts = RedisScripts,
  RESP extends RespVersions = 3,
  TYPE_MAPPING extends TypeMapping = TypeMapping,
  SocketOptions extends RedisSocketOptions = RedisSocketOptions,
> extends CommanderConfig<M, F, S, RESP> {
  /** `redis[s]://[[username][:password]@][host][:port][/db-number]` or `unix://[username[:password]@]/path[?db=N]`; wins over the other fields. */
  url?: string;
  /** How the server is reached. */
  socket?: SocketOptions;
  /** ACL user. */
  username?: string;
  /** Password of the user, or of `requirepass`. */
  password?: string;
  /** Gives credentials for every connection; wins over `username` and `password`. */
  credentialsProvider?: CredentialsProvider;
  /** Connection name (`CLIENT SETNAME`). */
  name?: string;
  /** Database number. Default 0. */
  database?: number;
  /**
   * Put in front of every key that is sent (commands, transactions, WATCH, scripts, functions). Not: keys in replies, `MATCH` and
   * `KEYS` patterns, pub/sub channels, `sendCommand`.
   */
  keyPrefix?: RedisArgument;
  /** Most commands that may wait or be in flight; further ones reject with `The queue is full`. Default: no limit. */
  commandsQueueMaxLength?: number;
  /** Most bytes of commands that may wait or be in flight; further commands reject with `The queue is full`. Default: no limit. */
  commandsQueueMaxBytes?: number;
  /** True rejects commands with `ClientOfflineError` while the client is not ready, instead of keeping them. */
  disableOfflineQueue?: boolean;
  /**
   * True lets the stack of a command's error begin at the line that issued it. It costs several µs for each command. Default: true
   * in tests (`NODE_ENV` is `test`, or Node's runner, Vitest or Jest runs the process), else false.
   */
  callerStacks?: boolean;
  /** Sends READONLY after connecting, for replicas of a cluster. */
  readonly?: boolean;
  /** Ms between PINGs on an idle client; each emits `ping-interval`. Default: none. */
  pingInterval?: number;
  /** Options of every command. The default `timeout` is 5000 ms. */
  commandOptions?: CommandOptions<TYPE_MAPPING>;
  /**
   * Keeps replies of reads until the server says that their keys have changed: a configuration, or a cache object such as
   * `new BasicClientSideCache()`. RESP3 only, and without `emitInvalidate`.
   */
  clientSideCache?: ClientSideCacheProvider | ClientSideCacheConfig;
  /** Emits `invalidate` for every key that the server invalidates (`CLIENT TRACKING ON`). RESP3 only. */
  emitInvalidate?: boolean;
  /** True sends no `CLIENT SETINFO`. */
  disableClientInfo?: boolean;
  /** Added to the library name of `CLIENT SETINFO`. */
  clientInfoTag?: string;
  /** Maintenance notifications are not asked for yet: `auto` (the default) and `disabled` mean the same, `enabled` is refused by `connect()`. RESP3 only. */
  maintNotifications?: 'disabled' | 'enabled' | 'auto';
  /** Another name of `maintNotifications`, which wins when both are given. */
  maintPushNotifications?: 'disabled' | 'enabled' | 'auto';
  /** Which kind of address maintenance notifications shall name. Default `auto`. No effect yet. */
  maintEndpointType?: MovingEndpointType;
  /** Ms that a command may wait to be written during maintenance. Default 10000. No effect yet. */
  maintRelaxedCommandTimeout?: number;
  /** Ms without data that are accepted during maintenance when `socketTimeout` is set. Default 10000. No effect yet. */
  maintRelaxedSocketTimeout?: number;
}

/**
 * What only a text has. Beside the options it lets `createClient` take a connection URL as text (a `URL` passes as it is), and
 * `Parameters<typeof createClient>` stays options that can be read.
 */
export interface UrlText {
  codePointAt?(position: number): number | undefined;
}

/** `moving-endpoint-type` of `CLIENT MAINT_NOTIFICATIONS`; `auto` chooses by the address and TLS. */
export type MovingEndpointType = 'auto' | 'internal-ip' | 'internal-fqdn' | 'external-ip' | 'external-fqdn' | 'none';

/** Options of a client with whatever modules, functions, scripts and mapping. */
export type AnyRedisClientOptions = RedisClientOptions<RedisModules, RedisFunctions, RedisScripts, RespVersions, TypeMapping>;
