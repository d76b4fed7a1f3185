/** How times are judged on machines that are busy with other things. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Load } from '../history/load';
import { describeFailures, errorKind, type Operation } from '../history/recording';
import type { Group } from '../history/registers';

/** A limit on a quiet machine is this many times larger here. `bench/cluster-faults.mjs` prints the exact figures. */
export const FACTOR = Number(process.env.OXREDIS_CLUSTER_PATIENCE ?? 5);

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

/** The first words of the errors of servers that a cluster client deals with itself. */
export const OF_THE_CLUSTER = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|CROSSSLOT|EXECABORT)\b/;

/**
 * Checks that commands failed only because they were in flight to a node that was lost: writes of its keys, issued before
 * a time, with errors of the connection.
 */
export function assertOnlyLost(load: Load, struck: ReadonlySet<Group>, until: number): void {
  const { failures } = load.recording;
  const surfaced = failures.filter(({ error }) => OF_THE_CLUSTER.test(errorKind(error)));
  assert.equal(surfaced.length, 0, `errors of the cluster reached callers: ${firstOf(surfaced)}`);
  const elsewhere = failures.filter(({ groups }) => !groups.some((group) => struck.has(group)));
  assert.equal(elsewhere.length, 0, `commands of other nodes failed: ${firstOf(elsewhere)}`);
  const reads = failures.filter(({ kind }) => kind === 'get' || kind === 'mGet');
  assert.equal(reads.length, 0, `reads failed: ${firstOf(reads)}`);
  const late = failures.filter(({ issued }) => issued > until);
  assert.equal(late.length, 0, `commands failed that were issued later than ${Math.round(until)}: ${firstOf(late)}`);
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
