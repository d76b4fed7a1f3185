/** Bloom filters (RedisBloom). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { BlobStringReply, NullReply, NumberReply, TuplesToMapReply } from '../../../wire/resp-types';
import { keyAndMember, keyAndMembers, oneKey, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { dumped, keyAndChunk, keyAndIterator, pushItems } from './filters';

/** Options of `insert`, used if it creates the filter. */
export interface BfInsertOptions {
  /** Number of items that the filter is created for. */
  CAPACITY?: number;
  /** Rate of false positives, between 0 and 1. */
  ERROR?: number;
  /** Size of each further sub-filter, as a multiple of the one before. */
  EXPANSION?: number;
  /** Return an error instead of creating a filter. */
  NOCREATE?: boolean;
  /** Return an error when the filter is full, instead of adding a sub-filter. */
  NONSCALING?: boolean;
}

/** Options of `reserve`. */
export interface BfReserveOptions {
  /** Size of each further sub-filter, as a multiple of the one before. */
  EXPANSION?: number;
  /** Return an error when the filter is full, instead of adding a sub-filter. */
  NONSCALING?: boolean;
}

/** Reply of `BF.INFO`; a filter that does not grow has no expansion rate. */
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
  /**
   * Adds an item, and creates the filter if there is none. Returns true if the item was new.
   * https://redis.io/commands/bf.add/
   */
  add: command('BF.ADD', keyAndMember, reply.boolean),
  /**
   * Returns the number of different items that were added, 0 if there is no filter. Since RedisBloom 2.4.4.
   * https://redis.io/commands/bf.card/
   */
  card: command('BF.CARD', oneKey, reply.number),
  /** Returns whether the filter may contain an item; false is certain. https://redis.io/commands/bf.exists/ */
  exists: command('BF.EXISTS', keyAndMember, reply.boolean),
  /**
   * Returns capacity, size in bytes, number of sub-filters, number of items and expansion rate of a filter.
   * https://redis.io/commands/bf.info/
   */
  info: command('BF.INFO', oneKey, reply.mapOf<BfInfo>()),
  /**
   * Adds items, and creates the filter with the given options if there is none. Returns for each item whether it was
   * new. https://redis.io/commands/bf.insert/
   */
  insert: command('BF.INSERT', pushInsert, reply.booleans),
  /**
   * Restores a chunk of a filter, with the iterator that `scanDump` returned for it. Returns `'OK'`.
   * https://redis.io/commands/bf.loadchunk/
   */
  loadChunk: command('BF.LOADCHUNK', keyAndChunk, reply.ok),
  /**
   * Adds items, and creates the filter if there is none. Returns for each item whether it was new.
   * https://redis.io/commands/bf.madd/
   */
  mAdd: command('BF.MADD', keyAndMembers, reply.booleans),
  /**
   * Returns for each item whether the filter may contain it; false is certain. https://redis.io/commands/bf.mexists/
   */
  mExists: command('BF.MEXISTS', keyAndMembers, reply.booleans),
  /**
   * Creates an empty filter for `capacity` items, with `errorRate` (between 0 and 1) as the rate of false positives.
   * Returns `'OK'`. https://redis.io/commands/bf.reserve/
   */
  reserve: command('BF.RESERVE', pushReserve, reply.ok),
  /**
   * Returns a chunk of a filter and the iterator of the next chunk. Start with iterator 0; it is 0 again at the end.
   * Use the type mapping `BLOB_STRING: Buffer`: as strings the bytes would be damaged.
   * https://redis.io/commands/bf.scandump/
   */
  scanDump: command('BF.SCANDUMP', keyAndIterator, dumped<BlobStringReply>()),
};
