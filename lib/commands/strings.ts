import { argumentError } from '../wire/argument-error';
import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { BlobStringReply, NullReply, NumberReply, SimpleStringReply } from '../wire/resp-types';
import {
  keyAndCount, keyAndRange, keyAndValue, millisecondsArgument, oneKey, secondsArgument, textArgument, twoKeys,
  type NumericArgument,
} from './args';
import { command } from './command';
import { lcsMatches, lcsMatchesWithLength } from './lcs-replies';
import * as reply from './replies';

export interface SetOptions {
  /** When the key expires. Takes precedence over `EX`, `PX`, `EXAT`, `PXAT` and `KEEPTTL`. */
  expiration?: { type: 'EX' | 'PX' | 'EXAT' | 'PXAT'; value: number } | { type: 'KEEPTTL' } | 'KEEPTTL';
  /** Time to live in seconds. */
  EX?: number;
  /** Time to live in milliseconds. */
  PX?: number;
  /** Unix time of the expiry in seconds. */
  EXAT?: number;
  /** Unix time of the expiry in milliseconds. */
  PXAT?: number;
  KEEPTTL?: boolean;
  /** Condition for setting the value. Takes precedence over `NX` and `XX`. */
  condition?: 'NX' | 'XX' | 'IFEQ' | 'IFNE' | 'IFDEQ' | 'IFDNE';
  /** The value or digest that an `IF…` condition compares with. */
  matchValue?: RedisArgument;
  NX?: boolean;
  XX?: boolean;
  /** Return the previous value. */
  GET?: boolean;
}

function pushSetExpiration(c: CommandParser, options: SetOptions): void {
  const { expiration } = options;
  if (expiration) {
    if (typeof expiration === 'string') c.push(expiration);
    else if (expiration.type === 'KEEPTTL') c.push('KEEPTTL');
    else c.push(expiration.type, expiration.value.toString());
  } else if (options.EX !== undefined) c.push('EX', options.EX.toString());
  else if (options.PX !== undefined) c.push('PX', options.PX.toString());
  else if (options.EXAT !== undefined) c.push('EXAT', options.EXAT.toString());
  else if (options.PXAT !== undefined) c.push('PXAT', options.PXAT.toString());
  else if (options.KEEPTTL) c.push('KEEPTTL');
}

function pushSetCondition(c: CommandParser, options: SetOptions): void {
  if (options.condition) {
    c.push(options.condition);
    if (options.matchValue !== undefined) c.push(options.matchValue);
  } else if (options.NX) c.push('NX');
  else if (options.XX) c.push('XX');
}

/** Expiry of GETEX: `{type, value}` or a single option. */
export type GetExOptions =
  | { type: 'EX' | 'PX'; value: number }
  | { type: 'EXAT' | 'PXAT'; value: number | Date }
  | { type: 'PERSIST' }
  | { EX: number } | { PX: number } | { EXAT: number | Date } | { PXAT: number | Date } | { PERSIST: true };

function pushGetEx(c: CommandParser, key: RedisArgument, options: GetExOptions): void {
  c.pushKey(key);
  if ('type' in options) {
    switch (options.type) {
      case 'EX':
      case 'PX':
        c.push(options.type, options.value.toString());
        break;
      case 'EXAT':
        c.push('EXAT', secondsArgument(options.value));
        break;
      case 'PXAT':
        c.push('PXAT', millisecondsArgument(options.value));
        break;
      case 'PERSIST':
        c.push('PERSIST');
        break;
    }
  } else if ('EX' in options) c.push('EX', options.EX.toString());
  else if ('PX' in options) c.push('PX', options.PX.toString());
  else if ('EXAT' in options) c.push('EXAT', secondsArgument(options.EXAT));
  else if ('PXAT' in options) c.push('PXAT', millisecondsArgument(options.PXAT));
  else c.push('PERSIST');
}

/** Keys and values as an object, as pairs or as a flat list. */
export type MSetArguments = [RedisArgument, RedisArgument][] | RedisArgument[] | Record<string, RedisArgument>;

function pushKeyValues(c: CommandParser, pairs: MSetArguments, whenEmpty: string): void {
  if (!Array.isArray(pairs)) {
    for (const key of Object.keys(pairs)) keyAndValue(c, key, pairs[key] as RedisArgument);
    return;
  }
  if (pairs.length === 0) throw argumentError(whenEmpty);
  if (Array.isArray(pairs[0])) {
    for (const pair of pairs as [RedisArgument, RedisArgument][]) keyAndValue(c, pair[0], pair[1]);
    return;
  }
  const flat = pairs as RedisArgument[];
  for (let i = 0; i < flat.length; i += 2) keyAndValue(c, flat[i] as RedisArgument, flat[i + 1] as RedisArgument);
}

const keysAndValues = (c: CommandParser, toSet: MSetArguments): void => pushKeyValues(c, toSet, 'empty toSet Argument');

export interface MSetExOptions {
  expiration?:
    | { type: 'EX' | 'PX'; value: number }
    | { type: 'EXAT' | 'PXAT'; value: number | Date }
    | { type: 'KEEPTTL' };
  /** Set the keys only if all of them exist (`XX`), or only if none exists (`NX`). */
  mode?: 'NX' | 'XX';
}

function pushMSetEx(c: CommandParser, keyValuePairs: MSetArguments, options?: MSetExOptions): void {
  const count = !Array.isArray(keyValuePairs) ? Object.keys(keyValuePairs).length
    : Array.isArray(keyValuePairs[0]) ? keyValuePairs.length : keyValuePairs.length / 2;
  c.push(count.toString());
  pushKeyValues(c, keyValuePairs, 'empty keyValuePairs Argument');
  if (options?.mode) c.push(options.mode);
  const expiration = options?.expiration;
  switch (expiration?.type) {
    case 'EX':
    case 'PX':
      c.push(expiration.type, expiration.value.toString());
      break;
    case 'EXAT':
      c.push('EXAT', secondsArgument(expiration.value));
      break;
    case 'PXAT':
      c.push('PXAT', millisecondsArgument(expiration.value));
      break;
    case 'KEEPTTL':
      c.push('KEEPTTL');
      break;
  }
}

export interface DelExOptions {
  condition: 'IFEQ' | 'IFNE' | 'IFDEQ' | 'IFDNE';
  /** The value (`IFEQ`, `IFNE`) or digest (`IFDEQ`, `IFDNE`) to compare with. */
  matchValue: RedisArgument;
}

export interface LcsIdxOptions {
  /** Leave out matches shorter than this. */
  MINMATCHLEN?: number;
}

const twoKeysCompared = (c: CommandParser, key1: RedisArgument, key2: RedisArgument): void => twoKeys(c, key1, key2);

export const strings = {
  /** Appends to a string and returns its new length in bytes; creates the key if there is none. */
  append: command('APPEND', keyAndValue, reply.number),
  /** Decrements an integer by one and returns its new value; a missing key counts as 0. */
  decr: command('DECR', oneKey, reply.number),
  /** Decrements an integer and returns its new value; a missing key counts as 0. */
  decrBy: command('DECRBY', (c, key: RedisArgument, decrement: number) => keyAndCount(c, key, decrement), reply.number),
  /** Deletes a string if the condition on its value or digest is met. Returns the number of deleted keys. */
  delEx: command('DELEX', (c, key: RedisArgument, options?: DelExOptions) => {
    c.pushKey(key);
    if (options) c.push(options.condition, options.matchValue);
  }, reply.asIs<NumberReply<1 | 0>>()),
  /** Returns the XXH3 digest of a string value as 16 hexadecimal digits. */
  digest: command('DIGEST', oneKey, reply.asIs<SimpleStringReply>()),
  /** Returns the string value of a key, null if there is none. */
  get: command('GET', oneKey, reply.blobOrNull),
  /** Returns the string value of a key and deletes the key; null if there is none. */
  getDel: command('GETDEL', oneKey, reply.blobOrNull),
  /** Returns the string value of a key and sets or removes its expiry; null if there is none. */
  getEx: command('GETEX', pushGetEx, reply.blobOrNull),
  /** Returns the part of a string between two byte offsets, both included; negative offsets count from the end. */
  getRange: command('GETRANGE', keyAndRange, reply.blobOrNull),
  /** Sets a string and returns its previous value, null if there was none. Superseded by set with `GET`. */
  getSet: command('GETSET', keyAndValue, reply.blobOrNull),
  /** Increments an integer by one and returns its new value; a missing key counts as 0. */
  incr: command('INCR', oneKey, reply.number),
  /** Increments an integer and returns its new value; a missing key counts as 0. */
  incrBy: command('INCRBY', (c, key: RedisArgument, increment: number) => keyAndCount(c, key, increment), reply.number),
  /** Increments a number that may be a decimal fraction. Returns its new value as a string. */
  incrByFloat: command('INCRBYFLOAT', (c, key: RedisArgument, increment: number) => keyAndCount(c, key, increment), reply.blob),
  /** Returns the longest common subsequence of two strings. */
  lcs: command('LCS', twoKeysCompared, reply.blob),
  /** Returns the positions of the longest common subsequence in two strings. */
  lcsIdx: command('LCS', (c, key1: RedisArgument, key2: RedisArgument, options?: LcsIdxOptions) => {
    twoKeys(c, key1, key2);
    c.push('IDX');
    if (options?.MINMATCHLEN) c.push('MINMATCHLEN', options.MINMATCHLEN.toString());
  }, lcsMatches, { upper: 'LCS_IDX' }),
  /** Like lcsIdx, with the length of each match. */
  lcsIdxWithMatchLen: command('LCS', (c, key1: RedisArgument, key2: RedisArgument, options?: LcsIdxOptions) => {
    twoKeys(c, key1, key2);
    c.push('IDX');
    if (options?.MINMATCHLEN) c.push('MINMATCHLEN', options.MINMATCHLEN.toString());
    c.push('WITHMATCHLEN');
  }, lcsMatchesWithLength, { upper: 'LCS_IDX_WITHMATCHLEN' }),
  /** Returns the length of the longest common subsequence of two strings. */
  lcsLen: command('LCS', (c, key1: RedisArgument, key2: RedisArgument) => {
    twoKeys(c, key1, key2);
    c.push('LEN');
  }, reply.number, { upper: 'LCS_LEN' }),
  /** Returns the string values of several keys, null for keys without one. */
  mGet: command('MGET', (c, keys: RedisArgument[]) => c.pushKeys(keys), reply.asIs<(BlobStringReply | NullReply)[]>()),
  /** Sets several strings at once. */
  mSet: command('MSET', keysAndValues, reply.ok),
  /** Sets several strings with one expiry. Returns 1, or 0 if `mode` did not allow it. */
  mSetEx: command('MSETEX', pushMSetEx, reply.bit),
  /** Sets several strings if none of the keys exists. Returns 1 if they were set, else 0. */
  mSetNX: command('MSETNX', keysAndValues, reply.bit),
  /** Sets a string with a time to live in milliseconds. */
  pSetEx: command('PSETEX', (c, key: RedisArgument, milliseconds: number, value: RedisArgument) => {
    c.pushKey(key);
    c.push(milliseconds.toString(), value);
  }, reply.ok),
  /** Sets a string. Returns `'OK'`, or null if `condition` was not met; with `GET` the previous value. */
  set: command('SET', (c, key: RedisArgument, value: NumericArgument, options?: SetOptions) => {
    c.pushKey(key);
    c.push(textArgument(value));
    if (!options) return;
    pushSetExpiration(c, options);
    pushSetCondition(c, options);
    if (options.GET) c.push('GET');
  }, reply.asIs<SimpleStringReply<'OK'> | BlobStringReply | NullReply>()),
  /** Sets a string with a time to live in seconds. */
  setEx: command('SETEX', (c, key: RedisArgument, seconds: number, value: RedisArgument) => {
    c.pushKey(key);
    c.push(seconds.toString(), value);
  }, reply.ok),
  /** Sets a string if the key does not exist. Returns 1 if it was set, else 0. */
  setNX: command('SETNX', keyAndValue, reply.number),
  /** Overwrites part of a string, starting at a byte offset, and returns the new length. */
  setRange: command('SETRANGE', (c, key: RedisArgument, offset: number, value: RedisArgument) => {
    c.pushKey(key);
    c.push(offset.toString(), value);
  }, reply.number),
  /** Returns the length of a string in bytes. */
  strLen: command('STRLEN', oneKey, reply.number),
};
