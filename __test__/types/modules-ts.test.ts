// Every command of time series takes what it takes in npm redis and resolves to what it resolves to there.
// This file does not compile if that changes.
import { test } from 'node:test';
import type {
  RedisClientType as NpmClient, RedisDefaultModules as NpmModules, TimeSeriesAggregationType as NpmAggregation,
  TimeSeriesAggregationTypeList as NpmAggregations, TimeSeriesBucketTimestamp as NpmBucketTimestamp,
  TimeSeriesDuplicatePolicies as NpmPolicies, TimeSeriesEncoding as NpmEncoding, TimeSeriesReducer as NpmReducer,
  TsRangeMultiAggrOptions as NpmMultiAggrOptions, TsReadOptions as NpmReadOptions, TsReadTimestamp as NpmReadTimestamp,
} from 'redis';
import type {
  RedisClientType, RESP_TYPES, TimeSeriesAggregationType, TimeSeriesAggregationTypeList, TimeSeriesBucketTimestamp,
  TimeSeriesDuplicatePolicies, TimeSeriesEncoding, TimeSeriesReducer, TsRangeMultiAggrOptions, TsReadOptions, TsReadTimestamp,
} from '../../lib';
import { same, type Differing, type Mutual, type Resolved, type Stricter } from './equal';

type None = Record<never, never>;
type Buffers = { [RESP_TYPES.BLOB_STRING]: BufferConstructor };
type Maps = { [RESP_TYPES.MAP]: MapConstructor; [RESP_TYPES.SET]: SetConstructor };
type Texts = { [RESP_TYPES.NUMBER]: StringConstructor; [RESP_TYPES.DOUBLE]: StringConstructor };

type Ours<RESP extends 2 | 3, MAPPING extends object = None> = RedisClientType<None, None, None, RESP, MAPPING>['ts'];
type Theirs<RESP extends 2 | 3, MAPPING extends object = None> = NpmClient<NpmModules, None, None, RESP, MAPPING>['ts'];

/** Their error class is not ours. */
type Errors = 'mAdd';

test('replies', () => {
  same<Differing<Ours<3>, Theirs<3>>, Errors>(true);
  same<Differing<Ours<2>, Theirs<2>>, Errors>(true);
});

test('replies under type mappings', () => {
  same<Differing<Ours<3, Buffers>, Theirs<3, Buffers>>, Errors>(true);
  same<Differing<Ours<2, Buffers>, Theirs<2, Buffers>>, Errors>(true);
  same<Differing<Ours<3, Maps>, Theirs<3, Maps>>, Errors>(true);
  same<Differing<Ours<2, Maps>, Theirs<2, Maps>>, Errors>(true);
  same<Differing<Ours<3, Texts>, Theirs<3, Texts>>, Errors>(true);
  same<Differing<Ours<2, Texts>, Theirs<2, Texts>>, Errors>(true);
});

test('replies are what they look like', () => {
  same<Resolved<Ours<3>['get']>, { timestamp: number; value: number } | null>(true);
  same<Resolved<Ours<3, Maps>['mRangeWithLabels']>,
    Map<string, { labels: Map<string, string>; samples: { timestamp: number; value: number }[] }>>(true);
});

test('arguments', () => {
  same<Stricter<Ours<3>, Theirs<3>>, never>(true);
  same<Stricter<Ours<2>, Theirs<2>>, never>(true);
});

test('the same methods', () => {
  same<Exclude<keyof Ours<3>, keyof Theirs<3>>, never>(true);
  same<Exclude<keyof Theirs<3>, keyof Ours<3>>, never>(true);
});

test('exported types', () => {
  same<Mutual<TimeSeriesAggregationType, NpmAggregation>, true>(true);
  same<Mutual<TimeSeriesAggregationTypeList, NpmAggregations>, true>(true);
  same<Mutual<TimeSeriesBucketTimestamp, NpmBucketTimestamp>, true>(true);
  same<Mutual<TimeSeriesDuplicatePolicies, NpmPolicies>, true>(true);
  same<Mutual<TimeSeriesEncoding, NpmEncoding>, true>(true);
  same<Mutual<TimeSeriesReducer, NpmReducer>, true>(true);
  same<Mutual<TsRangeMultiAggrOptions, NpmMultiAggrOptions>, true>(true);
  same<Mutual<TsReadOptions, NpmReadOptions>, true>(true);
  same<Mutual<TsReadTimestamp, NpmReadTimestamp>, true>(true);
});
