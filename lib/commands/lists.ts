import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { BlobStringReply, NullReply, TuplesReply } from '../wire/resp-types';
import { keyAndCount, oneKey, pushOption } from './args';
import { command } from './command';
import * as reply from './replies';

/** An end of a list. */
export type ListSide = 'LEFT' | 'RIGHT';

const keyAndElements = (c: CommandParser, key: RedisArgument, elements: RedisVariadicArgument): void => {
  c.pushKey(key);
  c.pushVariadic(elements);
};
const keysAndTimeout = (c: CommandParser, key: RedisVariadicArgument, timeout: number): void => {
  c.pushKeys(key);
  c.push(timeout.toString());
};
const keyAndStops = (c: CommandParser, key: RedisArgument, start: number, stop: number): void => {
  c.pushKey(key);
  c.push(start.toString(), stop.toString());
};

function pushMove(
  c: CommandParser, source: RedisArgument, destination: RedisArgument, sourceSide: ListSide, destinationSide: ListSide,
): void {
  c.pushKey(source);
  c.pushKey(destination);
  c.push(sourceSide, destinationSide);
}

/** How the elements are moved: one by one (`OBO`), or as one block that keeps their order (`BULK`). */
export type LMoveMOrder = 'OBO' | 'BULK';

/** How many elements LMOVEM moves: up to `COUNT`, or `EXACTLY` this many (otherwise none). */
export type LMoveMOptions = { COUNT: number; ORDER: LMoveMOrder } | { EXACTLY: number; ORDER: LMoveMOrder };

function pushMoveMany(c: CommandParser, options: LMoveMOptions | undefined): void {
  if (!options) return;
  if ('EXACTLY' in options) c.push('EXACTLY', options.EXACTLY.toString());
  else c.push('COUNT', options.COUNT.toString());
  c.push(options.ORDER);
}

export interface LMPopOptions {
  /** Maximum number of elements to pop; the server's default is 1. */
  COUNT?: number;
}

function pushPopMany(c: CommandParser, keys: RedisVariadicArgument, side: ListSide, options?: LMPopOptions): void {
  c.pushKeysLength(keys);
  c.push(side);
  pushOption(c, 'COUNT', options?.COUNT);
}

/** The key of the popped elements, and the elements. */
const poppedMany = reply.asIs<NullReply | TuplesReply<[key: BlobStringReply, elements: BlobStringReply[]]>>();

export interface LPosOptions {
  /** Start at the n-th match; a negative rank searches from the tail. */
  RANK?: number;
  /** Maximum number of elements to compare. */
  MAXLEN?: number;
}

function pushPosition(c: CommandParser, key: RedisArgument, element: RedisArgument, options: LPosOptions | undefined): void {
  c.pushKey(key);
  c.push(element);
  pushOption(c, 'RANK', options?.RANK);
  pushOption(c, 'MAXLEN', options?.MAXLEN);
}

export const lists = {
  /**
   * Moves an element from one list to another, and waits if the source is empty. Returns the element, or null after
   * `timeout` seconds (0 waits forever).
   */
  blMove: command('BLMOVE', (
    c, source: RedisArgument, destination: RedisArgument, sourceSide: ListSide, destinationSide: ListSide, timeout: number,
  ) => {
    pushMove(c, source, destination, sourceSide, destinationSide);
    c.push(timeout.toString());
  }, reply.blobOrNull),
  /**
   * Moves several elements from one list to another, and waits until there are some. Returns the elements, or null
   * after `timeout` seconds.
   */
  blMoveM: command('BLMOVEM', (
    c, source: RedisArgument, destination: RedisArgument, sourceSide: ListSide, destinationSide: ListSide, timeout: number,
    options?: LMoveMOptions,
  ) => {
    pushMove(c, source, destination, sourceSide, destinationSide);
    c.push(timeout.toString());
    pushMoveMany(c, options);
  }, reply.blobsOrNull),
  /**
   * Pops elements from the first non-empty list, and waits if all are empty. Returns `[key, elements]`, or null after
   * `timeout` seconds.
   */
  blmPop: command('BLMPOP', (c, timeout: number, keys: RedisVariadicArgument, side: ListSide, options?: LMPopOptions) => {
    c.push(timeout.toString());
    pushPopMany(c, keys, side, options);
  }, poppedMany),
  /**
   * Pops the first element of the first non-empty list, and waits if all are empty. Returns `{key, element}`, or null
   * after `timeout` seconds.
   */
  blPop: command('BLPOP', keysAndTimeout, reply.popped),
  /**
   * Pops the last element of the first non-empty list, and waits if all are empty. Returns `{key, element}`, or null
   * after `timeout` seconds.
   */
  brPop: command('BRPOP', keysAndTimeout, reply.popped),
  /**
   * Moves the last element of a list to the head of another one, and waits if the source is empty. Returns the element,
   * or null after `timeout` seconds. Superseded by blMove.
   */
  brPopLPush: command('BRPOPLPUSH', (c, source: RedisArgument, destination: RedisArgument, timeout: number) => {
    c.pushKey(source);
    c.pushKey(destination);
    c.push(timeout.toString());
  }, reply.blobOrNull),
  /** Returns the element at an index, null if the index is out of range. Negative indexes count from the end. */
  lIndex: command('LINDEX', (c, key: RedisArgument, index: number) => keyAndCount(c, key, index), reply.blobOrNull),
  /**
   * Inserts an element before or after another one. Returns the new length, -1 if that other element is missing, 0 if
   * the list is.
   */
  lInsert: command('LINSERT', (
    c, key: RedisArgument, position: 'BEFORE' | 'AFTER', pivot: RedisArgument, element: RedisArgument,
  ) => {
    c.pushKey(key);
    c.push(position, pivot, element);
  }, reply.number),
  /** Returns the length of a list. */
  lLen: command('LLEN', oneKey, reply.number),
  /**
   * Moves an element from one end of a list to an end of the same or another list. Returns the element, null if the
   * source is empty.
   */
  lMove: command('LMOVE', pushMove, reply.blobOrNull),
  /** Moves several elements from one list to another and returns them. */
  lMoveM: command('LMOVEM', (
    c, source: RedisArgument, destination: RedisArgument, sourceSide: ListSide, destinationSide: ListSide, options?: LMoveMOptions,
  ) => {
    pushMove(c, source, destination, sourceSide, destinationSide);
    pushMoveMany(c, options);
  }, reply.blobsOrNull),
  /** Pops elements from the first non-empty list: `[key, elements]`, null if all are empty. */
  lmPop: command('LMPOP', pushPopMany, poppedMany),
  /** Pops the first element of a list and returns it, null if the list is empty. */
  lPop: command('LPOP', oneKey, reply.blobOrNull),
  /** Pops several elements from the head of a list and returns them, null if the list is empty. */
  lPopCount: command('LPOP', keyAndCount, reply.blobsOrNull, { upper: 'LPOP_COUNT' }),
  /** Returns the index of an element, null if the list does not contain it. */
  lPos: command('LPOS', (c, key: RedisArgument, element: RedisArgument, options?: LPosOptions) =>
    pushPosition(c, key, element, options), reply.numberOrNull),
  /** Returns the indexes of the matching elements, up to `count` of them; 0 means all. */
  lPosCount: command('LPOS', (c, key: RedisArgument, element: RedisArgument, count: number, options?: LPosOptions) => {
    pushPosition(c, key, element, options);
    c.push('COUNT', count.toString());
  }, reply.numbers, { upper: 'LPOS_COUNT' }),
  /** Pushes elements to the head of a list, one after the other, and returns the new length. */
  lPush: command('LPUSH', keyAndElements, reply.number),
  /** Like lPush, but only if the list exists. Returns the new length, 0 if there is no list. */
  lPushX: command('LPUSHX', keyAndElements, reply.number),
  /** Returns the elements between two indexes, both included. Negative indexes count from the end. */
  lRange: command('LRANGE', keyAndStops, reply.blobs),
  /**
   * Removes elements equal to `element`: `count` from the head, `-count` from the tail, or all if 0. Returns the number
   * removed.
   */
  lRem: command('LREM', (c, key: RedisArgument, count: number, element: RedisArgument) => {
    c.pushKey(key);
    c.push(count.toString(), element);
  }, reply.number),
  /** Replaces the element at an index. */
  lSet: command('LSET', (c, key: RedisArgument, index: number, element: RedisArgument) => {
    c.pushKey(key);
    c.push(index.toString(), element);
  }, reply.ok),
  /** Removes all elements except those between two indexes, both included. */
  lTrim: command('LTRIM', keyAndStops, reply.ok),
  /** Pops the last element of a list and returns it, null if the list is empty. */
  rPop: command('RPOP', oneKey, reply.blobOrNull),
  /** Pops several elements from the tail of a list and returns them, null if the list is empty. */
  rPopCount: command('RPOP', keyAndCount, reply.blobsOrNull, { upper: 'RPOP_COUNT' }),
  /**
   * Moves the last element of a list to the head of another one and returns it, null if the source is empty. Superseded
   * by lMove.
   */
  rPopLPush: command('RPOPLPUSH', (c, source: RedisArgument, destination: RedisArgument) => {
    c.pushKey(source);
    c.pushKey(destination);
  }, reply.blobOrNull),
  /** Pushes elements to the tail of a list and returns the new length. */
  rPush: command('RPUSH', keyAndElements, reply.number),
  /** Like rPush, but only if the list exists. Returns the new length, 0 if there is no list. */
  rPushX: command('RPUSHX', keyAndElements, reply.number),
};
