// The array type of Redis 8.10. Indexes may be strings, because they can exceed what a JavaScript number holds exactly.
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { isMap } from '../wire/realms';
import type { BlobStringReply, DoubleReply, MapReply, NullReply, NumberReply, TypeMapping } from '../wire/resp-types';
import { oneKey, pushOption, textArgument, type NumericArgument } from './args';
import { command } from './command';
import { rowsOf } from './containers';
import * as reply from './replies';

/** An index of an array. */
export type ArIndex = number | string;

/** A range from `start` to `end`, both included. */
export type ArDelRangeRange = [start: ArIndex, end: ArIndex];

/** How ARGREP compares a value. */
export const AR_PREDICATE_TYPES = { EXACT: 'EXACT', MATCH: 'MATCH', GLOB: 'GLOB', RE: 'RE' } as const;
/** One of {@link AR_PREDICATE_TYPES}. */
export type ArPredicateType = (typeof AR_PREDICATE_TYPES)[keyof typeof AR_PREDICATE_TYPES];

/** How ARGREP combines predicates. */
export const AR_PREDICATE_COMBINATORS = { AND: 'AND', OR: 'OR' } as const;
/** One of {@link AR_PREDICATE_COMBINATORS}. */
export type ArPredicateCombinator = (typeof AR_PREDICATE_COMBINATORS)[keyof typeof AR_PREDICATE_COMBINATORS];

/** What AROP computes. */
export const AR_OPERATIONS = {
  SUM: 'SUM', MIN: 'MIN', MAX: 'MAX', AND: 'AND', OR: 'OR', XOR: 'XOR', MATCH: 'MATCH', USED: 'USED',
} as const;
/** One of {@link AR_OPERATIONS}. */
export type ArOperation = (typeof AR_OPERATIONS)[keyof typeof AR_OPERATIONS];

export type ArGrepPredicate = [type: ArPredicateType, value: RedisArgument];
/** An index, or `-` and `+` for the first and the last element. */
export type ArGrepBound = number | '-' | '+' | string;

export interface ArGrepOptions {
  COMBINATOR?: ArPredicateCombinator;
  LIMIT?: number;
  NOCASE?: boolean;
}

export type ArMSetEntries = Record<string | number, RedisArgument> | Map<ArIndex, RedisArgument> | [ArIndex, RedisArgument][];

function pushGrep(
  c: CommandParser, key: RedisArgument, start: ArGrepBound, end: ArGrepBound, predicates: ArGrepPredicate[], options?: ArGrepOptions,
): void {
  c.pushKey(key);
  c.push(textArgument(start), textArgument(end));
  for (const [type, value] of predicates) c.push(type, value);
  if (options?.COMBINATOR !== undefined) c.push(options.COMBINATOR);
  pushOption(c, 'LIMIT', options?.LIMIT);
  if (options?.NOCASE) c.push('NOCASE');
}

function pushEntries(c: CommandParser, key: RedisArgument, entries: ArMSetEntries): void {
  c.pushKey(key);
  const pairs = isMap(entries) || Array.isArray(entries) ? entries : Object.entries(entries);
  for (const [index, value] of pairs) c.push(index.toString(), value);
}

const keyAndIndexes = (c: CommandParser, key: RedisArgument, indices: ArIndex | ArIndex[]): void => {
  c.pushKey(key);
  for (const index of Array.isArray(indices) ? indices : [indices]) c.push(index.toString());
};
const keyAndIndex = (c: CommandParser, key: RedisArgument, index: ArIndex): void => {
  c.pushKey(key);
  c.push(index.toString());
};

type IndexedValue = { index: NumberReply; value: BlobStringReply };

/** Converts pairs to `[{index, value}]`. */
const indexedValues = (pairs: [NumberReply, BlobStringReply][]): IndexedValue[] =>
  rowsOf(pairs, ([index, value]) => ({ index, value }));

export type ArInfoReply = MapReply<BlobStringReply, NumberReply | DoubleReply>;

const info = {
  2: (flat: unknown[], _preserve?: unknown, typeMapping?: TypeMapping): ArInfoReply =>
    reply.mapOfPairs(flat, typeMapping) as ArInfoReply,
  3: reply.asIs<ArInfoReply>(),
};

export const arrays = {
  /** Returns the number of elements of an array that are set. */
  arCount: command('ARCOUNT', oneKey, reply.number),
  /** Deletes elements and returns how many of them were set. */
  arDel: command('ARDEL', keyAndIndexes, reply.number),
  /** Deletes ranges of elements and returns how many elements were set. */
  arDelRange: command('ARDELRANGE', (c, key: RedisArgument, ranges: ArDelRangeRange[]) => {
    c.pushKey(key);
    for (const [start, end] of ranges) c.push(start.toString(), end.toString());
  }, reply.number),
  /** Returns the element at an index, null if it is not set. */
  arGet: command('ARGET', keyAndIndex, reply.blobOrNull),
  /** Returns the elements between two indexes, both included. */
  arGetRange: command('ARGETRANGE', (c, key: RedisArgument, start: ArIndex, end: ArIndex) => {
    c.pushKey(key);
    c.push(start.toString(), end.toString());
  }, reply.blobsOrNulls),
  /** Returns the indexes of the elements that match the predicates. */
  arGrep: command('ARGREP', pushGrep, reply.numbers),
  /** Like arGrep, and returns the values as well: `[{index, value}]`. */
  arGrepWithValues: command('ARGREP', (
    c, key: RedisArgument, start: ArGrepBound, end: ArGrepBound, predicates: ArGrepPredicate[], options?: ArGrepOptions,
  ) => {
    pushGrep(c, key, start, end, predicates, options);
    c.push('WITHVALUES');
  }, indexedValues, { upper: 'ARGREP_WITHVALUES' }),
  /** Returns information about an array as an object. */
  arInfo: command('ARINFO', (c, key: RedisArgument, options?: { FULL?: boolean }) => {
    c.pushKey(key);
    if (options?.FULL) c.push('FULL');
  }, info),
  /** Sets elements at the insert position and after it. Returns the index of the last one. */
  arInsert: command('ARINSERT', (c, key: RedisArgument, values: RedisVariadicArgument) => {
    c.pushKey(key);
    c.pushVariadic(values);
  }, reply.number),
  /** Returns the last elements before the insert position, oldest first unless `REV`. */
  arLastItems: command('ARLASTITEMS', (c, key: RedisArgument, count: number, options?: { REV?: boolean }) => {
    c.pushKey(key);
    c.push(count.toString());
    if (options?.REV) c.push('REV');
  }, reply.blobsOrNulls),
  /** Returns the length of an array: its highest index plus one. */
  arLen: command('ARLEN', oneKey, reply.number),
  /** Returns the elements at several indexes, null for those that are not set. */
  arMGet: command('ARMGET', keyAndIndexes, reply.blobsOrNulls),
  /** Sets elements at several indexes and returns how many of them are new. */
  arMSet: command('ARMSET', pushEntries, reply.number),
  /** Returns the insert position, null if the last possible index is in use. */
  arNext: command('ARNEXT', oneKey, reply.numberOrNull),
  /** Computes an operation over a range of elements and returns its result, null if there is none. */
  arOp: command('AROP', (
    c, key: RedisArgument, start: ArIndex, end: ArIndex, operation: ArOperation, value?: NumericArgument,
  ) => {
    c.pushKey(key);
    c.push(start.toString(), end.toString(), operation);
    if (value !== undefined) c.push(textArgument(value));
  }, reply.asIs<BlobStringReply | NumberReply | NullReply>()),
  /** Inserts elements into an array that keeps only the last `size` ones. Returns the server's integer reply. */
  arRing: command('ARRING', (c, key: RedisArgument, size: number | string, values: RedisVariadicArgument) => {
    c.pushKey(key);
    c.push(size.toString());
    c.pushVariadic(values);
  }, reply.number),
  /** Returns those elements of a range that are set: `[{index, value}]`. */
  arScan: command('ARSCAN', (c, key: RedisArgument, start: ArIndex, end: ArIndex, options?: { LIMIT?: number }) => {
    c.pushKey(key);
    c.push(start.toString(), end.toString());
    pushOption(c, 'LIMIT', options?.LIMIT);
  }, indexedValues),
  /** Moves the insert position. Returns the server's integer reply. */
  arSeek: command('ARSEEK', keyAndIndex, reply.number),
  /** Sets elements from an index on and returns how many of them are new. */
  arSet: command('ARSET', (c, key: RedisArgument, index: ArIndex, value: RedisVariadicArgument) => {
    c.pushKey(key);
    c.push(index.toString());
    c.pushVariadic(value);
  }, reply.number),
};
