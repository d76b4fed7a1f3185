// Replies of JSON commands. A path that starts with `$` may match several values and returns a list; any other path
// (the legacy syntax) returns a single value.
import type {
  ArrayReply, BlobStringReply, DoubleReply, NullReply, NumberReply, SimpleStringReply,
} from '../../../wire/resp-types';
import { isMissing, listOf, rowOf } from '../../containers';
import { asIs } from '../../replies';
import type { JsonReviver, RedisJSON } from './json-args';

/** A number, or a list with one per match (null for a match that has none). */
export const numberOrNumbers = asIs<NumberReply | ArrayReply<NumberReply | NullReply>>();
/** Like {@link numberOrNumbers}, or null for a missing key. */
export const numberOrNumbersOrNull = asIs<NumberReply | ArrayReply<NumberReply | NullReply> | NullReply>();
/** A size, or a list with one per match. */
export const sizeOrSizes = asIs<NumberReply | ArrayReply<NumberReply>>();
/** The new value: 0 or 1 for each match (null if it is not a boolean), or `'true'` or `'false'` for a legacy path. */
export const toggled = asIs<NumberReply | BlobStringReply<'true' | 'false'> | NullReply | ArrayReply<NumberReply | NullReply>>();
/** Names, or a list of names per match; null for a missing key. */
export const namesOrNull = asIs<ArrayReply<BlobStringReply> | ArrayReply<ArrayReply<BlobStringReply> | NullReply> | NullReply>();
/** `'OK'`, or null if the condition is not met or the path does not exist. */
export const okOrNull = asIs<SimpleStringReply<'OK'> | NullReply>();

function parse(text: BlobStringReply | null, reviver?: JsonReviver): RedisJSON {
  return isMissing(text) ? text : JSON.parse(text.toString(), reviver) as RedisJSON;
}

/** A value that the server sends as JSON. */
export const value = (text: BlobStringReply | null, reviver?: unknown): RedisJSON => parse(text, reviver as JsonReviver | undefined);

/** A list of values that the server sends as JSON. */
export const values = (texts: (BlobStringReply | null)[], reviver?: unknown): RedisJSON[] =>
  listOf(texts, text => parse(text, reviver as JsonReviver | undefined));

/** A value, or a list of values, that the server sends as JSON. */
export const valueOrValues = (reply: BlobStringReply | null | (BlobStringReply | null)[], reviver?: unknown): RedisJSON =>
  (Array.isArray(reply) ? values(reply, reviver) : value(reply, reviver));

/** The new numbers, null for matches that are not numbers. RESP2 sends JSON: a list, or a number for a legacy path. */
export const calculated = {
  2: (text: BlobStringReply): number | (number | null)[] =>
    (isMissing(text) ? text : JSON.parse(text.toString()) as number | (number | null)[]),
  3: asIs<ArrayReply<NumberReply | DoubleReply | NullReply>>(),
};

type TypeNames = NullReply | BlobStringReply | ArrayReply<BlobStringReply | NullReply>;

/** The name of a type, or a list with one per match; null for a missing key. RESP3 adds an enclosing list. */
export const typeNames = {
  2: asIs<TypeNames>(),
  3: (reply: [TypeNames]): TypeNames => rowOf(reply, ([names]) => names),
};
