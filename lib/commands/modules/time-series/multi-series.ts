/** Commands on all time series that match a label filter. */
import { argumentError } from '../../../wire/argument-error';
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { ArrayReply, BlobStringReply, SetReply } from '../../../wire/resp-types';
import { command } from '../../command';
import { asIs } from '../../replies';
import * as range from './range-args';
import type { Timestamp } from './series-args';
import * as reply from './series-replies';

type Group = range.TsGroupBy;
type Options = range.TsMRangeOptions;
type MultiAggrOptions = range.TsMRangeMultiAggrOptions;
type Words = RedisVariadicArgument;

const plain = (c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, filter: Words, options?: Options): void => {
  range.pushRange(c, fromTimestamp, toTimestamp, options);
  range.pushExcludeEmpty(c, options);
  range.pushFilter(c, filter);
};
const withLabels = (c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, filter: Words, options?: Options): void => {
  range.pushRange(c, fromTimestamp, toTimestamp, options);
  range.pushExcludeEmpty(c, options);
  c.push('WITHLABELS');
  range.pushFilter(c, filter);
};
const selectedLabels = (
  c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, labels: Words, filter: Words, options?: Options,
): void => {
  range.pushRange(c, fromTimestamp, toTimestamp, options);
  range.pushExcludeEmpty(c, options);
  range.pushSelectedLabels(c, labels);
  range.pushFilter(c, filter);
};

const multiAggr = (
  c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, filter: Words, options: MultiAggrOptions,
): void => {
  range.pushMultiAggr(c, fromTimestamp, toTimestamp, options);
  range.pushExcludeEmpty(c, options);
  range.pushFilter(c, filter);
};
const multiAggrWithLabels = (
  c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, filter: Words, options: MultiAggrOptions,
): void => {
  range.pushMultiAggr(c, fromTimestamp, toTimestamp, options);
  range.pushExcludeEmpty(c, options);
  c.push('WITHLABELS');
  range.pushFilter(c, filter);
};
const multiAggrSelectedLabels = (
  c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, labels: Words, filter: Words, options: MultiAggrOptions,
): void => {
  range.pushMultiAggr(c, fromTimestamp, toTimestamp, options);
  range.pushExcludeEmpty(c, options);
  range.pushSelectedLabels(c, labels);
  range.pushFilter(c, filter);
};

const groupBy = (
  c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, filter: Words, group: Group, options?: range.TsRangeOptions,
): void => {
  range.pushRange(c, fromTimestamp, toTimestamp, options);
  range.pushFilterAndGroup(c, filter, group);
};
const withLabelsGroupBy = (
  c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, filter: Words, group: Group, options?: range.TsRangeOptions,
): void => {
  range.pushRange(c, fromTimestamp, toTimestamp, options);
  c.push('WITHLABELS');
  range.pushFilterAndGroup(c, filter, group);
};
const selectedLabelsGroupBy = (
  c: CommandParser, fromTimestamp: Timestamp, toTimestamp: Timestamp, labels: Words, filter: Words, group: Group,
  options?: range.TsRangeOptions,
): void => {
  range.pushRange(c, fromTimestamp, toTimestamp, options);
  range.pushSelectedLabels(c, labels);
  range.pushFilterAndGroup(c, filter, group);
};

/** Pushes `[FILTER expression …]`. */
function pushOptionalFilter(c: CommandParser, filter: Words | undefined): void {
  if (filter === undefined) return;
  if (Array.isArray(filter) && filter.length === 0) {
    throw argumentError('FILTER was given an empty filter expression list; omit it to query all indexed series');
  }
  range.pushFilter(c, filter);
}

/** A set, which RESP2 sends as an array. */
const names = { 2: asIs<ArrayReply<BlobStringReply>>(), 3: asIs<SetReply<BlobStringReply>>() };

/** Queries by labels: https://redis.io/docs/latest/develop/data-types/timeseries/ */
export const multiSeries = {
  /** Returns the last sample of each matching series: `{key: {sample}}`. https://redis.io/commands/ts.mget/ */
  mGet: command('TS.MGET', (c, filter: Words, options?: range.TsLatestOptions) => {
    range.pushLatest(c, options);
    range.pushFilter(c, filter);
  }, reply.get),
  /**
   * Returns the last sample and selected labels of each matching series: `{key: {labels, sample}}`. A label that a
   * series does not have is null. Since RedisTimeSeries 1.6. https://redis.io/commands/ts.mget/
   */
  mGetSelectedLabels: command('TS.MGET', (
    c, filter: Words, selectedLabels: Words, options?: range.TsLatestOptions,
  ) => {
    range.pushLatest(c, options);
    range.pushSelectedLabels(c, selectedLabels);
    range.pushFilter(c, filter);
  }, reply.getSelectedLabels, { upper: 'MGET_SELECTED_LABELS' }),
  /**
   * Returns the last sample and all labels of each matching series: `{key: {labels, sample}}`.
   * https://redis.io/commands/ts.mget/
   */
  mGetWithLabels: command('TS.MGET', (c, filter: Words, options?: range.TsLatestOptions) => {
    range.pushLatest(c, options);
    c.push('WITHLABELS');
    range.pushFilter(c, filter);
  }, reply.getWithLabels, { upper: 'MGET_WITHLABELS' }),
  /**
   * Returns the samples of each matching series between two times: `{key: [{timestamp, value}]}`.
   * https://redis.io/commands/ts.mrange/
   */
  mRange: command('TS.MRANGE', plain, reply.range),
  /**
   * Groups the matching series by the value of a label, reduces each group to one series, and returns its samples:
   * `{group: {samples}}`, with groups named `label=value`. https://redis.io/commands/ts.mrange/
   */
  mRangeGroupBy: command('TS.MRANGE', groupBy, reply.groups, { upper: 'MRANGE_GROUPBY' }),
  /**
   * Returns several aggregations of the samples of each matching series: `{key: [{timestamp, values}]}`. Since
   * RedisTimeSeries 8.10. https://redis.io/commands/ts.mrange/
   */
  mRangeMultiAggr: command('TS.MRANGE', multiAggr, reply.multiAggr, { upper: 'MRANGE_MULTIAGGR' }),
  /**
   * Returns the samples and selected labels of each matching series: `{key: {labels, samples}}`. A label that a series
   * does not have is null. Since RedisTimeSeries 1.6. https://redis.io/commands/ts.mrange/
   */
  mRangeSelectedLabels: command('TS.MRANGE', selectedLabels, reply.rangeSelectedLabels, { upper: 'MRANGE_SELECTED_LABELS' }),
  /**
   * Like mRangeGroupBy, with selected labels of each group: `{group: {labels, samples}}`. All labels except the one of
   * the group are null. Since RedisTimeSeries 1.6. https://redis.io/commands/ts.mrange/
   */
  mRangeSelectedLabelsGroupBy: command(
    'TS.MRANGE', selectedLabelsGroupBy, reply.rangeSelectedLabels, { upper: 'MRANGE_SELECTED_LABELS_GROUPBY' },
  ),
  /**
   * Like mRangeMultiAggr, with selected labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrange/
   */
  mRangeSelectedLabelsMultiAggr: command(
    'TS.MRANGE', multiAggrSelectedLabels, reply.multiAggrSelectedLabels, { upper: 'MRANGE_SELECTED_LABELS_MULTIAGGR' },
  ),
  /**
   * Returns the samples and all labels of each matching series: `{key: {labels, samples}}`.
   * https://redis.io/commands/ts.mrange/
   */
  mRangeWithLabels: command('TS.MRANGE', withLabels, reply.rangeWithLabels, { upper: 'MRANGE_WITHLABELS' }),
  /**
   * Like mRangeGroupBy, with the label and the keys of each group: `{group: {labels, sources, samples}}`.
   * https://redis.io/commands/ts.mrange/
   */
  mRangeWithLabelsGroupBy: command('TS.MRANGE', withLabelsGroupBy, reply.groupsWithSources, { upper: 'MRANGE_WITHLABELS_GROUPBY' }),
  /**
   * Like mRangeMultiAggr, with all labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrange/
   */
  mRangeWithLabelsMultiAggr: command(
    'TS.MRANGE', multiAggrWithLabels, reply.multiAggrWithLabels, { upper: 'MRANGE_WITHLABELS_MULTIAGGR' },
  ),
  /** Like mRange, with the newest samples first. Since RedisTimeSeries 1.4. https://redis.io/commands/ts.mrevrange/ */
  mRevRange: command('TS.MREVRANGE', plain, reply.range),
  /**
   * Like mRangeGroupBy, with the newest samples first. Since RedisTimeSeries 1.4.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeGroupBy: command('TS.MREVRANGE', groupBy, reply.groups, { upper: 'MREVRANGE_GROUPBY' }),
  /**
   * Like mRangeMultiAggr, with the newest samples first. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeMultiAggr: command('TS.MREVRANGE', multiAggr, reply.multiAggr, { upper: 'MREVRANGE_MULTIAGGR' }),
  /**
   * Like mRangeSelectedLabels, with the newest samples first. Since RedisTimeSeries 1.6.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeSelectedLabels: command(
    'TS.MREVRANGE', selectedLabels, reply.rangeSelectedLabels, { upper: 'MREVRANGE_SELECTED_LABELS' },
  ),
  /**
   * Like mRevRangeGroupBy, with selected labels of each group: `{group: {labels, samples}}`. All labels except the one
   * of the group are null. Since RedisTimeSeries 1.6. https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeSelectedLabelsGroupBy: command(
    'TS.MREVRANGE', selectedLabelsGroupBy, reply.rangeSelectedLabels, { upper: 'MREVRANGE_SELECTED_LABELS_GROUPBY' },
  ),
  /**
   * Like mRevRangeMultiAggr, with selected labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries
   * 8.10. https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeSelectedLabelsMultiAggr: command(
    'TS.MREVRANGE', multiAggrSelectedLabels, reply.multiAggrSelectedLabels, { upper: 'MREVRANGE_SELECTED_LABELS_MULTIAGGR' },
  ),
  /**
   * Like mRangeWithLabels, with the newest samples first. Since RedisTimeSeries 1.4.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeWithLabels: command('TS.MREVRANGE', withLabels, reply.rangeWithLabels, { upper: 'MREVRANGE_WITHLABELS' }),
  /**
   * Like mRevRangeGroupBy, with the label and the keys of each group: `{group: {labels, sources, samples}}`.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeWithLabelsGroupBy: command(
    'TS.MREVRANGE', withLabelsGroupBy, reply.groupsWithSources, { upper: 'MREVRANGE_WITHLABELS_GROUPBY' },
  ),
  /**
   * Like mRevRangeMultiAggr, with all labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeWithLabelsMultiAggr: command(
    'TS.MREVRANGE', multiAggrWithLabels, reply.multiAggrWithLabels, { upper: 'MREVRANGE_WITHLABELS_MULTIAGGR' },
  ),
  /** Returns the keys of the matching series. https://redis.io/commands/ts.queryindex/ */
  queryIndex: command('TS.QUERYINDEX', (c, filter: Words) => c.pushVariadic(filter), names),
  /**
   * Returns the names of all labels, of all series or of the matching ones. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.querylabels/
   */
  queryLabels: command('TS.QUERYLABELS', (c, filter?: Words) => {
    c.push('LABELS');
    pushOptionalFilter(c, filter);
  }, names),
  /**
   * Returns all values of a label, in all series or in the matching ones. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.querylabels/
   */
  queryLabelValues: command('TS.QUERYLABELS', (c, label: RedisArgument, filter?: Words) => {
    c.push('VALUES', label);
    pushOptionalFilter(c, filter);
  }, names, { upper: 'QUERYLABELS_VALUES' }),
};
