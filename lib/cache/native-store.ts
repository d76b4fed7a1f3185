/** The entries of a cache in the engine, and the events and statistics about them. */
import type { EventEmitter } from 'node:events';
import { throwUncaught } from '../uncaught';
import { NEWS_CACHED, NEWS_INVALIDATED } from '../wire/boundary.generated';
import type { CacheLoad, LoadObserver } from '../wire/cache-load';
import type { RedisArgument } from '../wire/command-parser';
import { ReplyCache } from '../wire/reply-cache';
import type { CompleteCacheConfig } from './config';
import { ClientSideCacheEntryValue } from './entries';
import { cacheKeyIn, commandOf } from './provider';

/** Called with the duration of each load, in ms. */
export type LoadListener = (millis: number, isError: boolean) => void;

export class NativeStore implements LoadObserver {
  readonly replies: ReplyCache;
  readonly config: CompleteCacheConfig;
  /** Whether the cache may have listeners. */
  isHeard = false;
  readonly #emitter: EventEmitter;
  readonly #loaded: LoadListener;
  /** Number of evictions before the last reset of the statistics. */
  #forgotten = 0;

  constructor(config: CompleteCacheConfig, emitter: EventEmitter, loaded: LoadListener) {
    this.config = config;
    this.#emitter = emitter;
    this.#loaded = loaded;
    this.replies = new ReplyCache({
      ttl: config.ttl,
      maxEntries: limitOf(config.maxEntries),
      maxBytes: limitOf(config.maxBytes),
      fifo: !config.lru,
      prefixes: config.prefixes.map(bytesOf),
    });
    if (emitter.eventNames().length > 0) this.listen();
  }

  /** Number of entries, including reads in flight. */
  get size(): number {
    const { entries, loads } = this.replies.counts;
    return entries + loads;
  }

  /** Number of evictions since the last reset of the statistics. */
  get evictions(): number {
    return this.replies.counts.evictions - this.#forgotten;
  }

  /** Drops all entries. @param resetStats false counts the dropped entries as evictions */
  clear(resetStats: boolean): void {
    this.replies.clear(!resetStats);
    if (resetStats) this.#forgotten = this.replies.counts.evictions;
  }

  invalidate(key: RedisArgument): void {
    this.replies.invalidate(bytesOf(key));
    // The cache emits this `invalidate` event itself.
    if (this.isHeard) this.#emitNews(false);
  }

  has(cacheKey: string): boolean {
    const command = commandOf(cacheKey);
    return command !== undefined && this.replies.has(command.args, command.database);
  }

  delete(cacheKey: string): void {
    const command = commandOf(cacheKey);
    if (command !== undefined) this.replies.remove(command.args, command.database);
  }

  /** Returns the reply as the server sent it: the command's transform is not known here. */
  get(cacheKey: string): ClientSideCacheEntryValue | undefined {
    const command = commandOf(cacheKey);
    const found = command === undefined ? undefined : this.replies.read(command.args, command.database);
    this.emitNews();
    return found === undefined ? undefined : new ClientSideCacheEntryValue(this.config.ttl, found.reply);
  }

  deleteOldest(): void {
    this.replies.removeOldest();
  }

  /** Makes the engine collect news for the listeners. */
  listen(): void {
    this.isHeard = true;
    this.replies.setHeard(true);
  }

  /** Emits the collected news, if there may be listeners. Errors of listeners become uncaught exceptions. */
  emitNews(): void {
    if (this.isHeard) this.#emitNews(true);
  }

  #emitNews(withInvalidations: boolean): void {
    for (const { kind, bytes, database } of this.replies.takeNews()) {
      if (kind >= NEWS_INVALIDATED) {
        if (withInvalidations) this.#emit('invalidate', bytes ?? null);
      } else {
        this.#emit(kind === NEWS_CACHED ? 'cached-key' : 'cache-evict', cacheKeyIn(database, argumentsOf(bytes as Buffer)));
      }
    }
    if (this.#emitter.eventNames().length > 0) return;
    this.isHeard = false;
    this.replies.setHeard(false);
  }

  #emit(event: string, what: unknown): void {
    try {
      this.#emitter.emit(event, what);
    } catch (error) {
      throwUncaught(error);
    }
  }

  answered(load: CacheLoad, isError: boolean): void {
    this.#loaded(performance.now() - load.started, isError);
    // Emitted before the waiting reads settle, as in npm `redis`.
    this.emitNews();
  }

  abandoned(load: CacheLoad, failed: boolean): void {
    this.replies.abandon(load.ticket);
    if (failed) this.#loaded(performance.now() - load.started, true);
  }
}

/** The words of an encoded command; those that are UTF-8 become strings. */
function argumentsOf(command: Buffer): RedisArgument[] {
  const args: RedisArgument[] = [];
  for (let at = command.indexOf('\n') + 1; at < command.length;) {
    const end = command.indexOf('\r', at);
    const start = end + 2;
    const next = start + Number(command.toString('latin1', at + 1, end));
    const bytes = command.subarray(start, next);
    const text = bytes.toString();
    args.push(Buffer.from(text).equals(bytes) ? text : bytes);
    at = next + 2;
  }
  return args;
}

/** `Infinity` means "no limit", which the engine writes as 0. */
function limitOf(amount: number): number {
  return amount === Infinity ? 0 : Math.ceil(amount);
}

function bytesOf(value: RedisArgument): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value;
}
