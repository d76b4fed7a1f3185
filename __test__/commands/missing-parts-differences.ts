/** Where a missing part of a reply gives another value than npm `redis` 6.3.1 does, on purpose. */
import { inspect } from 'node:util';
import type { MappingName } from '../oracle/accepted-differences';

/** What a reply with a part replaced became. */
export interface Became {
  readonly method: string;
  readonly resp: 2 | 3;
  readonly mapping: MappingName;
  /** `null` or `an error`: what was put in. */
  readonly kind: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

interface PartDifference {
  readonly reason: string;
  readonly methods: readonly string[];
  /** Only if what npm `redis` gives has this in it. */
  readonly theirs?: RegExp;
  readonly where?: (became: Became) => boolean;
}

export const PART_DIFFERENCES: readonly PartDifference[] = [];

/** True if the two values may differ. */
export function differsInPart(became: Became): boolean {
  return PART_DIFFERENCES.some(({ methods, theirs, where }) => (methods.length === 0 || methods.includes(became.method))
    && (theirs?.test(inspect(became.theirs, { depth: 8, breakLength: Infinity })) ?? true) && (where?.(became) ?? true));
}
