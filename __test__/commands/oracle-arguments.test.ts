// Compares what bad and odd arguments send, or are refused with, with what npm redis does: the examples of the fixture, each varied in
// one place.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { writeCoverage } from '../oracle/coverage';
import { commandFacts } from './command-facts';
import { ourOutcome, theirOutcome, type Outcome } from './oracle-encoding';

/** What no command takes, and texts that are hard to encode. */
const STRANGE = [
  undefined, null, true, 5, 5n, Symbol('s'), {}, [], () => 'f', new Uint8Array(2), new Date(1_700_000_000_123), Object('text'),
  '', '\0', '\ud800', 'a\udfffb',
];

/** Replacements for a value: what callers pass by accident or at the edge of a type. */
function* variants(value: unknown): Generator<unknown> {
  yield* STRANGE;
  if (typeof value === 'number') yield* [0, -1, 1.5, Infinity, -Infinity, NaN, '7'];
  if (typeof value === 'string') yield* [Buffer.from(value), [value], [value, 'other']];
  if (typeof value === 'boolean') yield !value;
  if (value instanceof Date) yield* [1_700_000_000, 0];
  if (Array.isArray(value)) {
    yield value[0];
    yield [...(value as unknown[]), ...(value as unknown[])];
    for (let i = 0; i < value.length; i++) {
      for (const item of variants(value[i])) yield value.map((old: unknown, at) => (at === i ? item : old));
    }
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value);
    for (const [name, old] of entries) {
      yield Object.fromEntries(entries.filter(([other]) => other !== name));
      for (const item of variants(old)) yield { ...value, [name]: item };
    }
  }
}

function* calls(examples: { args: unknown[] }[]): Generator<unknown[]> {
  for (const { args } of examples) {
    for (let count = 0; count < args.length; count++) yield args.slice(0, count);
    for (const more of [undefined, 'more', { more: 1 }]) yield [...args, more];
    for (let i = 0; i < args.length; i++) {
      for (const value of variants(args[i])) yield args.map((old, at) => (at === i ? value : old));
    }
  }
}

/** A difference that is meant. */
interface Difference {
  reason: string;
  /** Which calls differ. */
  concerns(args: readonly unknown[]): boolean;
}

const field = (value: unknown, name: string): unknown => (value as Record<string, unknown> | undefined)?.[name];

/** A list that npm redis spreads, whatever it is: what is no list fails with V8's words, or a text is taken for its letters. */
function listed(at: (args: readonly unknown[]) => unknown): Difference {
  return { reason: 'one value in place of a list is that value, or is refused by its place among the arguments', concerns: (args) => !Array.isArray(at(args)) };
}
const SCRIPT_ARGUMENTS = listed(([, options]) => field(options, 'arguments'));

/** Where calls differ on purpose. */
const ACCEPTED: Record<string, Difference> = {
  eval: SCRIPT_ARGUMENTS,
  evalSha: SCRIPT_ARGUMENTS,
  fCall: SCRIPT_ARGUMENTS,
  geoRadiusByMemberRoWith: listed((args) => args[4]),
  geoRadiusByMemberWith: listed((args) => args[4]),
  geoSearchWith: listed((args) => args[3]),
  geoSearchStore: {
    reason: 'an undefined destination is refused instead of being left out, which would shift the arguments',
    concerns: ([destination]) => destination === undefined,
  },
  hSet: {
    reason: 'what is no field is refused, instead of HSET without fields being sent',
    concerns: ([, fields]) => !['string', 'number', 'object'].includes(typeof fields),
  },
  LOLWUT: {
    reason: 'an undefined number is refused instead of being sent as text',
    concerns: (args) => args.includes(undefined) || args.includes(null),
  },
  mSetEx: {
    reason: 'a missing time is refused in other words',
    concerns: ([, options]) => (field(field(options, 'expiration'), 'value') ?? undefined) === undefined,
  },
  sDiffCard: {
    reason: 'the limit may be given as a number, as to sInterCard',
    concerns: ([, limit]) => typeof limit === 'number',
  },
  vSetAttr: {
    reason: 'null is JSON, and a Buffer is taken for the JSON text itself',
    concerns: ([, , attributes]) => attributes === null || Buffer.isBuffer(attributes),
  },
};

function shown(outcome: Outcome): string {
  return 'error' in outcome ? outcome.error : `sent ${JSON.stringify(outcome.sent)}`;
}

const compared: string[] = [];
after(() => writeCoverage('arguments', { oracle: 'property', compared }));

for (const { module, method, examples } of commandFacts()) {
  if (module !== 'client') continue;
  test(method, () => {
    const differing = new Set<string>();
    const accepted = ACCEPTED[method];
    let accepting = 0;
    for (const args of calls(examples)) {
      const [ours, theirs] = [ourOutcome(method, args), theirOutcome(method, args)];
      if (isDeepStrictEqual(ours, theirs)) continue;
      if (accepted?.concerns(args)) accepting++;
      else differing.add(`${fc.stringify(args)}\n  ours   ${shown(ours)}\n  theirs ${shown(theirs)}`);
    }
    assert.deepEqual([...differing], []);
    if (accepted !== undefined) assert.notEqual(accepting, 0, `no longer differs: ${accepted.reason}`);
    compared.push(`${module}.${method}`);
  });
}
