/** What `connect()` makes of the options of a client. */
import { isTestRun } from '../../call-site';
import type { ClientSideCacheProvider } from '../../cache';
import { optionError } from '../../errors';
import type { RedisArgument } from '../../wire/command-parser';
import type { LinkOptions } from '../../wire/link-types';
import { isUint8Array } from '../../wire/realms';
import type { CachedExecution } from '../cache/cached-execution';
import { completeOptions } from '../options/options';
import { QueueLimits } from '../options/queue-limits';
import { ReconnectPolicy } from '../options/reconnect';
import { unsupported } from '../options/refused-options';
import { socketPart } from '../options/socket-options';
import { tlsPart } from '../options/tls-options';
import type { AnyRedisClientOptions, RedisSocketOptions } from '../options/option-types';
import { LIBRARY_NAME, LIBRARY_VERSION } from '../options/version';

/** What holds from one `connect()` until the client is closed. */
export interface ConnectionSettings {
  readonly link: LinkOptions;
  readonly policy: ReconnectPolicy;
  /** Ms between PINGs. */
  readonly pingInterval: number | undefined;
}

const TRACKING_ON = ['CLIENT', 'TRACKING', 'ON'];

/**
 * Looks at the options once, all together: what was set until `connect()` counts, validated as by `createClient`, and what is set
 * later does not. Credentials are the exception: they are asked for before every attempt.
 *
 * @param cache says how keys are tracked
 * @throws for options that contradict each other, and values that no connection can use
 */
export function connectionSettings(options: AnyRedisClientOptions, cache?: CachedExecution): ConnectionSettings {
  completeOptions(options);
  // A copy: nothing is looked at twice, so that settings and the functions that go with them cannot differ.
  const socket = { ...options.socket };
  return {
    link: linkOptions({ ...options, socket }, cache),
    policy: new ReconnectPolicy(socket),
    pingInterval: options.pingInterval || undefined,
  };
}

/**
 * The settings of a link. `database` is where a reset returns to.
 *
 * @throws for values that no connection can use
 */
export function linkOptions(options: AnyRedisClientOptions, cache?: CachedExecution): LinkOptions {
  const socket: RedisSocketOptions = options.socket ?? {};
  const info = !options.disableClientInfo;
  if (options.maintNotifications === 'enabled') {
    throw unsupported("maintNotifications: 'enabled'", "connections are not handed over yet: leave it out, or use 'auto' or 'disabled'");
  }
  // Spreading would take 7 KB of short-lived memory for each connection.
  return Object.assign(socketPart(socket), {
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
