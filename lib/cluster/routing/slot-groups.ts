/** Splits the arguments of a command into groups, and the groups by the slots of their keys. It works on the encoded bytes. */
import type { CommandEncoder } from '../../wire/encoder';
import { firstWordAt, lengthOfWord, textAt } from '../../wire/encoded-words';
import { HASH_SLOTS, slotOfBytes } from '../../wire/hash-slot';
import { NO_LARGES, type LargeArgument } from '../../wire/large-arguments';

const CARRIAGE_RETURN = 13;
const ZERO = 48;
const LINE_END = 2;
const NONE = -1;
/** Room for this many groups and bytes is kept between commands. */
const KEPT_GROUPS = 4096;
const KEPT_BYTES = 64 * 1024;

/**
 * The groups of one command. A group is a key with the arguments that belong to it, such as key and value of MSET. The groups of one
 * slot are linked in the order of the command.
 */
export class SlotGroups {
  /** A copy of the command's own bytes, at its start. */
  source = Buffer.allocUnsafeSlow(KEPT_BYTES);
  larges: readonly LargeArgument[] = NO_LARGES;
  count = 0;
  /** Number of different slots. */
  slots = 0;
  /** Where the command name begins. */
  nameAt = 0;
  /** Where each group begins; behind the last one, where the command ends. */
  at = new Int32Array(KEPT_GROUPS + 1);
  slot = new Int32Array(KEPT_GROUPS);
  /** The next group of the same slot; -1 after the last one. */
  next = new Int32Array(KEPT_GROUPS);
  /** Whether the group is the first one of its slot. */
  isFirst = new Uint8Array(KEPT_GROUPS);
  /** The last group of each slot; -1 without one. Only groups of the current command have left something in it. */
  readonly #last = new Int32Array(HASH_SLOTS).fill(NONE);

  /**
   * Reads the ended command in an encoder.
   *
   * @param words number of words before the first key
   * @param step number of arguments of a group
   * @returns false if the arguments do not come out even
   */
  read({ buffer, start, position, argc, larges }: CommandEncoder, words: number, step: number): boolean {
    const count = (argc - words) / step;
    if (!Number.isInteger(count) || count < 1) return false;
    const length = position - start;
    this.#makeRoom(count, length);
    buffer.copy(this.source, 0, start, position);
    this.larges = larges;
    this.count = count;
    this.nameAt = firstWordAt(this.source, 0);
    this.#group(words, step);
    return true;
  }

  #group(words: number, step: number): void {
    const { source, at: starts, slot: slots, next, isFirst, count } = this;
    const last = this.#last;
    const hasLarges = this.larges.length > 0;
    let at = this.nameAt;
    for (let i = 0; i < words; i++) at = this.#endOfWord(at);
    let different = 0;
    for (let group = 0; group < count; group++) {
      starts[group] = at;
      let length = 0;
      for (at++; source[at] !== CARRIAGE_RETURN; at++) length = length * 10 + (source[at] as number) - ZERO;
      at += LINE_END;
      const isLarge = hasLarges && this.#isLarge(at);
      const slot = isLarge ? this.#slotOfLarge(at) : slotOfBytes(source, at, at + length);
      at += isLarge ? LINE_END : length + LINE_END;
      slots[group] = slot;
      next[group] = NONE;
      const before = last[slot] as number;
      if (before === NONE) different++;
      else next[before] = group;
      isFirst[group] = before === NONE ? 1 : 0;
      last[slot] = group;
      for (let i = 1; i < step; i++) at = this.#endOfWord(at);
    }
    starts[count] = at;
    this.slots = different;
    for (let group = 0; group < count; group++) last[slots[group] as number] = NONE;
  }

  #endOfWord(at: number): number {
    const text = textAt(this.source, at);
    return (this.#isLarge(text) ? text : text + lengthOfWord(this.source, at)) + LINE_END;
  }

  #isLarge(text: number): boolean {
    return this.larges.length > 0 && this.larges.some((large) => large.at === text);
  }

  #slotOfLarge(text: number): number {
    const { bytes, length } = this.larges.find((large) => large.at === text) as LargeArgument;
    return slotOfBytes(bytes, 0, length);
  }

  #makeRoom(count: number, length: number): void {
    if (this.source.length < length) this.source = Buffer.allocUnsafeSlow(length);
    if (this.slot.length >= count) return;
    this.at = new Int32Array(count + 1);
    this.slot = new Int32Array(count);
    this.next = new Int32Array(count);
    this.isFirst = new Uint8Array(count);
  }

  /** Whether it is too large to be kept for the next command. */
  get isLarge(): boolean {
    return this.slot.length > KEPT_GROUPS || this.source.length > KEPT_BYTES;
  }
}
