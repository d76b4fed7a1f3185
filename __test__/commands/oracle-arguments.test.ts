// Compares what odd arguments send with what npm redis sends for them: the examples of the fixture, each varied in one place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_TABLE } from '../../lib/commands';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { commandFacts } from './command-facts';

interface OracleParser {
  redisArgs: unknown[];
  keys: unknown[];
}
interface Oracle {
  commands: Record<string, { parseCommand(parser: OracleParser, ...args: unknown[]): void }>;
  Parser: new (prefix?: string) => OracleParser;
}

/* eslint-disable @typescript-eslint/no-require-imports -- deep imports of a package without types for them */
const oracle: Oracle = {
  commands: require('@redis/client/dist/lib/commands').default as Oracle['commands'],
  Parser: require('@redis/client/dist/lib/client/parser').BasicCommandParser as Oracle['Parser'],
};
/* eslint-enable */

/** Replacements for a value: what callers pass by accident or at the edge of a type. */
function* variants(value: unknown): Generator<unknown> {
  yield undefined;
  yield null;
  if (typeof value === 'number') yield* [0, -1, 1.5, Infinity, -Infinity, NaN, '7', new Date(1_700_000_000_123)];
  if (typeof value === 'string') yield* ['', Buffer.from(value), 5, [value], [value, 'other']];
  if (typeof value === 'boolean') yield !value;
  if (value instanceof Date) yield* [1_700_000_000, 0];
  if (Array.isArray(value)) {
    yield [];
    yield value[0];
    yield [...(value as unknown[]), ...(value as unknown[])];
    for (let i = 0; i < value.length; i++) {
      for (const item of variants(value[i])) yield value.map((old: unknown, at) => (at === i ? item : old));
    }
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    yield {};
    const entries = Object.entries(value);
    for (const [name, old] of entries) {
      yield Object.fromEntries(entries.filter(([other]) => other !== name));
      for (const item of variants(old)) yield { ...value, [name]: item };
    }
  }
}

function* calls(examples: { args: unknown[] }[]): Generator<unknown[]> {
  for (const { args } of examples) {
    yield args.slice(0, -1);
    for (let i = 0; i < args.length; i++) {
      for (const value of variants(args[i])) yield args.map((old, at) => (at === i ? value : old));
    }
  }
}

/** What goes out as bytes. A call that throws, or pushes what the encoder refuses, is rejected either way. */
type Outcome = { sent: string[]; keys: string[] } | 'rejected';

function bytes(words: unknown[]): string[] {
  return words.map(word => {
    if (typeof word !== 'string' && !Buffer.isBuffer(word)) throw new TypeError('not an argument');
    const text = Buffer.from(word).toString('latin1');
    // The text of a Date is no timestamp: the server refuses it.
    if (/ GMT[+-]\d{4}/.test(text)) throw new TypeError('a Date where none is accepted');
    return text;
  });
}

function outcome(parser: OracleParser, parse: (parser: never, ...args: unknown[]) => unknown, args: unknown[]): Outcome {
  try {
    parse(parser as never, ...args);
    return { sent: bytes(parser.redisArgs), keys: bytes(parser.keys) };
  } catch {
    return 'rejected';
  }
}

/** Calls whose bytes differ on purpose, with the reason. */
const ACCEPTED: Record<string, string> = {
  geoAdd: 'an array as a coordinate is rejected instead of being joined with commas',
  geoSearchStore: 'an undefined destination is rejected instead of being left out, which would shift the arguments',
  geoRadiusByMemberRoWith: 'a lone string for the list of extras is taken as that extra, not as its letters',
  geoRadiusByMemberWith: 'likewise',
  geoSearchWith: 'likewise',
  arGrep: 'a bound that is no string is made text instead of being rejected',
  commandDocs: 'null and an empty name count as no name',
  vSetAttr: 'null is JSON, and a Buffer is taken for the JSON text itself',
  LOLWUT: 'an undefined number is rejected instead of being sent as text',
};

for (const { module, method, examples } of commandFacts()) {
  if (module !== 'client' || !(method in COMMAND_TABLE)) continue;
  test(method, () => {
    const differing: string[] = [];
    for (const args of calls(examples)) {
      const ours = outcome(new BasicCommandParser(), COMMAND_TABLE[method].parseCommand as never, args);
      const theirs = outcome(new oracle.Parser(), oracle.commands[method].parseCommand as never, args);
      try {
        assert.deepEqual(ours, theirs);
      } catch {
        const show = (value: Outcome): string => (value === 'rejected' ? value : JSON.stringify(value.sent));
        differing.push(`${JSON.stringify(args)} sends ${show(ours)}, npm redis ${show(theirs)}`);
      }
    }
    if (method in ACCEPTED) assert.notDeepEqual(differing, [], 'no longer differs');
    else assert.deepEqual(differing, []);
  });
}
