/** Runs commands through a cache of the engine. */
import { PooledClientSideCacheProvider, type BasicClientSideCache, type NativeStore } from '../../cache';
import { isCacheable } from '../../commands/metadata';
import { refusedCommand } from '../../errors';
import { CacheLoad } from '../../wire/cache-load';
import * as reads from '../../wire/cached-reads';
import type { LinkRequests } from '../../wire/client-link';
import type { Command } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import type { CommandEncoder } from '../../wire/encoder';
import { engine, type Engine } from '../../wire/engine';
import { withoutLarges } from '../../wire/large-arguments';
import type { EncodedCommand, PreparingCommand } from '../../wire/link-types';
import { transformed } from '../../wire/reply';
import { limitsRefusal } from '../../wire/request-limits';
import { wantsBytes, type TypeMapping } from '../../wire/resp-types';
import { ConnectionDoubt, Effect, cacheEffectOf, cacheEffectOfEncoded, cacheEffectOfWords } from './cache-effects';
import type { CachedExecution, CachingRunner } from './cached-execution';
import type { CommandOptions } from '../options/command-options';
import { takeEncoded } from '../encoding/encoded-command';

// Copied to local constants: each use of an imported property would be a lookup.
const { ANSWER_LOADING, ANSWER_MISS, ANSWER_REPLY } = reads;

/**
 * Number of hits (a power of two) after which the event loop gets a turn. Without it, a loop of hits would block the reading of
 * invalidations.
 */
const HITS_PER_TURN = 1024;

/** Takes all words for keys, for writes whose keys are not adjacent. At worst this invalidates more than necessary. */
const ALL_WORDS = 0x7fff_ffff;

/** CLIENT CACHING applies to the command that directly follows it. */
const CACHING_YES = encodedCaching('YES');
const CACHING_NO = encodedCaching('NO');

export class EngineCache implements CachedExecution {
  readonly provider: BasicClientSideCache;
  readonly engineCache: number;
  readonly #store: NativeStore;
  readonly #engine: Engine = engine();
  readonly #reads: reads.CachedReads = this.#engine.cachedReads;
  readonly #pooled: PooledClientSideCacheProvider | undefined;
  #question: reads.CacheQuestion;
  readonly #optIn: boolean;
  readonly #optOut: boolean;
  readonly #failed: (error: unknown) => void;
  readonly #doubt = new ConnectionDoubt();
  #hits = 0;

  /** @param failed called with what listeners of the cache throw */
  constructor(provider: BasicClientSideCache, store: NativeStore, failed: (error: unknown) => void) {
    this.provider = provider;
    this.engineCache = store.replies.id;
    this.#store = store;
    this.#pooled = provider instanceof PooledClientSideCacheProvider ? provider : undefined;
    this.#optIn = store.config.mode === 'opt-in';
    this.#optOut = store.config.mode === 'opt-out';
    this.#failed = failed;
    this.#question = { cache: this.engineCache, database: 0, ttl: -1, asText: true };
  }

  run(runner: CachingRunner, encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined {
    const { requests, database } = runner;
    const { cache: wish, typeMapping } = options;
    if (!(command.CACHEABLE ?? isCacheableName(encoder))) return this.#send(runner, encoder, command, options);
    if (!requests.isOpen || requests.resp !== 3 || this.#doubt.isRaised) return undefined;
    if (wish === false) return this.#optOut ? sendUntracked(runner, encoder, command, options) : undefined;
    const keys = encoder.adjacentKeys;
    if ((this.#optIn && wish === undefined) || database === undefined || keys === 0 || this.#pooled?._isDisabled) return undefined;
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      return Promise.reject(refusedCommand(error as Error, command.name));
    }
    if (!this.#engine.isEncodedInPlace) return undefined;
    const question = this.#questionOf(database, wish?.ttl ?? -1, typeMapping === undefined || !wantsBytes(typeMapping));
    const text = this.#reads.find(encoder, length, keys, question);
    if (text !== undefined) return this.#hit(command, text, encoder.preserve, typeMapping);
    const { answer } = this.#reads;
    if (answer === ANSWER_REPLY) return this.#hit(command, undefined, encoder.preserve, typeMapping);
    if (answer === ANSWER_MISS) return this.#load(requests, encoder, length, command, options);
    return answer === ANSWER_LOADING ? this.#join(encoder, command, options) : undefined;
  }

  /** Returns the last question if it is the same, else a new one. */
  #questionOf(database: number, ttl: number, asText: boolean): reads.CacheQuestion {
    const last = this.#question;
    if (last.database === database && last.ttl === ttl && last.asText === asText) return last;
    return (this.#question = { cache: this.engineCache, database, ttl, asText });
  }

  /** Handles a hit. @param text the reply, if the cache has returned it as a string */
  #hit(command: Command, text: string | undefined, preserve: unknown, typeMapping: TypeMapping | undefined): Promise<unknown> {
    this.provider.recordHits(1);
    let reply: unknown = text;
    try {
      if (text === undefined) reply = this.#reads.read(typeMapping);
      if (command.transformReply !== undefined) reply = transformed(command, reply, preserve, typeMapping, 3);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    if ((++this.#hits & (HITS_PER_TURN - 1)) !== 0) return Promise.resolve(reply);
    return new Promise((resolve) => {
      setImmediate(resolve, reply);
    });
  }

  /** Sends a read whose reply the cache will store. */
  #load(
    requests: LinkRequests, encoder: CommandEncoder, length: number, command: Command, options: CommandOptions,
  ): Promise<unknown> {
    const { name } = command;
    const { ticket } = this.#reads;
    this.provider.recordMisses(1);
    const refusal = requests.refusal(length, options);
    if (refusal !== undefined) {
      this.#store.replies.abandon(ticket);
      return Promise.reject(refusedCommand(refusal, name));
    }
    const { preserve } = encoder;
    const load = requests.newLoad(this.#store, ticket, options.timeout);
    load.send(encoder, length, options, name, this.#optIn ? cachingYes(this.#undo(encoder, length, ticket)) : undefined);
    this.#store.emitNews();
    return load.wait(command, name, preserve, options);
  }

  /** Joins an identical read that was already sent, unless its options allow it a different waiting time. */
  #join(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined {
    const { name } = command;
    const load = this.#engine.pending.peek(this.#reads.loading)?.owner;
    if (!(load instanceof CacheLoad) || load.timeout !== options.timeout) return undefined;
    const refusal = limitsRefusal(options);
    if (refusal !== undefined) return Promise.reject(refusedCommand(refusal, name));
    this.provider.recordMisses(1);
    return load.wait(command, name, encoder.preserve, options);
  }

  /** Sends a command other than a cached read, if it affects the cache; else returns `undefined`. */
  #send(
    runner: CachingRunner, encoder: CommandEncoder, command: Command, options: CommandOptions,
  ): Promise<unknown> | undefined {
    const { requests } = runner;
    const effect = cacheEffectOfTyped(command, encoder);
    if (effect === Effect.None || !requests.isOpen) return undefined;
    if (effect >= Effect.Session) return this.#doubt.raise(runner, requests.submit(encoder, command, options), effect);
    return this.#write(requests, encoder, command, options, command.name, effect);
  }

  /**
   * Invalidates the keys of a write before it is sent. In a cache shared by several connections, the engine invalidates them again when
   * the write is answered, as other connections may have read old values meanwhile. On the same connection later reads see the write.
   */
  #write(
    requests: LinkRequests, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions, name: string | undefined,
    effect: Effect,
  ): Promise<unknown> {
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      return Promise.reject(refusedCommand(error as Error, name ?? command?.name));
    }
    const keys = effect === Effect.Everything ? 0 : encoder.adjacentKeys || ALL_WORDS;
    const isShared = this.#pooled !== undefined;
    this.#reads.write(encoder, length, this.engineCache, Math.max(encoder.keyAt, 0), keys, isShared);
    return requests.submit(encoder, command, options, name, isShared);
  }

  sendWords(
    runner: CachingRunner, encoder: CommandEncoder, words: readonly RedisArgument[], command: Command | undefined,
    options: CommandOptions, isSelecting: boolean,
  ): Promise<unknown> {
    const { requests } = runner;
    const name = words[0]?.toString();
    const effect = cacheEffectOfWords(words);
    if (!requests.isOpen || effect === Effect.None || isSelecting) return requests.submit(encoder, command, options, name);
    if (effect >= Effect.Session) return this.#doubt.raise(runner, requests.submit(encoder, command, options, name), effect);
    return this.#write(requests, encoder, command, options, name, effect);
  }

  sentChain(
    runner: CachingRunner, commands: readonly EncodedCommand[], replies: readonly Promise<unknown>[], isSelecting: boolean,
  ): void {
    const writes: [EncodedCommand, number][] = [];
    let session = Effect.None;
    for (const command of commands) {
      const effect = cacheEffectOfEncoded(command);
      if (effect === Effect.Write) writes.push([command, ALL_WORDS]);
      else if (effect === Effect.Everything) writes.push([command, 0]);
      else if (effect > session && command !== CACHING_NO && command.name !== 'MULTI' && !isSelecting) session = effect;
    }
    const last = replies[replies.length - 1];
    if (last === undefined) return;
    if (session !== Effect.None) void this.#doubt.raise(runner, last, session);
    if (writes.length === 0) return;
    const { replies: store } = this.#store;
    const written = writes.map(([command, keys]): [Buffer, number] => [withoutLarges(command), keys]);
    const drop = (): void => {
      for (const [bytes, keys] of written) store.wrote(bytes, keys);
    };
    drop();
    if (this.#pooled !== undefined) last.then(drop, drop);
  }

  /**
   * Returns a function for the case that the server refuses to track a read: it removes the reply from the cache, or prevents its storage.
   */
  #undo(encoder: CommandEncoder, length: number, ticket: number): () => void {
    const bytes = Buffer.from(encoder.buffer.subarray(encoder.start, encoder.start + length));
    const { database } = this.#question;
    return () => {
      this.#store.replies.abandon(ticket);
      this.#store.replies.removeEncoded(bytes, database);
    };
  }

  invalidated(): void {
    // The engine applies invalidations itself.
  }

  untracked(): void {
    // The engine has already dropped the entries that were read over the connection.
    this.#doubt.settle();
  }

  connected(): void {
    this.#doubt.settle();
  }

  news(): void {
    try {
      this.#store.emitNews();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The engine has already dropped the entries that were read over the connection. The other entries of a shared cache stay. */
  lost(): void {
    if (this.#pooled === undefined) this.provider.onError();
  }

  closed(): void {
    if (this.#pooled === undefined) this.provider.onClose();
  }
}

/** Whether a command can be cached, judged by its name, for commands that do not declare it. */
export function isCacheableName(encoder: CommandEncoder): boolean {
  const { command, subcommand } = encoder.commandIdentifier;
  return isCacheable((subcommand === undefined ? command : `${command} ${subcommand}`).toUpperCase());
}

function cacheEffectOfTyped({ name, IS_READ_ONLY: isReadOnly }: Command, encoder: CommandEncoder): Effect {
  const effect = name === undefined ? cacheEffectOfWords(encoder.redisArgs) : cacheEffectOf(name);
  return effect === Effect.Write && isReadOnly === true ? Effect.None : effect;
}

/** Sends a read after CLIENT CACHING NO, so that the server does not track its keys. */
function sendUntracked(
  runner: CachingRunner, encoder: CommandEncoder, command: Command, options: CommandOptions,
): Promise<unknown> {
  try {
    const [caching, reply] = runner.runChain([CACHING_NO, takeEncoded(encoder, command)], options);
    // If it fails, the server only sends an invalidation of a key that is not cached.
    caching?.catch(() => undefined);
    return reply as Promise<unknown>;
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

/** CLIENT CACHING YES. @param refused called if the server refuses it */
function cachingYes(refused: () => void): PreparingCommand {
  return { ...CACHING_YES, refused };
}

function encodedCaching(word: 'YES' | 'NO'): EncodedCommand {
  const text = `*3\r\n$6\r\nCLIENT\r\n$7\r\nCACHING\r\n$${word.length}\r\n${word}\r\n`;
  return { bytes: Buffer.from(text), length: text.length, flags: 0, keyAt: -1, name: 'CLIENT CACHING' };
}
