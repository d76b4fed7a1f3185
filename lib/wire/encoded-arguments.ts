/** Decodes the arguments that an encoder wrote, for the getters of the parser object. This is slow, but few commands use them. */
import type { RedisArgument } from './command-parser';
import type { LargeArgument } from './large-arguments';

const CARRIAGE_RETURN = 13;
const ZERO = 48;

/**
 * The arguments of an encoded command.
 *
 * @param bytes the command's own bytes
 * @param from offset of the first `$`
 * @param bufferIndexes indexes of the arguments that were pushed as Buffers, ascending; the others become strings
 * @param larges arguments that are not in `bytes`; they are returned as they were given
 * @param limit most arguments to return
 */
export function readArguments(
  bytes: Buffer, from: number, bufferIndexes: readonly number[], larges: readonly LargeArgument[], limit = Infinity,
): RedisArgument[] {
  const args: RedisArgument[] = [];
  let position = from;
  let nextBuffer = 0;
  let nextLarge = 0;
  while (position < bytes.length && args.length < limit) {
    let length = 0;
    for (position++; bytes[position] !== CARRIAGE_RETURN; position++) length = length * 10 + bytes[position] - ZERO;
    position += 2;
    const isBuffer = bufferIndexes[nextBuffer] === args.length;
    if (isBuffer) nextBuffer++;
    const large = larges[nextLarge];
    if (large?.at === position) {
      nextLarge++;
      args.push(large.value);
      position += 2;
      continue;
    }
    const end = position + length;
    if (isBuffer) {
      args.push(Buffer.from(bytes.subarray(position, end)));
    } else {
      args.push(bytes.toString('utf8', position, end));
    }
    position = end + 2;
  }
  return args;
}
