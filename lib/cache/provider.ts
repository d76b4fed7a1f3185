/** The interfaces between a client and its client-side cache. */
import { EventEmitter } from 'node:events';
import { BasicCommandParser, cacheKeyOf, type CommandParser, type RedisArgument } from '../wire/command-parser';
import type { TypeMapping } from '../wire/resp-types';
import type { LoadedReply } from './entries';
import type { CacheStats } from './statistics';

/** What a cache may use of the client that reads through it. */
export interface CachingClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  /** Number of connections that the client has had. */
  readonly socketEpoch: number;
}

/** A command as a provider gets it: its words, its keys and the cache key of its reply. */
export interface CachedCommand extends CommandParser {
  /** All words, beginning with the command's name. */
  readonly redisArgs: RedisArgument[];
  /** The keys that the reply depends on, with the key prefix. */
  readonly keys: RedisArgument[];
  /** Identifies the command and its database: equal for equal commands in the same database, different otherwise. */
  readonly cacheKey: string;
}

/** Sends the command. Resolves to the reply as the server sent it, under the type mapping. */
export type LoadReply = () => Promise<LoadedReply>;

/** Turns a reply into the result for the caller; takes `parser.preserve` and the type mapping, too. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each command knows its reply and what it preserved
export type TransformLoaded = (reply: any, preserve?: any, typeMapping?: any) => any;

/**
 * The base class of caches that users write. A client passes it every cacheable read and every invalidation of the server. An error that
 * a provider throws rejects the command, or becomes an `error` event of the client.
 */
export abstract class ClientSideCacheProvider extends EventEmitter {
  /**
   * Answers a read.
   *
   * @param parser the words and keys of the command
   * @param fn sends the command
   * @param transformReply must be applied to the result of `fn`, with `parser.preserve` and `typeMapping`; `undefined` if not needed
   * @returns the result for the caller of the command
   */
  abstract handleCache(
    client: CachingClient, parser: CachedCommand, fn: LoadReply, transformReply: TransformLoaded | undefined,
    typeMapping: TypeMapping | undefined,
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the reply of whatever command
  ): Promise<any>;

  /** The command that makes the server track keys, such as `['CLIENT', 'TRACKING', 'ON']`. Called when a client connects. */
  abstract trackingOn(): RedisArgument[];

  /** Called when a key has changed; null when all have changed, or it is unknown which. */
  abstract invalidate(key: RedisArgument | null): void;

  /** Drops all entries. */
  abstract clear(): void;

  abstract stats(): CacheStats;

  /** Number of entries. */
  abstract size(): number;

  /** Called when a client lost its connection or failed to reconnect: it misses invalidations meanwhile. */
  abstract onError(): void;

  /** Called when a client that was connected is closed. */
  abstract onClose(): void;
}

/** A copy of an encoded command, which does not change when the encoder is used again. */
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

  /** In database 0 the same as in npm `redis`, which does not distinguish databases. */
  override get cacheKey(): string {
    return (this.#cacheKey ??= cacheKeyIn(this.#database, this.redisArgs));
  }
}

/** The cache key of a command. */
export function cacheKeyIn(database: number, args: readonly RedisArgument[]): string {
  return database === 0 ? cacheKeyOf(args) : `db${database}_${cacheKeyOf(args)}`;
}

/** The command of a cache key; `undefined` if the text is not one. */
export function commandOf(cacheKey: string): { database: number; args: RedisArgument[] } | undefined {
  const [prefix = '', number = '0'] = /^db(\d+)_/.exec(cacheKey) ?? [];
  const text = cacheKey.slice(prefix.length);
  const parts: string[] = [];
  // Arguments may look like lengths, so the first number of lengths that matches the text is taken.
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
