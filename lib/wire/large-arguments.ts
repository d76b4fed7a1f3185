/** Arguments that are too large to be copied: commands refer to them, and native code writes them from where they are. */
import type { NativeEngine } from './addon';
import type { RedisArgument } from './command-parser';
import { latin1Write, utf8Write } from './native-buffer';

/** Arguments of at least this many bytes are not copied, nor are commands that are as long without them. */
export const LARGE_ARGUMENT = 32 * 1024;

/** An argument beside the bytes of its command. */
export interface LargeArgument {
  /** Where it belongs: the offset in the command's own bytes. */
  at: number;
  /** How many bytes were announced to the server. */
  readonly length: number;
  /** The memory that is written. */
  readonly bytes: Uint8Array;
  /** As it was given. */
  readonly value: RedisArgument;
}

/** A command's own bytes, and its large arguments in their order. */
export interface Segmented {
  readonly bytes: Buffer;
  readonly larges?: readonly LargeArgument[] | undefined;
}

/** No large arguments. */
export const NO_LARGES: readonly LargeArgument[] = [];

let lastText: string | undefined;
let lastBytes: Buffer | undefined;

const forgetText = (): void => {
  lastText = lastBytes = undefined;
};

/**
 * A large text as UTF-8, in memory of exactly its size. A text that is sent many times in one turn is encoded once.
 *
 * @param length its length in UTF-8
 */
export function bytesOfText(text: string, length: number): Buffer {
  if (lastBytes !== undefined && lastText === text) return lastBytes;
  const bytes = Buffer.allocUnsafeSlow(length);
  if (length === text.length) latin1Write(bytes, text, 0, length);
  else utf8Write(bytes, text, 0, length);
  if (lastBytes === undefined) process.nextTick(forgetText);
  lastText = text;
  lastBytes = bytes;
  return bytes;
}

/** Lends large arguments to native code, for the command that will be the one at `index` of the batch. */
export function lend(native: NativeEngine, index: number, larges: readonly LargeArgument[]): void {
  for (let i = 0; i < larges.length; i++) {
    const { at, bytes, length } = larges[i] as LargeArgument;
    native.lend(index, at, bytes, length, i === 0);
  }
}

/** The same with the command's own bytes: none of them are in the batch then. */
export function lendWhole(native: NativeEngine, index: number, own: Buffer, larges: readonly LargeArgument[]): void {
  let from = 0;
  for (const { at, bytes, length } of larges) {
    native.lend(index, 0, own.subarray(from, at), at - from, from === 0);
    native.lend(index, 0, bytes, length, false);
    from = at;
  }
  native.lend(index, 0, own.subarray(from), own.length - from, from === 0);
}

/** The command with empty words in place of its large arguments: for those who look at its keys. All offsets are the same. */
export function withoutLarges({ bytes, larges }: Segmented): Buffer {
  if (larges === undefined || larges.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  // Their lengths, between `$` and the line end, become zeros.
  for (const { at, length } of larges) copy.fill('0', at - 2 - String(length).length, at - 2);
  return copy;
}
