import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rotation } from '../../../lib/cluster/rotation';

test('each element in turn, from a random one on', () => {
  const beginnings = new Set<number>();
  for (let round = 0; round < 200; round++) {
    const turns = new Rotation([0, 1, 2]);
    const [first, ...others] = Array.from({ length: 7 }, () => turns.next() as number) as [number, ...number[]];
    others.forEach((element, index) => assert.equal(element, (first + index + 1) % 3));
    beginnings.add(first);
  }
  // One of three is missed in 200 rounds once in 10^35 runs.
  assert.equal(beginnings.size, 3);
});

test('of one, and of none', () => {
  const one = new Rotation(['a']);
  assert.deepEqual([one.next(), one.next()], ['a', 'a']);
  const none = new Rotation([]);
  assert.deepEqual([none.next(), none.next()], [undefined, undefined]);
});
