/** Where replies of module commands differ from npm redis 6.3.1 on purpose. */
import type { MappingName } from './module-recordings';

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
  readonly ours: (theirs: unknown) => unknown;
}

export const DIFFERENCES: readonly ModuleDifference[] = [];
