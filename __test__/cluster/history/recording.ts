/** What became of each operation of a load, and what that says of a client. */
import type { Kind } from './operations';
import type { Group } from './registers';

/** One operation; times are of the clock of `performance.now()`. */
export class Operation {
  settled = Infinity;
  error: unknown;
  readonly issued = performance.now();

  constructor(readonly kind: Kind, readonly groups: readonly Group[]) {}

  get isSuccess(): boolean {
    return this.settled !== Infinity && this.error === undefined;
  }

  get isFailure(): boolean {
    return this.error !== undefined;
  }

  /** Whether it concerns only these groups. */
  isWithin(groups: ReadonlySet<Group>): boolean {
    return this.groups.every((group) => groups.has(group));
  }

  succeeded(): void {
    this.settled = performance.now();
  }

  failed(error: unknown): void {
    this.settled = performance.now();
    this.error = error ?? new Error('nothing was thrown');
  }
}

/** A stretch of time without a success. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

export class Recording {
  readonly operations: Operation[] = [];

  begin(kind: Kind, groups: readonly Group[]): Operation {
    const operation = new Operation(kind, groups);
    this.operations.push(operation);
    return operation;
  }

  get failures(): Operation[] {
    return this.operations.filter(({ isFailure }) => isFailure);
  }

  /** Failed operations by kind of error. */
  get failuresByKind(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { error } of this.failures) {
      const kind = errorKind(error);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  /** The longest time without a success of operations of these groups, of a span of time that may end now. */
  longestGap(groups: ReadonlySet<Group>, from: number, end = performance.now()): Gap {
    const successes = this.operations
      .filter((one) => one.isSuccess && one.settled >= from && one.settled <= end && one.isWithin(groups))
      .map(({ settled }) => settled).sort((a, b) => a - b);
    const times = [from, ...successes, end];
    let longest: Gap = { from: 0, to: 0, length: 0 };
    for (let index = 1; index < times.length; index++) {
      const [before, after] = [times[index - 1] as number, times[index] as number];
      if (after - before > longest.length) longest = { from: before, to: after, length: after - before };
    }
    return longest;
  }

  /** Whether an operation of these groups has succeeded since. */
  hasSucceeded(groups: ReadonlySet<Group>, since: number): boolean {
    for (let index = this.operations.length - 1; index >= 0; index--) {
      const one = this.operations[index] as Operation;
      if (one.isSuccess && one.settled > since && one.isWithin(groups)) return true;
      // Older ones have settled before, or will not be the first to do so.
      if (one.issued < since - 10_000) return false;
    }
    return false;
  }

  /** The time that 99 of 100 successful operations of these groups took at most, of those that were issued in a span of time, ms. */
  p99(groups: ReadonlySet<Group>, from: number, to: number): number {
    const times = this.operations
      .filter((one) => one.isSuccess && one.issued >= from && one.issued < to && one.isWithin(groups))
      .map(({ issued, settled }) => settled - issued).sort((a, b) => a - b);
    return times[Math.floor(times.length * 0.99)] ?? 0;
  }
}

/** The kind of an error: the first word of a server's, else its code or class, and the phase that its command was in. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, word] = /^([A-Z]{3,}) /.exec(error.message) ?? [];
  if (word !== undefined) return word;
  const { code, phase } = error as { code?: string; phase?: string };
  return [code ?? error.constructor.name, phase].filter((part) => part !== undefined).join(' ');
}

/** Failed operations by kind, as a text. */
export function describeFailures(recording: Recording): string {
  return [...recording.failuresByKind].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`).join(', ') || 'none';
}
