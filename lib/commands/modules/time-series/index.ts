/** Time series: https://redis.io/docs/latest/develop/data-types/timeseries/ */
import { multiSeries } from './multi-series';
import { series } from './series';

type Series = typeof series;
type MultiSeries = typeof multiSeries;

// An interface: it keeps the rows' documentation in declaration files.
/** The commands on time series by camel-case name. */
export interface Ts extends Series, MultiSeries {}

/** The commands on time series. */
export const ts: Ts = { ...series, ...multiSeries };
