// Metadata rows and their flag bits. tools/generate-metadata.mjs writes the same numbers.

/** The server flags the command as `readonly`. */
export const READ = 1;
/** The command has key specifications. */
export const KEYED = 2;
/** Equal requests may get different replies. */
export const NONDETERMINISTIC = 4;
/** The command may block until other clients write. */
export const BLOCKING = 8;
/** The command is not allowed in scripts. Among the reads of keys, these are the commands that run user code. */
export const NO_SCRIPT = 16;
/** The command may run on a replica although the server does not flag it as `readonly`. */
export const REPLICA_SAFE = 32;
/** The reply may have a cursor that only the node which made it knows. */
export const OPENS_CURSOR = 64;

/**
 * How a cluster client distributes a request: the server's tip `request_policy`, or the default for commands with or
 * without keys.
 */
export type RequestPolicy = (typeof REQUEST_POLICIES)[number];
export const REQUEST_POLICIES = ['all_nodes', 'all_shards', 'multi_shard', 'special', 'default-keyed', 'default-keyless'] as const;

/**
 * How a cluster client merges the replies of a distributed request: the server's tip `response_policy`, or the default.
 */
export type ResponsePolicy = (typeof RESPONSE_POLICIES)[number];
export const RESPONSE_POLICIES = [
  'one_succeeded', 'all_succeeded', 'agg_logical_and', 'agg_logical_or', 'agg_min', 'agg_max', 'agg_sum', 'special', 'default-keyed',
  'default-keyless',
] as const;

/** Flag bits, first key, last key, key step (as in COMMAND INFO), request policy, response policy. */
export type MetadataRow = readonly [bits: number, first?: number, last?: number, step?: number, request?: RequestPolicy, response?: ResponsePolicy];
