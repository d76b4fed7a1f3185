/** What a module command of oxredis sends for a call, beside what npm redis sends for it. */
import assert from 'node:assert/strict';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { wireOf } from './module-differences';

interface OracleParser {
  redisArgs: unknown[];
  keys: unknown[];
  preserve: unknown;
}
type Parse = (parser: OracleParser, ...args: unknown[]) => void;
type OracleCommands = Record<string, { parseCommand: Parse }>;

/* eslint-disable @typescript-eslint/no-require-imports -- its parser has no types */
const { BasicCommandParser: TheirParser } = require('@redis/client/dist/lib/client/parser') as { BasicCommandParser: new () => OracleParser };
const bloom = (namespace: string) => (): OracleCommands => (require('@redis/bloom').default as Record<string, OracleCommands>)[namespace];
/** The tables of npm redis' modules. */
export const PACKAGES: Record<string, () => OracleCommands> = {
  bf: bloom('bf'),
  cf: bloom('cf'),
  cms: bloom('cms'),
  json: () => require('@redis/json').default as OracleCommands,
  tDigest: bloom('tDigest'),
  topK: bloom('topK'),
  ts: () => require('@redis/time-series').default as OracleCommands,
  ft: () => require('@redis/search').default as OracleCommands,
};
/* eslint-enable */

/** What goes out, or the error that the caller gets. */
type Outcome = { sent: string[]; keys: unknown[]; preserve: unknown } | { error: string };

function described(error: unknown): Outcome {
  return { error: error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error) };
}

function outcome(parser: OracleParser, parse: Parse, args: readonly unknown[], wire: (words: unknown[]) => readonly unknown[]): Outcome {
  try {
    parse(parser, ...args);
  } catch (error) {
    return described(error);
  }
  const words = wire(parser.redisArgs);
  const bad = words.findIndex((word) => typeof word !== 'string' && !Buffer.isBuffer(word));
  // What the encoder says, in both clients.
  if (bad >= 0) return described(new TypeError(`"arguments[${bad}]" must be of type "string | Buffer", got ${typeof words[bad]} instead.`));
  return { sent: words.map((word) => Buffer.from(word as string).toString('latin1')), keys: parser.keys, preserve: parser.preserve };
}

/** Fails unless both send the same for a call, or refuse it with the same error. */
export function assertSame(namespace: string, method: string, args: readonly unknown[], alike = (error: string): string => error): void {
  const own = new BasicCommandParser();
  const ours = outcome(own as unknown as OracleParser, MODULE_TABLES[namespace][method].parseCommand as unknown as Parse, args, (words) => words);
  const theirs = outcome(new TheirParser(), PACKAGES[namespace]()[method].parseCommand, args, (words) => wireOf(namespace, method, words));
  const compared = (one: Outcome): Outcome => ('error' in one ? { error: alike(one.error) } : one);
  assert.deepEqual(compared(ours), compared(theirs));
}
