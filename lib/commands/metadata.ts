import { BLOCKING, KEYED, NO_SCRIPT, NONDETERMINISTIC, READ, REPLICA_SAFE } from './metadata-bits';
import { GENERATED_METADATA } from './metadata.generated';
import { MODULE_METADATA } from './metadata-modules';
import { METADATA_OVERRIDES } from './metadata-overrides';

/** How a cluster client distributes a request (server tip `request_policy`, or the default for keyed/keyless commands). */
export type RequestPolicy = (typeof REQUEST_POLICIES)[number];
export const REQUEST_POLICIES = ['all_nodes', 'all_shards', 'multi_shard', 'special', 'default-keyed', 'default-keyless'] as const;

/** How a cluster client merges the replies of a distributed request (server tip `response_policy`, or the default). */
export type ResponsePolicy = (typeof RESPONSE_POLICIES)[number];
export const RESPONSE_POLICIES = [
  'one_succeeded', 'all_succeeded', 'agg_logical_and', 'agg_logical_or', 'agg_min', 'agg_max', 'agg_sum', 'special', 'default-keyed',
  'default-keyless',
] as const;

/** Flag bits, first key, last key, key step (as in COMMAND INFO), request policy, response policy. */
export type MetadataRow = readonly [bits: number, first?: number, last?: number, step?: number, request?: RequestPolicy, response?: ResponsePolicy];

/** What the client knows about a command beyond its encoding. */
export interface CommandMetadata {
  /** May be sent to a replica. */
  readonly isReadOnly: boolean;
  /** The reply may be kept by a client-side cache. */
  readonly isCacheable: boolean;
  /** First key, last key and step as COMMAND INFO gives them (0 = none or not expressible). */
  readonly keys: readonly [first: number, last: number, step: number];
  readonly requestPolicy: RequestPolicy;
  readonly responsePolicy: ResponsePolicy;
}

function rowOf(name: string): MetadataRow | undefined {
  for (let words = name; ; ) {
    const row = METADATA_OVERRIDES[words] ?? GENERATED_METADATA[words] ?? MODULE_METADATA[words];
    if (row !== undefined) return row;
    const space = words.lastIndexOf(' ');
    if (space < 0) return undefined;
    words = words.slice(0, space);
  }
}

/** Flag bits of a command; 0 for an unknown one. */
function bitsOf(name: string): number {
  return rowOf(name)?.[0] ?? 0;
}

/** Whether the command may run on a replica. */
export function isReadOnly(name: string): boolean {
  return (bitsOf(name) & (READ | REPLICA_SAFE)) !== 0;
}

/** Whether the command's reply may be cached: a deterministic, non-blocking read of keys that runs no user code. */
export function isCacheable(name: string): boolean {
  return (bitsOf(name) & (READ | KEYED | NONDETERMINISTIC | BLOCKING | NO_SCRIPT)) === (READ | KEYED);
}

/** Whether the command may change keys; true for unknown ones. */
export function mayWrite(name: string): boolean {
  const row = rowOf(name);
  return row === undefined || (row[0] & (READ | KEYED)) === KEYED;
}

/** Whether the command may wait for other clients. */
export function isBlocking(name: string): boolean {
  return (bitsOf(name) & BLOCKING) !== 0;
}

/**
 * Looks a command up by its wire name (`'GET'`, `'XINFO STREAM'`; extra fixed words are ignored).
 * Unknown commands count as keyless writes.
 */
export function metadataOf(name: string): CommandMetadata {
  const [bits, first = 0, last = 0, step = 0, request, response]: MetadataRow = rowOf(name) ?? [0];
  const fallback = (bits & KEYED) !== 0 ? 'default-keyed' : 'default-keyless';
  return {
    isReadOnly: isReadOnly(name),
    isCacheable: isCacheable(name),
    keys: [first, last, step],
    requestPolicy: request ?? fallback,
    responsePolicy: response ?? fallback,
  };
}
