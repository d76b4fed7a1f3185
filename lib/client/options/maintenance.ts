/** The options of maintenance notifications (`docs/maintenance.md`). */
import { plainOptionError } from '../../errors';
import { LONGEST_TIMER } from '../../timers';
import type { LinkOptions } from '../../wire/link-types';
import type { AnyRedisClientOptions, MovingEndpointType } from './option-types';
import { invalid, unsupported } from './refused-options';

const RELAXED_TIMEOUT = 10_000; // ms

const MODES: readonly unknown[] = ['disabled', 'auto', 'enabled'] satisfies AnyRedisClientOptions['maintNotifications'][];
const ENDPOINT_TYPES: readonly unknown[] =
  ['auto', 'internal-ip', 'internal-fqdn', 'external-ip', 'external-fqdn', 'none'] satisfies MovingEndpointType[];

/** The settings of a link that concern maintenance. */
export type MaintenanceSettings =
  Pick<LinkOptions, 'maintNotifications' | 'maintRelaxedCommandTimeout' | 'maintRelaxedSocketTimeout'>;

/**
 * Fills in the defaults that `client.options` shows.
 *
 * @throws Error where notifications are combined with RESP2, TypeError for wrong values
 */
export function completeMaintenance(options: AnyRedisClientOptions, isResp2: boolean): void {
  const given = options.maintNotifications ?? options.maintPushNotifications ?? undefined;
  const name = options.maintNotifications ? 'maintNotifications' : 'maintPushNotifications';
  checkWord(name, given, MODES);
  if (isResp2 && given !== undefined && given !== 'disabled') throw plainOptionError('Graceful Maintenance is only supported with RESP3');
  checkWord('maintEndpointType', options.maintEndpointType, ENDPOINT_TYPES);
  checkTime('maintRelaxedSocketTimeout', options.maintRelaxedSocketTimeout);
  checkTime('maintRelaxedCommandTimeout', options.maintRelaxedCommandTimeout);
  options.maintNotifications = given ?? (isResp2 ? 'disabled' : 'auto');
  options.maintEndpointType ??= 'auto';
  options.maintRelaxedSocketTimeout ??= RELAXED_TIMEOUT;
  options.maintRelaxedCommandTimeout ??= RELAXED_TIMEOUT;
}

function checkWord(name: string, value: unknown, words: readonly unknown[]): void {
  if (value === undefined || value === null || words.includes(value)) return;
  throw invalid(name, `one of ${words.map((word) => `'${String(word)}'`).join(', ')}`, value);
}

function checkTime(name: string, value: unknown): void {
  if (value === undefined || value === null || (typeof value === 'number' && value >= 0)) return;
  throw invalid(name, 'a number of ms that is not negative', value);
}

/**
 * Returns the settings of a link. As in npm `redis`, `auto` asks for notifications only where the configuration names the host.
 *
 * @param hasHost whether it does
 * @throws TypeError if notifications are demanded of a UNIX socket: it cannot be handed over
 */
export function maintenanceSettings(options: AnyRedisClientOptions, hasHost: boolean, isPath: boolean): MaintenanceSettings {
  const { maintNotifications, maintEndpointType, maintRelaxedCommandTimeout, maintRelaxedSocketTimeout } = options;
  const required = maintNotifications === 'enabled';
  if (required && isPath) throw unsupported("maintNotifications: 'enabled' with a UNIX socket", "use 'auto' or 'disabled', or connect to a host");
  const isAsked = !isPath && (required || (hasHost && maintNotifications === 'auto'));
  return {
    maintNotifications: isAsked ? { endpointType: maintEndpointType ?? 'auto', required } : undefined,
    maintRelaxedCommandTimeout: relaxedTimeout(maintRelaxedCommandTimeout),
    maintRelaxedSocketTimeout: relaxedTimeout(maintRelaxedSocketTimeout),
  };
}

/** 0 is no limit, that is the longest one: during maintenance, 0 would mean to the engine that nothing is relaxed. */
function relaxedTimeout(value: number | undefined): number {
  return Math.ceil(Math.min((value ?? RELAXED_TIMEOUT) || Infinity, LONGEST_TIMER));
}
