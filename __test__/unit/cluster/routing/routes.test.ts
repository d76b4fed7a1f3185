// Which commands have a route, and which of them may go to replicas.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FanOutRoute } from '../../../../lib/cluster/routing/fan-out';
import { CursorMakerRoute, NodeCursorRoute } from '../../../../lib/cluster/routing/node-cursors';
import { isReplicaSafe, mayReadFromReplica } from '../../../../lib/cluster/routing/replica-safety';
import { routeIn, routeOf, routeOfWords } from '../../../../lib/cluster/routing/routes';
import { ScanRoute } from '../../../../lib/cluster/routing/scan';
import { SplitRoute } from '../../../../lib/cluster/routing/split';
import { COMMAND_TABLE } from '../../../../lib/commands';
import { MODULE_TABLES } from '../../../../lib/commands/modules';
import type { Command } from '../../../../lib/wire/command';
import { CommandEncoder } from '../../../../lib/wire/encoder';
import { commandFacts } from '../../../commands/command-facts';

const names = new Map<string, string>();
for (const [namespace, table] of Object.entries({ client: COMMAND_TABLE, ...MODULE_TABLES })) {
  for (const [method, { name }] of Object.entries(table)) names.set(`${namespace}.${method}`, name);
}

/** Kinds of routes by request policy, as npm redis has them. */
const KINDS: Readonly<Record<string, unknown>> = {
  'default-keyed': undefined, 'default-keyless': undefined, all_nodes: FanOutRoute, all_shards: FanOutRoute, multi_shard: SplitRoute,
};
const SPECIAL: Readonly<Record<string, unknown>> = {
  'client.scan': ScanRoute, 'client.blessScan': ScanRoute, 'ft.cursorRead': NodeCursorRoute, 'ft.cursorDel': NodeCursorRoute,
  'ft.aggregate': CursorMakerRoute, 'ft.aggregateWithCursor': CursorMakerRoute,
};

describe('every method has the route that npm redis gives it', () => {
  for (const { module, method, policy } of commandFacts()) {
    const id = `${module}.${method}`;
    const name = names.get(id);
    if (name === undefined) continue;
    test(id, () => {
      const expected = id in SPECIAL ? SPECIAL[id] : KINDS[(policy as string[])[0] as string];
      assert.equal(routeOf(name)?.constructor, expected);
    });
  }
});

test('commands without methods', () => {
  for (const name of ['CLIENT SETINFO', 'SLOWLOG RESET', 'SLOWLOG LEN', 'SLOWLOG GET', 'WAITAOF', 'CLUSTER SLOT-STATS']) {
    assert.ok(routeOf(name) instanceof FanOutRoute, name);
  }
  for (const name of ['MSETEX', 'INFO', 'MEMORY DOCTOR', 'FUNCTION STATS', 'HOTKEYS GET', 'CLUSTERSCAN', 'NOSUCH', '']) assert.equal(routeOf(name), undefined, name);
});

test('words find the same route as names, in any letter case', () => {
  assert.equal(routeOfWords('SCAN', '0')?.constructor, ScanRoute);
  assert.equal(routeOfWords('config', 'SET')?.constructor, FanOutRoute);
  assert.equal(routeOfWords('config', 'get'), undefined);
  assert.equal(routeOfWords('del', 'config')?.constructor, SplitRoute);
  assert.equal(routeOfWords('Script', 'load')?.constructor, FanOutRoute);
  assert.equal(routeOfWords('PING', undefined)?.constructor, FanOutRoute);
  assert.equal(routeOfWords('CONFIG', undefined), undefined);
});

test('commands of users count by their words', () => {
  const encoder = new CommandEncoder(Buffer.alloc(256)).begin();
  encoder.push('dbsize');
  assert.equal(routeIn(encoder, { parseCommand: () => undefined })?.constructor, FanOutRoute);
  assert.equal(routeIn(encoder, undefined)?.constructor, FanOutRoute);
  assert.equal(routeIn(encoder, COMMAND_TABLE.get as unknown as Command), undefined);
});

test('as many names as a user invents are not remembered', () => {
  for (let i = 0; i < 5000; i++) assert.equal(routeOf(`NOSUCH${i}`), undefined);
  assert.equal(routeOf('mget')?.constructor, SplitRoute);
});

describe('replicas', () => {
  test('what is declared counts', () => {
    assert.equal(isReplicaSafe(true, 'SET'), true);
    assert.equal(isReplicaSafe(false, 'GET'), false);
    assert.equal(mayReadFromReplica({ parseCommand: () => undefined, IS_READ_ONLY: true }, 'FCALL'), true);
  });

  test('otherwise only reads of keys that run no code of the user', () => {
    for (const name of ['GET', 'MGET', 'EXISTS', 'XRANGE', 'JSON.GET', 'OBJECT ENCODING', 'BLESS GET']) assert.equal(isReplicaSafe(undefined, name), true, name);
    for (const name of ['SET', 'TOUCH', 'EVAL_RO', 'FCALL_RO', 'EVALSHA', 'PUBLISH', 'DBSIZE', 'SCAN', 'NOSUCH', 'XREADGROUP']) {
      assert.equal(isReplicaSafe(undefined, name), false, name);
    }
  });

  test('methods as npm redis has them', () => {
    for (const { module, method, readOnly } of commandFacts()) {
      const table: Readonly<Record<string, unknown>> = module === 'client' ? COMMAND_TABLE : MODULE_TABLES[module as keyof typeof MODULE_TABLES] ?? {};
      const command = table[method] as Command | undefined;
      if (command === undefined || !readOnly) continue;
      assert.equal(mayReadFromReplica(command, command.name as string), true, `${module}.${method}`);
    }
  });
});
