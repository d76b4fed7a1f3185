// The arguments of time series, generated from the options that npm redis declares.
import type timeSeries from '@redis/time-series';
import * as fc from 'fast-check';
import {
  TIME_SERIES_AGGREGATION_TYPE, TIME_SERIES_BUCKET_TIMESTAMP, TIME_SERIES_DUPLICATE_POLICIES, TIME_SERIES_ENCODING,
  TIME_SERIES_REDUCERS, TS_READ_TIMESTAMP,
} from '../../lib';
import { compareCalls, options, type Any } from './module-calls';

type Commands = typeof timeSeries;
type Options<METHOD extends keyof Commands, AT extends number> = NonNullable<Parameters<Commands[METHOD]['parseCommand']>[AT]>;
type Optional<T> = { [NAME in keyof T]?: unknown };
interface Call { args: Any[]; optional?: number }

const anyOf = (constants: Readonly<Record<string, string>>): Any => fc.constantFrom(...Object.values(constants));
const optional = (value: Any): Any => fc.option(value, { nil: undefined, freq: 4 });

const text = fc.constantFrom<unknown>('a', 'b c', 'é', '', Buffer.from('buffer'), Buffer.of(0xff, 0));
const texts = fc.oneof(text, fc.array(text, { maxLength: 4 }));
const key = text;
const number = fc.constantFrom<unknown>(0, 1, 2.5, -3, 1e-9, 1e21, Infinity, -Infinity, NaN, '5');
const flag = fc.constantFrom<unknown>(true, false, 1, 0);
const time = fc.constantFrom<unknown>(
  0, 1_700_000_000_000, -1, 1.5, NaN, '*', '-', '+', '', '9007199254740993', new Date(1_700_000_000_123), new Date(NaN),
);
const aggregation = anyOf(TIME_SERIES_AGGREGATION_TYPE);
const aggregations = fc.array(aggregation, { maxLength: 3 });

const series = <METHOD extends 'add' | 'create' | 'alter' | 'incrBy' | 'decrBy'>(method: METHOD) => ({
  RETENTION: number,
  CHUNK_SIZE: number,
  LABELS: fc.dictionary(fc.constantFrom('room', 'unit', '1', ''), fc.constantFrom('kitchen', 'é', ''), { maxKeys: 3 }),
  IGNORE: options<{ maxTimeDiff: unknown; maxValDiff: unknown }>(`ts.${method}.IGNORE`, { maxTimeDiff: number, maxValDiff: number },
    ['maxTimeDiff', 'maxValDiff']),
});
const encoding = fc.oneof(anyOf(TIME_SERIES_ENCODING), fc.constant(''));
const policy = fc.oneof(anyOf(TIME_SERIES_DUPLICATE_POLICIES), fc.constant(''));
const increment = (method: 'incrBy' | 'decrBy'): Call => ({
  args: [key, number, optional(options<Options<'incrBy', 3>>(`ts.${method}`, { ...series(method), TIMESTAMP: time, UNCOMPRESSED: flag }))],
  optional: 1,
});

/** The options of a range without its aggregation. */
const selection = (about: string) => ({
  LATEST: flag,
  FILTER_BY_TS: fc.array(time, { maxLength: 3 }),
  FILTER_BY_VALUE: options<{ min: unknown; max: unknown }>(`${about}.FILTER_BY_VALUE`, { min: number, max: number }, ['min', 'max']),
  COUNT: number,
  ALIGN: time,
});
const buckets = { timeBucket: time, BUCKETTIMESTAMP: fc.oneof(anyOf(TIME_SERIES_BUCKET_TIMESTAMP), fc.constant('')), EMPTY: flag };

const rangeOptions = (method: string): Any => options<Options<'range', 4>>(`ts.${method}`, {
  ...selection(`ts.${method}`),
  AGGREGATION: options<NonNullable<Options<'range', 4>['AGGREGATION']>>(
    `ts.${method}.AGGREGATION`, { ...buckets, type: aggregation, ALIGN: time }, ['type', 'timeBucket']),
});
const multiRangeOptions = (method: string): Any => options<Options<'mRange', 4>>(`ts.${method}`, {
  ...selection(`ts.${method}`),
  EXCLUDEEMPTY: flag,
  AGGREGATION: options<NonNullable<Options<'range', 4>['AGGREGATION']>>(
    `ts.${method}.AGGREGATION`, { ...buckets, type: aggregation, ALIGN: time }, ['type', 'timeBucket']),
});
const multiAggrOptions = (method: string): Any => options<Options<'mRangeMultiAggr', 4>>(`ts.${method}`, {
  ...selection(`ts.${method}`),
  EXCLUDEEMPTY: flag,
  AGGREGATION: options<Options<'rangeMultiAggr', 4>['AGGREGATION']>(
    `ts.${method}.AGGREGATION`, { ...buckets, types: aggregations }, ['types', 'timeBucket']),
}, ['AGGREGATION']);
const nRangeOptions = (method: string): Any => options<Options<'nRange', 4>>(`ts.${method}`, {
  ...selection(`ts.${method}`),
  AGGREGATION: options<NonNullable<Options<'nRange', 4>['AGGREGATION']>>(
    `ts.${method}.AGGREGATION`, { ...buckets, types: fc.array(aggregations, { maxLength: 3 }) }, ['types', 'timeBucket']),
});
const latest = (method: string): Any => optional(options<Optional<Options<'get', 2>>>(`ts.${method}`, { LATEST: flag }));
const group = (method: string): Any => options<Options<'mRangeGroupBy', 4>>(
  `ts.${method}.GROUPBY`, { label: text, REDUCE: anyOf(TIME_SERIES_REDUCERS) }, ['label', 'REDUCE']);

const range = (method: string): Call => ({ args: [key, time, time, optional(rangeOptions(method))], optional: 1 });
const rangeMultiAggr = (method: string): Call => ({ args: [key, time, time, multiAggrOptions(method)] });
const nRange = (method: string): Call => ({ args: [texts, time, time, optional(nRangeOptions(method))], optional: 1 });

/** The variants of TS.MRANGE or TS.MREVRANGE. */
const multiRange = (method: 'mRange' | 'mRevRange'): Record<string, Call> => {
  const plain = (name: string): Call => ({ args: [time, time, texts, optional(multiRangeOptions(name))], optional: 1 });
  const selected = (name: string): Call => ({ args: [time, time, texts, texts, optional(multiRangeOptions(name))], optional: 1 });
  const grouped = (name: string): Call => ({ args: [time, time, texts, group(name), optional(multiRangeOptions(name))], optional: 1 });
  return {
    [method]: plain(method),
    [`${method}WithLabels`]: plain(`${method}WithLabels`),
    [`${method}SelectedLabels`]: selected(`${method}SelectedLabels`),
    [`${method}GroupBy`]: grouped(`${method}GroupBy`),
    [`${method}WithLabelsGroupBy`]: grouped(`${method}WithLabelsGroupBy`),
    [`${method}SelectedLabelsGroupBy`]: {
      args: [time, time, texts, texts, group(`${method}SelectedLabelsGroupBy`),
        optional(multiRangeOptions(`${method}SelectedLabelsGroupBy`))],
      optional: 1,
    },
    [`${method}MultiAggr`]: { args: [time, time, texts, multiAggrOptions(`${method}MultiAggr`)] },
    [`${method}WithLabelsMultiAggr`]: { args: [time, time, texts, multiAggrOptions(`${method}WithLabelsMultiAggr`)] },
    [`${method}SelectedLabelsMultiAggr`]: { args: [time, time, texts, texts, multiAggrOptions(`${method}SelectedLabelsMultiAggr`)] },
  };
};

compareCalls('ts', {
  add: {
    args: [key, time, number, optional(options<Options<'add', 4>>('ts.add', { ...series('add'), ENCODING: encoding, ON_DUPLICATE: policy }))],
    optional: 1,
  },
  alter: {
    args: [key, optional(options<Options<'alter', 2>>('ts.alter', { ...series('alter'), DUPLICATE_POLICY: policy }))],
    optional: 1,
  },
  create: {
    args: [key, optional(options<Options<'create', 2>>('ts.create', { ...series('create'), ENCODING: encoding, DUPLICATE_POLICY: policy }))],
    optional: 1,
  },
  createRule: { args: [key, key, aggregation, number, number], optional: 1 },
  decrBy: increment('decrBy'),
  del: { args: [key, time, time] },
  deleteRule: { args: [key, key] },
  get: { args: [key, latest('get')], optional: 1 },
  incrBy: increment('incrBy'),
  info: { args: [key] },
  infoDebug: { args: [key] },
  mAdd: {
    args: [fc.array(options<Options<'mAdd', 1>[number]>('ts.mAdd', { key, timestamp: time, value: number }, ['key', 'timestamp', 'value']),
      { maxLength: 3 })],
  },
  mGet: { args: [texts, latest('mGet')], optional: 1 },
  mGetSelectedLabels: { args: [texts, texts, latest('mGetSelectedLabels')], optional: 1 },
  mGetWithLabels: { args: [texts, latest('mGetWithLabels')], optional: 1 },
  ...multiRange('mRange'),
  ...multiRange('mRevRange'),
  nRange: nRange('nRange'),
  nRevRange: nRange('nRevRange'),
  queryIndex: { args: [texts] },
  queryLabels: { args: [texts], optional: 1 },
  queryLabelValues: { args: [text, texts], optional: 1 },
  range: range('range'),
  rangeMultiAggr: rangeMultiAggr('rangeMultiAggr'),
  read: {
    args: [key, fc.oneof(time, anyOf(TS_READ_TIMESTAMP)), optional(options<Options<'read', 3>>('ts.read', {
      BLOCK: options<NonNullable<Options<'read', 3>['BLOCK']>>('ts.read.BLOCK', { milliseconds: number, minCount: number }, ['milliseconds']),
      MAX_COUNT: number,
    }))],
    optional: 1,
  },
  revRange: range('revRange'),
  revRangeMultiAggr: rangeMultiAggr('revRangeMultiAggr'),
});
