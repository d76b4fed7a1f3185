/** Queries (RediSearch). */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import type { ArrayReply, SimpleStringReply } from '../../../wire/resp-types';
import { pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { pushAggregate, type FtAggregateOptions, type FtAggregateWithCursorOptions } from './aggregate-options';
import * as aggregate from './aggregate-replies';
import { pushHybrid, type FtHybridOptions } from './hybrid-options';
import { pushDialect, pushQueryOptions, type QueryOptions } from './query-options';
import { pushSearch, type FtSearchNoContentOptions, type FtSearchOptions } from './search-options';
import * as search from './search-replies';

/** A cursor as a number, as replies have it, or as text. */
type CursorId = number | `${number}`;

export interface FtCursorReadOptions {
  /** Number of rows per page. */
  COUNT?: number;
}

export interface ProfileOptions {
  /** Leave out the details of the parts of the query. */
  LIMITED?: boolean;
}

function pushProfile(c: CommandParser, index: RedisArgument, kind: string, query: RedisArgument, options?: ProfileOptions): void {
  c.push(index, kind);
  if (options?.LIMITED) c.push('LIMITED');
  c.push('QUERY', query);
}

/** Queries: https://redis.io/docs/latest/develop/ai/search-and-query/query/ */
export const searchQueries = {
  /**
   * Searches, then groups, sorts and computes over the results. Returns `{total, results, warnings}`.
   * https://redis.io/commands/ft.aggregate/
   */
  aggregate: command('FT.AGGREGATE', (c, index: RedisArgument, query: RedisArgument, options?: FtAggregateOptions) => {
    c.push(index, query);
    pushAggregate(c, options);
  }, aggregate.rows),
  /**
   * Like `aggregate`, page by page: the reply has a `cursor` to pass to `cursorRead`.
   * https://redis.io/commands/ft.aggregate/
   */
  aggregateWithCursor: command('FT.AGGREGATE', (
    c, index: RedisArgument, query: RedisArgument, options?: FtAggregateWithCursorOptions,
  ) => {
    c.push(index, query);
    pushAggregate(c, options);
    c.push('WITHCURSOR');
    pushOption(c, 'COUNT', options?.COUNT);
    pushOption(c, 'MAXIDLE', options?.MAXIDLE);
  }, aggregate.rowsWithCursor, { upper: 'AGGREGATE_WITHCURSOR' }),
  /** Deletes a cursor before it was read to its end. https://redis.io/commands/ft.cursor-del/ */
  cursorDel: command('FT.CURSOR DEL', (c, index: RedisArgument, cursorId: CursorId) => c.push(index, cursorId.toString()), reply.ok),
  /**
   * Returns the next page of an aggregation. Its `cursor` is 0 after the last page.
   * https://redis.io/commands/ft.cursor-read/
   */
  cursorRead: command('FT.CURSOR READ', (c, index: RedisArgument, cursor: CursorId, options?: FtCursorReadOptions) => {
    c.push(index, cursor.toString());
    pushOption(c, 'COUNT', options?.COUNT);
  }, aggregate.rowsWithCursor),
  /** Returns the execution plan of a query as text. https://redis.io/commands/ft.explain/ */
  explain: command('FT.EXPLAIN', (c, index: RedisArgument, query: RedisArgument, options?: QueryOptions) => {
    c.push(index, query);
    pushQueryOptions(c, options);
  }, reply.simpleString),
  /** Returns the execution plan of a query as an array of lines. https://redis.io/commands/ft.explaincli/ */
  explainCli: command('FT.EXPLAINCLI', (c, index: RedisArgument, query: RedisArgument, options?: Pick<QueryOptions, 'DIALECT'>) => {
    c.push(index, query);
    pushDialect(c, options?.DIALECT);
  }, reply.asIs<ArrayReply<SimpleStringReply>>()),
  /**
   * Searches text and vectors, and combines both scores into one order. Returns `{totalResults, executionTime,
   * warnings, results}`. Since Redis 8.4. https://redis.io/commands/ft.hybrid/
   */
  hybrid: command('FT.HYBRID', (c, index: RedisArgument, options: FtHybridOptions) => {
    c.push(index);
    pushHybrid(c, options);
  }, aggregate.hybridRows),
  /** Runs an aggregation and measures its parts. Returns `{results, profile}`. https://redis.io/commands/ft.profile/ */
  profileAggregate: command('FT.PROFILE', (
    c, index: RedisArgument, query: RedisArgument, options?: ProfileOptions & FtAggregateOptions,
  ) => {
    pushProfile(c, index, 'AGGREGATE', query, options);
    pushAggregate(c, options);
  }, aggregate.profiledRows, { upper: 'PROFILEAGGREGATE' }),
  /** Runs a search and measures its parts. Returns `{results, profile}`. https://redis.io/commands/ft.profile/ */
  profileSearch: command('FT.PROFILE', (c, index: RedisArgument, query: RedisArgument, options?: ProfileOptions & FtSearchOptions) => {
    pushProfile(c, index, 'SEARCH', query, options);
    pushSearch(c, options);
  }, aggregate.profiledDocuments, { upper: 'PROFILESEARCH' }),
  /**
   * Searches for documents. Returns `{total, documents, warnings}`; `value` of a document has its fields, or the
   * members of a JSON document. https://redis.io/commands/ft.search/
   */
  search: command('FT.SEARCH', (c, index: RedisArgument, query: RedisArgument, options?: FtSearchOptions) => {
    c.push(index, query);
    pushSearch(c, options);
  }, search.documents),
  /** Searches for documents and returns only their keys, in `documents`. https://redis.io/commands/ft.search/ */
  searchNoContent: command('FT.SEARCH', (c, index: RedisArgument, query: RedisArgument, options?: FtSearchNoContentOptions) => {
    c.push(index, query);
    pushSearch(c, options, true);
  }, search.documentIds, { upper: 'SEARCH_NOCONTENT' }),
};
