/** A tape as those see it who read parts of it: implemented by the reader. */
import type { TypeMapping } from './resp-types';

export interface Tape {
  readonly words: Int32Array;
  /** What offsets refer to. */
  readonly bytes: Buffer;
  /** Index of the next word. */
  cursor: number;
  /** The text at the cursor, inside an aggregate. @param word its op */
  string(word: number): string;
  /** The text at the cursor as bytes, without its first `skipped`. */
  buffer(skipped?: number): Buffer;
  /** The number at the cursor. */
  number(word: number): number;
  /** The text at the cursor as a string of its own. */
  slice(word: number): string;
  /** What is neither string, number, null nor aggregate; the same under every mapping that does not name its type. */
  rareValue(word: number): unknown;
  /** Moves behind the next value; returns the offset behind its last text, 0 when it has none. */
  skip(): number;
  /** The bytes that offsets refer to, as words at any offset. */
  view(): DataView;
  /** The values of the next `count` keys and values. */
  fields(count: number, mapping: TypeMapping | undefined): unknown[];
  /** The next value inside an aggregate. */
  valueUnder(mapping: TypeMapping | undefined): unknown;
}
