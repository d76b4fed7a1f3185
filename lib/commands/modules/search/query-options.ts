/** What all queries have: parameters and a dialect. */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import { textArgument } from '../../args';

/** A field of a document: `@name`, or a path in a JSON document. */
export type RediSearchProperty = `@${string}` | `$.${string}`;

/** Values of the parameters of a query: `{lo: 1}` for `$lo`. */
export interface FtSearchParams {
  [name: string]: RedisArgument | number;
}

/** Options of queries. */
export interface QueryOptions {
  /** Values for `$name` in the query. */
  PARAMS?: FtSearchParams;
  /** Version of the query language; 2 by default. */
  DIALECT?: number;
}

/** `PARAMS n name value …` */
export function pushParams(c: CommandParser, params: FtSearchParams | undefined): void {
  if (!params) return;
  const words: RedisArgument[] = [];
  for (const name of Object.keys(params)) words.push(name, textArgument(params[name]));
  c.push('PARAMS');
  c.pushVariadicWithLength(words);
}

/** `DIALECT n`, always: the default of servers differs. */
export function pushDialect(c: CommandParser, dialect: number | undefined): void {
  c.push('DIALECT', (dialect || 2).toString());
}

/** `[PARAMS …] DIALECT n` */
export function pushQueryOptions(c: CommandParser, options: QueryOptions | undefined): void {
  pushParams(c, options?.PARAMS);
  pushDialect(c, options?.DIALECT);
}

/** `name n value …` if values are given. */
export function pushList(c: CommandParser, name: string, values: RedisArgument | RedisArgument[] | undefined): void {
  if (values === undefined) return;
  c.push(name);
  c.pushVariadicWithLength(values);
}
