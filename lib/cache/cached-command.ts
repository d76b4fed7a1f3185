/** A command as a cache sees it. */
import { BasicCommandParser, type CommandParser, type RedisArgument } from '../wire/command-parser';

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
    return (this.#cacheKey ??= this.#database === 0 ? super.cacheKey : `db${this.#database}_${super.cacheKey}`);
  }
}
