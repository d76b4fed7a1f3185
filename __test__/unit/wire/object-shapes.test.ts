import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RESP_TYPES } from '../../../lib/wire/resp-types';
import { readerOf, tapeOf } from './tape-builder';

type Pairs = readonly (readonly [string, string])[];

function mapOf(pairs: Pairs): Buffer {
  const parts = pairs.flat().map((text) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
  });
  return Buffer.concat([Buffer.from(`%${pairs.length}\r\n`), ...parts]);
}

/** `Object.fromEntries` makes own properties of all keys, `__proto__` too. */
function check(pairs: Pairs, times = 4): void {
  for (let i = 0; i < times; i++) {
    const value = readerOf(tapeOf(mapOf(pairs))).read() as object;
    const expected = Object.fromEntries(pairs);
    assert.deepEqual(value, expected);
    assert.deepEqual(Object.entries(value), Object.entries(expected));
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptors(value), Object.getOwnPropertyDescriptors(expected));
  }
}

const pairsOf = (names: string[]): Pairs => names.map((name, i) => [name, `value ${i}`]);

test('objects have the keys of the reply in its order', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'aa', '__proto__', 'constructor', 'hasOwnProperty', 'length', '', '0', '7', '-1', '01', '4294967295', '\u2028"\\', 'ß'),
    fc.string({ maxLength: 12 })
  );
  fc.assert(fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => check(pairs)), { numRuns: 500 });
});

test('maps that share the beginning of their keys', () => {
  const shapes = [['id', 'name'], ['id', 'nick'], ['id', 'name', 'mail'], ['id', 'nick', 'mail'], ['id', 'name', 'nick'], ['ID', 'name']];
  for (let round = 0; round < 30; round++) check(pairsOf(shapes[(round * 5) % shapes.length]), 1);
  for (const names of shapes) check(pairsOf(names));
});

test('keys that a literal would treat in another way', () => {
  check(pairsOf(['__proto__']));
  check(pairsOf(['a', '__proto__', 'b']));
  check(pairsOf(['a', 'b', 'a']));
  check(pairsOf(['b', '2', 'a', '1']));
  check(pairsOf(['get', 'set', 'async', '`${x}`', "'", '"', '\\', '\n', '\u2029', '*/', '😀']));
});

test('bytes that are not UTF-8 never stand for each other', () => {
  const map = (byte: number): Buffer => Buffer.concat([Buffer.from('%2\r\n$1\r\n'), Buffer.from([byte]), Buffer.from('\r\n:1\r\n$1\r\nb\r\n:2\r\n')]);
  for (let i = 0; i < 8; i++) {
    assert.deepEqual(readerOf(tapeOf(map(0xff))).read(), { '\ufffd': 1, b: 2 });
    assert.deepEqual(readerOf(tapeOf(map(0x61))).read(), { a: 1, b: 2 });
  }
});

test('nested maps, and maps among arrays', () => {
  const inner = '%2\r\n+x\r\n:1\r\n+y\r\n*2\r\n%1\r\n+z\r\n_\r\n#t\r\n';
  const outer = `%3\r\n+a\r\n${inner}+b\r\n*2\r\n${inner}${inner}+c\r\n${inner}`;
  const value = { x: 1, y: [{ z: null }, true] };
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(readerOf(tapeOf(outer)).read(), { a: value, b: [value, value], c: value });
  }
});

test('keys that are no strings, under a known beginning', () => {
  for (let i = 0; i < 4; i++) {
    assert.deepEqual(readerOf(tapeOf('%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n')).read(), { a: 1, b: 2 });
    assert.deepEqual(readerOf(tapeOf('%2\r\n+a\r\n:1\r\n:5\r\n:2\r\n')).read(), { a: 1, 5: 2 });
    assert.deepEqual(readerOf(tapeOf('%2\r\n:5\r\n:1\r\n+b\r\n:2\r\n')).read(), { 5: 1, b: 2 });
    assert.deepEqual(readerOf(tapeOf('%1\r\n*1\r\n,1.50\r\n:1\r\n')).read({ [RESP_TYPES.DOUBLE]: String }), { '1.50': 1 });
  }
});

test('maps of all sizes', () => {
  for (const size of [0, 1, 2, 50, 127, 128, 129, 130, 1000, 5000]) {
    check(pairsOf(Array.from({ length: size }, (_, i) => `field${i}`)), 5);
    check(pairsOf(Array.from({ length: size }, (_, i) => `a long name of a field ${i}`)), 3);
  }
});

test('thousands of different shapes', () => {
  for (let i = 0; i < 2000; i++) check(pairsOf([`field${i}`, `other${i % 7}`]), 3);
  check(pairsOf(['id', 'name']));
});

test('a field keeps its value when the next reply has the same fields', () => {
  const first = readerOf(tapeOf(mapOf(pairsOf(['p', 'q'])))).read();
  const second = readerOf(tapeOf(mapOf([['p', '1'], ['q', '2']]))).read();
  assert.deepEqual([first, second], [{ p: 'value 0', q: 'value 1' }, { p: '1', q: '2' }]);
});

test('objects are the same where code may not be generated', () => {
  const script = `
    const assert = require('node:assert/strict');
    const { readerOf, tapeOf } = require(${JSON.stringify(require.resolve('./tape-builder'))});
    assert.throws(() => new Function('return 1'), EvalError);
    for (let i = 0; i < 5; i++) {
      const value = readerOf(tapeOf('%3\\r\\n+a\\r\\n:1\\r\\n+b\\r\\n%1\\r\\n+c\\r\\n:2\\r\\n+d\\r\\n$1\\r\\nx\\r\\n')).read();
      assert.deepEqual(value, { a: 1, b: { c: 2 }, d: 'x' });
      assert.deepEqual(Object.keys(value), ['a', 'b', 'd']);
    }
    console.log('equal');`;
  const output = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', '-e', script], { encoding: 'utf8' });
  assert.equal(output, 'equal\n');
});
