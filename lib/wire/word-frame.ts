/** Fixed words of a command, encoded once. Their bytes are written four at a time. */

export class WordFrame {
  readonly word: string;
  /** Length of the encoded word in bytes: `$`, the length, the word and both line ends. */
  readonly length: number;
  /** The bytes as little-endian numbers. The last one is padded with zeros, which the next word overwrites. */
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
