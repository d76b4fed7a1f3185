import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { COMMAND_TABLE } from '../../lib/commands';
import type { AnyBuiltInCommand, CommandTable } from '../../lib/commands/command';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { isCacheable, isReadOnly, metadataOf } from '../../lib/commands/metadata';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { writeCoverage } from '../oracle/coverage';
import { commandFacts, type CommandExample } from './command-facts';
import { wireOf } from './module-differences';

const facts = new Map(commandFacts().map(item => [`${item.module}.${item.method}`, item]));

/** All tables by namespace; `client` is the client itself. */
const TABLES: Readonly<Record<string, CommandTable>> = { client: COMMAND_TABLE, ...MODULE_TABLES };
const ROWS = Object.entries(TABLES).flatMap(([namespace, table]) =>
  Object.entries(table).map(([method, command]) => [`${namespace}.${method}`, command] as const));

function parsed(command: AnyBuiltInCommand, args: unknown[], prefix?: string | Buffer): BasicCommandParser {
  const parser = new BasicCommandParser(prefix);
  command.parseCommand(parser, ...args);
  return parser;
}

function prefixed(word: string | Buffer, prefix: string): string | Buffer {
  return typeof word === 'string' ? prefix + word : Buffer.concat([Buffer.from(prefix), word]);
}

function checkExample(command: AnyBuiltInCommand, example: CommandExample): void {
  const parser = parsed(command, example.args);
  assert.deepEqual(parser.redisArgs, example.wire);
  const keys = example.keys.map(index => example.wire[index]);
  assert.deepEqual(parser.keys, example.routingKey === undefined ? keys : [example.routingKey]);
  assert.deepEqual(parser.preserve, example.preserve);
  const withPrefix = example.wire.map((word, index) => (example.keys.includes(index) ? prefixed(word, 'app:') : word));
  assert.deepEqual(parsed(command, example.args, 'app:').redisArgs, withPrefix);
}

describe('commands send what npm redis sends', () => {
  const compared: string[] = [];
  after(() => writeCoverage('wire', { oracle: 'wire', compared }));
  for (const [method, command] of ROWS) {
    test(method, () => {
      const expected = facts.get(method);
      assert.ok(expected, 'npm redis has no such method');
      assert.equal(command.upper, expected.upper);
      for (const example of expected.examples) {
        checkExample(command, { ...example, wire: [...wireOf(expected.module, expected.method, example.wire)] });
      }
      compared.push(method);
    });
  }
});

/** Flags follow the wire name; npm redis declares them for each method. */
const READ_ONLY_TOO: ReadonlySet<string> = new Set([
  'ft.searchNoContent', 'ts.mGetSelectedLabels', 'ts.mGetWithLabels',
  ...['mRange', 'mRevRange'].flatMap(method => [
    'GroupBy', 'MultiAggr', 'SelectedLabels', 'SelectedLabelsGroupBy', 'SelectedLabelsMultiAggr', 'WithLabels', 'WithLabelsGroupBy',
    'WithLabelsMultiAggr',
  ].map(variant => `ts.${method}${variant}`)),
]);
/** Keys that npm redis sends as plain arguments: without prefix, and not for routing. */
const UNMARKED_KEYS: ReadonlySet<string> = new Set(['ft.sugLen']);

describe('metadata', () => {
  for (const [method, command] of ROWS) {
    test(method, () => {
      const expected = facts.get(method);
      assert.ok(expected);
      assert.equal(command.IS_READ_ONLY, expected.readOnly || READ_ONLY_TOO.has(method), 'IS_READ_ONLY');
      assert.equal(command.CACHEABLE, expected.cacheable, 'CACHEABLE');
      assert.equal(command.TRANSFORM_LEGACY_REPLY ?? false, expected.legacy ?? false, 'TRANSFORM_LEGACY_REPLY');
      const { requestPolicy, responsePolicy } = metadataOf(command.name);
      assert.deepEqual([requestPolicy, responsePolicy], expected.policy);
    });
  }

  test('the first key is where the server says it is', () => {
    for (const [method, command] of ROWS) {
      if (UNMARKED_KEYS.has(method)) continue;
      const { keys: [first] } = metadataOf(command.name);
      for (const { wire, keys, routingKey } of facts.get(method)?.examples ?? []) {
        // Keys announced by a keyword (MIGRATE … KEYS) have no fixed place; restoreAsking sends no arguments at all.
        if (first === 0 || routingKey !== undefined || wire.length === 1 || wire[(keys[0] ?? 0) - 1] === 'KEYS') continue;
        assert.equal(keys[0], first, method);
      }
    }
  });

  test('an unknown command is a keyless write', () => {
    assert.equal(isReadOnly('NOSUCH'), false);
    assert.equal(isCacheable('NOSUCH'), false);
    assert.equal(metadataOf('NOSUCH').requestPolicy, 'default-keyless');
  });
});
