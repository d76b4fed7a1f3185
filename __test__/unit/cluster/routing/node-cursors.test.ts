// Cursors of FT.AGGREGATE, which only one node knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDLE_LIMIT } from '../../../../lib/cluster/routing/virtual-cursors';
import { MODULE_TABLES } from '../../../../lib/commands/modules';
import type { Command } from '../../../../lib/wire/command';
import type { CommandOptions } from '../../../../lib/client/options/command-options';
import { RESP_TYPES } from '../../../../lib/wire/resp-types';
import { ModelCluster, type ModelNode } from './model-cluster';

/** Nodes that all give the cursor 42, and know only how far theirs was read. */
function searching(now?: () => number): ModelCluster {
  const cluster = new ModelCluster(3, 0, now);
  for (const node of cluster.primaries) {
    let left = 2;
    node.answers.set('FT.AGGREGATE', (words) => {
      left = 2;
      return words.includes('WITHCURSOR') ? [[0, [node.address]], 42] : [0, [node.address]];
    });
    node.answers.set('FT.CURSOR READ', (words) => {
      assert.equal(words[3], '42');
      left--;
      return [[0, [node.address]], left === 0 ? 0 : 42];
    });
    node.answers.set('FT.CURSOR DEL', (words) => {
      assert.equal(words[3], '42');
      return 'OK';
    });
  }
  return cluster;
}

type Reply = [[number, [string]], unknown];

const aggregate = (cluster: ModelCluster, ...more: string[]): Promise<Reply> =>
  cluster.raw(['FT.AGGREGATE', 'idx', '*', 'WITHCURSOR', ...more]) as Promise<Reply>;
const read = (cluster: ModelCluster, cursor: unknown, options?: CommandOptions): Promise<Reply> =>
  cluster.raw(['FT.CURSOR', 'READ', 'idx', String(cursor)], options) as Promise<Reply>;

test('a cursor is read on the node that made it, although others have the same number', async () => {
  const cluster = searching();
  for (let i = 1; i <= 20; i++) {
    const [[, [address]], cursor] = await aggregate(cluster);
    assert.equal(cursor, i);
    assert.deepEqual(await read(cluster, cursor), [[0, [address]], i]);
    assert.deepEqual(await read(cluster, cursor), [[0, [address]], 0]);
    await assert.rejects(read(cluster, cursor), { code: 'OXREDIS_UNKNOWN_CURSOR' });
  }
});

test('it can be deleted', async () => {
  const cluster = searching();
  const [[, [address]], cursor] = await aggregate(cluster);
  assert.equal(await cluster.raw(['ft.cursor', 'del', 'idx', String(cursor)]).catch(() => 'refused by the model'), 'refused by the model');
  const [[, [other]], second] = await aggregate(cluster);
  assert.equal(await cluster.raw(['FT.CURSOR', 'DEL', 'idx', String(second)]), 'OK');
  assert.ok([address, other].every((text) => text.startsWith('127.0.0.1')));
  await assert.rejects(read(cluster, second), { code: 'OXREDIS_UNKNOWN_CURSOR' });
});

test('methods', async () => {
  const cluster = searching();
  const { aggregateWithCursor, cursorRead, cursorDel, aggregate: plain } = MODULE_TABLES.ft as unknown as Record<string, Command>;
  for (const node of cluster.primaries) {
    node.answers.set('FT.AGGREGATE', () => [[1, ['k', 'v']], 42]);
    node.answers.set('FT.CURSOR READ', () => [[1, ['k', 'v']], 42]);
  }
  const { cursor } = await cluster.callCommand(aggregateWithCursor as Command, ['idx', '*']) as { cursor: number };
  assert.equal(cursor, 1);
  const again = await cluster.callCommand(cursorRead as Command, ['idx', cursor]) as { cursor: number };
  assert.equal(again.cursor, 1);
  assert.equal(await cluster.callCommand(cursorDel as Command, ['idx', cursor]), 'OK');
  for (const node of cluster.primaries) node.answers.set('FT.AGGREGATE', () => [1, ['k', 'v']]);
  const withoutCursor = await cluster.callCommand(plain as Command, ['idx', '*']) as object;
  assert.equal('cursor' in withoutCursor, false);
  assert.equal(cluster.cursors.size, 0);
});

test('a mapping to text, Maps and objects keep their kind', async () => {
  const cluster = searching();
  const asText = { typeMapping: { [RESP_TYPES.NUMBER]: String } };
  const [, cursor] = await cluster.raw(['FT.AGGREGATE', 'idx', '*', 'WITHCURSOR'], asText) as Reply;
  assert.equal(cursor, '1');
  for (const node of cluster.primaries) node.answers.set('FT.AGGREGATE', () => new Map<string, unknown>([['results', []], ['cursor', 42]]));
  assert.deepEqual(await aggregate(cluster), new Map<string, unknown>([['results', []], ['cursor', 2]]));
  for (const node of cluster.primaries) node.answers.set('FT.AGGREGATE', () => ({ results: [], cursor: 42 }));
  assert.deepEqual(await aggregate(cluster), { results: [], cursor: 3 });
  for (const node of cluster.primaries) node.answers.set('FT.AGGREGATE', () => [[0], 0]);
  assert.deepEqual(await aggregate(cluster), [[0], 0]);
});

test('a cursor is forgotten when it was idle for too long', async () => {
  let now = 0;
  const cluster = searching(() => now);
  const [, short] = await aggregate(cluster, 'MAXIDLE', '1000');
  const [, long] = await aggregate(cluster);
  const [, unlimited] = await aggregate(cluster, 'maxidle', '0');
  now = 1001;
  await assert.rejects(read(cluster, short), { code: 'OXREDIS_UNKNOWN_CURSOR' });
  await read(cluster, long);
  now += IDLE_LIMIT;
  await read(cluster, unlimited).catch((error: Error) => assert.match(error.message, /unknown cursor/));
  now += 1;
  await assert.rejects(read(cluster, long), { code: 'OXREDIS_UNKNOWN_CURSOR' });
});

test('a node that has left takes its cursors along', async () => {
  const cluster = searching();
  const [[, [address]], cursor] = await aggregate(cluster);
  cluster.primaries.splice(cluster.primaries.findIndex((node: ModelNode) => node.address === address), 1);
  await assert.rejects(read(cluster, cursor), { code: 'OXREDIS_CURSOR_LOST', command: 'FT.CURSOR' });
  await assert.rejects(read(cluster, cursor), { code: 'OXREDIS_UNKNOWN_CURSOR' });
});

test('without a cursor the server tells what is wrong', async () => {
  const cluster = searching();
  for (const node of cluster.primaries) node.answers.set('FT.CURSOR', () => 'from the server');
  for (const node of cluster.primaries) node.answers.delete('FT.CURSOR READ');
  assert.equal(await cluster.raw(['FT.CURSOR', 'READ', 'idx']), 'from the server');
  assert.equal(await cluster.raw(['FT.CURSOR']), 'from the server');
});
