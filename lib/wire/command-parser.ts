/** The parser object that `parseCommand` writes to: its interface, and an implementation that collects the arguments. */

import { byteLengthOf, copyOfBytes } from './bytes';
import type { WordFrame } from './word-frame';

/** An argument of a command: text (sent as UTF-8) or bytes. */
export type RedisArgument = string | Buffer;

/** One argument or several. */
export type RedisVariadicArgument = RedisArgument | RedisArgument[];

/** First and second word of a command, as pushed. */
export interface CommandIdentifier {
  command: string;
  subcommand: string | undefined;
}

/** Receives a command word by word. Implemented by the encoder of a connection and by `BasicCommandParser`. */
export interface CommandParser {
  /** Everything pushed so far. Costs a pass over the command: not for hot paths. */
  readonly redisArgs: readonly RedisArgument[];
  /** Keys in order, with the key prefix. */
  readonly keys: readonly RedisArgument[];
  /** First key, which routes the command in a cluster. */
  readonly firstKey: RedisArgument | undefined;
  readonly commandIdentifier: CommandIdentifier;
  /** Handed to `transformReply` as its second argument. */
  preserve: unknown;
  /** Appends words. */
  push(...args: RedisArgument[]): void;
  /** Appends one argument or several. */
  pushVariadic(values: RedisVariadicArgument): void;
  /** Appends the number of arguments, then the arguments. */
  pushVariadicWithLength(values: RedisVariadicArgument): void;
  /** Appends one number or several as decimal text. */
  pushVariadicNumber(values: number | number[]): void;
  /** Appends a key; `applyPrefix = false` leaves the key prefix out (sharded channels). */
  pushKey(key: RedisArgument, applyPrefix?: boolean): void;
  /** Appends one key or several. */
  pushKeys(keys: RedisVariadicArgument): void;
  /** Appends the number of keys, then the keys. */
  pushKeysLength(keys: RedisVariadicArgument): void;
}

/** The parsers of the library itself. */
export interface FrameParser extends CommandParser {
  /** Appends a word that is encoded already. */
  pushFrame(frame: WordFrame): void;
}

/**
 * Puts `keyPrefix` in front of `key`.
 *
 * @returns a string when both are strings, else a Buffer; `key` itself without a prefix
 */
export function prefixKey(keyPrefix: RedisArgument | undefined, key: RedisArgument): RedisArgument {
  if (keyPrefix === undefined || isEmptyPrefix(keyPrefix)) return key;
  if (typeof keyPrefix === 'string' && typeof key === 'string') return keyPrefix + key;
  return Buffer.concat([bytesOf(keyPrefix), bytesOf(key)]);
}

/** `prefixKey` for one key or several; always returns a list. */
export function prefixKeys(keyPrefix: RedisArgument | undefined, keys: RedisVariadicArgument): RedisArgument[] {
  return Array.isArray(keys) ? keys.map((key) => prefixKey(keyPrefix, key)) : [prefixKey(keyPrefix, keys)];
}

/** Whether a key prefix is empty and thus has no effect. */
export function isEmptyPrefix(keyPrefix: RedisArgument): boolean {
  return typeof keyPrefix === 'string' ? keyPrefix.length === 0 : byteLengthOf(keyPrefix) === 0;
}

function bytesOf(value: RedisArgument): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : copyOfBytes(value);
}

/**
 * A key for a cache of replies: the lengths of all arguments, then the arguments.
 * Bytes that are not UTF-8 are marked (`b`), so that different commands never share a key.
 */
export function cacheKeyOf(args: readonly RedisArgument[]): string {
  const lengths: string[] = [];
  const texts: string[] = [];
  for (const arg of args) {
    const text = arg.toString();
    if (typeof arg === 'string' || Buffer.from(text).equals(arg)) {
      lengths.push(String(arg.length));
      texts.push(text);
    } else {
      lengths.push(`b${arg.length}`);
      texts.push(arg.toString('latin1'));
    }
  }
  return [...lengths, ...texts].join('_');
}

/** A parser that keeps the arguments, for code that examines a command without sending it: `parseArgs`, caches, tests. */
export class BasicCommandParser implements FrameParser {
  preserve: unknown;
  readonly #redisArgs: RedisArgument[] = [];
  readonly #keys: RedisArgument[] = [];
  readonly #keyPrefix: RedisArgument | undefined;

  /** @param keyPrefix put in front of every key; empty means none */
  constructor(keyPrefix?: RedisArgument) {
    this.#keyPrefix = keyPrefix;
  }

  get redisArgs(): RedisArgument[] {
    return this.#redisArgs;
  }

  get keys(): RedisArgument[] {
    return this.#keys;
  }

  get firstKey(): RedisArgument | undefined {
    return this.#keys[0];
  }

  /** Key of the reply in a client-side cache. */
  get cacheKey(): string {
    return cacheKeyOf(this.#redisArgs);
  }

  get commandIdentifier(): CommandIdentifier {
    return { command: this.#redisArgs[0]?.toString() as string, subcommand: this.#redisArgs[1]?.toString() };
  }

  push(...args: RedisArgument[]): void {
    for (const arg of args) this.#redisArgs.push(arg);
  }

  /** @internal */
  pushFrame({ word }: WordFrame): void {
    this.#redisArgs.push(word);
  }

  pushVariadic(values: RedisVariadicArgument): void {
    if (Array.isArray(values)) for (const value of values) this.#redisArgs.push(value);
    else this.push(values);
  }

  pushVariadicWithLength(values: RedisVariadicArgument): void {
    this.push(lengthOf(values));
    this.pushVariadic(values);
  }

  pushVariadicNumber(values: number | number[]): void {
    if (Array.isArray(values)) for (const value of values) this.push(value.toString());
    else this.push(values.toString());
  }

  pushKey(key: RedisArgument, applyPrefix = true): void {
    const sent = applyPrefix ? prefixKey(this.#keyPrefix, key) : key;
    this.#keys.push(sent);
    this.#redisArgs.push(sent);
  }

  pushKeys(keys: RedisVariadicArgument): void {
    if (Array.isArray(keys)) for (const key of keys) this.pushKey(key);
    else this.pushKey(keys);
  }

  pushKeysLength(keys: RedisVariadicArgument): void {
    this.push(lengthOf(keys));
    this.pushKeys(keys);
  }

  /** Sets the key for cluster routing, when it was pushed as a plain argument or is not sent at all. */
  markRoutingKey(key: RedisArgument): void {
    this.#keys.push(key);
  }
}

/** The number of arguments in a variadic value, as the text to send. */
export function lengthOf(values: RedisVariadicArgument): string {
  return Array.isArray(values) ? values.length.toString() : '1';
}
