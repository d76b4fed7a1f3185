import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { boundArgument, doubleArgument, pushOption, type NumericArgument } from './args';

/** A member to add to a sorted set. */
export interface SortedSetMember {
  value: RedisArgument;
  score: number;
}

/** An end of a sorted set: the lowest or the highest score. */
export type SortedSetSide = 'MIN' | 'MAX';

/** A page of a range. */
export interface Limit {
  offset: number;
  count: number;
}

export function pushLimit(c: CommandParser, limit: Limit | undefined): void {
  if (limit) c.push('LIMIT', limit.offset.toString(), limit.count.toString());
}

export interface ZAddOptions {
  /** Only add new members (`'NX'`), or only update existing ones (`'XX'`). Takes precedence over `NX` and `XX`. */
  condition?: 'NX' | 'XX';
  NX?: boolean;
  XX?: boolean;
  /** Only lower (`'LT'`) or only raise (`'GT'`) existing scores. Takes precedence over `LT` and `GT`. */
  comparison?: 'LT' | 'GT';
  LT?: boolean;
  GT?: boolean;
  /** Count changed members too, not only new ones. */
  CH?: boolean;
}

/** Pushes the arguments of ZADD that precede the members. */
export function pushZAddOptions(c: CommandParser, key: RedisArgument, options: ZAddOptions | undefined): void {
  c.pushKey(key);
  if (!options) return;
  if (options.condition) c.push(options.condition);
  else if (options.NX) c.push('NX');
  else if (options.XX) c.push('XX');
  if (options.comparison) c.push(options.comparison);
  else if (options.LT) c.push('LT');
  else if (options.GT) c.push('GT');
  if (options.CH) c.push('CH');
}

export function pushMembers(c: CommandParser, members: SortedSetMember | SortedSetMember[]): void {
  if (Array.isArray(members)) for (const member of members) c.push(doubleArgument(member.score), member.value);
  else c.push(doubleArgument(members.score), members.value);
}

export interface ZRangeOptions {
  /** The kind of `min` and `max`. Default: ranks. */
  BY?: 'SCORE' | 'LEX';
  /** Highest first; then `min` is the upper bound. */
  REV?: boolean;
  LIMIT?: Limit;
}

/** Pushes `min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]`. */
export function pushRange(c: CommandParser, min: NumericArgument, max: NumericArgument, options?: ZRangeOptions): void {
  c.push(boundArgument(min), boundArgument(max));
  if (!options) return;
  if (options.BY === 'SCORE') c.push('BYSCORE');
  else if (options.BY === 'LEX') c.push('BYLEX');
  if (options.REV) c.push('REV');
  pushLimit(c, options.LIMIT);
}

/** A key, and the factor that its scores are multiplied by. */
export interface ZKeyAndWeight {
  key: RedisArgument;
  weight: number;
}

/** One or more keys, either all with weights or all without. */
export type ZKeys = RedisVariadicArgument | ZKeyAndWeight | ZKeyAndWeight[];

export interface ZAggregateOptions {
  /** How the scores are combined if a member is in several sets. */
  AGGREGATE?: 'SUM' | 'MIN' | 'MAX' | 'COUNT';
}

function isWeighted(keys: RedisArgument[] | ZKeyAndWeight[]): keys is ZKeyAndWeight[] {
  const first = keys[0];
  return keys.length > 0 && typeof first !== 'string' && !Buffer.isBuffer(first);
}

/** Pushes `numkeys key … [WEIGHTS weight …] [AGGREGATE how]`. */
export function pushWeightedKeys(c: CommandParser, keys: ZKeys, options?: ZAggregateOptions): void {
  const list = (Array.isArray(keys) ? keys : [keys]) as RedisArgument[] | ZKeyAndWeight[];
  c.push(list.length.toString());
  if (isWeighted(list)) {
    for (const weighted of list) c.pushKey(weighted.key);
    c.push('WEIGHTS');
    for (const weighted of list) c.push(doubleArgument(weighted.weight));
  } else {
    c.pushKeys(list);
  }
  if (options?.AGGREGATE) c.push('AGGREGATE', options.AGGREGATE);
}

export interface ZMPopOptions {
  /** Maximum number of members to pop; the server's default is 1. */
  COUNT?: number;
}

/** Pushes `numkeys key … MIN | MAX [COUNT n]`. */
export function pushPopMany(c: CommandParser, keys: RedisVariadicArgument, side: SortedSetSide, options?: ZMPopOptions): void {
  c.pushKeysLength(keys);
  c.push(side);
  if (options?.COUNT) pushOption(c, 'COUNT', options.COUNT);
}
