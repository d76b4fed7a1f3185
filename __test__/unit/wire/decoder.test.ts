import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BlobError, ErrorReply, SimpleError } from '../../../lib/errors';
import { TapeReader } from '../../../lib/wire/decoder';
import { readDouble } from '../../../lib/wire/doubles';
import { RESP_TYPES, type TypeMapping } from '../../../lib/wire/resp-types';
import * as op from '../../../lib/wire/boundary.generated';
import { readerOf, tapeOf, withParts } from './tape-builder';

function read(resp: Buffer | string, mapping?: TypeMapping): unknown {
  return readerOf(tapeOf(resp)).read(mapping);
}

const MAPPINGS: (TypeMapping | undefined)[] = [
  undefined, {}, { [RESP_TYPES.BLOB_STRING]: Buffer }, { [RESP_TYPES.NUMBER]: String }, { [RESP_TYPES.MAP]: Map }
];

test('integers are exact up to 2^53', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => assert.equal(read(`:${value}\r\n`), value)));
  assert.equal(read(':9007199254740957\r\n'), 9007199254740957);
  assert.equal(read(':9223372036854775807\r\n'), 9223372036854776000);
  assert.equal(read(':9223372036854775807\r\n', { [RESP_TYPES.NUMBER]: String }), '9223372036854775807');
  assert.ok(Object.is(read(':-0\r\n'), -0));
});

test('doubles are exact', () => {
  const same = (text: string, value: number): void => {
    const bytes = Buffer.from(`,${text}\r\n`);
    assert.ok(Object.is(readDouble(bytes, 1, text.length), value), `${text} is ${value}`);
  };
  fc.assert(fc.property(fc.double({ noNaN: true }), (value) => same(String(value).replace('Infinity', 'inf'), value + 0)), { numRuns: 1000 });
  fc.assert(
    fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat({ max: 9 }), (units, digits) => {
      const text = (units / 10 ** digits).toFixed(digits);
      same(text, Number(text));
    }),
    { numRuns: 1000 }
  );
  for (const [text, value] of [
    ['inf', Infinity], ['-inf', -Infinity], ['+inf', Infinity], ['nan', NaN], ['-nan', NaN], ['-0', -0], ['-0.0', -0], ['', NaN],
    ['-', NaN], ['.', NaN], ['1.', 1], ['.5', 0.5], ['1.2.3', NaN], ['5e-324', 5e-324], ['0.1', 0.1], ['999999999999999', 999999999999999],
    ['17.999999999999999', 17.999999999999999]
  ] as const) same(text, value);
});

test('what came with the call: strings, and parts of the text', () => {
  const reader = new TapeReader();
  const second = op.STRING_ARGUMENT | 1 << op.ARGUMENT;
  reader.words = Int32Array.from([op.STRING_ARGUMENT, op.TEXT, 2, 3, second, op.TEXT, 0, 2, op.NUMBER, 7]);
  reader.text = 'abcde';
  reader.strings = ['first argument', 'second argument'];
  assert.equal(reader.read(), 'first argument');
  assert.equal(reader.read(), 'cde');
  assert.deepEqual(reader.read({ [RESP_TYPES.BLOB_STRING]: Buffer }), Buffer.from('second argument'));
  assert.deepEqual(reader.read({ [RESP_TYPES.BLOB_STRING]: Buffer }), Buffer.from('ab'));
  assert.equal(reader.read(), 7);
  assert.equal(reader.cursor, reader.words.length);
});

test('parts of windows are cut from them, and bytes from the block', () => {
  const texts = Array.from({ length: 40 }, (_, i) => `${i}:`.padEnd((i * 7) % 40, 'x'));
  const blobs = texts.map((text) => `$${text.length}\r\n${text}\r\n`).join('');
  const numbered = `:7\r\n*2\r\n$14\r\ninside another\r\n_\r\n`;
  for (const isPart of [() => true, () => false, (i: number) => i % 3 !== 0, (_: number, length: number) => length > 12]) {
    const read = (resp: string, mapping?: TypeMapping): unknown => {
      const reader = readerOf(withParts(tapeOf(resp), isPart));
      const value = reader.read(mapping);
      assert.equal(reader.cursor, reader.words.length);
      reader.cursor = 0;
      const end = reader.skip();
      assert.equal(reader.cursor, reader.words.length);
      assert.ok(end <= resp.length && end > resp.length - 12);
      return value;
    };
    const expected = [...texts, 7, ['inside another', null]];
    for (const head of ['*42', '~42']) assert.deepEqual(read(`${head}\r\n${blobs}${numbered}`), expected);
    assert.deepEqual(read(`~40\r\n${blobs}`, { [RESP_TYPES.SET]: Set }), new Set(texts));
    assert.deepEqual(read(`*40\r\n${blobs}`, { [RESP_TYPES.BLOB_STRING]: Buffer }), texts.map((text) => Buffer.from(text)));
    const entries = Array.from({ length: 20 }, (_, i) => [texts[2 * i], texts[2 * i + 1]] as const);
    // The shape is known from the third time on.
    for (let turn = 0; turn < 4; turn++) assert.deepEqual(Object.entries(read(`%20\r\n${blobs}`) as object), entries);
    assert.deepEqual(read(`%20\r\n${blobs}`, { [RESP_TYPES.MAP]: Map }), new Map(entries));
    const flat = readerOf(withParts(tapeOf(`*40\r\n${blobs}`), isPart));
    assert.deepEqual(flat.readFlatMap(), Object.fromEntries(entries));
  }
});

test('values follow each other, and skip() passes exactly one', () => {
  const resp = ['$3\r\nabc\r\n', '*3\r\n:1\r\n%1\r\n+a\r\n~1\r\n_\r\n,1.5\r\n', ':99999999999\r\n', '#t\r\n', '*0\r\n', '-ERR a\r\n', '(12\r\n'];
  const values = resp.map((part) => read(part));
  const tape = tapeOf(resp.join(''));
  for (let skipped = 0; skipped < resp.length; skipped++) {
    const reader = readerOf(tape);
    for (let i = 0; i < skipped; i++) reader.skip();
    for (let i = skipped; i < resp.length; i++) assert.deepEqual(reader.read(), values[i]);
    assert.equal(reader.cursor, reader.words.length);
  }
  const ops = new TapeReader();
  ops.words = Int32Array.from([op.STRING_ARGUMENT | 3 << op.ARGUMENT, op.TEXT, 0, 1, op.FAILURE, 5, op.DONE, op.NUMBER, 1]);
  for (let i = 0; i < 4; i++) ops.skip();
  assert.equal(ops.read(), 1);
});

test('errors are values, with their code and without frames', () => {
  const limit = Error.stackTraceLimit;
  const reader = readerOf(tapeOf('-WRONGTYPE Operation against a key\r\n!9\r\nERR a\r\nbc\r\n*1\r\n-x y\r\n+OK\r\n'));
  assert.equal(reader.atError(), true);
  const simple = reader.read() as SimpleError;
  assert.ok(simple instanceof SimpleError && simple instanceof ErrorReply);
  assert.equal(simple.code, 'WRONGTYPE');
  assert.equal(simple.stack, 'Error: WRONGTYPE Operation against a key');
  assert.equal(reader.atError(), true);
  const blob = reader.read() as BlobError;
  assert.ok(blob instanceof BlobError);
  assert.equal(blob.message, 'ERR a\r\nbc');
  assert.equal(reader.atError(), false);
  const [nested] = reader.read() as [SimpleError];
  assert.equal(nested.code, undefined);
  assert.equal(reader.atError(), false);
  assert.equal(Error.stackTraceLimit, limit);
});

test('Buffers are copies, unless the block is ours and they are most of it', () => {
  const resp = Buffer.from(`*2\r\n$5000\r\n${'x'.repeat(5000)}\r\n$2\r\nab\r\n`);
  const mapping: TypeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
  for (const owned of [false, true]) {
    const reader = readerOf(tapeOf(resp));
    reader.owned = owned;
    const [large, small] = reader.read(mapping) as [Buffer, Buffer];
    assert.equal(large.buffer === reader.bytes.buffer, owned);
    reader.bytes.fill(0);
    assert.equal(large.toString(), (owned ? '\0' : 'x').repeat(5000));
    assert.equal(small.toString(), 'ab');
  }
  const two = readerOf(tapeOf(Buffer.from(`*2\r\n${`$5000\r\n${'x'.repeat(5000)}\r\n`.repeat(2)}`)));
  two.owned = true;
  const [first, second] = two.read(mapping) as [Buffer, Buffer];
  assert.deepEqual([first, second].map((bytes) => bytes.buffer === two.bytes.buffer), [true, false], 'whose memory may be moved once only');
  const small = readerOf(tapeOf(Buffer.concat([resp, Buffer.alloc(100_000, '+a\r\n')])));
  small.owned = true;
  const [part] = small.read(mapping) as [Buffer];
  assert.notEqual(part.buffer, small.bytes.buffer);
});

test('pushes: blobs as Buffers', () => {
  const message = readerOf(tapeOf('>3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$3\r\n\xff\x00a\r\n'));
  assert.deepEqual(message.readPush(), [Buffer.from('message'), Buffer.from('ch'), Buffer.from([0xff, 0, 0x61])]);
  assert.equal(message.cursor, message.words.length);
  const simple = readerOf(tapeOf('>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n'));
  assert.deepEqual(simple.readPush(), ['invalidate', [Buffer.from('k')]]);
  assert.deepEqual(readerOf(tapeOf('>2\r\n+invalidate\r\n_\r\n')).readPush(), ['invalidate', null]);
});

test('a flat array reads as a map, like the map itself', () => {
  const pairs = '$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n:5\r\n';
  const flat = `*4\r\n${pairs}`;
  const map = `%2\r\n${pairs}`;
  for (const mapping of MAPPINGS) {
    for (let i = 0; i < 3; i++) {
      const reader = readerOf(tapeOf(flat + map));
      assert.deepEqual(reader.readFlatMap(mapping), read(map, mapping));
      assert.deepEqual(reader.readFlatMap(mapping), read(map, mapping));
      assert.equal(reader.cursor, reader.words.length);
    }
  }
  assert.deepEqual(readerOf(tapeOf(flat)).readFlatMap({ [RESP_TYPES.MAP]: Array }), ['a', 'b', 'c', 5]);
  const others: [string, unknown][] = [['*0\r\n', {}], ['%0\r\n', {}], ['_\r\n', null], ['*1\r\n:1\r\n', [1]], ['$2\r\nab\r\n', 'ab']];
  for (const [resp, value] of others) assert.deepEqual(readerOf(tapeOf(resp)).readFlatMap(), value);
  assert.ok(readerOf(tapeOf('-ERR a\r\n')).readFlatMap() instanceof SimpleError);
});

test('a word that is none is an error, and the reader can go on', () => {
  const reader = readerOf(tapeOf('%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n'));
  const good = reader.words;
  reader.words = Int32Array.from([...good.slice(0, -2), 99, 0]);
  assert.throws(() => reader.read(), /^Error: Unknown word 99 at \d+ of the tape$/);
  reader.words = good;
  reader.cursor = 0;
  assert.deepEqual(reader.read(), { a: 1, b: 2 });
});
