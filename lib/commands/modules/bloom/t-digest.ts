/** t-digest (RedisBloom 2.4). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { NumberReply, TuplesToMapReply } from '../../../wire/resp-types';
import { keyAndRange, oneKey, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';

/** Options of `create`. */
export interface TDigestCreateOptions {
  /** A larger value gives more accurate results and takes more memory. Default: 100. */
  COMPRESSION?: number;
}

/** Options of `merge`. */
export interface TDigestMergeOptions extends TDigestCreateOptions {
  /** Replace an existing destination instead of merging into it. */
  OVERRIDE?: boolean;
}

/** Reply of `TDIGEST.INFO`. */
type TDigestInfo = TuplesToMapReply<[
  reply.Entry<'Compression', NumberReply>,
  reply.Entry<'Capacity', NumberReply>,
  reply.Entry<'Merged nodes', NumberReply>,
  reply.Entry<'Unmerged nodes', NumberReply>,
  reply.Entry<'Merged weight', NumberReply>,
  reply.Entry<'Unmerged weight', NumberReply>,
  reply.Entry<'Observations', NumberReply>,
  reply.Entry<'Total compressions', NumberReply>,
  reply.Entry<'Memory usage', NumberReply>,
]>;

const keyAndValues = (c: CommandParser, key: RedisArgument, values: number[]): void => {
  c.pushKey(key);
  for (const value of values) c.push(value.toString());
};
const keyAndRanks = (c: CommandParser, key: RedisArgument, ranks: number[]): void => keyAndValues(c, key, ranks);

/** t-digest: https://redis.io/docs/latest/develop/data-types/probabilistic/t-digest/ */
export const tDigest = {
  /** Adds values to a sketch. Returns `'OK'`. https://redis.io/commands/tdigest.add/ */
  add: command('TDIGEST.ADD', keyAndValues, reply.ok),
  /**
   * Returns the estimated values at the given ranks; rank 0 is the smallest value. `Infinity` for ranks beyond the
   * last, `NaN` for an empty sketch. https://redis.io/commands/tdigest.byrank/
   */
  byRank: command('TDIGEST.BYRANK', keyAndRanks, reply.doubles),
  /**
   * Returns the estimated values at the given reverse ranks; rank 0 is the largest value. `-Infinity` for ranks beyond
   * the last, `NaN` for an empty sketch. https://redis.io/commands/tdigest.byrevrank/
   */
  byRevRank: command('TDIGEST.BYREVRANK', keyAndRanks, reply.doubles),
  /**
   * Returns for each value the estimated fraction of observations that are less than or equal to it; `NaN` for an empty
   * sketch. https://redis.io/commands/tdigest.cdf/
   */
  cdf: command('TDIGEST.CDF', keyAndValues, reply.doubles),
  /** Creates an empty sketch. Returns `'OK'`. https://redis.io/commands/tdigest.create/ */
  create: command('TDIGEST.CREATE', (c: CommandParser, key: RedisArgument, options?: TDigestCreateOptions) => {
    c.pushKey(key);
    pushOption(c, 'COMPRESSION', options?.COMPRESSION);
  }, reply.ok),
  /** Returns compression, nodes, observations and memory usage of a sketch. https://redis.io/commands/tdigest.info/ */
  info: command('TDIGEST.INFO', oneKey, reply.mapOf<TDigestInfo>()),
  /** Returns the largest value, `NaN` for an empty sketch. https://redis.io/commands/tdigest.max/ */
  max: command('TDIGEST.MAX', oneKey, reply.double),
  /**
   * Merges sketches into another one, which is created if there is none. Returns `'OK'`.
   * https://redis.io/commands/tdigest.merge/
   */
  merge: command('TDIGEST.MERGE', (
    c: CommandParser, destination: RedisArgument, source: RedisVariadicArgument, options?: TDigestMergeOptions,
  ) => {
    c.pushKey(destination);
    c.pushKeysLength(source);
    pushOption(c, 'COMPRESSION', options?.COMPRESSION);
    if (options?.OVERRIDE) c.push('OVERRIDE');
  }, reply.ok),
  /** Returns the smallest value, `NaN` for an empty sketch. https://redis.io/commands/tdigest.min/ */
  min: command('TDIGEST.MIN', oneKey, reply.double),
  /**
   * Returns for each fraction (between 0 and 1) the estimated value below which this fraction of the observations lies;
   * `NaN` for an empty sketch. https://redis.io/commands/tdigest.quantile/
   */
  quantile: command('TDIGEST.QUANTILE', (c: CommandParser, key: RedisArgument, quantiles: number[]) =>
    keyAndValues(c, key, quantiles), reply.doubles),
  /**
   * Returns the estimated ranks of values; rank 0 is the smallest value. -1 for a value below all observations, the
   * number of observations for one above all, -2 for an empty sketch. https://redis.io/commands/tdigest.rank/
   */
  rank: command('TDIGEST.RANK', keyAndValues, reply.numbers),
  /** Removes all values from a sketch. Returns `'OK'`. https://redis.io/commands/tdigest.reset/ */
  reset: command('TDIGEST.RESET', oneKey, reply.ok),
  /**
   * Returns the estimated reverse ranks of values; rank 0 is the largest value. -1 for a value above all observations,
   * the number of observations for one below all, -2 for an empty sketch. https://redis.io/commands/tdigest.revrank/
   */
  revRank: command('TDIGEST.REVRANK', keyAndValues, reply.numbers),
  /**
   * Returns the mean of the observations between two quantiles (fractions between 0 and 1); `NaN` for an empty sketch.
   * https://redis.io/commands/tdigest.trimmed_mean/
   */
  trimmedMean: command('TDIGEST.TRIMMED_MEAN', (c: CommandParser, key: RedisArgument, lowCutPercentile: number, highCutPercentile: number) =>
    keyAndRange(c, key, lowCutPercentile, highCutPercentile), reply.double),
};
