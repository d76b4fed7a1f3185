/** Arguments that are too large to copy: commands refer to them, and native code writes them directly from their memory. */
import { isAscii } from 'node:buffer';
import type { NativeEngine } from './addon';
import { LENT_FIRST, LENT_ONCE } from './boundary.generated';
import type { RedisArgument } from './command-parser';
import { latin1Write, utf8Write } from './native-buffer';

/** Arguments of at least this many bytes are not copied. Neither are encoded commands whose own bytes are as long. */
export const LARGE_ARGUMENT = 64 * 1024;

/** An argument that is stored apart from the bytes of its command. */
export interface LargeArgument {
  /** The offset in the command's own bytes where it is inserted. */
  at: number;
  /** The length in bytes that the command's header states. */
  readonly length: number;
  /** The memory that is written. */
  readonly bytes: Uint8Array;
  /** The argument as the caller passed it. */
  readonly value: RedisArgument;
  /** Only this one command uses the memory. */
  readonly once: boolean;
}

/** A command's own bytes, and its large arguments in order. */
export interface Segmented {
  readonly bytes: Buffer;
  readonly larges?: readonly LargeArgument[] | undefined;
}

/** No large arguments. */
export const NO_LARGES: readonly LargeArgument[] = [];

/** Half the size of the smallest L1 data caches, in bytes. */
const ASCII_PIECE = 16 * 1024;

/** Memory for reuse is allocated in multiples of this many bytes. */
const SPARE_STEP = 64 * 1024;

/** A text used more often than this in one tick is encoded once and shared by its further uses. */
const OFTEN = 8;

/**
 * If V8 stores a text with one byte per char, it evaluates this without reading the text (0.1 instead of 150 µs per MB). Other engines
 * search the text, which takes longer than `Buffer.byteLength`.
 */
const BEYOND_LATIN1 = /[^\x00-\xff]/;
const isLatin1 = process.versions.v8 !== undefined && process.versions['bun'] === undefined && typeof isAscii === 'function'
  ? (text: string): boolean => !BEYOND_LATIN1.test(text)
  : (): boolean => false;

/** Encodes large texts as UTF-8. A text that is used often in one tick is encoded once. */
export class LargeTexts {
  readonly #native: NativeEngine | undefined;
  #last: string | undefined;
  #uses = 0;
  #shared: LargeArgument | undefined;
  readonly #forget = (): void => {
    this.#last = this.#shared = undefined;
  };

  /** @param native provides used memory for reuse, for commands that are sent once */
  constructor(native?: NativeEngine) {
    this.#native = native;
  }

  /** Returns the text as an argument, with offset 0. */
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

/** Writes Latin-1 text until a piece is not ASCII. @returns whether all of it is ASCII. Each piece is checked while in the CPU cache. */
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
 * Lends large arguments to native code, for the command that will be at `index` in the batch.
 *
 * @param isSentOnce the command will not be sent again, so that its memory may be reused
 */
export function lend(native: NativeEngine, index: number, larges: readonly LargeArgument[], isSentOnce: boolean): void {
  for (let i = 0; i < larges.length; i++) {
    const { at, bytes, length, once } = larges[i] as LargeArgument;
    native.lend(bytes, length, index, at, (i === 0 ? LENT_FIRST : 0) | (once && isSentOnce ? LENT_ONCE : 0));
  }
}

/** Lends the command's own bytes, too, so that none of them are in the batch. */
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

/** Returns the command with empty words in place of its large arguments, to find its keys. Offsets do not change. */
export function withoutLarges({ bytes, larges }: Segmented): Buffer {
  if (larges === undefined || larges.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  // Replace the digits of their lengths, between `$` and the line end, by zeros.
  for (const { at, length } of larges) copy.fill('0', at - 2 - String(length).length, at - 2);
  return copy;
}
