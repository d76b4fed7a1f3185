/** Commands for words: dictionaries, synonyms, spelling corrections and suggestions (RediSearch). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import { keyAndMember, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import * as words from './dictionary-replies';
import { pushDialect } from './query-options';

/** A dictionary whose words are used as corrections, or counted as correct. */
export interface Terms {
  mode: 'INCLUDE' | 'EXCLUDE';
  dictionary: RedisArgument;
}

export interface FtSpellCheckOptions {
  /** Maximum number of differing letters, 1 to 4. */
  DISTANCE?: number;
  TERMS?: Terms | Terms[];
  /** Version of the query language. Default: 2. */
  DIALECT?: number;
}

export interface FtSugAddOptions {
  /** Add to the score of an existing suggestion instead of replacing it. */
  INCR?: boolean;
  /** Stored with the suggestion. */
  PAYLOAD?: RedisArgument;
}

export interface FtSugGetOptions {
  /** Allow one wrong letter in the prefix. */
  FUZZY?: boolean;
  /** Maximum number of suggestions. Default: 5. */
  MAX?: number;
}

export interface FtSynUpdateOptions {
  /** Do not apply the change to existing documents. */
  SKIPINITIALSCAN?: boolean;
}

const dictionaryAndTerms = (c: CommandParser, dictionary: RedisArgument, terms: RedisVariadicArgument): void => {
  c.push(dictionary);
  c.pushVariadic(terms);
};

function pushSugGet(c: CommandParser, key: RedisArgument, prefix: RedisArgument, options?: FtSugGetOptions): void {
  c.pushKey(key);
  c.push(prefix);
  if (options?.FUZZY) c.push('FUZZY');
  pushOption(c, 'MAX', options?.MAX);
}

/** Dictionaries, synonyms, corrections and suggestions: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/ */
export const searchDictionaries = {
  /** Adds words to a dictionary. Returns the number of new words. https://redis.io/commands/ft.dictadd/ */
  dictAdd: command('FT.DICTADD', dictionaryAndTerms, reply.number),
  /**
   * Removes words from a dictionary. Returns the number of words that existed. https://redis.io/commands/ft.dictdel/
   */
  dictDel: command('FT.DICTDEL', dictionaryAndTerms, reply.number),
  /** Returns all words of a dictionary. https://redis.io/commands/ft.dictdump/ */
  dictDump: command('FT.DICTDUMP', (c, dictionary: RedisArgument) => c.push(dictionary), words.wordList),
  /**
   * Returns the words of a query that occur in no document, each with suggested corrections.
   * https://redis.io/commands/ft.spellcheck/
   */
  spellCheck: command('FT.SPELLCHECK', (c, index: RedisArgument, query: RedisArgument, options?: FtSpellCheckOptions) => {
    c.push(index, query);
    if (options?.DISTANCE) c.push('DISTANCE', options.DISTANCE.toString());
    const terms = options?.TERMS;
    for (const one of Array.isArray(terms) ? terms : terms ? [terms] : []) c.push('TERMS', one.mode, one.dictionary);
    pushDialect(c, options?.DIALECT);
  }, words.corrections),
  /**
   * Adds a suggestion with its score. Returns the number of suggestions in the key.
   * https://redis.io/commands/ft.sugadd/
   */
  sugAdd: command('FT.SUGADD', (c, key: RedisArgument, string: RedisArgument, score: number, options?: FtSugAddOptions) => {
    c.pushKey(key);
    c.push(string, score.toString());
    if (options?.INCR) c.push('INCR');
    if (options?.PAYLOAD) c.push('PAYLOAD', options.PAYLOAD);
  }, reply.number),
  /** Removes a suggestion. Returns 1, or 0 if it did not exist. https://redis.io/commands/ft.sugdel/ */
  sugDel: command('FT.SUGDEL', keyAndMember, reply.bit),
  /**
   * Returns suggestions that begin with a prefix, best first; null if there is no such key.
   * https://redis.io/commands/ft.sugget/
   */
  sugGet: command('FT.SUGGET', pushSugGet, reply.blobsOrNull),
  /** Like `sugGet`, with payloads: `[{suggestion, payload}]`. https://redis.io/commands/ft.sugget/ */
  sugGetWithPayloads: command('FT.SUGGET', (c, key: RedisArgument, prefix: RedisArgument, options?: FtSugGetOptions) => {
    pushSugGet(c, key, prefix, options);
    c.push('WITHPAYLOADS');
  }, words.suggestionsWithPayloads, { upper: 'SUGGET_WITHPAYLOADS' }),
  /** Like `sugGet`, with scores: `[{suggestion, score}]`. https://redis.io/commands/ft.sugget/ */
  sugGetWithScores: command('FT.SUGGET', (c, key: RedisArgument, prefix: RedisArgument, options?: FtSugGetOptions) => {
    pushSugGet(c, key, prefix, options);
    c.push('WITHSCORES');
  }, words.suggestionsWithScores, { upper: 'SUGGET_WITHSCORES' }),
  /** Like `sugGet`, with scores and payloads: `[{suggestion, score, payload}]`. https://redis.io/commands/ft.sugget/ */
  sugGetWithScoresWithPayloads: command('FT.SUGGET', (c, key: RedisArgument, prefix: RedisArgument, options?: FtSugGetOptions) => {
    pushSugGet(c, key, prefix, options);
    c.push('WITHSCORES', 'WITHPAYLOADS');
  }, words.suggestionsWithBoth, { upper: 'SUGGET_WITHSCORES_WITHPAYLOADS' }),
  /**
   * Returns the number of suggestions in a key. The `keyPrefix` option does not apply to this key.
   * https://redis.io/commands/ft.suglen/
   */
  sugLen: command('FT.SUGLEN', (c, key: RedisArgument) => c.push(key), reply.number),
  /** Returns each term with the ids of its synonym groups. https://redis.io/commands/ft.syndump/ */
  synDump: command('FT.SYNDUMP', (c, index: RedisArgument) => c.push(index), words.synonyms),
  /** Adds terms to a synonym group, which makes them synonyms. https://redis.io/commands/ft.synupdate/ */
  synUpdate: command('FT.SYNUPDATE', (
    c, index: RedisArgument, groupId: RedisArgument, terms: RedisVariadicArgument, options?: FtSynUpdateOptions,
  ) => {
    c.push(index, groupId);
    if (options?.SKIPINITIALSCAN) c.push('SKIPINITIALSCAN');
    c.pushVariadic(terms);
  }, reply.ok),
};
