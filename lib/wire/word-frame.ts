/** Words that are sent with every call of a command, encoded once: their bytes are written four at a time. */

export class WordFrame {
  readonly word: string;
  /** `$`, the length, the word and the line ends, in bytes. */
  readonly length: number;
  /** The bytes as little-endian numbers; the last one is filled up with zeros, which are written over. */
  readonly numbers: readonly number[];

  constructor(word: string) {
    this.word = word;
    const bytes = Buffer.from(`$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.length = bytes.length;
    const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4);
    bytes.copy(padded);
    this.numbers = Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(i * 4));
  }
}
