/** Looks reads up in the engine's caches: synchronously, and without a copy of the command. */
import {
  ANSWER, ANSWER_FIRST, ANSWER_NEEDS_MEMORY, ANSWER_SECOND, ANSWER_TEXT, type NativeEngine, QUESTION_AS_TEXT, QUESTION_CACHE,
  QUESTION_DATABASE, QUESTION_KEY_AT, QUESTION_KEY_COUNT, QUESTION_LENGTH, QUESTION_SLOT, QUESTION_START, QUESTION_TTL,
} from './addon';
import { TapeReader } from './decoder';
import type { CommandEncoder } from './encoder';
import type { PendingTable } from './pending';
import type { TypeMapping } from './resp-types';

export { ANSWER_FOREIGN, ANSWER_LOADING, ANSWER_MISS } from './addon';

const FIRST_BYTES = 64 * 1024;
const FIRST_WORDS = 4 * 1024;

/** A read that the encoder holds. */
export interface CacheQuestion {
  /** The number of the cache. */
  cache: number;
  database: number;
  /** How many adjacent keys the command has. */
  keys: number;
  /** Time that the reply is kept if it has to be loaded, in ms; -1: what the cache says. */
  ttl: number;
  /** A string may be found as one. */
  asText: boolean;
  /** Requests that will be queued before it if it has to be loaded. */
  before: number;
}

/** The look-up of one environment. */
export class CachedReads {
  readonly #native: NativeEngine;
  readonly #control: Int32Array;
  readonly #pending: PendingTable;
  readonly #out: Buffer;
  readonly #write: () => void;
  readonly #find: () => string | undefined;
  readonly #reader = new TapeReader();
  #text: string | undefined;

  constructor(native: NativeEngine, control: Int32Array, out: Buffer, pending: PendingTable) {
    this.#native = native;
    this.#control = control;
    this.#out = out;
    this.#pending = pending;
    this.#find = native.cacheFinder();
    this.#write = native.cacheWriter();
    this.#setMemory(FIRST_BYTES, FIRST_WORDS);
  }

  /**
   * Looks for the reply of the command in the encoder.
   *
   * @param length what `encoder.end()` returned
   * @returns one of the answers of `addon.ts`; never `ANSWER_NEEDS_MEMORY`
   */
  find(encoder: CommandEncoder, length: number, question: CacheQuestion): number {
    const control = this.#control;
    const { ttl } = question;
    control[QUESTION_CACHE] = question.cache;
    control[QUESTION_START] = encoder.start;
    control[QUESTION_LENGTH] = length;
    control[QUESTION_KEY_AT] = encoder.route;
    control[QUESTION_KEY_COUNT] = question.keys;
    control[QUESTION_DATABASE] = question.database;
    control[QUESTION_SLOT] = this.#pending.upcoming(question.before);
    control[QUESTION_TTL] = ttl;
    control[QUESTION_AS_TEXT] = question.asText ? 1 : 0;
    this.#text = this.#find();
    if (control[ANSWER] !== ANSWER_NEEDS_MEMORY) return control[ANSWER] as number;
    this.#setMemory(control[ANSWER_FIRST] as number, control[ANSWER_SECOND] as number);
    this.#text = this.#find();
    return control[ANSWER] as number;
  }

  /**
   * Tells a cache that the command in the encoder is sent next.
   *
   * @param length what `encoder.end()` returned
   * @param keys how many adjacent keys it has; 0: it changes everything
   * @param isFlagged its reply counts, too (`FLAG_WRITE`)
   */
  write(encoder: CommandEncoder, length: number, cache: number, keyAt: number, keys: number, isFlagged: boolean): void {
    const control = this.#control;
    const slot = isFlagged ? this.#pending.upcoming() : 0;
    if (encoder.buffer !== this.#out) {
      const bytes = encoder.buffer.subarray(encoder.start, encoder.start + length);
      return this.#native.writeCached(cache, bytes, keyAt, keys, isFlagged ? slot : undefined);
    }
    control[QUESTION_AS_TEXT] = isFlagged ? 1 : 0;
    control[QUESTION_CACHE] = cache;
    control[QUESTION_START] = encoder.start;
    control[QUESTION_LENGTH] = length;
    control[QUESTION_KEY_AT] = keyAt;
    control[QUESTION_KEY_COUNT] = keys;
    control[QUESTION_SLOT] = slot;
    this.#write();
  }

  /** The reply that was just found, made anew. @param mapping which types become what */
  read(mapping: TypeMapping | undefined): unknown {
    if (this.#control[ANSWER] === ANSWER_TEXT) return this.#text;
    const reader = this.#reader;
    reader.cursor = 0;
    return reader.read(mapping);
  }

  /** The slot of the load that was just found. */
  get loading(): number {
    return this.#control[ANSWER_FIRST] as number;
  }

  /** The slot of the load that the question has just become. */
  get load(): number {
    return this.#control[QUESTION_SLOT] as number;
  }

  /** Room for a reply, and what is behind it: keys are compared four bytes at a time. */
  #setMemory(bytes: number, words: number): void {
    const reader = this.#reader;
    reader.bytes = Buffer.allocUnsafeSlow(Math.max(roomFor(bytes), FIRST_BYTES));
    reader.words = new Int32Array(Math.max(roomFor(words), FIRST_WORDS));
    this.#native.setReplyMemory(reader.bytes, reader.words);
  }
}

/** Powers of two, so that it seldom has to grow again. */
function roomFor(size: number): number {
  return size <= 1 ? 1 : 2 ** Math.ceil(Math.log2(size));
}
