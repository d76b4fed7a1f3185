/** The interface through which other modules read parts of a tape; implemented by `TapeReader`. */
import type { TypeMapping } from './resp-types';

export interface Tape {
  readonly words: Int32Array;
  /** The bytes that offsets refer to. */
  readonly bytes: Buffer;
  /** Index of the next word. */
  cursor: number;
  /** The text at the cursor, inside an aggregate. @param word the op word at the cursor */
  string(word: number): string;
  /** The text at the cursor as bytes, without its first `skipped` bytes. */
  buffer(skipped?: number): Buffer;
  /** The number at the cursor. */
  number(word: number): number;
  /** The text at the cursor as a separate string. */
  slice(word: number): string;
  /** Reads a value other than string, number, null or aggregate, with its default type. */
  rareValue(word: number): unknown;
  /** Moves past the next value; returns the offset after its last text, 0 when it has none. */
  skip(): number;
  /** A view of `bytes` that reads 32-bit words at any offset. */
  view(): DataView;
  /** The values of the next `count` keys and values. */
  fields(count: number, mapping: TypeMapping | undefined): unknown[];
  /** The next value inside an aggregate. */
  valueUnder(mapping: TypeMapping | undefined): unknown;
}
