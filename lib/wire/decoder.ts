/** Turns tapes (`docs/architecture.md`) into JavaScript values. */
import { latin1Slice, utf8Slice } from './native-buffer';
import { BlobError, SimpleError, type ErrorReply, plainError } from '../errors';
import { readDouble } from './doubles';
import { readMapped, readMappedPairs } from './mapped-values';
import { readObject } from './object-shapes';
import { RESP_TYPES, type TypeMapping } from './resp-types';
import type { Tape } from './tape';
import * as op from './boundary.generated';

// As constants of this file: properties of a module are looked up at every use.
const {
  TYPE_MASK, ASCII, WIDE, PART, PART_START, ARGUMENT, NULL, BOOLEAN, NUMBER, BIG_NUMBER, DOUBLE, SIMPLE_STRING, BLOB_STRING, VERBATIM_STRING,
  SIMPLE_ERROR, BLOB_ERROR, ARRAY, SET, MAP, PUSH, SIMPLE, STRING_ARGUMENT, TEXT, FAILURE, DONE
} = op;

// Called this way, V8 inlines it also in processes where a class extends String.
const { substring } = String.prototype;

const ASCII_BLOB = BLOB_STRING | ASCII;
const ASCII_PART = ASCII_BLOB | PART;
/** An op word without the place of a part, and with no more of it than the window. */
const OP_MASK = (1 << PART_START) - 1;
const WINDOW_MASK = OP_MASK | (-1 << ARGUMENT);
const START_MASK = 0xff;
/**
 * Strings of an aggregate that are no parts of native windows are cut from windows of at most this many bytes. V8 keeps the whole
 * window alive for a string that is not short, so that this is also what one kept string retains, besides 48 bytes of headers.
 */
const WINDOW_BYTES = 176;
/** Windows of so many bytes do for short strings. */
const WIDE_WINDOW_BYTES = 2048;
/** V8 copies shorter substrings. */
const SHORT = 13;
/** Longer strings are no part of a window. */
const WINDOW_TEXT = 80;
/** From this size on, a Buffer out of a block that is given away may take it along. */
const SHARED_BYTES = 4096;
/** Up to this size, a loop copies faster than a native call. */
const LOOPED_BYTES = 32;
/** Pub/sub messages and the like: kept as the bytes that were published. */
const PUSH_MAPPING: TypeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** A cursor over a tape. One is enough for an environment: values are read one after another. */
export class TapeReader implements Tape {
  words: Int32Array = new Int32Array(0);
  /** What offsets refer to. */
  bytes: Buffer = Buffer.alloc(0);
  /**
   * True when `bytes` is given away with the reply at the cursor: one Buffer may take the memory along then. No more than one, and
   * only of the last reply in it, as callers may move the memory of a Buffer to another thread.
   */
  owned = false;
  /** Set when a Buffer has taken the memory of `bytes`. */
  shared = false;
  /** Index of the next word. */
  cursor = 0;
  /** What TEXT ops refer to. */
  text = '';
  /** What STRING_ARGUMENT ops and parts refer to. */
  strings: readonly unknown[] = [];

  private bytesView: DataView = new DataView(new ArrayBuffer(0));
  private viewed: Buffer | undefined = undefined;
  private window = '';
  private windowStart = 0;
  private windowEnd = 0;
  /** Strings from this length on are not cut from the window. All are from a narrow one, and narrow they are after the first such string. */
  private windowBound = SHORT;
  /** Where the reply starts on the tape, and where its text ends in the block (-1: not known yet). */
  private replyCursor = 0;
  private replyEnd = -1;

  /**
   * Reads one value and moves behind it. Errors are returned, not thrown: see `atError`.
   *
   * @param mapping which types become what; undefined for the defaults
   */
  read(mapping?: TypeMapping): unknown {
    const word = this.words[this.cursor];
    switch (word & TYPE_MASK) {
      case STRING_ARGUMENT:
        this.cursor++;
        return mapped(this.strings[word >>> ARGUMENT] as string, word, mapping);
      case TEXT: {
        const start = this.words[this.cursor + 1];
        this.cursor += 3;
        return mapped(substring.call(this.text, start, start + this.words[this.cursor - 1]), word, mapping);
      }
      case BLOB_STRING:
      case SIMPLE_STRING:
        if (mapping === undefined) return this.slice(word);
    }
    this.enter();
    return mapping === undefined ? this.value() : readMapped(this, mapping);
  }

  /**
   * Reads a map, or an array of keys and values (what RESP2 sends for a map), as a map. Anything else is read as it is.
   */
  readFlatMap(mapping?: TypeMapping): unknown {
    const type = this.words[this.cursor] & TYPE_MASK;
    const count = this.words[this.cursor + 1];
    if (type === ARRAY ? count % 2 !== 0 : type !== MAP) return this.read(mapping);
    this.enter();
    this.cursor += 2;
    const pairs = type === MAP ? count : count / 2;
    return mapping === undefined ? readObject(this, pairs, undefined) : readMappedPairs(this, pairs, mapping);
  }

  /** Reads a push: blobs as Buffers. */
  readPush(): unknown[] {
    this.enter();
    return readMapped(this, PUSH_MAPPING) as unknown[];
  }

  /** Whether the next value is an error. */
  atError(): boolean {
    const type = this.words[this.cursor] & TYPE_MASK;
    return type === SIMPLE_ERROR || type === BLOB_ERROR;
  }

  /** Moves behind the next value; returns the offset behind its last text, 0 when it has none. */
  skip(): number {
    const words = this.words;
    let cursor = this.cursor;
    let end = 0;
    for (let remaining = 1; remaining > 0; remaining--) {
      const word = words[cursor];
      if ((word & ~PART & OP_MASK) === ASCII_BLOB) {
        end = words[cursor + 1] + words[cursor + 2];
        cursor += 3;
        continue;
      }
      switch (word & TYPE_MASK) {
        case NULL:
        case DONE:
        case STRING_ARGUMENT:
          cursor += 1;
          break;
        case BOOLEAN:
        case FAILURE:
          cursor += 2;
          break;
        case ARRAY:
        case SET:
        case PUSH:
          remaining += words[cursor + 1];
          cursor += 2;
          break;
        case MAP:
          remaining += words[cursor + 1] * 2;
          cursor += 2;
          break;
        case NUMBER:
          cursor += (word & WIDE) === 0 ? 2 : 3;
          break;
        case TEXT:
          cursor += 3;
          break;
        default:
          end = words[cursor + 1] + words[cursor + 2];
          cursor += 3;
      }
    }
    this.cursor = cursor;
    return end;
  }

  /** @internal `bytes` as words at any offset. */
  view(): DataView {
    const { bytes } = this;
    if (this.viewed !== bytes) {
      this.viewed = bytes;
      this.bytesView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.bytesView;
  }

  /** @internal The next value inside an aggregate, with the default mapping. */
  value(): unknown {
    const { words, cursor } = this;
    const word = words[cursor];
    switch (word & TYPE_MASK) {
      case BLOB_STRING:
      case SIMPLE_STRING:
        return this.string(word);
      case NUMBER:
        return this.number(word);
      case NULL:
        this.cursor = cursor + 1;
        return null;
      case ARRAY:
      case SET:
      case PUSH:
        this.cursor = cursor + 2;
        return this.array(words[cursor + 1]);
      case MAP:
        this.cursor = cursor + 2;
        return readObject(this, words[cursor + 1], undefined);
      default:
        return this.rareValue(word);
    }
  }

  /** @internal The next value inside an aggregate. */
  valueUnder(mapping: TypeMapping | undefined): unknown {
    return mapping === undefined ? this.value() : readMapped(this, mapping);
  }

  /** @internal The values of the next `count` keys and values. */
  fields(count: number, mapping: TypeMapping | undefined): unknown[] {
    const values = new Array<unknown>(count);
    if (mapping !== undefined) {
      for (let i = 0; i < count; i++) {
        this.cursor += 3;
        values[i] = readMapped(this, mapping);
      }
      return values;
    }
    // What `string` does, without its fields.
    const { words, strings } = this;
    let { cursor, window, windowStart, windowEnd, windowBound } = this;
    for (let i = 0; i < count; i++) {
      cursor += 3;
      const word = words[cursor];
      if ((word & OP_MASK) === ASCII_PART) {
        const at = (word >> PART_START) & START_MASK;
        values[i] = substring.call(strings[word >>> ARGUMENT] as string, at, at + words[cursor + 2]);
        cursor += 3;
        continue;
      }
      if (word !== ASCII_BLOB) {
        this.cursor = cursor;
        values[i] = this.value();
        cursor = this.cursor;
        continue;
      }
      const start = words[cursor + 1];
      const length = words[cursor + 2];
      cursor += 3;
      if (start + length <= windowEnd && start >= windowStart && length < windowBound) {
        values[i] = substring.call(window, start - windowStart, start - windowStart + length);
        continue;
      }
      values[i] = this.stringOutside(start, start + length);
      ({ window, windowStart, windowEnd, windowBound } = this);
    }
    this.cursor = cursor;
    return values;
  }

  /** @internal What is neither string, number, null nor aggregate; the same under every mapping that does not name its type. */
  rareValue(word: number): unknown {
    const start = this.words[this.cursor + 1];
    const length = this.words[this.cursor + 2];
    switch (word & TYPE_MASK) {
      case DOUBLE:
        this.cursor += 3;
        return readDouble(this.bytes, start, length);
      case BOOLEAN:
        this.cursor += 2;
        return start === 1;
      case BIG_NUMBER:
        return bigNumber(this.slice(word));
      case VERBATIM_STRING:
        return this.slice(word).substring(4);
      case SIMPLE_ERROR:
        return withoutFrames(SimpleError, this.slice(word));
      case BLOB_ERROR:
        return withoutFrames(BlobError, this.slice(word));
      default:
        throw plainError(`Unknown word ${word} at ${this.cursor} of the tape`, 'OXREDIS_INTERNAL');
    }
  }

  /** @internal The number at the cursor. */
  number(word: number): number {
    if ((word & WIDE) !== 0) return Number(this.slice(word));
    this.cursor += 2;
    return this.words[this.cursor - 1];
  }

  /** @internal The text at the cursor as a string of its own. */
  slice(word: number): string {
    const start = this.words[this.cursor + 1];
    const end = start + this.words[this.cursor + 2];
    this.cursor += 3;
    return (word & ASCII) !== 0 ? latin1Slice(this.bytes, start, end) : utf8Slice(this.bytes, start, end);
  }

  /** @internal The text at the cursor, inside an aggregate: a part of a window where that is cheaper. */
  string(word: number): string {
    const start = this.words[this.cursor + 1];
    const end = start + this.words[this.cursor + 2];
    this.cursor += 3;
    if ((word & PART) !== 0) {
      const at = (word >> PART_START) & START_MASK;
      return substring.call(this.strings[word >>> ARGUMENT] as string, at, at + end - start);
    }
    if ((word & ASCII) === 0) return utf8Slice(this.bytes, start, end);
    if (end > this.windowEnd || start < this.windowStart || end - start >= this.windowBound) return this.stringOutside(start, end);
    return substring.call(this.window, start - this.windowStart, end - this.windowStart);
  }

  /** @internal The text at the cursor as bytes, without its first `skipped`. */
  buffer(skipped = 0): Buffer {
    const start = this.words[this.cursor + 1] + skipped;
    const length = this.words[this.cursor + 2] - skipped;
    this.cursor += 3;
    if (this.owned && length >= SHARED_BYTES && length * 4 >= this.bytes.length) {
      this.shared = true;
      this.owned = false;
      return this.bytes.subarray(start, start + length);
    }
    const { bytes } = this;
    const copy = Buffer.allocUnsafe(length);
    if (length > LOOPED_BYTES) bytes.copy(copy, 0, start, start + length);
    else for (let i = 0; i < length; i++) copy[i] = bytes[start + i];
    return copy;
  }

  private array(count: number): unknown[] {
    const result = new Array<unknown>(count);
    const words = this.words;
    for (let i = 0; i < count;) {
      const word = words[this.cursor];
      if ((word & OP_MASK) === ASCII_PART) i = this.parts(result, i, count);
      else if (word === ASCII_BLOB) i = this.run(result, i, count);
      else result[i++] = this.value();
    }
    return result;
  }

  /** Elements from `from` on as long as they are parts. Returns the index behind them. */
  private parts(result: unknown[], from: number, count: number): number {
    const { words, strings } = this;
    let { cursor } = this;
    let i = from;
    let word = words[cursor];
    do {
      const window = strings[word >>> ARGUMENT] as string;
      const head = word & WINDOW_MASK;
      do {
        const at = (word >> PART_START) & START_MASK;
        result[i++] = substring.call(window, at, at + words[cursor + 2]);
        cursor += 3;
        // Behind the last one the tape may be over.
        if (i === count) break;
        word = words[cursor];
      } while ((word & WINDOW_MASK) === head);
    } while (i < count && (word & OP_MASK) === ASCII_PART);
    this.cursor = cursor;
    return i;
  }

  /** Elements from `from` on as long as they are texts: what `string` does, without its fields. Returns the index behind them. */
  private run(result: unknown[], from: number, count: number): number {
    const { words, bytes } = this;
    let { cursor } = this;
    let i = from;
    do {
      const start = words[cursor + 1];
      const length = words[cursor + 2];
      if (length > WINDOW_TEXT) {
        result[i++] = latin1Slice(bytes, start, start + length);
        cursor += 3;
        continue;
      }
      if (this.replyEnd === -1) this.replyEnd = this.endOfReply(start + length);
      const bound = length < SHORT ? SHORT : Infinity;
      let end = start + length;
      const most = start + (length < SHORT ? WIDE_WINDOW_BYTES : WINDOW_BYTES);
      const windowEnd = Math.max(end, Math.min(most, this.replyEnd));
      const window = latin1Slice(bytes, start, windowEnd);
      do {
        result[i++] = substring.call(window, words[cursor + 1] - start, end - start);
        cursor += 3;
        if (i === count || words[cursor] !== ASCII_BLOB || words[cursor + 2] >= bound) break;
        end = words[cursor + 1] + words[cursor + 2];
      } while (end <= windowEnd);
    } while (i < count && words[cursor] === ASCII_BLOB);
    this.cursor = cursor;
    return i;
  }

  /** A new reply: windows of the last one are over, as its bytes may have been overwritten. */
  private enter(): void {
    this.windowStart = 0;
    this.windowEnd = 0;
    this.windowBound = SHORT;
    this.window = '';
    this.replyCursor = this.cursor;
    this.replyEnd = -1;
  }

  private stringOutside(start: number, end: number): string {
    if (end - start > WINDOW_TEXT) return latin1Slice(this.bytes, start, end);
    if (end - start >= SHORT) this.windowBound = Infinity;
    if (this.replyEnd === -1) this.replyEnd = this.endOfReply(end);
    const windowEnd = Math.min(start + (this.windowBound === SHORT ? WIDE_WINDOW_BYTES : WINDOW_BYTES), this.replyEnd);
    const window = latin1Slice(this.bytes, start, Math.max(windowEnd, end));
    if (windowEnd <= end) return window;
    this.window = window;
    this.windowStart = start;
    this.windowEnd = windowEnd;
    return substring.call(window, 0, end - start);
  }

  /** Where the text of the reply ends, at least `end`. It only decides how much a window takes, so that it may be a guess. */
  private endOfReply(end: number): number {
    const { words, cursor, replyCursor } = this;
    const count = words[replyCursor + 1] * ((words[replyCursor] & TYPE_MASK) === MAP ? 2 : 1);
    const last = replyCursor + 3 * count - 1;
    // When all elements are texts, the last one is here.
    if (last + 2 < words.length && (words[last] & TYPE_MASK) === BLOB_STRING) {
      const guess = words[last + 1] + words[last + 2];
      if (guess >= end && guess <= this.bytes.length) return guess;
    }
    this.cursor = replyCursor;
    const exact = this.skip();
    this.cursor = cursor;
    return exact;
  }
}

/** What came as a string is wanted as bytes only when the request was not marked so: the text is the same. */
function mapped(text: string, word: number, mapping: TypeMapping | undefined): string | Buffer {
  if (mapping === undefined) return text;
  return mapping[(word & SIMPLE) !== 0 ? SIMPLE_STRING : BLOB_STRING] === Buffer ? Buffer.from(text) : text;
}

function bigNumber(text: string): bigint {
  return BigInt(text.charCodeAt(0) === 43 ? text.substring(1) : text);
}

/** Frames of the decoder would tell nobody anything, and collecting them costs more than the rest of a reply. */
function withoutFrames(errorClass: new (message: string) => ErrorReply, message: string): ErrorReply {
  const limit = Error.stackTraceLimit;
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return new errorClass(message);
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}
