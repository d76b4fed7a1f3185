/** Commands for indexes (RediSearch). */
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../../../wire/command-parser';
import type { ArrayReply, SetReply, SimpleStringReply } from '../../../wire/resp-types';
import { none, pushOption } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { configuration, wordList } from './dictionary-replies';
import { info } from './info-reply';
import type { RediSearchLanguage } from './language';
import { pushList } from './query-options';
import { pushSchema, type RediSearchSchema } from './schema';

export interface CreateOptions {
  /** What to index. Default: hashes. */
  ON?: 'HASH' | 'JSON';
  /** Index only keys with one of these prefixes. */
  PREFIX?: RedisVariadicArgument;
  /** Index only documents that match this filter expression. */
  FILTER?: RedisArgument;
  LANGUAGE?: RediSearchLanguage;
  /** The field that contains the language of a document. */
  LANGUAGE_FIELD?: RedisArgument;
  /** The score of documents that have none. Default: 1. */
  SCORE?: number;
  /** The field that contains the score of a document. */
  SCORE_FIELD?: RedisArgument;
  /** Allow more than 32 text fields. */
  MAXTEXTFIELDS?: boolean;
  /** Seconds without use after which the index is dropped. */
  TEMPORARY?: number;
  /** Do not store the offsets of words; saves memory, but excludes exact phrases and highlighting. */
  NOOFFSETS?: boolean;
  /** Do not store data for highlighting. */
  NOHL?: boolean;
  /** Do not store in which fields a word occurs; excludes searches in given fields. */
  NOFIELDS?: boolean;
  /** Do not store how often a word occurs in a document. */
  NOFREQS?: boolean;
  /** Do not index documents that already exist. */
  SKIPINITIALSCAN?: boolean;
  /** Words that are not indexed; `[]` for none. */
  STOPWORDS?: RedisVariadicArgument;
}

export interface FtDropIndexOptions {
  /** Delete the indexed documents too. */
  DD?: boolean;
}

const OPTION_FLAGS = ['NOOFFSETS', 'NOHL', 'NOFIELDS', 'NOFREQS', 'SKIPINITIALSCAN'] as const;

function pushNamed(c: CommandParser, options: CreateOptions, names: readonly (keyof CreateOptions)[]): void {
  for (const name of names) if (options[name]) c.push(name, options[name] as RedisArgument);
}

function pushCreate(c: CommandParser, options: CreateOptions): void {
  pushNamed(c, options, ['ON']);
  pushList(c, 'PREFIX', options.PREFIX);
  pushNamed(c, options, ['FILTER', 'LANGUAGE', 'LANGUAGE_FIELD']);
  pushOption(c, 'SCORE', options.SCORE);
  pushNamed(c, options, ['SCORE_FIELD']);
  if (options.MAXTEXTFIELDS) c.push('MAXTEXTFIELDS');
  if (options.TEMPORARY) c.push('TEMPORARY', options.TEMPORARY.toString());
  for (const flag of OPTION_FLAGS) if (options[flag]) c.push(flag);
  pushList(c, 'STOPWORDS', options.STOPWORDS);
}

const oneName = (c: CommandParser, name: RedisArgument): void => c.push(name);
const aliasOfIndex = (c: CommandParser, alias: RedisArgument, index: RedisArgument): void => c.push(alias, index);
/** RESP2 sends simple strings here, unlike in other lists of names. */
const indexNames = { 2: reply.asIs<ArrayReply<SimpleStringReply>>(), 3: reply.asIs<SetReply<SimpleStringReply>>() };

/** Indexes: https://redis.io/docs/latest/develop/ai/search-and-query/ */
export const searchIndexes = {
  /** Returns the names of all indexes. https://redis.io/commands/ft._list/ */
  _list: command('FT._LIST', none, indexNames),
  /** Adds an alias to an index. https://redis.io/commands/ft.aliasadd/ */
  aliasAdd: command('FT.ALIASADD', aliasOfIndex, reply.ok),
  /** Removes an alias from its index. https://redis.io/commands/ft.aliasdel/ */
  aliasDel: command('FT.ALIASDEL', oneName, reply.ok),
  /** Returns the aliases of an index. https://redis.io/commands/ft.aliaslist/ */
  aliasList: command('FT.ALIASLIST', oneName, wordList),
  /** Adds an alias to an index; if another index has it, it is moved. https://redis.io/commands/ft.aliasupdate/ */
  aliasUpdate: command('FT.ALIASUPDATE', aliasOfIndex, reply.ok),
  /** Adds fields to an index. https://redis.io/commands/ft.alter/ */
  alter: command('FT.ALTER', (c, index: RedisArgument, schema: RediSearchSchema) => {
    c.push(index, 'SCHEMA', 'ADD');
    pushSchema(c, schema);
  }, reply.ok),
  /**
   * Returns the module's options with this name, or all with `*`, as an object.
   * https://redis.io/commands/ft.config-get/
   */
  configGet: command('FT.CONFIG GET', oneName, configuration),
  /** Sets an option of the module. https://redis.io/commands/ft.config-set/ */
  configSet: command('FT.CONFIG SET', (c, option: RedisArgument, value: RedisArgument) => c.push(option, value), reply.ok),
  /** Creates an index of hashes or JSON documents. https://redis.io/commands/ft.create/ */
  create: command('FT.CREATE', (c, index: RedisArgument, schema: RediSearchSchema, options?: CreateOptions) => {
    c.push(index);
    if (options) pushCreate(c, options);
    c.push('SCHEMA');
    pushSchema(c, schema);
  }, reply.ok),
  /** Drops an index. The documents are kept unless `DD` is given. https://redis.io/commands/ft.dropindex/ */
  dropIndex: command('FT.DROPINDEX', (c, index: RedisArgument, options?: FtDropIndexOptions) => {
    c.push(index);
    if (options?.DD) c.push('DD');
  }, reply.ok),
  /** Returns the definition, the sizes and the indexing errors of an index. https://redis.io/commands/ft.info/ */
  info: command('FT.INFO', oneName, info),
  /** Returns the distinct tags of a field. https://redis.io/commands/ft.tagvals/ */
  tagVals: command('FT.TAGVALS', (c, index: RedisArgument, field: RedisArgument) => c.push(index, field), wordList),
};
