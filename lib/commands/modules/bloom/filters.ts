// Arguments and replies that Bloom and cuckoo filters share.
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { NumberReply } from '../../../wire/resp-types';
import { rowOf } from '../../containers';

/** Pushes `ITEMS item …`. */
export function pushItems(c: CommandParser, items: RedisVariadicArgument): void {
  c.push('ITEMS');
  c.pushVariadic(items);
}

/** Pushes the key and the iterator at which a dump continues. */
export const keyAndIterator = (c: CommandParser, key: RedisArgument, iterator: number): void => {
  c.pushKey(key);
  c.push(iterator.toString());
};

export const keyAndChunk = (c: CommandParser, key: RedisArgument, iterator: number, chunk: RedisArgument): void => {
  keyAndIterator(c, key, iterator);
  c.push(chunk);
};

/** The reply of a dump: a chunk and the next iterator. `CHUNK` is the type of the chunk. */
export function dumped<CHUNK>(): (reply: [NumberReply, CHUNK]) => { iterator: NumberReply; chunk: CHUNK } {
  return reply => rowOf(reply, ([iterator, chunk]) => ({ iterator, chunk }));
}
