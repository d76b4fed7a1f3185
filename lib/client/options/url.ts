/** Connection URLs: `redis://`, `rediss://` (TLS) and `unix://`. */
import { optionError, urlError, withCode } from '../../errors';
import { passwordCredentials } from './credentials';
import type { AnyRedisClientOptions, RedisSocketOptions } from './option-types';

/** The options that a URL contains. `credentialsProvider` is set if it names a user or a password. */
export type UrlOptions = AnyRedisClientOptions & { socket: RedisSocketOptions & { tls: boolean } };

/**
 * Parses `redis[s]://[[username][:password]@][host][:port][/db-number]` or `unix://[username[:password]@]/path[?db=N]`.
 *
 * @throws TypeError for another protocol, a path that is not a database number, or a malformed URL
 */
export function parseUrl(url: string): UrlOptions {
  if (url.startsWith('unix:')) return parseUnixUrl(url);
  const { hostname, port, protocol, username, password, pathname } = parsedUrl(url);
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw urlError(`Protocol - ${protocol} - is not a valid Redis protocol. Expected redis: or rediss:`);
  }
  const parsed: UrlOptions = { socket: { host: withoutBrackets(hostname), tls: protocol === 'rediss:' } };
  if (port !== '') parsed.socket.port = Number(port);
  addCredentials(parsed, username, password);
  if (pathname.length > 1) parsed.database = databaseOf(pathname.slice(1), 'Invalid pathname');
  return parsed;
}

function parseUnixUrl(url: string): UrlOptions {
  const { username, password, pathname, searchParams } = parseUnix(url);
  if (pathname.length < 2) throw urlError('Invalid unix URL');
  const parsed: UrlOptions = { socket: { path: decoded(pathname), tls: false } };
  addCredentials(parsed, username, password);
  const database = searchParams.get('db');
  if (database !== null) parsed.database = databaseOf(database, 'Invalid db query parameter');
  return parsed;
}

/** Parses a `unix:` URL with a placeholder as its host, because `URL` requires a host after credentials. */
function parseUnix(url: string): URL {
  const rest = /^unix:\/\/([^/?#@]*@)?\/(.*)$/s.exec(url);
  if (rest === null) throw urlError('Invalid unix URL');
  return parsedUrl(`unix://${rest[1] ?? ''}socket/${rest[2]}`);
}

/** Parses a URL. Replaces the error of `URL`, whose `input` would expose the password. */
function parsedUrl(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' });
  }
}

/** Whether a value is a `URL`, also one of another realm. */
export function isUrl(value: unknown): value is URL {
  return typeof value === 'object' && value !== null && typeof (value as URL).href === 'string'
    && typeof (value as URL).protocol === 'string';
}

/** Returns a connection URL with its password masked. */
export function urlWithoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/?#]*):[^/?#]*@/i, '$1:***@');
}

/** Percent-decodes a part of a URL. @throws URIError with a code, as in npm `redis` */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw withCode(new URIError('URI malformed'), 'OXREDIS_INVALID_URL');
  }
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
}

function addCredentials(parsed: UrlOptions, username: string, password: string): void {
  if (username !== '') parsed.username = decoded(username);
  if (password !== '') parsed.password = decoded(password);
  if (username !== '' || password !== '') {
    parsed.credentialsProvider = passwordCredentials(parsed);
  }
}

function databaseOf(text: string, message: string): number {
  const database = Number(text);
  if (Number.isNaN(database)) throw urlError(message);
  return database;
}

/**
 * Merges `options.url` into `options`, in place. The URL takes precedence over `socket`, `username`, `password` and `database`.
 *
 * @returns `options`
 * @throws TypeError if `socket.tls` contradicts the protocol of the URL
 */
export function parseOptions<O extends AnyRedisClientOptions>(options: O): O {
  return options?.url ? mergeParsed(options, parseUrl(options.url)) : options;
}

/** Like {@link parseOptions}, for a URL that was already parsed. */
export function mergeParsed<O extends AnyRedisClientOptions>(options: O, parsed: UrlOptions): O {
  if (options.socket) {
    const wanted = options.socket.tls;
    if (wanted !== undefined && wanted !== parsed.socket.tls) {
      throw optionError(
        `tls socket option is set to ${wanted} which is mismatch with protocol or the URL ${urlWithoutPassword(String(options.url))} passed`,
      );
    }
    parsed.socket = Object.assign(options.socket, parsed.socket);
  }
  return Object.assign(options, parsed);
}
