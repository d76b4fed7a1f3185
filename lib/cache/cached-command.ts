/** A command as a cache sees it. */
import { BasicCommandParser, cacheKeyOf, type CommandParser, type RedisArgument } from '../wire/command-parser';

/** What a provider is told of a command: its words, its keys and the name of its reply in the cache. */
export interface CachedCommand extends CommandParser {
  /** All words, the command's name first. */
  readonly redisArgs: RedisArgument[];
  /** The keys that the reply depends on, with the key prefix. */
  readonly keys: RedisArgument[];
  /** The same for equal commands in the same database, different for all others. */
  readonly cacheKey: string;
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
