import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { ArrayReply, BlobStringReply, NumberReply, SetReply, TuplesToMapReply } from '../wire/resp-types';
import { none, pushOption, textArgument } from './args';
import { clientInfo, clientInfos } from './client-info';
import { command } from './command';
import * as reply from './replies';

/** The filters of CLIENT KILL. */
export const CLIENT_KILL_FILTERS = {
  ADDRESS: 'ADDR',
  LOCAL_ADDRESS: 'LADDR',
  ID: 'ID',
  TYPE: 'TYPE',
  USER: 'USER',
  SKIP_ME: 'SKIPME',
  MAXAGE: 'MAXAGE',
} as const;

export interface ClientKillAddress {
  filter: 'ADDR';
  address: `${string}:${number}`;
}
export interface ClientKillLocalAddress {
  filter: 'LADDR';
  localAddress: `${string}:${number}`;
}
export interface ClientKillId {
  filter: 'ID';
  id: number | `${number}`;
}
export interface ClientKillType {
  filter: 'TYPE';
  type: 'normal' | 'master' | 'replica' | 'pubsub';
}
export interface ClientKillUser {
  filter: 'USER';
  username: string;
}
/** Whether the calling connection is left open. */
export type ClientKillSkipMe = 'SKIPME' | { filter: 'SKIPME'; skipMe: boolean };
export interface ClientKillMaxAge {
  filter: 'MAXAGE';
  /** Minimum age of the connection in seconds. */
  maxAge: number;
}
export type ClientKillFilter =
  | ClientKillAddress | ClientKillLocalAddress | ClientKillId | ClientKillType | ClientKillUser | ClientKillSkipMe | ClientKillMaxAge;

function pushKillFilter(c: CommandParser, filter: ClientKillFilter): void {
  if (filter === 'SKIPME') {
    c.push('SKIPME');
    return;
  }
  c.push(filter.filter);
  switch (filter.filter) {
    case 'ADDR':
      c.push(filter.address);
      break;
    case 'LADDR':
      c.push(filter.localAddress);
      break;
    case 'ID':
      c.push(textArgument(filter.id));
      break;
    case 'TYPE':
      c.push(filter.type);
      break;
    case 'USER':
      c.push(filter.username);
      break;
    case 'SKIPME':
      c.push(filter.skipMe ? 'yes' : 'no');
      break;
    case 'MAXAGE':
      c.push(filter.maxAge.toString());
      break;
  }
}

/** Selects connections by type or by id. */
export type ListFilter =
  | { TYPE: 'NORMAL' | 'MASTER' | 'REPLICA' | 'PUBSUB'; ID?: never }
  | { ID: RedisArgument[]; TYPE?: never };

interface TrackingCommonOptions {
  /** Id of the connection that gets the invalidation messages. */
  REDIRECT?: number;
  /** Do not send messages about keys that this connection has changed. */
  NOLOOP?: boolean;
}
/**
 * Which keys are tracked: keys with given prefixes, keys read after CLIENT CACHING YES, or all keys read except after
 * CLIENT CACHING NO.
 */
export type ClientTrackingOptions = TrackingCommonOptions & (
  | { BCAST?: boolean; PREFIX?: RedisVariadicArgument }
  | { OPTIN?: boolean }
  | { OPTOUT?: boolean }
);

interface ClientTrackingModes {
  BCAST?: boolean;
  PREFIX?: RedisVariadicArgument;
  OPTIN?: boolean;
  OPTOUT?: boolean;
}

function pushTracking(c: CommandParser, mode: boolean, options?: ClientTrackingOptions): void {
  c.push(mode ? 'ON' : 'OFF');
  if (!mode || !options) return;
  if (options.REDIRECT) pushOption(c, 'REDIRECT', options.REDIRECT);
  const { BCAST, PREFIX: prefixes, OPTIN, OPTOUT } = options as ClientTrackingModes;
  if (BCAST === true) {
    c.push('BCAST');
    if (prefixes) for (const prefix of Array.isArray(prefixes) ? prefixes : [prefixes]) c.push('PREFIX', prefix);
  } else if (OPTIN === true) {
    c.push('OPTIN');
  } else if (OPTOUT === true) {
    c.push('OPTOUT');
  }
  if (options.NOLOOP) c.push('NOLOOP');
}

type TrackingInfo = TuplesToMapReply<[
  reply.Entry<'flags', SetReply<BlobStringReply>>, reply.Entry<'redirect', NumberReply>,
  reply.Entry<'prefixes', ArrayReply<BlobStringReply>>,
]>;

const trackingInfo = {
  2: ((flat: unknown[]) => reply.mapOfPairs(flat)) as (flat: unknown[]) => TrackingInfo['DEFAULT'],
  3: reply.asIs<TrackingInfo>(),
};

/** What happens to the command of an unblocked connection: it ends as after a timeout, or with an error. */
export const CLIENT_UNBLOCK_MODES = { TIMEOUT: 'TIMEOUT', ERROR: 'ERROR' } as const;

/** One of {@link CLIENT_UNBLOCK_MODES}. */
export type ClientUnblockMode = (typeof CLIENT_UNBLOCK_MODES)[keyof typeof CLIENT_UNBLOCK_MODES];

const onOff = (c: CommandParser, value: boolean): void => {
  c.push(value ? 'ON' : 'OFF');
};

export const clients = {
  /** Sets whether the keys of the next command are tracked (with the `OPTIN` or `OPTOUT` mode of clientTracking). */
  clientCaching: command('CLIENT CACHING', (c, value: boolean) => c.push(value ? 'YES' : 'NO'), reply.ok),
  /** Returns the name of this connection, null if it has none. */
  clientGetName: command('CLIENT GETNAME', none, reply.blobOrNull),
  /**
   * Returns the id of the connection that gets the invalidation messages; 0 if not redirected, -1 if tracking is off.
   */
  clientGetRedir: command('CLIENT GETREDIR', none, reply.number),
  /** Returns the id of this connection. */
  clientId: command('CLIENT ID', none, reply.number),
  /** Returns information about this connection as an object. */
  clientInfo: command('CLIENT INFO', none, clientInfo),
  /** Closes connections and returns their number. */
  clientKill: command('CLIENT KILL', (c, filters: ClientKillFilter | ClientKillFilter[]) => {
    for (const filter of Array.isArray(filters) ? filters : [filters]) pushKillFilter(c, filter);
  }, reply.number),
  /** Returns information about connections as an array of objects. */
  clientList: command('CLIENT LIST', (c, filter?: ListFilter) => {
    if (!filter) return;
    if (filter.TYPE !== undefined) {
      c.push('TYPE', filter.TYPE);
    } else {
      c.push('ID');
      c.pushVariadic(filter.ID);
    }
  }, clientInfos),
  /** Sets whether this connection is protected from eviction when the server runs out of client memory. */
  clientNoEvict: command('CLIENT NO-EVICT', onOff, reply.ok),
  /** Sets whether commands of this connection leave the access times of keys unchanged. */
  clientNoTouch: command('CLIENT NO-TOUCH', onOff, reply.ok),
  /** Delays the commands of all clients (or only those that write) for a number of milliseconds. */
  clientPause: command('CLIENT PAUSE', (c, timeout: number, mode?: 'WRITE' | 'ALL') => {
    c.push(timeout.toString());
    if (mode) c.push(mode);
  }, reply.ok),
  /** Sets the name of this connection. */
  clientSetName: command('CLIENT SETNAME', (c, name: RedisArgument) => c.push(name), reply.ok),
  /** Turns the tracking of read keys on or off, for a client-side cache. */
  clientTracking: command('CLIENT TRACKING', pushTracking, reply.ok),
  /** Returns the tracking settings of this connection as an object. */
  clientTrackingInfo: command('CLIENT TRACKINGINFO', none, trackingInfo),
  /** Unblocks a connection that is waiting in a blocking command. Returns 1, or 0 if it was not waiting. */
  clientUnblock: command('CLIENT UNBLOCK', (c, clientId: number | `${number}`, mode?: ClientUnblockMode) => {
    c.push(textArgument(clientId));
    if (mode) c.push(mode);
  }, reply.number),
  /** Ends a pause of clientPause. */
  clientUnpause: command('CLIENT UNPAUSE', none, reply.ok),
};
