/** How clients and their options are shown by `util.inspect` and JSON: without secrets. */
import { showInstead } from '../../wire/inspection';
import type { AnyRedisClientOptions, RedisSocketOptions } from './option-types';
import { isUrl, parseUrl, urlWithoutPassword } from './url';

const HIDDEN = '***';

/** Fields of `options.socket` that are secrets. */
const SOCKET_SECRETS = ['key', 'passphrase', 'pfx', 'pskCallback', 'ticketKeys', 'session'] as const;

const hidden = new WeakSet<object>();

/** Hides passwords and keys when options are inspected or serialized. Code can still read them. */
export function hideSecrets(options: AnyRedisClientOptions): void {
  if (hidden.has(options)) return;
  hidden.add(options);
  showInstead(options, withoutSecrets);
}

function withoutSecrets(options: AnyRedisClientOptions): object {
  const shown: Record<string, unknown> = { ...options };
  if (typeof options.url === 'string') shown.url = urlWithoutPassword(options.url);
  if (options.password !== undefined) shown.password = HIDDEN;
  if (options.credentialsProvider) shown.credentialsProvider = { type: options.credentialsProvider.type };
  if (options.socket) shown.socket = withoutKeys(options.socket);
  return shown;
}

function withoutKeys(socket: RedisSocketOptions): object {
  const shown: Record<string, unknown> = { ...socket };
  for (const field of SOCKET_SECRETS) if (shown[field] !== undefined) shown[field] = HIDDEN;
  return shown;
}

/** Returns where a client connects to: a path, or `host:port` as in URLs. */
export function addressOf({ host, port, path }: Pick<RedisSocketOptions, 'host' | 'port' | 'path'> = {}): string {
  if (path) return path;
  const name = host || 'localhost';
  return `${name.includes(':') ? `[${name}]` : name}:${port ?? 6379}`;
}

/** Like {@link addressOf}, for options whose URL was not yet merged; `undefined` for an invalid URL. */
export function targetOf({ url, socket }: Pick<AnyRedisClientOptions, 'url' | 'socket'>): string | undefined {
  if (!url) return addressOf(socket);
  try {
    return addressOf({ ...socket, ...parseUrl(isUrl(url) ? url.href : url).socket });
  } catch {
    return undefined;
  }
}
