/**
 * What to do about errors: one row for each error code of the client. tools/generate-reference.mjs combines the rows
 * with the comments of the sources.
 */

/** Codes of error classes. */
export const CLASS_REMEDIES = {
  OXREDIS_ABORTED: 'Nothing: the signal was yours. `cause` is its reason.',
  OXREDIS_WATCH: 'Read again, and try the transaction once more.',
  OXREDIS_CONNECTION_TIMEOUT: 'The host or the handshake does not answer: check address, port and firewall, or raise `socket.connectTimeout`.',
  OXREDIS_SOCKET_TIMEOUT: 'Raise `socket.socketTimeout`, or set `pingInterval` below it.',
  OXREDIS_CLIENT_CLOSED: 'Call `connect()` first, or do not use the client after `close()`.',
  OXREDIS_CLIENT_OFFLINE: 'Try again after `ready`, or leave `disableOfflineQueue` out.',
  OXREDIS_CLIENT_DESTROYED: 'Nothing: `destroy()` was called.',
  OXREDIS_SOCKET_CLOSED: 'The client reconnects by itself. A command with `phase: \'written\'` may have run.',
  OXREDIS_ROOT_NODES_UNAVAILABLE: 'Check the addresses of the root nodes.',
  OXREDIS_SCAN_INTERRUPTED: 'Begin the scan again.',
  OXREDIS_RECONNECT_STRATEGY: '`originalError` is what the strategy returned, `socketError` why it was asked.',
  OXREDIS_MAX_REDIRECTIONS: '`cause` is the last redirection: the cluster is changing, or its nodes disagree.',
  OXREDIS_TIMEOUT: 'The message says what waited and why; `phase` whether the command was sent.',
  OXREDIS_SOCKET_TIMEOUT_MAINTENANCE: 'Raise `maintRelaxedSocketTimeout`.',
  OXREDIS_COMMAND_TIMEOUT_MAINTENANCE: 'Raise `maintRelaxedCommandTimeout`.',
  OXREDIS_OPEN_TELEMETRY: 'Initialise it once, and install `@opentelemetry/api`.',
  OXREDIS_MULTI_ERRORS: 'Look at `replies` and `errorIndexes`: the other commands did run.',
};

/**
 * Codes of errors without a class of their own (`Error`, `TypeError`, `RangeError`) and of warnings: meaning, and what
 * to do.
 */
export const CODES = {
  OXREDIS_ADDON_MISMATCH: ['The native engine that was found belongs to another version of oxredis.', 'Install again, so that the packages `oxredis` and `@oxredis/…` have the same version.'],
  OXREDIS_ADDON_MISSING: ['The native engine could not be loaded.', 'The message lists what was tried, and what mends it.'],
  OXREDIS_ALREADY_OPEN: ['`connect()` of a client that is open.', 'Connect once; wait for the same promise.'],
  OXREDIS_ARGUMENT_GONE: ['The memory of a Buffer was transferred or resized before it was sent.', 'Leave a Buffer alone until its command is settled, or pass a copy.'],
  OXREDIS_CREDENTIALS_REFUSED: ['The server refused the new credentials of a streaming provider; told to its `onReAuthenticationError`.', 'Look at what the provider hands out.'],
  OXREDIS_IGNORED_ARGUMENT: ['A warning: an argument that has no effect, such as `set(key, value, \'EX\', 10)`.', 'The message says what to write instead.'],
  OXREDIS_INTERNAL: ['A fault of the engine itself. It ends the call or the connection that it happened in.', 'Report it, with the message.'],
  OXREDIS_INVALID_ARGUMENT: ['An argument that the command cannot be made of.', 'The message says what it takes; `command` is its name.'],
  OXREDIS_INVALID_CACHE_ENTRY: ['A cache of your own holds something that is no entry.', 'Store what `createPromiseEntry` and `createValueEntry` give.'],
  OXREDIS_INVALID_CREDENTIALS: ['A user name or a password that is no text.', 'Give strings, or Buffers of UTF-8.'],
  OXREDIS_INVALID_OPTION: ['An option that cannot be used, or that contradicts another one.', 'The message names it and says what it takes.'],
  OXREDIS_INVALID_URL: ['A URL that is none of Redis.', '`redis[s]://[[username][:password]@][host][:port][/db-number]` or `unix://path`; percent-encode what is special in a password.'],
  OXREDIS_NOT_IMPLEMENTED: ['npm `redis` has it and this release does not.', 'The message says what to use instead.'],
  OXREDIS_NOT_IN_MULTI: ['A command that cannot be part of a transaction.', 'Run it before `multi()`.'],
  OXREDIS_NOT_RESTORED: ['The server refused on a new connection what was set on an earlier one. An `error` event; the client goes on without it.', '`cause` is the server\'s error: set it again, or look at the rights of the user.'],
  OXREDIS_NO_CREDENTIALS: ['A streaming provider could not obtain credentials; told to its `onReAuthenticationError`.', 'Look at the provider.'],
  OXREDIS_NO_THREAD: ['The process may start no more threads.', 'Raise the limit (`ulimit -u`, `pids.max`). Plain connections to an address or a UNIX socket need none.'],
  OXREDIS_PLAIN_PORT: ['TLS was spoken to a port for plain text.', 'Use `redis://`, or the TLS port of the server.'],
  OXREDIS_PROTOCOL: ['What came is no RESP, or more than the limits allow. The connection is closed.', 'Is it a Redis server, and nothing in between that changes what it sends?'],
  OXREDIS_QUEUE_FULL: ['`commandsQueueMaxLength` or `commandsQueueMaxBytes` is reached.', 'Wait for replies before you send more.'],
  OXREDIS_SUBSCRIBE_IN_TRANSACTION: ['A command of the SUBSCRIBE family in `multi()` that names several channels, or none.', 'Name one channel, or use `client.subscribe()`.'],
  OXREDIS_SUBSCRIPTION_REFUSED: ['The server no longer allows a channel. An `error` event; its listeners are dropped.', 'Look at the rights of the user (`ACL GETUSER`).'],
  OXREDIS_THROWN_VALUE: ['A function of yours threw something that is no error; the message is its text.', 'Throw errors.'],
  OXREDIS_TLS_PORT: ['Plain text was sent to a TLS port.', 'Use `rediss://`, or `socket.tls`.'],
  OXREDIS_UNANSWERED: ['A connection needs an answer (addresses, a verdict on a certificate) and nobody gives it.', 'Set the option that the message names before `connect()`.'],
  OXREDIS_UNKNOWN_OPTION: ['A warning: an option that there is not.', 'The message says what was probably meant.'],
  OXREDIS_UNSUPPORTED_KEY: ['A key of a kind that the engine cannot sign with (P-521, Ed448, RSA-PSS, RSA of 1024 bits).', 'Use RSA of 2048 bits or more, P-256, P-384 or Ed25519.'],
  OXREDIS_UNSUPPORTED_OPTION: ['An option that cannot be honoured.', 'The message says what to use instead.'],
};

/** Retry verdicts of server errors (`retry`): what can make the same command succeed, and what to do. */
export const RETRIES = {
  never: ['Nothing that the client could do.', 'Change the command, the data or the rights of the user, or look at the server.'],
  delay: ['Time.', 'Send it again after a delay, to the same server.'],
  redirect: ['The node that the error names.', 'Send it there, or use a client for clusters.'],
  reconnect: ['A new connection: the address may lead to another server now.', 'Reconnect, and send it again.'],
  refresh: ['What the nodes of the cluster say now of their slots.', 'Ask for the slots again, then send it to the node that has the slot.'],
};
