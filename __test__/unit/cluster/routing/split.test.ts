// Commands with many keys, split by slot.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SimpleError } from '../../../../lib/errors';
import type { Command } from '../../../../lib/wire/command';
import { hashSlot } from '../../../../lib/wire/hash-slot';
import { LARGE_ARGUMENT } from '../../../../lib/wire/large-arguments';
import { RESP_TYPES } from '../../../../lib/wire/resp-types';
import { ModelCluster, type ModelNode } from './model-cluster';

const NUMBERS_AS_TEXT = { typeMapping: { [RESP_TYPES.NUMBER]: String } };

const slotsOf = (keys: readonly string[]): number => new Set(keys.map(hashSlot)).size;

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `key:${i}`);

describe('MGET', () => {
  test('has the values in the order of the keys, however they lie', async () => {
    const cluster = new ModelCluster();
    const keys = numbered(50);
    for (const key of keys) cluster.set(key, `value of ${key}`);
    const asked = [...keys, 'missing', 'key:3', 'key:3', '{key:3}x'];
    assert.deepEqual(await cluster.call('mGet', [asked]), [...keys.map((key) => `value of ${key}`), null, 'value of key:3', 'value of key:3', null]);
    assert.equal(cluster.sentParts, slotsOf(asked));
    assert.equal(cluster.plain, 0);
    assert.equal(cluster.primaries.every(({ calls }) => calls.length > 0), true);
  });

  test('of one slot goes as it is', async () => {
    const cluster = new ModelCluster();
    cluster.set('{a}2', 'two');
    assert.deepEqual(await cluster.call('mGet', [['{a}1', '{a}2']]), [null, 'two']);
    assert.deepEqual(await cluster.call('mGet', [['{a}2']]), ['two']);
    assert.deepEqual(cluster.calls, [['MGET', '{a}1', '{a}2'], ['MGET', '{a}2']]);
    assert.deepEqual([cluster.plain, cluster.sentParts], [2, 0]);
  });

  test('keeps keys of one slot together', async () => {
    const cluster = new ModelCluster();
    await cluster.call('mGet', [['{a}1', '{b}1', '{a}2', '{c}1', '{b}2', '{a}3']]);
    assert.deepEqual(cluster.calls.map((words) => words.slice(1).join()).sort(), ['{a}1,{a}2,{a}3', '{b}1,{b}2', '{c}1']);
  });

  test('takes a mapping, a prefix and Buffers', async () => {
    const cluster = new ModelCluster();
    cluster.set('p:a', 'A');
    cluster.set('p:b', 'B');
    const options = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
    assert.deepEqual(await cluster.call('mGet', [['b', Buffer.from('a')]], options, 'p:'), [Buffer.from('B'), Buffer.from('A')]);
    assert.equal(cluster.sentParts, 2);
  });

  test('given as words in any letter case is split, too', async () => {
    const cluster = new ModelCluster();
    for (const node of cluster.primaries) node.answers.set('mGet', ([, ...keys]) => keys);
    assert.deepEqual(await cluster.raw(['mGet', 'a', 'b', 'c']), ['a', 'b', 'c']);
    assert.equal(cluster.sentParts, 3);
  });

  test('with the transform of a user is transformed part by part', async () => {
    const cluster = new ModelCluster();
    cluster.set('a', '1');
    const command: Command = {
      parseCommand(parser, keys: string[]) {
        parser.push('MGET');
        parser.pushKeys(keys);
        parser.preserve = 'kept';
      },
      transformReply: (reply: string[], preserve: string) => reply.map((value) => `${preserve} ${value}`),
    } as Command;
    assert.deepEqual(await cluster.callCommand(command, [['b', 'a']]), ['kept null', 'kept 1']);
    assert.equal(cluster.sentParts, 2);
    const broken = { ...command, transformReply: () => { throw new RangeError('of the user'); } } as unknown as Command;
    await assert.rejects(cluster.callCommand(broken, [['b', 'a']]), { message: 'of the user' });
  });
});

describe('DEL, UNLINK, EXISTS and TOUCH', () => {
  for (const method of ['del', 'unlink', 'exists', 'touch'] as const) {
    test(`${method} sums`, async () => {
      const cluster = new ModelCluster();
      const keys = numbered(30);
      for (const key of keys) cluster.set(key, 'x');
      assert.equal(await cluster.call(method, [[...keys, 'missing', 'other']]), 30);
      assert.equal(await cluster.call(method, [[...keys, 'missing', 'other']], NUMBERS_AS_TEXT), method === 'exists' || method === 'touch' ? '30' : '0');
      assert.equal(cluster.plain, 0);
      assert.equal(await cluster.call(method, ['alone'], NUMBERS_AS_TEXT), '0');
      assert.equal(cluster.plain, 1);
    });
  }
});

describe('MSET', () => {
  test('sets all keys and says OK once', async () => {
    const cluster = new ModelCluster();
    const pairs = numbered(40).map((key) => [key, `value of ${key}`] as [string, string]);
    assert.equal(await cluster.call('mSet', [pairs]), 'OK');
    assert.deepEqual(await cluster.call('mGet', [pairs.map(([key]) => key)]), pairs.map(([, value]) => value));
  });

  test('with a key too many goes as it is: the server tells', async () => {
    const cluster = new ModelCluster();
    for (const node of cluster.primaries) {
      node.answers.set('MSET', () => {
        throw new SimpleError("ERR wrong number of arguments for 'mset' command");
      });
    }
    await assert.rejects(cluster.raw(['MSET', 'a', '1', 'b']), /wrong number/);
    assert.deepEqual(cluster.calls, [['MSET', 'a', '1', 'b']]);
  });
});

describe('sizes', () => {
  test('large arguments, as keys and as values', async () => {
    const cluster = new ModelCluster();
    const large = 'x'.repeat(LARGE_ARGUMENT);
    const bytes = Buffer.from('y'.repeat(LARGE_ARGUMENT + 1));
    const pairs: [string, string | Buffer][] = [
      ['a', large], [large, 'a'], ['b', 'small'], ['{b}2', bytes], ['{b}3', large], [`{b}${large}`, '4'], ['c', ''],
    ];
    assert.equal(await cluster.call('mSet', [pairs]), 'OK');
    assert.equal(cluster.sentParts, 4);
    assert.deepEqual(await cluster.call('mGet', [pairs.map(([key]) => key)]), pairs.map(([, value]) => String(value)));
  });

  test('ten words and more in a part, and thousands of keys', async () => {
    const cluster = new ModelCluster(5);
    const keys = [...Array.from({ length: 5000 }, (_, i) => `{same}${i}`), ...numbered(5000)];
    for (const key of keys) cluster.set(key, key);
    assert.deepEqual(await cluster.call('mGet', [keys]), keys);
    assert.deepEqual(await cluster.call('mGet', [['key:1', 'key:2']]), ['key:1', 'key:2']);
    assert.equal(await cluster.call('del', [keys]), 10_000);
  });
});

test('any keys', async () => {
  const key = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 80 }), fc.constantFrom('{a}1', '{a}2', '{}', '{', 'a{b}c'));
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(key, fc.string()), { minLength: 1, maxLength: 40 }), async (pairs) => {
    const cluster = new ModelCluster(4);
    const expected = new Map(pairs.map(([name, value]) => [Buffer.from(name).toString(), Buffer.from(value).toString()]));
    assert.equal(await cluster.call('mSet', [pairs]), 'OK');
    const keys = pairs.map(([name]) => name);
    assert.deepEqual(await cluster.call('mGet', [keys]), keys.map((name) => expected.get(Buffer.from(name).toString())));
    assert.equal(await cluster.call('unlink', [keys]), expected.size);
    for (const [node, words] of cluster.nodes.flatMap((owner) => owner.calls.map((call): [ModelNode, string[]] => [owner, call]))) {
      assert.equal(cluster.primaryOf(hashSlot(words[1] as string)), node);
    }
  }), { numRuns: 200 });
});

describe('errors', () => {
  test('the first error of a part rejects, the other parts run, and nothing is unhandled', async () => {
    const cluster = new ModelCluster();
    const [first, second, third] = cluster.primaries as [ModelNode, ModelNode, ModelNode];
    first.failure = new SimpleError('ERR first');
    second.failure = new SimpleError('ERR second');
    const pairs = numbered(30).map((key) => [key, 'x'] as [string, string]);
    await assert.rejects(cluster.call('mSet', [pairs]), (error) => error === first.failure || error === second.failure);
    await new Promise(setImmediate);
    assert.equal(third.keys.size, pairs.filter(([key]) => cluster.primaryOf(hashSlot(key)) === third).length);
  });

  test('a rejection waits for all parts: none of them overtakes what is written after it', async () => {
    const cluster = new ModelCluster();
    const [first, second] = cluster.primaries as [ModelNode, ModelNode, ModelNode];
    first.failure = new SimpleError('ERR first');
    let letGo = (): void => undefined;
    second.delay = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let isRejected = false;
    const written = cluster.call('mSet', [numbered(30).map((key) => [key, 'x'] as [string, string])]).catch((error: unknown) => {
      isRejected = true;
      return error;
    });
    await new Promise(setImmediate);
    assert.equal(isRejected, false);
    letGo();
    assert.equal(await written, first.failure);
  });

  test('an argument that is no word sends nothing', async () => {
    const cluster = new ModelCluster();
    await assert.rejects(cluster.call('mGet', [['a', 5, 'b']]), TypeError);
    assert.deepEqual(cluster.calls, []);
    assert.deepEqual(await cluster.call('mGet', [['a', 'b']]), [null, null]);
  });

  test('a closed cluster sends nothing', async () => {
    const cluster = new ModelCluster();
    cluster.closed = new Error('closed');
    await assert.rejects(cluster.call('mGet', [['a', 'b']]), cluster.closed);
    assert.deepEqual(cluster.calls, []);
  });

  test('a reply that is no number is told', async () => {
    const cluster = new ModelCluster();
    for (const node of cluster.primaries) node.answers.set('DEL', () => 'one');
    await assert.rejects(cluster.call('del', [['a', 'b']]), { code: 'OXREDIS_UNEXPECTED_REPLY' });
  });
});

test('a command that is sent while another one is split', async () => {
  const cluster = new ModelCluster();
  const keys = numbered(20);
  for (const key of keys) cluster.set(key, key);
  const inner: Promise<unknown>[] = [];
  let calls = 0;
  cluster.onPart = () => {
    const call = calls++;
    if (call < 3) inner[call] = cluster.call('mGet', [keys.slice(call, 10).reverse()]);
  };
  assert.deepEqual(await cluster.call('mGet', [keys]), keys);
  for (const [index, reply] of (await Promise.all(inner)).entries()) assert.deepEqual(reply, keys.slice(index, 10).reverse());
});
