/**
 * What to do about errors, for docs/errors.md: one row for each error code of the client.
 * tools/generate-reference.mjs combines the rows with the comments of the sources.
 */

/** Codes of error classes. */
export const CLASS_REMEDIES = {
  OXREDIS_ABORTED: 'Nothing: your own signal was aborted. `cause` is its reason.',
  OXREDIS_WATCH: 'Read the watched keys again, and repeat the transaction.',
  OXREDIS_CONNECTION_TIMEOUT: 'The server did not accept the connection or complete the handshake in time: check address, port and firewall, or raise `socket.connectTimeout`.',
  OXREDIS_SOCKET_TIMEOUT: 'Raise `socket.socketTimeout`, or set `pingInterval` below it.',
  OXREDIS_CLIENT_CLOSED: 'Call `connect()` first, or do not use the client after `close()`.',
  OXREDIS_CLIENT_OFFLINE: 'Try again after `ready`, or leave `disableOfflineQueue` out.',
  OXREDIS_CLIENT_DESTROYED: 'Nothing: `destroy()` was called.',
  OXREDIS_SOCKET_CLOSED: 'The client reconnects by itself. A command with `phase: \'written\'` may have run.',
  OXREDIS_ROOT_NODES_UNAVAILABLE: 'Check the addresses of the root nodes.',
  OXREDIS_SCAN_INTERRUPTED: 'Start the scan again.',
  OXREDIS_RECONNECT_STRATEGY: '`originalError` is the error that the strategy returned, `socketError` the one that it was called for.',
  OXREDIS_MAX_REDIRECTIONS: 'Send the command again later: the cluster is changing, or its nodes disagree. `cause` is the last redirection.',
  OXREDIS_TIMEOUT: 'The message says which command waited and why; `phase` says whether it was sent.',
  OXREDIS_SOCKET_TIMEOUT_MAINTENANCE: 'Raise `maintRelaxedSocketTimeout`.',
  OXREDIS_COMMAND_TIMEOUT_MAINTENANCE: 'Raise `maintRelaxedCommandTimeout`.',
  OXREDIS_OPEN_TELEMETRY: 'Initialise OpenTelemetry only once, and install `@opentelemetry/api`.',
  OXREDIS_MULTI_ERRORS: 'Look at `replies` and `errorIndexes`: the other commands were executed.',
};

/**
 * Codes of plain errors (`Error`, `TypeError`, `RangeError`) and of warnings: their meaning, and what to do.
 */
export const CODES = {
  OXREDIS_ADDON_MISMATCH: ['The native engine that was found belongs to another version of oxredis.', 'Reinstall, so that the packages `oxredis` and `@oxredis/…` have the same version.'],
  OXREDIS_ADDON_MISSING: ['The native engine could not be loaded.', 'The message lists what was tried, and how to fix it.'],
  OXREDIS_ALREADY_OPEN: ['`connect()` was called on an open client.', 'Call `connect()` once, and share its promise.'],
  OXREDIS_ARGUMENT_GONE: ['The memory of a Buffer was transferred or resized before it was sent.', 'Do not transfer or resize a Buffer until its command is settled, or pass a copy.'],
  OXREDIS_CREDENTIALS_REFUSED: ['The server refused the new credentials of a streaming provider; reported to its `onReAuthenticationError`.', 'Check the credentials that the provider supplies.'],
  OXREDIS_CROSS_SLOT: ['The keys of a transaction are of several hash slots; the `cause` of a `MaxCommandRedirectionsError`. Nothing was sent.', 'Give the keys a hash tag (`{user1}:a`, `{user1}:b`), or use `execAsPipeline()`.'],
  OXREDIS_CURSOR_LOST: ['The node that has this cursor of FT.AGGREGATE is no longer a primary of the cluster.', 'Run FT.AGGREGATE again.'],
  OXREDIS_IGNORED_ARGUMENT: ['A warning: an argument that has no effect, such as `set(key, value, \'EX\', 10)`.', 'The message says what to write instead.'],
  OXREDIS_NODES_UNREACHABLE: ['The root nodes told the layout of the cluster, and no primary in it could be connected to.', 'The message has the addresses and reasons: map them with `nodeAddressMap`, or check credentials and TLS in `defaults`.'],
  OXREDIS_NODE_REPLACED: ['A node of a cluster stopped answering, and another one owns its slots: its connection was given up. Commands in flight to it may have run.', 'Nothing: later commands go to the new owner.'],
  OXREDIS_INTERNAL: ['A bug of the engine. It ends the call or the connection in which it happened.', 'Report it, including the message.'],
  OXREDIS_INVALID_ARGUMENT: ['The command cannot be built from this argument.', 'The message says what the argument may be; `command` is the name of the command.'],
  OXREDIS_INVALID_CACHE_ENTRY: ['A custom cache holds a value that is not a cache entry.', 'Store only results of `createPromiseEntry` and `createValueEntry`.'],
  OXREDIS_INVALID_CREDENTIALS: ['A user name or a password is not text.', 'Use strings, or Buffers of UTF-8.'],
  OXREDIS_INVALID_OPTION: ['An option has an invalid value, or contradicts another one.', 'The message names the option and says what it may be.'],
  OXREDIS_INVALID_SLOT: ['Not a hash slot.', 'Pass a whole number from 0 to 16383.'],
  OXREDIS_INVALID_URL: ['The URL is not a Redis URL.', '`redis[s]://[[username][:password]@][host][:port][/db-number]` or `unix://path`; percent-encode special characters in the password.'],
  OXREDIS_NOT_IMPLEMENTED: ['A feature of npm `redis` that this release does not have.', 'The message says what to use instead.'],
  OXREDIS_NOT_IN_MULTI: ['The command cannot be part of a transaction.', 'Run it before `multi()`.'],
  OXREDIS_NOT_RESTORED: ['On a new connection, the server refused to restore a setting of an earlier one. An `error` event; the client goes on without the setting.', '`cause` is the server\'s error: set it again, or check the permissions of the user.'],
  OXREDIS_NO_CREDENTIALS: ['A streaming provider could not obtain credentials; reported to its `onReAuthenticationError`.', 'Check the provider.'],
  OXREDIS_NO_PRIMARY: ['The cluster has no primary node that could run the command.', 'Try again when the cluster is up: `CLUSTER INFO` tells its state.'],
  OXREDIS_NO_THREAD: ['The process cannot start another thread.', 'Raise the limit (`ulimit -u`, `pids.max`). Plain connections to an address or a UNIX socket need none.'],
  OXREDIS_PLAIN_PORT: ['TLS was used on a plain-text port.', 'Use `redis://`, or the TLS port of the server.'],
  OXREDIS_PROTOCOL: ['The received data is not RESP, or exceeds the limits. The connection is closed.', 'Check that this is a Redis server, and that no proxy changes its replies.'],
  OXREDIS_QUEUE_FULL: ['`commandsQueueMaxLength` or `commandsQueueMaxBytes` is reached.', 'Wait for replies before you send more.'],
  OXREDIS_SLOT_UNSERVED: ['No node of the cluster serves this hash slot.', 'Check the cluster (`CLUSTER INFO`): its slots are not all assigned.'],
  OXREDIS_SUBSCRIBE_IN_TRANSACTION: ['A command of the SUBSCRIBE family in `multi()` that names several channels, or none.', 'Name one channel, or use `client.subscribe()`.'],
  OXREDIS_SUBSCRIPTION_REFUSED: ['The server refused to restore a subscription. An `error` event; the listeners of the channel are dropped.', 'Check the permissions of the user (`ACL GETUSER`).'],
  OXREDIS_THROWN_VALUE: ['A function of yours threw a value that is not an error; the message is its text.', 'Throw only errors.'],
  OXREDIS_TLS_PORT: ['Plain text was sent to a TLS port.', 'Use `rediss://`, or `socket.tls`.'],
  OXREDIS_UNANSWERED: ['The connection needs a function (that returns addresses or checks a certificate) that the options lack.', 'Set the option that the message names before `connect()`.'],
  OXREDIS_UNEXPECTED_REPLY: ['The replies of a cluster\'s nodes to one command cannot be merged.', 'Send the command to single nodes, with `nodeClient`.'],
  OXREDIS_UNKNOWN_CURSOR: ['The cursor was not given out by this cluster client, was read to the end, or was not used for five minutes.', 'Restart the scan from 0. `scanIterator` has no time limit.'],
  OXREDIS_UNKNOWN_OPTION: ['A warning: the option does not exist.', 'The message suggests the option that was probably meant.'],
  OXREDIS_UNSUPPORTED_KEY: ['The private key is of a kind that the engine cannot use for signing (P-521, Ed448, RSA-PSS, RSA of 1024 bits).', 'Use RSA of 2048 bits or more, P-256, P-384 or Ed25519.'],
  OXREDIS_UNSUPPORTED_OPTION: ['The option is not supported.', 'The message says what to use instead.'],
};

/** The values of `retry` of server errors: what can make the same command succeed, and what to do. */
export const RETRIES = {
  never: ['Nothing that the client can do.', 'Change the command, the data or the permissions of the user, or check the server.'],
  delay: ['Waiting.', 'Send it again after a delay, to the same server.'],
  redirect: ['Sending it to the node that the error names.', 'Send it there, or use a cluster client.'],
  reconnect: ['A new connection, since the address may now lead to another server.', 'Reconnect, and send it again.'],
  refresh: ['The current slots of the cluster nodes.', 'Request the slots again, then send it to the node that has the slot.'],
};
