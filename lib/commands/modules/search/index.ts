/** Search (RediSearch): the namespace `ft`. */
import { searchDictionaries } from './dictionaries';
import { searchIndexes } from './indexes';
import { searchQueries } from './queries';

type SearchDictionaries = typeof searchDictionaries;
type SearchIndexes = typeof searchIndexes;
type SearchQueries = typeof searchQueries;

/** Every command `FT.…` by camel-case method name. */
export interface Ft extends SearchDictionaries, SearchIndexes, SearchQueries {}

/** Every command `FT.…` by camel-case method name. */
export const ft: Ft = { ...searchDictionaries, ...searchIndexes, ...searchQueries };

export { FT_AGGREGATE_STEPS, type FtAggregateStep } from './aggregate-options';
export { REDISEARCH_LANGUAGE, type RediSearchLanguage } from './language';
export { FT_AGGREGATE_GROUP_BY_REDUCERS, type FtAggregateGroupByReducer } from './reducers';
export {
  SCHEMA_FIELD_TYPE, SCHEMA_TEXT_FIELD_PHONETIC, SCHEMA_VECTOR_FIELD_ALGORITHM, type RediSearchSchema, type SchemaFieldType,
  type SchemaTextFieldPhonetic, type SchemaVectorFieldAlgorithm,
} from './schema';
export type { FtSearchOptions } from './search-options';
export type { SearchReply } from './search-replies';
