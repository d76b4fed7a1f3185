/** The known option names of a client, and hints for option names of other libraries and versions. */
import { warnOfUnknown, warnOnce, type OptionNames } from '../../wire/option-names';
import type { CommandOptions } from './command-options';
import { invalid } from './refused-options';
import type { AnyRedisClientOptions, RedisSocketOptions } from './option-types';

type All<T> = Record<keyof Required<T>, true>;

const CLIENT: All<AnyRedisClientOptions> & { himportRegistry: true } = {
  url: true, socket: true, username: true, password: true, credentialsProvider: true, name: true, database: true, keyPrefix: true,
  commandsQueueMaxLength: true, commandsQueueMaxBytes: true, disableOfflineQueue: true, readonly: true, pingInterval: true,
  commandOptions: true, clientSideCache: true, emitInvalidate: true, disableClientInfo: true, clientInfoTag: true,
  maintNotifications: true, maintPushNotifications: true, maintEndpointType: true, maintRelaxedCommandTimeout: true,
  maintRelaxedSocketTimeout: true, callerStacks: true, modules: true, functions: true, scripts: true, RESP: true, himportRegistry: true,
};

const COMMAND: All<CommandOptions> = {
  timeout: true, deadline: true, abortSignal: true, abortInFlight: true, asap: true, typeMapping: true, cache: true, readFrom: true,
};

/** Fields of `options.socket` that are not fields of `net.connect` or `tls.connect`. */
const OWN_SOCKET_FIELDS = [
  'connectTimeout', 'socketTimeout', 'reconnectStrategy', 'reconnectionStrategy', 'tcpUserTimeout', 'busyPoll', 'transport', 'tls',
] as const satisfies readonly (keyof RedisSocketOptions)[];

const NODE_SOCKET_FIELDS = `
  host port path family lookup hints localAddress localPort noDelay keepAlive keepAliveInitialDelay autoSelectFamily
  autoSelectFamilyAttemptTimeout blockList signal allowHalfOpen fd onread readable writable timeout socket highWaterMark
  readableHighWaterMark writableHighWaterMark objectMode emitClose autoDestroy pauseOnConnect pauseOnCreate typeOfService
  ca cert key passphrase pfx ciphers sigalgs ecdhCurve crl dhparam honorCipherOrder minVersion maxVersion secureOptions secureProtocol
  sessionIdContext sessionTimeout ticketKeys session servername checkServerIdentity rejectUnauthorized requestCert ALPNProtocols
  ALPNCallback SNICallback minDHSize pskCallback pskIdentityHint enableTrace secureContext requestOCSP isServer server handshakeTimeout
  privateKeyEngine privateKeyIdentifier clientCertEngine allowPartialTrustChain certificateCompression
`.trim().split(/\s+/);

const SOCKET: ReadonlySet<string> = new Set([...OWN_SOCKET_FIELDS, ...NODE_SOCKET_FIELDS]);

const use = (instead: string): string => `use ${instead}`;
const BUFFERS = use('client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })');
const STRATEGY = use('socket.reconnectStrategy');

/** Hints for options of node-redis 3 and 4 and of ioredis, and for options in the wrong place. */
const CLIENT_HINTS: [string, string][] = [
  ['legacyMode', 'use client.legacy() for callbacks'],
  ['retry_strategy', STRATEGY], ['retryStrategy', STRATEGY], ['retry_max_delay', STRATEGY], ['max_attempts', STRATEGY],
  ['prefix', use('keyPrefix')],
  ['db', use('database')], ['user', use('username')], ['auth_pass', use('password')], ['auth', use('password')],
  ['connectionName', use('name')], ['connection_name', use('name')],
  ['connect_timeout', use('socket.connectTimeout')],
  ['socket_keepalive', use('socket.keepAlive')], ['socket_initial_delay', use('socket.keepAliveInitialDelay')],
  ['socket_nodelay', use('socket.noDelay')],
  ['commandTimeout', use('commandOptions.timeout or commandOptions.deadline')],
  ['maxRetriesPerRequest', 'commands are never sent twice; use commandOptions.timeout to limit their wait'],
  ['enableOfflineQueue', use('disableOfflineQueue')], ['enable_offline_queue', use('disableOfflineQueue')],
  ['lazyConnect', 'not needed: a client connects when connect() is called'],
  ['no_ready_check', 'there is no such check'], ['enableReadyCheck', 'there is no such check'],
  ['return_buffers', BUFFERS], ['detect_buffers', BUFFERS], ['returnBuffers', BUFFERS],
  ['isolationPoolOptions', use('createClientPool()')],
  ['sentinels', 'sentinels are not in this release'], ['rootNodes', use('createCluster()')], ['useReplicas', use('createCluster()')],
  ...[...SOCKET].map((field): [string, string] => [field, use(`socket.${field}`)]),
  ...Object.keys(COMMAND).map((field): [string, string] => [field, use(`commandOptions.${field}`)]),
  ...['minimum', 'maximum', 'acquireTimeout', 'cleanupDelay'].map((field): [string, string] => [field, 'use the second argument of createClientPool()']),
];

const CLIENT_NAMES: OptionNames = { prefix: '', known: new Set(Object.keys(CLIENT)), hints: new Map(CLIENT_HINTS) };

const SOCKET_NAMES: OptionNames = {
  prefix: 'socket.',
  known: SOCKET,
  hints: new Map([
    ['url', use('url, beside socket')], ['username', use('username, beside socket')], ['password', use('password, beside socket')],
    ['database', use('database, beside socket')], ['db', use('database, beside socket')], ['retryStrategy', STRATEGY],
    ['retry_strategy', STRATEGY], ['hostname', use('socket.host')],
  ]),
};

const COMMAND_NAMES: OptionNames = {
  prefix: 'commandOptions.',
  known: new Set(Object.keys(COMMAND)),
  hints: new Map([
    ['returnBuffers', BUFFERS], ['isolated', use('execute() of a pool')], ['signal', use('commandOptions.abortSignal')],
    ['commandTimeout', use('commandOptions.timeout or commandOptions.deadline')],
  ]),
};

/** Warns of options that have no effect. They are accepted, as in npm `redis`. */
export function warnOfOptions(options: AnyRedisClientOptions): void {
  warnOfUnknown([[options, CLIENT_NAMES], [options.socket, SOCKET_NAMES], [options.commandOptions, COMMAND_NAMES]]);
  const { reconnectStrategy, reconnectionStrategy } = options.socket ?? {};
  const strategy: unknown = reconnectStrategy ?? reconnectionStrategy;
  if (strategy === undefined || strategy === null || strategy === false) return;
  if (typeof strategy === 'number' || typeof strategy === 'function') return;
  const { message } = invalid('socket.reconnectStrategy', 'a function, a number of ms or false', strategy);
  warnOnce(`${message}: the default strategy is used`, 'OXREDIS_INVALID_OPTION');
}
