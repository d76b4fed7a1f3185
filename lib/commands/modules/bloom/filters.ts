// What Bloom and cuckoo filters have in common.
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { NumberReply } from '../../../wire/resp-types';
import { rowOf } from '../../containers';

/** `ITEMS item …` */
export function pushItems(c: CommandParser, items: RedisVariadicArgument): void {
  c.push('ITEMS');
  c.pushVariadic(items);
}

/** Where a dump continues. */
export const keyAndIterator = (c: CommandParser, key: RedisArgument, iterator: number): void => {
  c.pushKey(key);
  c.push(iterator.toString());
};

export const keyAndChunk = (c: CommandParser, key: RedisArgument, iterator: number, chunk: RedisArgument): void => {
  keyAndIterator(c, key, iterator);
  c.push(chunk);
};

/** A piece of a dump; a shape for the type of its bytes. */
export function dumped<CHUNK>(): (reply: [NumberReply, CHUNK]) => { iterator: NumberReply; chunk: CHUNK } {
  return reply => rowOf(reply, ([iterator, chunk]) => ({ iterator, chunk }));
}
