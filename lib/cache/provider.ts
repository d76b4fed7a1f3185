/** What a client-side cache is to a client, and a command to a cache. */
import { EventEmitter } from 'node:events';
import { BasicCommandParser, cacheKeyOf, type CommandParser, type RedisArgument } from '../wire/command-parser';
import type { TypeMapping } from '../wire/resp-types';
import type { LoadedReply } from './entries';
import type { CacheStats } from './statistics';

/** What a cache may want to know of the client that reads through it. */
export interface CachingClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  /** How many connections the client has had. */
  readonly socketEpoch: number;
}

/** What a provider is told of a command: its words, its keys and the name of its reply in the cache. */
export interface CachedCommand extends CommandParser {
  /** All words, the command's name first. */
  readonly redisArgs: RedisArgument[];
  /** The keys that the reply depends on, with the key prefix. */
  readonly keys: RedisArgument[];
  /** The same for equal commands in the same database, different for all others. */
  readonly cacheKey: string;
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

/** A command that was encoded: nothing of it changes when the encoder goes on. */
export class EncodedCommandCopy extends BasicCommandParser implements CachedCommand {
  readonly #database: number;
  #cacheKey: string | undefined;

  constructor({ redisArgs, keys, preserve }: CommandParser, database: number) {
    super();
    this.#database = database;
    this.preserve = preserve;
    for (const arg of redisArgs) this.push(arg);
    for (const key of keys) this.markRoutingKey(key);
  }

  /** In database 0 as npm `redis` makes it, which keeps no databases apart. */
  override get cacheKey(): string {
    return (this.#cacheKey ??= cacheKeyIn(this.#database, this.redisArgs));
  }
}

/** The name of the reply of a command in a cache. */
export function cacheKeyIn(database: number, args: readonly RedisArgument[]): string {
  return database === 0 ? cacheKeyOf(args) : `db${database}_${cacheKeyOf(args)}`;
}

/** The command of such a name; `undefined` for a text that is none. */
export function commandOf(cacheKey: string): { database: number; args: RedisArgument[] } | undefined {
  const [prefix = '', number = '0'] = /^db(\d+)_/.exec(cacheKey) ?? [];
  const text = cacheKey.slice(prefix.length);
  const parts: string[] = [];
  // Arguments may look like lengths: the first number of lengths that fits is meant.
  for (const part of text.split('_')) {
    if (!/^b?\d+$/.test(part)) return undefined;
    parts.push(part);
    const args = argumentsOf(text, parts);
    if (args !== undefined) return { database: Number(number), args };
  }
  return undefined;
}

function argumentsOf(text: string, lengths: readonly string[]): RedisArgument[] | undefined {
  let position = lengths.join('_').length;
  const args: RedisArgument[] = [];
  for (const part of lengths) {
    const isBinary = part.startsWith('b');
    const start = position + 1;
    position = start + Number(isBinary ? part.slice(1) : part);
    if (text[start - 1] !== '_' || position > text.length) return undefined;
    const arg = text.slice(start, position);
    args.push(isBinary ? Buffer.from(arg, 'latin1') : arg);
  }
  return position === text.length ? args : undefined;
}
