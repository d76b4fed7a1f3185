/** Commands on words: dictionaries, synonyms, corrections and suggestions (RediSearch). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import { keyAndMember, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import * as words from './dictionary-replies';
import { pushDialect } from './query-options';

/** A dictionary that corrections are taken from, or whose words are right. */
export interface Terms {
  mode: 'INCLUDE' | 'EXCLUDE';
  dictionary: RedisArgument;
}

export interface FtSpellCheckOptions {
  /** Letters that may differ, 1 to 4. */
  DISTANCE?: number;
  TERMS?: Terms | Terms[];
  /** Version of the query language; 2 by default. */
  DIALECT?: number;
}

export interface FtSugAddOptions {
  /** Adds to the score of a suggestion that is there. */
  INCR?: boolean;
  /** Kept with the suggestion. */
  PAYLOAD?: RedisArgument;
}

export interface FtSugGetOptions {
  /** Prefixes may have one wrong letter. */
  FUZZY?: boolean;
  /** Suggestions at most; 5 by default. */
  MAX?: number;
}

export interface FtSynUpdateOptions {
  /** Documents that exist already are left as they are. */
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
  /** Adds words to a dictionary. Returns how many were new. https://redis.io/commands/ft.dictadd/ */
  dictAdd: command('FT.DICTADD', dictionaryAndTerms, reply.number),
  /** Removes words from a dictionary. Returns how many were there. https://redis.io/commands/ft.dictdel/ */
  dictDel: command('FT.DICTDEL', dictionaryAndTerms, reply.number),
  /** Lists the words of a dictionary. https://redis.io/commands/ft.dictdump/ */
  dictDump: command('FT.DICTDUMP', (c, dictionary: RedisArgument) => c.push(dictionary), words.wordList),
  /** Returns words of a query that are in no document, each with suggestions. https://redis.io/commands/ft.spellcheck/ */
  spellCheck: command('FT.SPELLCHECK', (c, index: RedisArgument, query: RedisArgument, options?: FtSpellCheckOptions) => {
    c.push(index, query);
    if (options?.DISTANCE) c.push('DISTANCE', options.DISTANCE.toString());
    const terms = options?.TERMS;
    for (const one of Array.isArray(terms) ? terms : terms ? [terms] : []) c.push('TERMS', one.mode, one.dictionary);
    pushDialect(c, options?.DIALECT);
  }, words.corrections),
  /** Adds a suggestion with its score. Returns how many there are. https://redis.io/commands/ft.sugadd/ */
  sugAdd: command('FT.SUGADD', (c, key: RedisArgument, string: RedisArgument, score: number, options?: FtSugAddOptions) => {
    c.pushKey(key);
    c.push(string, score.toString());
    if (options?.INCR) c.push('INCR');
    if (options?.PAYLOAD) c.push('PAYLOAD', options.PAYLOAD);
  }, reply.number),
  /** Removes a suggestion. Returns 1 if it was there. https://redis.io/commands/ft.sugdel/ */
  sugDel: command('FT.SUGDEL', keyAndMember, reply.bit),
  /** Returns suggestions that begin so, best first; null if the key is not there. https://redis.io/commands/ft.sugget/ */
  sugGet: command('FT.SUGGET', pushSugGet, reply.blobsOrNull),
  /** `sugGet` with payloads: `[{suggestion, payload}]`. https://redis.io/commands/ft.sugget/ */
  sugGetWithPayloads: command('FT.SUGGET', (c, key: RedisArgument, prefix: RedisArgument, options?: FtSugGetOptions) => {
    pushSugGet(c, key, prefix, options);
    c.push('WITHPAYLOADS');
  }, words.suggestionsWithPayloads, { upper: 'SUGGET_WITHPAYLOADS' }),
  /** `sugGet` with scores: `[{suggestion, score}]`. https://redis.io/commands/ft.sugget/ */
  sugGetWithScores: command('FT.SUGGET', (c, key: RedisArgument, prefix: RedisArgument, options?: FtSugGetOptions) => {
    pushSugGet(c, key, prefix, options);
    c.push('WITHSCORES');
  }, words.suggestionsWithScores, { upper: 'SUGGET_WITHSCORES' }),
  /** `sugGet` with both: `[{suggestion, score, payload}]`. https://redis.io/commands/ft.sugget/ */
  sugGetWithScoresWithPayloads: command('FT.SUGGET', (c, key: RedisArgument, prefix: RedisArgument, options?: FtSugGetOptions) => {
    pushSugGet(c, key, prefix, options);
    c.push('WITHSCORES', 'WITHPAYLOADS');
  }, words.suggestionsWithBoth, { upper: 'SUGGET_WITHSCORES_WITHPAYLOADS' }),
  /** Counts the suggestions of a key; a key prefix is not put in front of it. https://redis.io/commands/ft.suglen/ */
  sugLen: command('FT.SUGLEN', (c, key: RedisArgument) => c.push(key), reply.number),
  /** Returns the groups of synonyms that each term is in. https://redis.io/commands/ft.syndump/ */
  synDump: command('FT.SYNDUMP', (c, index: RedisArgument) => c.push(index), words.synonyms),
  /** Makes terms synonyms: adds them to a group. https://redis.io/commands/ft.synupdate/ */
  synUpdate: command('FT.SYNUPDATE', (
    c, index: RedisArgument, groupId: RedisArgument, terms: RedisVariadicArgument, options?: FtSynUpdateOptions,
  ) => {
    c.push(index, groupId);
    if (options?.SKIPINITIALSCAN) c.push('SKIPINITIALSCAN');
    c.pushVariadic(terms);
  }, reply.ok),
};
