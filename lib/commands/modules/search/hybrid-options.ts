/** The arguments of FT.HYBRID. */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import { pushOption, type NumericArgument } from '../../args';
import { pushList, pushParams, type FtSearchParams } from './query-options';
import { pushReducers, type GroupByReducers } from './reducers';
import { pushLimit } from './search-options';

/** The text search of a hybrid search. */
export interface FtHybridSearchExpression {
  query: RedisArgument;
  SCORER?: RedisArgument;
  /** Name of the text score in the rows. */
  YIELD_SCORE_AS?: RedisArgument;
}

/** Finds the nearest vectors. */
export interface FtHybridVectorMethodKNN {
  type: 'KNN';
  /** The number of vectors to find. */
  K: number;
  EF_RUNTIME?: number;
}

/** Finds vectors within a distance. */
export interface FtHybridVectorMethodRange {
  type: 'RANGE';
  RADIUS: number;
  EPSILON?: number;
}

/** The vector search of a hybrid search. */
export interface FtHybridVectorExpression {
  /** Name of the vector field: `@name`. */
  field: RedisArgument;
  /** Name of the parameter with the vector: `$name`. */
  vector: RedisArgument;
  method?: FtHybridVectorMethodKNN | FtHybridVectorMethodRange;
  FILTER?: RedisArgument;
  /** Name of the vector score in the rows. */
  YIELD_SCORE_AS?: RedisArgument;
}

/** Combines scores by rank (reciprocal rank fusion). */
export interface FtHybridCombineMethodRRF {
  type: 'RRF';
  CONSTANT?: number;
  WINDOW?: number;
}

/** Combines scores by weights: `ALPHA` for text, `BETA` for vectors. */
export interface FtHybridCombineMethodLinear {
  type: 'LINEAR';
  ALPHA?: number;
  BETA?: number;
  WINDOW?: number;
}

export interface FtHybridApply {
  expression: RedisArgument;
  AS?: RedisArgument;
}

export interface FtHybridOptions {
  SEARCH: FtHybridSearchExpression;
  VSIM: FtHybridVectorExpression;
  /** How the two scores are combined. */
  COMBINE?: {
    method: FtHybridCombineMethodRRF | FtHybridCombineMethodLinear;
    /** Name of the combined score in the rows. */
    YIELD_SCORE_AS?: RedisArgument;
  };
  /** Fields of the documents to load into the rows; `'*'` loads all. */
  LOAD?: RedisVariadicArgument;
  GROUPBY?: { fields: RedisVariadicArgument; REDUCE?: GroupByReducers | GroupByReducers[] };
  APPLY?: FtHybridApply | FtHybridApply[];
  SORTBY?: { fields: { field: RedisArgument; direction?: 'ASC' | 'DESC' }[] };
  /** Do not sort the rows. */
  NOSORT?: boolean;
  /** Filter expression, applied to the rows after all other steps. */
  FILTER?: RedisArgument;
  LIMIT?: { offset: NumericArgument; count: NumericArgument };
  /** Values of the parameters (`$name`) in the queries. */
  PARAMS?: FtSearchParams;
  /** Timeout in milliseconds. */
  TIMEOUT?: number;
}

/** Returns `name value …` for the options that are given. */
function optionWords<OPTIONS>(options: OPTIONS, names: readonly (keyof OPTIONS & string)[]): string[] {
  const words: string[] = [];
  for (const name of names) {
    const value = options[name] as number | undefined;
    if (value !== undefined) words.push(name, value.toString());
  }
  return words;
}

/** Pushes `name value` unless the value is empty. */
function pushNamed(c: CommandParser, name: string, value: RedisArgument | undefined): void {
  if (value) c.push(name, value);
}

function pushVectorMethod(c: CommandParser, method: NonNullable<FtHybridVectorExpression['method']>): void {
  const words = method.type === 'KNN' ? ['K', method.K.toString(), ...optionWords(method, ['EF_RUNTIME'])]
    : method.type === 'RANGE' ? ['RADIUS', method.RADIUS.toString(), ...optionWords(method, ['EPSILON'])]
    : undefined;
  if (words === undefined) return;
  c.push(method.type);
  c.pushVariadicWithLength(words);
}

function pushCombine(c: CommandParser, { method, YIELD_SCORE_AS: name }: NonNullable<FtHybridOptions['COMBINE']>): void {
  const yielded: RedisArgument[] = name ? ['YIELD_SCORE_AS', name] : [];
  c.push('COMBINE');
  const words = method.type === 'RRF' ? optionWords(method, ['WINDOW', 'CONSTANT'])
    : method.type === 'LINEAR' ? optionWords(method, ['ALPHA', 'BETA', 'WINDOW'])
    : undefined;
  // For an unknown method nothing is written, so the server's error says that it is missing.
  if (words === undefined) return c.push(...yielded);
  c.push(method.type);
  c.pushVariadicWithLength([...words, ...yielded]);
}

function pushGroupBy(c: CommandParser, { fields, REDUCE: reducers }: NonNullable<FtHybridOptions['GROUPBY']>): void {
  pushList(c, 'GROUPBY', fields);
  if (reducers) pushReducers(c, reducers);
}

function pushSortBy(c: CommandParser, { fields }: NonNullable<FtHybridOptions['SORTBY']>): void {
  pushList(c, 'SORTBY', fields.reduce<RedisArgument[]>((words, { field, direction }) => {
    words.push(field);
    if (direction) words.push(direction);
    return words;
  }, []));
}

/** Pushes the steps applied to the rows. */
function pushSteps(c: CommandParser, options: FtHybridOptions): void {
  if (options.LOAD === '*') c.push('LOAD', '*');
  else if (options.LOAD) pushList(c, 'LOAD', options.LOAD);
  if (options.GROUPBY) pushGroupBy(c, options.GROUPBY);
  for (const apply of Array.isArray(options.APPLY) ? options.APPLY : options.APPLY ? [options.APPLY] : []) {
    c.push('APPLY', apply.expression);
    pushNamed(c, 'AS', apply.AS);
  }
  if (options.SORTBY) pushSortBy(c, options.SORTBY);
  if (options.NOSORT) c.push('NOSORT');
  pushNamed(c, 'FILTER', options.FILTER);
  if (options.LIMIT) pushLimit(c, options.LIMIT.offset, options.LIMIT.count);
}

/** Pushes everything that follows the index name. */
export function pushHybrid(c: CommandParser, options: FtHybridOptions): void {
  const search = options.SEARCH;
  c.push('SEARCH', search.query);
  pushNamed(c, 'SCORER', search.SCORER);
  pushNamed(c, 'YIELD_SCORE_AS', search.YIELD_SCORE_AS);
  const vsim = options.VSIM;
  c.push('VSIM', vsim.field, vsim.vector);
  if (vsim.method) pushVectorMethod(c, vsim.method);
  pushNamed(c, 'FILTER', vsim.FILTER);
  pushNamed(c, 'YIELD_SCORE_AS', vsim.YIELD_SCORE_AS);
  if (options.COMBINE) pushCombine(c, options.COMBINE);
  pushSteps(c, options);
  if (options.PARAMS && Object.keys(options.PARAMS).length > 0) pushParams(c, options.PARAMS);
  pushOption(c, 'TIMEOUT', options.TIMEOUT);
}
