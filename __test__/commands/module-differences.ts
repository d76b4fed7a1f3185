/** Where module commands differ from npm redis 6.3.1 on purpose: in what they send, and in what they resolve to. */
import type { MappingName, Recording } from './module-recordings';
import { TIME_SERIES_DIFFERENCES } from './module-differences-ts';

export interface ModuleDifference {
  readonly namespace: string;
  readonly methods: readonly string[];
  /** Why; for docs/migrating.md. */
  readonly reason: string;
  readonly protocols?: readonly (2 | 3)[];
  readonly mappings?: readonly MappingName[];
  /** Lines of the namespace's file, where it is not all that differ. */
  readonly lines?: readonly number[];
  /** What oxredis gives, from what npm redis gave. */
  readonly ours: (theirs: unknown, recording: Recording) => unknown;
}

/** Booleans of RESP2 are numbers on the wire. */
const BOOLEANS = {
  reason: 'with NUMBER mapped to String, RESP2 booleans of npm redis are false always',
  protocols: [2],
  mappings: ['mappingB'],
  ours: (_theirs: unknown, recording: Recording): unknown => recording.expected(2, 'plain'),
} as const;

export const DIFFERENCES: readonly ModuleDifference[] = [
  { namespace: 'bf', methods: ['add', 'exists', 'insert', 'mAdd', 'mExists'], ...BOOLEANS },
  { namespace: 'cf', methods: ['add', 'addNX', 'del', 'exists', 'insert', 'mExists'], ...BOOLEANS },
  { namespace: 'topK', methods: ['query'], ...BOOLEANS },
  {
    namespace: 'json',
    methods: ['get'],
    lines: [150],
    reason: 'the notation of the recording has no member __proto__; npm redis gives it',
    ours: (theirs) => ({ ['__proto__']: { x: 1 }, ...(theirs as object) }),
  },
  ...TIME_SERIES_DIFFERENCES,
  {
    namespace: 'ft',
    methods: ['search', 'searchNoContent'],
    reason: 'RESP3 with MAP: Array: npm redis takes the map for a reply of RESP2 and gives names of its fields as documents',
    protocols: [3],
    mappings: ['mappingB'],
    ours(theirs, recording) {
      const { total, ...rest } = recording.expected(2, 'mappingB') as { total?: string };
      return total === undefined ? theirs : { ...rest, total: Number(total) };
    },
  },
];

/** A command that is sent differently. */
export interface WireDifference {
  readonly namespace: string;
  readonly methods: readonly string[];
  /** Why; for docs/migrating.md. */
  readonly reason: string;
  /** What oxredis sends, from what npm redis sends. */
  readonly ours: <WORD>(wire: readonly WORD[]) => readonly WORD[];
}

export const WIRE_DIFFERENCES: readonly WireDifference[] = [
  {
    namespace: 'ft',
    methods: ['aggregate', 'aggregateWithCursor', 'profileAggregate'],
    reason: 'npm redis counts the MAX of SORTBY among its properties, which the server refuses',
    ours<WORD>(wire: readonly WORD[]) {
      const words: unknown[] = [...wire];
      words.forEach((word, at) => {
        const count = Number(words[at + 1]);
        if (word === 'SORTBY' && words[at + count] === 'MAX') words[at + 1] = String(count - 2);
      });
      return words as WORD[];
    },
  },
  {
    namespace: 'ft',
    methods: ['create', 'alter'],
    reason: 'npm redis writes COORD_SYSTEM in front of the coordinate system of GEOSHAPE, which the server refuses',
    ours: (wire) => wire.filter((word, at) => word !== 'COORD_SYSTEM' || wire[at - 1] !== 'GEOSHAPE'),
  },
];

/** What oxredis sends where npm redis sends `wire`. */
export function wireOf<WORD>(namespace: string, method: string | null, wire: readonly WORD[]): readonly WORD[] {
  const difference = WIRE_DIFFERENCES.find((one) => one.namespace === namespace && one.methods.includes(method ?? ''));
  return difference === undefined ? wire : difference.ours(wire);
}
