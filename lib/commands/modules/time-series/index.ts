/** Time series: https://redis.io/docs/latest/develop/data-types/timeseries/ */
import { multiSeries } from './multi-series';
import { series } from './series';

export {
  TIME_SERIES_AGGREGATION_TYPE, TIME_SERIES_BUCKET_TIMESTAMP, TIME_SERIES_REDUCERS, type TimeSeriesAggregationType,
  type TimeSeriesAggregationTypeList, type TimeSeriesBucketTimestamp, type TimeSeriesReducer, type TsRangeMultiAggrOptions,
} from './range-args';
export { TS_READ_TIMESTAMP, type TsReadOptions, type TsReadTimestamp } from './read-args';
export {
  TIME_SERIES_DUPLICATE_POLICIES, TIME_SERIES_ENCODING, type TimeSeriesDuplicatePolicies, type TimeSeriesEncoding,
} from './series-args';

type Series = typeof series;
type MultiSeries = typeof multiSeries;

// An interface: it keeps the rows' documentation in declaration files.
/** The commands on time series by camel-case name. */
export interface Ts extends Series, MultiSeries {}

/** The commands on time series. */
export const ts: Ts = { ...series, ...multiSeries };
