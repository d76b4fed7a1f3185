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

/** Lists may nest: fields and values are taken as they come. */
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

/** Nothing counts as an object, which is refused as one. */
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
  /** Set only if none of the fields exists (`FNX`) or all do (`FXX`). */
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
  // Empty lists and Maps are left to the server.
  if (count === 0 && !Array.isArray(fields) && !isMap(fields)) throw argumentError('object without keys');
  c.push('FIELDS', count.toString());
  pushHashFields(c, fields);
}

/** What HEXPIRE and its kin say per field. */
export const HASH_EXPIRATION = {
  /** No such field. */
  FIELD_NOT_EXISTS: -2,
  /** The NX, XX, GT or LT condition was not met. */
  CONDITION_NOT_MET: 0,
  /** The expiry was set. */
  UPDATED: 1,
  /** The field was deleted because the time had passed. */
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
  /** Deletes fields of a hash and gives the number of those that existed. */
  hDel: command('HDEL', (c, key: RedisArgument, field: RedisVariadicArgument) => keyAndFields(c, key, field), reply.number),
  /** Tells whether a hash has a field: 1 or 0. */
  hExists: command('HEXISTS', keyAndField, reply.bit),
  /** Lets fields of a hash live for a number of seconds; one {@link HASH_EXPIRATION} per field. */
  hExpire: command('HEXPIRE', (c, key: RedisArgument, fields: RedisVariadicArgument, seconds: number, mode?: ExpireMode) =>
    pushExpiry(c, key, fields, seconds.toString(), mode), reply.asIs<ArrayReply<HashExpiration>>()),
  /** Lets fields of a hash live until a Unix time in seconds or a Date; one code per field, as hExpire. */
  hExpireAt: command('HEXPIREAT',
    (c, key: RedisArgument, fields: RedisVariadicArgument, timestamp: number | Date, mode?: ExpireMode) =>
      pushExpiry(c, key, fields, secondsArgument(timestamp), mode), reply.numbers),
  /** Returns the Unix times in seconds at which fields expire: -1 never, -2 no such field. */
  hExpireTime: command('HEXPIRETIME', keyAndListedFields, reply.numbers),
  /** Returns the value of a field, null if there is none. */
  hGet: command('HGET', keyAndField, reply.blobOrNull),
  /** Returns all fields and values of a hash as an object; `{}` if there is no such key. */
  hGetAll: command('HGETALL', oneKey, reply.map, { transformsLegacyReply: true }),
  /** Returns the values of fields and deletes them. */
  hGetDel: command('HGETDEL', keyAndListedFields, reply.blobsOrNulls),
  /** Returns the values of fields and changes their expiry. */
  hGetEx: command('HGETEX', (c, key: RedisArgument, fields: RedisVariadicArgument, options?: HGetExOptions) => {
    c.pushKey(key);
    pushFieldExpiration(c, options?.expiration);
    pushFields(c, fields);
  }, reply.blobsOrNulls),
  /** Increments an integer field; a missing one counts as 0. */
  hIncrBy: command('HINCRBY', keyFieldAndNumber, reply.number),
  /** Increments a field that may have a fraction; the result is a string. */
  hIncrByFloat: command('HINCRBYFLOAT', keyFieldAndNumber, reply.blob),
  /** Returns the field names of a hash. */
  hKeys: command('HKEYS', oneKey, reply.blobs),
  /** Counts the fields of a hash. */
  hLen: command('HLEN', oneKey, reply.number),
  /** Returns the values of several fields, null for missing ones. */
  hmGet: command('HMGET', keyAndFields, reply.blobsOrNulls),
  /** Removes the expiry of fields: 1, -1 if there was none, -2 no such field. */
  hPersist: command('HPERSIST', keyAndListedFields, reply.numbersOrNull),
  /** Lets fields of a hash live for a number of milliseconds; one {@link HASH_EXPIRATION} per field. */
  hpExpire: command('HPEXPIRE', (c, key: RedisArgument, fields: RedisVariadicArgument, ms: number, mode?: ExpireMode) =>
    pushExpiry(c, key, fields, ms.toString(), mode), expirations),
  /** Lets fields of a hash live until a Unix time in milliseconds or a Date; one code per field, as hExpire. */
  hpExpireAt: command('HPEXPIREAT',
    (c, key: RedisArgument, fields: RedisVariadicArgument, timestamp: number | Date, mode?: ExpireMode) =>
      pushExpiry(c, key, fields, millisecondsArgument(timestamp), mode), expirations),
  /** Returns the Unix times in milliseconds at which fields expire: -1 never, -2 no such field. */
  hpExpireTime: command('HPEXPIRETIME', keyAndListedFields, reply.numbersOrNull),
  /** Returns the milliseconds that fields have left: -1 no expiry, -2 no such field. */
  hpTTL: command('HPTTL', keyAndListedFields, reply.numbersOrNull),
  /** Returns a random field of a hash, null if there is no such key. */
  hRandField: command('HRANDFIELD', oneKey, reply.blobOrNull),
  /** Returns random fields of a hash; with a negative count the same field may occur more than once. */
  hRandFieldCount: command('HRANDFIELD', keyAndCount, reply.blobs, { upper: 'HRANDFIELD_COUNT' }),
  /** Like hRandFieldCount, with values: `[{field, value}]`. */
  hRandFieldCountWithValues: command('HRANDFIELD', (c, key: RedisArgument, count: number) => {
    keyAndCount(c, key, count);
    c.push('WITHVALUES');
  }, reply.fieldValues, { upper: 'HRANDFIELD_COUNT_WITHVALUES' }),
  /** Returns a page of fields and values and the cursor of the next one; cursor `'0'` starts and ends. */
  hScan: command('HSCAN', (c, key: RedisArgument, cursor: RedisArgument, options?: ScanCommonOptions) => {
    c.pushKey(key);
    pushScan(c, cursor, options);
  }, reply.scanEntries),
  /** Returns a page of field names and the cursor of the next one; cursor `'0'` starts and ends. */
  hScanNoValues: command('HSCAN', (c, key: RedisArgument, cursor: RedisArgument, options?: ScanCommonOptions) => {
    c.pushKey(key);
    pushScan(c, cursor, options);
    c.push('NOVALUES');
  }, reply.scanFields, { upper: 'HSCAN_NOVALUES' }),
  /** Sets fields of a hash (one field and its value, or an object, Map or list) and gives the number of new ones. */
  hSet: command('HSET', pushHSet as unknown as (c: CommandParser, ...args: HSetArguments) => void, reply.number),
  /** Sets fields of a hash with an expiry: 1, or 0 if `mode` forbade it. */
  hSetEx: command('HSETEX', pushHSetEx, reply.asIs<NumberReply<0 | 1>>()),
  /** Sets a field unless it exists: 1, else 0. */
  hSetNX: command('HSETNX', (c, key: RedisArgument, field: RedisArgument, value: RedisArgument) => {
    c.pushKey(key);
    c.push(field, value);
  }, reply.bit),
  /** Returns the length of a field's value in bytes. */
  hStrLen: command('HSTRLEN', keyAndField, reply.number),
  /** Returns the seconds that fields have left: -1 no expiry, -2 no such field. */
  hTTL: command('HTTL', keyAndListedFields, reply.numbersOrNull),
  /** Returns the values of a hash. */
  hVals: command('HVALS', oneKey, reply.blobs),
};
