/** How times are judged on machines that are busy with other things. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Load } from '../history/load';
import { describeFailures, type Operation } from '../history/recording';

/** A limit on a quiet machine is this many times larger here. `bench/cluster-faults.mjs` prints the exact figures. */
const FACTOR = Number(process.env.OXREDIS_CLUSTER_PATIENCE ?? 5);

/** A limit in ms, with allowance for a busy machine and for the stalls of this process. */
export function allowed(limit: number, load: Load): number {
  return limit * FACTOR + 2 * load.worstDelay;
}

/** Checks what has to hold whatever happens: right values, nothing lost, nothing run twice, nothing unsettled. */
export function assertHistory(load: Load): void {
  assert.equal(load.unsettled, 0, 'commands never settled');
  assert.deepEqual(load.violations.slice(0, 5), [], `${load.violations.length} replies are wrong`);
}

/** Checks that no command failed. */
export function assertNoFailures(load: Load): void {
  assert.equal(describeFailures(load.recording), 'none', firstOf(load.recording.failures));
}

/** What is said of a load after a test. */
export function report(context: TestContext, load: Load, ...more: string[]): void {
  const { operations } = load.recording;
  const wrong = load.violations.length === 0 ? '' : `, ${load.violations.length} WRONG`;
  context.diagnostic([`${operations.length} commands, failed: ${describeFailures(load.recording)}${wrong}`, ...more].join('; '));
}

/** The first of these operations with its error, for messages. */
export function firstOf(operations: readonly Operation[]): string {
  const [one] = operations;
  if (one === undefined) return '';
  const error = one.error as Error & { cause?: unknown };
  const keys = one.groups.map(({ tag, slot }) => `{${tag}} in ${slot}`).join(', ');
  return `${operations.length}, the first: ${one.kind} of ${keys} at ${Math.round(one.issued)} to ${Math.round(one.settled)}: ${error?.stack ?? String(error)}`;
}
