import {
  BLOCKING, KEYED, NO_SCRIPT, NONDETERMINISTIC, OPENS_CURSOR, READ, REPLICA_SAFE, type MetadataRow, type RequestPolicy, type ResponsePolicy,
} from './metadata-bits';
import { GENERATED_METADATA } from './metadata.generated';
import { MODULE_METADATA } from './metadata-modules';
import { METADATA_OVERRIDES } from './metadata-overrides';

/** What the client knows about a command, besides its encoding. */
export interface CommandMetadata {
  /** Whether the command may be sent to a replica. */
  readonly isReadOnly: boolean;
  /** Whether a client-side cache may store the reply. */
  readonly isCacheable: boolean;
  /** First key, last key and step, as in COMMAND INFO; 0 if there are none or they cannot be expressed in this way. */
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

/** Returns the flag bits of a command; 0 if it is unknown. */
function bitsOf(name: string): number {
  return rowOf(name)?.[0] ?? 0;
}

/** Whether the command may run on a replica. */
export function isReadOnly(name: string): boolean {
  return (bitsOf(name) & (READ | REPLICA_SAFE)) !== 0;
}

/**
 * Whether the reply may be cached: the command must be a deterministic, non-blocking read of keys that runs no user
 * code.
 */
export function isCacheable(name: string): boolean {
  return (bitsOf(name) & (READ | KEYED | NONDETERMINISTIC | BLOCKING | NO_SCRIPT)) === (READ | KEYED);
}

/** Whether the command may change keys; true for unknown commands. */
export function mayWrite(name: string): boolean {
  const row = rowOf(name);
  return row === undefined || (row[0] & (READ | KEYED)) === KEYED;
}

/** Whether the command reads keys and does nothing else, not even run code of the user. False for unknown commands. */
export function onlyReadsKeys(name: string): boolean {
  return (bitsOf(name) & (READ | KEYED | NO_SCRIPT)) === (READ | KEYED);
}

/** Whether the reply may have a cursor that only the node which made it knows. */
export function opensCursor(name: string): boolean {
  return (bitsOf(name) & OPENS_CURSOR) !== 0;
}

let containers: ReadonlySet<string> | undefined;

/** Whether the command has subcommands, so that its second word belongs to its name. @param name one word in upper case */
export function hasSubcommands(name: string): boolean {
  containers ??= new Set([METADATA_OVERRIDES, GENERATED_METADATA, MODULE_METADATA].flatMap((rows) =>
    Object.keys(rows).flatMap((row) => (row.includes(' ') ? [row.slice(0, row.indexOf(' '))] : []))));
  return containers.has(name);
}

/** Whether the command may block until other clients write. */
export function isBlocking(name: string): boolean {
  return (bitsOf(name) & BLOCKING) !== 0;
}

/**
 * Looks up a command by its name (`'GET'`, `'XINFO STREAM'`; further fixed words are ignored). Unknown commands are
 * treated as writes without keys.
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
