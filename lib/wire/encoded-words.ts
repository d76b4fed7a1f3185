/** Reads and copies words that an encoder wrote: `$length\r\nbytes\r\n`. */
import type { CommandEncoder } from './encoder';
import type { LargeArgument } from './large-arguments';

const CARRIAGE_RETURN = 13;
const ZERO = 48;
const LINE_END = 2;
/** Longer parts are copied by one native call. */
const SHORT_PART = 64;

/** Returns the offset of the first word of the encoded command that begins at `start`. */
export function firstWordAt(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] !== CARRIAGE_RETURN) at++;
  return at + LINE_END;
}

/** Returns the offset of the text of the word whose `$` is at `at`. */
export function textAt(bytes: Uint8Array, at: number): number {
  return firstWordAt(bytes, at);
}

/** Returns the length in bytes that the word whose `$` is at `at` states. */
export function lengthOfWord(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let i = at + 1; bytes[i] !== CARRIAGE_RETURN; i++) length = length * 10 + (bytes[i] as number) - ZERO;
  return length;
}

/** Appends words of another command to a command: the bytes from `from` to `to`, without large arguments. */
export function appendWords(encoder: CommandEncoder, source: Buffer, from: number, to: number, words: number): void {
  const length = to - from;
  if (encoder.buffer.length - encoder.position < length && !encoder.makeRoom(length)) return;
  const { buffer, position } = encoder;
  if (length > SHORT_PART) source.copy(buffer, position, from, to);
  else for (let i = 0; i < length; i++) buffer[position + i] = source[from + i] as number;
  encoder.position = position + length;
  encoder.argc += words;
}

/**
 * Gives a command the large arguments that belong to the words which were appended last.
 *
 * @param larges the large arguments of the other command
 * @param from,to where the words are in the other command
 */
export function appendLarges(encoder: CommandEncoder, larges: readonly LargeArgument[], from: number, to: number): void {
  const moved = encoder.position - encoder.start - to;
  for (const large of larges) {
    if (large.at < from || large.at >= to) continue;
    encoder.larges = [...encoder.larges, { ...large, at: large.at + moved }];
    encoder.largeBytes += large.length;
  }
}
