// The arguments of the probabilistic modules and of JSON, generated from the options that npm redis declares.
import type bloom from '@redis/bloom';
import type json from '@redis/json';
import * as fc from 'fast-check';
import { compareCalls, options, type Any } from './module-calls';

type Bloom = typeof bloom;
type Json = typeof json;
type Arguments<COMMAND> = COMMAND extends { parseCommand: (parser: never, ...args: infer ARGS) => unknown } ? ARGS : never;
/** The type of an argument's options, each alternative's together. */
type Merged<T> = T extends unknown ? { [NAME in keyof T]?: T[NAME] } : never;
type AllNames<T> = T extends unknown ? keyof T : never;
type Options<COMMAND, AT extends number> = { [NAME in AllNames<Merged<NonNullable<Arguments<COMMAND>[AT]>>>]?: unknown };

const text = fc.constantFrom<unknown>('a', 'b c', 'é', '', Buffer.from('buffer'), Buffer.of(0xff, 0));
const texts = fc.oneof(text, fc.array(text, { maxLength: 4 }));
const number = fc.constantFrom<unknown>(0, 1, 2.5, -3, 1e-9, 1e21, Infinity, -Infinity, NaN, '5');
const numbers = fc.array(number, { maxLength: 4 });
const flag = fc.constantFrom<unknown>(true, false, 1, 0);
const key = text;
const keyOnly = { args: [key] };
const keyAndItem = { args: [key, text] };
const keyAndItems = { args: [key, texts] };
const keyAndNumbers = { args: [key, numbers] };
const chunk = { args: [key, number, text] };
const dump = { args: [key, number] };

const optional = (value: Any): Any => fc.option(value, { nil: undefined, freq: 4 });
const oneOrMany = (value: Any): Any => fc.oneof(value, fc.array(value, { maxLength: 3 }));

compareCalls('bf', {
  add: keyAndItem,
  card: keyOnly,
  exists: keyAndItem,
  info: keyOnly,
  insert: {
    args: [key, texts, optional(options<Options<Bloom['bf']['insert'], 2>>('bf.insert', {
      CAPACITY: number, ERROR: number, EXPANSION: number, NOCREATE: flag, NONSCALING: flag,
    }))],
    optional: 1,
  },
  loadChunk: chunk,
  mAdd: keyAndItems,
  mExists: keyAndItems,
  reserve: {
    args: [key, number, number, optional(options<Options<Bloom['bf']['reserve'], 3>>('bf.reserve', { EXPANSION: number, NONSCALING: flag }))],
    optional: 1,
  },
  scanDump: dump,
});

const cfInsert = (about: string): { args: Any[]; optional: number } => ({
  args: [key, texts, optional(options<Options<Bloom['cf']['insert'], 2>>(about, { CAPACITY: number, NOCREATE: flag }))],
  optional: 1,
});

compareCalls('cf', {
  add: keyAndItem,
  addNX: keyAndItem,
  count: keyAndItem,
  del: keyAndItem,
  exists: keyAndItem,
  info: keyOnly,
  insert: cfInsert('cf.insert'),
  insertNX: cfInsert('cf.insertNX'),
  loadChunk: chunk,
  mExists: keyAndItems,
  reserve: {
    args: [key, number, optional(options<Options<Bloom['cf']['reserve'], 2>>('cf.reserve', {
      BUCKETSIZE: number, MAXITERATIONS: number, EXPANSION: number,
    }))],
    optional: 1,
  },
  scanDump: dump,
});

const increments = (about: string): Any =>
  oneOrMany(options<{ item: unknown; incrementBy: number }>(about, { item: text, incrementBy: number }, ['item', 'incrementBy']));
const init = (about: string): { args: Any[]; optional: number } => ({
  args: [key, number, number, optional(options<Options<Bloom['cms']['initByDim'], 3>>(about, { CELL_SIZE: fc.constantFrom(1, 2, 4, 8, 0) }))],
  optional: 1,
});

compareCalls('cms', {
  incrBy: { args: [key, increments('cms.incrBy')] },
  info: keyOnly,
  initByDim: init('cms.initByDim'),
  initByProb: init('cms.initByProb'),
  merge: {
    args: [key, fc.oneof(
      fc.array(text, { maxLength: 4 }),
      fc.array(options<{ name: unknown; weight: number }>('cms.merge', { name: text, weight: number }, ['name', 'weight']), { maxLength: 4 }),
    )],
  },
  query: keyAndItems,
});

compareCalls('topK', {
  add: keyAndItems,
  count: keyAndItems,
  incrBy: { args: [key, increments('topK.incrBy')] },
  info: keyOnly,
  list: keyOnly,
  listWithCount: keyOnly,
  query: keyAndItems,
  reserve: {
    args: [key, number, optional(options<Options<Bloom['topK']['reserve'], 2>>('topK.reserve', {
      width: number, depth: number, decay: number,
    }, ['width', 'depth', 'decay']))],
    optional: 1,
  },
});

compareCalls('tDigest', {
  add: keyAndNumbers,
  byRank: keyAndNumbers,
  byRevRank: keyAndNumbers,
  cdf: keyAndNumbers,
  create: { args: [key, optional(options<Options<Bloom['tDigest']['create'], 1>>('tDigest.create', { COMPRESSION: number }))], optional: 1 },
  info: keyOnly,
  max: keyOnly,
  merge: {
    args: [key, texts, optional(options<Options<Bloom['tDigest']['merge'], 2>>('tDigest.merge', { COMPRESSION: number, OVERRIDE: flag }))],
    optional: 1,
  },
  min: keyOnly,
  quantile: keyAndNumbers,
  rank: keyAndNumbers,
  reset: keyOnly,
  revRank: keyAndNumbers,
  trimmedMean: { args: [key, number, number] },
});

const path = fc.constantFrom<unknown>('$', '.', '', '$..a', '.é', Buffer.from('$.b'));
const document = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('é"\\\u0001', '\ud800', new Date(1_700_000_000_123), NaN, Infinity, -0, { a: undefined, b: [undefined] }, Buffer.from('x')),
);
const reviver = fc.constant((_key: string, value: unknown): unknown => value);

/** Commands of a key and a place. */
const placed = (method: 'arrLen' | 'clear' | 'debugMemory' | 'del' | 'forget' | 'objKeys' | 'objLen' | 'strLen' | 'type'): { args: Any[]; optional: number } => ({
  args: [key, optional(options<Options<Json[typeof method], 1>>(`json.${method}`, { path }))],
  optional: 1,
});
compareCalls('json', {
  arrAppend: { args: [key, path, document, document, document], optional: 2 },
  arrIndex: {
    args: [key, path, document, optional(options<Options<Json['arrIndex'], 3>>('json.arrIndex', {
      range: options<{ start: number; stop?: number }>('json.arrIndex.range', { start: number, stop: number }, ['start']),
    }))],
    optional: 1,
  },
  arrInsert: { args: [key, path, number, document, document, document], optional: 2 },
  arrLen: placed('arrLen'),
  arrPop: {
    args: [key, optional(options<Options<Json['arrPop'], 1>>('json.arrPop', { path, index: number, reviver }))],
    optional: 1,
  },
  arrTrim: { args: [key, path, number, number] },
  clear: placed('clear'),
  debugMemory: placed('debugMemory'),
  del: placed('del'),
  forget: placed('forget'),
  get: {
    args: [key, optional(options<Options<Json['get'], 1>>('json.get', { path: oneOrMany(path), reviver }))],
    optional: 1,
  },
  merge: { args: [key, path, document] },
  mGet: { args: [texts, path, optional(reviver)], optional: 1 },
  mSet: {
    args: [fc.array(options<{ key: unknown; path: unknown; value: unknown }>('json.mSet', { key, path, value: document }, ['key', 'path', 'value']))],
  },
  numIncrBy: { args: [key, path, number] },
  numMultBy: { args: [key, path, number] },
  objKeys: placed('objKeys'),
  objLen: placed('objLen'),
  set: {
    args: [key, path, document, optional(options<Options<Json['set'], 3>>('json.set', {
      condition: fc.constantFrom('NX', 'XX'), NX: flag, XX: flag, fpha: fc.constantFrom('BF16', 'FP16', 'FP32', 'FP64'),
    }))],
    optional: 1,
  },
  strAppend: { args: [key, text, optional(options<Options<Json['strAppend'], 2>>('json.strAppend', { path }))], optional: 1 },
  strLen: placed('strLen'),
  toggle: { args: [key, path] },
  type: placed('type'),
});
