import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { destinationAndKeys, keyAndCount, keyAndMember, keyAndMembers, oneKey, oneOrMoreKeys, pushOption } from './args';
import { command } from './command';
import { pushScan, type ScanCommonOptions } from './keys';
import * as reply from './replies';

export interface SInterCardOptions {
  /** Stop counting at this number; 0 means no limit. */
  LIMIT?: number;
}

export interface SUnionCardOptions extends SInterCardOptions {
  /** Return an estimate. */
  APPROX?: boolean;
}

function pushCardinality(c: CommandParser, keys: RedisVariadicArgument, options?: SInterCardOptions | number): void {
  c.pushKeysLength(keys);
  pushOption(c, 'LIMIT', typeof options === 'number' ? options : options?.LIMIT);
}

export const sets = {
  /** Adds members to a set and returns the number of new ones. */
  sAdd: command('SADD', keyAndMembers, reply.number),
  /** Returns the number of members of a set. */
  sCard: command('SCARD', oneKey, reply.number),
  /** Returns the members of the first set that are not in any of the others. */
  sDiff: command('SDIFF', oneOrMoreKeys, reply.blobSet),
  /** Returns the number of members of the first set that are not in any of the others. */
  sDiffCard: command('SDIFFCARD', (c, keys: RedisVariadicArgument, options?: SInterCardOptions) =>
    pushCardinality(c, keys, options), reply.number),
  /** Stores the difference of sets and returns its size. */
  sDiffStore: command('SDIFFSTORE', destinationAndKeys, reply.number),
  /** Returns the members that are in all of the sets. */
  sInter: command('SINTER', oneOrMoreKeys, reply.blobSet),
  /** Returns the number of members that are in all of the sets. The limit may be given as a number. */
  sInterCard: command('SINTERCARD', pushCardinality, reply.number),
  /** Stores the intersection of sets and returns its size. */
  sInterStore: command('SINTERSTORE', destinationAndKeys, reply.number),
  /** Returns whether a set contains a member: 1 or 0. */
  sIsMember: command('SISMEMBER', keyAndMember, reply.number),
  /** Returns all members of a set. */
  sMembers: command('SMEMBERS', oneKey, reply.blobSet),
  /** Returns for each of several members whether a set contains it: 1 or 0. */
  smIsMember: command('SMISMEMBER', keyAndMembers, reply.numbers),
  /** Moves a member to another set. Returns 1, or 0 if the source does not contain it. */
  sMove: command('SMOVE', (c, source: RedisArgument, destination: RedisArgument, member: RedisArgument) => {
    c.pushKey(source);
    c.pushKey(destination);
    c.push(member);
  }, reply.number),
  /** Removes a random member and returns it, null if the set is empty. */
  sPop: command('SPOP', oneKey, reply.blobOrNull),
  /** Removes several random members and returns them. */
  sPopCount: command('SPOP', keyAndCount, reply.blobSet, { upper: 'SPOP_COUNT' }),
  /** Returns a random member, null if the set is empty. */
  sRandMember: command('SRANDMEMBER', oneKey, reply.blobOrNull),
  /** Returns random members. With a negative count, the same member may occur more than once. */
  sRandMemberCount: command('SRANDMEMBER', keyAndCount, reply.blobs, { upper: 'SRANDMEMBER_COUNT' }),
  /** Removes members from a set and returns the number of members removed. */
  sRem: command('SREM', keyAndMembers, reply.number),
  /**
   * Returns a page of members, and the cursor of the next page. Start with cursor `'0'`; it is `'0'` again at the end.
   */
  sScan: command('SSCAN', (c, key: RedisArgument, cursor: RedisArgument, options?: ScanCommonOptions) => {
    c.pushKey(key);
    pushScan(c, cursor, options);
  }, reply.scanMembers),
  /** Returns the members that are in at least one of the sets. */
  sUnion: command('SUNION', oneOrMoreKeys, reply.blobSet),
  /** Returns the number of members that are in at least one of the sets. */
  sUnionCard: command('SUNIONCARD', (c, keys: RedisVariadicArgument, options?: SUnionCardOptions) => {
    c.pushKeysLength(keys);
    if (options?.APPROX) c.push('APPROX');
    pushOption(c, 'LIMIT', options?.LIMIT);
  }, reply.number),
  /** Stores the union of sets and returns its size. */
  sUnionStore: command('SUNIONSTORE', destinationAndKeys, reply.number),
};
