/** The entries of a cache in the engine, and what its events and statistics tell of them. */
import type { EventEmitter } from 'node:events';
import { throwUncaught } from '../uncaught';
import { NEWS_CACHED, NEWS_INVALIDATED } from '../wire/boundary.generated';
import type { CacheLoad, LoadObserver } from '../wire/cache-load';
import type { RedisArgument } from '../wire/command-parser';
import { ReplyCache } from '../wire/reply-cache';
import type { CompleteCacheConfig } from './config';
import { ClientSideCacheEntryValue } from './entries';
import { cacheKeyIn, commandOf } from './provider';

/** Told of each load's time, in ms. */
export type LoadListener = (millis: number, isError: boolean) => void;

export class NativeStore implements LoadObserver {
  readonly replies: ReplyCache;
  readonly config: CompleteCacheConfig;
  /** Somebody may listen to the cache. */
  isHeard = false;
  readonly #emitter: EventEmitter;
  readonly #loaded: LoadListener;
  /** Evictions before the statistics were reset. */
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

  /** Number of entries, with reads that are on their way. */
  get size(): number {
    const { entries, loads } = this.replies.counts;
    return entries + loads;
  }

  /** Evictions since the statistics were reset. */
  get evictions(): number {
    return this.replies.counts.evictions - this.#forgotten;
  }

  /** @param resetStats false counts what is dropped as evictions */
  clear(resetStats: boolean): void {
    this.replies.clear(!resetStats);
    if (resetStats) this.#forgotten = this.replies.counts.evictions;
  }

  invalidate(key: RedisArgument): void {
    this.replies.invalidate(bytesOf(key));
    // The cache itself tells of this one.
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

  /** The reply as the server sent it: what the command would have made of it is not known here. */
  get(cacheKey: string): ClientSideCacheEntryValue | undefined {
    const command = commandOf(cacheKey);
    const found = command === undefined ? undefined : this.replies.read(command.args, command.database);
    this.emitNews();
    return found === undefined ? undefined : new ClientSideCacheEntryValue(this.config.ttl, found.reply);
  }

  deleteOldest(): void {
    this.replies.removeOldest();
  }

  /** Has the engine collect news for the listeners. */
  listen(): void {
    this.isHeard = true;
    this.replies.setHeard(true);
  }

  /** Emits what has happened, if anybody wants to hear it. Errors of listeners surface as uncaught exceptions. */
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
    // Before those who wait hear of it, as in npm `redis`.
    this.emitNews();
  }

  abandoned(load: CacheLoad, failed: boolean): void {
    this.replies.abandon(load.ticket);
    if (failed) this.#loaded(performance.now() - load.started, true);
  }
}

/** The words of an encoded command: text where it is UTF-8. */
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

/** Endless is no limit. */
function limitOf(amount: number): number {
  return amount === Infinity ? 0 : Math.ceil(amount);
}

function bytesOf(value: RedisArgument): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value;
}
