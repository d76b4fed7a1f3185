import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { boundArgument, pushOption, type NumericArgument } from './args';
import { command } from './command';
import * as reply from './replies';
import * as scored from './scored-replies';
import {
  pushLimit, pushRange, pushWeightedKeys, type Limit, type ZAggregateOptions, type ZKeys, type ZRangeOptions,
} from './sorted-set-args';

export interface ZRangeByScoreOptions {
  LIMIT?: Limit;
}

export interface ZRangeByLexOptions {
  LIMIT?: Limit;
}

export interface ZInterCardOptions {
  /** Stop counting at this number. */
  LIMIT?: number;
}

function pushKeyRange(c: CommandParser, key: RedisArgument, min: NumericArgument, max: NumericArgument, options?: ZRangeOptions): void {
  c.pushKey(key);
  pushRange(c, min, max, options);
}

function pushScoreRange(
  c: CommandParser, key: RedisArgument, min: NumericArgument, max: NumericArgument, options?: ZRangeByScoreOptions,
): void {
  c.pushKey(key);
  c.push(boundArgument(min), boundArgument(max));
  pushLimit(c, options?.LIMIT);
}

function pushDestination(c: CommandParser, destination: RedisArgument, keys: ZKeys, options?: ZAggregateOptions): void {
  c.pushKey(destination);
  pushWeightedKeys(c, keys, options);
}

export const sortedSetRanges = {
  /** Returns the members of the first sorted set that are not in any of the others. */
  zDiff: command('ZDIFF', (c, keys: RedisVariadicArgument) => c.pushKeysLength(keys), reply.blobs),
  /** Like zDiff, with scores: `[{value, score}]`. */
  zDiffWithScores: command('ZDIFF', (c, keys: RedisVariadicArgument) => {
    c.pushKeysLength(keys);
    c.push('WITHSCORES');
  }, scored.members, { upper: 'ZDIFF_WITHSCORES' }),
  /** Stores the difference of sorted sets and returns its size. */
  zDiffStore: command('ZDIFFSTORE', (c, destination: RedisArgument, inputKeys: RedisVariadicArgument) => {
    c.pushKey(destination);
    c.pushKeysLength(inputKeys);
  }, reply.number),
  /** Returns the members that are in all of the sorted sets. Keys may have weights. */
  zInter: command('ZINTER', pushWeightedKeys, reply.blobs),
  /** Returns the number of members that are in all of the sorted sets. The limit may be given as a number. */
  zInterCard: command('ZINTERCARD', (c, keys: RedisVariadicArgument, options?: number | ZInterCardOptions) => {
    c.pushKeysLength(keys);
    if (typeof options === 'number') pushOption(c, 'LIMIT', options);
    else if (options?.LIMIT) pushOption(c, 'LIMIT', options.LIMIT);
  }, reply.number),
  /** Stores the intersection of sorted sets and returns its size. */
  zInterStore: command('ZINTERSTORE', pushDestination, reply.number),
  /** Like zInter, with scores: `[{value, score}]`. */
  zInterWithScores: command('ZINTER', (c, keys: ZKeys, options?: ZAggregateOptions) => {
    pushWeightedKeys(c, keys, options);
    c.push('WITHSCORES');
  }, scored.members, { upper: 'ZINTER_WITHSCORES' }),
  /** Returns the members between two ranks, scores or lexicographical bounds, lowest first unless `REV`. */
  zRange: command('ZRANGE', pushKeyRange, reply.blobs),
  /**
   * Returns the members between two lexicographical bounds (`[a`, `(a`, `-`, `+`). Superseded by zRange with `BY:
   * 'LEX'`.
   */
  zRangeByLex: command('ZRANGEBYLEX', (c, key: RedisArgument, min: RedisArgument, max: RedisArgument, options?: ZRangeByLexOptions) =>
    pushScoreRange(c, key, min, max, options), reply.blobs),
  /** Returns the members with scores between two bounds. Superseded by zRange with `BY: 'SCORE'`. */
  zRangeByScore: command('ZRANGEBYSCORE', pushScoreRange, reply.blobs),
  /** Like zRangeByScore, with scores: `[{value, score}]`. */
  zRangeByScoreWithScores: command('ZRANGEBYSCORE', (
    c, key: RedisArgument, min: NumericArgument, max: NumericArgument, options?: ZRangeByScoreOptions,
  ) => {
    pushScoreRange(c, key, min, max, options);
    c.push('WITHSCORES');
  }, scored.members, { upper: 'ZRANGEBYSCORE_WITHSCORES' }),
  /** Stores a range of a sorted set and returns the number of stored members. */
  zRangeStore: command('ZRANGESTORE', (
    c, destination: RedisArgument, source: RedisArgument, min: NumericArgument, max: NumericArgument, options?: ZRangeOptions,
  ) => {
    c.pushKey(destination);
    c.pushKey(source);
    pushRange(c, min, max, options);
  }, reply.number),
  /** Like zRange, with scores: `[{value, score}]`. */
  zRangeWithScores: command('ZRANGE', (
    c, key: RedisArgument, min: NumericArgument, max: NumericArgument, options?: ZRangeOptions,
  ) => {
    pushKeyRange(c, key, min, max, options);
    c.push('WITHSCORES');
  }, scored.members, { upper: 'ZRANGE_WITHSCORES' }),
  /** Returns the members that are in at least one of the sorted sets. Keys may have weights. */
  zUnion: command('ZUNION', pushWeightedKeys, reply.blobs),
  /** Stores the union of sorted sets and returns its size. */
  zUnionStore: command('ZUNIONSTORE', pushDestination, reply.number),
  /** Like zUnion, with scores: `[{value, score}]`. */
  zUnionWithScores: command('ZUNION', (c, keys: ZKeys, options?: ZAggregateOptions) => {
    pushWeightedKeys(c, keys, options);
    c.push('WITHSCORES');
  }, scored.members, { upper: 'ZUNION_WITHSCORES' }),
};
