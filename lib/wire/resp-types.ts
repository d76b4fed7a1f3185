/**
 * RESP types, type mappings, and how a reply type changes under a mapping.
 *
 * The `…Reply` interfaces are descriptions, not values: `BlobStringReply` says "the server sends a blob string, which is a
 * `string` by default and may be a `Buffer`". `ReplyWithTypeMapping` turns a description into the type of the value.
 */
import type { BlobError, SimpleError } from '../errors';
import type { VerbatimString } from './verbatim-string';

/** The RESP type bytes, used as keys of a type mapping. */
export const RESP_TYPES = {
  NULL: 95, // _
  BOOLEAN: 35, // #
  NUMBER: 58, // :
  BIG_NUMBER: 40, // (
  DOUBLE: 44, // ,
  SIMPLE_STRING: 43, // +
  BLOB_STRING: 36, // $
  VERBATIM_STRING: 61, // =
  SIMPLE_ERROR: 45, // -
  BLOB_ERROR: 33, // !
  ARRAY: 42, // *
  SET: 126, // ~
  MAP: 37, // %
  PUSH: 62 // >
} as const;

export type RESP_TYPES = typeof RESP_TYPES;
/** Any of the RESP type bytes. */
export type RespTypes = RESP_TYPES[keyof RESP_TYPES];

/** RESP protocol versions. */
export type RespVersions = 2 | 3;
/** The default protocol version; `RESP: 2` selects the other one. */
export const DEFAULT_RESP = 3 as const;

/** A function or class that names the JavaScript type `T` in a type mapping. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any argument list, as in lib.d.ts constructors
export type MappedType<T> = ((...args: any) => T) | (new (...args: any) => T);

/**
 * Which JavaScript type a RESP type becomes. Types without an entry keep their default.
 * Map keys of string types stay strings when a map becomes an object or a `Map`.
 */
export interface TypeMapping {
  /** Default `number` (integers beyond 2^53 lose precision); `String` keeps every digit. */
  [RESP_TYPES.NUMBER]?: StringConstructor | NumberConstructor;
  /** Default `number`; `String` keeps the server's text. */
  [RESP_TYPES.DOUBLE]?: StringConstructor | NumberConstructor;
  /** Default `bigint`. */
  [RESP_TYPES.BIG_NUMBER]?: StringConstructor | BigIntConstructor;
  /** Default `string`. */
  [RESP_TYPES.SIMPLE_STRING]?: StringConstructor | BufferConstructor;
  /** Default `string`. */
  [RESP_TYPES.BLOB_STRING]?: StringConstructor | BufferConstructor;
  /** Default `string`, without the format. */
  [RESP_TYPES.VERBATIM_STRING]?: StringConstructor | BufferConstructor | typeof VerbatimString;
  /** Default `Array`. */
  [RESP_TYPES.SET]?: ArrayConstructor | SetConstructor;
  /** Default plain object; `Array` is `[key, value, key, value, …]`. */
  [RESP_TYPES.MAP]?: ObjectConstructor | MapConstructor | ArrayConstructor;
  /** The following types cannot be mapped; they are listed so that a mapping may name them. */
  [RESP_TYPES.NULL]?: unknown;
  [RESP_TYPES.BOOLEAN]?: BooleanConstructor;
  [RESP_TYPES.ARRAY]?: ArrayConstructor;
  [RESP_TYPES.PUSH]?: ArrayConstructor;
  [RESP_TYPES.SIMPLE_ERROR]?: unknown;
  [RESP_TYPES.BLOB_ERROR]?: unknown;
}

/** A reply of RESP type `TYPE`: of type `DEFAULT`, or one of `TYPES` under a mapping. */
export interface RespType<TYPE extends RespTypes, DEFAULT, TYPES = never> {
  RESP_TYPE: TYPE;
  DEFAULT: DEFAULT;
  TYPES: TYPES;
}

export interface NullReply extends RespType<RESP_TYPES['NULL'], null> {}
export interface BooleanReply<T extends boolean = boolean> extends RespType<RESP_TYPES['BOOLEAN'], T> {}
export interface NumberReply<T extends number = number> extends RespType<RESP_TYPES['NUMBER'], T, `${T}`> {}
export interface BigNumberReply<T extends bigint = bigint> extends RespType<RESP_TYPES['BIG_NUMBER'], T, number | `${T}`> {}
export interface DoubleReply<T extends number = number> extends RespType<RESP_TYPES['DOUBLE'], T, `${T}`> {}
export interface SimpleStringReply<T extends string = string> extends RespType<RESP_TYPES['SIMPLE_STRING'], T, Buffer> {}
export interface BlobStringReply<T extends string = string> extends RespType<RESP_TYPES['BLOB_STRING'], T, Buffer> {
  toString(): string;
}
export interface VerbatimStringReply<T extends string = string>
  extends RespType<RESP_TYPES['VERBATIM_STRING'], T, Buffer | VerbatimString> {}
export interface SimpleErrorReply extends RespType<RESP_TYPES['SIMPLE_ERROR'], SimpleError, Buffer> {}
export interface BlobErrorReply extends RespType<RESP_TYPES['BLOB_ERROR'], BlobError, Buffer> {}
export interface ArrayReply<T> extends RespType<RESP_TYPES['ARRAY'], T[]> {}
export interface TuplesReply<T extends [...unknown[]]> extends RespType<RESP_TYPES['ARRAY'], T> {}
export interface SetReply<T> extends RespType<RESP_TYPES['SET'], T[], Set<T>> {}
export interface MapReply<K, V> extends RespType<RESP_TYPES['MAP'], { [key: string]: V }, Map<K, V> | (K | V)[]> {}

type MapEntry = [key: BlobStringReply | SimpleStringReply, value: unknown];
type KeyName<KEY> = KEY extends BlobStringReply<infer S> ? S : KEY extends SimpleStringReply<infer S> ? S : never;
type Flattened<ENTRIES> = ENTRIES extends [infer HEAD extends MapEntry, ...infer REST] ? [...HEAD, ...Flattened<REST>] : [];

/** A map with known keys, written as a list of `[key, value]` tuples. */
export interface TuplesToMapReply<T extends MapEntry[]>
  extends RespType<
    RESP_TYPES['MAP'],
    { [ENTRY in T[number] as KeyName<ENTRY[0]>]: ENTRY[1] },
    Map<KeyName<T[number][0]>, T[number][1]> | Flattened<T>
  > {}

/** Any reply. */
export type ReplyUnion =
  | NullReply | BooleanReply | NumberReply | BigNumberReply | DoubleReply
  | SimpleStringReply | BlobStringReply | VerbatimStringReply
  | SimpleErrorReply | BlobErrorReply
  | ArrayReply<ReplyUnion> | SetReply<ReplyUnion> | MapReply<ReplyUnion, ReplyUnion>;

/** All types that a reply may have, one level deep: what a `transformReply` must accept. */
export type UnwrapReply<REPLY extends RespType<RespTypes, unknown, unknown>> = REPLY['DEFAULT' | 'TYPES'];

/** The type of a reply that the mapping target `TARGET` selects. String comes first, since `KeyMapping` intersects map keys with it. */
type Selected<DEFAULT, TYPES, TARGET> =
  TARGET extends StringConstructor ? Extract<DEFAULT | TYPES, string>
  : TARGET extends BufferConstructor ? Extract<DEFAULT | TYPES, Buffer>
  : TARGET extends NumberConstructor ? Extract<DEFAULT | TYPES, number>
  : TARGET extends MapConstructor ? Extract<DEFAULT | TYPES, ReadonlyMap<unknown, unknown>>
  : TARGET extends ArrayConstructor ? Extract<DEFAULT | TYPES, readonly unknown[]>
  : TARGET extends SetConstructor ? Extract<DEFAULT | TYPES, ReadonlySet<unknown>>
  : TARGET extends typeof VerbatimString ? Extract<DEFAULT | TYPES, VerbatimString>
  : DEFAULT;

/**
 * The type of a reply under a mapping. If the mapping's entry is optional (as in `TypeMapping` itself), the default holds. Under `any`
 * all types are possible.
 */
type Chosen<TYPE, DEFAULT, TYPES, TYPE_MAPPING> =
  0 extends 1 & TYPE_MAPPING ? DEFAULT | TYPES
  : TYPE extends keyof TYPE_MAPPING
    ? undefined extends TYPE_MAPPING[TYPE] ? DEFAULT : Selected<DEFAULT, TYPES, TYPE_MAPPING[TYPE]>
    : DEFAULT;

type KeyMapping = { 36: StringConstructor; 43: StringConstructor };
// `ReplyWithTypeMapping` tests for a Map before a Set, since `Map<T, T>` has every member of `ReadonlySet<T>`.
type Leaf = Date | Buffer | Error | VerbatimString | ((...args: never) => unknown);
/**
 * An object or tuple with every part mapped. It is a separate type because TypeScript creates a mapped type next to `infer` anew for
 * each comparison. It is conditional so that editors show the resulting type, not its name.
 */
type EachMapped<VALUE, TYPE_MAPPING> =
  VALUE extends unknown ? { [P in keyof VALUE]: ReplyWithTypeMapping<VALUE[P], TYPE_MAPPING> } : never;

/** The type of the value that a caller receives for `REPLY` under `TYPE_MAPPING`; tuples stay tuples. */
export type ReplyWithTypeMapping<REPLY, TYPE_MAPPING> =
  0 extends 1 & REPLY ? REPLY
  : REPLY extends { RESP_TYPE: infer TYPE; DEFAULT: infer DEFAULT; TYPES: infer TYPES }
    ? ReplyWithTypeMapping<Chosen<TYPE, DEFAULT, TYPES, TYPE_MAPPING>, TYPE_MAPPING>
  : REPLY extends Leaf ? REPLY
  : REPLY extends ReadonlyMap<infer K, infer V>
    ? Map<ReplyWithTypeMapping<K, TYPE_MAPPING & KeyMapping>, ReplyWithTypeMapping<V, TYPE_MAPPING>>
  : REPLY extends ReadonlySet<infer T> ? Set<ReplyWithTypeMapping<T, TYPE_MAPPING>>
  : REPLY extends readonly (infer T)[]
    ? number extends REPLY['length'] ? ReplyWithTypeMapping<T, TYPE_MAPPING>[] : EachMapped<REPLY, TYPE_MAPPING>
  : REPLY extends object ? EachMapped<REPLY, TYPE_MAPPING>
  : REPLY;

type Resp2Items<T> = T extends unknown[] ? { [P in keyof T]: Resp2Reply<T[P]> } : never;

/** The RESP2 form of a RESP3 reply: doubles are blob strings, sets arrays, maps flat arrays of keys and values. */
export type Resp2Reply<REPLY> =
  REPLY extends { RESP_TYPE: infer TYPE; DEFAULT: infer DEFAULT; TYPES: infer TYPES }
    ? TYPE extends RESP_TYPES['DOUBLE'] ? BlobStringReply
      : TYPE extends RESP_TYPES['ARRAY'] | RESP_TYPES['SET'] ? RespType<TYPE, Resp2Items<DEFAULT>>
      : TYPE extends RESP_TYPES['MAP'] ? RespType<RESP_TYPES['ARRAY'], Resp2Items<Extract<TYPES, unknown[]>>>
      : REPLY
    : REPLY;

/** Whether a mapping may turn strings into Buffers. */
export function wantsBytes(typeMapping: TypeMapping | undefined): boolean {
  return typeMapping?.[RESP_TYPES.BLOB_STRING] !== undefined || typeMapping?.[RESP_TYPES.SIMPLE_STRING] !== undefined;
}
