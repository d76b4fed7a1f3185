/** Cuckoo filters (RedisBloom). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { ArrayReply, BlobStringReply, NullReply, NumberReply, TuplesToMapReply } from '../../../wire/resp-types';
import { keyAndMember, keyAndMembers, oneKey, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { dumped, keyAndChunk, keyAndIterator, pushItems } from './filters';

/** Options of `insert` and `insertNX`, for a filter that they make. */
export interface CfInsertOptions {
  /** Items that the filter is made for. */
  CAPACITY?: number;
  /** Make no filter: an error if there is none. */
  NOCREATE?: boolean;
}

/** Options of `reserve`. */
export interface CfReserveOptions {
  /** Items in a bucket. */
  BUCKETSIZE?: number;
  /** How often items are moved to make room before a further sub-filter is made. */
  MAXITERATIONS?: number;
  /** How many times larger each further sub-filter is; 0 for no further ones. */
  EXPANSION?: number;
}

/** What `CF.INFO` says. */
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
  /** Adds an item, also one that is there; makes the filter if there is none. Returns true. https://redis.io/commands/cf.add/ */
  add: command('CF.ADD', keyAndMember, reply.boolean),
  /** Adds an item unless it seems to be there. Returns whether it was added. https://redis.io/commands/cf.addnx/ */
  addNX: command('CF.ADDNX', keyAndMember, reply.boolean),
  /** Returns how often an item may be in the filter. https://redis.io/commands/cf.count/ */
  count: command('CF.COUNT', keyAndMember, reply.number),
  /**
   * Removes an item once. Returns whether it was there. Removing what was never added may remove another item.
   * https://redis.io/commands/cf.del/
   */
  del: command('CF.DEL', keyAndMember, reply.boolean),
  /** Returns whether an item may be in the filter; false is certain. https://redis.io/commands/cf.exists/ */
  exists: command('CF.EXISTS', keyAndMember, reply.boolean),
  /** Returns size in bytes, buckets, sub-filters, items and settings of a filter. https://redis.io/commands/cf.info/ */
  info: command('CF.INFO', oneKey, reply.mapOf<CfInfo>()),
  /**
   * Adds items, also those that are there; makes the filter with the options if there is none. Returns for each whether it was added;
   * false means that the filter is full. https://redis.io/commands/cf.insert/
   */
  insert: command('CF.INSERT', pushInsert, reply.booleans),
  /**
   * Adds the items that do not seem to be there; makes the filter with the options if there is none. Returns for each 1 (added),
   * 0 (it seems to be there) or -1 (the filter is full). https://redis.io/commands/cf.insertnx/
   */
  insertNX: command('CF.INSERTNX', pushInsert, reply.asIs<ArrayReply<NumberReply<-1 | 0 | 1>>>()),
  /** Restores a piece of a filter that `scanDump` gave, with its iterator. Returns `'OK'`. https://redis.io/commands/cf.loadchunk/ */
  loadChunk: command('CF.LOADCHUNK', keyAndChunk, reply.ok),
  /** Makes an empty filter for `capacity` items. Returns `'OK'`. https://redis.io/commands/cf.reserve/ */
  reserve: command('CF.RESERVE', pushReserve, reply.ok),
  /**
   * Returns a piece of a filter and the iterator of the next one. Start with 0; the end is the iterator 0 and no piece. The bytes
   * survive with the type mapping `BLOB_STRING: Buffer` only. https://redis.io/commands/cf.scandump/
   */
  scanDump: command('CF.SCANDUMP', keyAndIterator, dumped<BlobStringReply | NullReply>()),
  /** Returns for each item whether it may be in the filter; false is certain. https://redis.io/commands/cf.mexists/ */
  mExists: command('CF.MEXISTS', keyAndMembers, reply.booleans),
};
