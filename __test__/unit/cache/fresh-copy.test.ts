import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimpleError } from '../../../lib/errors';
import { freshCopy } from '../../../lib/cache/entries';
import { VerbatimString } from '../../../lib/wire/verbatim-string';

class Point {
  constructor(public x: number, public inner: number[]) {}

  double(): number {
    return this.x * 2;
  }
}

const prototypeless = Object.assign(Object.create(null) as Record<string, unknown>, { a: [1] });

const VALUES: Record<string, () => unknown> = {
  null: () => null,
  text: () => 'text',
  bigint: () => 1n,
  list: () => [1, ['a', [null]], undefined],
  object: () => ({ a: 1, b: { c: [2] } }),
  'object without prototype': () => prototypeless,
  map: () => new Map<unknown, unknown>([['k', { a: 1 }], [Buffer.from('b'), [1]]]),
  set: () => new Set([1, 'a']),
  buffer: () => Buffer.from([0, 255]),
  bytes: () => new Uint8Array([1, 2]),
  floats: () => new Float32Array([1.5]),
  date: () => new Date(5),
  'own class': () => new Point(2, [1]),
  'buffers inside': () => ({ deep: [Buffer.from('x')] }),
};

for (const [name, make] of Object.entries(VALUES)) {
  test(`a copy of ${name} is equal, of the same class`, () => {
    const value = make();
    const copy = freshCopy(value);
    assert.deepEqual(copy, value);
    if (typeof value !== 'object' || value === null) return;
    assert.notEqual(copy, value);
    assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(value));
  });
}

test('nothing of a copy is shared', () => {
  const value = { list: [{ a: 1 }], map: new Map([['k', [1]]]), set: new Set([[1]]), buffer: Buffer.from('ab'), point: new Point(1, [1]) };
  const copy = freshCopy(value);
  (copy.list[0] as { a: number }).a = 2;
  copy.map.get('k')?.push(2);
  [...copy.set][0]?.push(2);
  copy.buffer[0] = 0;
  copy.point.inner.push(2);
  const untouched = { list: [{ a: 1 }], map: new Map([['k', [1]]]), set: new Set([[1]]), buffer: Buffer.from('ab'), point: new Point(1, [1]) };
  assert.deepEqual(value, untouched);
  assert.equal(copy.point.double(), 2);
});

test('errors inside of a reply are handed on', () => {
  const error = new SimpleError('ERR bad');
  assert.equal(freshCopy({ list: [error] }).list[0], error);
});

test('verbatim strings keep text and format', () => {
  const copy = freshCopy(new VerbatimString('mkd', '# text'));
  assert.ok(copy instanceof VerbatimString);
  assert.deepEqual([copy.format, copy.toString(), `${copy.valueOf()}`, copy.length], ['mkd', '# text', '# text', 6]);
});

test('a field named __proto__ is a field', () => {
  const value = JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as object;
  const copy = freshCopy(value);
  assert.deepEqual(Object.keys(copy), ['__proto__', 'b']);
  assert.equal(Object.getPrototypeOf(copy), Object.prototype);
});

test('what refers to itself, and what is there twice', () => {
  const shared = [1];
  const value: { self?: unknown; one: number[]; two: number[] } = { one: shared, two: shared };
  value.self = value;
  const copy = freshCopy(value);
  assert.equal(copy.self, copy);
  assert.equal(copy.one, copy.two);
  assert.notEqual(copy.one, shared);
});

test('functions are handed on', () => {
  const call = (): void => undefined;
  assert.equal(freshCopy({ call }).call, call);
});
