/** The arguments of FT.SEARCH. */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import { boundArgument, pushOption, type NumericArgument } from '../../args';
import type { GeoUnits } from '../../geo-args';
import type { RediSearchLanguage } from './language';
import { pushList, pushQueryOptions, type QueryOptions } from './query-options';

/** Selects documents with a number in a range. Bounds may be infinite, or exclusive as in `'(1'` (more than 1). */
export interface SearchNumericFilter {
  field: RedisArgument;
  min: NumericArgument;
  max: NumericArgument;
}

/** Selects documents within a distance of a position. */
export interface SearchGeoFilter {
  field: RedisArgument;
  lon: number;
  lat: number;
  radius: number;
  unit: GeoUnits;
}

export interface FtSearchOptions extends QueryOptions {
  /** Search for the words as given, without stemming. */
  VERBATIM?: boolean;
  /** Do not ignore stop words. */
  NOSTOPWORDS?: boolean;
  WITHSCORES?: boolean;
  /** Explain how scores were computed; includes `WITHSCORES`. */
  EXPLAINSCORE?: boolean;
  WITHPAYLOADS?: boolean;
  WITHSORTKEYS?: boolean;
  FILTER?: SearchNumericFilter | SearchNumericFilter[];
  GEOFILTER?: SearchGeoFilter | SearchGeoFilter[];
  /** Search only these keys. */
  INKEYS?: RedisVariadicArgument;
  /** Search text only in these fields. */
  INFIELDS?: RedisVariadicArgument;
  /** Return only these fields; `[]` returns only keys. */
  RETURN?: RedisVariadicArgument;
  /** Return fragments of the text around the matches. */
  SUMMARIZE?: boolean | {
    FIELDS?: RedisVariadicArgument;
    /** Number of fragments per field. */
    FRAGS?: number;
    /** Number of words per fragment. */
    LEN?: number;
    SEPARATOR?: RedisArgument;
  };
  /** Mark the matches in the text. Default: `<b>` and `</b>`. */
  HIGHLIGHT?: boolean | {
    FIELDS?: RedisVariadicArgument;
    TAGS?: { open: RedisArgument; close: RedisArgument };
  };
  /** Maximum number of other words between the words of the query. */
  SLOP?: number;
  /** Timeout in milliseconds. */
  TIMEOUT?: number;
  /** Match words only in the order of the query. */
  INORDER?: boolean;
  LANGUAGE?: RediSearchLanguage;
  EXPANDER?: RedisArgument;
  SCORER?: RedisArgument;
  /** Data for the scoring function. */
  PAYLOAD?: RedisArgument;
  SORTBY?: RedisArgument | { BY: RedisArgument; DIRECTION?: 'ASC' | 'DESC' };
  LIMIT?: { from: NumericArgument; size: NumericArgument };
}

/** Options of a search that returns only keys. */
export type FtSearchNoContentOptions = Omit<FtSearchOptions, 'WITHSCORES' | 'EXPLAINSCORE' | 'WITHPAYLOADS' | 'WITHSORTKEYS'>;

/** The options of a query that determine how its reply is read. */
export interface SearchFlags {
  WITHSCORES: boolean;
  EXPLAINSCORE: boolean;
  NOCONTENT: boolean;
  WITHPAYLOADS: boolean;
  WITHSORTKEYS: boolean;
  RETURN: RedisVariadicArgument | undefined;
}

/** Pushes `LIMIT from size`. */
export function pushLimit(c: CommandParser, from: NumericArgument, size: NumericArgument): void {
  c.push('LIMIT', from.toString(), size.toString());
}

const listOf = <T>(values: T | T[] | undefined): T[] => (Array.isArray(values) ? values : values ? [values] : []);

function pushFilters(c: CommandParser, options: FtSearchOptions): void {
  for (const filter of listOf(options.FILTER)) c.push('FILTER', filter.field, boundArgument(filter.min), boundArgument(filter.max));
  for (const filter of listOf(options.GEOFILTER)) {
    c.push('GEOFILTER', filter.field, filter.lon.toString(), filter.lat.toString(), filter.radius.toString(), filter.unit);
  }
}

function pushMarks(c: CommandParser, { SUMMARIZE, HIGHLIGHT }: FtSearchOptions): void {
  if (SUMMARIZE) {
    c.push('SUMMARIZE');
    if (typeof SUMMARIZE === 'object') {
      pushList(c, 'FIELDS', SUMMARIZE.FIELDS);
      pushOption(c, 'FRAGS', SUMMARIZE.FRAGS);
      pushOption(c, 'LEN', SUMMARIZE.LEN);
      if (SUMMARIZE.SEPARATOR !== undefined) c.push('SEPARATOR', SUMMARIZE.SEPARATOR);
    }
  }
  if (HIGHLIGHT) {
    c.push('HIGHLIGHT');
    if (typeof HIGHLIGHT === 'object') {
      pushList(c, 'FIELDS', HIGHLIGHT.FIELDS);
      if (HIGHLIGHT.TAGS) c.push('TAGS', HIGHLIGHT.TAGS.open, HIGHLIGHT.TAGS.close);
    }
  }
}

function pushSortBy(c: CommandParser, sortBy: FtSearchOptions['SORTBY']): void {
  if (!sortBy) return;
  if (typeof sortBy === 'string' || Buffer.isBuffer(sortBy)) return c.push('SORTBY', sortBy);
  c.push('SORTBY', sortBy.BY);
  if (sortBy.DIRECTION) c.push(sortBy.DIRECTION);
}

function pushOptions(c: CommandParser, options: FtSearchOptions): void {
  if (options.VERBATIM) c.push('VERBATIM');
  if (options.NOSTOPWORDS) c.push('NOSTOPWORDS');
  if (options.WITHSCORES || options.EXPLAINSCORE) c.push('WITHSCORES');
  if (options.EXPLAINSCORE) c.push('EXPLAINSCORE');
  if (options.WITHPAYLOADS) c.push('WITHPAYLOADS');
  if (options.WITHSORTKEYS) c.push('WITHSORTKEYS');
  pushFilters(c, options);
  pushList(c, 'INKEYS', options.INKEYS);
  pushList(c, 'INFIELDS', options.INFIELDS);
  pushList(c, 'RETURN', options.RETURN);
  pushMarks(c, options);
  pushOption(c, 'SLOP', options.SLOP);
  pushOption(c, 'TIMEOUT', options.TIMEOUT);
  if (options.INORDER) c.push('INORDER');
  if (options.LANGUAGE) c.push('LANGUAGE', options.LANGUAGE);
  if (options.EXPANDER) c.push('EXPANDER', options.EXPANDER);
  if (options.SCORER) c.push('SCORER', options.SCORER);
  if (options.PAYLOAD !== undefined && options.PAYLOAD !== null) c.push('PAYLOAD', options.PAYLOAD);
  pushSortBy(c, options.SORTBY);
  if (options.LIMIT) pushLimit(c, options.LIMIT.from, options.LIMIT.size);
}

/** Pushes everything that follows the query, and stores the {@link SearchFlags} for reading the reply. */
export function pushSearch(c: CommandParser, options: FtSearchOptions | undefined, noContent = false): void {
  if (options) pushOptions(c, options);
  pushQueryOptions(c, options);
  if (noContent) c.push('NOCONTENT');
  c.preserve = {
    WITHSCORES: Boolean(options?.WITHSCORES),
    EXPLAINSCORE: Boolean(options?.EXPLAINSCORE),
    NOCONTENT: noContent,
    WITHPAYLOADS: Boolean(options?.WITHPAYLOADS),
    WITHSORTKEYS: Boolean(options?.WITHSORTKEYS),
    RETURN: options?.RETURN,
  } satisfies SearchFlags;
}
