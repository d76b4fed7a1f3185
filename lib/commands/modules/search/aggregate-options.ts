/** The arguments of FT.AGGREGATE. */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import { pushOption } from '../../args';
import { pushQueryOptions, type QueryOptions, type RediSearchProperty } from './query-options';
import { pushReducers, sortWords, type GroupByReducers, type SortByProperty } from './reducers';

/** The steps in {@link FtAggregateOptions}. */
export const FT_AGGREGATE_STEPS = {
  GROUPBY: 'GROUPBY', SORTBY: 'SORTBY', APPLY: 'APPLY', LIMIT: 'LIMIT', FILTER: 'FILTER',
} as const;
/** One of {@link FT_AGGREGATE_STEPS}. */
export type FtAggregateStep = (typeof FT_AGGREGATE_STEPS)[keyof typeof FT_AGGREGATE_STEPS];

/** A field to load from the documents. */
export type LoadField = RediSearchProperty | { identifier: RediSearchProperty; AS?: RedisArgument };

interface GroupByStep {
  type: 'GROUPBY';
  /** If there are none, all rows form one group. */
  properties?: RediSearchProperty | RediSearchProperty[];
  REDUCE: GroupByReducers | GroupByReducers[];
}

interface SortStep {
  type: 'SORTBY';
  BY: SortByProperty | SortByProperty[];
  /** Sort and return only this many rows. */
  MAX?: number;
}

interface ApplyStep {
  type: 'APPLY';
  expression: RedisArgument;
  AS: RedisArgument;
}

interface LimitStep {
  type: 'LIMIT';
  from: number;
  size: number;
}

interface FilterStep {
  type: 'FILTER';
  expression: RedisArgument;
}

export interface FtAggregateOptions extends QueryOptions {
  /** Search for the words as given, without stemming. */
  VERBATIM?: boolean;
  /** Add the score to each row as `@__score`. */
  ADDSCORES?: boolean;
  /** Fields of the documents to load into the rows; `'*'` loads all. */
  LOAD?: '*' | LoadField | LoadField[];
  /** Timeout in milliseconds. */
  TIMEOUT?: number;
  /** Steps applied to the rows, in this order. */
  STEPS?: (GroupByStep | SortStep | ApplyStep | LimitStep | FilterStep)[];
}

export interface FtAggregateWithCursorOptions extends FtAggregateOptions {
  /** Number of rows per page. */
  COUNT?: number;
  /** Milliseconds after which an unused cursor is deleted. */
  MAXIDLE?: number;
}

function pushLoad(c: CommandParser, load: NonNullable<FtAggregateOptions['LOAD']>): void {
  c.push('LOAD');
  if (load === '*') return c.push('*');
  const words: RedisArgument[] = [];
  for (const field of Array.isArray(load) ? load : [load]) {
    if (typeof field === 'string' || Buffer.isBuffer(field)) {
      words.push(field);
    } else {
      words.push(field.identifier);
      if (field.AS) words.push('AS', field.AS);
    }
  }
  c.pushVariadicWithLength(words);
}

function pushStep(c: CommandParser, step: NonNullable<FtAggregateOptions['STEPS']>[number]): void {
  c.push(step.type);
  switch (step.type) {
    case 'GROUPBY':
      c.pushVariadicWithLength(step.properties || []);
      return pushReducers(c, step.REDUCE);
    case 'SORTBY':
      c.pushVariadicWithLength(sortWords(step.BY));
      // Not counted among the properties, because the server refuses that.
      if (step.MAX) c.push('MAX', step.MAX.toString());
      return;
    case 'APPLY':
      return c.push(step.expression, 'AS', step.AS);
    case 'LIMIT':
      return c.push(step.from.toString(), step.size.toString());
    case 'FILTER':
      return c.push(step.expression);
  }
}

/** Pushes everything that follows the query. */
export function pushAggregate(c: CommandParser, options: FtAggregateOptions | undefined): void {
  if (options?.VERBATIM) c.push('VERBATIM');
  if (options?.ADDSCORES) c.push('ADDSCORES');
  if (options?.LOAD) pushLoad(c, options.LOAD);
  pushOption(c, 'TIMEOUT', options?.TIMEOUT);
  if (options?.STEPS) for (const step of options.STEPS) pushStep(c, step);
  pushQueryOptions(c, options);
}
