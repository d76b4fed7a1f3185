// Commands of Redis 8.10 for keys of any type, and its bounded counters.
import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { BlobStringReply, DoubleReply, NumberReply, TuplesReply } from '../wire/resp-types';
import { boundArgument, oneKey, type NumericArgument } from './args';
import { command } from './command';
import * as reply from './replies';

/** A protection of a key. */
export type BlessFlag = 'NO-EVICT';

const keyAndFlag = (c: CommandParser, key: RedisArgument, flag: BlessFlag): void => {
  c.pushKey(key);
  c.push(flag);
};

export interface IncrExByFloatOptions {
  lowerBound?: NumericArgument;
  upperBound?: NumericArgument;
  /** Stop at the bound instead of returning an error. */
  saturate?: boolean;
  /** With `ENX` the expiry is set only if there is none. */
  expiration?: { type: 'EX' | 'PX' | 'EXAT' | 'PXAT'; value: number; ENX?: boolean } | { type: 'PERSIST' };
}

export interface IncrExOptions extends IncrExByFloatOptions {
  by?: NumericArgument;
}

function pushBounds(c: CommandParser, options: IncrExByFloatOptions | undefined): void {
  if (options?.lowerBound !== undefined) c.push('LBOUND', boundArgument(options.lowerBound));
  if (options?.upperBound !== undefined) c.push('UBOUND', boundArgument(options.upperBound));
  if (options?.saturate) c.push('SATURATE');
  const expiration = options?.expiration;
  if (!expiration) return;
  if (expiration.type === 'PERSIST') {
    c.push('PERSIST');
  } else {
    c.push(expiration.type, expiration.value.toString());
    if (expiration.ENX) c.push('ENX');
  }
}

export const newerKeys = {
  /** Removes a protection from a key. Returns 1, or 0 if the key did not have it. */
  blessClear: command('BLESS CLEAR', keyAndFlag, reply.number),
  /** Returns the protections of a key. */
  blessGet: command('BLESS GET', oneKey, reply.blobs),
  /**
   * Returns a page of protected keys, and the cursor of the next page. Start with cursor `'0'`; it is `'0'` again at
   * the end.
   */
  blessScan: command('BLESS SCAN', (c, cursor: RedisArgument, flag: BlessFlag, options?: { COUNT?: number }) => {
    c.push(cursor, flag);
    if (options?.COUNT) c.push('COUNT', options.COUNT.toString());
  }, reply.scanKeys),
  /** Protects a key. Returns 1, or 0 if it was already protected. */
  blessSet: command('BLESS SET', keyAndFlag, reply.number),
  /** Increments an integer within bounds and sets its expiry. Returns `[value, increment]`. */
  increx: command('INCREX', (c, key: RedisArgument, options?: IncrExOptions) => {
    c.pushKey(key);
    if (options?.by !== undefined) c.push('BYINT', boundArgument(options.by));
    pushBounds(c, options);
  }, reply.asIs<TuplesReply<[NumberReply, NumberReply]>>()),
  /** Like increx, for numbers that may be decimal fractions. Returns `[value, increment]`, as strings in RESP2. */
  incrExByFloat: command('INCREX', (c, key: RedisArgument, value: NumericArgument, options?: IncrExByFloatOptions) => {
    c.pushKey(key);
    c.push('BYFLOAT', boundArgument(value));
    pushBounds(c, options);
  }, {
    2: reply.asIs<TuplesReply<[BlobStringReply, BlobStringReply]>>(),
    3: reply.asIs<TuplesReply<[DoubleReply, DoubleReply]>>(),
  }, { upper: 'INCREXBYFLOAT' }),
};
