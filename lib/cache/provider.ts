/** What a client-side cache is to a client. */
import { EventEmitter } from 'node:events';
import type { RedisArgument } from '../wire/command-parser';
import type { TypeMapping } from '../wire/resp-types';
import type { CachedCommand } from './cached-command';
import type { CacheStats } from './cache-stats';
import type { LoadedReply } from './entries';

/** What a cache may want to know of the client that reads through it. */
export interface CachingClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  /** How many connections the client has had. */
  readonly socketEpoch: number;
}

/** Sends the command. Resolves to the reply as the server sent it, under the type mapping. */
export type LoadReply = () => Promise<LoadedReply>;

/** Makes of a reply what the caller of the command gets: takes `parser.preserve` and the type mapping too. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each command knows its reply and what it preserved
export type TransformLoaded = (reply: any, preserve?: any, typeMapping?: any) => any;

/**
 * The base of caches that users write. A client with such a cache hands every read to it that may be cached, and tells it what the
 * server invalidates. What a provider throws is the error of the command, or an `error` event of the client.
 */
export abstract class ClientSideCacheProvider extends EventEmitter {
  /**
   * Answers a read.
   *
   * @param parser the words and keys of the command
   * @param fn sends the command
   * @param transformReply has to be applied to what `fn` gave, with `parser.preserve` and `typeMapping`; `undefined`: nothing to apply
   * @returns what the caller of the command gets
   */
  abstract handleCache(
    client: CachingClient, parser: CachedCommand, fn: LoadReply, transformReply: TransformLoaded | undefined,
    typeMapping: TypeMapping | undefined,
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the reply of whatever command
  ): Promise<any>;

  /** The command that has the server track keys, such as `['CLIENT', 'TRACKING', 'ON']`. Asked for when a client connects. */
  abstract trackingOn(): RedisArgument[];

  /** A key has changed; null: all have, or nobody knows which. */
  abstract invalidate(key: RedisArgument | null): void;

  /** Drops everything. */
  abstract clear(): void;

  abstract stats(): CacheStats;

  /** Number of entries. */
  abstract size(): number;

  /** A client lost its connection, or could not get one back: it misses invalidations. */
  abstract onError(): void;

  /** A client that had been connected was closed. */
  abstract onClose(): void;
}
