/** Arguments of the commands of `client.ft`, generated from the options that npm redis declares. */
import type search from '@redis/search';
import * as fc from 'fast-check';
import type { RediSearchSchema } from 'redis';
import { FT_AGGREGATE_GROUP_BY_REDUCERS, type FtAggregateStep } from '../../lib';

type Commands = typeof search;
type Options<METHOD extends keyof Commands, AT extends number> = NonNullable<Parameters<Commands[METHOD]['parseCommand']>[AT]>;
type Any = fc.Arbitrary<unknown>;
/** An arbitrary for each option: one that npm redis has and that is missing here does not compile. */
type Model<OPTIONS> = { [NAME in keyof OPTIONS]-?: Any };

/** Options that occurred with a value, and those that have to. */
export const occurrences = { seen: new Set<string>(), all: new Set<string>() };

/** Objects with any of the options; `required` ones are always there. */
function options<OPTIONS>(about: string, model: Model<OPTIONS>, required: readonly (keyof OPTIONS & string)[] = []): Any {
  for (const name of Object.keys(model)) occurrences.all.add(`${about}.${name}`);
  const arbitraries = Object.fromEntries(Object.entries<Any>(model).map(([name, arbitrary]) =>
    [name, (required as readonly string[]).includes(name) ? arbitrary : fc.option(arbitrary, { nil: undefined, freq: 2 })]));
  return fc.record(arbitraries, { requiredKeys: [...required] }).map((value) => {
    for (const [name, item] of Object.entries(value)) if (item !== undefined) occurrences.seen.add(`${about}.${name}`);
    return value;
  });
}

const text = fc.constantFrom<unknown>('a', 'b c', 'é', '', '*', Buffer.from('buffer'), Buffer.of(0xff, 0));
const number = fc.constantFrom(0, 1, 2.5, -3, 1e21, Infinity, -Infinity, NaN);
const numeric = fc.oneof(number, fc.constantFrom<unknown>('(1', '+inf', Buffer.from('7')));
const flag = fc.boolean();
const property = fc.constantFrom('@a', '$.b', '@c');
const direction = fc.constantFrom('ASC', 'DESC');
const oneOrMany = (one: Any): Any => fc.oneof(one, fc.array(one, { maxLength: 3 }));
const texts = oneOrMany(text);
const params = fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.oneof(text, number), { maxKeys: 3 });
const dialect = fc.constantFrom(0, 1, 2, 3, 4);

type Field = Exclude<Exclude<RediSearchSchema[string], unknown[]>, string>;
type FieldOf<KEY> = Extract<Field, KEY>;
const common = { AS: text, INDEXMISSING: flag };
const sortable = { ...common, SORTABLE: fc.constantFrom(true, false, 'UNF'), NOINDEX: flag };
const vector = { ...common, type: fc.constant('VECTOR'), DIM: number, DISTANCE_METRIC: fc.constantFrom('L2', 'IP', 'COSINE'), INITIAL_CAP: number };
const vectorType = fc.constantFrom('FLOAT32', 'FLOAT64', 'INT8');
const VECTOR_REQUIRED = ['type', 'ALGORITHM', 'TYPE', 'DIM', 'DISTANCE_METRIC'] as const;

const field = fc.oneof(
  fc.constantFrom('TEXT', 'NUMERIC', 'GEO', 'TAG', 'VECTOR', 'GEOSHAPE'),
  options<FieldOf<{ type: 'TEXT' }>>('TEXT', {
    ...sortable, type: fc.constant('TEXT'), NOSTEM: flag, WEIGHT: number, PHONETIC: fc.constantFrom('dm:en', 'dm:fr'),
    WITHSUFFIXTRIE: flag, INDEXEMPTY: flag,
  }, ['type']),
  options<FieldOf<{ type: 'NUMERIC' }>>('NUMERIC', { ...sortable, type: fc.constant('NUMERIC') }, ['type']),
  options<FieldOf<{ type: 'GEO' }>>('GEO', { ...sortable, type: fc.constant('GEO') }, ['type']),
  options<FieldOf<{ type: 'TAG' }>>('TAG', {
    ...sortable, type: fc.constant('TAG'), SEPARATOR: text, CASESENSITIVE: flag, WITHSUFFIXTRIE: flag, INDEXEMPTY: flag,
  }, ['type']),
  options<FieldOf<{ type: 'GEOSHAPE' }>>('GEOSHAPE', {
    ...common, type: fc.constant('GEOSHAPE'), COORD_SYSTEM: fc.constantFrom('FLAT', 'SPHERICAL'),
  }, ['type']),
  options<FieldOf<{ ALGORITHM: 'FLAT' }>>('FLAT', { ...vector, ALGORITHM: fc.constant('FLAT'), TYPE: vectorType, BLOCK_SIZE: number },
    VECTOR_REQUIRED),
  options<FieldOf<{ ALGORITHM: 'HNSW' }>>('HNSW', {
    ...vector, ALGORITHM: fc.constant('HNSW'), TYPE: vectorType, M: number, EF_CONSTRUCTION: number, EF_RUNTIME: number, RERANK: flag,
  }, VECTOR_REQUIRED),
  options<FieldOf<{ ALGORITHM: 'SVS-VAMANA' }>>('SVS-VAMANA', {
    ...vector, ALGORITHM: fc.constant('SVS-VAMANA'), TYPE: vectorType, COMPRESSION: fc.constantFrom('LVQ4', 'LeanVec8x8'),
    CONSTRUCTION_WINDOW_SIZE: number, GRAPH_MAX_DEGREE: number, SEARCH_WINDOW_SIZE: number, EPSILON: number, TRAINING_THRESHOLD: number,
    REDUCE: number,
  }, VECTOR_REQUIRED),
);
const schema = fc.dictionary(fc.constantFrom('f', '$.g', '@h', '__proto__'), oneOrMany(field), { maxKeys: 3 });

const sortBy = oneOrMany(fc.oneof(property, fc.constant(Buffer.from('@z')),
  options<{ BY: string; DIRECTION?: string }>('sort', { BY: property, DIRECTION: direction }, ['BY'])));
const limit = fc.record({ from: number, size: number });
const reducer = fc.oneof(
  ...Object.keys(FT_AGGREGATE_GROUP_BY_REDUCERS).filter((type) => type !== 'COLLECT').map((type) =>
    ({ weight: type === 'FIRST_VALUE' ? 8 : 1, arbitrary: fc.record({
      type: fc.constant(type), property, quantile: number, sampleSize: number, AS: fc.option(text, { nil: undefined }),
      BY: type !== 'FIRST_VALUE' ? fc.constant(undefined) : fc.option(fc.oneof(property, options<{ property: string; direction?: string }>(
        'FIRST_VALUE.BY', { property, direction }, ['property'])), { nil: undefined }),
    }) })),
  { weight: 8, arbitrary: options<Record<'type' | 'AS' | 'FIELDS' | 'DISTINCT' | 'SORTBY' | 'LIMIT', unknown>>('COLLECT', {
    type: fc.constant('COLLECT'), AS: text, FIELDS: fc.oneof(fc.constant('*'), oneOrMany(property)), DISTINCT: flag, SORTBY: sortBy, LIMIT: limit,
  }, ['type', 'FIELDS']) },
);
const steps: Record<FtAggregateStep, Any> = {
  GROUPBY: options<Record<'type' | 'properties' | 'REDUCE', unknown>>('GROUPBY', {
    type: fc.constant('GROUPBY'), properties: oneOrMany(property), REDUCE: oneOrMany(reducer),
  }, ['type', 'REDUCE']),
  SORTBY: options<Record<'type' | 'BY' | 'MAX', unknown>>('SORTBY', { type: fc.constant('SORTBY'), BY: sortBy, MAX: fc.constantFrom(0, 1, 7) },
    ['type', 'BY']),
  APPLY: fc.record({ type: fc.constant('APPLY'), expression: text, AS: text }),
  LIMIT: fc.record({ type: fc.constant('LIMIT'), from: number, size: number }),
  FILTER: fc.record({ type: fc.constant('FILTER'), expression: text }),
};
const load = oneOrMany(fc.oneof(property,
  options<{ identifier: string; AS?: string }>('LOAD', { identifier: property, AS: text }, ['identifier'])));

const aggregateModel = {
  VERBATIM: flag, ADDSCORES: flag, LOAD: fc.oneof(fc.constant('*'), load), TIMEOUT: number,
  STEPS: fc.array(fc.oneof(...Object.values(steps)), { maxLength: 4 }), PARAMS: params, DIALECT: dialect,
};

const searchModel = {
  VERBATIM: flag, NOSTOPWORDS: flag, INKEYS: texts, WITHSCORES: flag, EXPLAINSCORE: flag, WITHPAYLOADS: flag, WITHSORTKEYS: flag,
  FILTER: oneOrMany(fc.record({ field: text, min: numeric, max: numeric })),
  GEOFILTER: oneOrMany(fc.record({ field: text, lon: number, lat: number, radius: number, unit: fc.constantFrom('m', 'km') })),
  INFIELDS: texts, RETURN: texts,
  SUMMARIZE: fc.oneof(flag, options<Record<'FIELDS' | 'FRAGS' | 'LEN' | 'SEPARATOR', unknown>>('SUMMARIZE', {
    FIELDS: texts, FRAGS: number, LEN: number, SEPARATOR: text,
  })),
  HIGHLIGHT: fc.oneof(flag, options<Record<'FIELDS' | 'TAGS', unknown>>('HIGHLIGHT', {
    FIELDS: texts, TAGS: fc.record({ open: text, close: text }),
  })),
  SLOP: number, TIMEOUT: number, INORDER: flag, LANGUAGE: fc.constantFrom('French', 'Chinese'), EXPANDER: text, SCORER: text, PAYLOAD: text,
  SORTBY: fc.oneof(text, options<{ BY: unknown; DIRECTION?: unknown }>('search.SORTBY', { BY: text, DIRECTION: direction }, ['BY'])),
  LIMIT: fc.record({ from: numeric, size: numeric }), PARAMS: params, DIALECT: dialect,
};
const searchOptions = options<Options<'search', 3>>('search', searchModel);
const { WITHSCORES, EXPLAINSCORE, WITHPAYLOADS, WITHSORTKEYS, ...noContentModel } = searchModel;

type Hybrid = Options<'hybrid', 2>;
type Method<TYPE> = Extract<NonNullable<Hybrid['VSIM']['method'] | NonNullable<Hybrid['COMBINE']>['method']>, { type: TYPE }>;
const hybrid = options<Hybrid>('hybrid', {
  SEARCH: options<Hybrid['SEARCH']>('hybrid.SEARCH', { query: text, SCORER: text, YIELD_SCORE_AS: text }, ['query']),
  VSIM: options<Hybrid['VSIM']>('hybrid.VSIM', {
    field: text, vector: text, FILTER: text, YIELD_SCORE_AS: text,
    method: fc.oneof(
      options<Method<'KNN'>>('KNN', { type: fc.constant('KNN'), K: number, EF_RUNTIME: number }, ['type', 'K']),
      options<Method<'RANGE'>>('RANGE', { type: fc.constant('RANGE'), RADIUS: number, EPSILON: number }, ['type', 'RADIUS']),
    ),
  }, ['field', 'vector']),
  COMBINE: options<NonNullable<Hybrid['COMBINE']>>('hybrid.COMBINE', {
    YIELD_SCORE_AS: text,
    method: fc.oneof(
      options<Method<'RRF'>>('RRF', { type: fc.constant('RRF'), CONSTANT: number, WINDOW: number }, ['type']),
      options<Method<'LINEAR'>>('LINEAR', { type: fc.constant('LINEAR'), ALPHA: number, BETA: number, WINDOW: number }, ['type']),
    ),
  }, ['method']),
  LOAD: texts, NOSORT: flag, FILTER: text, PARAMS: params, TIMEOUT: number,
  GROUPBY: options<NonNullable<Hybrid['GROUPBY']>>('hybrid.GROUPBY', { fields: texts, REDUCE: oneOrMany(reducer) }, ['fields']),
  APPLY: oneOrMany(options<{ expression: unknown; AS?: unknown }>('hybrid.APPLY', { expression: text, AS: text }, ['expression'])),
  SORTBY: fc.record({
    fields: fc.array(options<{ field: unknown; direction?: unknown }>('hybrid.SORTBY', { field: text, direction }, ['field']), { maxLength: 3 }),
  }),
  LIMIT: fc.record({ offset: numeric, count: numeric }),
}, ['SEARCH', 'VSIM']);

const sugGet = [text, text, options<Options<'sugGet', 3>>('sugGet', { FUZZY: flag, MAX: number })];
const cursor = fc.oneof(number, fc.constant('12'));

/** The arguments of each method. */
export const ARGUMENTS: Readonly<Record<string, readonly Any[]>> = {
  _list: [],
  aggregate: [text, text, options<Options<'aggregate', 3>>('aggregate', aggregateModel)],
  aggregateWithCursor: [text, text, options<Options<'aggregateWithCursor', 3>>('aggregateWithCursor', {
    ...aggregateModel, COUNT: number, MAXIDLE: number,
  })],
  aliasAdd: [text, text],
  aliasDel: [text],
  aliasList: [text],
  aliasUpdate: [text, text],
  alter: [text, schema],
  configGet: [text],
  configSet: [text, text],
  create: [text, schema, options<Options<'create', 3>>('create', {
    ON: fc.constantFrom('HASH', 'JSON'), PREFIX: texts, FILTER: text, LANGUAGE: fc.constant('Greek'), LANGUAGE_FIELD: text, SCORE: number,
    SCORE_FIELD: text, MAXTEXTFIELDS: flag, TEMPORARY: number, NOOFFSETS: flag, NOHL: flag, NOFIELDS: flag, NOFREQS: flag,
    SKIPINITIALSCAN: flag, STOPWORDS: texts,
  })],
  cursorDel: [text, cursor],
  cursorRead: [text, cursor, options<Options<'cursorRead', 3>>('cursorRead', { COUNT: number })],
  dictAdd: [text, texts],
  dictDel: [text, texts],
  dictDump: [text],
  dropIndex: [text, options<Options<'dropIndex', 2>>('dropIndex', { DD: flag })],
  explain: [text, text, options<Options<'explain', 3>>('explain', { PARAMS: params, DIALECT: dialect })],
  explainCli: [text, text, options<Options<'explainCli', 3>>('explainCli', { DIALECT: dialect })],
  hybrid: [text, hybrid],
  info: [text],
  profileAggregate: [text, text, options<Options<'profileAggregate', 3>>('profileAggregate', { ...aggregateModel, LIMITED: flag })],
  profileSearch: [text, text, options<Options<'profileSearch', 3>>('profileSearch', { ...searchModel, LIMITED: flag })],
  search: [text, text, searchOptions],
  searchNoContent: [text, text, options<Options<'searchNoContent', 3>>('searchNoContent', noContentModel)],
  spellCheck: [text, text, options<Options<'spellCheck', 3>>('spellCheck', {
    DISTANCE: number, TERMS: oneOrMany(fc.record({ mode: fc.constantFrom('INCLUDE', 'EXCLUDE'), dictionary: text })), DIALECT: dialect,
  })],
  sugAdd: [text, text, number, options<Options<'sugAdd', 4>>('sugAdd', { INCR: flag, PAYLOAD: text })],
  sugDel: [text, text],
  sugGet,
  sugGetWithPayloads: sugGet,
  sugGetWithScores: sugGet,
  sugGetWithScoresWithPayloads: sugGet,
  sugLen: [text],
  synDump: [text],
  synUpdate: [text, text, texts, options<Options<'synUpdate', 4>>('synUpdate', { SKIPINITIALSCAN: flag })],
  tagVals: [text, text],
};
