// Arguments are made from the types of both libraries: every option that either of them declares, by itself, together with all
// others, and in random combinations. Both send the same bytes.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { COMMAND_TABLE } from '../../lib/commands';
import { arbitrary, variants } from './argument-makers';
import { declaredArguments, type Shape } from './argument-shapes';
import { ourOutcome, theirOutcome } from './oracle-encoding';

const declared = declaredArguments();
const METHODS = Object.keys(COMMAND_TABLE);

/** Random calls of each command, for the types of each library. */
const RUNS = 200;
/** The same calls in every run, unless the environment says otherwise. */
const SEED = Number(process.env.OXREDIS_TEST_SEED ?? 1);

interface Difference {
  reason: string;
  /** Which calls differ. */
  concerns(args: readonly unknown[]): boolean;
}

/** Where the bytes differ on purpose. */
const ACCEPTED: Record<string, Difference> = {
  vSetAttr: {
    reason: 'a Buffer is taken for the JSON text itself',
    concerns: ([, , attributes]) => Buffer.isBuffer(attributes),
  },
  zAddIncr: {
    reason: 'NX, XX, LT and GT count as they do for zAdd; npm redis declares them and leaves them out',
    concerns: ([, , options]) => ['NX', 'XX', 'LT', 'GT'].some((name) => (options as Record<string, unknown> | undefined)?.[name]),
  },
};

/** Options that are declared and change nothing. */
const IDLE: Record<string, readonly string[]> = {
  // In npm redis too: the first argument says it.
  hello: ['options.protover'],
};

function difference(method: string, args: readonly unknown[]): string | undefined {
  const [ours, theirs] = [ourOutcome(method, args), theirOutcome(method, args)];
  if (isDeepStrictEqual(ours, theirs)) return undefined;
  return `${fc.stringify(args)}\n  ours   ${JSON.stringify(ours)}\n  theirs ${JSON.stringify(theirs)}`;
}

test('both libraries declare the same methods', () => {
  assert.deepEqual([...declared.Theirs.keys()].sort(), [...METHODS].sort());
  assert.deepEqual([...declared.Ours.keys()].sort(), [...METHODS].sort());
});

for (const method of METHODS) {
  const accepted = ACCEPTED[method];

  /** All calls of one library's types; gives the differences, the accepted ones apart. */
  const compared = (shape: Shape): { differing: Set<string>; accepting: number; idle: string[] } => {
    const differing = new Set<string>();
    const [options, effective] = [new Set<string>(), new Set<string>()];
    let accepting = 0;
    const note = (args: readonly unknown[]): void => {
      const found = difference(method, args);
      if (found === undefined) return;
      if (accepted?.concerns(args)) accepting++;
      else differing.add(found);
    };
    for (const { value, option, without } of variants(shape)) {
      const args = value as unknown[];
      note(args);
      if (option === undefined) continue;
      options.add(option);
      if (!isDeepStrictEqual(ourOutcome(method, args), ourOutcome(method, without as unknown[]))) effective.add(option);
    }
    for (const args of fc.sample(arbitrary(shape), { numRuns: RUNS, seed: SEED })) note(args as unknown[]);
    return { differing, accepting, idle: [...options].filter((option) => !effective.has(option)) };
  };

  test(method, () => {
    let accepting = 0;
    for (const types of ['Ours', 'Theirs'] as const) {
      const found = compared(declared[types].get(method) as Shape);
      assert.deepEqual([...found.differing], []);
      assert.deepEqual(found.idle, IDLE[method] ?? [], 'options that change nothing');
      accepting += found.accepting;
    }
    if (accepted !== undefined) assert.notEqual(accepting, 0, `no longer differs: ${accepted.reason}`);
  });
}

test('all options of both libraries are made', () => {
  const counts = [...declared.Theirs.values()].map((shape) => new Set([...variants(shape)].map(({ option }) => option)).size - 1);
  // A reader that finds no options any more would let everything above pass.
  assert.ok(counts.reduce((sum, count) => sum + count, 0) > 300, String(counts));
  const names = (method: string): string[] => [...new Set([...variants(declared.Theirs.get(method) as Shape)].flatMap(({ option }) => option ?? []))];
  assert.deepEqual(names('lPos'), ['options', 'options.RANK', 'options.MAXLEN']);
});
