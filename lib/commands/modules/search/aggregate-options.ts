/** The arguments of FT.AGGREGATE. */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import { pushOption } from '../../args';
import { pushQueryOptions, type QueryOptions, type RediSearchProperty } from './query-options';
import { pushReducers, sortWords, type GroupByReducers, type SortByProperty } from './reducers';

/** Steps of {@link FtAggregateOptions}. */
export const FT_AGGREGATE_STEPS = {
  GROUPBY: 'GROUPBY', SORTBY: 'SORTBY', APPLY: 'APPLY', LIMIT: 'LIMIT', FILTER: 'FILTER',
} as const;
/** One of {@link FT_AGGREGATE_STEPS}. */
export type FtAggregateStep = (typeof FT_AGGREGATE_STEPS)[keyof typeof FT_AGGREGATE_STEPS];

/** A field that is loaded from the documents. */
export type LoadField = RediSearchProperty | { identifier: RediSearchProperty; AS?: RedisArgument };

interface GroupByStep {
  type: 'GROUPBY';
  /** Without any, all rows are one group. */
  properties?: RediSearchProperty | RediSearchProperty[];
  REDUCE: GroupByReducers | GroupByReducers[];
}

interface SortStep {
  type: 'SORTBY';
  BY: SortByProperty | SortByProperty[];
  /** Only so many rows are sorted, and left. */
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
  /** Words are searched as they are written, without their other forms. */
  VERBATIM?: boolean;
  /** Scores as `@__score`. */
  ADDSCORES?: boolean;
  /** Fields of the documents in the rows; `'*'` for all. */
  LOAD?: '*' | LoadField | LoadField[];
  /** Milliseconds. */
  TIMEOUT?: number;
  /** What happens to the rows, one after another. */
  STEPS?: (GroupByStep | SortStep | ApplyStep | LimitStep | FilterStep)[];
}

export interface FtAggregateWithCursorOptions extends FtAggregateOptions {
  /** Rows of a page. */
  COUNT?: number;
  /** Milliseconds after which a cursor that is not read is gone. */
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
      // Not counted with the properties: the server refuses that.
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

/** Everything behind the query. */
export function pushAggregate(c: CommandParser, options: FtAggregateOptions | undefined): void {
  if (options?.VERBATIM) c.push('VERBATIM');
  if (options?.ADDSCORES) c.push('ADDSCORES');
  if (options?.LOAD) pushLoad(c, options.LOAD);
  pushOption(c, 'TIMEOUT', options?.TIMEOUT);
  if (options?.STEPS) for (const step of options.STEPS) pushStep(c, step);
  pushQueryOptions(c, options);
}
