/** Tapes for tests: RESP bytes in, the words of `docs/architecture.md` out. The obvious parser; the real one is written in Rust. */
import { TapeReader } from '../../../lib/wire/decoder';
import * as op from '../../../lib/wire/boundary.generated';

export interface Tape {
  words: number[];
  bytes: Buffer;
  /** What came with the call. */
  strings?: string[];
}

/** Parses every value in `bytes`, which have to be complete. */
export function tapeOf(resp: Buffer | string, before = 0): Tape {
  const input = Buffer.isBuffer(resp) ? resp : Buffer.from(resp, 'latin1');
  const bytes = Buffer.concat([Buffer.alloc(before, 0xaa), input]);
  const words: number[] = [];
  let position = before;
  while (position < bytes.length) position = parse(bytes, position, words);
  return { words, bytes };
}

export function readerOf(tape: Tape): TapeReader {
  const reader = new TapeReader();
  reader.words = Int32Array.from(tape.words);
  reader.bytes = tape.bytes;
  reader.strings = tape.strings ?? [];
  return reader;
}

/** Bytes of a window: more than native code puts into one, less than fit. */
const WINDOW = 250;

/** The same with texts of ASCII in windows. @param isPart which of them, by their number and length; those of no aggregate never are */
export function withParts(tape: Tape, isPart: (index: number, length: number) => boolean): Tape {
  const words = [...tape.words];
  // Not empty, as other strings come with a call, too.
  const strings = ['a string of its own', ''];
  let index = 0;
  for (let at = isAggregate(words[0]) ? 2 : words.length; at < words.length;) {
    const word = words[at];
    const [start, length] = [words[at + 1], words[at + 2]];
    if (word === (op.BLOB_STRING | op.ASCII) && length <= 100 && isPart(index++, length)) {
      if (strings[strings.length - 1].length + length > WINDOW) strings.push('');
      const window = strings.length - 1;
      words[at] = word | op.PART | strings[window].length << op.PART_START | window << op.ARGUMENT;
      strings[window] += tape.bytes.toString('latin1', start, start + length);
    }
    at += widthOf(word);
  }
  return { words, bytes: tape.bytes, strings };
}

function isAggregate(word: number): boolean {
  return [op.ARRAY, op.SET, op.MAP, op.PUSH].includes(word & op.TYPE_MASK);
}

function widthOf(word: number): number {
  if ((word & op.TYPE_MASK) === op.NULL) return 1;
  const isShort = isAggregate(word) || (word & op.TYPE_MASK) === op.BOOLEAN || ((word & op.TYPE_MASK) === op.NUMBER && (word & op.WIDE) === 0);
  return isShort ? 2 : 3;
}

function parse(bytes: Buffer, position: number, words: number[]): number {
  const type = bytes[position];
  const end = bytes.indexOf('\r\n', position);
  const line = bytes.toString('latin1', position + 1, end);
  const next = end + 2;
  switch (type) {
    case op.NULL:
      words.push(op.NULL);
      return next;
    case op.BOOLEAN:
      words.push(op.BOOLEAN, line === 't' ? 1 : 0);
      return next;
    case op.NUMBER: {
      const value = Number(line) | 0;
      if (String(value) === line) words.push(op.NUMBER, value);
      else words.push(op.NUMBER | op.WIDE, position + 1, line.length);
      return next;
    }
    case op.ARRAY:
    case op.SET:
    case op.PUSH:
    case op.MAP:
      return parseItems(type, Number(line), bytes, next, words);
    case op.BLOB_STRING:
    case op.VERBATIM_STRING:
    case op.BLOB_ERROR:
      if (line === '-1') {
        words.push(op.NULL);
        return next;
      }
      pushText(type, bytes, next, Number(line), words);
      return next + Number(line) + 2;
    default:
      pushText(type, bytes, position + 1, line.length, words);
      return next;
  }
}

function parseItems(type: number, count: number, bytes: Buffer, start: number, words: number[]): number {
  if (count < 0) {
    words.push(op.NULL);
    return start;
  }
  words.push(type, count);
  let position = start;
  for (let i = 0; i < (type === op.MAP ? count * 2 : count); i++) position = parse(bytes, position, words);
  return position;
}

function pushText(type: number, bytes: Buffer, start: number, length: number, words: number[]): void {
  const ascii = bytes.subarray(start, start + length).every((byte) => byte < 0x80);
  words.push(ascii ? type | op.ASCII : type, start, length);
}
