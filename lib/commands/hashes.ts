import { argumentError } from '../wire/argument-error';
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { isMap } from '../wire/realms';
import type { ArrayReply, NullReply, NumberReply } from '../wire/resp-types';
import {
  keyAndCount, keyAndField, keyAndFields, millisecondsArgument, oneKey, pushFields, secondsArgument, textArgument,
  type NumericArgument,
} from './args';
import { command } from './command';
import type { ExpireMode, ScanCommonOptions } from './keys';
import { pushScan } from './keys';
import * as reply from './replies';

/** Fields and values as an object, a Map, pairs or a flat list. Numbers are sent as text. */
export type HashFields =
  | Record<string | number, NumericArgument> | Map<NumericArgument, NumericArgument>
  | [NumericArgument, NumericArgument][] | NumericArgument[];

type HSetArguments =
  | [key: RedisArgument, field: NumericArgument, value: NumericArgument]
  | [key: RedisArgument, value: HashFields];

/** Pushes a list that may be nested; fields and values are sent in the order in which they occur. */
function pushNested(c: CommandParser, list: readonly unknown[]): void {
  for (const item of list) {
    if (Array.isArray(item)) pushNested(c, item);
    else c.push(textArgument(item as NumericArgument));
  }
}

function pushHashFields(c: CommandParser, fields: HashFields): void {
  if (isMap(fields)) {
    for (const [field, value] of fields) c.push(textArgument(field), textArgument(value));
  } else if (Array.isArray(fields)) {
    pushNested(c, fields);
  } else {
    for (const field of Object.keys(fields)) c.push(field, textArgument(fields[field] as NumericArgument));
  }
}

/**
 * Whether the value holds fields and values together. null and undefined count as such a value, so that reading their
 * keys throws a TypeError.
 */
function isContainer(value: unknown): value is HashFields {
  return (typeof value === 'object' && !Buffer.isBuffer(value)) || value === undefined;
}

function pushHSet(c: CommandParser, key: RedisArgument, first: NumericArgument | HashFields, value: NumericArgument): void {
  c.pushKey(key);
  if (isContainer(first)) pushHashFields(c, first);
  else c.push(textArgument(first), textArgument(value));
}

export interface HGetExOptions {
  expiration?: { type: 'EX' | 'PX' | 'EXAT' | 'PXAT'; value: number } | { type: 'PERSIST' } | 'PERSIST';
}

export interface HSetExOptions {
  expiration?: { type: 'EX' | 'PX' | 'EXAT' | 'PXAT'; value: number } | { type: 'KEEPTTL' } | 'KEEPTTL';
  /** Set the fields only if none of them exists (`FNX`), or only if all exist (`FXX`). */
  mode?: 'FNX' | 'FXX';
}

function pushFieldExpiration(c: CommandParser, expiration: HGetExOptions['expiration'] | HSetExOptions['expiration']): void {
  if (!expiration) return;
  if (typeof expiration === 'string') c.push(expiration);
  else if (expiration.type === 'PERSIST' || expiration.type === 'KEEPTTL') c.push(expiration.type);
  else c.push(expiration.type, expiration.value.toString());
}

function countFields(fields: HashFields): number {
  if (isMap(fields)) return fields.size;
  if (!Array.isArray(fields)) return Object.keys(fields).length;
  const flat = (fields as unknown[]).flat(Infinity).length;
  if (flat % 2 !== 0) {
    throw argumentError('invalid number of arguments, expected key value ....[key value] pairs, got key without value');
  }
  return flat / 2;
}

function pushHSetEx(c: CommandParser, key: RedisArgument, fields: HashFields, options?: HSetExOptions): void {
  c.pushKey(key);
  if (options?.mode) c.push(options.mode);
  pushFieldExpiration(c, options?.expiration);
  const count = countFields(fields);
  // An empty list or Map is sent, and the server returns its error.
  if (count === 0 && !Array.isArray(fields) && !isMap(fields)) throw argumentError('object without keys');
  c.push('FIELDS', count.toString());
  pushHashFields(c, fields);
}

/** The result codes of HEXPIRE and related commands, for each field. */
export const HASH_EXPIRATION = {
  /** The field does not exist. */
  FIELD_NOT_EXISTS: -2,
  /** The NX, XX, GT or LT condition is not met. */
  CONDITION_NOT_MET: 0,
  /** The expiry was set. */
  UPDATED: 1,
  /** The field was deleted, because the time has already passed. */
  DELETED: 2,
} as const;

/** One of {@link HASH_EXPIRATION}. */
export type HashExpiration = (typeof HASH_EXPIRATION)[keyof typeof HASH_EXPIRATION];

const expirations = reply.asIs<ArrayReply<HashExpiration> | NullReply>();

function pushExpiry(
  c: CommandParser, key: RedisArgument, fields: RedisVariadicArgument, when: string, mode: ExpireMode | undefined,
): void {
  c.pushKey(key);
  c.push(when);
  if (mode) c.push(mode);
  pushFields(c, fields);
}

function keyAndListedFields(c: CommandParser, key: RedisArgument, fields: RedisVariadicArgument): void {
  c.pushKey(key);
  pushFields(c, fields);
}

function keyFieldAndNumber(c: CommandParser, key: RedisArgument, field: RedisArgument, increment: number): void {
  c.pushKey(key);
  c.push(field, increment.toString());
}

export const hashes = {
  /** Deletes fields of a hash and returns the number of fields that existed. */
  hDel: command('HDEL', (c, key: RedisArgument, field: RedisVariadicArgument) => keyAndFields(c, key, field), reply.number),
  /** Returns whether a hash has a field: 1 or 0. */
  hExists: command('HEXISTS', keyAndField, reply.bit),
  /** Sets the time to live of hash fields in seconds. Returns one {@link HASH_EXPIRATION} code per field. */
  hExpire: command('HEXPIRE', (c, key: RedisArgument, fields: RedisVariadicArgument, seconds: number, mode?: ExpireMode) =>
    pushExpiry(c, key, fields, seconds.toString(), mode), reply.asIs<ArrayReply<HashExpiration>>()),
  /** Sets the expiry of hash fields to a Unix time in seconds or a Date. Returns one code per field, as hExpire. */
  hExpireAt: command('HEXPIREAT',
    (c, key: RedisArgument, fields: RedisVariadicArgument, timestamp: number | Date, mode?: ExpireMode) =>
      pushExpiry(c, key, fields, secondsArgument(timestamp), mode), reply.numbers),
  /**
   * Returns the Unix times in seconds at which fields expire; -1 for a field without expiry, -2 if it does not exist.
   */
  hExpireTime: command('HEXPIRETIME', keyAndListedFields, reply.numbers),
  /** Returns the value of a field, null if there is none. */
  hGet: command('HGET', keyAndField, reply.blobOrNull),
  /** Returns all fields and values of a hash as an object; `{}` if there is no such key. */
  hGetAll: command('HGETALL', oneKey, reply.map, { transformsLegacyReply: true }),
  /** Returns the values of fields and deletes the fields; null for missing ones. */
  hGetDel: command('HGETDEL', keyAndListedFields, reply.blobsOrNulls),
  /** Returns the values of fields and sets or removes their expiry; null for missing ones. */
  hGetEx: command('HGETEX', (c, key: RedisArgument, fields: RedisVariadicArgument, options?: HGetExOptions) => {
    c.pushKey(key);
    pushFieldExpiration(c, options?.expiration);
    pushFields(c, fields);
  }, reply.blobsOrNulls),
  /** Increments an integer field and returns its new value; a missing field counts as 0. */
  hIncrBy: command('HINCRBY', keyFieldAndNumber, reply.number),
  /** Increments a field that may be a decimal fraction. Returns its new value as a string. */
  hIncrByFloat: command('HINCRBYFLOAT', keyFieldAndNumber, reply.blob),
  /** Returns the names of all fields of a hash. */
  hKeys: command('HKEYS', oneKey, reply.blobs),
  /** Returns the number of fields of a hash. */
  hLen: command('HLEN', oneKey, reply.number),
  /** Returns the values of several fields, null for missing ones. */
  hmGet: command('HMGET', keyAndFields, reply.blobsOrNulls),
  /** Removes the expiry of fields. Returns 1 for each, -1 if it had none, -2 if the field does not exist. */
  hPersist: command('HPERSIST', keyAndListedFields, reply.numbersOrNull),
  /** Sets the time to live of hash fields in milliseconds. Returns one {@link HASH_EXPIRATION} code per field. */
  hpExpire: command('HPEXPIRE', (c, key: RedisArgument, fields: RedisVariadicArgument, ms: number, mode?: ExpireMode) =>
    pushExpiry(c, key, fields, ms.toString(), mode), expirations),
  /**
   * Sets the expiry of hash fields to a Unix time in milliseconds or a Date. Returns one code per field, as hExpire.
   */
  hpExpireAt: command('HPEXPIREAT',
    (c, key: RedisArgument, fields: RedisVariadicArgument, timestamp: number | Date, mode?: ExpireMode) =>
      pushExpiry(c, key, fields, millisecondsArgument(timestamp), mode), expirations),
  /**
   * Returns the Unix times in milliseconds at which fields expire; -1 for a field without expiry, -2 if it does not
   * exist.
   */
  hpExpireTime: command('HPEXPIRETIME', keyAndListedFields, reply.numbersOrNull),
  /**
   * Returns the remaining time to live of fields in milliseconds; -1 for a field without expiry, -2 if it does not
   * exist.
   */
  hpTTL: command('HPTTL', keyAndListedFields, reply.numbersOrNull),
  /** Returns the name of a random field, null if there is no such key. */
  hRandField: command('HRANDFIELD', oneKey, reply.blobOrNull),
  /** Returns the names of random fields. With a negative count, the same field may occur more than once. */
  hRandFieldCount: command('HRANDFIELD', keyAndCount, reply.blobs, { upper: 'HRANDFIELD_COUNT' }),
  /** Like hRandFieldCount, with values: `[{field, value}]`. */
  hRandFieldCountWithValues: command('HRANDFIELD', (c, key: RedisArgument, count: number) => {
    keyAndCount(c, key, count);
    c.push('WITHVALUES');
  }, reply.fieldValues, { upper: 'HRANDFIELD_COUNT_WITHVALUES' }),
  /**
   * Returns a page of fields and values, and the cursor of the next page. Start with cursor `'0'`; it is `'0'` again at
   * the end.
   */
  hScan: command('HSCAN', (c, key: RedisArgument, cursor: RedisArgument, options?: ScanCommonOptions) => {
    c.pushKey(key);
    pushScan(c, cursor, options);
  }, reply.scanEntries),
  /**
   * Returns a page of field names, and the cursor of the next page. Start with cursor `'0'`; it is `'0'` again at the
   * end.
   */
  hScanNoValues: command('HSCAN', (c, key: RedisArgument, cursor: RedisArgument, options?: ScanCommonOptions) => {
    c.pushKey(key);
    pushScan(c, cursor, options);
    c.push('NOVALUES');
  }, reply.scanFields, { upper: 'HSCAN_NOVALUES' }),
  /** Sets fields of a hash (a field and its value, or an object, Map or list). Returns the number of new fields. */
  hSet: command('HSET', pushHSet as unknown as (c: CommandParser, ...args: HSetArguments) => void, reply.number),
  /** Sets fields of a hash together with their expiry. Returns 1, or 0 if `mode` did not allow it. */
  hSetEx: command('HSETEX', pushHSetEx, reply.asIs<NumberReply<0 | 1>>()),
  /** Sets a field if it does not exist. Returns 1 if it was set, else 0. */
  hSetNX: command('HSETNX', (c, key: RedisArgument, field: RedisArgument, value: RedisArgument) => {
    c.pushKey(key);
    c.push(field, value);
  }, reply.bit),
  /** Returns the length of a field's value in bytes. */
  hStrLen: command('HSTRLEN', keyAndField, reply.number),
  /**
   * Returns the remaining time to live of fields in seconds; -1 for a field without expiry, -2 if it does not exist.
   */
  hTTL: command('HTTL', keyAndListedFields, reply.numbersOrNull),
  /** Returns all values of a hash. */
  hVals: command('HVALS', oneKey, reply.blobs),
};
