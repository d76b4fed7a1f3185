/** The public names, which are those of npm `redis`. */
export * from './client';

export {
  AbortError, BlobError, ClientClosedError, ClientOfflineError, CommandTimeoutDuringMaintenance, CommandTimeoutDuringMaintenanceError,
  ConnectionTimeoutError, DisconnectsClientError, ErrorReply, MaxCommandRedirectionsError, MultiErrorReply, OpenTelemetryError,
  ReconnectStrategyError, RootNodesUnavailableError, ScanIteratorInterruptedError, SimpleError, SocketClosedUnexpectedlyError,
  SocketTimeoutDuringMaintenance, SocketTimeoutDuringMaintenanceError, SocketTimeoutError, TimeoutError, WatchError,
} from './errors';
export type { CommandPhase } from './errors';

export { CLIENT_KILL_FILTERS, CLIENT_UNBLOCK_MODES } from './commands/clients';
export { GEO_REPLY_WITH, type GeoReplyWith } from './commands/geo-args';
export { defineScript } from './commands/script';
export type { RedisDefaultModules } from './commands/modules';
export { REDIS_FLUSH_MODES } from './commands/server';
export type { SetOptions } from './commands/strings';

export { DEFAULT_RESP, RESP_TYPES, type RespVersions, type TypeMapping } from './wire/resp-types';
export { VerbatimString } from './wire/verbatim-string';
export type { Command, RedisFunctions, RedisModules, RedisScripts } from './wire/command';
export type { CommandParser, RedisArgument } from './wire/command-parser';
