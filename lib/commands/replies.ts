// Named reply shapes. A shape is the `transformReply` of a command: `undefined` (the decoded reply is returned as it
// is), one function for both protocols, or one per protocol. Its declared return type is the reply type of the command;
// RESP types in it follow the caller's type mapping.
import { isMissing, listOf, rowOf, rowsOf } from './containers';
import { RESP_TYPES } from '../wire/resp-types';
import type {
  ArrayReply, BlobStringReply, BooleanReply, DoubleReply, MapReply, NullReply, NumberReply, ReplyUnion, SetReply, SimpleStringReply,
  TypeMapping, VerbatimStringReply,
} from '../wire/resp-types';

/** Declares a reply type without a transform, in both protocols. */
export function asIs<T>(): () => T {
  return undefined as unknown as () => T;
}

/** An entry of a map with known keys, for `TuplesToMapReply`. */
export type Entry<NAME extends string, VALUE> = [BlobStringReply<NAME>, VALUE];

/** `'OK'`. */
export const ok = asIs<SimpleStringReply<'OK'>>();
/** Any simple string. */
export const simpleString = asIs<SimpleStringReply>();
export const blob = asIs<BlobStringReply>();
export const blobOrNull = asIs<BlobStringReply | NullReply>();
/** Text for people (INFO and similar); a verbatim string in RESP3. */
export const verbatim = asIs<VerbatimStringReply>();
export const number = asIs<NumberReply>();
/** The integer 0 or 1. */
export const bit = asIs<NumberReply<0 | 1>>();
export const numberOrNull = asIs<NumberReply | NullReply>();
export const blobs = asIs<ArrayReply<BlobStringReply>>();
export const blobsOrNulls = asIs<ArrayReply<BlobStringReply | NullReply>>();
/** An array of strings, or null for a missing key. */
export const blobsOrNull = asIs<ArrayReply<BlobStringReply> | NullReply>();
export const numbers = asIs<ArrayReply<NumberReply>>();
export const numbersOrNull = asIs<ArrayReply<NumberReply> | NullReply>();
/** A set: an array, unless the type mapping asks for a Set (RESP3 only). */
export const blobSet = asIs<SetReply<BlobStringReply>>();
/** Any reply (of scripts and functions). */
export const any = asIs<ReplyUnion>();

/** Parses a double in RESP2's notation. */
export function parseDouble(text: { toString(): string }): number {
  const digits = text.toString();
  switch (digits) {
    case 'inf':
    case '+inf':
      return Infinity;
    case '-inf':
      return -Infinity;
    case 'nan':
    case '-nan':
      return NaN;
    default:
      return Number(digits);
  }
}

/**
 * Converts a RESP2 double according to the type mapping: to a number, or to a string if doubles are mapped to strings.
 * Where a command sends an integer instead of a double, it is returned unchanged.
 */
export function mappedDouble(text: BlobStringReply, typeMapping?: TypeMapping): DoubleReply {
  if (typeof text === 'number' || isMissing(text)) return text;
  const value = typeMapping?.[RESP_TYPES.DOUBLE] === String ? text.toString() : parseDouble(text);
  return value as unknown as DoubleReply;
}

/** A double in both protocols; RESP2 sends it as text. */
export const double = {
  2: (reply: BlobStringReply, _preserve?: unknown, typeMapping?: TypeMapping): DoubleReply => mappedDouble(reply, typeMapping),
  3: asIs<DoubleReply>(),
};
export const doubleOrNull = {
  2: (reply: BlobStringReply | null, _preserve?: unknown, typeMapping?: TypeMapping): DoubleReply | NullReply =>
    mappedDouble(reply as BlobStringReply, typeMapping),
  3: asIs<DoubleReply | NullReply>(),
};
export const doubles = {
  2: (reply: BlobStringReply[], _preserve?: unknown, typeMapping?: TypeMapping): ArrayReply<DoubleReply> =>
    listOf(reply, item => mappedDouble(item, typeMapping)) as unknown as ArrayReply<DoubleReply>,
  3: asIs<ArrayReply<DoubleReply>>(),
};
export const doublesOrNulls = {
  2: (reply: (BlobStringReply | null)[], _preserve?: unknown, typeMapping?: TypeMapping): ArrayReply<DoubleReply | NullReply> =>
    listOf(reply, item => mappedDouble(item as BlobStringReply, typeMapping)) as unknown as ArrayReply<DoubleReply | NullReply>,
  3: asIs<ArrayReply<DoubleReply | NullReply>>(),
};

function mappedBoolean(reply: number | string): BooleanReply {
  return (Number(reply) === 1) as unknown as BooleanReply;
}

/** A boolean in both protocols; RESP2 sends 0 or 1, which the type mapping may have turned into text. */
export const boolean = {
  2: (reply: number | string): BooleanReply => mappedBoolean(reply),
  3: asIs<BooleanReply>(),
};
export const booleans = {
  2: (reply: (number | string)[]): ArrayReply<BooleanReply> => listOf(reply, mappedBoolean) as unknown as ArrayReply<BooleanReply>,
  3: asIs<ArrayReply<BooleanReply>>(),
};

/** Defines an own property. A plain assignment would lose a key named `__proto__`. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/**
 * Converts a flat list `[key, value, key, value …]`, which RESP2 sends for a map, to the container that the type
 * mapping asks for. Keys are strings in objects and Maps. Anything but a list is returned unchanged.
 */
export function mapOfPairs(flat: readonly unknown[], typeMapping?: TypeMapping): unknown {
  if (!Array.isArray(flat)) return flat;
  const container: unknown = typeMapping?.[RESP_TYPES.MAP];
  if (container === Array) return flat;
  if (container === Map) {
    const map = new Map<string, unknown>();
    for (let i = 0; i < flat.length; i += 2) map.set(String(flat[i]), flat[i + 1]);
    return map;
  }
  const object: Record<string, unknown> = {};
  for (let i = 0; i < flat.length; i += 2) setOwn(object, String(flat[i]), flat[i + 1]);
  return object;
}

/** A map of strings; in RESP3 the decoder itself builds the container of the type mapping. */
export const map = {
  2: (reply: unknown[], _preserve?: unknown, typeMapping?: TypeMapping): MapReply<BlobStringReply, BlobStringReply> =>
    mapOfPairs(reply, typeMapping) as MapReply<BlobStringReply, BlobStringReply>,
  3: asIs<MapReply<BlobStringReply, BlobStringReply>>(),
};

/** A map with known keys; RESP2 sends it as a flat list. */
export function mapOf<T>(): { 2: (reply: unknown[], preserve?: unknown, typeMapping?: TypeMapping) => T; 3: () => T } {
  return {
    2: (reply, _preserve, typeMapping) => mapOfPairs(reply, typeMapping) as T,
    3: asIs<T>(),
  };
}

/** An element popped from the first non-empty list, or null after the timeout. */
export const popped = (reply: [BlobStringReply, BlobStringReply] | null): { key: BlobStringReply; element: BlobStringReply } | null =>
  reply === null ? null : rowOf(reply, ([key, element]) => ({ key, element }));


/** Field-value pairs of a hash, in the server's order. */
export type FieldValue = { field: BlobStringReply; value: BlobStringReply };

function pairFields(flat: readonly BlobStringReply[]): FieldValue[] {
  if (!Array.isArray(flat)) return flat as unknown as FieldValue[];
  const entries: FieldValue[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    entries.push({ field: flat[i] as BlobStringReply, value: flat[i + 1] as BlobStringReply });
  }
  return entries;
}

/** `[{field, value}]`; RESP2 sends a flat list, RESP3 pairs. */
export const fieldValues = {
  2: pairFields,
  3: (reply: [BlobStringReply, BlobStringReply][]): FieldValue[] =>
    rowsOf(reply, ([field, value]) => ({ field, value })),
};

type ScanPage = [cursor: BlobStringReply, items: BlobStringReply[]];

/** A page of SCAN. Cursors are strings. */
export const scanKeys = (reply: ScanPage): { cursor: BlobStringReply; keys: ArrayReply<BlobStringReply> } =>
  rowOf(reply, ([cursor, keys]) => ({ cursor, keys: keys as unknown as ArrayReply<BlobStringReply> }));
/** A page of HSCAN. */
export const scanEntries = (reply: ScanPage): { cursor: BlobStringReply; entries: FieldValue[] } =>
  rowOf(reply, ([cursor, flat]) => ({ cursor, entries: pairFields(flat) }));
/** A page of HSCAN NOVALUES. */
export const scanFields = (reply: ScanPage): { cursor: BlobStringReply; fields: ArrayReply<BlobStringReply> } =>
  rowOf(reply, ([cursor, fields]) => ({ cursor, fields: fields as unknown as ArrayReply<BlobStringReply> }));
/** A page of SSCAN. */
export const scanMembers = (reply: ScanPage): { cursor: BlobStringReply; members: ArrayReply<BlobStringReply> } =>
  rowOf(reply, ([cursor, members]) => ({ cursor, members: members as unknown as ArrayReply<BlobStringReply> }));
