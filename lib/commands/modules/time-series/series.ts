/** Commands on time series by key. */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { ArrayReply, NumberReply, SimpleErrorReply } from '../../../wire/resp-types';
import { oneKey, twoKeys } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { info, infoDebug } from './info-replies';
import * as range from './range-args';
import { pushReadOptions, type TsReadOptions, type TsReadTimestamp } from './read-args';
import { multiSamples, rows, sampleOrNull, samples } from './sample-replies';
import {
  pushAddOptions, pushCreateOptions, pushIncrByOptions, timestampArgument, type Timestamp, type TsAddOptions, type TsAlterOptions,
  type TsCreateOptions, type TsIncrByOptions,
} from './series-args';

/** A sample and the key of its series. */
export interface TsMAddSample {
  key: RedisArgument;
  timestamp: Timestamp;
  value: number;
}

const increment = (c: CommandParser, key: RedisArgument, value: number, options?: TsIncrByOptions): void => {
  c.pushKey(key);
  c.push(value.toString());
  pushIncrByOptions(c, options);
};
const rangeOfKey = (
  c: CommandParser, key: RedisArgument, fromTimestamp: Timestamp, toTimestamp: Timestamp, options?: range.TsRangeOptions,
): void => {
  c.pushKey(key);
  range.pushRange(c, fromTimestamp, toTimestamp, options);
};
const multiAggrOfKey = (
  c: CommandParser, key: RedisArgument, fromTimestamp: Timestamp, toTimestamp: Timestamp, options: range.TsRangeMultiAggrOptions,
): void => {
  c.pushKey(key);
  range.pushMultiAggr(c, fromTimestamp, toTimestamp, options);
};
const rangeOfKeys = (
  c: CommandParser, keys: RedisVariadicArgument, fromTimestamp: Timestamp, toTimestamp: Timestamp, options?: range.TsNRangeOptions,
): void => {
  c.pushKeysLength(keys);
  range.pushNRange(c, fromTimestamp, toTimestamp, options);
};

/** Time series: https://redis.io/docs/latest/develop/data-types/timeseries/ */
export const series = {
  /**
   * Adds a sample, and creates the series if there is none; with `timestamp` `'*'` the server uses its clock. Returns
   * the timestamp. https://redis.io/commands/ts.add/
   */
  add: command('TS.ADD', (c, key: RedisArgument, timestamp: Timestamp, value: number, options?: TsAddOptions) => {
    c.pushKey(key);
    c.push(timestampArgument(timestamp), value.toString());
    pushAddOptions(c, options);
  }, reply.number),
  /** Changes retention, chunk size, duplicate policy or labels of a series. https://redis.io/commands/ts.alter/ */
  alter: command('TS.ALTER', (c, key: RedisArgument, options?: TsAlterOptions) => {
    c.pushKey(key);
    pushCreateOptions(c, options);
  }, reply.ok),
  /** Creates an empty series. https://redis.io/commands/ts.create/ */
  create: command('TS.CREATE', (c, key: RedisArgument, options?: TsCreateOptions) => {
    c.pushKey(key);
    pushCreateOptions(c, options, options?.ENCODING);
  }, reply.ok),
  /**
   * Creates a compaction rule: samples that are added to the source from now on are aggregated into an existing
   * destination series, one for each bucket of `bucketDuration` milliseconds. https://redis.io/commands/ts.createrule/
   */
  createRule: command('TS.CREATERULE', (
    c, sourceKey: RedisArgument, destinationKey: RedisArgument, aggregationType: range.TimeSeriesAggregationType,
    bucketDuration: number, alignTimestamp?: number,
  ) => {
    twoKeys(c, sourceKey, destinationKey);
    c.push('AGGREGATION', aggregationType, bucketDuration.toString());
    if (alignTimestamp !== undefined) c.push(alignTimestamp.toString());
  }, reply.ok),
  /**
   * Adds a sample whose value is that of the last one minus `value`. Returns its timestamp.
   * https://redis.io/commands/ts.decrby/
   */
  decrBy: command('TS.DECRBY', increment, reply.number),
  /**
   * Deletes the samples between two times and returns their number. Since RedisTimeSeries 1.6.
   * https://redis.io/commands/ts.del/
   */
  del: command('TS.DEL', (c, key: RedisArgument, fromTimestamp: Timestamp, toTimestamp: Timestamp) => {
    c.pushKey(key);
    c.push(timestampArgument(fromTimestamp), timestampArgument(toTimestamp));
  }, reply.number),
  /** Deletes a compaction rule; the compacted samples are kept. https://redis.io/commands/ts.deleterule/ */
  deleteRule: command('TS.DELETERULE', twoKeys, reply.ok),
  /** Returns the last sample of a series, null if it is empty. https://redis.io/commands/ts.get/ */
  get: command('TS.GET', (c, key: RedisArgument, options?: range.TsLatestOptions) => {
    c.pushKey(key);
    range.pushLatest(c, options);
  }, sampleOrNull),
  /**
   * Adds a sample whose value is that of the last one plus `value`. Returns its timestamp.
   * https://redis.io/commands/ts.incrby/
   */
  incrBy: command('TS.INCRBY', increment, reply.number),
  /** Returns sizes, times, labels and compaction rules of a series. https://redis.io/commands/ts.info/ */
  info: command('TS.INFO', oneKey, info),
  /** Like info, and also returns the chunks of the series. https://redis.io/commands/ts.info/ */
  infoDebug: command('TS.INFO', (c, key: RedisArgument) => {
    c.pushKey(key);
    c.push('DEBUG');
  }, infoDebug, { upper: 'INFO_DEBUG' }),
  /** Adds samples to existing series. Returns a timestamp or an error for each. https://redis.io/commands/ts.madd/ */
  mAdd: command('TS.MADD', (c, toAdd: TsMAddSample[]) => {
    for (const { key, timestamp, value } of toAdd) {
      c.pushKey(key);
      c.push(timestampArgument(timestamp), value.toString());
    }
  }, reply.asIs<ArrayReply<NumberReply | SimpleErrorReply>>()),
  /**
   * Returns the samples of several series between two times, joined by timestamp: `[{timestamp, values}]` with the
   * values of each series and aggregation, `NaN` for a missing one. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.nrange/
   */
  nRange: command('TS.NRANGE', rangeOfKeys, rows),
  /** Like nRange, with the newest samples first. Since RedisTimeSeries 8.10. https://redis.io/commands/ts.nrevrange/ */
  nRevRange: command('TS.NREVRANGE', rangeOfKeys, rows),
  /**
   * Returns the samples of a series between two times (`-` and `+` are its ends): `[{timestamp, value}]`.
   * https://redis.io/commands/ts.range/
   */
  range: command('TS.RANGE', rangeOfKey, samples),
  /**
   * Returns several aggregations of the samples between two times: `[{timestamp, values}]`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.range/
   */
  rangeMultiAggr: command('TS.RANGE', multiAggrOfKey, multiSamples, { upper: 'RANGE_MULTIAGGR' }),
  /**
   * Returns the samples of a series from a time on; with `BLOCK` it waits for samples: `[{timestamp, value}]`, empty if
   * none arrive in time. Since RedisTimeSeries 8.10. https://redis.io/commands/ts.read/
   */
  read: command('TS.READ', (c, key: RedisArgument, timestamp: TsReadTimestamp, options?: TsReadOptions) => {
    c.pushKey(key);
    c.push(timestampArgument(timestamp));
    pushReadOptions(c, options);
  }, samples),
  /** Like range, with the newest samples first. Since RedisTimeSeries 1.4. https://redis.io/commands/ts.revrange/ */
  revRange: command('TS.REVRANGE', rangeOfKey, samples),
  /**
   * Like rangeMultiAggr, with the newest samples first. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.revrange/
   */
  revRangeMultiAggr: command('TS.REVRANGE', multiAggrOfKey, multiSamples, { upper: 'REVRANGE_MULTIAGGR' }),
};
