/** A cache in the engine, as TypeScript holds it. */
import type { NativeCacheCounts, NativeCacheNews, NativeCacheOptions } from './addon';
import { ANSWER_REPLY } from './boundary.generated';
import type { RedisArgument } from './command-parser';
import type { CommandEncoder } from './encoder';
import { engine } from './engine';

/** Drops what nobody holds any more. */
const dropped = new FinalizationRegistry<number>((id) => engine().native.dropCache(id));

export class ReplyCache {
  /** Its number. */
  readonly id: number;
  readonly #native = engine().native;

  constructor(options: NativeCacheOptions) {
    this.id = this.#native.makeCache(options);
    dropped.register(this, this.id);
  }

  /** Sizes and counters. */
  get counts(): NativeCacheCounts {
    return this.#native.cacheCounts(this.id);
  }

  /** Drops all replies. @param counted as evictions */
  clear(counted: boolean): void {
    this.#native.clearCache(this.id, counted);
  }

  /** Drops what depends on a key; null: everything. */
  invalidate(key: Buffer | null): void {
    this.#native.invalidateCached(this.id, key);
  }

  /** Drops what depends on the words of a write that is sent or was answered. @param words how many at most; 0: everything */
  wrote(command: Buffer, words: number): void {
    this.#native.writeCached(this.id, command, 0, words);
  }

  /** Whether there is a reply of this command. */
  has(args: readonly RedisArgument[], database: number): boolean {
    return this.#native.hasCached(this.id, encode(args), database);
  }

  /** The reply of this command, decoded in the default way. */
  read(args: readonly RedisArgument[], database: number): { reply: unknown } | undefined {
    const { encoder, length } = begin(args);
    const reads = engine().cachedReads;
    const question = { cache: this.id, database, ttl: -1, asText: true };
    const text = reads.find(encoder, length, 0, question, false);
    if (text !== undefined) return { reply: text };
    return reads.answer === ANSWER_REPLY ? { reply: reads.read(undefined) } : undefined;
  }

  /** Drops the reply of this command. */
  remove(args: readonly RedisArgument[], database: number): void {
    this.#native.removeCached(this.id, encode(args), database);
  }

  /** Drops the reply of a command that is given as it is sent. */
  removeEncoded(command: Buffer, database: number): void {
    this.#native.removeCached(this.id, command, database);
  }

  /** Drops the reply whose turn it is. */
  removeOldest(): void {
    this.#native.removeOldestCached(this.id);
  }

  /** Collects news from now on, or no longer. */
  setHeard(heard: boolean): void {
    this.#native.setCacheHeard(this.id, heard);
  }

  /** What happened since the last call. */
  takeNews(): NativeCacheNews[] {
    return this.#native.cacheNews(this.id);
  }

  /** The load of this ticket has failed or was taken back. */
  abandon(ticket: number): void {
    this.#native.abandonLoad(this.id, ticket);
  }
}

/** The command in the shared encoder, which is used for another one next. */
function begin(args: readonly RedisArgument[]): { encoder: CommandEncoder; length: number } {
  const encoder = engine().begin(undefined);
  encoder.push(...args);
  return { encoder, length: encoder.end() };
}

function encode(args: readonly RedisArgument[]): Buffer {
  const { encoder, length } = begin(args);
  return Buffer.from(encoder.buffer.subarray(encoder.start, encoder.start + length));
}
