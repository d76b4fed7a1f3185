/** Converts the options of a client to the settings of a connection, when `connect()` is called. */
import { isTestRun } from '../../call-site';
import type { ClientSideCacheProvider } from '../../cache';
import { optionError } from '../../errors';
import type { RedisArgument } from '../../wire/command-parser';
import type { LinkOptions } from '../../wire/link-types';
import { isUint8Array } from '../../wire/realms';
import type { CachedExecution } from '../cache/cached-execution';
import { maintenanceSettings } from '../options/maintenance';
import { completeOptions } from '../options/options';
import { QueueLimits } from '../options/queue-limits';
import { ReconnectPolicy } from '../options/reconnect';
import { socketPart } from '../options/socket-options';
import { tlsPart } from '../options/tls-options';
import type { AnyRedisClientOptions, RedisSocketOptions } from '../options/option-types';
import { LIBRARY_NAME, LIBRARY_VERSION } from '../options/version';

/** Settings that apply from `connect()` until the client is closed. */
export interface ConnectionSettings {
  readonly link: LinkOptions;
  readonly policy: ReconnectPolicy;
  /** Interval of PINGs in ms; `undefined`: no PINGs. */
  readonly pingInterval: number | undefined;
}

const TRACKING_ON = ['CLIENT', 'TRACKING', 'ON'];

/**
 * Reads and validates all options at once. Changes made before `connect()` take effect, later ones do not. Credentials are the
 * exception: they are read before every attempt.
 *
 * @param cache determines how keys are tracked
 * @param isNode whether the link leads to a node of a cluster, whose address is not in the options
 * @throws for contradictory options and invalid values
 */
export function connectionSettings(options: AnyRedisClientOptions, cache?: CachedExecution, isNode = false): ConnectionSettings {
  completeOptions(options);
  // A copy, so that a later change of an option cannot make the settings inconsistent.
  const socket = { ...options.socket };
  return {
    link: linkOptions({ ...options, socket }, cache, isNode),
    policy: new ReconnectPolicy(socket),
    pingInterval: options.pingInterval || undefined,
  };
}

/**
 * Returns the settings of a link. Their `database` is the one that RESET selects.
 *
 * @param isNode whether it leads to a node of a cluster, whose address is not in the options
 * @throws for invalid values
 */
export function linkOptions(options: AnyRedisClientOptions, cache?: CachedExecution, isNode = false): LinkOptions {
  const socket: RedisSocketOptions = options.socket ?? {};
  const info = !options.disableClientInfo;
  const place = socketPart(socket);
  // Object spread would allocate 7 KB of short-lived memory per connection.
  return Object.assign(place, maintenanceSettings(options, isNode || Boolean(socket.host ?? options.url), place.path !== undefined), {
    tls: tlsPart(socket),
    resp: Number(options.RESP ?? 3) === 2 ? 2 as const : 3 as const,
    name: options.name || undefined,
    database: databaseOf(options.database),
    readonly: Boolean(options.readonly),
    libName: info ? libraryName(options.clientInfoTag) : undefined,
    libVersion: info ? LIBRARY_VERSION : undefined,
    tracking: cache === undefined ? options.emitInvalidate ? TRACKING_ON : undefined : trackingWords(cache.provider),
    cache: cache?.engineCache,
    limits: QueueLimits.of(options),
    disableOfflineQueue: Boolean(options.disableOfflineQueue),
    namesCallers: options.callerStacks ?? isTestRun(),
  });
}

function trackingWords(cache: ClientSideCacheProvider): RedisArgument[] {
  const words: unknown = cache.trackingOn();
  const isCommand = Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string' || isUint8Array(word));
  if (isCommand) return words as RedisArgument[];
  throw optionError('trackingOn() of the client-side cache must give the words of a command: strings and Buffers');
}

function libraryName(tag: string | undefined): string {
  return tag ? `${LIBRARY_NAME}(${tag})` : LIBRARY_NAME;
}

function databaseOf(database: number | undefined): number {
  const number = Number(database ?? 0);
  if (Number.isInteger(number) && number >= 0 && number <= 0x7fff_ffff) return number;
  throw optionError(`database must be a whole number that is not negative, got ${String(database)}`);
}
