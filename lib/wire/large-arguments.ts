/** Arguments that are too large to be copied: commands refer to them, and native code writes them from where they are. */
import { isAscii } from 'node:buffer';
import type { NativeEngine } from './addon';
import { LENT_FIRST, LENT_ONCE } from './boundary.generated';
import type { RedisArgument } from './command-parser';
import { latin1Write, utf8Write } from './native-buffer';

/** Arguments of at least this many bytes are not copied, nor are commands that are as long without them. */
export const LARGE_ARGUMENT = 64 * 1024;

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
  /** The memory is for this one command. */
  readonly once: boolean;
}

/** A command's own bytes, and its large arguments in their order. */
export interface Segmented {
  readonly bytes: Buffer;
  readonly larges?: readonly LargeArgument[] | undefined;
}

/** No large arguments. */
export const NO_LARGES: readonly LargeArgument[] = [];

/** Half of what the smallest caches of the first level hold. */
const ASCII_PIECE = 16 * 1024;

/** Sizes of memory that may be used again are multiples of this. */
const SPARE_STEP = 64 * 1024;

/** A text that is sent so often in one turn is likely to be sent very often. */
const OFTEN = 8;

/**
 * Where V8 holds a text as one byte per char, it answers this without looking at the text (0.1 instead of 150 µs per MB). Other engines
 * search the text, which takes longer than `Buffer.byteLength`.
 */
const BEYOND_LATIN1 = /[^\x00-\xff]/;
const isLatin1 = process.versions.v8 !== undefined && process.versions['bun'] === undefined && typeof isAscii === 'function'
  ? (text: string): boolean => !BEYOND_LATIN1.test(text)
  : (): boolean => false;

/** Large texts as UTF-8. One that is sent very often in one turn is held once. */
export class LargeTexts {
  readonly #native: NativeEngine | undefined;
  #last: string | undefined;
  #uses = 0;
  #shared: LargeArgument | undefined;
  readonly #forget = (): void => {
    this.#last = this.#shared = undefined;
  };

  /** @param native gives memory that was used before, for commands that are sent once */
  constructor(native?: NativeEngine) {
    this.#native = native;
  }

  /** The text as an argument, at offset 0. */
  encode(value: string): LargeArgument {
    if (this.#last === undefined) process.nextTick(this.#forget);
    if (this.#last !== value) {
      this.#last = value;
      this.#uses = 0;
      this.#shared = undefined;
    }
    if (this.#native !== undefined && this.#uses++ <= OFTEN) return toUtf8(value, (size) => this.#memory(size), true);
    this.#shared ??= toUtf8(value, (size) => Buffer.allocUnsafeSlow(size), false);
    return { ...this.#shared };
  }

  #memory(size: number): Buffer {
    return this.#native?.takeSpare(size) ?? Buffer.allocUnsafeSlow(Math.ceil(size / SPARE_STEP) * SPARE_STEP);
  }
}

/** Writes text that is Latin-1 up to where it is no ASCII; says whether all of it is. Each piece is checked while it is in the cache. */
function writeAscii(bytes: Buffer, text: string): boolean {
  for (let start = 0; start < text.length; start += ASCII_PIECE) {
    const length = Math.min(ASCII_PIECE, text.length - start);
    latin1Write(bytes, text.substring(start, start + length), start, length);
    if (!isAscii(bytes.subarray(start, start + length))) return false;
  }
  return true;
}

function toUtf8(value: string, allocate: (size: number) => Buffer, once: boolean): LargeArgument {
  const size = value.length;
  let bytes: Buffer | undefined;
  if (isLatin1(value)) {
    bytes = allocate(size);
    if (writeAscii(bytes, value)) return { at: 0, length: size, bytes, value, once };
  }
  const length = Buffer.byteLength(value);
  if (bytes === undefined || bytes.length < length) bytes = allocate(length);
  if (length === size) latin1Write(bytes, value, 0, length);
  else utf8Write(bytes, value, 0, length);
  return { at: 0, length, bytes, value, once };
}

/**
 * Lends large arguments to native code, for the command that will be the one at `index` of the batch.
 *
 * @param isSentOnce nobody sends the command again
 */
export function lend(native: NativeEngine, index: number, larges: readonly LargeArgument[], isSentOnce: boolean): void {
  for (let i = 0; i < larges.length; i++) {
    const { at, bytes, length, once } = larges[i] as LargeArgument;
    native.lend(bytes, length, index, at, (i === 0 ? LENT_FIRST : 0) | (once && isSentOnce ? LENT_ONCE : 0));
  }
}

/** The same with the command's own bytes: none of them are in the batch then. */
export function lendWhole(
  native: NativeEngine, index: number, own: Buffer, larges: readonly LargeArgument[], isSentOnce: boolean,
): void {
  let from = 0;
  for (const { at, bytes, length, once } of larges) {
    native.lend(own.subarray(from, at), at - from, index, 0, from === 0 ? LENT_FIRST : 0);
    native.lend(bytes, length, index, 0, once && isSentOnce ? LENT_ONCE : 0);
    from = at;
  }
  native.lend(own.subarray(from), own.length - from, index, 0, from === 0 ? LENT_FIRST : 0);
}

/** The command with empty words in place of its large arguments: for those who look at its keys. All offsets are the same. */
export function withoutLarges({ bytes, larges }: Segmented): Buffer {
  if (larges === undefined || larges.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  // Their lengths, between `$` and the line end, become zeros.
  for (const { at, length } of larges) copy.fill('0', at - 2 - String(length).length, at - 2);
  return copy;
}
