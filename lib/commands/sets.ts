import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { destinationAndKeys, keyAndCount, keyAndMember, keyAndMembers, oneKey, oneOrMoreKeys, pushOption } from './args';
import { command } from './command';
import { pushScan, type ScanCommonOptions } from './keys';
import * as reply from './replies';

export interface SInterCardOptions {
  /** Stop counting here; 0 means no limit. */
  LIMIT?: number;
}

export interface SUnionCardOptions extends SInterCardOptions {
  /** Estimate the number. */
  APPROX?: boolean;
}

function pushCardinality(c: CommandParser, keys: RedisVariadicArgument, options?: SInterCardOptions | number): void {
  c.pushKeysLength(keys);
  pushOption(c, 'LIMIT', typeof options === 'number' ? options : options?.LIMIT);
}

export const sets = {
  /** Adds members to a set and gives the number of new ones. */
  sAdd: command('SADD', keyAndMembers, reply.number),
  /** Counts the members of a set. */
  sCard: command('SCARD', oneKey, reply.number),
  /** Returns the members of the first set that are in none of the others. */
  sDiff: command('SDIFF', oneOrMoreKeys, reply.blobSet),
  /** Counts the members of the first set that are in none of the others. */
  sDiffCard: command('SDIFFCARD', (c, keys: RedisVariadicArgument, options?: SInterCardOptions) =>
    pushCardinality(c, keys, options), reply.number),
  /** Stores the difference of sets and gives its size. */
  sDiffStore: command('SDIFFSTORE', destinationAndKeys, reply.number),
  /** Returns the members that all sets have. */
  sInter: command('SINTER', oneOrMoreKeys, reply.blobSet),
  /** Counts the members that all sets have. The limit may be given as a number. */
  sInterCard: command('SINTERCARD', pushCardinality, reply.number),
  /** Stores the intersection of sets and gives its size. */
  sInterStore: command('SINTERSTORE', destinationAndKeys, reply.number),
  /** Tells whether a set has a member: 1 or 0. */
  sIsMember: command('SISMEMBER', keyAndMember, reply.number),
  /** Returns all members of a set. */
  sMembers: command('SMEMBERS', oneKey, reply.blobSet),
  /** Tells for several members whether a set has them: 1 or 0 each. */
  smIsMember: command('SMISMEMBER', keyAndMembers, reply.numbers),
  /** Moves a member to another set: 1, or 0 if the source lacks it. */
  sMove: command('SMOVE', (c, source: RedisArgument, destination: RedisArgument, member: RedisArgument) => {
    c.pushKey(source);
    c.pushKey(destination);
    c.push(member);
  }, reply.number),
  /** Removes and returns a random member, null if the set is empty. */
  sPop: command('SPOP', oneKey, reply.blobOrNull),
  /** Removes and returns several random members. */
  sPopCount: command('SPOP', keyAndCount, reply.blobSet, { upper: 'SPOP_COUNT' }),
  /** Returns a random member, null if the set is empty. */
  sRandMember: command('SRANDMEMBER', oneKey, reply.blobOrNull),
  /** Returns random members; with a negative count the same member may occur more than once. */
  sRandMemberCount: command('SRANDMEMBER', keyAndCount, reply.blobs, { upper: 'SRANDMEMBER_COUNT' }),
  /** Removes members from a set and gives the number of those that it had. */
  sRem: command('SREM', keyAndMembers, reply.number),
  /** Returns a page of members and the cursor of the next one; cursor `'0'` starts and ends. */
  sScan: command('SSCAN', (c, key: RedisArgument, cursor: RedisArgument, options?: ScanCommonOptions) => {
    c.pushKey(key);
    pushScan(c, cursor, options);
  }, reply.scanMembers),
  /** Returns the members that any of the sets has. */
  sUnion: command('SUNION', oneOrMoreKeys, reply.blobSet),
  /** Counts the members that any of the sets has. */
  sUnionCard: command('SUNIONCARD', (c, keys: RedisVariadicArgument, options?: SUnionCardOptions) => {
    c.pushKeysLength(keys);
    if (options?.APPROX) c.push('APPROX');
    pushOption(c, 'LIMIT', options?.LIMIT);
  }, reply.number),
  /** Stores the union of sets and gives its size. */
  sUnionStore: command('SUNIONSTORE', destinationAndKeys, reply.number),
};
