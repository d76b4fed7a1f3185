/** A handle on a cache in the engine. */
import type { NativeCacheCounts, NativeCacheNews, NativeCacheOptions } from './addon';
import { ANSWER_REPLY } from './boundary.generated';
import type { RedisArgument } from './command-parser';
import type { CommandEncoder } from './encoder';
import { engine } from './engine';

/** Drops a native cache when its handle is collected. */
const dropped = new FinalizationRegistry<number>((id) => engine().native.dropCache(id));

export class ReplyCache {
  /** The cache's number in the engine. */
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

  /** Drops all replies. @param counted whether they count as evictions */
  clear(counted: boolean): void {
    this.#native.clearCache(this.id, counted);
  }

  /** Drops the replies that depend on a key; null drops all. */
  invalidate(key: Buffer | null): void {
    this.#native.invalidateCached(this.id, key);
  }

  /** Drops the replies whose keys are among the words of a write. @param words most words to take for keys; 0 drops all replies */
  wrote(command: Buffer, words: number): void {
    this.#native.writeCached(this.id, command, 0, words);
  }

  /** Whether the cache has a reply of this command. */
  has(args: readonly RedisArgument[], database: number): boolean {
    return this.#native.hasCached(this.id, encode(args), database);
  }

  /** The reply of this command, decoded without a type mapping. */
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

  /** Drops the reply of an encoded command. */
  removeEncoded(command: Buffer, database: number): void {
    this.#native.removeCached(this.id, command, database);
  }

  /** Drops the reply that is next by the eviction policy. */
  removeOldest(): void {
    this.#native.removeOldestCached(this.id);
  }

  /** Starts or stops collecting news for `takeNews`. */
  setHeard(heard: boolean): void {
    this.#native.setCacheHeard(this.id, heard);
  }

  /** Returns the news since the last call. */
  takeNews(): NativeCacheNews[] {
    return this.#native.cacheNews(this.id);
  }

  /** Reports that the load with this ticket failed or was cancelled. */
  abandon(ticket: number): void {
    this.#native.abandonLoad(this.id, ticket);
  }
}

/** Encodes a command in the shared encoder. The result is valid only until the next command is encoded. */
function begin(args: readonly RedisArgument[]): { encoder: CommandEncoder; length: number } {
  const encoder = engine().begin(undefined);
  encoder.push(...args);
  return { encoder, length: encoder.end() };
}

function encode(args: readonly RedisArgument[]): Buffer {
  const { encoder, length } = begin(args);
  return Buffer.from(encoder.buffer.subarray(encoder.start, encoder.start + length));
}
