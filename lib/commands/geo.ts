import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { BlobStringReply, DoubleReply } from '../wire/resp-types';
import { keyAndMembers } from './args';
import { command } from './command';
import {
  membersWith, pushCoordinates, pushGeoOptions, pushGeoSearch, pushReplyWith, type GeoCoordinates, type GeoMember,
  type GeoReplyWith, type GeoSearchBy, type GeoSearchFrom, type GeoSearchOptions, type GeoSearchStoreOptions, type GeoUnits,
} from './geo-args';
import { isMissing, rowsOf } from './containers';
import { parseDouble } from './replies';
import * as reply from './replies';

export interface GeoAddOptions {
  /** Only add new members (`'NX'`), or only update existing ones (`'XX'`). Takes precedence over `NX` and `XX`. */
  condition?: 'NX' | 'XX';
  NX?: boolean;
  XX?: boolean;
  /** Count changed members too, not only new ones. */
  CH?: boolean;
}

function pushGeoAdd(c: CommandParser, key: RedisArgument, toAdd: GeoMember | GeoMember[], options?: GeoAddOptions): void {
  c.pushKey(key);
  if (options?.condition) c.push(options.condition);
  else if (options?.NX) c.push('NX');
  else if (options?.XX) c.push('XX');
  if (options?.CH) c.push('CH');
  for (const member of Array.isArray(toAdd) ? toAdd : [toAdd]) {
    pushCoordinates(c, member);
    c.push(member.member);
  }
}

const keyAndPlaces = (c: CommandParser, key: RedisArgument, member: RedisVariadicArgument): void => keyAndMembers(c, key, member);

type Position<T> = { longitude: T; latitude: T } | null;

const toPositions = <T>(positions: ([T, T] | null)[]): Position<T>[] =>
  rowsOf(positions as [T, T][], ([longitude, latitude]) => ({ longitude, latitude }));

/** Reply of GEOPOS: coordinates are text in RESP2, doubles in RESP3. */
const positions = {
  2: toPositions<BlobStringReply>,
  3: toPositions<DoubleReply>,
};

/** Reply of GEODIST, which is text in both protocols. */
const distance = (text: BlobStringReply | null): number | null => (isMissing(text) ? text : parseDouble(text));

function pushRadius(
  c: CommandParser, key: RedisArgument, from: GeoCoordinates, radius: number, unit: GeoUnits, options?: GeoSearchOptions,
): void {
  c.pushKey(key);
  pushCoordinates(c, from);
  c.push(radius.toString(), unit);
  pushGeoOptions(c, options);
}

function pushRadiusWith(
  c: CommandParser, key: RedisArgument, from: GeoCoordinates, radius: number, unit: GeoUnits, replyWith: GeoReplyWith[],
  options?: GeoSearchOptions,
): void {
  pushRadius(c, key, from, radius, unit, options);
  pushReplyWith(c, replyWith);
}

function pushRadiusByMember(
  c: CommandParser, key: RedisArgument, from: RedisArgument, radius: number, unit: GeoUnits, options?: GeoSearchOptions,
): void {
  c.pushKey(key);
  c.push(from, radius.toString(), unit);
  pushGeoOptions(c, options);
}

function pushRadiusByMemberWith(
  c: CommandParser, key: RedisArgument, from: RedisArgument, radius: number, unit: GeoUnits, replyWith: GeoReplyWith[],
  options?: GeoSearchOptions,
): void {
  pushRadiusByMember(c, key, from, radius, unit, options);
  pushReplyWith(c, replyWith);
}

function pushStore(c: CommandParser, destination: RedisArgument, options: GeoSearchStoreOptions | undefined): void {
  c.push(options?.STOREDIST ? 'STOREDIST' : 'STORE');
  c.pushKey(destination);
}

export const geo = {
  /** Adds positions to a sorted set and returns the number of new members. */
  geoAdd: command('GEOADD', pushGeoAdd, reply.number),
  /** Returns the distance between two members (in metres by default), null if one of them is missing. */
  geoDist: command('GEODIST', (c, key: RedisArgument, member1: RedisArgument, member2: RedisArgument, unit?: GeoUnits) => {
    c.pushKey(key);
    c.push(member1, member2);
    if (unit) c.push(unit);
  }, distance),
  /**
   * Returns the geohash strings of members. Missing members give null, although the type (that of npm redis) does not
   * say so.
   */
  geoHash: command('GEOHASH', keyAndPlaces, reply.blobs),
  /** Returns the positions of members as `{longitude, latitude}`, null for missing members. */
  geoPos: command('GEOPOS', keyAndPlaces, positions),
  /** Returns the members within a radius around a position. Superseded by geoSearch. */
  geoRadius: command('GEORADIUS', pushRadius, reply.blobs),
  /** Like geoRadius, around the position of a member. Superseded by geoSearch. */
  geoRadiusByMember: command('GEORADIUSBYMEMBER', pushRadiusByMember, reply.blobs),
  /** Like geoRadiusByMember, and can run on replicas. Superseded by geoSearch. */
  geoRadiusByMemberRo: command('GEORADIUSBYMEMBER_RO', pushRadiusByMember, reply.blobs),
  /** Like geoRadiusByMemberWith, and can run on replicas. Superseded by geoSearchWith. */
  geoRadiusByMemberRoWith: command('GEORADIUSBYMEMBER_RO', pushRadiusByMemberWith, membersWith, { upper: 'GEORADIUSBYMEMBER_RO_WITH' }),
  /** Stores the result of geoRadiusByMember and returns the number of members. Superseded by geoSearchStore. */
  geoRadiusByMemberStore: command('GEORADIUSBYMEMBER', (
    c, key: RedisArgument, from: RedisArgument, radius: number, unit: GeoUnits, destination: RedisArgument,
    options?: GeoSearchStoreOptions,
  ) => {
    pushRadiusByMember(c, key, from, radius, unit, options);
    pushStore(c, destination, options);
  }, reply.number, { upper: 'GEORADIUSBYMEMBER_STORE' }),
  /** Like geoRadiusByMember, with distances, hashes or coordinates. Superseded by geoSearchWith. */
  geoRadiusByMemberWith: command('GEORADIUSBYMEMBER', pushRadiusByMemberWith, membersWith, { upper: 'GEORADIUSBYMEMBER_WITH' }),
  /** Like geoRadius, and can run on replicas. Superseded by geoSearch. */
  geoRadiusRo: command('GEORADIUS_RO', pushRadius, reply.blobs),
  /** Like geoRadiusWith, and can run on replicas. Superseded by geoSearchWith. */
  geoRadiusRoWith: command('GEORADIUS_RO', pushRadiusWith, membersWith, { upper: 'GEORADIUS_RO_WITH' }),
  /** Stores the result of geoRadius and returns the number of members. Superseded by geoSearchStore. */
  geoRadiusStore: command('GEORADIUS', (
    c, key: RedisArgument, from: GeoCoordinates, radius: number, unit: GeoUnits, destination: RedisArgument,
    options?: GeoSearchStoreOptions,
  ) => {
    pushRadius(c, key, from, radius, unit, options);
    pushStore(c, destination, options);
  }, reply.number, { upper: 'GEORADIUS_STORE' }),
  /** Like geoRadius, with distances, hashes or coordinates. Superseded by geoSearchWith. */
  geoRadiusWith: command('GEORADIUS', pushRadiusWith, membersWith, { upper: 'GEORADIUS_WITH' }),
  /** Returns the members within a circle or a box around a member or a position. */
  geoSearch: command('GEOSEARCH', pushGeoSearch, reply.blobs),
  /** Stores the result of geoSearch and returns the number of members. */
  geoSearchStore: command('GEOSEARCHSTORE', (
    c, destination: RedisArgument, source: RedisArgument, from: GeoSearchFrom, by: GeoSearchBy, options?: GeoSearchStoreOptions,
  ) => {
    c.pushKey(destination);
    pushGeoSearch(c, source, from, by, options);
    if (options?.STOREDIST) c.push('STOREDIST');
  }, reply.number),
  /** Like geoSearch, with distances, hashes or coordinates: `[{member, distance?, hash?, coordinates?}]`. */
  geoSearchWith: command('GEOSEARCH', (
    c, key: RedisArgument, from: GeoSearchFrom, by: GeoSearchBy, replyWith: GeoReplyWith[], options?: GeoSearchOptions,
  ) => {
    pushGeoSearch(c, key, from, by, options);
    pushReplyWith(c, replyWith);
  }, membersWith, { upper: 'GEOSEARCH_WITH' }),
};
