/** Search (RediSearch), the namespace `ft`. */
import { searchDictionaries } from './dictionaries';
import { searchIndexes } from './indexes';
import { searchQueries } from './queries';

type SearchDictionaries = typeof searchDictionaries;
type SearchIndexes = typeof searchIndexes;
type SearchQueries = typeof searchQueries;

/** All `FT.…` commands by camel-case method name. */
export type Ft = SearchDictionaries & SearchIndexes & SearchQueries;

/** All `FT.…` commands by camel-case method name. */
export const ft: Ft = { ...searchDictionaries, ...searchIndexes, ...searchQueries };
