/** Looks reads up in the engine's caches, synchronously and without copying the command. */
import type { NativeEngine } from './addon';
import * as boundary from './boundary.generated';
import { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import { withoutLarges } from './large-arguments';
import type { PendingTable } from './pending';
import type { TypeMapping } from './resp-types';

export { ANSWER_LOADING, ANSWER_MISS, ANSWER_REPLY } from './boundary.generated';

// Copied to constants, since a property of a module object is looked up at every use.
const {
  ANSWER_FIRST, ANSWER_KIND, ANSWER_NEEDS_MEMORY, ANSWER_SECOND, QUESTION_AS_TEXT, QUESTION_CACHE, QUESTION_DATABASE, QUESTION_KEY_AT,
  QUESTION_KEY_COUNT, QUESTION_LENGTH, QUESTION_TICKET, QUESTION_START, QUESTION_TTL,
} = boundary;

const NO_TICKET = -1;
const FIRST_BYTES = 64 * 1024;
const FIRST_WORDS = 4 * 1024;

/** The parameters of a look-up besides the command. Many reads share one object, so that its fields are written to the memory only once. */
export interface CacheQuestion {
  /** The number of the cache. */
  readonly cache: number;
  readonly database: number;
  /** How long a loaded reply is kept, in ms; -1 for the setting of the cache. */
  readonly ttl: number;
  /** A short string may be returned directly as a JS string. */
  readonly asText: boolean;
}

/** The cache look-up of one environment. */
export class CachedReads {
  readonly #native: NativeEngine;
  readonly #control: Int32Array;
  readonly #pending: PendingTable;
  readonly #out: Buffer;
  readonly #write: () => void;
  readonly #find: () => string | undefined;
  readonly #reader = new TapeReader();
  /** The question that is in the control memory now. */
  #asked: CacheQuestion | undefined;

  constructor(native: NativeEngine, control: Int32Array, out: Buffer, pending: PendingTable) {
    this.#native = native;
    this.#control = control;
    this.#out = out;
    this.#pending = pending;
    this.#find = native.cacheFinder();
    this.#write = native.cacheWriter();
    if (pending.reserved < 0) pending.reserve();
    this.#setMemory(FIRST_BYTES, FIRST_WORDS);
  }

  /**
   * Looks up the reply of the command in the encoder.
   *
   * @param length the result of `encoder.end()`
   * @param keys number of adjacent keys in the command
   * @param loads on a miss, the caller sends the read next, as a load (`FLAG_CACHE`)
   * @returns the reply, if it is a short string and `question.asText` is set; otherwise see `answer`
   */
  find(encoder: CommandEncoder, length: number, keys: number, question: CacheQuestion, loads = true): string | undefined {
    const control = this.#control;
    if (question !== this.#asked) this.#ask(question);
    control[QUESTION_START] = encoder.start;
    control[QUESTION_LENGTH] = length;
    control[QUESTION_KEY_AT] = encoder.keyAt;
    control[QUESTION_KEY_COUNT] = keys;
    control[QUESTION_TICKET] = loads ? this.#pending.reserved : NO_TICKET;
    return this.#find();
  }

  /** The kind of the last answer that was not a string: one of `ANSWER_…`, never `ANSWER_NEEDS_MEMORY`. */
  get answer(): number {
    const control = this.#control;
    if (control[ANSWER_KIND] === ANSWER_NEEDS_MEMORY) {
      this.#setMemory(control[ANSWER_FIRST] as number, control[ANSWER_SECOND] as number);
      this.#find();
    }
    return control[ANSWER_KIND] as number;
  }

  #ask(question: CacheQuestion): void {
    const control = this.#control;
    control[QUESTION_CACHE] = question.cache;
    control[QUESTION_DATABASE] = question.database;
    control[QUESTION_TTL] = question.ttl;
    control[QUESTION_AS_TEXT] = question.asText ? 1 : 0;
    this.#asked = question;
  }

  /**
   * Announces to a cache that the write in the encoder is sent next.
   *
   * @param length the result of `encoder.end()`
   * @param keys number of adjacent keys in the command; 0 means that it may change everything
   * @param isFlagged the cache also drops replies when the write is answered (`FLAG_WRITE`)
   */
  write(encoder: CommandEncoder, length: number, cache: number, keyAt: number, keys: number, isFlagged: boolean): void {
    const control = this.#control;
    if (encoder.buffer !== this.#out || encoder.largeBytes !== 0) {
      const own = encoder.buffer.subarray(encoder.start, encoder.start + length - encoder.largeBytes);
      const bytes = withoutLarges({ bytes: own, larges: encoder.larges });
      return this.#native.writeCached(cache, bytes, keyAt, keys, isFlagged ? this.#pending.reserved : undefined);
    }
    this.#asked = undefined;
    control[QUESTION_CACHE] = cache;
    control[QUESTION_START] = encoder.start;
    control[QUESTION_LENGTH] = length;
    control[QUESTION_KEY_AT] = keyAt;
    control[QUESTION_KEY_COUNT] = keys;
    control[QUESTION_TICKET] = isFlagged ? this.#pending.reserved : NO_TICKET;
    this.#write();
  }

  /** Decodes the reply that was just found (`ANSWER_REPLY`) to a new value. @param mapping the caller's type mapping */
  read(mapping: TypeMapping | undefined): unknown {
    const reader = this.#reader;
    reader.cursor = 0;
    return reader.read(mapping);
  }

  /** The ticket of the equal read that was just found (`ANSWER_LOADING`). */
  get loading(): number {
    return this.#control[ANSWER_FIRST] as number;
  }

  /** The ticket of the read that was just not found (`ANSWER_MISS`) and is sent next. */
  get ticket(): number {
    return this.#control[QUESTION_TICKET] as number;
  }

  /** Replaces the memory that replies are copied to by one with at least this many bytes and words. */
  #setMemory(bytes: number, words: number): void {
    const reader = this.#reader;
    reader.bytes = Buffer.allocUnsafeSlow(Math.max(roomFor(bytes), FIRST_BYTES));
    reader.words = new Int32Array(Math.max(roomFor(words), FIRST_WORDS));
    this.#native.setReplyMemory(reader.bytes, reader.words);
  }
}

/** Rounds up to a power of two, so that the memory seldom has to grow again. */
function roomFor(size: number): number {
  return size <= 1 ? 1 : 2 ** Math.ceil(Math.log2(size));
}
