// Arguments that select samples and aggregate them.
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import { pushOption } from '../../args';
import { timestampArgument, type Timestamp } from './series-args';

/** How the samples of a bucket are aggregated. `COUNT_NAN` and `COUNT_ALL` since 8.6. */
export const TIME_SERIES_AGGREGATION_TYPE = {
  AVG: 'AVG',
  FIRST: 'FIRST',
  LAST: 'LAST',
  MIN: 'MIN',
  MAX: 'MAX',
  SUM: 'SUM',
  RANGE: 'RANGE',
  COUNT: 'COUNT',
  COUNT_NAN: 'COUNTNAN',
  COUNT_ALL: 'COUNTALL',
  STD_P: 'STD.P',
  STD_S: 'STD.S',
  VAR_P: 'VAR.P',
  VAR_S: 'VAR.S',
  TWA: 'TWA',
} as const;

/** One of {@link TIME_SERIES_AGGREGATION_TYPE}. */
export type TimeSeriesAggregationType = (typeof TIME_SERIES_AGGREGATION_TYPE)[keyof typeof TIME_SERIES_AGGREGATION_TYPE];

/** A list of at least one aggregation. */
export type TimeSeriesAggregationTypeList = [TimeSeriesAggregationType, ...TimeSeriesAggregationType[]];

/** The timestamp of a bucket: its start, middle or end. */
export const TIME_SERIES_BUCKET_TIMESTAMP = { LOW: '-', MIDDLE: '~', END: '+' } as const;

type BucketTimestamp = (typeof TIME_SERIES_BUCKET_TIMESTAMP)[keyof typeof TIME_SERIES_BUCKET_TIMESTAMP];
/** One of {@link TIME_SERIES_BUCKET_TIMESTAMP}; the type accepts any string, as in npm redis. */
export type TimeSeriesBucketTimestamp = BucketTimestamp | (string & Record<never, never>);

/** How the series of a group are reduced to one. */
export const TIME_SERIES_REDUCERS = {
  AVG: 'AVG',
  SUM: 'SUM',
  MIN: 'MIN',
  MAX: 'MAX',
  RANGE: 'RANGE',
  COUNT: 'COUNT',
  COUNTNAN: 'COUNTNAN',
  COUNTALL: 'COUNTALL',
  STD_P: 'STD.P',
  STD_S: 'STD.S',
  VAR_P: 'VAR.P',
  VAR_S: 'VAR.S',
} as const;

/** One of {@link TIME_SERIES_REDUCERS}. */
export type TimeSeriesReducer = (typeof TIME_SERIES_REDUCERS)[keyof typeof TIME_SERIES_REDUCERS];

/** Options of all range queries. */
export interface TsRangeCommonOptions {
  /** For a compaction: also compute the last bucket, which is still open. */
  LATEST?: boolean;
  /** Only samples with these timestamps. */
  FILTER_BY_TS?: Timestamp[];
  /** Only samples with a value from `min` to `max`. */
  FILTER_BY_VALUE?: { min: number; max: number };
  /** Maximum number of samples (per series). */
  COUNT?: number;
  /**
   * The time to which buckets are aligned, or `-` and `+` for the start and the end of the query. Used only with
   * `AGGREGATION`.
   */
  ALIGN?: Timestamp;
}

/** Options that divide samples into buckets. */
interface Buckets {
  /** Length of a bucket in milliseconds. */
  timeBucket: Timestamp;
  BUCKETTIMESTAMP?: TimeSeriesBucketTimestamp;
  /** Return empty buckets too. */
  EMPTY?: boolean;
}

export interface TsRangeOptions extends TsRangeCommonOptions {
  AGGREGATION?: Buckets & {
    type: TimeSeriesAggregationType;
    /** @deprecated Not sent, neither by npm redis; put `ALIGN` beside `AGGREGATION`. */
    ALIGN?: Timestamp;
  };
}

/** Options of queries with several aggregations. Since RedisTimeSeries 8.10. */
export interface TsRangeMultiAggrOptions extends TsRangeCommonOptions {
  AGGREGATION: Buckets & { types: TimeSeriesAggregationTypeList };
}

export interface TsNRangeOptions extends TsRangeCommonOptions {
  /** `types` contains one list of aggregations for each key. */
  AGGREGATION?: Buckets & { types: [TimeSeriesAggregationTypeList, ...TimeSeriesAggregationTypeList[]] };
}

interface ExcludeEmpty {
  /** Leave out series that have no samples. Since RedisTimeSeries 8.10. */
  EXCLUDEEMPTY?: boolean;
}

export interface TsMRangeOptions extends TsRangeOptions, ExcludeEmpty {}

export interface TsMRangeMultiAggrOptions extends TsRangeMultiAggrOptions, ExcludeEmpty {}

/** Groups series by the value of a label, and reduces each group to one series. */
export interface TsGroupBy {
  label: RedisArgument;
  REDUCE: TimeSeriesReducer;
}

export interface TsLatestOptions {
  /** For a compaction: also compute the last bucket, which is still open. */
  LATEST?: boolean;
}

export function pushLatest(c: CommandParser, options: TsLatestOptions | undefined): void {
  if (options?.LATEST) c.push('LATEST');
}

/** Pushes `from to [LATEST] [FILTER_BY_TS …] [FILTER_BY_VALUE min max] [COUNT n]`. */
function pushSelection(c: CommandParser, from: Timestamp, to: Timestamp, options: TsRangeCommonOptions | undefined): void {
  c.push(timestampArgument(from), timestampArgument(to));
  pushLatest(c, options);
  if (options?.FILTER_BY_TS) {
    c.push('FILTER_BY_TS');
    for (const timestamp of options.FILTER_BY_TS) c.push(timestampArgument(timestamp));
  }
  const value = options?.FILTER_BY_VALUE;
  if (value) c.push('FILTER_BY_VALUE', value.min.toString(), value.max.toString());
  pushOption(c, 'COUNT', options?.COUNT);
}

/** Pushes `[ALIGN time] AGGREGATION types duration [BUCKETTIMESTAMP place] [EMPTY]`. */
function pushBuckets(c: CommandParser, align: Timestamp | undefined, types: string[], buckets: Buckets): void {
  if (align !== undefined) c.push('ALIGN', timestampArgument(align));
  c.push('AGGREGATION', ...types, timestampArgument(buckets.timeBucket));
  if (buckets.BUCKETTIMESTAMP) c.push('BUCKETTIMESTAMP', buckets.BUCKETTIMESTAMP);
  if (buckets.EMPTY) c.push('EMPTY');
}

/** Pushes a range with at most one aggregation. */
export function pushRange(c: CommandParser, from: Timestamp, to: Timestamp, options?: TsRangeOptions): void {
  pushSelection(c, from, to, options);
  if (options?.AGGREGATION) pushBuckets(c, options.ALIGN, [options.AGGREGATION.type], options.AGGREGATION);
}

/** Pushes a range with several aggregations. */
export function pushMultiAggr(c: CommandParser, from: Timestamp, to: Timestamp, options: TsRangeMultiAggrOptions): void {
  pushSelection(c, from, to, options);
  pushBuckets(c, options.ALIGN, [options.AGGREGATION.types.join(',')], options.AGGREGATION);
}

/** Pushes a range of several series, with the aggregations of each. */
export function pushNRange(c: CommandParser, from: Timestamp, to: Timestamp, options?: TsNRangeOptions): void {
  pushSelection(c, from, to, options);
  if (!options?.AGGREGATION) return;
  pushBuckets(c, options.ALIGN, options.AGGREGATION.types.map(group => group.join(',')), options.AGGREGATION);
}

/** Pushes `[EXCLUDEEMPTY]`. */
export function pushExcludeEmpty(c: CommandParser, options: ExcludeEmpty | undefined): void {
  if (options?.EXCLUDEEMPTY) c.push('EXCLUDEEMPTY');
}

/** Pushes `SELECTED_LABELS label …`. */
export function pushSelectedLabels(c: CommandParser, labels: RedisVariadicArgument): void {
  c.push('SELECTED_LABELS');
  c.pushVariadic(labels);
}

/** Pushes `FILTER expression …`. */
export function pushFilter(c: CommandParser, filter: RedisVariadicArgument): void {
  c.push('FILTER');
  c.pushVariadic(filter);
}

/** Pushes `FILTER expression … GROUPBY label REDUCE reducer`. */
export function pushFilterAndGroup(c: CommandParser, filter: RedisVariadicArgument, groupBy: TsGroupBy): void {
  pushFilter(c, filter);
  c.push('GROUPBY', groupBy.label, 'REDUCE', groupBy.REDUCE);
}
