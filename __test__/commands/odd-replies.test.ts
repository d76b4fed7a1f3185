// Replies that servers send and that no recording has: deleted entries of streams, documents as JSON, odd descriptions of commands.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from '../../lib';
import { COMMAND_TABLE } from '../../lib/commands';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { startServer, type TestServer } from '../support/server';
import { PACKAGES } from './module-oracle';
import { oracle, transformOf, type OracleCommand } from './reply-transforms';

/** The calls of this file: the client's own types are large for a protocol that is one or the other. */
interface Plain {
  connect(): Promise<unknown>;
  destroy(): void;
  sendCommand(words: string[]): Promise<unknown>;
  xAdd(key: string, id: string, message: object): Promise<unknown>;
  xGroupCreate(key: string, group: string, id: string): Promise<unknown>;
  xReadGroup(group: string, consumer: string, stream: object): Promise<unknown>;
  xDel(key: string, id: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
}
const makeClient = createClient as unknown as (options: object) => Plain;

describe('entries of streams that were deleted', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  for (const RESP of [2, 3] as const) {
    test(`the history of a consumer has them without a message (RESP${RESP})`, async () => {
      const client = makeClient({ RESP, socket: { host: '127.0.0.1', port: server.port } });
      await client.connect();
      await client.del('s');
      for (const id of ['1-0', '2-0', '3-0']) await client.xAdd('s', id, { f: id });
      await client.xGroupCreate('s', 'g', '0');
      await client.xReadGroup('g', 'c', { key: 's', id: '>' });
      await client.xDel('s', '2-0');
      await client.sendCommand(['XTRIM', 's', 'MINID', '2']);
      const [stream] = await client.xReadGroup('g', 'c', { key: 's', id: '0' }) as { messages: unknown[] }[];
      assert.deepEqual(stream?.messages, [
        { id: '1-0', message: null }, { id: '2-0', message: null }, { id: '3-0', message: { f: '3-0' } },
      ]);
      client.destroy();
    });
  }
});

const both = (namespace: string, method: string): OracleCommand[] =>
  [MODULE_TABLES[namespace]?.[method] as OracleCommand, PACKAGES[namespace]?.()[method] as OracleCommand];

describe('documents that are JSON', () => {
  for (const [json, about] of [['{"a":1,"b":{"c":[2]}}', 'JSON'], ['no JSON', 'no JSON']] as const) {
    const row = { __key: 'k', __score: '0.5', extra_attributes: { $: json, n: '1' } };
    const flat = ['total_results', 1, 'results', [['__key', 'k', '__score', '0.5', 'extra_attributes', ['$', json, 'n', '1']]],
      'warnings', [], 'execution_time', '0.5'];
    const object = { total_results: 1, results: [row], warnings: [], execution_time: 0.5 };
    const map = new Map<string, unknown>(Object.entries({
      ...object, results: [new Map(Object.entries({ ...row, extra_attributes: new Map(Object.entries(row.extra_attributes)) }))],
    }));
    for (const [resp, reply] of [[2, flat], [3, object], [3, map]] as const) {
      test(`ft.hybrid, ${about}, RESP${resp}, ${reply.constructor.name}`, () => {
        const [ours, theirs] = both('ft', 'hybrid').map((command) => transformOf(command, resp)?.(reply as never, undefined, {}));
        assert.deepEqual(ours, theirs);
        const expected = about === 'JSON' ? { a: 1, b: { c: [2] } } : { $: json };
        assert.deepEqual((ours as { results: unknown[] }).results, [{ ...expected, n: '1', __key: 'k', __score: '0.5' }]);
      });
    }
  }

  test('ft.search: a result that is null has no id', () => {
    const [ours, theirs] = both('ft', 'search').map((command) => transformOf(command, 3)?.({ total_results: 1, results: [null] } as never, {}, {}));
    assert.deepEqual(ours, theirs);
    assert.equal((ours as { documents: { id: string }[] }).documents[0]?.id, '');
  });
});

test('unknown policies are undefined, malformed key specifications are unknown', () => {
  const specs: unknown[] = [
    ['begin_search', ['type', 'index', 'spec', ['index', 'x']], 'find_keys', ['type', 'range', 'spec', ['lastkey', 0, 'keystep', 1]]],
    ['begin_search', ['type', 'keyword', 'spec', ['keyword', 5, 'startfrom', 1]], 'find_keys', ['type', 'keynum', 'spec', null]],
    ['begin_search', ['type', 'index', 'spec', ['index']], 'find_keys', null], null, 'text', [],
    ['begin_search', ['type', 'index', 'spec', ['index', 1]], 'find_keys', ['type', 'range', 'spec', ['lastkey', 0, 'keystep', 1, 'limit', 0]]],
  ];
  const tips = ['request_policy:new_one', 'response_policy:agg_median', 'request_policy:all_shards', 'nondeterministic_output'];
  const reply = (): unknown => [['get', 2, ['fast'], 1, 1, 1, ['@read'], tips, specs, []], ['x', 1, [], 0, 0, 0, [], [tips[0], tips[1]], [], []]];
  const ours = transformOf(COMMAND_TABLE.command as OracleCommand, 2)?.(reply() as never, undefined, {});
  assert.deepEqual(ours, transformOf(oracle.command, 2)?.(reply() as never, undefined, {}));
  const [, second] = ours as { policies: unknown }[];
  assert.deepEqual(second?.policies, { request: undefined, response: undefined });
});
