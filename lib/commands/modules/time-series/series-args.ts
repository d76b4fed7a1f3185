// The properties of a time series, and timestamps.
import type { CommandParser } from '../../../wire/command-parser';
import { pushOption } from '../../args';

/** How samples are stored. */
export const TIME_SERIES_ENCODING = { COMPRESSED: 'COMPRESSED', UNCOMPRESSED: 'UNCOMPRESSED' } as const;

/** One of {@link TIME_SERIES_ENCODING}. */
export type TimeSeriesEncoding = (typeof TIME_SERIES_ENCODING)[keyof typeof TIME_SERIES_ENCODING];

/** What happens to a sample whose timestamp is there already: refused, dropped, taken, or combined with the other one. */
export const TIME_SERIES_DUPLICATE_POLICIES = {
  BLOCK: 'BLOCK', FIRST: 'FIRST', LAST: 'LAST', MIN: 'MIN', MAX: 'MAX', SUM: 'SUM',
} as const;

/** One of {@link TIME_SERIES_DUPLICATE_POLICIES}. */
export type TimeSeriesDuplicatePolicies = (typeof TIME_SERIES_DUPLICATE_POLICIES)[keyof typeof TIME_SERIES_DUPLICATE_POLICIES];

/** Milliseconds since the epoch, a Date, or a word that the command knows (`*`, `-`, `+`). */
export type Timestamp = number | Date | string;

/** Names and values that filters look for. */
export interface Labels {
  [label: string]: string;
}

/** Samples that are dropped when they hardly differ from the last one; only with the policy `LAST`. */
export interface TsIgnoreOptions {
  /** Milliseconds. */
  maxTimeDiff: number;
  maxValDiff: number;
}

/** What every command that makes a series takes. */
interface SeriesOptions {
  /** Milliseconds that samples are kept, 0 for ever. */
  RETENTION?: number;
  /** Bytes of a chunk, a multiple of 8. */
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
  /** The policy for this sample. */
  ON_DUPLICATE?: TimeSeriesDuplicatePolicies;
}

export interface TsIncrByOptions extends SeriesOptions {
  /** Time of the sample, which may not be before the last one; the server's clock if absent. */
  TIMESTAMP?: Timestamp;
  /** Store samples uncompressed. */
  UNCOMPRESSED?: boolean;
}

/** A timestamp as text. */
export function timestampArgument(timestamp: Timestamp): string {
  if (typeof timestamp === 'string') return timestamp;
  return (typeof timestamp === 'number' ? timestamp : timestamp.getTime()).toString();
}

function pushEncoding(c: CommandParser, encoding: TimeSeriesEncoding | undefined): void {
  if (encoding !== undefined) c.push('ENCODING', encoding);
}

/** `[LABELS name value …] [IGNORE time value]` */
function pushLabelsAndIgnore(c: CommandParser, options: SeriesOptions | undefined): void {
  if (options?.LABELS) {
    c.push('LABELS');
    for (const [label, value] of Object.entries(options.LABELS)) c.push(label, value);
  }
  if (options?.IGNORE !== undefined) {
    c.push('IGNORE', options.IGNORE.maxTimeDiff.toString(), options.IGNORE.maxValDiff.toString());
  }
}

/** The options of TS.ALTER, and with `encoding` those of TS.CREATE. */
export function pushCreateOptions(c: CommandParser, options?: TsAlterOptions, encoding?: TimeSeriesEncoding): void {
  pushOption(c, 'RETENTION', options?.RETENTION);
  pushEncoding(c, encoding);
  pushOption(c, 'CHUNK_SIZE', options?.CHUNK_SIZE);
  if (options?.DUPLICATE_POLICY !== undefined) c.push('DUPLICATE_POLICY', options.DUPLICATE_POLICY);
  pushLabelsAndIgnore(c, options);
}

/** The options of TS.ADD. */
export function pushAddOptions(c: CommandParser, options?: TsAddOptions): void {
  pushOption(c, 'RETENTION', options?.RETENTION);
  pushEncoding(c, options?.ENCODING);
  pushOption(c, 'CHUNK_SIZE', options?.CHUNK_SIZE);
  if (options?.ON_DUPLICATE) c.push('ON_DUPLICATE', options.ON_DUPLICATE);
  pushLabelsAndIgnore(c, options);
}

/** The options of TS.INCRBY and TS.DECRBY. */
export function pushIncrByOptions(c: CommandParser, options?: TsIncrByOptions): void {
  if (options?.TIMESTAMP !== undefined && options.TIMESTAMP !== null) c.push('TIMESTAMP', timestampArgument(options.TIMESTAMP));
  pushOption(c, 'RETENTION', options?.RETENTION);
  if (options?.UNCOMPRESSED) c.push('UNCOMPRESSED');
  pushOption(c, 'CHUNK_SIZE', options?.CHUNK_SIZE);
  pushLabelsAndIgnore(c, options);
}
