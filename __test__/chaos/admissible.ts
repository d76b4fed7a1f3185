/** Which errors a command may end with while things go wrong. Everything else is a finding. */

/** What servers say. */
const REPLIES = new Set([
  'LOADING', 'BUSY', 'OOM', 'NOPERM', 'NOAUTH', 'WRONGPASS', 'EXECABORT', 'NOREPLICAS', 'MASTERDOWN', 'MISCONF', 'NOSCRIPT', 'READONLY',
]);

/** What this package says: `code`. */
const CODES = new Set([
  'OXREDIS_ABORTED', 'OXREDIS_WATCH', 'OXREDIS_CONNECTION_TIMEOUT', 'OXREDIS_SOCKET_TIMEOUT', 'OXREDIS_CLIENT_CLOSED',
  'OXREDIS_CLIENT_OFFLINE', 'OXREDIS_CLIENT_DESTROYED', 'OXREDIS_SOCKET_CLOSED', 'OXREDIS_RECONNECT_STRATEGY', 'OXREDIS_TIMEOUT',
  'OXREDIS_QUEUE_FULL', 'OXREDIS_PROTOCOL', 'OXREDIS_MULTI_ERRORS',
]);

/** What the system says, and TLS. */
const SYSTEM = new Set([
  'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT', 'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'ERR_SSL_PROTOCOL_ERROR', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN',
]);

/** What the other end of TLS says: one of the faults does. */
const ALERT = /^ERR_SSL_\w+_ALERT_\w+$/;

/** Errors of these classes are mistakes in the program. */
const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Why an error may not be, or undefined when it may. @param texts messages that are expected besides */
export function objection(error: unknown, texts: readonly (string | RegExp)[] = []): string | undefined {
  if (!(error instanceof Error)) return 'is no Error';
  if (MISTAKES.some((mistake) => error instanceof mistake)) return 'is a mistake of the program';
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && (REPLIES.has(code) || CODES.has(code) || SYSTEM.has(code) || ALERT.test(code))) return undefined;
  if (texts.some((text) => (typeof text === 'string' ? error.message === text : text.test(error.message)))) return undefined;
  return 'is not expected';
}
