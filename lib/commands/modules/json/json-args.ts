// Arguments of JSON commands.
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';

/** A value that `JSON.stringify` can encode. Dates become text. */
export type RedisJSON = null | boolean | number | string | Date | RedisJSON[] | { [key: string]: RedisJSON; [key: number]: RedisJSON };

/** Converts the values of a parsed document, as the reviver of `JSON.parse`. */
export type JsonReviver = NonNullable<Parameters<typeof JSON.parse>[1]>;

/**
 * A path in a document: `'$.a'`, or `'.a'` in the legacy syntax of RedisJSON 1. Default: the whole document, as with
 * `'.'`.
 */
export interface JsonPathOptions {
  path?: RedisArgument;
}

/** Options of `get`. */
export interface JsonGetOptions {
  /** One path, or several; with several the reply is an object with the paths as keys. */
  path?: RedisVariadicArgument;
  reviver?: JsonReviver;
}

/** Options of `arrIndex`. */
export interface JsonArrIndexOptions {
  /** The range to search: from `start` to `stop`, which is not included. */
  range?: { start: number; stop?: number };
}

/** Options of `arrPop`. An index is sent only together with a path. */
export type JsonArrPopOptions =
  & { reviver?: JsonReviver }
  & ({ path: RedisArgument; index?: number } | { path?: undefined; index?: undefined });

/** Options of `set`. */
export interface JsonSetOptions {
  /** Set only if the path does not exist (`'NX'`), or only if it exists (`'XX'`). */
  condition?: 'NX' | 'XX';
  /** @deprecated use `condition: 'NX'` */
  NX?: boolean;
  /** @deprecated use `condition: 'XX'` */
  XX?: boolean;
  /** How numbers in arrays are stored; RedisJSON 8.0 does not support this option. */
  fpha?: 'BF16' | 'FP16' | 'FP32' | 'FP64';
}

/** A value for a path in a document. */
export interface JsonMSetItem {
  key: RedisArgument;
  path: RedisArgument;
  value: RedisJSON;
}

/** Encodes a value as JSON. @throws for a value that has no JSON form (undefined, a function) */
export function jsonArgument(value: RedisJSON): string {
  return JSON.stringify(value);
}

/** Pushes `key [path]`. */
export const keyAndOptionalPath = (c: CommandParser, key: RedisArgument, options?: JsonPathOptions): void => {
  c.pushKey(key);
  if (options?.path !== undefined) c.push(options.path);
};

/** Pushes `key [path]`; an empty path is left out. */
export const keyAndPathIfAny = (c: CommandParser, key: RedisArgument, options?: JsonPathOptions): void => {
  c.pushKey(key);
  if (options?.path) c.push(options.path);
};

/** Pushes `key path [number …]`. */
export function pushPlace(c: CommandParser, key: RedisArgument, path: RedisArgument, ...numbers: number[]): void {
  c.pushKey(key);
  c.push(path);
  for (const number of numbers) c.push(number.toString());
}

/** Pushes `json …`. */
export function pushJson(c: CommandParser, ...values: RedisJSON[]): void {
  for (const value of values) c.push(jsonArgument(value));
}

export function pushArrIndex(c: CommandParser, key: RedisArgument, path: RedisArgument, json: RedisJSON, options?: JsonArrIndexOptions): void {
  pushPlace(c, key, path);
  pushJson(c, json);
  const range = options?.range;
  if (!range) return;
  c.push(range.start.toString());
  if (range.stop !== undefined) c.push(range.stop.toString());
}

export function pushArrPop(c: CommandParser, key: RedisArgument, options?: JsonArrPopOptions): void {
  keyAndOptionalPath(c, key, options);
  if (options?.path !== undefined && options.index !== undefined) c.push(options.index.toString());
  c.preserve = options?.reviver;
}

export function pushGet(c: CommandParser, key: RedisArgument, options?: JsonGetOptions): void {
  c.pushKey(key);
  if (options?.path !== undefined) c.pushVariadic(options.path);
  c.preserve = options?.reviver;
}

export function pushMSet(c: CommandParser, items: JsonMSetItem[]): void {
  for (let i = 0; i < items.length; i++) {
    const { key, path, value } = items[i];
    pushPlace(c, key, path);
    pushJson(c, value);
  }
}

export function pushSet(c: CommandParser, key: RedisArgument, path: RedisArgument, json: RedisJSON, options?: JsonSetOptions): void {
  pushPlace(c, key, path);
  pushJson(c, json);
  if (options?.condition) c.push(options.condition);
  else if (options?.NX) c.push('NX');
  else if (options?.XX) c.push('XX');
  if (options?.fpha !== undefined) c.push('FPHA', options.fpha);
}
