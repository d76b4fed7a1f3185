/** Generated calls of the commands of a namespace, good and bad ones: they send what npm redis sends for them, or fail as there. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { writeCoverage } from '../oracle/coverage';
import { assertSame } from './module-oracle';

export type Any = fc.Arbitrary<unknown>;
/** An arbitrary for each option: one that npm redis has and that is missing here does not compile. */
type Model<OPTIONS> = { [NAME in keyof OPTIONS]-?: Any };

const RUNS = 300;
const all = new Set<string>();
const seen = new Set<string>();

/** Objects with any of the options, undefined ones too; `required` ones are always there. Each has to occur with a value. */
export function options<OPTIONS>(about: string, model: Model<OPTIONS>, required: readonly (keyof OPTIONS & string)[] = []): Any {
  for (const name of Object.keys(model)) all.add(`${about}.${name}`);
  const arbitraries = Object.fromEntries(Object.entries<Any>(model).map(([name, arbitrary]) =>
    [name, (required as readonly string[]).includes(name) ? arbitrary : fc.option(arbitrary, { nil: undefined, freq: 2 })]));
  return fc.record(arbitraries, { requiredKeys: [...required] }).map((value) => {
    for (const [name, item] of Object.entries(value)) if (item !== undefined) seen.add(`${about}.${name}`);
    return value;
  });
}

/** What callers pass by accident. */
const WRONG: readonly unknown[] = [
  undefined, null, true, 5, '7', '', 'xy', [], ['x', 'y'], [null], {}, Buffer.from('b'), new Date(0), Symbol.iterator,
];

/** A value with one of its parts replaced: `path` chooses which. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  const hasParts = typeof value === 'object' && value !== null && !Buffer.isBuffer(value) && !(value instanceof Date);
  const names = hasParts ? Object.keys(value) : [];
  if (step === undefined || names.length === 0) return by;
  const name = names[step % names.length];
  const part = replaced((value as Record<string, unknown>)[name], rest, by);
  return Array.isArray(value) ? value.map((item: unknown, at) => (String(at) === name ? part : item)) : { ...(value as object), [name]: part };
}

/** What V8 itself says has names of variables in it, which may differ. */
const alike = (error: string): string =>
  error.replace(/^TypeError: (Cannot (read properties|destructure property) .*|.* is not (iterable|a function)( \(.*\))?)$/, 'TypeError of V8');

/** Compares generated calls of a namespace: the arguments of each method, of which the last `optional` ones may be left out. */
export function compareCalls(namespace: string, methods: Readonly<Record<string, { args: readonly Any[]; optional?: number }>>): void {
  describe(`calls of ${namespace}`, () => {
    const compared: string[] = [];
    test('every method is here', () => {
      assert.deepEqual(Object.keys(methods).sort(), Object.keys(MODULE_TABLES[namespace]).sort());
    });

    for (const [method, { args, optional = 0 }] of Object.entries(methods)) {
      test(method, () => {
        fc.assert(fc.property(fc.tuple(...args), fc.nat(optional), (call, fewer) =>
          assertSame(namespace, method, call.slice(0, call.length - fewer), alike)), { numRuns: RUNS });
      });

      test(`${method} with something wrong`, () => {
        fc.assert(fc.property(fc.tuple(...args), fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), fc.constantFrom(...WRONG),
          (call, path, wrong) => assertSame(namespace, method, replaced(call, path, wrong) as unknown[], alike)), { numRuns: RUNS });
        compared.push(`${namespace}.${method}`);
      });

      test(`${method} with fewer arguments`, () => {
        fc.assert(fc.property(fc.tuple(...args), fc.nat(args.length), (call, count) =>
          assertSame(namespace, method, call.slice(0, count), alike)), { numRuns: 30 });
      });
    }

    after(() => {
      writeCoverage(`arguments-${namespace}`, { oracle: 'property', compared });
      assert.deepEqual([...all].filter((option) => option.startsWith(`${namespace}.`) && !seen.has(option)), [], 'options that never occurred');
    });
  });
}
