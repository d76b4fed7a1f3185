/** Completes and checks the options of a client, and copies them for duplicates. */
import { plainOptionError } from '../../errors';
import { isPasswordProvider, passwordCredentials } from './credentials';
import { hideSecrets } from './inspection';
import { checkKinds } from './option-kinds';
import { invalid } from './refused-options';
import { checkSocketFields } from './socket-options';
import { checkTlsFields } from './tls-options';
import type { AnyRedisClientOptions } from './option-types';
import { isUrl, mergeParsed, parseUrl } from './url';
import { warnOfOptions } from './unknown-options';
import type { CommandOptions } from './command-options';

/** Options whose `url` was already merged into them, with that URL. It is not merged again, so later changes take precedence over it. */
const merged = new WeakMap<object, string>();

/**
 * Returns the argument of `createClient` (options, string or `URL`) as an options object.
 *
 * @param place the name of the options in errors, if they are part of others
 * @throws TypeError for options of a kind that nothing can be made of
 */
export function givenOptions(given: unknown, place?: string): AnyRedisClientOptions {
  if (typeof given === 'string') return { url: given };
  if (isUrl(given)) return { url: given.href };
  checkKinds(given, place);
  return (given ?? {}) as AnyRedisClientOptions;
}

/** Returns a shallow copy with `overrides`. A URL that was merged into `options` is not merged into the copy again. */
export function copyOptions(options: AnyRedisClientOptions, overrides?: AnyRedisClientOptions): AnyRedisClientOptions {
  const copy: AnyRedisClientOptions = { ...options, ...overrides };
  const url = merged.get(options);
  if (url !== undefined && copy.url === url) merged.set(copy, url);
  return copy;
}

/**
 * Fills in the defaults that `client.options` shows, and refuses options that are contradictory or not supported. May be called
 * again, to apply options that were set meanwhile.
 *
 * @throws Error for contradictions, TypeError for options that are not supported
 */
export function completeOptions(options: AnyRedisClientOptions): void {
  checkKinds(options);
  checkProtocol(options);
  completeMaintenance(options);
  mergeUrl(options);
  completeCredentials(options);
  if (options.socket) {
    checkSocketFields(options.socket);
    checkTlsFields(options.socket);
  }
  warnOfOptions(options);
  hideSecrets(options);
}

function checkProtocol({ RESP, clientSideCache, emitInvalidate }: AnyRedisClientOptions): void {
  if (![undefined, null, 2, 3, '2', '3'].includes(RESP)) throw invalid('RESP', '2 or 3', RESP);
  const resp2 = isResp2(RESP);
  if (clientSideCache) {
    if (resp2) throw plainOptionError('Client Side Caching is only supported with RESP3');
    if (emitInvalidate) throw plainOptionError('emitInvalidate is not supported (or necessary) when clientSideCache is enabled');
  }
  if (resp2 && emitInvalidate) throw plainOptionError('emitInvalidate is only supported with RESP3');
}

function isResp2(version: unknown): boolean {
  return Number(version ?? 3) === 2;
}

function completeMaintenance(options: AnyRedisClientOptions): void {
  const resp2 = isResp2(options.RESP);
  const maintenance = options.maintNotifications ?? options.maintPushNotifications;
  if (resp2 && maintenance !== undefined && maintenance !== 'disabled') {
    throw plainOptionError('Graceful Maintenance is only supported with RESP3');
  }
  options.maintNotifications = maintenance ?? (resp2 ? 'disabled' : 'auto');
  options.maintEndpointType ??= 'auto';
  options.maintRelaxedSocketTimeout ??= 10_000;
  options.maintRelaxedCommandTimeout ??= 10_000;
}

/** Merges the URL into the options, once. */
function mergeUrl(options: AnyRedisClientOptions): void {
  if (isUrl(options.url)) options.url = options.url.href;
  const { url, database } = options;
  if (!url || merged.get(options) === url) return;
  const parsed = parseUrl(url);
  mergeParsed(options, parsed);
  merged.set(options, url);
  // As in npm redis, a URL with database 0 does not override the option `database`.
  if (database && parsed.database === 0) options.database = database;
  const { username, password } = parsed;
  if (username === undefined && password === undefined) return;
  // User name and password belong together: half from the URL and half from the options would be another user.
  Object.assign(options, { username, password });
}

/**
 * Wraps user name and password in a provider, unless one is configured. It reads the options at each use, so the password can be changed.
 */
function completeCredentials(options: AnyRedisClientOptions): void {
  const { credentialsProvider, username, password } = options;
  if (!username && !password) return;
  // A provider that reads from other options was copied with them and would ignore changes of these.
  const isMine = isPasswordProvider(credentialsProvider, options);
  if (!credentialsProvider || (isPasswordProvider(credentialsProvider) && !isMine)) {
    options.credentialsProvider = passwordCredentials(options);
  }
}

/** Returns the options for a duplicate of a client, with `overrides`. */
export function duplicateOptions(
  options: AnyRedisClientOptions, commandOptions: CommandOptions, overrides?: AnyRedisClientOptions,
): AnyRedisClientOptions {
  const copy = copyOptions(options, { commandOptions, ...overrides });
  if (options.socket && copy.socket === options.socket) copy.socket = { ...options.socket };
  if (isPasswordProvider(copy.credentialsProvider, options)) delete copy.credentialsProvider;
  return copy;
}
