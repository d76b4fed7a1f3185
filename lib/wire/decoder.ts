/** Turns tapes (parsed replies, see `docs/architecture.md`) into JavaScript values. */
import { latin1Slice, utf8Slice } from './native-buffer';
import { BlobError, SimpleError, type ErrorReply, plainError } from '../errors';
import { readDouble } from './doubles';
import { readMapped, readMappedPairs } from './mapped-values';
import { readObject } from './object-shapes';
import { RESP_TYPES, type TypeMapping } from './resp-types';
import type { Tape } from './tape';
import * as op from './boundary.generated';

// Copied to constants, since a property of a module object is looked up at every use.
const {
  TYPE_MASK, ASCII, WIDE, PART, PART_START, ARGUMENT, NULL, BOOLEAN, NUMBER, BIG_NUMBER, DOUBLE, SIMPLE_STRING, BLOB_STRING, VERBATIM_STRING,
  SIMPLE_ERROR, BLOB_ERROR, ARRAY, SET, MAP, PUSH, SIMPLE, STRING_ARGUMENT, TEXT, FAILURE, DONE
} = op;

// Called this way, V8 inlines it also in processes where a class extends String.
const { substring } = String.prototype;

const ASCII_BLOB = BLOB_STRING | ASCII;
const ASCII_PART = ASCII_BLOB | PART;
/** `OP_MASK` selects the op of a word without the position of a part; `WINDOW_MASK` adds the number of the window. */
const OP_MASK = (1 << PART_START) - 1;
const WINDOW_MASK = OP_MASK | (-1 << ARGUMENT);
const START_MASK = 0xff;
/**
 * Most bytes of a window: several adjacent strings of an aggregate are decoded as one string (the window) and cut from it. A substring
 * keeps its whole window alive in V8, so this is also the most that one kept string retains, besides 48 bytes of headers.
 */
const WINDOW_BYTES = 176;
/** Most bytes of a window for strings shorter than `SHORT`, which do not keep it alive. */
const WIDE_WINDOW_BYTES = 2048;
/** V8 copies substrings that are shorter than this. */
const SHORT = 13;
/** Longer strings are decoded on their own, not cut from a window. */
const WINDOW_TEXT = 80;
/** From this size on, a Buffer may be a view of the reply's block (see `owned`) instead of a copy. */
const SHARED_BYTES = 4096;
/** Up to this size, a loop copies faster than a native call. */
const LOOPED_BYTES = 32;
/** For pushes such as pub/sub messages: their strings are read as Buffers. */
const PUSH_MAPPING: TypeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** A cursor over a tape. Values are read one after another, so one reader per environment is enough. */
export class TapeReader implements Tape {
  words: Int32Array = new Int32Array(0);
  /** The bytes that the offsets of the tape refer to. */
  bytes: Buffer = Buffer.alloc(0);
  /**
   * True when a Buffer of the reply at the cursor may be a view of `bytes` instead of a copy. Only one Buffer may, and only in the
   * last reply of the block, since callers may transfer the memory of a Buffer to another thread.
   */
  owned = false;
  /** Set when a Buffer is a view of `bytes`. */
  shared = false;
  /** Index of the next word. */
  cursor = 0;
  /** The string that TEXT ops refer to. */
  text = '';
  /** The strings that STRING_ARGUMENT ops and parts refer to. */
  strings: readonly unknown[] = [];

  private bytesView: DataView = new DataView(new ArrayBuffer(0));
  private viewed: Buffer | undefined = undefined;
  private window = '';
  private windowStart = 0;
  private windowEnd = 0;
  /** Strings of this length or more are not cut from the current window: `SHORT` for a wide window, unlimited for a narrow one. */
  private windowBound = SHORT;
  /** Where the reply starts on the tape, and where its text ends in `bytes` (-1: not known yet). */
  private replyCursor = 0;
  private replyEnd = -1;

  /**
   * Reads one value and moves past it. Error replies are returned, not thrown: see `atError`.
   *
   * @param mapping the caller's type mapping; undefined for the defaults
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

  /** Reads a push; its blob strings become Buffers. */
  readPush(): unknown[] {
    this.enter();
    return readMapped(this, PUSH_MAPPING) as unknown[];
  }

  /** Whether the next value is an error. */
  atError(): boolean {
    const type = this.words[this.cursor] & TYPE_MASK;
    return type === SIMPLE_ERROR || type === BLOB_ERROR;
  }

  /** Moves past the next value; returns the offset after its last text, 0 when it has none. */
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

  /** @internal A view of `bytes` that reads 32-bit words at any offset. */
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
    // The same as `string`, but with local variables instead of fields.
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

  /** @internal Reads a value other than string, number, null or aggregate, with its default type. */
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

  /** @internal The text at the cursor as a separate string. */
  slice(word: number): string {
    const start = this.words[this.cursor + 1];
    const end = start + this.words[this.cursor + 2];
    this.cursor += 3;
    return (word & ASCII) !== 0 ? latin1Slice(this.bytes, start, end) : utf8Slice(this.bytes, start, end);
  }

  /** @internal The text at the cursor, inside an aggregate: cut from a window where that is cheaper. */
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

  /** @internal The text at the cursor as bytes, without its first `skipped` bytes. */
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

  /** Reads elements from index `from` on while they are parts of windows. Returns the index after them. */
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
        // The tape may end after the last element.
        if (i === count) break;
        word = words[cursor];
      } while ((word & WINDOW_MASK) === head);
    } while (i < count && (word & OP_MASK) === ASCII_PART);
    this.cursor = cursor;
    return i;
  }

  /** Reads elements from index `from` on while they are ASCII blobs: `string` with local variables. Returns the index after them. */
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

  /** Starts a new reply. The window of the last one is invalid, as its bytes may have been overwritten. */
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

  /** Where the text of the reply ends, at least `end`. It may be a guess, since it only limits the size of a window. */
  private endOfReply(end: number): number {
    const { words, cursor, replyCursor } = this;
    const count = words[replyCursor + 1] * ((words[replyCursor] & TYPE_MASK) === MAP ? 2 : 1);
    const last = replyCursor + 3 * count - 1;
    // If all elements are texts, this is where the last one lies on the tape.
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

/** Applies the mapping to a reply that native code made a string. With a Buffer mapping this happens only without `FLAG_BYTES`. */
function mapped(text: string, word: number, mapping: TypeMapping | undefined): string | Buffer {
  if (mapping === undefined) return text;
  return mapping[(word & SIMPLE) !== 0 ? SIMPLE_STRING : BLOB_STRING] === Buffer ? Buffer.from(text) : text;
}

function bigNumber(text: string): bigint {
  return BigInt(text.charCodeAt(0) === 43 ? text.substring(1) : text);
}

/** Creates an error without stack frames: those of the decoder do not help users, and capturing them is expensive. */
function withoutFrames(errorClass: new (message: string) => ErrorReply, message: string): ErrorReply {
  const limit = Error.stackTraceLimit;
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return new errorClass(message);
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}
