/** The arguments of FT.SEARCH. */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import { boundArgument, pushOption, type NumericArgument } from '../../args';
import type { GeoUnits } from '../../geo-args';
import type { RediSearchLanguage } from './language';
import { pushList, pushQueryOptions, type QueryOptions } from './query-options';

/** Documents with a number in a range; infinities and `'(1'` (more than 1) are bounds as well. */
export interface SearchNumericFilter {
  field: RedisArgument;
  min: NumericArgument;
  max: NumericArgument;
}

/** Documents within a distance of a place. */
export interface SearchGeoFilter {
  field: RedisArgument;
  lon: number;
  lat: number;
  radius: number;
  unit: GeoUnits;
}

export interface FtSearchOptions extends QueryOptions {
  /** Words are searched as they are written, without their other forms. */
  VERBATIM?: boolean;
  /** Stop words count as words. */
  NOSTOPWORDS?: boolean;
  WITHSCORES?: boolean;
  /** How scores came about; includes `WITHSCORES`. */
  EXPLAINSCORE?: boolean;
  WITHPAYLOADS?: boolean;
  WITHSORTKEYS?: boolean;
  FILTER?: SearchNumericFilter | SearchNumericFilter[];
  GEOFILTER?: SearchGeoFilter | SearchGeoFilter[];
  /** Only these keys. */
  INKEYS?: RedisVariadicArgument;
  /** Only text in these fields. */
  INFIELDS?: RedisVariadicArgument;
  /** Only these fields in the reply; `[]` for keys alone. */
  RETURN?: RedisVariadicArgument;
  /** Text in fragments around what was found. */
  SUMMARIZE?: boolean | {
    FIELDS?: RedisVariadicArgument;
    /** Fragments of a field. */
    FRAGS?: number;
    /** Words of a fragment. */
    LEN?: number;
    SEPARATOR?: RedisArgument;
  };
  /** Marks what was found; `<b>` and `</b>` by default. */
  HIGHLIGHT?: boolean | {
    FIELDS?: RedisVariadicArgument;
    TAGS?: { open: RedisArgument; close: RedisArgument };
  };
  /** Words that may stand between those of the query. */
  SLOP?: number;
  /** Milliseconds. */
  TIMEOUT?: number;
  /** Words in the order of the query. */
  INORDER?: boolean;
  LANGUAGE?: RediSearchLanguage;
  EXPANDER?: RedisArgument;
  SCORER?: RedisArgument;
  /** For the scorer. */
  PAYLOAD?: RedisArgument;
  SORTBY?: RedisArgument | { BY: RedisArgument; DIRECTION?: 'ASC' | 'DESC' };
  LIMIT?: { from: NumericArgument; size: NumericArgument };
}

/** Options of a search for keys alone. */
export type FtSearchNoContentOptions = Omit<FtSearchOptions, 'WITHSCORES' | 'EXPLAINSCORE' | 'WITHPAYLOADS' | 'WITHSORTKEYS'>;

/** What the reader of the reply has to know about the query. */
export interface SearchFlags {
  WITHSCORES: boolean;
  EXPLAINSCORE: boolean;
  NOCONTENT: boolean;
  WITHPAYLOADS: boolean;
  WITHSORTKEYS: boolean;
  RETURN: RedisVariadicArgument | undefined;
}

/** `LIMIT from size` */
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

/** Everything behind the query; keeps what the reader of the reply has to know. */
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
