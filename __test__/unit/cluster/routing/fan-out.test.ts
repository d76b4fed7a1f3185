// Commands for all primaries or all nodes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SimpleError } from '../../../../lib/errors';
import { RESP_TYPES } from '../../../../lib/wire/resp-types';
import { ModelCluster, type ModelNode } from './model-cluster';

const NUMBERS_AS_TEXT = { typeMapping: { [RESP_TYPES.NUMBER]: String } };

/** A cluster whose primaries, and then replicas, reply like this. */
function replying(command: string, replies: readonly unknown[], primaries = 3): ModelCluster {
  const cluster = new ModelCluster(primaries, 2);
  for (const [index, node] of cluster.nodes.entries()) {
    node.answers.set(command, () => {
      const reply = replies[index];
      if (reply instanceof Error) throw reply;
      return reply;
    });
  }
  return cluster;
}

const counts = (cluster: ModelCluster): number[] => cluster.nodes.map(({ calls }) => calls.length);

describe('who gets it', () => {
  test('all primaries, or replicas as well, or one', async () => {
    const cluster = replying('CONFIG SET', ['OK', 'OK', 'OK', 'OK', 'OK']);
    assert.equal(await cluster.call('configSet', ['maxmemory', '1']), 'OK');
    assert.deepEqual(counts(cluster), [1, 1, 1, 1, 1]);
    assert.equal(await cluster.call('ping', []), 'PONG');
    assert.deepEqual(counts(cluster), [2, 2, 2, 1, 1]);
    await cluster.call('echo', ['x']).catch(() => undefined);
    assert.equal(counts(cluster).reduce((sum, count) => sum + count), 9);
  });

  test('given as words, in any letter case', async () => {
    const cluster = replying('config', ['OK', 'OK', 'OK', 'OK', 'OK']);
    assert.equal(await cluster.raw(['config', 'Set', 'maxmemory', '1']), 'OK');
    assert.deepEqual(counts(cluster), [1, 1, 1, 1, 1]);
    await cluster.raw(['config', 'GET', 'maxmemory']);
    assert.equal(counts(cluster).reduce((sum, count) => sum + count), 6);
  });
});

describe('how replies are merged', () => {
  test('the first one, when all have succeeded', async () => {
    assert.equal(await replying('FUNCTION LOAD', ['one', 'two', 'three']).call('functionLoad', ['code']), 'one');
    const failure = new SimpleError('ERR no');
    await assert.rejects(replying('FUNCTION LOAD', ['one', failure, 'three']).call('functionLoad', ['code']), failure);
  });

  test('any success is enough, or else the first error of all counts', async () => {
    const [first, second] = [new SimpleError('NOTBUSY 1'), new SimpleError('NOTBUSY 2')];
    assert.equal(await replying('SCRIPT KILL', [first, 'OK', second]).call('scriptKill', []), 'OK');
    await assert.rejects(replying('SCRIPT KILL', [first, second, second]).call('scriptKill', []), first);
  });

  test('sum, least and both', async () => {
    assert.equal(await replying('DBSIZE', [1, 2, 3]).call('dbSize', []), 6);
    assert.equal(await replying('DBSIZE', [1, 2, 3]).call('dbSize', [], NUMBERS_AS_TEXT), '6');
    assert.equal(await replying('WAIT', [3, 1, 2]).call('wait', [1, 0]), 1);
    assert.deepEqual(await replying('WAITAOF', [[1, 2], [1, 0], [0, 3]]).raw(['WAITAOF', '1', '1', '0']), [0, 0]);
    assert.deepEqual(await replying('SCRIPT EXISTS', [[1, 1, 0], [1, 0, 0], [1, 1, 1]]).call('scriptExists', [['a', 'b', 'c']]), [1, 0, 0]);
    assert.deepEqual(
      await replying('SCRIPT EXISTS', [[1, 1], [1, 0], [1, 1]]).call('scriptExists', [['a', 'b']], NUMBERS_AS_TEXT), ['1', '0'],
    );
    assert.equal(await replying('LATENCY RESET', [1, 2, 3, 4, 5]).call('latencyReset', []), 15);
  });

  test('what cannot be computed is told', async () => {
    await assert.rejects(replying('DBSIZE', [1, 'two', 3]).call('dbSize', []), { code: 'OXREDIS_UNEXPECTED_REPLY' });
    await assert.rejects(replying('WAITAOF', [[1, 1], [1], [1, 1]]).raw(['WAITAOF', '1', '1', '0']), { code: 'OXREDIS_UNEXPECTED_REPLY' });
    await assert.rejects(replying('KEYS', [null, ['a'], []]).raw(['KEYS', '*']), { code: 'OXREDIS_UNEXPECTED_REPLY' });
  });

  test('lists one after the other, each element once', async () => {
    assert.deepEqual(await replying('KEYS', [['a', 'b'], [], ['b', 'c']]).call('keys', ['*']), ['a', 'b', 'c']);
    assert.deepEqual(await replying('KEYS', [['a', 'a']], 1).call('keys', ['*']), ['a', 'a']);
    assert.deepEqual(await replying('SLOWLOG GET', [[[1]], [[1]], [[2]], [], []]).raw(['SLOWLOG', 'GET']), [[1], [1], [2]]);
    assert.deepEqual(await replying('KEYS', [new Map([['a', 1]]), new Map([['b', 2]]), new Map([['a', 3]])]).raw(['KEYS', '*']), new Map([['a', 3], ['b', 2]]));
    assert.deepEqual(await replying('KEYS', [{ a: 1 }, { b: 2 }, { a: 3 }]).raw(['KEYS', '*']), { a: 3, b: 2 });
  });

  test('some reply that is not null', async () => {
    const seen = new Set<unknown>();
    for (let i = 0; i < 100; i++) seen.add(await replying('RANDOMKEY', ['a', null, 'c']).call('randomKey', []));
    assert.deepEqual([...seen].sort(), ['a', 'c']);
    assert.equal(await replying('RANDOMKEY', [null, null, null]).call('randomKey', []), null);
  });
});

describe('when it cannot be sent', () => {
  test('there is no node', async () => {
    await assert.rejects(new ModelCluster(0).call('dbSize', []), { code: 'OXREDIS_NO_PRIMARY', command: 'DBSIZE' });
  });

  test('the cluster is closed, or an argument is no word', async () => {
    const cluster = new ModelCluster();
    await assert.rejects(cluster.call('functionLoad', [5]), TypeError);
    cluster.closed = new Error('closed');
    await assert.rejects(cluster.call('dbSize', []), cluster.closed);
    assert.deepEqual(cluster.calls, []);
  });

  test('one node throws at once: the others are asked all the same', async () => {
    const cluster = replying('DBSIZE', [1, 2, 3]);
    const { sendTo } = cluster;
    const [, broken] = cluster.primaries;
    cluster.sendTo = function (node: ModelNode, ...rest) {
      if (node === broken) throw new Error('gone');
      return sendTo.call(this, node, ...rest);
    };
    await assert.rejects(cluster.call('dbSize', []), { message: 'gone' });
    await new Promise(setImmediate);
    assert.deepEqual(counts(cluster), [1, 0, 1, 0, 0]);
  });
});
