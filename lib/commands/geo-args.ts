import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { BlobStringReply, DoubleReply, NumberReply, TypeMapping } from '../wire/resp-types';
import type { NumericArgument } from './args';
import { rowOf, rowsOf } from './containers';
import { mappedDouble } from './replies';

/** Units of distance: metres, kilometres, miles or feet. */
export type GeoUnits = 'm' | 'km' | 'mi' | 'ft';

/** A position in degrees. */
export interface GeoCoordinates {
  longitude: NumericArgument;
  latitude: NumericArgument;
}

export interface GeoMember extends GeoCoordinates {
  member: RedisArgument;
}

/** The centre of a search: a member or a position. */
export type GeoSearchFrom = RedisArgument | GeoCoordinates;

export interface GeoSearchByRadius {
  radius: number;
  unit: GeoUnits;
}

export interface GeoSearchByBox {
  width: number;
  height: number;
  unit: GeoUnits;
}

/** The area of a search: a circle or a box. */
export type GeoSearchBy = GeoSearchByRadius | GeoSearchByBox;

/** The maximum number of results; with `ANY` the first ones found, which need not be the nearest. */
export type GeoCountArgument = number | { value: number; ANY?: boolean };

export interface GeoSearchOptions {
  /** Sort by distance: nearest first, or farthest first. */
  SORT?: 'ASC' | 'DESC';
  COUNT?: GeoCountArgument;
}

export interface GeoSearchStoreOptions extends GeoSearchOptions {
  /** Store distances instead of positions. */
  STOREDIST?: boolean;
}

/** What a search returns in addition to the members. */
export const GEO_REPLY_WITH = { DISTANCE: 'WITHDIST', HASH: 'WITHHASH', COORDINATES: 'WITHCOORD' } as const;

/** One of {@link GEO_REPLY_WITH}. */
export type GeoReplyWith = (typeof GEO_REPLY_WITH)[keyof typeof GEO_REPLY_WITH];

export function pushCoordinates(c: CommandParser, place: GeoCoordinates): void {
  c.push(place.longitude.toString(), place.latitude.toString());
}

/** Pushes `[ASC | DESC] [COUNT n [ANY]]`. */
export function pushGeoOptions(c: CommandParser, options: GeoSearchOptions | undefined): void {
  if (options?.SORT) c.push(options.SORT);
  const count = options?.COUNT;
  if (!count) return;
  if (typeof count === 'number') {
    c.push('COUNT', count.toString());
  } else {
    c.push('COUNT', count.value.toString());
    if (count.ANY) c.push('ANY');
  }
}

/** Pushes the arguments of GEOSEARCH. */
export function pushGeoSearch(
  c: CommandParser, key: RedisArgument, from: GeoSearchFrom, by: GeoSearchBy, options?: GeoSearchOptions,
): void {
  c.pushKey(key);
  if (typeof from === 'string' || Buffer.isBuffer(from)) {
    c.push('FROMMEMBER', from);
  } else {
    c.push('FROMLONLAT');
    pushCoordinates(c, from);
  }
  if ('radius' in by) c.push('BYRADIUS', by.radius.toString(), by.unit);
  else c.push('BYBOX', by.width.toString(), by.height.toString(), by.unit);
  pushGeoOptions(c, options);
}

/** Pushes the `WITH…` options and stores them for {@link membersWith}, which reads the reply. */
export function pushReplyWith(c: CommandParser, replyWith: GeoReplyWith[]): void {
  c.pushVariadic(replyWith);
  c.preserve = Array.isArray(replyWith) ? replyWith : [replyWith];
}

/** A member that was found, with the requested additions. */
export type GeoReplyWithMember = {
  member: BlobStringReply;
  distance?: DoubleReply;
  /** Geohash as a 52-bit integer. */
  hash?: NumberReply;
  coordinates?: { longitude: DoubleReply; latitude: DoubleReply };
};

/** Converts a number. Distances are text in both protocols; coordinates are doubles in RESP3. */
function toDouble(value: BlobStringReply | DoubleReply, typeMapping: TypeMapping | undefined): DoubleReply {
  return mappedDouble(value as BlobStringReply, typeMapping);
}

/**
 * Converts the reply to `[{member, distance?, hash?, coordinates?}]`. The server sends distance, hash and coordinates
 * in this order.
 */
export const membersWith = (
  reply: [BlobStringReply, ...unknown[]][], replyWith: GeoReplyWith[], typeMapping?: TypeMapping,
): GeoReplyWithMember[] => {
  const wanted = new Set(replyWith);
  return rowsOf(reply, ([member, ...extra]) => {
    const found: GeoReplyWithMember = { member };
    let next = 0;
    if (wanted.has('WITHDIST')) found.distance = toDouble(extra[next++] as BlobStringReply, typeMapping);
    if (wanted.has('WITHHASH')) found.hash = extra[next++] as NumberReply;
    if (wanted.has('WITHCOORD')) {
      found.coordinates = rowOf(extra[next] as [BlobStringReply, BlobStringReply], ([longitude, latitude]) =>
        ({ longitude: toDouble(longitude, typeMapping), latitude: toDouble(latitude, typeMapping) }));
    }
    return found;
  });
};
