import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { boundArgument, doubleArgument, keyAndCount, keyAndMember, keyAndMembers, oneKey, type NumericArgument } from './args';
import { command } from './command';
import { pushScan, type ScanCommonOptions } from './keys';
import * as reply from './replies';
import * as scored from './scored-replies';
import {
  pushMembers, pushPopMany, pushZAddOptions, type SortedSetMember, type SortedSetSide, type ZAddOptions, type ZMPopOptions,
} from './sorted-set-args';

const keysAndTimeout = (c: CommandParser, keys: RedisVariadicArgument, timeout: number): void => {
  c.pushKeys(keys);
  c.push(timeout.toString());
};
const keyAndRanks = (c: CommandParser, key: RedisArgument, start: number, stop: number): void => {
  c.pushKey(key);
  c.push(start.toString(), stop.toString());
};
const keyAndBounds = (c: CommandParser, key: RedisArgument, min: NumericArgument, max: NumericArgument): void => {
  c.pushKey(key);
  c.push(boundArgument(min), boundArgument(max));
};
const keyAndMemberWithScore = (c: CommandParser, key: RedisArgument, member: RedisArgument): void => {
  c.pushKey(key);
  c.push(member, 'WITHSCORE');
};

export const sortedSets = {
  /**
   * Pops members from the first non-empty sorted set, and waits if all are empty. Returns `{key, members}`, or null
   * after `timeout` seconds.
   */
  bzmPop: command('BZMPOP', (c, timeout: number, keys: RedisVariadicArgument, side: SortedSetSide, options?: ZMPopOptions) => {
    c.push(timeout.toString());
    pushPopMany(c, keys, side, options);
  }, scored.keyedMembersOrNull),
  /**
   * Pops the member with the highest score from the first non-empty sorted set, and waits if all are empty. Returns
   * `{key, value, score}`, or null after `timeout` seconds.
   */
  bzPopMax: command('BZPOPMAX', keysAndTimeout, scored.keyedMemberOrNull),
  /**
   * Pops the member with the lowest score from the first non-empty sorted set, and waits if all are empty. Returns
   * `{key, value, score}`, or null after `timeout` seconds.
   */
  bzPopMin: command('BZPOPMIN', keysAndTimeout, scored.keyedMemberOrNull),
  /**
   * Adds members to a sorted set or updates their scores. Returns the number of new members; with `CH`, of new and
   * changed ones.
   */
  zAdd: command('ZADD', (c, key: RedisArgument, members: SortedSetMember | SortedSetMember[], options?: ZAddOptions) => {
    pushZAddOptions(c, key, options);
    pushMembers(c, members);
  }, reply.double),
  /** Increments the score of a member and returns it, null if the options did not allow it. */
  zAddIncr: command('ZADD', (c, key: RedisArgument, members: SortedSetMember | SortedSetMember[], options?: ZAddOptions) => {
    pushZAddOptions(c, key, options);
    c.push('INCR');
    pushMembers(c, members);
  }, reply.doubleOrNull, { upper: 'ZADD_INCR' }),
  /** Returns the number of members of a sorted set. */
  zCard: command('ZCARD', oneKey, reply.number),
  /** Returns the number of members with a score between two bounds. A bound is included unless it starts with `(`. */
  zCount: command('ZCOUNT', keyAndBounds, reply.number),
  /** Increments the score of a member and returns it. */
  zIncrBy: command('ZINCRBY', (c, key: RedisArgument, increment: number, member: RedisArgument) => {
    c.pushKey(key);
    c.push(doubleArgument(increment), member);
  }, reply.double),
  /**
   * Returns the number of members between two lexicographical bounds (`[a`, `(a`, `-`, `+`), in a set whose scores are
   * all equal.
   */
  zLexCount: command('ZLEXCOUNT', (c, key: RedisArgument, min: RedisArgument, max: RedisArgument) => {
    c.pushKey(key);
    c.push(min, max);
  }, reply.number),
  /** Pops members from the first non-empty sorted set. Returns `{key, members}`, null if all are empty. */
  zmPop: command('ZMPOP', pushPopMany, scored.keyedMembersOrNull),
  /** Returns the scores of several members, null for missing ones. */
  zmScore: command('ZMSCORE', (c, key: RedisArgument, member: RedisVariadicArgument) =>
    keyAndMembers(c, key, member), reply.doublesOrNulls),
  /** Pops the member with the highest score. Returns `{value, score}`, null if the set is empty. */
  zPopMax: command('ZPOPMAX', oneKey, scored.memberOrNull),
  /** Pops several members, highest scores first. Returns `[{value, score}]`. */
  zPopMaxCount: command('ZPOPMAX', keyAndCount, scored.members, { upper: 'ZPOPMAX_COUNT' }),
  /** Pops the member with the lowest score. Returns `{value, score}`, null if the set is empty. */
  zPopMin: command('ZPOPMIN', oneKey, scored.memberOrNull),
  /** Pops several members, lowest scores first. Returns `[{value, score}]`. */
  zPopMinCount: command('ZPOPMIN', keyAndCount, scored.members, { upper: 'ZPOPMIN_COUNT' }),
  /** Returns a random member, null if the set is empty. */
  zRandMember: command('ZRANDMEMBER', oneKey, reply.blobOrNull),
  /** Returns random members. With a negative count, the same member may occur more than once. */
  zRandMemberCount: command('ZRANDMEMBER', keyAndCount, reply.blobs, { upper: 'ZRANDMEMBER_COUNT' }),
  /** Like zRandMemberCount, with scores: `[{value, score}]`. */
  zRandMemberCountWithScores: command('ZRANDMEMBER', (c, key: RedisArgument, count: number) => {
    keyAndCount(c, key, count);
    c.push('WITHSCORES');
  }, scored.members, { upper: 'ZRANDMEMBER_COUNT_WITHSCORES' }),
  /** Returns the rank of a member, where 0 is the lowest score; null if there is no such member. */
  zRank: command('ZRANK', keyAndMember, reply.numberOrNull),
  /** Returns the rank of a member, where 0 is the lowest score, and its score; null if there is no such member. */
  zRankWithScore: command('ZRANK', keyAndMemberWithScore, scored.rankAndScoreOrNull, { upper: 'ZRANK_WITHSCORE' }),
  /** Removes members and returns the number of members removed. */
  zRem: command('ZREM', (c, key: RedisArgument, member: RedisVariadicArgument) => keyAndMembers(c, key, member), reply.number),
  /** Removes the members between two lexicographical bounds and returns their number. */
  zRemRangeByLex: command('ZREMRANGEBYLEX', keyAndBounds, reply.number),
  /** Removes the members between two ranks, both included, and returns their number. */
  zRemRangeByRank: command('ZREMRANGEBYRANK', keyAndRanks, reply.number),
  /** Removes the members with scores between two bounds and returns their number. */
  zRemRangeByScore: command('ZREMRANGEBYSCORE', keyAndBounds, reply.number),
  /** Returns the rank of a member, where 0 is the highest score; null if there is no such member. */
  zRevRank: command('ZREVRANK', keyAndMember, reply.numberOrNull),
  /** Returns the rank of a member, where 0 is the highest score, and its score; null if there is no such member. */
  zRevRankWithScore: command('ZREVRANK', keyAndMemberWithScore, scored.rankAndScoreOrNull, { upper: 'ZREVRANK_WITHSCORE' }),
  /**
   * Returns a page of members with scores, and the cursor of the next page. Start with cursor `'0'`; it is `'0'` again
   * at the end.
   */
  zScan: command('ZSCAN', (c, key: RedisArgument, cursor: RedisArgument, options?: ScanCommonOptions) => {
    c.pushKey(key);
    pushScan(c, cursor, options);
  }, scored.scanMembersAndScores),
  /** Returns the score of a member, null if there is no such member. */
  zScore: command('ZSCORE', keyAndMember, reply.doubleOrNull),
};
