/** Cuckoo filters (RedisBloom). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { ArrayReply, BlobStringReply, NullReply, NumberReply, TuplesToMapReply } from '../../../wire/resp-types';
import { keyAndMember, keyAndMembers, oneKey, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { dumped, keyAndChunk, keyAndIterator, pushItems } from './filters';

/** Options of `insert` and `insertNX`, used if they create the filter. */
export interface CfInsertOptions {
  /** Number of items that the filter is created for. */
  CAPACITY?: number;
  /** Return an error instead of creating a filter. */
  NOCREATE?: boolean;
}

/** Options of `reserve`. */
export interface CfReserveOptions {
  /** Number of items in a bucket. */
  BUCKETSIZE?: number;
  /** How often the filter moves items to make room before it adds a sub-filter. */
  MAXITERATIONS?: number;
  /** Size of each further sub-filter, as a multiple of the one before; 0 for no further ones. */
  EXPANSION?: number;
}

/** Reply of `CF.INFO`. */
type CfInfo = TuplesToMapReply<[
  reply.Entry<'Size', NumberReply>,
  reply.Entry<'Number of buckets', NumberReply>,
  reply.Entry<'Number of filters', NumberReply>,
  reply.Entry<'Number of items inserted', NumberReply>,
  reply.Entry<'Number of items deleted', NumberReply>,
  reply.Entry<'Bucket size', NumberReply>,
  reply.Entry<'Expansion rate', NumberReply>,
  reply.Entry<'Max iterations', NumberReply>,
]>;

function pushInsert(c: CommandParser, key: RedisArgument, items: RedisVariadicArgument, options?: CfInsertOptions): void {
  c.pushKey(key);
  pushOption(c, 'CAPACITY', options?.CAPACITY);
  if (options?.NOCREATE) c.push('NOCREATE');
  pushItems(c, items);
}

function pushReserve(c: CommandParser, key: RedisArgument, capacity: number, options?: CfReserveOptions): void {
  c.pushKey(key);
  c.push(capacity.toString());
  pushOption(c, 'BUCKETSIZE', options?.BUCKETSIZE);
  pushOption(c, 'MAXITERATIONS', options?.MAXITERATIONS);
  pushOption(c, 'EXPANSION', options?.EXPANSION);
}

/** Cuckoo filters: https://redis.io/docs/latest/develop/data-types/probabilistic/cuckoo-filter/ */
export const cf = {
  /**
   * Adds an item, even if it was added before, and creates the filter if there is none. Returns true.
   * https://redis.io/commands/cf.add/
   */
  add: command('CF.ADD', keyAndMember, reply.boolean),
  /**
   * Adds an item unless the filter seems to contain it. Returns whether it was added.
   * https://redis.io/commands/cf.addnx/
   */
  addNX: command('CF.ADDNX', keyAndMember, reply.boolean),
  /** Returns an estimate of how often the filter contains an item. https://redis.io/commands/cf.count/ */
  count: command('CF.COUNT', keyAndMember, reply.number),
  /**
   * Removes an item once. Returns whether it was found. Removing an item that was never added may remove another one.
   * https://redis.io/commands/cf.del/
   */
  del: command('CF.DEL', keyAndMember, reply.boolean),
  /** Returns whether the filter may contain an item; false is certain. https://redis.io/commands/cf.exists/ */
  exists: command('CF.EXISTS', keyAndMember, reply.boolean),
  /**
   * Returns size in bytes, number of buckets, sub-filters and items, and the settings of a filter.
   * https://redis.io/commands/cf.info/
   */
  info: command('CF.INFO', oneKey, reply.mapOf<CfInfo>()),
  /**
   * Adds items, even if they were added before, and creates the filter with the given options if there is none. Returns
   * for each item whether it was added; false means that the filter is full. https://redis.io/commands/cf.insert/
   */
  insert: command('CF.INSERT', pushInsert, reply.booleans),
  /**
   * Adds the items that the filter does not seem to contain, and creates the filter with the given options if there is
   * none. Returns for each item 1 (added), 0 (seems to exist) or -1 (the filter is full).
   * https://redis.io/commands/cf.insertnx/
   */
  insertNX: command('CF.INSERTNX', pushInsert, reply.asIs<ArrayReply<NumberReply<-1 | 0 | 1>>>()),
  /**
   * Restores a chunk of a filter, with the iterator that `scanDump` returned for it. Returns `'OK'`.
   * https://redis.io/commands/cf.loadchunk/
   */
  loadChunk: command('CF.LOADCHUNK', keyAndChunk, reply.ok),
  /** Creates an empty filter for `capacity` items. Returns `'OK'`. https://redis.io/commands/cf.reserve/ */
  reserve: command('CF.RESERVE', pushReserve, reply.ok),
  /**
   * Returns a chunk of a filter and the iterator of the next chunk. Start with iterator 0; at the end it is 0 again,
   * and the chunk is null. Use the type mapping `BLOB_STRING: Buffer`: as strings the bytes would be damaged.
   * https://redis.io/commands/cf.scandump/
   */
  scanDump: command('CF.SCANDUMP', keyAndIterator, dumped<BlobStringReply | NullReply>()),
  /**
   * Returns for each item whether the filter may contain it; false is certain. https://redis.io/commands/cf.mexists/
   */
  mExists: command('CF.MEXISTS', keyAndMembers, reply.booleans),
};
