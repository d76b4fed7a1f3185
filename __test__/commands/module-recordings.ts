/** The recorded calls of module commands (fixtures/module-replies), and values in their notation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESP_TYPES, type TypeMapping } from '../../lib';
import { REPOSITORY } from '../support/paths';
import { revive } from './command-facts';

type Protocol = 2 | 3;

/** A type mapping of the recordings. */
export type MappingName = 'plain' | 'mappingA' | 'mappingB';

export const MAPPINGS: Record<MappingName, TypeMapping> = {
  plain: {},
  mappingA: { [RESP_TYPES.MAP]: Map, [RESP_TYPES.SET]: Set, [RESP_TYPES.BLOB_STRING]: Buffer },
  mappingB: {
    [RESP_TYPES.MAP]: Array, [RESP_TYPES.DOUBLE]: String, [RESP_TYPES.NUMBER]: String, [RESP_TYPES.SIMPLE_STRING]: Buffer,
  },
};

interface Line {
  method: string | null;
  args: unknown[] | null;
  wire: unknown[];
  resp2: string;
  resp3?: string;
  plain2: unknown;
  plain3?: unknown;
  mappingA?: Partial<Record<'resp2' | 'resp3', unknown>>;
  mappingB?: Partial<Record<'resp2' | 'resp3', unknown>>;
  volatile?: string[];
}

/** A recorded call. */
export interface Recording {
  /** Line of its file, from 1. */
  readonly line: number;
  readonly method: string | null;
  readonly args: readonly unknown[];
  /** The words as strings of one character for each byte. */
  readonly wire: readonly string[];
  reply(protocol: Protocol): Buffer;
  /** What npm redis resolved to, in the notation of {@link noted}; `undefined` when it was not recorded for this reply. */
  expected(protocol: Protocol, mapping: MappingName): unknown;
}

function latin1(word: unknown): string {
  const revived = revive(word);
  return (Buffer.isBuffer(revived) ? revived : Buffer.from(revived as string)).toString('latin1');
}

function recording(line: Line, index: number): Recording {
  const plain = { 2: line.plain2, 3: 'plain3' in line ? line.plain3 : line.plain2 };
  return {
    line: index + 1,
    method: line.method,
    args: (line.args ?? []).map(revive),
    wire: line.wire.map(latin1),
    reply: (protocol) => Buffer.from(protocol === 3 ? line.resp3 ?? line.resp2 : line.resp2, 'base64'),
    expected(protocol, mapping) {
      if (mapping === 'plain') return plain[protocol];
      if (line.volatile?.includes(`resp${protocol}`)) return undefined;
      const mapped = line[mapping];
      return mapped !== undefined && `resp${protocol}` in mapped ? mapped[`resp${protocol}`] : plain[protocol];
    },
  };
}

/** The recordings of a namespace. */
export function recordingsOf(namespace: string): Recording[] {
  const path = join(REPOSITORY, '__test__', 'fixtures', 'module-replies', `${namespace}.jsonl`);
  return readFileSync(path, 'utf8').trimEnd().split('\n').map((text, index) => recording(JSON.parse(text) as Line, index));
}

/** A value in the notation of the recordings. */
export function noted(value: unknown): unknown {
  if (value === undefined) return { $undefined: true };
  if (typeof value === 'bigint') return { $bigint: value.toString() };
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return { $buffer: value.toString('base64') };
  if (value instanceof Error) return { $error: value.message };
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Map) return { $map: [...value].map(([key, item]) => [noted(key), noted(item)]) };
  if (value instanceof Set) return { $set: [...value].map(noted) };
  if (Array.isArray(value)) return value.map(noted);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, noted(item)]));
}
