/** What a script notes with npm `redis` and with oxredis, and the comparison of both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as theirs from 'redis';
import * as ours from '../../lib';
import { PATIENCE } from '../support/until';

/** The library under test. Both have the types of oxredis here: the scripts stay within what both do. */
export type Library = typeof ours;

/** Where oxredis differs on purpose. */
export interface Difference {
  /** For docs/migrating.md. */
  reason: string;
  /** What oxredis notes. */
  ours: unknown[][];
}

/** How a script notes what it sees. */
export interface Notebook {
  /** Adds to the transcript. */
  note(...values: unknown[]): void;
  /** Notes what a promise comes to: its value, or class and message of its error. */
  outcome(label: string, promise: Promise<unknown>): Promise<void>;
  /** Notes what a function returns or throws. */
  attempt(label: string, run: () => unknown): void;
}

/** Declares a test: the transcripts of both libraries are the same, or differ as stated. */
export function sameTranscripts(name: string, transcript: (lib: Library) => Promise<unknown[][]>, difference?: Difference): void {
  test(name, async () => {
    const expected = await transcript(theirs as unknown as Library);
    const actual = await transcript(ours);
    if (difference === undefined) return assert.deepEqual(actual, expected);
    assert.deepEqual(actual, difference.ours);
    assert.notDeepEqual(expected, difference.ours, `no difference any more: ${difference.reason}`);
  });
}

/**
 * Runs a script and gives what it has noted by its end; what the end of its clients would note does not count.
 * @param described how values are noted
 */
export async function transcriptOf(
  script: (notebook: Notebook) => Promise<void>, { described, end }: { described: (value: unknown) => unknown; end: () => void },
): Promise<unknown[][]> {
  const notes: unknown[][] = [];
  const note = (...values: unknown[]): void => void notes.push(values.map(described));
  const notebook: Notebook = {
    note,
    outcome: (label, promise) => promise.then((value) => note(label, value), (error: unknown) => note(label, error)),
    attempt: (label, run) => {
      try {
        note(label, run());
      } catch (error) {
        note(label, error);
      }
    },
  };
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the script hangs after ${JSON.stringify(notes.slice(-3))}`)), 2 * PATIENCE);
  });
  try {
    await Promise.race([script(notebook), overdue]);
    return notes.slice();
  } finally {
    clearTimeout(timer);
    end();
  }
}

/** Errors become class and message; what belongs to one library only is dropped. */
export function plain(value: unknown): unknown {
  if (value instanceof Error) return withoutReason(`${value.constructor.name}: ${value.message}`);
  if (typeof value === 'object' && value !== null && 'isOpen' in value) return '(client)';
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

/** A text as both libraries have it: here an error says what waited, how long and why, and what is wrong with an argument; there it does not. */
export function withoutReason(text: string): string {
  return text.replace(/^(TypeError: "arguments\[\d+\]" must be of type "string \| Buffer", got) (?:null|[A-Z]\w*|array) instead\.$/, '$1 object instead.')
    .replace(/^TypeError: (?:Cannot (?:read properties of|use 'in' operator|convert undefined or null to object)|\S+ is not (?:a function|iterable)|[A-Z. ]+ cannot be made of the arguments).*$/, 'TypeError: (arguments)')
    .replace(/^(AbortError: The command was aborted): .*$/, '$1').replace(/^(TimeoutError: )\S.* waited \d+ ms to be written: .*$/, '$1');
}
