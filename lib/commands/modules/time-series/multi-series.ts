/** Commands on the time series that a filter of labels selects. */
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

/** `[FILTER expression …]` */
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
  /** Returns the last sample of each series that matches: `{key: {sample}}`. https://redis.io/commands/ts.mget/ */
  mGet: command('TS.MGET', (c, filter: Words, options?: range.TsLatestOptions) => {
    range.pushLatest(c, options);
    range.pushFilter(c, filter);
  }, reply.get),
  /**
   * Returns the last sample and some labels of each series that matches: `{key: {labels, sample}}`; a label that a series does not
   * have is null. Since RedisTimeSeries 1.6. https://redis.io/commands/ts.mget/
   */
  mGetSelectedLabels: command('TS.MGET', (
    c, filter: Words, selectedLabels: Words, options?: range.TsLatestOptions,
  ) => {
    range.pushLatest(c, options);
    range.pushSelectedLabels(c, selectedLabels);
    range.pushFilter(c, filter);
  }, reply.getSelectedLabels, { upper: 'MGET_SELECTED_LABELS' }),
  /** Returns the last sample and the labels of each series that matches: `{key: {labels, sample}}`. https://redis.io/commands/ts.mget/ */
  mGetWithLabels: command('TS.MGET', (c, filter: Words, options?: range.TsLatestOptions) => {
    range.pushLatest(c, options);
    c.push('WITHLABELS');
    range.pushFilter(c, filter);
  }, reply.getWithLabels, { upper: 'MGET_WITHLABELS' }),
  /**
   * Returns the samples of each series that matches, between two times: `{key: [{timestamp, value}]}`.
   * https://redis.io/commands/ts.mrange/
   */
  mRange: command('TS.MRANGE', plain, reply.range),
  /**
   * Joins the matching series that have the same value of a label, and returns the samples of each group: `{group: {samples}}` with
   * groups named `label=value`. https://redis.io/commands/ts.mrange/
   */
  mRangeGroupBy: command('TS.MRANGE', groupBy, reply.groups, { upper: 'MRANGE_GROUPBY' }),
  /**
   * Returns several aggregations of the samples of each series that matches: `{key: [{timestamp, values}]}`. Since RedisTimeSeries
   * 8.10. https://redis.io/commands/ts.mrange/
   */
  mRangeMultiAggr: command('TS.MRANGE', multiAggr, reply.multiAggr, { upper: 'MRANGE_MULTIAGGR' }),
  /**
   * Returns the samples and some labels of each series that matches: `{key: {labels, samples}}`; a label that a series does not have
   * is null. Since RedisTimeSeries 1.6. https://redis.io/commands/ts.mrange/
   */
  mRangeSelectedLabels: command('TS.MRANGE', selectedLabels, reply.rangeSelectedLabels, { upper: 'MRANGE_SELECTED_LABELS' }),
  /**
   * mRangeGroupBy with some labels of each group: `{group: {labels, samples}}`; all but that of the group are null. Since
   * RedisTimeSeries 1.6. https://redis.io/commands/ts.mrange/
   */
  mRangeSelectedLabelsGroupBy: command(
    'TS.MRANGE', selectedLabelsGroupBy, reply.rangeSelectedLabels, { upper: 'MRANGE_SELECTED_LABELS_GROUPBY' },
  ),
  /**
   * mRangeMultiAggr with some labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrange/
   */
  mRangeSelectedLabelsMultiAggr: command(
    'TS.MRANGE', multiAggrSelectedLabels, reply.multiAggrSelectedLabels, { upper: 'MRANGE_SELECTED_LABELS_MULTIAGGR' },
  ),
  /**
   * Returns the samples and the labels of each series that matches: `{key: {labels, samples}}`. https://redis.io/commands/ts.mrange/
   */
  mRangeWithLabels: command('TS.MRANGE', withLabels, reply.rangeWithLabels, { upper: 'MRANGE_WITHLABELS' }),
  /**
   * mRangeGroupBy with the label and the keys of each group: `{group: {labels, sources, samples}}`.
   * https://redis.io/commands/ts.mrange/
   */
  mRangeWithLabelsGroupBy: command('TS.MRANGE', withLabelsGroupBy, reply.groupsWithSources, { upper: 'MRANGE_WITHLABELS_GROUPBY' }),
  /**
   * mRangeMultiAggr with the labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrange/
   */
  mRangeWithLabelsMultiAggr: command(
    'TS.MRANGE', multiAggrWithLabels, reply.multiAggrWithLabels, { upper: 'MRANGE_WITHLABELS_MULTIAGGR' },
  ),
  /** mRange, newest first. Since RedisTimeSeries 1.4. https://redis.io/commands/ts.mrevrange/ */
  mRevRange: command('TS.MREVRANGE', plain, reply.range),
  /** mRangeGroupBy, newest first. Since RedisTimeSeries 1.4. https://redis.io/commands/ts.mrevrange/ */
  mRevRangeGroupBy: command('TS.MREVRANGE', groupBy, reply.groups, { upper: 'MREVRANGE_GROUPBY' }),
  /** mRangeMultiAggr, newest first. Since RedisTimeSeries 8.10. https://redis.io/commands/ts.mrevrange/ */
  mRevRangeMultiAggr: command('TS.MREVRANGE', multiAggr, reply.multiAggr, { upper: 'MREVRANGE_MULTIAGGR' }),
  /** mRangeSelectedLabels, newest first. Since RedisTimeSeries 1.6. https://redis.io/commands/ts.mrevrange/ */
  mRevRangeSelectedLabels: command(
    'TS.MREVRANGE', selectedLabels, reply.rangeSelectedLabels, { upper: 'MREVRANGE_SELECTED_LABELS' },
  ),
  /**
   * mRevRangeGroupBy with some labels of each group: `{group: {labels, samples}}`; all but that of the group are null. Since
   * RedisTimeSeries 1.6. https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeSelectedLabelsGroupBy: command(
    'TS.MREVRANGE', selectedLabelsGroupBy, reply.rangeSelectedLabels, { upper: 'MREVRANGE_SELECTED_LABELS_GROUPBY' },
  ),
  /**
   * mRevRangeMultiAggr with some labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeSelectedLabelsMultiAggr: command(
    'TS.MREVRANGE', multiAggrSelectedLabels, reply.multiAggrSelectedLabels, { upper: 'MREVRANGE_SELECTED_LABELS_MULTIAGGR' },
  ),
  /** mRangeWithLabels, newest first. Since RedisTimeSeries 1.4. https://redis.io/commands/ts.mrevrange/ */
  mRevRangeWithLabels: command('TS.MREVRANGE', withLabels, reply.rangeWithLabels, { upper: 'MREVRANGE_WITHLABELS' }),
  /**
   * mRevRangeGroupBy with the label and the keys of each group: `{group: {labels, sources, samples}}`.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeWithLabelsGroupBy: command(
    'TS.MREVRANGE', withLabelsGroupBy, reply.groupsWithSources, { upper: 'MREVRANGE_WITHLABELS_GROUPBY' },
  ),
  /**
   * mRevRangeMultiAggr with the labels of each series: `{key: {labels, samples}}`. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.mrevrange/
   */
  mRevRangeWithLabelsMultiAggr: command(
    'TS.MREVRANGE', multiAggrWithLabels, reply.multiAggrWithLabels, { upper: 'MREVRANGE_WITHLABELS_MULTIAGGR' },
  ),
  /** Returns the keys of the series that match. https://redis.io/commands/ts.queryindex/ */
  queryIndex: command('TS.QUERYINDEX', (c, filter: Words) => c.pushVariadic(filter), names),
  /**
   * Returns the names of all labels that series (or those that match) have. Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.querylabels/
   */
  queryLabels: command('TS.QUERYLABELS', (c, filter?: Words) => {
    c.push('LABELS');
    pushOptionalFilter(c, filter);
  }, names),
  /**
   * Returns the values that a label has in all series (or those that match). Since RedisTimeSeries 8.10.
   * https://redis.io/commands/ts.querylabels/
   */
  queryLabelValues: command('TS.QUERYLABELS', (c, label: RedisArgument, filter?: Words) => {
    c.push('VALUES', label);
    pushOptionalFilter(c, filter);
  }, names, { upper: 'QUERYLABELS_VALUES' }),
};
