/** Runs commands through a cache object in JavaScript, of the library or of the user. */
import { EncodedCommandCopy, type ClientSideCacheProvider, type LoadReply, type TransformLoaded } from '../../cache';
import type { Command } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import type { CommandEncoder } from '../../wire/encoder';
import { ConnectionDoubt, Effect, cacheEffectOf, cacheEffectOfWords } from './cache-effects';
import type { CachedExecution, CachingRunner } from './cached-execution';
import type { CommandOptions } from '../options/command-options';
import { takeEncoded } from '../encoding/encoded-command';
import { isCacheableName } from './engine-cache';
import { transformOf } from '../encoding/reply-transform';

export class ProviderCache implements CachedExecution {
  readonly provider: ClientSideCacheProvider;
  readonly engineCache = undefined;
  readonly #doubt = new ConnectionDoubt();
  readonly #failed: (error: unknown) => void;

  constructor(provider: ClientSideCacheProvider, failed: (error: unknown) => void) {
    this.provider = provider;
    this.#failed = failed;
  }

  run(runner: CachingRunner, encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined {
    const { database } = runner;
    if (command.CACHEABLE !== true) {
      const effect = cacheEffectOf(command.name ?? '');
      if (effect >= Effect.Session) return this.#doubt.raise(runner, runner.requests.submit(encoder, command, options), effect);
    }
    if (this.#doubt.isRaised) return undefined;
    if (database === undefined || !isServed(runner, encoder, command, options)) return undefined;
    let parser: EncodedCommandCopy;
    let fn: LoadReply;
    try {
      const encoded = { ...takeEncoded(encoder, command), command: undefined };
      parser = new EncodedCommandCopy(encoder, database);
      fn = async () => runner.runEncoded(encoded, options);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#handle(runner, parser, fn, transformFor(runner, command), options);
  }

  /** Async, so that an exception of a provider becomes a rejection. */
  async #handle(
    { client }: CachingRunner, parser: EncodedCommandCopy, fn: LoadReply, transform: TransformLoaded | undefined, options: CommandOptions,
  ): Promise<unknown> {
    return this.provider.handleCache(client, parser, fn, transform, options.typeMapping);
  }

  sendWords(
    runner: CachingRunner, encoder: CommandEncoder, words: readonly RedisArgument[], command: Command | undefined,
    options: CommandOptions, isSelecting: boolean,
  ): Promise<unknown> {
    const reply = runner.requests.submit(encoder, command, options, words[0]?.toString());
    const effect = cacheEffectOfWords(words);
    return effect < Effect.Session || isSelecting ? reply : this.#doubt.raise(runner, reply, effect);
  }

  sentChain(): void {
    // The server sends invalidations for the keys that it changes.
  }

  invalidated(keys: readonly Buffer[] | null): void {
    if (keys === null) this.#tell(() => this.provider.invalidate(null));
    else for (const key of keys) this.#tell(() => this.provider.invalidate(key));
  }

  untracked(): void {
    this.#doubt.settle();
    this.invalidated(null);
  }

  connected(): void {
    this.#doubt.settle();
  }

  news(): void {
    // A cache in JavaScript emits its events itself.
  }

  lost(): void {
    this.#tell(() => this.provider.onError());
  }

  closed(): void {
    this.#tell(() => this.provider.onClose());
  }

  #tell(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#failed(error);
    }
  }
}

/**
 * Whether the cache may answer a command. It has only replies decoded with the client's own type mapping, and needs RESP3 for
 * invalidations. Commands with a function that changes the reply (the reviver of JSON) are excluded, as the key lacks the function.
 */
function isServed(
  { commandOptions, requests }: CachingRunner, encoder: CommandEncoder, command: Command, { typeMapping }: CommandOptions,
): boolean {
  return typeMapping === commandOptions.typeMapping && requests.resp === 3 && typeof encoder.preserve !== 'function'
    && (command.CACHEABLE ?? isCacheableName(encoder));
}

/** Returns the reply transform. Before the first connection it is chosen when the reply arrives, as the protocol may be RESP2. */
function transformFor(runner: CachingRunner, command: Command): TransformLoaded | undefined {
  const { transformReply } = command;
  if (typeof transformReply !== 'object' || transformReply === null) return transformReply as TransformLoaded | undefined;
  if (runner.link.isReady || (transformReply[2] === undefined && transformReply[3] === undefined)) {
    return transformReply[3] as TransformLoaded | undefined;
  }
  return (reply, preserve, typeMapping) => {
    const transform = transformOf(command, runner.requests.resp);
    return transform === undefined ? reply as unknown : transform(reply as never, preserve, typeMapping);
  };
}
