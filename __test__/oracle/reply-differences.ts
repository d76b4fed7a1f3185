/** Tells where the outcomes of npm `redis` and oxredis differ, and keeps count of the commands that were compared. */
import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { ServerVersion } from '../support/server-program';
import { ACCEPTED, acceptedDifference, type AcceptedDifference, type MappingName } from './accepted-differences';
import { type Coverage, writeCoverage } from './coverage';

/** Who called. */
export interface Caller {
  readonly library: 'npm redis' | 'oxredis';
  readonly protocol: 2 | 3;
  readonly mapping: MappingName;
}

/** What a call came to. */
export type Result = [caller: Caller, outcome: unknown];

/** Differences that are told of one test. */
const TOLD = 4;

/** What the same caller of the other library is called. */
export const pairOf = ({ protocol, mapping }: Caller): string => `RESP${protocol}, ${mapping}`;

const show = (value: unknown): string => inspect(value, { depth: 12, breakLength: Infinity, compact: 100, maxStringLength: 600 }).slice(0, 1200);

/** A call as text. */
export const told = (method: string, args: readonly unknown[]): string => `${method}(${inspect(args, { breakLength: Infinity, depth: 6 }).slice(1, -1).trim()})`;

/** Fails if there are differences. */
export function fail(found: readonly string[]): void {
  if (found.length > 0) assert.fail(`${found.length} differences\n${found.slice(0, TOLD).join('\n')}`);
}

/** Compares outcomes on one server. */
export class Judge {
  /** Methods that were compared. */
  readonly compared = new Set<string>();
  /** Methods that the server does not know. */
  readonly unknown = new Set<string>();
  /** Those that gave something at least once: of the others only refusals are the same. */
  private readonly answered = new Set<string>();
  private readonly seen = new Set<AcceptedDifference>();

  /** Differences between the two libraries, as text. Those that are accepted for the method do not count. */
  differences(results: readonly Result[], about: string, method: string): string[] {
    const found: string[] = [];
    for (const [caller, own] of results) {
      if (inspect(own, { depth: 1 }).includes('resolved:')) this.answered.add(method);
      if (caller.library !== 'oxredis') continue;
      const pair = pairOf(caller);
      const [, their] = results.find(([other]) => other.library !== 'oxredis' && pairOf(other) === pair) as Result;
      if (isDeepStrictEqual(own, their)) continue;
      const difference = acceptedDifference(method, caller.protocol, caller.mapping, { about, theirs: show(their) });
      if (difference !== undefined) this.seen.add(difference);
      else found.push(`${about}, ${pair}:\n  oxredis   ${show(own)}\n  npm redis ${show(their)}`);
    }
    return found;
  }

  /** The steps of a sequence, as each caller noted them: pairs of a method and its outcome. */
  sequence(transcripts: readonly (readonly [Caller, readonly unknown[]])[], name: string): string[] {
    const steps = Math.max(...transcripts.map(([, notes]) => notes.length));
    return Array.from({ length: steps }, (_, step) => {
      const results = transcripts.map(([caller, notes]): Result => [caller, notes[step]]);
      const method = String((results[0]?.[1] as unknown[] | undefined)?.[0]);
      return this.differences(results, `${name}, step ${step + 1}`, method);
    }).flat();
  }

  /** Accepted differences of such a server that did not show. */
  unseen(version: ServerVersion): AcceptedDifference[] {
    return ACCEPTED.filter((one) => (one.servers?.includes(version) ?? true) && !this.seen.has(one));
  }

  /** Writes what was compared, for the table in docs/commands.md. @param name tells the files apart */
  writeCoverage(name: string, oracle: Coverage['oracle'], server: string): void {
    const named = (methods: Iterable<string>): string[] => Array.from(methods, (method) => `client.${method}`).sort();
    writeCoverage(name, {
      oracle, server, compared: named([...this.compared].filter((method) => this.answered.has(method))), unknown: named(this.unknown),
      refused: named([...this.compared].filter((method) => !this.answered.has(method))),
    });
  }
}
