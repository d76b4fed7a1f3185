/** Reads back what an encoder wrote: the slow side of the parser object, for getters that few commands use. */
import type { RedisArgument } from './command-parser';

const CARRIAGE_RETURN = 13;
const ZERO = 48;

/**
 * The bulk strings between two offsets of an encoded command.
 *
 * @param bytes where the command is
 * @param from offset of the first `$`
 * @param to end of the command
 * @param bufferIndexes indexes of the arguments that were pushed as Buffers, ascending; the others become strings
 * @param bufferCount how many of `bufferIndexes` count
 * @param limit stop after that many arguments
 */
export function readArguments(
  bytes: Buffer, from: number, to: number, bufferIndexes: readonly number[], bufferCount: number, limit = Infinity
): RedisArgument[] {
  const args: RedisArgument[] = [];
  let position = from;
  let nextBuffer = 0;
  while (position < to && args.length < limit) {
    let length = 0;
    for (position++; bytes[position] !== CARRIAGE_RETURN; position++) length = length * 10 + bytes[position] - ZERO;
    position += 2;
    const end = position + length;
    if (nextBuffer < bufferCount && bufferIndexes[nextBuffer] === args.length) {
      nextBuffer++;
      args.push(Buffer.from(bytes.subarray(position, end)));
    } else {
      args.push(bytes.toString('utf8', position, end));
    }
    position = end + 2;
  }
  return args;
}
