/** The options of a client: what is filled in, what is refused, what a duplicate gets. */
import { plainOptionError } from '../../errors';
import { isPasswordProvider, passwordCredentials } from './credentials';
import { hideSecrets } from './inspection';
import { invalid } from './refused-options';
import { checkSocketFields } from './socket-options';
import { checkTlsFields } from './tls-options';
import type { AnyRedisClientOptions } from './option-types';
import { isUrl, mergeParsed, parseUrl } from './url';
import { warnOfOptions } from './unknown-options';
import type { CommandOptions } from './command-options';

/** Options whose `url` has been written into them, with that URL: what was changed since then counts more than the URL. */
const merged = new WeakMap<object, string>();

/** What `createClient` was given, as an object of options. */
export function givenOptions(given: unknown): AnyRedisClientOptions {
  if (typeof given === 'string') return { url: given };
  if (isUrl(given)) return { url: given.href };
  return (given ?? {}) as AnyRedisClientOptions;
}

/** A copy (not a deep one) with `overrides`. A URL that was written into `options` is not written into the copy again. */
export function copyOptions(options: AnyRedisClientOptions, overrides?: AnyRedisClientOptions): AnyRedisClientOptions {
  const copy: AnyRedisClientOptions = { ...options, ...overrides };
  const url = merged.get(options);
  if (url !== undefined && copy.url === url) merged.set(copy, url);
  return copy;
}

/**
 * Fills in what `client.options` shows, and refuses options that contradict each other or cannot be honoured. Doing it again does
 * no harm: what was set meanwhile is taken up.
 *
 * @throws Error for contradictions, TypeError for what cannot be honoured
 */
export function completeOptions(options: AnyRedisClientOptions): void {
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

/** Writes what the URL says into the options, once. */
function mergeUrl(options: AnyRedisClientOptions): void {
  if (isUrl(options.url)) options.url = options.url.href;
  const { url, database } = options;
  if (!url || merged.get(options) === url) return;
  const parsed = parseUrl(url);
  mergeParsed(options, parsed);
  merged.set(options, url);
  // As in npm redis: a URL that names database 0 asks for nothing.
  if (database && parsed.database === 0) options.database = database;
  const { username, password } = parsed;
  if (username === undefined && password === undefined) return;
  // It names the user as a whole: half of it and half of the options would be somebody else.
  Object.assign(options, { username, password });
}

/** User name and password become a provider, unless there is one. It reads the options: a password may be changed. */
function completeCredentials(options: AnyRedisClientOptions): void {
  const { credentialsProvider, username, password } = options;
  if (!username && !password) return;
  // One that was made of other options was copied from them, and does not know these.
  const isMine = isPasswordProvider(credentialsProvider, options);
  if (!credentialsProvider || (isPasswordProvider(credentialsProvider) && !isMine)) {
    options.credentialsProvider = passwordCredentials(options);
  }
}

/** Options for another client like the one that has `options`, with `overrides`. */
export function duplicateOptions(
  options: AnyRedisClientOptions, commandOptions: CommandOptions, overrides?: AnyRedisClientOptions,
): AnyRedisClientOptions {
  const copy = copyOptions(options, { commandOptions, ...overrides });
  if (options.socket && copy.socket === options.socket) copy.socket = { ...options.socket };
  if (isPasswordProvider(copy.credentialsProvider, options)) delete copy.credentialsProvider;
  return copy;
}
