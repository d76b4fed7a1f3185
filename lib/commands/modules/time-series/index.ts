/** Time series: https://redis.io/docs/latest/develop/data-types/timeseries/ */
import { multiSeries } from './multi-series';
import { series } from './series';

type Series = typeof series;
type MultiSeries = typeof multiSeries;

/** The commands on time series by camel-case name. */
export type Ts = Series & MultiSeries;

/** The commands on time series. */
export const ts: Ts = { ...series, ...multiSeries };
