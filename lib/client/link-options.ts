/** From the options of a client to the settings of its link. */
import { isIP } from 'node:net';
import type { ClientSideCacheProvider } from '../cache';
import type { RedisArgument } from '../wire/command-parser';
import type { LinkOptions } from '../wire/link';
import type { CommandCache } from './command-cache';
import { socketPart } from './socket-options';
import { tlsPart } from './tls-options';
import type { AnyRedisClientOptions, RedisSocketOptions } from './types';
import { LIBRARY_NAME, LIBRARY_VERSION } from './version';

const TRACKING_ON = ['CLIENT', 'TRACKING', 'ON'];

/**
 * The settings of a link. `database` is where a reset returns to.
 *
 * @param cache says how keys are tracked
 * @throws for values that no connection can use
 */
export function linkOptions(options: AnyRedisClientOptions, cache?: CommandCache): LinkOptions {
  const socket = options.socket ?? {};
  const info = options.disableClientInfo !== true;
  // Spreading would take 7 KB of short-lived memory for each connection.
  return Object.assign(socketPart(socket), {
    tls: tlsPart(socket),
    resp: Number(options.RESP ?? 3) === 2 ? 2 as const : 3 as const,
    name: options.name || undefined,
    database: databaseOf(options.database),
    readonly: options.readonly === true,
    libName: info ? libraryName(options.clientInfoTag) : undefined,
    libVersion: info ? LIBRARY_VERSION : undefined,
    tracking: cache === undefined ? options.emitInvalidate === true ? TRACKING_ON : undefined : trackingWords(cache.provider),
    cache: cache?.engineCache,
    maintNotifications: maintenancePart(options, socket),
    disableOfflineQueue: options.disableOfflineQueue === true,
  });
}

function trackingWords(cache: ClientSideCacheProvider): RedisArgument[] {
  const words: unknown = cache.trackingOn();
  const isCommand = Array.isArray(words) && words.length > 0
    && words.every((word) => typeof word === 'string' || word instanceof Buffer);
  if (isCommand) return words as RedisArgument[];
  throw new TypeError('trackingOn() of the client-side cache must give the words of a command: strings and Buffers');
}

function libraryName(tag: string | undefined): string {
  return tag ? `${LIBRARY_NAME}(${tag})` : LIBRARY_NAME;
}

function databaseOf(database: number | undefined): number {
  const number = Number(database ?? 0);
  if (Number.isInteger(number) && number >= 0 && number <= 0x7fff_ffff) return number;
  throw new TypeError(`database must be a whole number that is not negative, got ${String(database)}`);
}

/** Asked for only where a host was named: notifications are about hosts that move. */
function maintenancePart(options: AnyRedisClientOptions, socket: RedisSocketOptions): LinkOptions['maintNotifications'] {
  const wanted = options.maintNotifications ?? 'disabled';
  if (wanted === 'disabled' || socket.path || !(options.url || socket.host)) return undefined;
  const endpointType = options.maintEndpointType ?? 'auto';
  return {
    endpointType: endpointType === 'auto' ? endpointTypeOf(socket) : endpointType,
    required: wanted === 'enabled',
  };
}

/** Private addresses want to be told private ones. A name counts as public: it would have to be resolved to know. */
function endpointTypeOf(socket: RedisSocketOptions): string {
  const scope = isPrivate(socket.host ?? 'localhost') ? 'internal' : 'external';
  return `${scope}-${socket.tls === true ? 'fqdn' : 'ip'}`;
}

function isPrivate(host: string): boolean {
  if (isIP(host) === 4) {
    const [first, second] = host.split('.').map(Number) as [number, number];
    return first === 10 || (first === 172 && second >= 16 && second <= 31) || (first === 192 && second === 168);
  }
  const address = host.toLowerCase();
  return isIP(host) === 6 && (address === '::1' || /^f[cd]/.test(address) || /^fe[89ab]/.test(address));
}
