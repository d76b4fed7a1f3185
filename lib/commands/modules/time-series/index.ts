/** Time series: https://redis.io/docs/latest/develop/data-types/timeseries/ */
import { multiSeries } from './multi-series';
import { series } from './series';

type Series = typeof series;
type MultiSeries = typeof multiSeries;

/** All time series commands by camel-case method name. */
export type Ts = Series & MultiSeries;

/** All time series commands by camel-case method name. */
export const ts: Ts = { ...series, ...multiSeries };
