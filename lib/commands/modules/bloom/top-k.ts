/** Top-K (RedisBloom). */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import type { BlobStringReply, DoubleReply, NumberReply, TuplesToMapReply, TypeMapping } from '../../../wire/resp-types';
import { keyAndMembers, oneKey } from '../../args';
import { command } from '../../command';
import { rowOf } from '../../containers';
import * as reply from '../../replies';
import { keyAndIncrements } from './increments';

/** The size and decay of a list's table of counters; either all of them are given or none. */
export interface TopKReserveOptions {
  /** Number of counters in a row. */
  width: number;
  /** Number of rows. */
  depth: number;
  /** Probability, between 0 and 1, that the counter of another item is reduced. */
  decay: number;
}

/** Reply of `TOPK.INFO`. */
type TopKInfo = TuplesToMapReply<[
  reply.Entry<'k', NumberReply>,
  reply.Entry<'width', NumberReply>,
  reply.Entry<'depth', NumberReply>,
  reply.Entry<'decay', DoubleReply>,
]>;

/** Reply of `TOPK.INFO`; RESP2 sends the decay as text. */
const info = {
  2: (flat: unknown[], _preserve?: unknown, typeMapping?: TypeMapping): TopKInfo => reply.mapOfPairs(
    rowOf(flat, list => list.map((item, i) =>
      (i % 2 === 1 && String(list[i - 1]) === 'decay' ? reply.mappedDouble(item as BlobStringReply, typeMapping) : item))),
    typeMapping,
  ) as TopKInfo,
  3: reply.asIs<TopKInfo>(),
};

type Counted = { item: BlobStringReply; count: NumberReply };

const itemsWithCounts = (flat: (BlobStringReply | NumberReply)[]): Counted[] => {
  if (!Array.isArray(flat)) return flat;
  const counted: Counted[] = [];
  for (let i = 0; i < flat.length; i += 2) counted.push({ item: flat[i] as BlobStringReply, count: flat[i + 1] as NumberReply });
  return counted;
};

/** Top-K: https://redis.io/docs/latest/develop/data-types/probabilistic/top-k/ */
export const topK = {
  /**
   * Counts items. Returns for each the item that it expelled from the list, null if none.
   * https://redis.io/commands/topk.add/
   */
  add: command('TOPK.ADD', keyAndMembers, reply.blobsOrNulls),
  /** Returns the estimated counts of items. Deprecated since RedisBloom 2.4. https://redis.io/commands/topk.count/ */
  count: command('TOPK.COUNT', keyAndMembers, reply.numbers),
  /**
   * Increments the counts of items. Returns for each the item that it expelled from the list, null if none.
   * https://redis.io/commands/topk.incrby/
   */
  incrBy: command('TOPK.INCRBY', keyAndIncrements, reply.blobsOrNulls),
  /**
   * Returns the length of the list, and size and decay of its table of counters. https://redis.io/commands/topk.info/
   */
  info: command('TOPK.INFO', oneKey, info),
  /** Returns the items of the list with their estimated counts, the most frequent first. https://redis.io/commands/topk.list/ */
  listWithCount: command('TOPK.LIST', (c, key: RedisArgument) => {
    c.pushKey(key);
    c.push('WITHCOUNT');
  }, itemsWithCounts, { upper: 'LIST_WITHCOUNT' }),
  /** Returns the items of the list, the most frequent first. https://redis.io/commands/topk.list/ */
  list: command('TOPK.LIST', oneKey, reply.blobs),
  /** Returns for each item whether it is in the list. https://redis.io/commands/topk.query/ */
  query: command('TOPK.QUERY', keyAndMembers, reply.booleans),
  /**
   * Creates an empty list of the `topK` most frequent items. Returns `'OK'`. https://redis.io/commands/topk.reserve/
   */
  reserve: command('TOPK.RESERVE', (c: CommandParser, key: RedisArgument, topK: number, options?: TopKReserveOptions) => {
    c.pushKey(key);
    c.push(topK.toString());
    if (options) c.push(options.width.toString(), options.depth.toString(), options.decay.toString());
  }, reply.ok),
};
