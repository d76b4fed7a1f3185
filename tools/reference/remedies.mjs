/** What to do about errors: a row for each code of the client, by tools/generate-reference.mjs put beside what the sources say. */

/** Codes of classes. */
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

/** Codes of errors that are no class of their own (`Error`, `TypeError`, `RangeError`): what they mean, what to do. */
export const CODES = {
  OXREDIS_ADDON_MISSING: ['The native engine could not be loaded.', 'The message lists what was tried, and what mends it.'],
  OXREDIS_ALREADY_OPEN: ['`connect()` of a client that is open.', 'Connect once; wait for the same promise.'],
  OXREDIS_NOT_IMPLEMENTED: ['npm `redis` has it and this release does not.', 'The message says what to use instead.'],
  OXREDIS_QUEUE_FULL: ['`commandsQueueMaxLength` or `commandsQueueMaxBytes` is reached.', 'Wait for replies before you send more.'],
  OXREDIS_UNSUPPORTED_OPTION: ['An option that cannot be honoured.', 'The message says what to use instead.'],
};
