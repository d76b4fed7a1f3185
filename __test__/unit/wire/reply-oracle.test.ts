import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Decoder } from '@redis/client/dist/lib/RESP/decoder';
import { VerbatimString as TheirVerbatimString } from '@redis/client/dist/lib/RESP/verbatim-string';
import { RESP_TYPES, type TypeMapping } from '../../../lib/wire/resp-types';
import { VerbatimString } from '../../../lib/wire/verbatim-string';
import { readerOf, tapeOf, withParts } from './tape-builder';

/** What their decoder makes of a reply. */
function theirs(resp: Buffer, mapping: TypeMapping): unknown {
  const replies: unknown[] = [];
  const decoder = new Decoder({
    onReply: (reply: unknown) => void replies.push(reply),
    onErrorReply: (error: unknown) => void replies.push(error),
    onPush: () => {},
    getTypeMapping: () => mapping
  } as unknown as ConstructorParameters<typeof Decoder>[0]);
  decoder.write(Buffer.from(resp));
  assert.equal(replies.length, 1);
  return replies[0];
}

/** Values as nested lists: key order, classes and prototypes count, and both packages' classes compare as equal. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return ['error', value.constructor.name, value.message];
  if (Buffer.isBuffer(value)) return ['buffer', value.toString('latin1')];
  if (value instanceof String) return [value.constructor.name, value.toString(), (value as VerbatimString).format];
  if (Array.isArray(value)) return ['array', ...value.map(plain)];
  if (value instanceof Set) return ['set', ...[...value].map(plain)];
  if (value instanceof Map) return ['map', ...[...value].map(([k, v]) => [plain(k), plain(v)])];
  if (typeof value === 'object' && value !== null) {
    return ['object', Object.getPrototypeOf(value) === Object.prototype, ...Object.entries(value).map(([k, v]) => [k, plain(v)])];
  }
  return value;
}

const line = (type: string, text: string): Buffer => Buffer.from(`${type}${text}\r\n`);
const blob = (type: string, bytes: Buffer): Buffer => Buffer.concat([line(type, String(bytes.length)), bytes, Buffer.from('\r\n')]);
const list = (type: string, count: number, items: Buffer[]): Buffer => Buffer.concat([line(type, String(count)), ...items]);

const word = fc.oneof(fc.constantFrom('name', 'age', 'id', '5', '', 'constructor', 'toString', 'ключ'), fc.string({ maxLength: 20 }))
  // Theirs loses a key of this name; object-shapes.test.ts has it.
  .filter((text) => text !== '__proto__');
const oneLine = fc.oneof(word, fc.string({ unit: 'grapheme' })).map((text) => text.replace(/[\r\n]/g, ' ').replace('__proto__', ''));
const content = fc.oneof(
  word.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.nat({ max: 6000 }).map((length) => Buffer.alloc(length, 'x'))
);
const scalar = fc.oneof(
  content.map((bytes) => blob('$', bytes)),
  oneLine.map((text) => line('+', text)),
  // Theirs is off by one for many integers above 2^52.
  fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 52), max: 2 ** 52 })).map((value) => line(':', String(value))),
  fc.constantFrom('-0', '+5', '007', '9223372036854775807', '-2147483648', '2147483648').map((text) => line(':', text)),
  fc.double().map((value) => line(',', String(value).replace('Infinity', 'inf').replace('NaN', 'nan'))),
  fc.constantFrom('1', '-0', '1.5', '10', '0.1', '1e5', '1E-5', '3.', '.5', '+inf', '+1.5', '123456789012345678').map((text) => line(',', text)),
  fc.bigInt().map((value) => line('(', String(value))),
  fc.tuple(fc.constantFrom('txt', 'mkd'), content).map(([format, text]) => blob('=', Buffer.concat([Buffer.from(`${format}:`), text]))),
  fc.constantFrom('_\r\n', '$-1\r\n', '*-1\r\n', '#t\r\n', '#f\r\n', '-ERR wrong\r\n', '!7\r\nERR no!\r\n').map((text) => Buffer.from(text))
);
const key = fc.oneof({ weight: 8, arbitrary: word.map((text) => blob('$', Buffer.from(text))) }, { weight: 1, arbitrary: scalar });

const { reply } = fc.letrec<{ reply: Buffer; items: Buffer; map: Buffer }>((tie) => ({
  reply: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('items'), tie('map')),
  items: fc.tuple(fc.constantFrom('*', '~'), fc.array(tie('reply'), { maxLength: 12 })).map(([type, items]) => list(type, items.length, items)),
  map: fc.array(fc.tuple(key, tie('reply')), { maxLength: 12 }).map((pairs) => list('%', pairs.length, pairs.flat()))
}));

const choice = <T>(...choices: T[]): fc.Arbitrary<T | undefined> => fc.option(fc.constantFrom(...choices), { nil: undefined });
const mappings = fc.record({
  [RESP_TYPES.NUMBER]: choice(String), [RESP_TYPES.DOUBLE]: choice(String), [RESP_TYPES.BIG_NUMBER]: choice(String),
  [RESP_TYPES.SIMPLE_STRING]: choice(Buffer), [RESP_TYPES.BLOB_STRING]: choice(Buffer),
  [RESP_TYPES.VERBATIM_STRING]: choice<BufferConstructor | typeof VerbatimString>(Buffer, VerbatimString),
  [RESP_TYPES.SET]: choice(Set), [RESP_TYPES.MAP]: choice<MapConstructor | ArrayConstructor>(Map, Array)
}) as fc.Arbitrary<TypeMapping>;

function check(resp: Buffer, mapping: TypeMapping | undefined): void {
  const theirMapping = { ...mapping };
  if (theirMapping[RESP_TYPES.VERBATIM_STRING] === VerbatimString) {
    theirMapping[RESP_TYPES.VERBATIM_STRING] = TheirVerbatimString as unknown as typeof VerbatimString;
  }
  const expected = plain(theirs(resp, theirMapping));
  // More than once, as keys that come back are read in another way; and what was read must not change with the block.
  for (let i = 0; i < 4; i++) {
    const tape = tapeOf(resp, i * 7);
    const reader = readerOf(i % 2 === 0 ? tape : withParts(tape, (index) => (index + i) % 5 !== 0));
    const value = reader.read(mapping);
    assert.equal(reader.cursor, reader.words.length);
    reader.bytes.fill(0);
    assert.deepEqual(plain(value), expected);
  }
}

test('replies decode like those of npm redis, with the default mapping', () => {
  fc.assert(fc.property(reply, (resp) => check(resp, undefined)), { numRuns: 300 });
});

test('replies decode like those of npm redis, under every mapping', () => {
  fc.assert(fc.property(reply, mappings, (resp, mapping) => check(resp, mapping)), { numRuns: 300 });
});

test('many strings in one reply', () => {
  for (const size of [0, 1, 12, 13, 100, 511, 512, 513, 2047, 2048, 2049]) {
    for (const count of [1, 2, 50, 300]) {
      const items = Array.from({ length: count }, (_, i) => blob('$', Buffer.alloc(size, i % 7 === 6 ? 'é' : `${i} `)));
      check(list('*', count, items), undefined);
    }
  }
});
