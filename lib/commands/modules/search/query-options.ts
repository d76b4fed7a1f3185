/** Options that all queries share: parameters and dialect. */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import { textArgument } from '../../args';

/** A field of a document: `@name`, or a path in a JSON document. */
export type RediSearchProperty = `@${string}` | `$.${string}`;

/** Values of the parameters of a query, for example `{lo: 1}` for `$lo`. */
export interface FtSearchParams {
  [name: string]: RedisArgument | number;
}

/** Options of queries. */
export interface QueryOptions {
  /** Values of the parameters (`$name`) in the query. */
  PARAMS?: FtSearchParams;
  /** Version of the query language. Default: 2. */
  DIALECT?: number;
}

/** Pushes `PARAMS n name value …`. */
export function pushParams(c: CommandParser, params: FtSearchParams | undefined): void {
  if (!params) return;
  const words: RedisArgument[] = [];
  for (const name of Object.keys(params)) words.push(name, textArgument(params[name]));
  c.push('PARAMS');
  c.pushVariadicWithLength(words);
}

/** Pushes `DIALECT n` in any case, because the default differs between servers. */
export function pushDialect(c: CommandParser, dialect: number | undefined): void {
  c.push('DIALECT', (dialect || 2).toString());
}

/** Pushes `[PARAMS …] DIALECT n`. */
export function pushQueryOptions(c: CommandParser, options: QueryOptions | undefined): void {
  pushParams(c, options?.PARAMS);
  pushDialect(c, options?.DIALECT);
}

/** Pushes `name n value …` if values are given. */
export function pushList(c: CommandParser, name: string, values: RedisArgument | RedisArgument[] | undefined): void {
  if (values === undefined) return;
  c.push(name);
  c.pushVariadicWithLength(values);
}
