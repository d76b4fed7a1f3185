/** The reducers of GROUPBY, which compute one value from the rows of a group. */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import type { RediSearchProperty } from './query-options';

/** The reducers in {@link GroupByReducers}. */
export const FT_AGGREGATE_GROUP_BY_REDUCERS = {
  COUNT: 'COUNT', COUNT_DISTINCT: 'COUNT_DISTINCT', COUNT_DISTINCTISH: 'COUNT_DISTINCTISH', SUM: 'SUM', MIN: 'MIN', MAX: 'MAX',
  AVG: 'AVG', STDDEV: 'STDDEV', QUANTILE: 'QUANTILE', TOLIST: 'TOLIST', FIRST_VALUE: 'FIRST_VALUE', RANDOM_SAMPLE: 'RANDOM_SAMPLE',
  COLLECT: 'COLLECT',
} as const;
/** One of {@link FT_AGGREGATE_GROUP_BY_REDUCERS}. */
export type FtAggregateGroupByReducer = (typeof FT_AGGREGATE_GROUP_BY_REDUCERS)[keyof typeof FT_AGGREGATE_GROUP_BY_REDUCERS];

/** A property to sort rows by. */
export type SortByProperty = RedisArgument | { BY: RediSearchProperty; DIRECTION?: 'ASC' | 'DESC' };

interface Reducer<TYPE extends FtAggregateGroupByReducer> {
  type: TYPE;
  /** Name of the result in the rows. */
  AS?: RedisArgument;
}

interface PropertyReducer<TYPE extends FtAggregateGroupByReducer> extends Reducer<TYPE> {
  property: RediSearchProperty;
}

type SimpleReducer = {
  [TYPE in 'COUNT_DISTINCT' | 'COUNT_DISTINCTISH' | 'SUM' | 'MIN' | 'MAX' | 'AVG' | 'STDDEV' | 'TOLIST']: PropertyReducer<TYPE>;
}['COUNT_DISTINCT' | 'COUNT_DISTINCTISH' | 'SUM' | 'MIN' | 'MAX' | 'AVG' | 'STDDEV' | 'TOLIST'];

interface QuantileReducer extends PropertyReducer<'QUANTILE'> {
  /** Between 0 and 1; 0.5 is the median. */
  quantile: number;
}

interface FirstValueReducer extends PropertyReducer<'FIRST_VALUE'> {
  /** The property that determines which row is the first. */
  BY?: RediSearchProperty | { property: RediSearchProperty; direction?: 'ASC' | 'DESC' };
}

interface RandomSampleReducer extends PropertyReducer<'RANDOM_SAMPLE'> {
  sampleSize: number;
}

interface CollectReducer extends Reducer<'COLLECT'> {
  FIELDS: '*' | RediSearchProperty | RediSearchProperty[];
  DISTINCT?: boolean;
  SORTBY?: SortByProperty | SortByProperty[];
  LIMIT?: { from: number; size: number };
}

/** A reducer with its arguments. */
export type GroupByReducers =
  Reducer<'COUNT'> | SimpleReducer | QuantileReducer | FirstValueReducer | RandomSampleReducer | CollectReducer;

/** Returns `property [ASC | DESC] …`. */
export function sortWords(by: SortByProperty | SortByProperty[]): RedisArgument[] {
  const words: RedisArgument[] = [];
  for (const one of Array.isArray(by) ? by : [by]) {
    if (typeof one === 'string' || Buffer.isBuffer(one)) {
      words.push(one);
    } else {
      words.push(one.BY);
      if (one.DIRECTION) words.push(one.DIRECTION);
    }
  }
  return words;
}

function firstValueWords({ property, BY: by }: FirstValueReducer): RedisArgument[] {
  if (!by) return [property];
  if (typeof by === 'string') return [property, 'BY', by];
  return by.direction ? [property, 'BY', by.property, by.direction] : [property, 'BY', by.property];
}

function collectWords({ FIELDS: fields, DISTINCT: distinct, SORTBY: sortBy, LIMIT: limit }: CollectReducer): RedisArgument[] {
  const words: RedisArgument[] = ['FIELDS'];
  if (fields === '*') words.push('*');
  else if (Array.isArray(fields)) words.push(fields.length.toString(), ...fields);
  else words.push('1', fields);
  if (distinct) words.push('DISTINCT');
  if (sortBy) {
    const sort = sortWords(sortBy);
    words.push('SORTBY', sort.length.toString(), ...sort);
  }
  if (limit) words.push('LIMIT', limit.from.toString(), limit.size.toString());
  return words;
}

/** Returns the arguments of a reducer, without their number; `undefined` if the reducer is unknown. */
function wordsOf(reducer: GroupByReducers): RedisArgument[] | undefined {
  switch (reducer.type) {
    case 'COUNT':
      return [];
    case 'QUANTILE':
      return [reducer.property, reducer.quantile.toString()];
    case 'RANDOM_SAMPLE':
      return [reducer.property, reducer.sampleSize.toString()];
    case 'FIRST_VALUE':
      return firstValueWords(reducer);
    case 'COLLECT':
      return collectWords(reducer);
    default:
      return reducer.type in FT_AGGREGATE_GROUP_BY_REDUCERS ? [(reducer as SimpleReducer).property] : undefined;
  }
}

/** Pushes `REDUCE type n argument … [AS name] …`. */
export function pushReducers(c: CommandParser, reducers: GroupByReducers | GroupByReducers[]): void {
  for (const reducer of Array.isArray(reducers) ? reducers : [reducers]) {
    c.push('REDUCE', reducer.type);
    const words = wordsOf(reducer);
    if (words !== undefined) c.pushVariadicWithLength(words);
    if (reducer.AS) c.push('AS', reducer.AS);
  }
}
