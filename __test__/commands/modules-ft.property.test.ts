// Generated calls of client.ft, good and bad ones, send what npm redis sends for them, or fail as there.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { writeCoverage } from '../oracle/coverage';
import { assertSame } from './module-oracle';
import { ARGUMENTS, occurrences } from './modules-ft-arguments';

const RUNS = 400;

/** What V8 says when code trips over a value. It depends on how the code is written, so that only the type counts. */
const ENGINE = /^TypeError: (Cannot (read properties|convert|use|destructure)|\S.* is not (iterable|a function))/;
const alike = (error: string): string => (ENGINE.test(error) ? 'TypeError' : error);

test('every method has arguments here', () => {
  assert.deepEqual(Object.keys(ARGUMENTS).sort(), Object.keys(MODULE_TABLES.ft).sort());
});

describe('calls', () => {
  after(() => {
    assert.deepEqual([...occurrences.all].filter((option) => !occurrences.seen.has(option)), [], 'options that never occurred');
  });

  for (const [method, args] of Object.entries(ARGUMENTS)) {
    test(method, () => {
      fc.assert(fc.property(fc.tuple(...args), fc.nat(), (call, fewer) => {
        assertSame('ft', method, call, alike);
        // Without what is optional at the end.
        assertSame('ft', method, call.slice(0, call.length - (fewer % 2)), alike);
      }), { numRuns: RUNS });
    });
  }
});

/** What callers pass by accident. */
const WRONG: readonly unknown[] = [undefined, null, true, 5, '', 'x', [], ['x', 'y'], {}, Buffer.from('b'), new Date(0)];

/** A value with one of its parts replaced: `path` chooses which. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== Buffer.prototype;
  const names = isPlain ? Object.keys(value) : [];
  if (step === undefined || names.length === 0) return by;
  const name = names[step % names.length];
  const part = replaced((value as Record<string, unknown>)[name], rest, by);
  return Array.isArray(value) ? value.map((item: unknown, at) => (String(at) === name ? part : item)) : { ...(value as object), [name]: part };
}

describe('calls with something wrong', () => {
  const compared = Object.keys(ARGUMENTS).filter((method) => ARGUMENTS[method].length === 0).map((method) => `ft.${method}`);
  after(() => writeCoverage('arguments-ft', { oracle: 'property', compared }));

  for (const [method, args] of Object.entries(ARGUMENTS)) {
    if (args.length === 0) continue;
    test(method, () => {
      fc.assert(fc.property(fc.tuple(...args), fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }), fc.constantFrom(...WRONG),
        (call, path, wrong) => assertSame('ft', method, replaced(call, path, wrong) as unknown[], alike)), { numRuns: RUNS });
      compared.push(`ft.${method}`);
    });
  }
});
