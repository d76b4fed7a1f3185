/** Arguments that are too large to be copied: commands refer to them, and native code writes them from where they are. */
import { LENT_FIRST, LENT_ONCE, type NativeEngine } from './addon';
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

/** Sizes of memory that may be used again are multiples of this. */
const SPARE_STEP = 64 * 1024;

/** A text that is sent so often in one turn is likely to be sent very often. */
const OFTEN = 8;

/** Large texts as UTF-8. One that is sent very often in one turn is held once. */
export class LargeTexts {
  readonly #native: NativeEngine | undefined;
  #last: string | undefined;
  #uses = 0;
  #shared: Buffer | undefined;
  readonly #forget = (): void => {
    this.#last = this.#shared = undefined;
  };

  /** @param native gives memory that was used before, for commands that are sent once */
  constructor(native?: NativeEngine) {
    this.#native = native;
  }

  /** @param length the text's length in UTF-8 */
  encode(value: string, length: number, at: number): LargeArgument {
    if (this.#last === undefined) process.nextTick(this.#forget);
    if (this.#last !== value) {
      this.#last = value;
      this.#uses = 0;
      this.#shared = undefined;
    }
    if (this.#native === undefined || this.#uses++ > OFTEN) {
      this.#shared ??= write(Buffer.allocUnsafeSlow(length), value, length);
      return { at, length, bytes: this.#shared, value, once: false };
    }
    const memory = this.#native.takeSpare(length) ?? Buffer.allocUnsafeSlow(Math.ceil(length / SPARE_STEP) * SPARE_STEP);
    return { at, length, bytes: write(memory, value, length), value, once: true };
  }
}

function write(memory: Buffer, text: string, length: number): Buffer {
  if (length === text.length) latin1Write(memory, text, 0, length);
  else utf8Write(memory, text, 0, length);
  return memory;
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
