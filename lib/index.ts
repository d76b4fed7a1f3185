/** The public exports, which are those of npm `redis`. */
export * from './client';
export {
  BasicClientSideCache, BasicPooledClientSideCache, CacheStats, ClientSideCacheProvider, PooledClientSideCacheProvider,
  type CachedCommand, type CachingClient, type ClientSideCacheConfig, type ClientSideCacheEntry, type LoadReply, type TransformLoaded,
} from './cache';
export * from './pool';
export * from './cluster';
export * from './sentinel';
export * from './telemetry';

export {
  AbortError, BlobError, ClientClosedError, ClientOfflineError, CommandTimeoutDuringMaintenance, CommandTimeoutDuringMaintenanceError,
  ConnectionTimeoutError, DisconnectsClientError, ErrorReply, MaxCommandRedirectionsError, MultiErrorReply, OpenTelemetryError,
  ReconnectStrategyError, RootNodesUnavailableError, ScanIteratorInterruptedError, SimpleError, SocketClosedUnexpectedlyError,
  SocketTimeoutDuringMaintenance, SocketTimeoutDuringMaintenanceError, SocketTimeoutError, TimeoutError, WatchError,
} from './errors';
export type { CommandPhase } from './errors';
export type { RetryVerdict, ServerErrorKind } from './server-errors';

export {
  AR_OPERATIONS, AR_PREDICATE_COMBINATORS, AR_PREDICATE_TYPES, type ArOperation, type ArPredicateCombinator, type ArPredicateType,
} from './commands/arrays';
export { CLIENT_KILL_FILTERS, CLIENT_UNBLOCK_MODES } from './commands/clients';
export { CLUSTER_SLOT_STATES, FAILOVER_MODES, type ClusterSlotState, type FailoverMode } from './commands/cluster';
export { GEO_REPLY_WITH, type GeoReplyWith } from './commands/geo-args';
export { COMMAND_LIST_FILTER_BY, type CommandListFilterBy } from './commands/introspection';
export { defineScript } from './commands/script';
export type { RedisDefaultModules } from './commands/modules';
export type { RedisJSON } from './commands/modules/json/json-args';
// Exported from the files that define them, because the command tables of modules are loaded only when used.
export { FT_AGGREGATE_STEPS, type FtAggregateStep } from './commands/modules/search/aggregate-options';
export { REDISEARCH_LANGUAGE, type RediSearchLanguage } from './commands/modules/search/language';
export { SchemaFieldTypes, VectorAlgorithms } from './commands/modules/search/older-names';
export { FT_AGGREGATE_GROUP_BY_REDUCERS, type FtAggregateGroupByReducer } from './commands/modules/search/reducers';
export {
  SCHEMA_FIELD_TYPE, SCHEMA_TEXT_FIELD_PHONETIC, SCHEMA_VECTOR_FIELD_ALGORITHM, type RediSearchSchema, type SchemaFieldType,
  type SchemaTextFieldPhonetic, type SchemaVectorFieldAlgorithm,
} from './commands/modules/search/schema';
export type { FtSearchOptions } from './commands/modules/search/search-options';
export type { SearchReply } from './commands/modules/search/search-replies';
export {
  TIME_SERIES_AGGREGATION_TYPE, TIME_SERIES_BUCKET_TIMESTAMP, TIME_SERIES_REDUCERS, type TimeSeriesAggregationType,
  type TimeSeriesAggregationTypeList, type TimeSeriesBucketTimestamp, type TimeSeriesReducer, type TsRangeMultiAggrOptions,
} from './commands/modules/time-series/range-args';
export { TS_READ_TIMESTAMP, type TsReadOptions, type TsReadTimestamp } from './commands/modules/time-series/read-args';
export {
  TIME_SERIES_DUPLICATE_POLICIES, TIME_SERIES_ENCODING, type TimeSeriesDuplicatePolicies, type TimeSeriesEncoding,
} from './commands/modules/time-series/series-args';
export { REDIS_FLUSH_MODES } from './commands/server';
export type { SetOptions } from './commands/strings';

export { digest } from './wire/digest';
export { DEFAULT_RESP, RESP_TYPES } from './wire/resp-types';
export type {
  ArrayReply, BigNumberReply, BlobErrorReply, BlobStringReply, BooleanReply, DoubleReply, MapReply, MappedType, NullReply, NumberReply,
  ReplyUnion, ReplyWithTypeMapping, Resp2Reply, RespType, RespTypes, RespVersions, SetReply, SimpleErrorReply, SimpleStringReply,
  TuplesReply, TuplesToMapReply, TypeMapping, UnwrapReply, VerbatimStringReply,
} from './wire/resp-types';
export type { MaintenanceKind, MaintenanceNotice, SlotMove } from './wire/maintenance';
export { VerbatimString } from './wire/verbatim-string';
export type { Command, CommandReply, CommandSignature, RedisFunction, RedisFunctions, RedisModules, RedisScript, RedisScripts } from './wire/command';
export type { CommandParser, RedisArgument } from './wire/command-parser';
