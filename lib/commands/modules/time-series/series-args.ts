// Timestamps, and the properties of a time series.
import type { CommandParser } from '../../../wire/command-parser';
import { pushOption } from '../../args';

/** How samples are stored. */
export const TIME_SERIES_ENCODING = { COMPRESSED: 'COMPRESSED', UNCOMPRESSED: 'UNCOMPRESSED' } as const;

/** One of {@link TIME_SERIES_ENCODING}. */
export type TimeSeriesEncoding = (typeof TIME_SERIES_ENCODING)[keyof typeof TIME_SERIES_ENCODING];

/**
 * What the server does with a sample whose timestamp exists already: refuse it, ignore it, replace the old one, or
 * combine both.
 */
export const TIME_SERIES_DUPLICATE_POLICIES = {
  BLOCK: 'BLOCK', FIRST: 'FIRST', LAST: 'LAST', MIN: 'MIN', MAX: 'MAX', SUM: 'SUM',
} as const;

/** One of {@link TIME_SERIES_DUPLICATE_POLICIES}. */
export type TimeSeriesDuplicatePolicies = (typeof TIME_SERIES_DUPLICATE_POLICIES)[keyof typeof TIME_SERIES_DUPLICATE_POLICIES];

/** Unix time in milliseconds, a Date, or a symbol of the command (`*`, `-`, `+`). */
export type Timestamp = number | Date | string;

/** Label names and values, which filters match. */
export interface Labels {
  [label: string]: string;
}

/** Ignore new samples that differ little from the last one; only with the duplicate policy `LAST`. */
export interface TsIgnoreOptions {
  /** Maximum difference of the timestamps in milliseconds. */
  maxTimeDiff: number;
  maxValDiff: number;
}

/** Options of all commands that create a series. */
interface SeriesOptions {
  /** How long samples are kept, in milliseconds; 0 means forever. */
  RETENTION?: number;
  /** Size of a chunk in bytes, a multiple of 8. */
  CHUNK_SIZE?: number;
  LABELS?: Labels;
  IGNORE?: TsIgnoreOptions;
}

export interface TsCreateOptions extends SeriesOptions {
  ENCODING?: TimeSeriesEncoding;
  DUPLICATE_POLICY?: TimeSeriesDuplicatePolicies;
}

export type TsAlterOptions = Omit<TsCreateOptions, 'ENCODING'>;

export interface TsAddOptions extends SeriesOptions {
  ENCODING?: TimeSeriesEncoding;
  /** The duplicate policy for this sample. */
  ON_DUPLICATE?: TimeSeriesDuplicatePolicies;
}

export interface TsIncrByOptions extends SeriesOptions {
  /** Timestamp of the sample, not earlier than the last one. Default: the server's clock. */
  TIMESTAMP?: Timestamp;
  /** Store samples uncompressed. */
  UNCOMPRESSED?: boolean;
}

/** Encodes a timestamp. */
export function timestampArgument(timestamp: Timestamp): string {
  if (typeof timestamp === 'string') return timestamp;
  return (typeof timestamp === 'number' ? timestamp : timestamp.getTime()).toString();
}

function pushEncoding(c: CommandParser, encoding: TimeSeriesEncoding | undefined): void {
  if (encoding !== undefined) c.push('ENCODING', encoding);
}

/** Pushes `[LABELS name value …] [IGNORE time value]`. */
function pushLabelsAndIgnore(c: CommandParser, options: SeriesOptions | undefined): void {
  if (options?.LABELS) {
    c.push('LABELS');
    for (const [label, value] of Object.entries(options.LABELS)) c.push(label, value);
  }
  if (options?.IGNORE !== undefined) {
    c.push('IGNORE', options.IGNORE.maxTimeDiff.toString(), options.IGNORE.maxValDiff.toString());
  }
}

/** Pushes the options of TS.ALTER, or with `encoding` those of TS.CREATE. */
export function pushCreateOptions(c: CommandParser, options?: TsAlterOptions, encoding?: TimeSeriesEncoding): void {
  pushOption(c, 'RETENTION', options?.RETENTION);
  pushEncoding(c, encoding);
  pushOption(c, 'CHUNK_SIZE', options?.CHUNK_SIZE);
  if (options?.DUPLICATE_POLICY !== undefined) c.push('DUPLICATE_POLICY', options.DUPLICATE_POLICY);
  pushLabelsAndIgnore(c, options);
}

/** Pushes the options of TS.ADD. */
export function pushAddOptions(c: CommandParser, options?: TsAddOptions): void {
  pushOption(c, 'RETENTION', options?.RETENTION);
  pushEncoding(c, options?.ENCODING);
  pushOption(c, 'CHUNK_SIZE', options?.CHUNK_SIZE);
  if (options?.ON_DUPLICATE) c.push('ON_DUPLICATE', options.ON_DUPLICATE);
  pushLabelsAndIgnore(c, options);
}

/** Pushes the options of TS.INCRBY and TS.DECRBY. */
export function pushIncrByOptions(c: CommandParser, options?: TsIncrByOptions): void {
  if (options?.TIMESTAMP !== undefined && options.TIMESTAMP !== null) c.push('TIMESTAMP', timestampArgument(options.TIMESTAMP));
  pushOption(c, 'RETENTION', options?.RETENTION);
  if (options?.UNCOMPRESSED) c.push('UNCOMPRESSED');
  pushOption(c, 'CHUNK_SIZE', options?.CHUNK_SIZE);
  pushLabelsAndIgnore(c, options);
}
