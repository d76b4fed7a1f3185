/** The options of a client: what is filled in, what is refused, what a duplicate gets. */
import { isPasswordProvider, passwordCredentials } from './credentials';
import { checkSocketFields } from './socket-options';
import { checkTlsFields } from './tls-options';
import type { AnyRedisClientOptions } from './types';
import { parseOptions } from './url';
import type { CommandOptions } from './command-options';

/**
 * Fills in the defaults that `client.options` shows, and refuses options that contradict each other or cannot be honoured.
 *
 * @throws Error for contradictions, TypeError for what cannot be honoured
 */
export function completeOptions(options: AnyRedisClientOptions): void {
  const resp2 = options.RESP === 2;
  if (options.clientSideCache) {
    if (resp2) throw new Error('Client Side Caching is only supported with RESP3');
    if (options.emitInvalidate) throw new Error('emitInvalidate is not supported (or necessary) when clientSideCache is enabled');
  }
  if (resp2 && options.emitInvalidate) throw new Error('emitInvalidate is only supported with RESP3');
  const maintenance = options.maintNotifications ?? options.maintPushNotifications;
  if (resp2 && maintenance !== undefined && maintenance !== 'disabled') {
    throw new Error('Graceful Maintenance is only supported with RESP3');
  }
  options.maintNotifications = maintenance ?? (resp2 ? 'disabled' : 'auto');
  options.maintEndpointType ??= 'auto';
  options.maintRelaxedSocketTimeout ??= 10_000;
  options.maintRelaxedCommandTimeout ??= 10_000;
  parseOptions(options);
  if (!options.credentialsProvider && (options.username || options.password)) {
    options.credentialsProvider = passwordCredentials(options.username, options.password);
  }
  if (options.socket) {
    checkSocketFields(options.socket);
    checkTlsFields(options.socket);
  }
}

/**
 * Options for another client like the one that has `options`. Credentials made from a user name and a password are left out: an
 * override of those shall count.
 */
export function duplicateOptions(options: AnyRedisClientOptions, commandOptions: CommandOptions): AnyRedisClientOptions {
  const copy: AnyRedisClientOptions = { ...options, commandOptions };
  if (options.socket) copy.socket = { ...options.socket };
  if (isPasswordProvider(options.credentialsProvider)) delete copy.credentialsProvider;
  return copy;
}
