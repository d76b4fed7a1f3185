// What JSON commands reply. A path that starts with `$` may match many places and gives a list, any other gives the value of one.
import type {
  ArrayReply, BlobStringReply, DoubleReply, NullReply, NumberReply, SimpleStringReply,
} from '../../../wire/resp-types';
import { isMissing, listOf, rowOf } from '../../containers';
import { asIs } from '../../replies';
import type { JsonReviver, RedisJSON } from './json-args';

/** A number, or one for each match (null where it has none). */
export const numberOrNumbers = asIs<NumberReply | ArrayReply<NumberReply | NullReply>>();
/** The same, and null for a missing key. */
export const numberOrNumbersOrNull = asIs<NumberReply | ArrayReply<NumberReply | NullReply> | NullReply>();
/** A size, or one for each match. */
export const sizeOrSizes = asIs<NumberReply | ArrayReply<NumberReply>>();
/** The new value: 0 or 1 for each match (null where it is no boolean), or `'true'` or `'false'`. */
export const toggled = asIs<NumberReply | BlobStringReply<'true' | 'false'> | NullReply | ArrayReply<NumberReply | NullReply>>();
/** Names, or names for each match; null for a missing key. */
export const namesOrNull = asIs<ArrayReply<BlobStringReply> | ArrayReply<ArrayReply<BlobStringReply> | NullReply> | NullReply>();
/** `'OK'`, or null if the condition does not hold or the path leads nowhere. */
export const okOrNull = asIs<SimpleStringReply<'OK'> | NullReply>();

function parse(text: BlobStringReply | null, reviver?: JsonReviver): RedisJSON {
  return isMissing(text) ? text : JSON.parse(text.toString(), reviver) as RedisJSON;
}

/** The value that the server sends as JSON. */
export const value = (text: BlobStringReply | null, reviver?: unknown): RedisJSON => parse(text, reviver as JsonReviver | undefined);

/** A list of values. */
export const values = (texts: (BlobStringReply | null)[], reviver?: unknown): RedisJSON[] =>
  listOf(texts, text => parse(text, reviver as JsonReviver | undefined));

/** A value, or a list of values. */
export const valueOrValues = (reply: BlobStringReply | null | (BlobStringReply | null)[], reviver?: unknown): RedisJSON =>
  (Array.isArray(reply) ? values(reply, reviver) : value(reply, reviver));

/** The new numbers, null where there is none. RESP2 sends JSON: a list, or a number for a path of the old kind. */
export const calculated = {
  2: (text: BlobStringReply): number | (number | null)[] =>
    (isMissing(text) ? text : JSON.parse(text.toString()) as number | (number | null)[]),
  3: asIs<ArrayReply<NumberReply | DoubleReply | NullReply>>(),
};

type TypeNames = NullReply | BlobStringReply | ArrayReply<BlobStringReply | NullReply>;

/** The name of a type, or one for each match; null for a missing key. RESP3 wraps it in a list. */
export const typeNames = {
  2: asIs<TypeNames>(),
  3: (reply: [TypeNames]): TypeNames => rowOf(reply, ([names]) => names),
};
