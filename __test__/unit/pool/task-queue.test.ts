import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimeoutError } from '../../../lib';
import { TaskQueue, type Task } from '../../../lib/pool/task-queue';

function task(told: unknown[], name: string, isExclusive = true): Task {
  return { isExclusive, run: () => name, resolve: () => undefined, reject: (error) => told.push([name, error]) };
}

test('first in, first out; any may leave', () => {
  const queue = new TaskQueue(0, () => undefined);
  const [a, b, c] = ['a', 'b', 'c'].map((name, i) => task([], name, i !== 1)) as [Task, Task, Task];
  for (const one of [a, b, c]) queue.push(one);
  assert.deepEqual([queue.length, queue.exclusive, queue.first === a], [3, 2, true]);
  assert.deepEqual([queue.remove(b), queue.remove(b)], [true, false]);
  assert.equal(queue.shift(), a);
  assert.equal(queue.shift(), c);
  assert.equal(queue.shift(), undefined);
  queue.push(b);
  queue.push(a);
  assert.equal(queue.remove(a), true);
  queue.push(c);
  assert.deepEqual([queue.shift(), queue.shift(), queue.length, queue.exclusive], [b, c, 0, 0]);
});

test('each waits for the same time at most', async () => {
  const told: [string, Error][] = [];
  const counts: number[] = [];
  await new Promise<void>((resolve) => {
    const queue: TaskQueue = new TaskQueue(20, () => {
      counts.push(queue.length);
      if (told.length === 3) resolve();
    });
    const gone = task(told, 'gone');
    for (const one of [task(told, 'a'), gone, task(told, 'b', false)]) queue.push(one);
    queue.remove(gone);
    setTimeout(() => queue.push(task(told, 'c')), 10);
  });
  assert.deepEqual(told.map(([name]) => name), ['a', 'b', 'c']);
  for (const [, error] of told) {
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, 'Timeout waiting for a client after 20ms');
  }
  assert.equal(counts.at(-1), 0);
});

test('all are rejected, each with an error of its own', () => {
  const told: [string, Error][] = [];
  const queue = new TaskQueue(1000, () => undefined);
  queue.push(task(told, 'a'));
  queue.push(task(told, 'b'));
  queue.rejectAll(() => new Error('gone'));
  assert.deepEqual(told.map(([name, { message }]) => [name, message]), [['a', 'gone'], ['b', 'gone']]);
  assert.notEqual(told[0]?.[1], told[1]?.[1]);
  assert.equal(queue.length, 0);
});
