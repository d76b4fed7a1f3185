/** Bloom filters (RedisBloom). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { BlobStringReply, NullReply, NumberReply, TuplesToMapReply } from '../../../wire/resp-types';
import { keyAndMember, keyAndMembers, oneKey, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { dumped, keyAndChunk, keyAndIterator, pushItems } from './filters';

/** Options of `insert`, for a filter that it makes. */
export interface BfInsertOptions {
  /** Items that the filter is made for. */
  CAPACITY?: number;
  /** The part of false positives, between 0 and 1. */
  ERROR?: number;
  /** How many times larger each further sub-filter is. */
  EXPANSION?: number;
  /** Make no filter: an error if there is none. */
  NOCREATE?: boolean;
  /** An error when the filter is full, instead of a further sub-filter. */
  NONSCALING?: boolean;
}

/** Options of `reserve`. */
export interface BfReserveOptions {
  /** How many times larger each further sub-filter is. */
  EXPANSION?: number;
  /** An error when the filter is full, instead of a further sub-filter. */
  NONSCALING?: boolean;
}

/** What `BF.INFO` says; a filter that does not grow has no expansion rate. */
type BfInfo = TuplesToMapReply<[
  reply.Entry<'Capacity', NumberReply>,
  reply.Entry<'Size', NumberReply>,
  reply.Entry<'Number of filters', NumberReply>,
  reply.Entry<'Number of items inserted', NumberReply>,
  reply.Entry<'Expansion rate', NumberReply | NullReply>,
]>;

function pushInsert(c: CommandParser, key: RedisArgument, items: RedisVariadicArgument, options?: BfInsertOptions): void {
  c.pushKey(key);
  pushOption(c, 'CAPACITY', options?.CAPACITY);
  pushOption(c, 'ERROR', options?.ERROR);
  pushOption(c, 'EXPANSION', options?.EXPANSION);
  if (options?.NOCREATE) c.push('NOCREATE');
  if (options?.NONSCALING) c.push('NONSCALING');
  pushItems(c, items);
}

function pushReserve(c: CommandParser, key: RedisArgument, errorRate: number, capacity: number, options?: BfReserveOptions): void {
  c.pushKey(key);
  c.push(errorRate.toString(), capacity.toString());
  if (options?.EXPANSION) c.push('EXPANSION', options.EXPANSION.toString());
  if (options?.NONSCALING) c.push('NONSCALING');
}

/** Bloom filters: https://redis.io/docs/latest/develop/data-types/probabilistic/bloom-filter/ */
export const bf = {
  /** Adds an item; makes the filter if there is none. Returns whether the item was not in it before. https://redis.io/commands/bf.add/ */
  add: command('BF.ADD', keyAndMember, reply.boolean),
  /** Returns how many different items were added, 0 if there is no filter. Since RedisBloom 2.4.4. https://redis.io/commands/bf.card/ */
  card: command('BF.CARD', oneKey, reply.number),
  /** Returns whether an item may be in the filter; false is certain. https://redis.io/commands/bf.exists/ */
  exists: command('BF.EXISTS', keyAndMember, reply.boolean),
  /** Returns capacity, size in bytes, sub-filters, items and expansion rate of a filter. https://redis.io/commands/bf.info/ */
  info: command('BF.INFO', oneKey, reply.mapOf<BfInfo>()),
  /**
   * Adds items; makes the filter with the options if there is none. Returns for each whether it was not in it before.
   * https://redis.io/commands/bf.insert/
   */
  insert: command('BF.INSERT', pushInsert, reply.booleans),
  /** Restores a piece of a filter that `scanDump` gave, with its iterator. Returns `'OK'`. https://redis.io/commands/bf.loadchunk/ */
  loadChunk: command('BF.LOADCHUNK', keyAndChunk, reply.ok),
  /**
   * Adds items; makes the filter if there is none. Returns for each whether it was not in it before.
   * https://redis.io/commands/bf.madd/
   */
  mAdd: command('BF.MADD', keyAndMembers, reply.booleans),
  /** Returns for each item whether it may be in the filter; false is certain. https://redis.io/commands/bf.mexists/ */
  mExists: command('BF.MEXISTS', keyAndMembers, reply.booleans),
  /**
   * Makes an empty filter for `capacity` items with the part `errorRate` (between 0 and 1) of false positives. Returns `'OK'`.
   * https://redis.io/commands/bf.reserve/
   */
  reserve: command('BF.RESERVE', pushReserve, reply.ok),
  /**
   * Returns a piece of a filter and the iterator of the next one. Start with 0; the end is the iterator 0. The bytes survive with the
   * type mapping `BLOB_STRING: Buffer` only. https://redis.io/commands/bf.scandump/
   */
  scanDump: command('BF.SCANDUMP', keyAndIterator, dumped<BlobStringReply>()),
};
