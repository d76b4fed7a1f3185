import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { command } from './command';
import * as reply from './replies';

export interface SortOptions {
  /** Pattern of the keys that contain the values to sort by. */
  BY?: RedisArgument;
  LIMIT?: { offset: number; count: number };
  /** Patterns of the keys whose values are returned; `#` is the element itself. */
  GET?: RedisVariadicArgument;
  DIRECTION?: 'ASC' | 'DESC';
  /** Sort as text instead of as numbers. */
  ALPHA?: boolean;
}

function pushSort(c: CommandParser, key: RedisArgument, options?: SortOptions): void {
  c.pushKey(key);
  if (!options) return;
  if (options.BY) c.push('BY', options.BY);
  if (options.LIMIT) c.push('LIMIT', options.LIMIT.offset.toString(), options.LIMIT.count.toString());
  if (options.GET) {
    for (const pattern of Array.isArray(options.GET) ? options.GET : [options.GET]) c.push('GET', pattern);
  }
  if (options.DIRECTION) c.push(options.DIRECTION);
  if (options.ALPHA) c.push('ALPHA');
}

export const sorting = {
  /** Returns the elements of a list, set or sorted set in sorted order. */
  sort: command('SORT', pushSort, reply.blobs),
  /** Like sort, but never writes, so it can run on replicas. */
  sortRo: command('SORT_RO', pushSort, reply.blobs),
  /** Stores the sorted elements as a list and returns its length. */
  sortStore: command('SORT', (c, source: RedisArgument, destination: RedisArgument, options?: SortOptions) => {
    pushSort(c, source, options);
    c.push('STORE');
    c.pushKey(destination);
  }, reply.number, { upper: 'SORT_STORE' }),
};
