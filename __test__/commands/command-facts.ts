import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/paths';

/** One call and what it sends. */
export interface CommandExample {
  args: unknown[];
  wire: (string | Buffer)[];
  /** Indexes in `wire` that get the key prefix. */
  keys: number[];
  /** A key for routing that gets no prefix. */
  routingKey?: string;
  /** What the parser keeps for the reply. */
  preserve?: unknown;
}

/** What npm redis 6.3.1 does with a method (fixtures/commands.json). */
export interface CommandFacts {
  /** `'client'` or the module's namespace. */
  module: string;
  method: string;
  upper: string;
  readOnly: boolean;
  cacheable: boolean;
  /** Request and response policy in a cluster. */
  policy: [string, string];
  /** Whether the callback API transforms the reply. */
  legacy?: boolean;
  examples: CommandExample[];
}

/** Undoes the encodings of the fixture (`$buffer`, `$date`, `$map`, `$number`, `$undefined`). */
export function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[kind, encoded] = ['', undefined]] = entries;
  switch (kind) {
    case '$buffer':
      return Buffer.from(encoded as string, 'base64');
    case '$date':
      return new Date(encoded as number);
    case '$map':
      return new Map((encoded as [unknown, unknown][]).map(([k, v]) => [revive(k), revive(v)]));
    case '$number':
      return Number(encoded);
    case '$undefined':
      return undefined;
    default:
      return Object.fromEntries(entries.map(([key, item]) => [key, revive(item)]));
  }
}

// Compiled tests run elsewhere; fixtures stay with their sources.
const FIXTURES = join(REPOSITORY, '__test__', 'fixtures');

/** Reads a JSON fixture. */
export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

/** All facts, with examples revived. */
export function commandFacts(): CommandFacts[] {
  const { commands } = fixture('commands.json') as { commands: CommandFacts[] };
  return commands.map(facts => ({
    ...facts,
    examples: facts.examples.map(example => ({
      ...example,
      args: revive(example.args) as unknown[],
      wire: revive(example.wire) as (string | Buffer)[],
      keys: example.keys ?? [],
      ...(example.preserve !== undefined ? { preserve: revive(example.preserve) } : {}),
    })),
  }));
}
