// What JSON commands take.
import { Context } from '../../../context';
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';

/** What `JSON.stringify` makes a document of. Dates become text. */
export type RedisJSON = null | boolean | number | string | Date | RedisJSON[] | { [key: string]: RedisJSON; [key: number]: RedisJSON };

/** Turns the parts of a document into what they stand for, as in `JSON.parse`. */
export type JsonReviver = NonNullable<Parameters<typeof JSON.parse>[1]>;

/** The place in a document: `'$.a'`, or `'.a'` as in RedisJSON 1. Without one it is the whole document, as `'.'`. */
export interface JsonPathOptions {
  path?: RedisArgument;
}

/** Options of `get`. */
export interface JsonGetOptions {
  /** One place, or several: then the reply is an object by path. */
  path?: RedisVariadicArgument;
  reviver?: JsonReviver;
}

/** Options of `arrIndex`. */
export interface JsonArrIndexOptions {
  /** Where to look: from `start`, up to and without `stop`. */
  range?: { start: number; stop?: number };
}

/** Options of `arrPop`. An index needs a path. */
export type JsonArrPopOptions =
  & { reviver?: JsonReviver }
  & ({ path: RedisArgument; index?: number } | { path?: undefined; index?: undefined });

/** Options of `set`. */
export interface JsonSetOptions {
  /** Only if the place is empty (`'NX'`), or only if it is not (`'XX'`). */
  condition?: 'NX' | 'XX';
  /** @deprecated `condition: 'NX'` */
  NX?: boolean;
  /** @deprecated `condition: 'XX'` */
  XX?: boolean;
  /** How the numbers of arrays are kept; RedisJSON 8.0 does not know it. */
  fpha?: 'BF16' | 'FP16' | 'FP32' | 'FP64';
}

/** A value for a place in a document. */
export interface JsonMSetItem {
  key: RedisArgument;
  path: RedisArgument;
  value: RedisJSON;
}

/** A value as JSON. What has none (undefined, a function) is refused when the command is written. */
export function jsonArgument(value: RedisJSON): string {
  return JSON.stringify(value);
}

/** `key [path]` */
export const keyAndOptionalPath = (c: CommandParser, key: RedisArgument, options?: JsonPathOptions): void => {
  c.pushKey(key);
  if (options?.path !== undefined) c.push(options.path);
};

/** `key [path]`; an empty path counts as none. */
export const keyAndPathIfAny = (c: CommandParser, key: RedisArgument, options?: JsonPathOptions): void => {
  c.pushKey(key);
  if (options?.path) c.push(options.path);
};

/** `key path [number …]` */
export function pushPlace(c: CommandParser, key: RedisArgument, path: RedisArgument, ...numbers: number[]): void {
  c.pushKey(key);
  c.push(path);
  for (const number of numbers) c.push(number.toString());
}

/** `json …` */
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
  c.preserve = options?.reviver && new Context().bind(options.reviver);
}

export function pushGet(c: CommandParser, key: RedisArgument, options?: JsonGetOptions): void {
  c.pushKey(key);
  if (options?.path !== undefined) c.pushVariadic(options.path);
  c.preserve = options?.reviver && new Context().bind(options.reviver);
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
