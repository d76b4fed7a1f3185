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

/** Modules, functions and scripts to attach to the client as methods, and the protocol version. */
export interface CommanderConfig<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions,
> {
  /** Custom commands by namespace, called as `client.<namespace>.<name>()`. */
  modules?: M;
  /** Redis functions by library, called as `client.<library>.<name>()`. The libraries must be loaded on the server. */
  functions?: F;
  /** Lua scripts made by `defineScript`, called as `client.<name>()`. */
  scripts?: S;
  /** RESP version. RESP2 is used for servers that do not support HELLO. Default 3. */
  RESP?: RESP;
}

/**
 * Decides whether and when to reconnect after a failed attempt to connect or the loss of a connection.
 *
 * @param retries number of earlier failures in this outage, from 0
 * @param cause the network error
 * @returns the delay in ms before the next attempt; `false` or an `Error` to give up
 */
export type ReconnectStrategy = (retries: number, cause: Error) => false | Error | number;

type NetOptions = Omit<Partial<TcpNetConnectOpts>, 'port' | 'host' | 'timeout' | 'onread' | 'readable' | 'writable'>;
type TlsOptions = Omit<TlsConnectionOptions, keyof NetOptions | 'port' | 'host' | 'path' | 'socket' | 'timeout'>;

/**
 * How to connect to the server. With `tls: true` this object also takes the options of `tls.connect` (`ca`, `cert`, `key`, `servername`,
 * …). A field that is not supported is refused with an error that names an alternative.
 */
export interface RedisSocketOptions extends NetOptions, TlsOptions {
  /** Host name or IP address. Default `localhost`. */
  host?: string;
  /** Port. Default 6379. */
  port?: number;
  /** Path of a Unix domain socket, instead of `host` and `port`. */
  path?: string;
  /** True: connect with TLS. Default false. */
  tls?: boolean;
  /** Maximum time in ms to open a connection, including the TLS and Redis handshakes. Default 5000; 0 for no limit. */
  connectTimeout?: number;
  /** Time in ms without any data after which the connection is closed. The default strategy then does not reconnect. Default: no limit. */
  socketTimeout?: number;
  /** Whether and when to reconnect: a function, a fixed delay in ms, or `false` for never. Default: exponential backoff up to 2 s. */
  reconnectStrategy?: false | number | ReconnectStrategy;
  /** Alias of `reconnectStrategy`, which takes precedence if both are given. */
  reconnectionStrategy?: false | number | ReconnectStrategy;
  /**
   * Maximum time in ms that sent data may stay unacknowledged before the connection is considered dead (`TCP_USER_TIMEOUT`). Default 30000;
   * 0 for the system's default.
   */
  tcpUserTimeout?: number;
  /** Microseconds to poll the socket for replies before the event loop sleeps. Lowers latency at the cost of CPU time. Default 0. */
  busyPoll?: number;
  /** What reads the socket: Node's event loop (`uv`) or a separate thread (`pump`). Default: `uv` where available. */
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
  /**
   * `redis[s]://[[username][:password]@][host][:port][/db-number]` or `unix://[username[:password]@]/path[?db=N]`. Takes precedence over
   * the other fields.
   */
  url?: string;
  /** How to connect to the server. */
  socket?: SocketOptions;
  /** Name of the ACL user. */
  username?: string;
  /** Password of the ACL user, or the one set with `requirepass`. */
  password?: string;
  /** Provides the credentials for every connection. Takes precedence over `username` and `password`. */
  credentialsProvider?: CredentialsProvider;
  /** Name of the connection (`CLIENT SETNAME`). */
  name?: string;
  /** Database number. Default 0. */
  database?: number;
  /**
   * Prefix of every key that is sent (commands, transactions, WATCH, scripts, functions). Does not apply to keys in replies, patterns of
   * `MATCH` and `KEYS`, pub/sub channels, and `sendCommand`.
   */
  keyPrefix?: RedisArgument;
  /** Maximum number of commands that are queued or in flight. Further ones reject with `The queue is full`. Default: no limit. */
  commandsQueueMaxLength?: number;
  /** Most bytes of commands that may be queued or in flight. Further commands reject with `The queue is full`. Default: no limit. */
  commandsQueueMaxBytes?: number;
  /** True: commands reject with `ClientOfflineError` while the client is not ready, instead of being queued. */
  disableOfflineQueue?: boolean;
  /**
   * True: the stack trace of a command's error begins at the line that issued the command. Costs several µs per command. Default: true
   * in tests (`NODE_ENV` is `test`, or Node's runner, Vitest or Jest runs the process), else false.
   */
  callerStacks?: boolean;
  /** True: sends READONLY after connecting, to read from replicas of a cluster. */
  readonly?: boolean;
  /** Interval in ms of PINGs on an idle client. Each reply is emitted as `ping-interval`. Default: no PINGs. */
  pingInterval?: number;
  /** Options for all commands of the client. Their `timeout` is 5000 ms unless set. */
  commandOptions?: CommandOptions<TYPE_MAPPING>;
  /**
   * Caches the replies of reads until the server invalidates their keys. Takes a configuration or a cache object such as
   * `new BasicClientSideCache()`. Requires RESP3; excludes `emitInvalidate`.
   */
  clientSideCache?: ClientSideCacheProvider | ClientSideCacheConfig;
  /** True: emits `invalidate` for every key that the server invalidates (`CLIENT TRACKING ON`). Requires RESP3. */
  emitInvalidate?: boolean;
  /** True: does not send `CLIENT SETINFO`. */
  disableClientInfo?: boolean;
  /** Tag to append to the library name in `CLIENT SETINFO`. */
  clientInfoTag?: string;
  /**
   * Whether the client asks the server to announce maintenance, so that it can move to another server without an outage
   * (docs/maintenance.md). `auto` asks if the host is configured, and goes on if the server refuses; with `enabled`, `connect()` rejects
   * then. Requires RESP3. Default `auto`.
   */
  maintNotifications?: 'disabled' | 'enabled' | 'auto';
  /** Alias of `maintNotifications`, which takes precedence if both are given. */
  maintPushNotifications?: 'disabled' | 'enabled' | 'auto';
  /** The kind of address that the server announces. `auto` chooses by the address of the server, and by whether TLS is on. Default `auto`. */
  maintEndpointType?: MovingEndpointType;
  /** Maximum time in ms that a command may wait to be written during maintenance, if that is longer than its `timeout`; its `deadline` is extended likewise. 0: no limit. Default 10000. */
  maintRelaxedCommandTimeout?: number;
  /** Value in ms that replaces `socketTimeout`, if that is set and shorter, during maintenance. 0: no limit. Default 10000. */
  maintRelaxedSocketTimeout?: number;
}

/**
 * A type with a member of strings. In a union with the options it lets `createClient` accept a connection URL as a string (a `URL`
 * object already fits the options), while `Parameters<typeof createClient>` keeps readable option fields.
 */
export interface UrlText {
  codePointAt?(position: number): number | undefined;
}

/** `moving-endpoint-type` of `CLIENT MAINT_NOTIFICATIONS`; `auto` chooses by the address and TLS. */
export type MovingEndpointType = 'auto' | 'internal-ip' | 'internal-fqdn' | 'external-ip' | 'external-fqdn' | 'none';

/** Options of a client with any modules, functions, scripts and type mapping. */
export type AnyRedisClientOptions = RedisClientOptions<RedisModules, RedisFunctions, RedisScripts, RespVersions, TypeMapping>;
